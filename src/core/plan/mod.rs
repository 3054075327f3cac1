//! What to do: `plan(desired, observed, now)`.
//!
//! In: a desired launch (or none, when its file is gone), what is observed of it, an instant. Out: a [`Plan`],
//! a value that says for every activity, check and milestone what will be done, why, and what holds it back.
//! Imports `model`, `schedule` and `template`. Deliberately absent: calls, retries of its own, and a clock.

mod activities;
mod approvals;
mod checks;
mod compare;
mod decide;
mod difference;
mod doubt;
pub mod effect;
mod ending;
pub mod goals;
pub mod inputs;
mod milestones;
mod moments;
mod order;
mod phase;
mod planner;
mod reach;
mod removals;
pub mod text;
mod threshold;
mod turn;
mod undoing;
mod value;
mod waits;

pub use approvals::{Standing, standing};
pub use compare::drift;
pub use difference::difference;
pub use planner::{Desired, plan};
pub use removals::ends;
pub use threshold::changes_fingerprint;
pub use turn::before_turn;
pub use value::*;
pub use waits::{WaitsFor, waits_for, waits_for_people};
