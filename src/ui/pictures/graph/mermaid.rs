//! The graph as a `flowchart` of Mermaid, for Markdown pages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{Edge, End, Graph, Node, Part, Stage};
use crate::{
    core::model::area::Status,
    ui::pictures::{
        page::word,
        quote::{identifier, mermaid},
        symbol,
    },
};

/// Colours that suit a light and a dark page: strong borders, and fills with a text of their own.
const CLASSES: &str = "    \
    classDef planned fill:#eef1f4,stroke:#59636e,color:#1f2328
    classDef progress fill:#d4e9ff,stroke:#0969da,color:#1f2328
    classDef done fill:#d3f2db,stroke:#1a7f37,color:#1f2328
    classDef late fill:#ffdcd9,stroke:#c4212b,color:#1f2328
    classDef gone fill:#eef1f4,stroke:#59636e,color:#59636e,stroke-dasharray:2 3
    classDef elsewhere fill:#ffffff,stroke:#59636e,color:#1f2328,stroke-dasharray:6 4
    classDef critical stroke-width:3px
";

/// Titles break later than Mermaid would break them.
const SETTINGS: &str = "%%{init: {\"flowchart\": {\"wrappingWidth\": 320}}}%%\n";

/// Writes the graph: subgraphs for launches and phases, and with activities for milestones.
pub fn write(graph: &Graph) -> String {
    let names = Names::new(graph);
    let mut out = format!("{SETTINGS}flowchart LR\n");
    for (number, lane) in graph.lanes.iter().enumerate() {
        let several = graph.lanes.len() > 1;
        if several {
            let _ = writeln!(out, "    subgraph L{number}[\"{}\"]\n    direction LR", mermaid(&lane.title));
        }
        for stage in Stage::ALL {
            let own: Vec<usize> = (0..graph.nodes.len())
                .filter(|n| graph.nodes[*n].lane == number && graph.nodes[*n].stage == stage)
                .collect();
            if !own.is_empty() {
                let _ = writeln!(
                    out,
                    "    subgraph L{number}P{}[\"{}\"]\n    direction LR",
                    stage as usize,
                    mermaid(stage.title())
                );
                own.into_iter().for_each(|at| names.node(&mut out, graph, at));
                out.push_str("    end\n");
            }
        }
        if several {
            out.push_str("    end\n");
        }
    }
    for edge in &graph.edges {
        let _ = writeln!(out, "    {} {} {}", names.of(edge.from), arrow(edge), names.of(edge.to));
    }
    out.push_str(CLASSES);
    names.classes(&mut out, graph);
    out
}

fn arrow(edge: &Edge) -> &'static str {
    match (edge.foreign, edge.critical) {
        _ if edge.gate => "-. opens .->",
        (true, _) => "-.->",
        (_, true) => "==>",
        _ => "-->",
    }
}

/// Identifiers of all that is drawn.
struct Names {
    nodes: Vec<String>,
    parts: Vec<Vec<String>>,
}

impl Names {
    fn new(graph: &Graph) -> Self {
        let mut used = BTreeSet::new();
        let mut own = |prefix: &str, id: &str| {
            let base = identifier(prefix, id);
            let numbered = (2..).map(|n| format!("{base}_{n}"));
            let free = std::iter::once(base.clone()).chain(numbered).find(|name| !used.contains(name));
            let free = free.unwrap_or(base);
            used.insert(free.clone());
            free
        };
        let nodes = graph.nodes.iter().map(|n| own("m", &n.id)).collect();
        let parts = graph.nodes.iter().map(|n| n.parts.iter().map(|p| own("a", &p.id)).collect()).collect();
        Self { nodes, parts }
    }

    fn of(&self, end: End) -> &str {
        match end.part {
            Some(part) => &self.parts[end.node][part],
            None => &self.nodes[end.node],
        }
    }

    fn node(&self, out: &mut String, graph: &Graph, at: usize) {
        let (node, name) = (&graph.nodes[at], &self.nodes[at]);
        if node.parts.is_empty() {
            let (open, close) = shape(node);
            let _ = writeln!(out, "        {name}{open}\"{}\"{close}", label(graph, node));
            return;
        }
        let _ = writeln!(out, "        subgraph {name}[\"{}\"]\n        direction TB", heading(graph, node));
        for (part, own) in node.parts.iter().zip(&self.parts[at]) {
            let _ = writeln!(out, "            {own}([\"{}\"])", part_label(part));
        }
        out.push_str("        end\n");
    }

    fn classes(&self, out: &mut String, graph: &Graph) {
        let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            let class = if node.is_elsewhere() { "elsewhere" } else { node.status.map_or("planned", symbol::class) };
            classes.entry(class).or_default().push(&self.nodes[at]);
            if node.critical {
                classes.entry("critical").or_default().push(&self.nodes[at]);
            }
            for (part, own) in node.parts.iter().zip(&self.parts[at]) {
                classes.entry(symbol::class(part.status)).or_default().push(own);
            }
        }
        for (class, members) in classes {
            let _ = writeln!(out, "    class {} {class}", members.join(","));
        }
    }
}

/// A status's shape: Mermaid has no signs, so that the label says it too.
fn shape(node: &Node) -> (&'static str, &'static str) {
    match node.status {
        Some(Status::Completed) => ("([", "])"),
        Some(Status::Delayed) => ("{{", "}}"),
        _ if node.is_elsewhere() => ("[/", "/]"),
        _ => ("[", "]"),
    }
}

fn label(graph: &Graph, node: &Node) -> String {
    let mut lines = vec![format!("<b>{}</b>", mermaid(&node.title))];
    if node.is_elsewhere() {
        lines.push(format!("of {}", mermaid(node.owner.as_deref().unwrap_or_default())));
        return lines.join("<br>");
    }
    let due = node.due.map(|at| graph.day(node, at)).unwrap_or_default();
    let owner = node.owner.as_ref().map(|o| format!(" · {}", mermaid(o))).unwrap_or_default();
    lines.push(format!("{due}{owner}"));
    if let Some(status) = node.status {
        let late = if node.late_days > 0 && status != Status::Completed {
            format!(", expected +{} d", node.late_days)
        } else {
            String::new()
        };
        lines.push(format!("{}{}", word(status), mermaid(&late).replace("#32;", "")));
    }
    lines.join("<br>")
}

/// In one line: Mermaid leaves room for no more above a subgraph.
fn heading(graph: &Graph, node: &Node) -> String {
    let due = node.due.map(|at| format!(", {}", graph.day(node, at))).unwrap_or_default();
    let status = node.status.map(|s| format!(", {}", word(s))).unwrap_or_default();
    format!("<b>{}</b>{due}{status}", mermaid(&node.title))
}

fn part_label(part: &Part) -> String {
    let once = if part.once { " (once)" } else { "" };
    let state = if part.status == Status::Planned { String::new() } else { format!("<br>{}", word(part.status)) };
    format!("{}{once}{state}", mermaid(&part.title))
}
