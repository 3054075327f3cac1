//! The next instant that matters.

use super::value::{Blocker, Change, MilestoneOutlook, Moment, Target, Until};
use crate::core::model::{Timestamp, area::Status};

/// The earliest instant after `now` at which a plan would differ by itself.
pub(super) fn next(
    changes: &[Change],
    milestones: &[MilestoneOutlook],
    expiries: &[Moment],
    now: Timestamp,
) -> Option<Moment> {
    let waits = changes.iter().flat_map(|c| c.blocked.iter().filter_map(|b| moment(c, b)));
    let dues = milestones.iter().filter(|m| !matches!(m.status, Status::Completed | Status::Cancelled)).map(|m| {
        Moment { at: m.due, why: Until::Due { milestone: m.id.clone() }, subject: Target::Milestone(m.id.clone()) }
    });
    waits.chain(dues).chain(expiries.iter().cloned()).filter(|m| m.at > now).min_by_key(|m| m.at)
}

fn moment(change: &Change, blocker: &Blocker) -> Option<Moment> {
    let (at, why) = match blocker {
        Blocker::Until { at, why } => (*at, why.clone()),
        Blocker::LookupFailed { again, .. } => (*again, Until::LookAgain),
        _ => return None,
    };
    Some(Moment { at, why, subject: change.subject.clone() })
}
