//! Ends the engine at any step: from that step on nothing that it awaits ever returns.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Notify;

/// Counts every externally visible step, and crashes at one. Clones share the count, also across engines.
///
/// A driver runs `select! { _ = engine => …, _ = plan.crashed() => … }`, drops the engine, calls
/// [`CrashPlan::restart`] and builds a new engine on the same store and world.
#[derive(Clone, Default)]
pub struct CrashPlan(Arc<Inner>);

#[derive(Default)]
struct Inner {
    steps: AtomicU64,
    /// 0: never. Otherwise the step that does not return.
    at: AtomicU64,
    /// The step at which the engine crashed; 0 while it runs.
    crashed: AtomicU64,
    happened: Notify,
    names: Mutex<Vec<&'static str>>,
    beside: Mutex<Option<(u64, Beside)>>,
}

/// What somebody else does.
type Beside = Box<dyn FnOnce() + Send>;

impl CrashPlan {
    /// Counts and never crashes, until armed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Crashes at step `at`, counted from 1 since the beginning.
    pub fn arm(&self, at: u64) {
        self.0.at.store(at, Ordering::SeqCst);
    }

    /// Somebody does something beside the engine at step `at`, before the engine goes on.
    pub fn beside(&self, at: u64, act: impl FnOnce() + Send + 'static) {
        *self.0.beside.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, Box::new(act)));
    }

    fn due_beside(&self, number: u64) -> Option<Beside> {
        let mut beside = self.0.beside.lock().unwrap_or_else(PoisonError::into_inner);
        beside.take_if(|(at, _)| *at == number).map(|(_, act)| act)
    }

    /// Steps so far. After a run without a crash: how many single crashes there are to try.
    pub fn steps(&self) -> u64 {
        self.0.steps.load(Ordering::SeqCst)
    }

    /// What step `number` (from 1) was.
    pub fn name(&self, number: u64) -> Option<&'static str> {
        let names = self.0.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
    }

    pub fn is_crashed(&self) -> bool {
        self.0.crashed.load(Ordering::SeqCst) != 0
    }

    /// Returns once the engine crashed.
    pub async fn crashed(&self) {
        loop {
            let happened = self.0.happened.notified();
            if self.is_crashed() {
                return;
            }
            happened.await;
        }
    }

    /// A new engine begins; it does not crash unless armed again. The old one must be dropped by now.
    pub fn restart(&self) {
        self.0.at.store(0, Ordering::SeqCst);
        self.0.crashed.store(0, Ordering::SeqCst);
    }

    /// One step. Never returns if the engine crashes here, or crashed before.
    pub async fn step(&self, name: &'static str) {
        if self.is_crashed() {
            return std::future::pending().await;
        }
        let number = {
            let mut names = self.0.names.lock().unwrap_or_else(PoisonError::into_inner);
            names.push(name);
            self.0.steps.fetch_add(1, Ordering::SeqCst) + 1
        };
        if let Some(act) = self.due_beside(number) {
            act();
        }
        if self.0.at.load(Ordering::SeqCst) == number {
            self.0.crashed.store(number, Ordering::SeqCst);
            self.0.happened.notify_waiters();
            std::future::pending::<()>().await;
        }
    }
}
