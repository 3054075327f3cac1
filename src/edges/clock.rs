//! Time is handed in: the machine's clock, or a virtual one that a rehearsal or test moves.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{TimeDelta, Utc};

use crate::core::model::Timestamp;

/// Tells the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] is at or past `at`.
    ///
    /// # Cancellation
    /// Dropping the future forgets the wait.
    async fn sleep_until(&self, at: Timestamp);
}

/// The machine's clock. It never runs backwards as seen from one process: a clock that jumped back is held
/// at the latest instant already told, so that nothing is scheduled into the past twice.
#[derive(Default)]
pub struct SystemClock {
    latest: Mutex<Option<Timestamp>>,
}

/// A longer sleep is cut up, so that a clock that jumps ahead (a laptop waking up) is noticed.
const LONGEST_SLEEP: std::time::Duration = std::time::Duration::from_secs(30);

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Utc::now();
        let mut latest = self.latest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let told = latest.map_or(now, |l| l.max(now));
        *latest = Some(told);
        told
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = (at - self.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

/// A clock that stands still until it is moved.
pub struct VirtualClock {
    now: Mutex<Timestamp>,
    moved: tokio::sync::Notify,
}

impl VirtualClock {
    pub fn new(now: Timestamp) -> Self {
        Self { now: Mutex::new(now), moved: tokio::sync::Notify::new() }
    }

    /// Moves to `at`; a virtual clock never goes back.
    pub fn advance_to(&self, at: Timestamp) {
        let mut now = self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = (*now).max(at);
        drop(now);
        self.moved.notify_waiters();
    }

    pub fn advance(&self, by: TimeDelta) {
        self.advance_to(self.now() + by);
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let moved = self.moved.notified();
            if self.now() >= at {
                return;
            }
            moved.await;
        }
    }
}
