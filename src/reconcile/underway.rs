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
use crate::{
    core::{
        model::{
            call::IntentId,
            event::{Event, EventKind},
            name::{Actor, Id, Name},
            outcome::Outcome,
        },
        plan::Change,
    },
    edges::{
        clock::Clock,
        store::{Lease, NewEvent, Store},
    },
};

/// A call under way. Its intent is on disk, so dropping it loses the answer and nothing else.
pub(super) struct Underway {
    pub activity: Id,
    /// The change that it carries out, by index into its plan.
    pub index: usize,
    pub intent: IntentId,
    pub call: BoxFuture<'static, Outcome>,
}

/// What came of a call, and is not on disk yet.
pub(super) struct Answer {
    pub index: usize,
    pub result: StepResult,
    pub event: Box<EventKind>,
}

/// What came of a call, on disk.
pub struct Answered {
    pub events: Vec<Event>,
    pub result: StepResult,
}

impl Future for Underway {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (index, intent, activity) = (self.index, self.intent, self.activity.clone());
        self.call.as_mut().poll(context).map(|outcome| {
            let result = StepResult::of(outcome.clone());
            let event = Box::new(EventKind::OutcomeRecorded { activity, intent, outcome });
            Answer { index, result, event }
        })
    }
}

/// Writes down what came of calls that nobody else waits for.
#[derive(Clone)]
pub(super) struct Scribe {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub actor: Actor,
    pub launch: Name,
    pub lease: Option<Lease>,
}

impl Scribe {
    async fn write(&self, Answer { result, event, .. }: Answer) -> Result<Answered, EngineError> {
        let (launch, actor) = (self.launch.clone(), self.actor.clone());
        let recorded = NewEvent { at: self.clock.now(), launch, actor, kind: *event };
        let events = self.store.append(self.lease.as_ref(), vec![recorded]).await?;
        Ok(Answered { events, result })
    }
}

/// A call that its walk left behind. While it is neither answered nor dropped, passes know that it is under way.
pub struct Left {
    pub launch: Name,
    /// What it carries out.
    pub change: Change,
    call: Underway,
    scribe: Scribe,
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
        let Self { change, call, scribe, entry, .. } = self;
        let answered = scribe.write(call.await).await;
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

    pub fn leave(&self, change: Change, call: Underway, scribe: Scribe) -> Left {
        let launch = scribe.launch.clone();
        self.all().entry(launch.clone()).or_default().insert(call.activity.clone());
        let entry = Entry { registry: self.clone(), launch: launch.clone(), activity: call.activity.clone() };
        Left { launch, change, call, scribe, entry }
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
