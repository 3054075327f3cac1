//! The graph for Graphviz, in the language of `dot(1)`.

use std::fmt::Write;

use super::{Edge, End, Graph, Node, Part, Stage};
use crate::{
    core::model::area::Status,
    ui::pictures::{
        page::word,
        quote::{dot, html},
    },
};

/// Writes the graph: clusters for launches and phases, and with activities for milestones.
pub fn write(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n", dot(&graph.key));
    let _ = writeln!(out, "  label={}; labelloc=t; labeljust=l; fontsize=18;", dot(&graph.title));
    out.push_str(HEAD);
    for (number, lane) in graph.lanes.iter().enumerate() {
        let several = graph.lanes.len() > 1;
        if several {
            let _ = writeln!(
                out,
                "  subgraph cluster_{number} {{ label={}; fontsize=15; color=\"#818b98\";",
                dot(&lane.title)
            );
        }
        for stage in Stage::ALL {
            let own: Vec<usize> = (0..graph.nodes.len())
                .filter(|n| graph.nodes[*n].lane == number && graph.nodes[*n].stage == stage)
                .collect();
            if !own.is_empty() {
                let (title, at) = (dot(stage.title()), stage as usize);
                let _ = writeln!(
                    out,
                    "  subgraph cluster_{number}_{at} {{ label={title}; fontsize=12; fontcolor=\"#59636e\"; style=\"rounded,filled\"; color=\"#f6f8fa\"; fillcolor=\"#f6f8fa\";"
                );
                own.into_iter().for_each(|at| milestone(&mut out, graph, at));
                out.push_str("  }\n");
            }
        }
        if several {
            out.push_str("  }\n");
        }
    }
    for edge in &graph.edges {
        wire(&mut out, graph, edge);
    }
    out.push_str("}\n");
    out
}

const HEAD: &str = "  \
  rankdir=LR; compound=true; nodesep=0.3; ranksep=0.7; fontname=\"Helvetica,Arial,sans-serif\";
  node [shape=box, style=\"rounded,filled\", fillcolor=\"white\", color=\"#818b98\", fontcolor=\"#1f2328\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, margin=\"0.14,0.08\"];
  edge [color=\"#59636e\", arrowsize=0.7];
";

/// Where an edge ends: an activity, a milestone, or with activities the milestone's cluster by its heading node.
fn name(graph: &Graph, end: End) -> String {
    let node = &graph.nodes[end.node];
    match end.part {
        Some(part) => dot(&format!("{}#{}", node.id, node.parts[part].id)),
        None => dot(&node.id),
    }
}

fn milestone(out: &mut String, graph: &Graph, at: usize) {
    let node = &graph.nodes[at];
    let (fill, line) = colours(node.status.unwrap_or(Status::Planned));
    let thick = if node.critical { ", penwidth=2.6, color=\"#1f2328\"" } else { "" };
    let style = if node.is_elsewhere() { "rounded,dashed" } else { "rounded,filled" };
    let attributes = format!(
        "label=<{}>, tooltip={}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{line}\"{thick}",
        label(graph, node),
        dot(&node.id)
    );
    let own = name(graph, End { node: at, part: None });
    if node.parts.is_empty() {
        let _ = writeln!(out, "    {own} [{attributes}];");
        return;
    }
    let _ = writeln!(out, "    subgraph cluster_m{at} {{ label=\"\"; style=rounded; color=\"{line}\";");
    let _ = writeln!(out, "      {own} [{attributes}];");
    for (number, part) in node.parts.iter().enumerate() {
        let (fill, line) = colours(part.status);
        let own = name(graph, End { node: at, part: Some(number) });
        let text = part_label(part);
        let _ = writeln!(
            out,
            "      {own} [label=<{text}>, fillcolor=\"{fill}\", color=\"{line}\", fontsize=10, margin=\"0.1,0.05\"];"
        );
    }
    out.push_str("    }\n");
}

fn label(graph: &Graph, node: &Node) -> String {
    let sign = node.status.map(|s| format!("{} ", sign(s))).unwrap_or_default();
    let mut lines = vec![format!("{sign}<B>{}</B>", html(&node.title))];
    let small = |text: String| format!("<FONT POINT-SIZE=\"10\" COLOR=\"#59636e\">{text}</FONT>");
    if node.is_elsewhere() {
        lines.push(small(format!("of {}", html(node.owner.as_deref().unwrap_or_default()))));
        return lines.join("<BR/>");
    }
    let due = node.due.map(|at| graph.day(node, at)).unwrap_or_default();
    let owner = node.owner.as_ref().map(|o| format!(" · {}", html(o))).unwrap_or_default();
    lines.push(small(format!("{}{owner}", html(&due))));
    if let Some(status) = node.status {
        let late = if node.late_days > 0 && status != Status::Completed {
            format!(", expected +{} d", node.late_days)
        } else {
            String::new()
        };
        lines.push(small(format!("{}{late}", word(status))));
    }
    lines.join("<BR/>")
}

fn part_label(part: &Part) -> String {
    let once = if part.once { " <I>(once)</I>" } else { "" };
    format!("{} {}{once}", sign(part.status), html(&part.title))
}

/// Told without colour.
fn sign(status: Status) -> &'static str {
    match status {
        Status::Planned => "○",
        Status::InProgress => "◐",
        Status::Completed => "✓",
        Status::Delayed => "!",
        Status::Cancelled => "×",
    }
}

/// Fill and line.
fn colours(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Planned | Status::Cancelled => ("#ffffff", "#818b98"),
        Status::InProgress => ("#e3f1ff", "#0969da"),
        Status::Completed => ("#e0f6e6", "#1a7f37"),
        Status::Delayed => ("#ffe7e5", "#c4212b"),
    }
}

fn wire(out: &mut String, graph: &Graph, edge: &Edge) {
    let (from, to) = (name(graph, edge.from), name(graph, edge.to));
    let mut attributes = Vec::new();
    if edge.foreign {
        attributes.push("style=dashed");
    }
    if edge.gate {
        attributes.push("style=dotted, tooltip=\"opens when everything before the launch is complete\"");
    }
    if edge.critical {
        attributes.push("penwidth=2.6, color=\"#1f2328\"");
    }
    let attributes = if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
    let _ = writeln!(out, "  {from} -> {to}{attributes};");
}
