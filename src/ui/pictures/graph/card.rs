//! A milestone as a card: what stands on it, and how large it is.

use super::{Graph, Node, Part};
use crate::{
    core::model::area::Status,
    ui::pictures::{
        page::word,
        svg::Svg,
        symbol,
        text::{fit, wrap},
    },
};

const TEXT: f64 = 32.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 22.0;
const LINE: f64 = 16.0;
pub const PART: f64 = 20.0;

/// A card's texts, cut to its width.
pub struct Card {
    pub width: f64,
    pub height: f64,
    title: Vec<String>,
    lines: Vec<(String, String)>,
    /// The middle of each activity's line, from the card's top.
    pub parts: Vec<f64>,
}

impl Card {
    pub fn new(graph: &Graph, node: &Node) -> Self {
        let width = if node.parts.is_empty() { 216.0 } else { 276.0 };
        let room = width - TEXT - RIGHT;
        let title = wrap(&node.title, 13.0, room, 2);
        let lines =
            lines(graph, node).into_iter().map(|(class, text)| (class, fit(&text, 11.0, room))).collect::<Vec<_>>();
        let head = TOP + LINE * (title.len() + lines.len()) as f64 - 6.0;
        let first = head + 8.0 + PART / 2.0;
        let parts: Vec<f64> = (0..node.parts.len()).map(|n| first + n as f64 * PART).collect();
        let height = parts.last().map_or(head, |last| last + PART / 2.0 + 5.0);
        Self { width, height, title, lines, parts }
    }

    /// Draws the card with its top left corner at a point.
    pub fn draw(&self, svg: &mut Svg, graph: &Graph, node: &Node, x: f64, y: f64) {
        let heavy = if node.critical { " heavy" } else { "" };
        let dash = if node.is_elsewhere() { " dash" } else { "" };
        svg.element("g").open();
        svg.tooltip(&tooltip(graph, node));
        let card = svg.element("rect").at(x, y).size(self.width, self.height).attr("rx", "6");
        card.class(format!("card{heavy}{dash}")).done();
        if let Some(status) = node.status {
            symbol::draw(svg, status, x + 17.0, y + TOP - 4.5);
        }
        let mut line = y + TOP;
        let void = if node.status == Some(Status::Cancelled) { " void" } else { "" };
        for title in &self.title {
            svg.element("text").at(x + TEXT, line).class(format!("t b{void}")).text(title);
            line += LINE;
        }
        for (class, text) in &self.lines {
            svg.element("text").at(x + TEXT, line - 0.5).class(format!("{class} s")).text(text);
            line += LINE;
        }
        if let Some(first) = self.parts.first() {
            let top = y + first - PART / 2.0 - 3.0;
            svg.element("line")
                .num("x1", x)
                .num("x2", x + self.width)
                .num("y1", top)
                .num("y2", top)
                .class("grid")
                .done();
        }
        for (part, middle) in node.parts.iter().zip(&self.parts) {
            self.part(svg, graph, node, part, (x, y + middle));
        }
        svg.close("g");
    }

    fn part(&self, svg: &mut Svg, graph: &Graph, node: &Node, part: &Part, (x, y): (f64, f64)) {
        svg.element("g").open();
        svg.tooltip(&part_tooltip(graph, node, part));
        symbol::draw(svg, part.status, x + 17.0, y);
        let mark = if part.once { 40.0 } else { 0.0 };
        let title = fit(&part.title, 11.0, self.width - TEXT - RIGHT - mark);
        svg.element("text").at(x + TEXT, y + 4.0).class("s").text(&title);
        if part.once {
            svg.element("text").at(x + self.width - RIGHT + 2.0, y + 4.0).class("dim s end").text("once");
        }
        svg.close("g");
    }
}

/// Under the title: when and who, and how it stands.
fn lines(graph: &Graph, node: &Node) -> Vec<(String, String)> {
    if node.is_elsewhere() {
        let launch = node.owner.clone().unwrap_or_default();
        let state = if node.status.is_some() { "completed" } else { "not complete yet" };
        return vec![("dim".to_owned(), format!("of {launch}")), ("dim".to_owned(), state.to_owned())];
    }
    let due = node.due.map(|at| graph.day(node, at)).unwrap_or_default();
    let mut when = due;
    if let Some(owner) = &node.owner {
        when += &format!(" · {owner}");
    }
    let status = node.status.unwrap_or(Status::Planned);
    let mut state = word(status).to_owned();
    if node.total > 0 && status != Status::Completed {
        state += &format!(", {} of {}", node.done, node.total);
    }
    let is_late = node.late_days > 0 && !matches!(status, Status::Completed | Status::Cancelled);
    if is_late {
        state += &format!(" · expected +{} d", node.late_days);
    }
    if node.fixed && !is_late {
        state += " · fixed date";
    }
    let class = match (status, is_late) {
        (Status::Delayed, _) | (_, true) => "text late".to_owned(),
        (Status::Planned | Status::Cancelled, _) => "dim".to_owned(),
        _ => format!("text {}", symbol::class(status)),
    };
    vec![("dim".to_owned(), when), (class, state)]
}

fn tooltip(graph: &Graph, node: &Node) -> String {
    let mut lines = vec![node.title.clone(), node.id.clone()];
    if let Some(status) = node.status {
        lines.push(word(status).to_owned());
    }
    if let Some(due) = node.due {
        let local = due.with_timezone(&graph.zone(node));
        lines.push(format!("due {}", local.format("%a %-d %b %Y, %H:%M %Z")));
    }
    if !node.is_elsewhere() {
        lines.extend(node.owner.as_ref().map(|o| format!("owner: {o}")));
    }
    lines.extend(node.why.clone());
    if node.critical {
        lines.push("on the critical path".to_owned());
    } else if let Some(days) = node.slack_days.filter(|d| *d > 0 && node.late_days <= 0) {
        lines.push(format!("slack: {days} days"));
    }
    if node.fixed {
        lines.push("a fixed date: it does not move with T".to_owned());
    }
    lines.join("\n")
}

fn part_tooltip(graph: &Graph, node: &Node, part: &Part) -> String {
    let local = part.due.with_timezone(&graph.zone(node));
    let mut lines = vec![part.title.clone(), format!("{} · {}", part.id, word(part.status))];
    lines.push(format!("due {}", local.format("%a %-d %b %Y, %H:%M %Z")));
    lines.extend(part.owner.as_ref().map(|o| format!("owner: {o}")));
    if part.once {
        lines.push("done once: it cannot be taken back".to_owned());
    }
    lines.join("\n")
}
