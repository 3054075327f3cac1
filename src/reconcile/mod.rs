//! The loop: the only place where core meets the edges.
//!
//! In: what the files ask for, a store, executors, a clock. Out: effects, each journalled before it is asked for and
//! after it was answered, and reports of what was done and what is waited for. Imports `core` and `edges`.
//! Deliberately absent: decisions. What to do is the plan's; the loop walks it and never re-plans while it walks.

mod answer;
mod apply;
mod daemon;
mod decided;
mod engine;
mod entries;
mod files;
mod health;
mod index;
mod intake;
mod known;
mod lease;
pub mod loading;
mod observe;
mod pass;
mod progress;
mod queue;
mod reading;
mod recent;
mod recorded;
mod rehearse;
mod retire;
mod sample;
mod step;
mod underway;
mod work;

pub use apply::{StepResult, Summary, Walk};
pub use daemon::Daemon;
pub use engine::{Engine, EngineError, Halt, Limits, Refresh};
pub use files::Files;
pub use health::{Health, Pace, Unseen};
pub use index::{Anchor, Quiet, Rest};
pub use intake::{Intake, Keeper, Reader, Standing, Want, Wanted};
pub use lease::LeaseKeeper;
pub use observe::Looked;
pub use pass::{PassReport, Until};
pub use progress::{Progress, ProgressEvent, Silent};
pub use queue::Queue;
pub use rehearse::{Rehearsal, Rehearsed};
pub use underway::{Answered, Left};
