//! The one graph of milestones and activities: cycles named member by member, dates that contradict it, its order.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use foldhash::HashMap;

use super::{
    lower::Origin,
    node::{Node, Span},
    place::{Step, place},
    problem::Problem,
};
use crate::core::model::{
    activity::{Activity, Need},
    area::Phase,
    launch::Launch,
    milestone::Milestone,
};

/// Puts milestones and activities into the launch, in dependency order, and reports what contradicts itself.
/// Nothing is said of the dates of `unsure` milestones, which could not be told.
pub(super) fn assemble(
    launch: &mut Launch,
    milestones: Vec<Milestone>,
    activities: Vec<(Activity, Origin<'_>)>,
    tree: &Node<'_>,
    unsure: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) {
    let graph = Graph::new(&milestones, &activities, tree);
    let circling = graph.report_cycles(problems);
    graph.report_dates(launch, unsure, &circling, problems);
    graph.report_phases(&circling, problems);
    let milestone_order = graph.milestone_order();
    let activity_order = graph.activity_order(&milestone_order);
    let mut milestones: Vec<_> = milestones.into_iter().map(Some).collect();
    launch.milestones = milestone_order.iter().filter_map(|i| milestones[*i].take()).collect();
    let mut activities: Vec<_> = activities.into_iter().map(|(a, _)| Some(a)).collect();
    launch.activities = activity_order.iter().filter_map(|i| activities[*i].take()).collect();
}

/// Nodes are the milestones, then the activities. An edge leads from what waits to what it waits for.
struct Graph<'g> {
    milestones: &'g [Milestone],
    activities: &'g [(Activity, Origin<'g>)],
    /// Written and implied needs only.
    needs: Vec<Vec<usize>>,
    /// The milestone of each activity.
    home: Vec<usize>,
    tree: &'g Node<'g>,
}

impl<'g> Graph<'g> {
    fn new(milestones: &'g [Milestone], activities: &'g [(Activity, Origin<'g>)], tree: &'g Node<'g>) -> Self {
        let milestone_at: HashMap<&str, usize> =
            milestones.iter().enumerate().map(|(i, m)| (m.id.as_str(), i)).collect();
        let activity_at: HashMap<&str, usize> =
            activities.iter().enumerate().map(|(i, (a, _))| (a.id.as_str(), milestones.len() + i)).collect();
        let resolve = |needs: &[Need]| -> Vec<usize> {
            let find = |need: &Need| match need {
                Need::Milestone(id) => milestone_at.get(id.as_str()).copied(),
                Need::Activity(id) => activity_at.get(id.as_str()).copied(),
                Need::Foreign { .. } => None,
            };
            needs.iter().filter_map(find).collect()
        };
        let needs = milestones
            .iter()
            .map(|m| resolve(&m.needs))
            .chain(activities.iter().map(|(a, _)| resolve(&a.needs)))
            .collect();
        let home =
            activities.iter().map(|(a, _)| milestone_at.get(a.milestone.as_str()).copied().unwrap_or(0)).collect();
        Self { milestones, activities, needs, home, tree }
    }

    fn len(&self) -> usize {
        self.needs.len()
    }

    /// Everything that a node waits for: its needs; for a milestone also its activities, for an activity also what its
    /// milestone needs.
    fn waits_for(&self, members: &[Vec<usize>], node: usize) -> Vec<usize> {
        let mut all = self.needs[node].clone();
        match node.checked_sub(self.milestones.len()) {
            None => all.extend(&members[node]),
            Some(activity) => all.extend(&self.needs[self.home[activity]]),
        }
        all
    }

    fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.milestones.len()];
        for (i, home) in self.home.iter().enumerate() {
            if let Some(list) = members.get_mut(*home) {
                list.push(self.milestones.len() + i);
            }
        }
        members
    }

    fn name(&self, node: usize) -> &str {
        match node.checked_sub(self.milestones.len()) {
            None => self.milestones[node].id.as_str(),
            Some(activity) => self.activities[activity].0.id.as_str(),
        }
    }

    fn span(&self, node: usize) -> Span {
        match node.checked_sub(self.milestones.len()) {
            None => self.milestone_span(node, &[]),
            Some(activity) => place(self.tree, &self.activities[activity].1.path()),
        }
    }

    fn milestone_span(&self, node: usize, rest: &[Step<'_>]) -> Span {
        let path = [&[Step::Key("milestones"), Step::Key(self.milestones[node].id.as_str())], rest].concat();
        place(self.tree, &path)
    }

    /// Where it is written that one node waits for another.
    fn edge_span(&self, from: usize, to: usize) -> Span {
        self.written_need(from, to).unwrap_or_else(|| self.span(from))
    }

    /// Where a need is written out; one that a template, a check or a window implies is not.
    fn written_need(&self, from: usize, to: usize) -> Option<Span> {
        let (path, key) = match from.checked_sub(self.milestones.len()) {
            None => (vec![Step::Key("milestones"), Step::Key(self.milestones[from].id.as_str())], self.name(to)),
            Some(activity) => (self.activities[activity].1.path(), self.name(to)),
        };
        let stem = key.split('[').next().unwrap_or(key);
        let mut at = path;
        at.push(Step::Key("needs"));
        let written = step_into(self.tree, &at).map(Node::items).unwrap_or_default();
        written.iter().find(|n| n.as_str().is_some_and(|t| t == key || t == stem)).map(|item| item.span)
    }

    /// Depth-first, without recursion; each cycle is named with the place of each of its edges. Returns their members.
    fn report_cycles(&self, problems: &mut Vec<Problem>) -> BTreeSet<usize> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let members = self.members();
        let mut marks = vec![Mark::New; self.len()];
        let mut circling = BTreeSet::new();
        for root in 0..self.len() {
            if marks[root] != Mark::New {
                continue;
            }
            let mut stack = vec![(root, self.waits_for(&members, root), 0_usize)];
            marks[root] = Mark::Open;
            while let Some((node, next, at)) = stack.last_mut() {
                let Some(&to) = next.get(*at) else {
                    marks[*node] = Mark::Done;
                    stack.pop();
                    continue;
                };
                *at += 1;
                match marks[to] {
                    Mark::New => {
                        marks[to] = Mark::Open;
                        stack.push((to, self.waits_for(&members, to), 0));
                    }
                    Mark::Open => {
                        let start = stack.iter().position(|(n, ..)| *n == to).unwrap_or(0);
                        let cycle: Vec<_> = stack[start..].iter().map(|(n, ..)| *n).collect();
                        problems.push(self.cycle(&cycle));
                        circling.extend(cycle);
                        marks[to] = Mark::Done;
                    }
                    Mark::Done => {}
                }
            }
        }
        circling
    }

    fn cycle(&self, cycle: &[usize]) -> Problem {
        let first = self.name(cycle[0]);
        let names: Vec<_> = cycle.iter().map(|n| format!("`{}`", self.name(*n))).collect();
        let edge = |i: usize| (cycle[i], cycle[(i + 1) % cycle.len()]);
        let (from, to) = edge(0);
        let mut problem = Problem::error(
            "graph/cycle",
            self.edge_span(from, to),
            "a cycle of dependencies",
            format!("{} → `{first}`: each waits for the next, so none of them can begin.", names.join(" → ")),
        )
        .hint("Remove one of these dependencies.");
        for i in 0..cycle.len() {
            let (from, to) = edge(i);
            problem = problem.related(self.edge_span(from, to), self.edge_words(from, to));
        }
        problem
    }

    fn edge_words(&self, from: usize, to: usize) -> String {
        let (from_name, to_name) = (self.name(from), self.name(to));
        let count = self.milestones.len();
        if self.needs[from].contains(&to) {
            match self.written_need(from, to) {
                None if from < count && to >= count => format!("a check of `{from_name}` asks about `{to_name}`"),
                None if from >= count => format!("`{from_name}` uses what `{to_name}` yields"),
                _ => format!("`{from_name}` needs `{to_name}`"),
            }
        } else if from < count {
            format!("`{from_name}` is complete when its activity `{to_name}` is done")
        } else {
            let home = self.milestones[self.home[from - count]].id.as_str();
            format!("`{from_name}` is part of `{home}`, which needs `{to_name}`")
        }
    }

    fn report_dates(
        &self,
        launch: &Launch,
        unsure: &BTreeSet<&str>,
        circling: &BTreeSet<usize>,
        problems: &mut Vec<Problem>,
    ) {
        let skip = |from: usize, to: usize| {
            unsure.contains(self.name(from))
                || unsure.contains(self.name(to))
                || (circling.contains(&from) && circling.contains(&to))
        };
        let show =
            |at: crate::core::model::Timestamp| at.with_timezone(&launch.timezone).format("%Y-%m-%d %H:%M").to_string();
        for (i, milestone) in self.milestones.iter().enumerate() {
            for &need in &self.needs[i] {
                let Some(before) = self.milestones.get(need).filter(|_| !skip(i, need)) else { continue };
                if milestone.due < before.due {
                    problems.push(
                        Problem::error(
                            "date/due-before-need",
                            self.milestone_span(i, &[Step::Key("due")]),
                            "due before what it needs",
                            format!(
                                "`{}` is due {}, but needs `{}`, which is due {}.",
                                milestone.id,
                                show(milestone.due),
                                before.id,
                                show(before.due)
                            ),
                        )
                        .hint(format!("Make `{}` due later, or `{}` earlier.", milestone.id, before.id))
                        .related(
                            self.milestone_span(need, &[Step::Key("due")]),
                            format!("`{}` is due here", before.id),
                        ),
                    );
                }
            }
        }
        for (i, (activity, origin)) in self.activities.iter().enumerate() {
            let node = self.milestones.len() + i;
            for &need in &self.needs[node] {
                let Some((before, _)) = need.checked_sub(self.milestones.len()).map(|n| &self.activities[n]) else {
                    continue;
                };
                if before.not_before.is_some_and(|start| activity.due < start) {
                    let start = before.not_before.map(show).unwrap_or_default();
                    problems.push(
                        Problem::error(
                            "date/due-before-need",
                            place(self.tree, &origin.path()),
                            "due before what it needs",
                            format!(
                                "`{}` is due {}, but needs `{}`, which may not start before {start}.",
                                activity.id,
                                show(activity.due),
                                before.id
                            ),
                        )
                        .hint(format!("Make `{}` due later, or let `{}` start earlier.", activity.id, before.id))
                        .related(self.span(need), format!("`{}` is here", before.id)),
                    );
                }
            }
        }
    }

    /// The launch phase opens when all of the phase before is complete, so nothing there may wait for it.
    fn report_phases(&self, circling: &BTreeSet<usize>, problems: &mut Vec<Problem>) {
        let phase = |node: usize| match node.checked_sub(self.milestones.len()) {
            None => self.milestones[node].phase,
            Some(activity) => self.milestones[self.home[activity]].phase,
        };
        for node in 0..self.len() {
            for &need in &self.needs[node] {
                if circling.contains(&node) && circling.contains(&need) {
                    continue;
                }
                if phase(node) == Phase::PreLaunch && phase(need) == Phase::Launch {
                    problems.push(
                        Problem::error(
                            "graph/phase-order",
                            self.edge_span(node, need),
                            "a dependency against the phases",
                            format!(
                                "`{}` is in pre_launch and needs `{}` of the launch phase, which opens only when all of pre_launch is complete.",
                                self.name(node),
                                self.name(need)
                            ),
                        )
                        .hint("Remove the dependency, or set `phase` of one of the milestones.")
                        .related(self.span(need), format!("`{}` is here", self.name(need))),
                    );
                }
            }
        }
    }

    /// By dependency; ties by due date, by phase, then as written. Members of a cycle come last.
    fn milestone_order(&self) -> Vec<usize> {
        let count = self.milestones.len();
        let edges: Vec<Vec<usize>> =
            self.needs[..count].iter().map(|n| n.iter().copied().filter(|n| *n < count).collect()).collect();
        topological(&edges, |i| (self.milestones[i].due, self.milestones[i].phase, i))
    }

    /// By dependency, through milestones too; ties by the order of milestones, then as written.
    fn activity_order(&self, milestone_order: &[usize]) -> Vec<usize> {
        let count = self.milestones.len();
        let mut rank = vec![0; count];
        for (position, milestone) in milestone_order.iter().enumerate() {
            rank[*milestone] = position;
        }
        let members = self.members();
        let edges: Vec<Vec<usize>> = (0..self.len()).map(|n| self.waits_for(&members, n)).collect();
        let home = |node: usize| node.checked_sub(count).map_or(node, |a| self.home[a]);
        // A milestone comes right after its last activity, so that what waits for it is not held up.
        let order = topological(&edges, |node| (rank.get(home(node)).copied().unwrap_or(0), node >= count, node));
        order.into_iter().filter_map(|node| node.checked_sub(count)).collect()
    }
}

fn step_into<'n, 'a>(root: &'n Node<'a>, path: &[Step<'_>]) -> Option<&'n Node<'a>> {
    path.iter().try_fold(root, |node, step| match *step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().get(index),
    })
}

/// Kahn's algorithm with a heap: every node after what it waits for, the smallest key first among those that can go.
/// Nodes of cycles follow by key.
fn topological<K: Ord>(edges: &[Vec<usize>], key: impl Fn(usize) -> K) -> Vec<usize> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut dependents = vec![Vec::new(); edges.len()];
    for (node, needs) in edges.iter().enumerate() {
        for &need in needs {
            dependents[need].push(node);
        }
    }
    let mut ready: BinaryHeap<_> =
        (0..edges.len()).filter(|n| waiting[*n] == 0).map(|n| Reverse((key(n), n))).collect();
    let mut order = Vec::with_capacity(edges.len());
    while let Some(Reverse((_, node))) = ready.pop() {
        order.push(node);
        for &dependent in &dependents[node] {
            waiting[dependent] -= 1;
            if waiting[dependent] == 0 {
                ready.push(Reverse((key(dependent), dependent)));
            }
        }
    }
    if order.len() < edges.len() {
        let mut rest: Vec<_> = (0..edges.len()).filter(|n| waiting[*n] > 0).collect();
        rest.sort_by_key(|n| key(*n));
        order.extend(rest);
    }
    order
}
