//! A Gantt chart as a value: rows on a time line, and what lies behind them.
//!
//! In: launches with how they stand. Out: [`Gantt`], and its drawing as SVG or Mermaid. Imports `core` and the words of
//! `render`. Deliberately absent: any decision about dates; they were made in `core::schedule`.

mod arrows;
mod axis;
mod legend;
mod make;
mod mermaid;
mod rows;
mod svg;
mod text;

use chrono_tz::Tz;

use super::subject::Limits;
use crate::core::model::{Timestamp, area::Status};

/// A chart of one launch or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Gantt {
    /// Names it among other pictures on one page: lower-case letters, digits and hyphens.
    pub key: String,
    pub title: String,
    pub zone: Tz,
    pub now: Timestamp,
    /// T of each launch, with what stands at its line.
    pub targets: Vec<Moment>,
    pub groups: Vec<Group>,
    /// From the end of one row to another row.
    pub arrows: Vec<Arrow>,
    pub freezes: Vec<Span>,
    /// Days that are not worked; holidays have a name.
    pub days_off: Vec<Span>,
}

/// Rows under one heading: a phase of a launch.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub title: String,
    pub rows: Vec<GanttRow>,
}

/// One line of the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct GanttRow {
    /// Unique in the chart.
    pub id: String,
    pub title: String,
    pub owner: Option<String>,
    pub status: Status,
    /// Planned; equal when it takes no time.
    pub start: Timestamp,
    pub due: Timestamp,
    /// Start and due as agreed upon first.
    pub baseline: Option<(Timestamp, Timestamp)>,
    /// When it will be done if that differs from `due`, or when it was.
    pub expected: Timestamp,
    pub critical: bool,
    /// It does not move with T.
    pub fixed: bool,
    /// Parts done, of how many.
    pub done: u32,
    pub total: u32,
    /// Whole days late.
    pub late_days: i64,
    /// Whole days by which it may be later without harm.
    pub slack_days: Option<i64>,
    /// Why it is late, and what stops it.
    pub why: Option<String>,
    pub limits: Option<Limits>,
    /// An activity within the milestone above it.
    pub is_part: bool,
}

/// `to` waits for `from`: rows by their number over all groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrow {
    pub from: usize,
    pub to: usize,
    pub critical: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub at: Timestamp,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
    pub title: String,
}

impl Gantt {
    pub fn rows(&self) -> impl Iterator<Item = &GanttRow> {
        self.groups.iter().flat_map(|g| &g.rows)
    }

    /// A chart of characters, for a terminal.
    pub fn text(&self, view: &crate::ui::render::View) -> String {
        text::write(self, view)
    }

    /// One file, drawn for light, dark and paper.
    pub fn svg(&self) -> String {
        svg::draw(self, &svg::WIDE)
    }

    /// The same for a page of text: narrower, without owners.
    pub fn page_svg(&self) -> String {
        svg::draw(self, &svg::PAGE)
    }

    /// A `gantt` of Mermaid.
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }
}

impl GanttRow {
    pub fn is_done(&self) -> bool {
        self.status == Status::Completed
    }

    /// Of a hundred.
    pub fn percent(&self) -> u32 {
        if self.is_done() { 100 } else { (self.done * 100).checked_div(self.total).unwrap_or(0).min(99) }
    }
}
