//! The graph as an indented tree: under each milestone what it needs.

use std::collections::BTreeSet;

use super::{Graph, Node, Stage};
use crate::{
    core::model::area::Status,
    ui::render::{
        View,
        text::{Line, Page, Role},
        time, words,
    },
};

/// Writes each launch from its ends back to its beginnings. What was shown above is named and not repeated.
pub fn write(graph: &Graph, view: &View) -> String {
    let mut page = Page::new();
    let needs = needs(graph);
    for (lane, later) in graph.lanes.iter().zip(ends(graph)) {
        page.gap();
        let heading = Line::new().add(Role::Strong, &lane.title).plain(format!(" ({})", lane.name));
        page.push(heading.plain(format!(", launches {}", time::both(lane.target, lane.zone, view))));
        let mut tree = Tree { graph, needs: &needs, page: &mut page, shown: BTreeSet::new(), later, view };
        while let Some(end) = tree.later.pop() {
            tree.node(end, "", None, 0);
        }
    }
    if graph.lanes.is_empty() {
        page.push(Line::new().plain("No launches yet. `launchd new` writes a plan, and `launchd validate` checks it."));
    } else if graph.edges.iter().any(|e| e.critical) {
        page.gap();
        page.push(Line::new().add(Role::Dim, "# is on the critical path. Under each milestone stands what it needs."));
    }
    page.render(view)
}

/// Deeper than this a tree is no longer read; it goes on at the left.
const DEEPEST: usize = 16;

/// Of each launch, the milestones that none of its others needs, the first first.
fn ends(graph: &Graph) -> Vec<Vec<usize>> {
    let mut needed = vec![false; graph.nodes.len()];
    for edge in graph.edges.iter().filter(|e| !e.gate && e.to.part.is_none() && e.from.node != e.to.node) {
        if graph.nodes[edge.from.node].lane == graph.nodes[edge.to.node].lane {
            needed[edge.from.node] = true;
        }
    }
    let (mut ends, mut first) = (vec![Vec::new(); graph.lanes.len()], vec![None; graph.lanes.len()]);
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !node.is_elsewhere()) {
        first[node.lane].get_or_insert(at);
        if !needed[at] {
            ends[node.lane].push(at);
        }
    }
    for (ends, first) in ends.iter_mut().zip(first) {
        if ends.is_empty() {
            // Everything waits for something else, in a circle.
            ends.extend(first);
        }
        ends.sort_by_key(|n| (graph.nodes[*n].stage, graph.nodes[*n].due));
    }
    ends
}

/// What each milestone needs.
fn needs(graph: &Graph) -> Vec<Vec<usize>> {
    let mut needs = vec![Vec::new(); graph.nodes.len()];
    for edge in graph.edges.iter().filter(|e| !e.gate && e.to.part.is_none()) {
        needs[edge.to.node].push(edge.from.node);
    }
    needs
}

struct Tree<'g, 'p> {
    graph: &'g Graph,
    needs: &'g [Vec<usize>],
    page: &'p mut Page,
    shown: BTreeSet<usize>,
    /// Where trees begin that are not written yet, the next one last.
    later: Vec<usize>,
    view: &'p View,
}

impl Tree<'_, '_> {
    /// `under` is the drawing before this line; `last` says whether a line of the same parent follows.
    fn node(&mut self, at: usize, under: &str, last: Option<bool>, depth: usize) {
        let node = &self.graph.nodes[at];
        let branch = match last {
            None => String::new(),
            Some(true) => format!("{under}└─ "),
            Some(false) => format!("{under}├─ "),
        };
        let below = match last {
            None => String::new(),
            Some(true) => format!("{under}   "),
            Some(false) => format!("{under}│  "),
        };
        let mut needs = self.needs[at].clone();
        needs.sort_by_key(|n| (!self.graph.nodes[*n].critical, std::cmp::Reverse(self.graph.nodes[*n].due), *n));
        let goes_on = depth >= DEEPEST && !needs.is_empty() && !self.shown.contains(&at);
        if goes_on {
            self.later.push(at);
        }
        let is_new = !goes_on && self.shown.insert(at);
        let elsewhere = match (goes_on, is_new || needs.is_empty()) {
            (true, _) => Some(" (goes on below)"),
            (false, false) => Some(" (see above)"),
            (false, true) => None,
        };
        self.page.push(self.line(node, &branch, elsewhere));
        if !is_new {
            return;
        }
        self.parts(node, &below, needs.is_empty());
        for (number, need) in needs.iter().enumerate() {
            self.node(*need, &below, Some(number + 1 == needs.len()), depth + 1);
        }
    }

    fn line(&self, node: &Node, branch: &str, elsewhere: Option<&str>) -> Line {
        let role = node.status.map_or(Role::Plain, words::status_role);
        let sign = match node.status {
            Some(Status::Completed) => "*",
            Some(Status::InProgress) => "~",
            Some(Status::Planned) => ".",
            Some(Status::Delayed) => "!",
            Some(Status::Cancelled) => "-",
            None => "?",
        };
        let hang = 2 + branch.chars().count() + 2;
        let line = Line::at(2).hang(hang).add(Role::Dim, branch).add(role, format!("{sign} "));
        let line = line.add(if node.critical { Role::Strong } else { Role::Plain }, &node.id);
        let line = if node.critical { line.add(Role::Strong, " #") } else { line };
        if let Some(where_) = elsewhere {
            return line.add(Role::Dim, where_);
        }
        line.plain(self.state(node))
    }

    fn state(&self, node: &Node) -> String {
        if node.stage == Stage::Elsewhere {
            return match node.status {
                Some(_) => ", completed, of another launch".to_owned(),
                None => ", not complete yet, of another launch".to_owned(),
            };
        }
        let mut text = node.status.map(|s| format!("  {}", words::status(s))).unwrap_or_default();
        if let Some(due) = node.due {
            text += &format!(", due {}", time::date(due, self.graph.zone(node)));
        }
        if node.late_days > 0 && !matches!(node.status, Some(Status::Completed | Status::Cancelled)) {
            text += &format!(", expected {} days late", node.late_days);
        }
        // On the path there is none to speak of, and what is done needs none.
        if let Some(days) = node.slack_days.filter(|d| *d > 0 && node.late_days <= 0 && !node.critical) {
            text += &format!(", slack {days} d");
        }
        if let Some(owner) = node.owner.as_ref().filter(|_| self.view.width >= 90) {
            text += &format!(", {owner}");
        }
        text
    }

    fn parts(&mut self, node: &Node, below: &str, no_needs: bool) {
        for (at, part) in node.parts.iter().enumerate() {
            let bar = if no_needs { "   " } else { "│  " };
            let id = part.id.rsplit('/').next().unwrap_or(&part.id);
            let once = if part.once { ", once" } else { "" };
            let branch = format!("{below}{bar}{}", if at + 1 == node.parts.len() { "╰ " } else { "├ " });
            let hang = 2 + branch.chars().count();
            let line = Line::at(2).hang(hang).add(Role::Dim, branch).add(Role::Dim, format!("{id}: "));
            let line = line.plain(format!("{}, {}{once}", part.title, words::status(part.status)));
            self.page.push(line);
        }
    }
}
