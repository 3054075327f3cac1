//! What would end because the files no longer ask for it.

use std::collections::BTreeSet;

use super::{
    ending,
    planner::{Desired, Planner, plan},
    value::{Action, Change, Reason, Target},
};
use crate::core::model::{
    Timestamp, activity::Compensation, launch::Launch, name::Id, observed::Observed, state::LaunchState,
};

/// The activities whose objects a plan would close or delete, or look for in order to, because the files do not have
/// them any more. In the plan's order; a rename is none.
pub fn ends(desired: Desired<'_>, state: &LaunchState, now: Timestamp) -> Vec<Id> {
    let asked_for: BTreeSet<&Id> = match desired {
        Desired::Launch { launch, .. } => launch.activities.iter().map(|a| &a.id).collect(),
        Desired::Gone { .. } => BTreeSet::new(),
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

impl<'a> Planner<'a> {
    /// What the file no longer has.
    pub(super) fn removed(&mut self, launch: &'a Launch) {
        let mut wanted: BTreeSet<&Id> = launch.activities.iter().map(|a| &a.id).collect();
        wanted.extend(self.moved.values().copied());
        // An undo stays known by the activity that it undoes.
        for activity in self.observed.state.activities.values() {
            if let Some(Compensation::Run(undo)) = activity.applied.as_ref().map(|a| &a.on_cancel) {
                wanted.insert(&undo.id);
            }
        }
        self.end_all(&wanted, Reason::RemovedFromFile);
    }

    pub(super) fn end_all(&mut self, wanted: &BTreeSet<&Id>, reason: Reason) {
        for (id, state) in &self.observed.state.activities {
            if wanted.contains(id) {
                continue;
            }
            let Some(decision) = ending::decide(state, reason, self.now, self.is_running(id)) else { continue };
            let applied = state.applied.as_ref();
            let uses = applied.map(|a| a.uses.clone()).or_else(|| state.open.as_ref().map(|o| o.uses.clone()));
            self.changes.push(Change {
                uses,
                effect: applied.map(|a| a.effect),
                blocked: decision.blocked,
                point_of_no_return: decision.action == Action::Delete,
                ..Change::new(Target::Activity(id.clone()), id.to_string(), decision.action, decision.reason)
            });
        }
    }
}
