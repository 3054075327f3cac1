//! A vendor world in memory, for rehearsal and for the deterministic simulation: every connector, no credentials.
//!
//! In: calls, a seed, a script of faults. Out: outcomes as real vendors give them, and a log of every effect.
//! Imports `core`. Deliberately absent: a clock (calls bring their instant), threads, global state, and mercy:
//! an expired key makes a second object, a slow index hides the first, as it happens out there.

mod answers;
mod crash;
mod executor;
mod fault;
mod people;
mod random;
mod store;
mod subject;
mod world;

pub use crash::CrashPlan;
pub use executor::SimulatedExecutors;
pub use fault::{Fault, FaultError, FaultKind, Script};
pub use people::{Said, SimulatedPeople};
pub use random::Random;
pub use store::CrashingStore;
pub use world::{Behaviour, Effect, SimulatedObject, SimulatedWorld};
