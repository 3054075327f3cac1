//! How a launch is judged and told: what was done, what is asked of whom, what goes out, what slipped and why.
//!
//! In: launches with what is known of them, their events, an instant. Out: values to show. Imports `model`, `schedule`,
//! `plan`, `portfolio`, and for the retrospective `manifest`. Deliberately absent: words for people beyond names and titles (see `ui`).

pub mod asks;
pub mod authority;
pub mod checklist;
pub mod claim;
pub mod dates;
pub mod decisions;
pub mod goals;
pub mod history;
pub mod outgoing;
pub mod points;
pub mod readiness;
pub mod report;
pub mod retrospective;
pub mod risks;
pub mod rules;
pub mod slips;
pub mod trouble;
