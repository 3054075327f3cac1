//! Across launches: all of them on one time line, where they get in each other's way, who is asked for how much, and what
//! it costs.
//!
//! In: launches with what is known of them, teams, an instant. Out: values to show, and lints. Imports `manifest`, `model`,
//! `schedule` and `plan`.
//! Deliberately absent: moving anything. A proposed date is a sentence to people, never a change.

pub mod capacity;
mod claims;
pub mod clashes;
pub mod collisions;
pub mod impact;
pub mod lints;
mod load;
pub mod money;
mod moves;
pub mod outlook;
pub mod overview;
mod room;
pub mod week;

pub use collisions::{Collision, Reason, collisions};
pub use moves::{Break, Move};
pub use outlook::{Outlook, forecasts_of, slack};
pub use overview::{Entry, Filter, Known, Overview, Setting, Stretch, overview};
