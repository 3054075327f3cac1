//! The loop: the only place where core meets the edges.
//!
//! In: what the files ask for, a store, executors, a clock. Out: effects, each journalled before it is asked for and
//! after it was answered, and reports of what was done and what is waited for. Imports `core` and `edges`.
//! Deliberately absent: decisions. What to do is the plan's; the loop walks it and never re-plans while it walks.

mod answer;
mod apply;
mod daemon;
mod engine;
mod files;
mod index;
mod intake;
mod lease;
pub mod loading;
mod observe;
mod pass;
mod progress;
mod queue;
mod rehearse;
mod sample;
mod step;

pub use apply::{StepResult, Summary, Walk};
pub use daemon::{Daemon, Health, Pace};
pub use engine::{Engine, EngineError, Halt, Limits, Refresh};
pub use files::Files;
pub use index::{Anchor, Quiet};
pub use intake::{Intake, Reader, Want, Wanted};
pub use lease::LeaseKeeper;
pub use pass::{PassReport, Until};
pub use progress::{Progress, ProgressEvent, Silent};
pub use queue::Queue;
pub use rehearse::{Rehearsal, Rehearsed};
