//! Values as text for people: pure functions from a value and a [`View`] to a `String`.
//!
//! In: plans, states, events. Out: text of a given width, with or without colour. Imports `core`.
//! Deliberately absent: printing, clocks and terminals (see `cli`), and JSON (see `api`). Colour repeats what
//! the words and signs say already; it is never the only sign. No text of a user reaches the terminal with its
//! control characters.

pub mod apply;
pub mod approval;
pub mod blocker;
pub mod cancel;
pub mod capacity;
pub mod change;
pub mod connector;
mod dates;
pub mod event;
pub mod explain;
pub mod field;
pub mod intent;
pub mod launch;
pub mod markdown;
pub mod plan;
pub mod portfolio;
pub mod readiness;
pub mod rehearsal;
pub mod shift;
pub mod status;
pub mod table;
pub mod text;
pub mod time;
pub mod timeline;
pub mod why;
pub mod words;
mod wrap;
pub mod yaml;

use crate::core::model::Timestamp;

/// How to show it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Columns; lines wrap there, except commands and addresses that people copy.
    pub width: usize,
    pub colour: bool,
    /// Show what stays as it is, too, and nothing shortened.
    pub all: bool,
    /// Leave out what only waits for its time or turn: it is counted.
    pub brief: bool,
    /// Relative times count from here.
    pub now: Timestamp,
}
