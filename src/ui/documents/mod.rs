//! Documents that are sent to people: a value in blocks of text, written as Markdown, HTML or for a terminal.
//!
//! In: reports and overviews. Out: text. Imports `core` and the words of `render`. Deliberately absent: reading,
//! deciding, and any text of a user that is not escaped.

pub mod block;
pub mod calendar;
mod go_no_go;
pub mod html;
pub mod markdown;
mod parts;
mod phrases;
pub mod portfolio;
mod post_launch;
pub mod resources;
pub mod retrospective;
pub mod terminal;
mod weekly;

use crate::core::review::report::{Kind, Report};

/// The document of a report: of one launch what its kind asks for, of several the weekly status over all. `gantt` is an
/// SVG that launchd made of the same launches.
pub fn report(report: &Report, gantt: Option<String>) -> block::Document {
    match (report.launches.as_slice(), report.report) {
        ([only], Kind::Weekly) => weekly::one(report, only, gantt),
        ([only], Kind::GoNoGo) => go_no_go::one(report, only, gantt),
        ([only], Kind::PostLaunch) => post_launch::one(report, only, gantt),
        _ => weekly::all(report, gantt),
    }
}
