//! Across launches: all of them on one time line, and where they get in each other's way.
//!
//! In: launches with what is known of them, an instant. Out: values to show. Imports `model`, `schedule` and `plan`.
//! Deliberately absent: moving anything. A proposed date is a sentence to people, never a change.

mod claims;
pub mod collisions;
mod moves;
pub mod overview;

pub use collisions::{Collision, Reason, collisions};
pub use moves::{Break, Move};
pub use overview::{Entry, Filter, Known, Overview, Stretch, overview};
