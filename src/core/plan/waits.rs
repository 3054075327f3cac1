//! Who can end a wait.

use super::value::{Action, Blocker, Change, Plan, Target};
use crate::core::model::{activity::Need, check::Verdict};

/// Who can end the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaitsFor {
    /// Something went wrong: a person must repair it.
    Repair,
    /// A person is asked for a decision or for work.
    Person,
    /// Other parts of a launch, or the vendor.
    Progress,
    /// Only an instant.
    Time,
}

impl WaitsFor {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::Person => "person",
            Self::Progress => "progress",
            Self::Time => "time",
        }
    }
}

/// Who can end the wait, without the words.
pub fn waits_for(blocker: &Blocker) -> WaitsFor {
    match blocker {
        Blocker::Until { .. } => WaitsFor::Time,
        Blocker::Needs { .. }
        | Blocker::Phase { .. }
        | Blocker::NotAsked { .. }
        | Blocker::NotDone { .. }
        | Blocker::Running { .. } => WaitsFor::Progress,
        Blocker::Check { verdict, .. } => match verdict {
            Verdict::Pass => WaitsFor::Progress,
            Verdict::Fail => WaitsFor::Repair,
            Verdict::Inconclusive => WaitsFor::Person,
        },
        Blocker::Approval { .. }
        | Blocker::Person { .. }
        | Blocker::InDoubt { .. }
        | Blocker::Marked { .. }
        | Blocker::Missed { .. } => WaitsFor::Person,
        Blocker::Unapproved { .. }
        | Blocker::Held { .. }
        | Blocker::Refused { .. }
        | Blocker::Rejected { .. }
        | Blocker::Exhausted { .. }
        | Blocker::LookupFailed { .. }
        | Blocker::Input { .. } => WaitsFor::Repair,
    }
}

/// Whether nothing goes on by itself any more: what is left waits for what people say, do or repair. Goals do not count.
pub fn waits_for_people(plan: &Plan) -> bool {
    if plan.stop.is_some() {
        return true;
    }
    let mut open = plan.changes.iter().filter(|c| c.action != Action::Keep && !matches!(c.subject, Target::Goal(_)));
    let asked = plan.changes.iter().flat_map(|c| &c.blocked).any(is_for_people);
    asked && !open.any(goes_on)
}

/// Time, the vendor, another launch or the next pass brings it on.
fn goes_on(change: &Change) -> bool {
    !change.blocked.iter().any(|b| is_for_people(b) || is_told_elsewhere(b))
}

/// What it waits for is another change of the same plan.
fn is_told_elsewhere(blocker: &Blocker) -> bool {
    matches!(blocker, Blocker::Needs { need: Need::Activity(_) | Need::Milestone(_) } | Blocker::Phase { .. })
}

fn is_for_people(blocker: &Blocker) -> bool {
    match waits_for(blocker) {
        WaitsFor::Person => true,
        // These are tried again by themselves.
        WaitsFor::Repair => !matches!(blocker, Blocker::Check { .. } | Blocker::LookupFailed { .. }),
        WaitsFor::Progress | WaitsFor::Time => false,
    }
}
