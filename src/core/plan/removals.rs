//! What would end because the files no longer ask for it.

use std::collections::HashSet;

use super::{
    planner::{Desired, plan},
    value::{Action, Target},
};
use crate::core::model::{Timestamp, name::Id, observed::Observed, state::LaunchState};

/// The activities whose objects a plan would close or delete, or look for in order to, because the files do not have
/// them any more. In the plan's order; a rename is none.
pub fn ends(desired: Desired<'_>, state: &LaunchState, now: Timestamp) -> Vec<Id> {
    let asked_for: HashSet<&Id> = match desired {
        Desired::Launch { launch, .. } => launch.activities.iter().map(|a| &a.id).collect(),
        Desired::Gone { .. } => HashSet::new(),
    };
    // Only what is known of can end.
    if state.activities.keys().all(|id| asked_for.contains(id)) {
        return Vec::new();
    }
    let observed = Observed { state: state.clone(), ..Observed::default() };
    let made = plan(desired, &observed, now);
    let ending =
        made.changes.into_iter().filter(|c| matches!(c.action, Action::Close | Action::Delete | Action::Probe));
    ending
        .filter_map(|change| match change.subject {
            Target::Activity(id) if !asked_for.contains(&id) => Some(id),
            _ => None,
        })
        .collect()
}
