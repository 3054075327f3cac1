//! Calls that may outlive the walk that made them.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;

use super::{apply::StepResult, engine::EngineError};
use crate::core::{
    model::{
        event::Event,
        name::{Id, Name},
    },
    plan::Change,
};

/// A call under way, with all that it takes to wait for its answer and to write that down. Its intent is on disk, so
/// dropping it loses the answer and nothing else. Yields the change that it carries out, by index into its plan.
pub(super) struct Underway {
    pub activity: Id,
    pub index: usize,
    pub answer: BoxFuture<'static, Result<Answered, EngineError>>,
}

/// What came of a call, on disk.
pub struct Answered {
    pub events: Vec<Event>,
    pub result: StepResult,
}

impl Future for Underway {
    type Output = (usize, Result<Answered, EngineError>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let index = self.index;
        self.answer.as_mut().poll(context).map(|answered| (index, answered))
    }
}

/// A call that its walk left behind. While it is neither answered nor dropped, passes know that it is under way.
pub struct Left {
    pub launch: Name,
    /// What it carries out.
    pub change: Change,
    call: Underway,
    entry: Entry,
}

impl Left {
    pub fn activity(&self) -> &Id {
        &self.call.activity
    }

    /// Waits for the answer and writes it down.
    ///
    /// # Errors
    /// The store failed, or this process no longer owns it: the outcome is in doubt.
    pub async fn end(self) -> (Change, Result<Answered, EngineError>) {
        let Self { change, call, entry, .. } = self;
        let (_, answered) = call.await;
        drop(entry);
        (change, answered)
    }
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Left").field("launch", &self.launch).field("change", &self.change).finish_non_exhaustive()
    }
}

/// Which activities have a call under way that no walk waits for.
#[derive(Clone, Default)]
pub(super) struct Registry(Arc<Mutex<HashMap<Name, BTreeSet<Id>>>>);

impl Registry {
    /// To be asked before the state is read: an answer that comes in between is then in the state.
    pub fn of(&self, launch: &Name) -> BTreeSet<Id> {
        self.all().get(launch).cloned().unwrap_or_default()
    }

    pub fn leave(&self, launch: &Name, change: Change, call: Underway) -> Left {
        self.all().entry(launch.clone()).or_default().insert(call.activity.clone());
        let entry = Entry { registry: self.clone(), launch: launch.clone(), activity: call.activity.clone() };
        Left { launch: launch.clone(), change, call, entry }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Name, BTreeSet<Id>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Entry {
    registry: Registry,
    launch: Name,
    activity: Id,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut all = self.registry.all();
        if let Some(calls) = all.get_mut(&self.launch) {
            calls.remove(&self.activity);
            if calls.is_empty() {
                all.remove(&self.launch);
            }
        }
    }
}
