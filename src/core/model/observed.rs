//! What is known of the world when a plan is made.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Timestamp,
    name::{Id, Name},
    outcome::{Failure, Sighting},
    state::LaunchState,
};

/// Observed: one launch's stored state, this pass's look at the world, and what other launches reached.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    pub state: LaunchState,
    /// Fresh look-ups by activity; an activity without one is judged by its stored state.
    pub sightings: BTreeMap<Id, Sighting>,
    /// When the milestones of other launches that this one needs were completed.
    pub foreign: BTreeMap<(Name, Id), Timestamp>,
    /// Activities that settings will not let be done, and why.
    pub refused: BTreeMap<Id, Failure>,
    /// Checks that settings will not let be asked, by milestone and name.
    pub refused_checks: BTreeMap<(Id, Id), Failure>,
    /// Activities whose effect is under way in a process that lives: no outcome yet, and no doubt.
    pub running: BTreeSet<Id>,
}
