//! The world, inward side: clock, sources, store, executors — one trait each, several implementations.
//!
//! In: calls with everything they need. Out: what came of them, as model values. Imports `core`.
//! Deliberately absent: decisions. What to do, when and whether again is the plan's.

pub mod clock;
pub mod executors;
pub mod memory;
pub mod sources;
pub mod store;
