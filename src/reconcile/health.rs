//! How the daemon paces itself, and how it is.

use std::time::Duration;

use serde::Serialize;

use crate::core::model::Timestamp;

/// How the daemon paces itself.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Files and objects are looked at again after so long, whatever was or was not notified.
    pub resync: Duration,
    /// How long a stop waits for effects that are under way.
    pub grace: Duration,
    /// Launches kept in memory beside their passes; the others are read from the store when they are due.
    pub recent: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { resync: Duration::from_secs(300), grace: Duration::from_secs(30), recent: 64 }
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
        }
    }
}
