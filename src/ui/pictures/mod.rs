//! Pictures of launches: the dependency graph and the Gantt chart.
//!
//! In: launches with how they stand ([`Subject`]). Out: text of a picture (SVG, Mermaid, DOT), the same for the same
//! input. Imports `core` and the words of `render`. Deliberately absent: files, and decisions about dates or statuses.

pub mod gantt;
pub mod graph;
mod layout;
mod legend;
mod page;
mod quote;
mod subject;
mod svg;
mod symbol;
mod text;
mod theme;

#[cfg(test)]
mod tests;

pub use gantt::{Gantt, GanttRow};
pub use graph::Graph;
pub use subject::{Limits, Subject};

/// More milestones than this on one picture are a tapestry that nobody reads and no browser likes.
pub const MOST_DRAWN: usize = 2_000;

/// The Gantt chart of launches as one SVG element for an HTML page.
pub fn gantt_svg(subjects: &[Subject<'_>]) -> String {
    Gantt::of(subjects, false).page_svg()
}
