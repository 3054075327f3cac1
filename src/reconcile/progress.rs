//! What a walk tells while it goes, for terminals, logs and pages.

use crate::core::{
    model::{event::Event, name::Name},
    plan::Change,
};

use super::apply::StepResult;

/// One thing a person may want to see happen.
#[derive(Debug, Clone)]
pub enum ProgressEvent<'a> {
    /// A change was started.
    Started { launch: &'a Name, change: &'a Change },
    /// It ended, one way or another.
    Ended { launch: &'a Name, change: &'a Change, result: &'a StepResult },
    /// Something was written to the store.
    Recorded(&'a Event),
}

/// Takes in progress. Called from the walk's own task, so it must be quick and must not block.
pub trait Progress: Send + Sync {
    fn tell(&self, event: ProgressEvent<'_>);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _: ProgressEvent<'_>) {}
}
