//! Which sign-offs stand for a milestone as it is now.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::value::Blocker;
use crate::core::model::{
    Timestamp,
    approval::{Approval, Gate, Grant},
    fingerprint::Fingerprint,
    milestone::Milestone,
    name::Actor,
    state::{Mark, MilestoneState},
};

/// One approval counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    pub have: u32,
    pub want: u32,
    /// Grants for another content of the milestone.
    pub void: u32,
    pub expired: u32,
    pub refused_by: Option<Mark>,
    /// When the next standing grant expires.
    pub expires_at: Option<Timestamp>,
}

impl Standing {
    pub fn stands(&self) -> bool {
        self.have >= self.want && self.refused_by.is_none()
    }
}

/// Counts an approval's grants against the milestone's present fingerprint.
pub fn standing(approval: &Approval, grants: &[Grant], fingerprint: &Fingerprint, now: Timestamp) -> Standing {
    let mut standing = Standing { want: approval.count, ..Standing::default() };
    let mut people: BTreeSet<&Actor> = BTreeSet::new();
    for grant in grants {
        let expires = approval.expires_seconds.map(|s| grant.at + TimeDelta::seconds(s.cast_signed()));
        if grant.fingerprint != *fingerprint {
            standing.void += u32::from(grant.granted);
        } else if !grant.granted {
            standing.refused_by = Some(Mark { by: grant.by.clone(), at: grant.at, text: grant.comment.clone() });
        } else if expires.is_some_and(|at| at <= now) {
            standing.expired += 1;
        } else if people.insert(&grant.by) {
            standing.have += 1;
            standing.expires_at = [standing.expires_at, expires].into_iter().flatten().min();
        }
    }
    standing
}

/// The approvals of a milestone that do not stand, as blockers. A complete milestone keeps what it was given.
pub(super) fn missing(
    milestone: &Milestone,
    state: Option<&MilestoneState>,
    fingerprint: &Fingerprint,
    now: Timestamp,
    wanted: impl Fn(Gate) -> bool,
) -> Vec<Blocker> {
    let mut blocked = Vec::new();
    for approval in milestone.approvals.iter().filter(|a| wanted(a.gate)) {
        let grants = state.and_then(|s| s.approvals.get(&approval.name)).map(Vec::as_slice).unwrap_or_default();
        let found = standing(approval, grants, fingerprint, now);
        if !found.stands() {
            blocked.push(Blocker::Approval {
                milestone: milestone.id.clone(),
                approval: approval.name.clone(),
                from: approval.from.clone(),
                have: found.have,
                want: found.want,
                void: found.void,
                expired: found.expired,
                refused_by: found.refused_by,
            });
        }
    }
    blocked
}
