//! Everything a pass needs, handed in once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

use super::{index::Anchor, underway::Registry};
use crate::{
    core::model::{
        Timestamp,
        activity::Uses,
        connector::ExecutorKind,
        event::{Event, EventKind},
        fingerprint::Fingerprint,
        name::{Actor, Id, Name},
        outcome::Failure,
        retention::Retention,
        state::LaunchState,
    },
    edges::{
        clock::Clock,
        executors::{Executor, Executors},
        store::{Lease, NewEvent, Store, StoreError},
    },
};

/// How far a look at the world goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Read back every object that can be read.
    All,
    /// Read back what was not seen for so long.
    OlderThan(Duration),
    /// Read back nothing; only what is about to be created is looked for.
    Due,
    /// No calls at all.
    Never,
}

/// Bounds on what happens at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Changes of one launch under way at once.
    pub concurrency: usize,
    /// Passes under way at once.
    pub passes: usize,
    /// Rounds of plan and walk within one pass.
    pub rounds: usize,
    /// Look-ups under way at once, for one launch.
    pub lookups: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 8, passes: 256, rounds: 1000, lookups: 16 }
    }
}

/// The loop's hands: where it reads, writes and acts.
pub struct Engine {
    pub store: Arc<dyn Store>,
    pub executors: Arc<dyn Executors>,
    pub clock: Arc<dyn Clock>,
    /// Part of every external key: two installations never take each other's objects.
    pub installation: String,
    pub actor: Actor,
    pub limits: Limits,
    /// How far back revisions are kept.
    pub retention: Retention,
    /// Which code runs each connector; replaced when the files bring other connectors.
    pub connectors: Mutex<Arc<BTreeMap<Name, ExecutorKind>>>,
    /// When each object was looked at last. Forgotten with the process: a look too many does no harm.
    pub(super) seen: Mutex<HashMap<(Name, Id), Timestamp>>,
    /// When each look-up that fails was tried last. Forgotten with the process, like `seen`.
    pub(super) tried: Mutex<HashMap<(Name, Id), Timestamp>>,
    /// Calls that outlived the pass that made them.
    pub(super) underway: Registry,
}

/// Why the loop could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks a walk to start nothing more. What was started is finished or journalled as in doubt.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    stop: AtomicBool,
    leave: AtomicBool,
    told: Notify,
}

impl Halt {
    /// Nothing more is started, and what was started is awaited.
    pub fn ask(&self) {
        self.0.stop.store(true, Ordering::SeqCst);
    }

    /// Nothing more is started, and what was started is not awaited: its calls are left to whoever runs the pass, so
    /// that the launch can be planned again at once.
    pub fn leave(&self) {
        self.ask();
        self.0.leave.store(true, Ordering::SeqCst);
        self.0.told.notify_one();
    }

    pub fn asked(&self) -> bool {
        self.0.stop.load(Ordering::SeqCst)
    }

    /// Ends when the walk is to leave its calls behind. Only one may wait at a time.
    pub(super) async fn left(&self) {
        while !self.0.leave.load(Ordering::SeqCst) {
            self.0.told.notified().await;
        }
    }
}

impl Engine {
    pub fn new(
        store: Arc<dyn Store>,
        executors: Arc<dyn Executors>,
        clock: Arc<dyn Clock>,
        installation: impl Into<String>,
        actor: Actor,
        connectors: BTreeMap<Name, ExecutorKind>,
    ) -> Self {
        Self {
            store,
            executors,
            clock,
            installation: installation.into(),
            actor,
            limits: Limits::default(),
            retention: Retention::default(),
            connectors: Mutex::new(Arc::new(connectors)),
            seen: Mutex::new(HashMap::new()),
            tried: Mutex::new(HashMap::new()),
            underway: Registry::default(),
        }
    }

    /// Learns which connectors there are now.
    pub fn know(&self, connectors: BTreeMap<Name, ExecutorKind>) {
        *self.connectors.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(connectors);
    }

    /// The code that runs `uses`.
    ///
    /// # Errors
    /// Nobody knows the connector (any more).
    pub(super) fn executor(&self, uses: &Uses) -> Result<Arc<dyn Executor>, Failure> {
        let connectors = Arc::clone(&self.connectors.lock().unwrap_or_else(PoisonError::into_inner));
        match connectors.get(&uses.connector) {
            Some(kind) => Ok(self.executors.executor(*kind)),
            None => Err(Failure::new(
                format!("find the connector `{}`", uses.connector),
                "neither launchd nor the files have a connector of this name; put its file back to go on",
            )),
        }
    }

    /// The store's event of this number, to know the store again by.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn anchor(&self, seq: u64) -> Result<Option<Anchor>, EngineError> {
        let events = self.store.events(None, seq.saturating_sub(1), 1).await?;
        Ok(events.first().filter(|e| e.seq == seq).map(|e| Anchor { seq, event: Fingerprint::of(e) }))
    }

    /// Writes events and folds them into `state`.
    pub(super) async fn record(
        &self,
        lease: Option<&Lease>,
        launch: &Name,
        kinds: Vec<EventKind>,
    ) -> Result<Vec<Event>, EngineError> {
        Ok(self.store.append(lease, self.news(launch, kinds)).await?)
    }

    /// Events of now, by this actor.
    pub(super) fn news(&self, launch: &Name, kinds: Vec<EventKind>) -> Vec<NewEvent> {
        let at = self.clock.now();
        let new = |kind| NewEvent { at, launch: launch.clone(), actor: self.actor.clone(), kind };
        kinds.into_iter().map(new).collect()
    }
}

/// Folds events into a state.
pub(super) fn fold(state: &mut LaunchState, events: &[Event]) {
    for event in events {
        state.fold(event);
    }
}
