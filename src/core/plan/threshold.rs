//! A plan that changes much at once stops and asks (design.md §4, "Bad input is not a deletion").

use super::value::{Action, Change, Reason, Stop};
use crate::core::model::{fingerprint::Fingerprint, launch::Policy, state::LaunchState};

/// The stop, if these changes affect more than policy allows and nobody agreed to exactly them.
pub(super) fn judge(changes: &[Change], state: &LaunchState, policy: &Policy) -> Option<Stop> {
    let existing = count(state.activities.values().filter(|a| a.applied.is_some() && a.ended.is_none()).count());
    let affected = count(changes.iter().filter(|c| affects(c)).count());
    if affected < policy.max_change_floor || existing == 0 {
        return None;
    }
    let percent = u32::try_from(u64::from(affected) * 100 / u64::from(existing)).unwrap_or(u32::MAX);
    if percent <= policy.max_change_percent {
        return None;
    }
    let fingerprint = changes_fingerprint(changes);
    if state.header.confirmed.as_ref() == Some(&fingerprint) {
        return None;
    }
    let limit_percent = policy.max_change_percent;
    Some(Stop::MassChange { affected, existing, percent, limit_percent, changes: fingerprint })
}

/// Names the changes a person agrees to: which objects, and what is done to each.
pub fn changes_fingerprint(changes: &[Change]) -> Fingerprint {
    let named: Vec<_> = changes.iter().filter(|c| affects(c)).map(|c| (&c.subject, c.action, &c.fields)).collect();
    Fingerprint::of(&named)
}

/// Removing or changing what exists. Undoing on a person's `cancel` was asked for already.
fn affects(change: &Change) -> bool {
    matches!(change.action, Action::Update | Action::Close | Action::Delete) && change.reason != Reason::LaunchCancelled
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
