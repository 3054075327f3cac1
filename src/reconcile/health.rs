//! How the daemon paces itself, and how it is.

use std::time::Duration;

use serde::Serialize;

use crate::core::{
    model::Timestamp,
    plan::{Blocker, Change, Plan, Target},
};

/// How the daemon paces itself.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Files and objects are looked at again after so long, whatever was or was not notified.
    pub resync: Duration,
    /// How long a stop waits for effects that are under way.
    pub grace: Duration,
    /// Launches kept in memory beside their passes; the others are read from the store when they are due.
    pub recent: usize,
    /// What ends something because the files no longer ask for it must be said by two readings, so far apart: a file that
    /// is saved in two steps is not a removal.
    pub removal_delay: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { resync: seconds(300), grace: seconds(30), recent: 64, removal_delay: seconds(5) }
    }
}

/// How the daemon is, for probes and people.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// The files were read once and the lease is held.
    pub ready: bool,
    pub started_at: Timestamp,
    /// When the loop went round last. It does at least every ten seconds.
    pub beat_at: Timestamp,
    pub launches: usize,
    pub held: usize,
    pub running: usize,
    pub next: Option<Timestamp>,
    /// The last trouble with the store or the files, until it is over.
    pub trouble: Option<String>,
    /// Objects that cannot be looked at.
    pub lookups_failing: usize,
    /// The first of them, in the launches' order.
    pub unseen: Vec<Unseen>,
}

/// An object that cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    pub launch: String,
    pub activity: String,
    pub since: Timestamp,
    /// Due by the last pass, the first included.
    pub tries: u64,
    pub reason: String,
    pub again: Timestamp,
}

impl Unseen {
    /// All of a plan.
    pub fn of(plan: &Plan) -> Vec<Self> {
        let failing = |change: &Change, blocker: &Blocker| match (&change.subject, blocker) {
            (Target::Activity(id), Blocker::LookupFailed { failure, since, tries, again }) => Some(Self {
                launch: plan.launch.to_string(),
                activity: id.to_string(),
                since: *since,
                tries: *tries,
                reason: format!("{}: {}", failure.summary, failure.detail),
                again: *again,
            }),
            _ => None,
        };
        plan.changes.iter().flat_map(|c| c.blocked.iter().filter_map(|b| failing(c, b)).collect::<Vec<_>>()).collect()
    }
}

impl Health {
    pub fn starting(now: Timestamp) -> Self {
        Self {
            ready: false,
            started_at: now,
            beat_at: now,
            launches: 0,
            held: 0,
            running: 0,
            next: None,
            trouble: None,
            lookups_failing: 0,
            unseen: Vec::new(),
        }
    }
}
