//! The store on disk: one SQLite file in WAL mode, one writer with group commit, readers that wait for nobody.
//!
//! In and out: see [`Store`]. Imports `core`.
//! Deliberately absent: the rules of ownership and of the chain, which every store shares (`lease`, `chain`).

mod audit;
mod errors;
mod finished;
mod fold;
mod guard;
mod log;
mod open;
mod rows;
mod schema;
mod session;
mod tail;
mod wake;
mod writer;

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::core::{
    model::{Timestamp, event::Event, launch::Revision, name::Name, retention::Retention, state::LaunchState},
    schedule::learned::{Finished, Promise},
};

use self::{
    errors::Errors,
    guard::{Before, Guard},
    session::Session,
    tail::Tail,
    wake::Wake,
    writer::{Append, Writer},
};
use super::{
    AuditReport, Holder, LaunchRow, Lease, NewEvent, Store, StoreError, StoreResult, StoredRevision, chain::Prepared,
};

pub use open::Conditions;
pub use schema::VERSION as SCHEMA_VERSION;

/// Reads at once; more would only take turns on the processors, each with a thread and a connection of its own.
const READERS: usize = 8;

/// A store in a file. Several processes may have it open.
pub struct SqliteStore {
    /// Before the writer: SQLite puts the log into the file when the last connection closes, unless that one only reads.
    readers: Arc<Readers>,
    writer: Writer,
    wake: Arc<Wake>,
    tail: Arc<Tail>,
    guard: Guard,
    errors: Errors,
    /// Of the file that is open, whatever is at its path by now.
    identity: Option<(u64, u64)>,
}

struct Readers {
    path: PathBuf,
    /// Nobody can write it while it is read.
    at_rest: bool,
    idle: Mutex<Vec<Connection>>,
    room: Arc<Semaphore>,
}

impl SqliteStore {
    /// Opens the store, creating it and its folder, private to this user, where they are missing.
    ///
    /// # Errors
    /// The path cannot be used, or what is there is damaged, newer than this launchd, or not a store: it is not touched then.
    pub fn open(path: &Path) -> StoreResult<Self> {
        Self::open_under(path, Conditions::default())
    }

    /// The same, only if there is a store: a command that just shows something creates nothing. One that this user may
    /// not write is opened for reading, and every write to it is an error.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_existing(path: &Path) -> StoreResult<Option<Self>> {
        match path.try_exists() {
            Ok(true) => match Self::open(path) {
                Err(StoreError::ReadOnly(why)) => Self::open_to_read(path, why).map(Some),
                opened => opened.map(Some),
            },
            Ok(false) => Ok(None),
            Err(e) => Err(Errors::new(path).io("read", &e)),
        }
    }

    fn open_to_read(path: &Path, why: String) -> StoreResult<Self> {
        let errors = Errors::new(path);
        let (conn, at_rest) = open::only_reader(path, &errors)?;
        let tail = Arc::new(Tail::default());
        let wake = Arc::new(Wake::listening(path));
        wake.wrote(tail.catch_up(&conn).map_err(|e| errors.map(&e))?);
        let readers = Arc::new(Readers::new(path, at_rest, vec![conn]));
        Ok(Self { writer: Writer::refusing(why), readers, wake, tail, guard: Guard::new(path), errors, identity: None })
    }

    /// The same on another disk, or with other settings, for tests of disks that are full or lose power.
    #[doc(hidden)]
    pub fn open_under(path: &Path, conditions: Conditions<'_>) -> StoreResult<Self> {
        let errors = Errors::new(path);
        let conn = open::writer(path, conditions, &errors)?;
        let wake = Arc::new(Wake::new(path).map_err(|e| errors.io("create the wake file of", &e))?);
        let tail = Arc::new(Tail::default());
        wake.wrote(tail.catch_up(&conn).map_err(|e| errors.map(&e))?);
        let session = Session::new(conn, path, errors.clone(), wake.clone(), tail.clone());
        let writer = Writer::start(session).map_err(|e| errors.io("start the writer of", &e))?;
        let readers = Arc::new(Readers::new(path, false, Vec::new()));
        let guard = Guard::new(path);
        Ok(Self { writer, readers, wake, tail, guard, errors, identity: open::identity(path) })
    }

    async fn write(
        &self,
        lease: Option<&Lease>,
        since: Option<u64>,
        revision: Option<StoredRevision>,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        let events = events.into_iter().map(Prepared::new).collect::<Result<_, _>>();
        let events = events.map_err(|e| StoreError::Other(format!("an event cannot be written as JSON: {e}")))?;
        let (reply, answer) = oneshot::channel();
        let epoch = lease.map(|l| l.epoch);
        let append = Append { epoch, since, revision, events, reply, changed: self.wake.clone() };
        self.writer.send(Box::new(append), answer).await
    }

    async fn read<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let readers = self.readers.clone();
        // It is never closed.
        let room = Arc::clone(&readers.room).acquire_owned().await.ok();
        let read = tokio::task::spawn_blocking(move || {
            let result = readers.with(query);
            drop(room);
            result
        });
        match read.await {
            Ok(result) => result.map_err(|e| self.errors.map(&e)),
            Err(e) => Err(StoreError::Other(format!("a read of the store was given up: {e}"))),
        }
    }
}

impl Readers {
    fn new(path: &Path, at_rest: bool, idle: Vec<Connection>) -> Self {
        Self { path: path.to_owned(), at_rest, idle: Mutex::new(idle), room: Arc::new(Semaphore::new(READERS)) }
    }

    fn with<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let conn = match idle().pop() {
            Some(conn) => conn,
            None if self.at_rest => open::reader_at_rest(&self.path)?,
            None => open::reader(&self.path)?,
        };
        let result = query(&conn)?;
        // One that failed is closed: it may have a transaction open.
        idle().push(conn);
        Ok(result)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn append(&self, lease: Option<&Lease>, events: Vec<NewEvent>) -> StoreResult<Vec<Event>> {
        self.write(lease, None, None, events).await
    }

    async fn append_decided(
        &self,
        lease: Option<&Lease>,
        since: u64,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        self.write(lease, Some(since), None, events).await
    }

    async fn accept(
        &self,
        lease: Option<&Lease>,
        revision: StoredRevision,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        self.write(lease, None, Some(revision), events).await
    }

    async fn state(&self, launch: &Name) -> StoreResult<LaunchState> {
        let launch = launch.clone();
        let tail = self.tail.clone();
        self.read(move |conn| rows::state(conn, &tail, &launch)).await
    }

    async fn states(&self) -> StoreResult<BTreeMap<Name, LaunchState>> {
        let tail = self.tail.clone();
        self.read(move |conn| rows::states(conn, &tail)).await
    }

    async fn launches(&self) -> StoreResult<Vec<LaunchRow>> {
        self.changed_since(0).await
    }

    async fn changed_since(&self, version: u64) -> StoreResult<Vec<LaunchRow>> {
        self.read(move |conn| rows::launches(conn, version)).await
    }

    async fn events(&self, launch: Option<&Name>, after: u64, limit: usize) -> StoreResult<Vec<Event>> {
        let launch = launch.cloned();
        let tail = self.tail.clone();
        self.read(move |conn| rows::events(conn, &tail, launch.as_ref(), after, limit)).await
    }

    async fn keep_revision(&self, lease: Option<&Lease>, revision: StoredRevision) -> StoreResult<()> {
        let epoch = lease.map(|l| l.epoch);
        let body = rows::to_json(&*revision.launch).map_err(|e| self.errors.map(&e))?;
        self.writer
            .run(move |session| {
                session.check(epoch)?;
                session.sql(|conn| rows::keep_text(conn, &revision, &body))
            })
            .await
    }

    async fn kept(&self) -> StoreResult<HashSet<(Name, Revision)>> {
        self.read(rows::kept).await
    }

    async fn revision(&self, launch: &Name, revision: &Revision) -> StoreResult<Option<StoredRevision>> {
        let (launch, revision) = (launch.clone(), revision.clone());
        self.read(move |conn| Ok(rows::revisions(conn, &launch, Some(revision.as_str()), 1)?.pop())).await
    }

    async fn revisions(&self, launch: &Name, limit: usize) -> StoreResult<Vec<StoredRevision>> {
        let launch = launch.clone();
        self.read(move |conn| rows::revisions(conn, &launch, None, limit)).await
    }

    async fn promises(&self) -> StoreResult<BTreeMap<Name, Promise>> {
        self.read(finished::promises).await
    }

    async fn finished(&self) -> StoreResult<Vec<Finished>> {
        let tail = self.tail.clone();
        self.read(move |conn| finished::finished(conn, &tail)).await
    }

    async fn retire(
        &self,
        lease: Option<&Lease>,
        launch: &Name,
        rule: Retention,
        now: Timestamp,
    ) -> StoreResult<usize> {
        let (epoch, launch, tail) = (lease.map(|l| l.epoch), launch.clone(), self.tail.clone());
        // Most of the time there is nothing to do, which needs no transaction that writes.
        let of = launch.clone();
        let surplus = self
            .read(move |conn| {
                let kept = rows::headings(conn, &of)?;
                Ok(rule.surplus(&kept, &rows::state(conn, &tail, &of)?, now))
            })
            .await?;
        if surplus.is_empty() {
            return Ok(0);
        }
        self.writer
            .run(move |session| {
                session.check(epoch)?;
                let kept = session.sql(|conn| rows::headings(conn, &launch))?;
                let surplus = rule.surplus(&kept, &session.state(&launch)?, now);
                session.sql(|conn| rows::let_go(conn, &launch, &surplus))
            })
            .await
    }

    async fn acquire(&self, id: &str, description: &str, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        let (id, description) = (id.to_owned(), description.to_owned());
        let before = self.guard.lock(&id);
        let locked = before.is_some();
        let claimed = self
            .writer
            .run(move |session| {
                let mut ownership = session.ownership()?.clone();
                if let Some(Before(dead)) = &before {
                    ownership.holder = ownership.holder.filter(|holder| holder.id != *dead);
                }
                let lease = ownership.claim(&id, &description, now, length)?;
                session.set_ownership(lease.clone().into())?;
                Ok(lease)
            })
            .await;
        if claimed.is_err() && locked {
            self.guard.unlock();
        }
        claimed
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        if open::identity(&self.readers.path) != self.identity {
            let path = self.readers.path.display();
            return Err(StoreError::Gone(format!("{path} was removed or replaced while it was in use")));
        }
        let lease = lease.clone();
        self.writer
            .run(move |session| {
                let lease = session.ownership()?.extend(&lease, now, length)?;
                session.set_ownership(lease.clone().into())?;
                Ok(lease)
            })
            .await
    }

    async fn release(&self, lease: &Lease) -> StoreResult<()> {
        let epoch = lease.epoch;
        self.guard.unlock();
        self.writer
            .run(move |session| {
                let mut ownership = session.ownership()?.clone();
                if ownership.epoch != epoch || ownership.holder.is_none() {
                    return Ok(());
                }
                ownership.holder = None;
                session.set_ownership(ownership)
            })
            .await
    }

    async fn holder(&self, now: Timestamp) -> StoreResult<Option<Holder>> {
        self.read(move |conn| Ok(rows::ownership(conn)?.holder_at(now).cloned())).await
    }

    async fn changed(&self) {
        self.wake.wait(|| async { self.read(rows::head_seq).await.ok() }).await;
    }

    async fn verify(&self) -> StoreResult<AuditReport> {
        self.read(audit::verify).await
    }
}
