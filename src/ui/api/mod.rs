//! Values as JSON for programs: types of its own, so that storage and API can change apart.
//!
//! In: plans, states, events. Out: documents with `version` and `kind`. Imports `core` and the words of `render`.
//! Deliberately absent: the stored form of anything. Within a version, fields are only ever added.

pub mod event;
pub mod graph;
pub mod plan;
pub mod portfolio;
pub mod resources;
pub mod review;
pub mod shift;

use serde::Serialize;

/// Rises when a field is removed or changes its meaning.
pub const VERSION: u32 = 1;

/// What every JSON answer looks like.
#[derive(Debug, Serialize)]
pub struct Document<T> {
    pub version: u32,
    pub kind: &'static str,
    #[serde(flatten)]
    pub body: T,
}

impl<T: Serialize> Document<T> {
    pub fn new(kind: &'static str, body: T) -> Self {
        Self { version: VERSION, kind, body }
    }

    /// Indented, with a line end: for `-o json`.
    pub fn pretty(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("API types have string keys and finite numbers");
        text.push('\n');
        text
    }

    /// In one line, with a line end: for streams.
    pub fn line(&self) -> String {
        let mut text = serde_json::to_string(self).expect("API types have string keys and finite numbers");
        text.push('\n');
        text
    }
}
