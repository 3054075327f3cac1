//! Who can end a wait.

use super::value::Blocker;
use crate::core::model::check::Verdict;

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
        Blocker::Needs { .. } | Blocker::Phase { .. } | Blocker::NotDone { .. } => WaitsFor::Progress,
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
        | Blocker::Rejected { .. }
        | Blocker::Exhausted { .. }
        | Blocker::LookupFailed { .. }
        | Blocker::Input { .. } => WaitsFor::Repair,
    }
}
