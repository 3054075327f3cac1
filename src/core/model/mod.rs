//! The nouns: what a launch is when every word of its file is resolved, and what is known of the world.
//!
//! In: nothing. Out: types, their invariants, and the fold of events into state. Imports nothing.
//! Deliberately absent: YAML (see `manifest`), decisions (see `plan`), and any conversion for people (see `ui`).

pub mod activity;
pub mod approval;
pub mod area;
pub mod calendar;
pub mod call;
pub mod check;
pub mod checklist;
pub mod connector;
pub mod event;
pub mod fingerprint;
pub mod goal;
pub mod indexed;
pub mod launch;
pub mod link;
pub mod measure;
pub mod milestone;
pub mod name;
pub mod observed;
pub mod outcome;
pub mod resources;
pub mod retention;
pub mod risk;
pub mod secret;
pub mod source;
pub mod state;
pub mod team;
pub mod work;

/// An instant. Always UTC inside; a launch's time zone only decides what a written date means and how one is shown.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
