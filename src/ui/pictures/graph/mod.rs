//! The dependency graph as a value: milestones, their activities on request, and what needs what.
//!
//! In: launches with how they stand. Out: [`Graph`], and its drawings. Imports `core` and the words of `render`.
//! Deliberately absent: any decision about statuses or dates.

mod card;
mod dot;
mod implied;
mod make;
mod mermaid;
mod svg;
mod tree;

use chrono_tz::Tz;

#[cfg(test)]
pub use implied::mark as mark_implied;

use super::subject::Limits;
use crate::core::model::{Timestamp, area::Status, name::Name};

/// One launch or several, with what they need of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// Names it among other pictures on one page: lower-case letters, digits and hyphens.
    pub key: String,
    pub title: String,
    pub now: Timestamp,
    pub lanes: Vec<Lane>,
    /// By launch, then in dependency order; what is needed of launches that are not drawn comes last.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A launch that is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    pub name: Name,
    pub title: String,
    pub target: Timestamp,
    pub zone: Tz,
}

/// A stretch of a lane, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Milestones of launches that are not drawn.
    Elsewhere,
    Before,
    Launch,
    After,
}

/// A milestone.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique in the graph: `launch_day`, or `atlas-2/launch_day` where there are several launches.
    pub id: String,
    /// Its launch; of a milestone elsewhere, the first launch that needs it.
    pub lane: usize,
    pub stage: Stage,
    pub title: String,
    pub owner: Option<String>,
    /// `None` where only its launch would know.
    pub due: Option<Timestamp>,
    pub status: Option<Status>,
    pub critical: bool,
    pub fixed: bool,
    pub done: u32,
    pub total: u32,
    pub late_days: i64,
    /// Whole days by which it may be later without harm.
    pub slack_days: Option<i64>,
    pub why: Option<String>,
    pub limits: Option<Limits>,
    /// Its activities, each after those that it needs. Empty unless asked for.
    pub parts: Vec<Part>,
}

/// An activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub id: String,
    pub title: String,
    pub owner: Option<String>,
    pub due: Timestamp,
    pub status: Status,
    /// Public, costly or irreversible.
    pub once: bool,
}

/// A milestone, or one of its activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    pub node: usize,
    pub part: Option<usize>,
}

/// `to` needs `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: End,
    pub to: End,
    /// Of another launch.
    pub foreign: bool,
    pub critical: bool,
    /// Other needs say it too: `to` waits for something that waits for `from`.
    pub implied: bool,
    /// Nobody wrote it: `to` belongs to the launch phase, which opens when everything before the launch is complete.
    pub gate: bool,
}

impl Graph {
    /// An indented tree of what each milestone needs, for a terminal.
    pub fn tree(&self, view: &crate::ui::render::View) -> String {
        tree::write(self, view)
    }

    /// One file, drawn for light, dark and paper.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }

    /// A `flowchart` of Mermaid.
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }

    /// A digraph for Graphviz.
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    fn zone(&self, node: &Node) -> Tz {
        self.lanes.get(node.lane).map_or(chrono_tz::UTC, |l| l.zone)
    }

    /// `Thu 1 Apr`; with the year where it is not that of T.
    fn day(&self, node: &Node, at: Timestamp) -> String {
        let local = at.with_timezone(&self.zone(node));
        let target = self.lanes.get(node.lane).map(|l| l.target.with_timezone(&l.zone));
        let same = target.is_some_and(|t| t.format("%Y").to_string() == local.format("%Y").to_string());
        local.format(if same { "%a %-d %b" } else { "%-d %b %Y" }).to_string()
    }

    fn is_crowded(&self) -> bool {
        self.edges.len() > CROWDED
    }
}

/// With more edges than this, a picture leaves out those that others imply.
const CROWDED: usize = 40;

impl Stage {
    pub const ALL: [Self; 4] = [Self::Elsewhere, Self::Before, Self::Launch, Self::After];

    pub fn title(self) -> &'static str {
        match self {
            Self::Elsewhere => "Other launches",
            Self::Before => "Before the launch",
            Self::Launch => "Launch",
            Self::After => "After the launch",
        }
    }
}

impl Node {
    pub fn is_elsewhere(&self) -> bool {
        self.stage == Stage::Elsewhere
    }
}
