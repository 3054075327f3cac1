//! The durable record: events, the rows folded from them, leases, and the revisions worked towards.
//!
//! In: events. Out: state, events, acknowledgements that mean "on disk". Imports `core`.
//! Deliberately absent: any judgement about the events; the only rules here are order, durability and ownership.

pub mod chain;
pub mod lease;
pub mod memory;
pub mod sqlite;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::core::{
    model::{
        Timestamp,
        event::{Event, EventKind},
        launch::{Launch, Revision},
        name::{Actor, Name},
        retention::Retention,
        state::LaunchState,
    },
    schedule::learned::{Finished, Promise},
};

/// An event before the store gave it a number.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub at: Timestamp,
    pub launch: Name,
    pub actor: Actor,
    pub kind: EventKind,
}

/// Proof of ownership, checked by every write that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Rises by one with each new owner. Never part of an external key.
    pub epoch: u64,
    pub holder: Holder,
}

/// Who holds the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Unique to one process: `HOST:PID:START`.
    pub id: String,
    /// For people: "launchd daemon on HOST, process 4711".
    pub description: String,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// A revision as it was worked towards.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRevision {
    pub revision: Revision,
    /// When it was taken up first.
    pub accepted_at: Timestamp,
    pub launch: Arc<Launch>,
}

/// One line of the list of launches.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchRow {
    pub launch: Name,
    /// Of the last event about it.
    pub version: u64,
    pub open_intents: u32,
}

/// Why the store could not do it. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} holds the store since {}", holder.description, holder.since)]
    Held { holder: Holder },
    #[error("event {by} took back what a plan made at event {since} rests upon")]
    TakenBack { since: u64, by: u64 },
    #[error("this process lost the store to a newer owner (epoch {current}, ours is {ours})")]
    Stale { ours: u64, current: u64 },
    #[error("the store was written by a newer launchd (schema {found}, this one knows {known})")]
    Newer { found: u32, known: u32 },
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// What is written from here on would be nobody's record.
    #[error("the store is gone: {0}")]
    Gone(String),
    #[error("the store can only be read: {0}")]
    ReadOnly(String),
    #[error("the disk is full: {0}")]
    Full(String),
    #[error("{0}")]
    Other(String),
}

pub type StoreResult<T> = Result<T, StoreError>;

/// The durable record of all launches.
///
/// # Guarantees
/// `append` and the lease methods return only after what they wrote is on disk. Events are numbered without a gap
/// and chained by hash. A failed call wrote nothing.
#[async_trait]
pub trait Store: Send + Sync {
    /// Writes the events in order, all or none, folds each into its launch's rows, and returns them numbered.
    /// With a lease, only while that lease is the newest one. Without, from people beside the daemon.
    async fn append(&self, lease: Option<&Lease>, events: Vec<NewEvent>) -> StoreResult<Vec<Event>>;

    /// As [`Store::append`], of what was decided from a state that held everything up to event `since`: nothing is
    /// written when a newer event about the launch of any of them takes something back
    /// ([`EventKind::takes_back`]). Looking and writing are one step; nobody's word can come between.
    ///
    /// # Errors
    /// [`StoreError::TakenBack`] with the newest such event.
    async fn append_decided(&self, lease: Option<&Lease>, since: u64, events: Vec<NewEvent>)
    -> StoreResult<Vec<Event>>;

    /// Everything known of one launch; an unknown launch has the default state.
    async fn state(&self, launch: &Name) -> StoreResult<LaunchState>;

    /// [`Store::state`] of every launch the store knows, all as of one moment.
    async fn states(&self) -> StoreResult<BTreeMap<Name, LaunchState>>;

    /// Every launch the store knows, by name.
    async fn launches(&self) -> StoreResult<Vec<LaunchRow>>;

    /// Launches whose version is above `version`.
    async fn changed_since(&self, version: u64) -> StoreResult<Vec<LaunchRow>>;

    /// Events after `seq`, oldest first, at most `limit`; of one launch or of all.
    async fn events(&self, launch: Option<&Name>, after: u64, limit: usize) -> StoreResult<Vec<Event>>;

    /// Keeps a revision's content, so that a launch can be held at it when its file breaks. Equal content is kept once.
    async fn keep_revision(&self, lease: Option<&Lease>, revision: StoredRevision) -> StoreResult<()>;

    /// Keeps the revision that a launch is worked towards from now on, and then writes events that speak of it. Of the
    /// two, the events never are on disk alone.
    async fn accept(
        &self,
        lease: Option<&Lease>,
        revision: StoredRevision,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        self.keep_revision(lease, revision).await?;
        self.append(lease, events).await
    }

    /// Which revisions are kept, of all launches.
    async fn kept(&self) -> StoreResult<HashSet<(Name, Revision)>>;

    /// A kept revision of a launch.
    async fn revision(&self, launch: &Name, revision: &Revision) -> StoreResult<Option<StoredRevision>>;

    /// Kept revisions of a launch, newest first.
    async fn revisions(&self, launch: &Name, limit: usize) -> StoreResult<Vec<StoredRevision>>;

    /// What each launch promised when it was accepted first.
    async fn promises(&self) -> StoreResult<BTreeMap<Name, Promise>>;

    /// Every launch that is complete, by name, in time that grows with their number.
    async fn finished(&self) -> StoreResult<Vec<Finished>>;

    /// Lets go of the content of revisions that `rule` has no use for at `now`, judged and removed in one transaction.
    /// Events are never removed. Returns how many went.
    async fn retire(&self, lease: Option<&Lease>, launch: &Name, rule: Retention, now: Timestamp)
    -> StoreResult<usize>;

    /// Becomes the owner if nobody is, or if the owner's lease ran out at `now`.
    ///
    /// # Errors
    /// [`StoreError::Held`] with who holds it.
    async fn acquire(&self, id: &str, description: &str, now: Timestamp, length: Duration) -> StoreResult<Lease>;

    /// Extends the lease.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else took over.
    async fn renew(&self, lease: &Lease, now: Timestamp, length: Duration) -> StoreResult<Lease>;

    /// Gives it up at once. Giving up a lease that is no longer ours does nothing.
    async fn release(&self, lease: &Lease) -> StoreResult<()>;

    /// The present holder, if its lease has not run out at `now`.
    async fn holder(&self, now: Timestamp) -> StoreResult<Option<Holder>>;

    /// Returns when somebody beside the owner may have appended: a person's command in this process or another, or
    /// another owner. May return without reason. A change that happened before the call is not lost. For one waiter.
    ///
    /// # Cancellation
    /// Dropping the future loses nothing.
    async fn changed(&self);

    /// Walks the hash chain from the first event to the last, and compares what is kept beside the events with them.
    async fn verify(&self) -> StoreResult<AuditReport>;
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    pub events: u64,
    /// The last event's hash, to be kept outside the store: a chain alone does not show truncation.
    pub head: String,
    /// The first event that is missing, or whose hash does not follow from the one before.
    pub broken_at: Option<u64>,
    /// Launches of which the store shows something else than their events tell. Only looked for where the chain is whole.
    pub altered_states: Vec<Name>,
    /// Kept revisions whose content is not the one that they are named by.
    pub altered_revisions: Vec<(Name, Revision)>,
}

impl AuditReport {
    pub fn is_whole(&self) -> bool {
        self.broken_at.is_none() && self.altered_states.is_empty() && self.altered_revisions.is_empty()
    }
}
