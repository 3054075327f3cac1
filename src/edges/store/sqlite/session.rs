//! What happens inside of a write transaction: numbering, chaining, counting open intents. An append reads nothing
//! that was needed lately, and writes one row an event.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use rusqlite::{Connection, params};

use crate::{
    core::model::{
        event::{Event, EventKind},
        name::{Id, Name},
        state::{ActivityState, LaunchState},
    },
    edges::store::{
        StoreError, StoreResult,
        chain::{self, GENESIS, Hash, Prepared},
        lease::Ownership,
    },
};

use super::{errors::Errors, fold, log::Log, rows, tail::Tail, wake::Wake};

/// Launches kept in memory between transactions: some twenty megabytes.
const KNOWN: usize = 65_536;

/// Events that no row holds yet: a command beside a busy daemon reads through them, and so does the next start after
/// a crash, for a tenth of a second.
const MOST_BEHIND: u64 = 131_072;

/// Events folded in one transaction while nobody waits.
const SLICE: usize = 256;
/// And, when the rows are too far behind, at least; callers wait for some ten milliseconds then.
const BIG_SLICE: u64 = 1024;

/// The writer's connection, and what it remembers of the store as long as no other process writes.
pub struct Session {
    conn: Connection,
    errors: Errors,
    changed: Arc<Wake>,
    tail: Arc<Tail>,
    log: Log,
    /// SQLite's counter of other connections' commits.
    data_version: Option<i64>,
    head: (u64, Hash),
    /// Rows hold the events up to this one.
    folded: u64,
    ownership: Option<Ownership>,
    launches: HashMap<Name, Known>,
    /// Of this transaction: its first event, and each launch's newest.
    first: u64,
    newest: HashMap<i64, u64>,
    text: String,
}

/// What an append must know of a launch.
struct Known {
    id: i64,
    newest: u64,
    open: Vec<Open>,
    /// Events up to this one were not asked whether they take something back; the newer ones were.
    asked_from: u64,
    /// The newest of those that does; 0: none.
    taken_back: u64,
}

/// An activity with an open intent.
struct Open {
    activity: Id,
    /// The intent's own.
    repeats: bool,
}

impl Session {
    pub fn new(conn: Connection, path: &Path, errors: Errors, changed: Arc<Wake>, tail: Arc<Tail>) -> Self {
        Self {
            conn,
            errors,
            changed,
            tail,
            log: Log::new(path),
            data_version: None,
            head: (0, GENESIS),
            folded: 0,
            ownership: None,
            launches: HashMap::new(),
            first: 1,
            newest: HashMap::new(),
            text: String::new(),
        }
    }

    pub fn begin(&mut self) -> StoreResult<()> {
        self.sql(|conn| conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]))?;
        self.look().inspect_err(|_| self.roll_back())?;
        self.log.make_room();
        self.first = self.head.0 + 1;
        self.newest.clear();
        Ok(())
    }

    /// Forgets what another process made out of date.
    fn look(&mut self) -> StoreResult<()> {
        let version: i64 = self.sql(|conn| conn.prepare_cached("PRAGMA data_version")?.query_row([], |r| r.get(0)))?;
        if self.data_version == Some(version) {
            return Ok(());
        }
        if self.data_version.is_some() {
            self.changed.tell_here();
        }
        let before = self.head.0;
        let (head, folded, changed) = self.sql(|conn| {
            self.tail.catch_up(conn)?;
            let mut statement = conn.prepare_cached("SELECT DISTINCT launch FROM events WHERE seq > ?1")?;
            let nothing_known = self.launches.is_empty();
            let from = if nothing_known { i64::MAX } else { before as i64 };
            let changed = statement.query_map([from], |r| r.get(0))?.collect::<Result<HashSet<i64>, _>>()?;
            Ok((rows::head(conn)?.unwrap_or((0, GENESIS)), rows::folded(conn)?, changed))
        })?;
        self.launches.retain(|_, known| !changed.contains(&known.id));
        (self.head, self.folded, self.ownership) = (head, folded, None);
        self.data_version = Some(version);
        Ok(())
    }

    pub fn commit(&mut self) -> StoreResult<()> {
        self.sql(|conn| conn.prepare_cached("COMMIT")?.execute([]))?;
        let head = self.head.0;
        if head >= self.first {
            self.tail.committed(self.first, head, &self.newest);
        }
        if self.launches.len() > KNOWN {
            self.launches.clear();
        }
        self.changed.wrote(head);
        Ok(())
    }

    pub fn roll_back(&mut self) {
        if !self.conn.is_autocommit() {
            // A rollback that fails leaves nothing to undo: SQLite has rolled back by itself.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        self.launches.clear();
        (self.ownership, self.data_version) = (None, None);
    }

    /// Housekeeping after a commit whose callers have their answers. What fails here fails again, and is said, where
    /// it matters: at a commit.
    pub fn settle(&mut self) {
        let events = (self.head.0 + 1).saturating_sub(self.first);
        let _ = self.log.committed(&self.conn, events);
        if self.is_behind() > MOST_BEHIND {
            self.fold(BIG_SLICE.max(2 * events) as usize);
        }
        let _ = self.log.checkpoint(&self.conn, false);
    }

    /// The same while nobody waits. Whether there is more to do.
    pub fn tidy(&mut self) -> bool {
        let more = self.is_behind() > 0 && self.fold(SLICE) && self.is_behind() > 0;
        if !more {
            let _ = self.log.checkpoint(&self.conn, true);
        }
        more
    }

    /// Events that no row holds yet.
    pub fn is_behind(&self) -> u64 {
        self.head.0.saturating_sub(self.folded)
    }

    /// Rows are folded from events that are on disk: a failure loses nothing.
    fn fold(&mut self, limit: usize) -> bool {
        let result = self.begin().and_then(|()| {
            let folded = self.sql(|conn| fold::slice(conn, limit)).and_then(|folded| {
                self.commit()?;
                Ok(folded)
            });
            folded.inspect_err(|_| self.roll_back())
        });
        match result {
            Ok(folded) => self.folded = folded,
            Err(e) => tracing::debug!(error = %e, "the store's rows stay behind its events"),
        }
        let _ = self.log.committed(&self.conn, u64::MAX);
        self.conn.is_autocommit() && self.data_version.is_some()
    }

    pub fn sql<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> StoreResult<T> {
        run(&self.conn).map_err(|e| self.errors.map(&e))
    }

    pub fn ownership(&mut self) -> StoreResult<&Ownership> {
        if self.ownership.is_none() {
            self.ownership = Some(self.sql(rows::ownership)?);
        }
        Ok(self.ownership.get_or_insert_default())
    }

    pub fn set_ownership(&mut self, ownership: Ownership) -> StoreResult<()> {
        self.sql(|conn| {
            let holder = ownership.holder.as_ref().map(rows::to_json).transpose()?;
            conn.execute(
                "UPDATE leases SET epoch = ?1, holder = ?2 WHERE name = 'store'",
                params![ownership.epoch as i64, holder],
            )
        })?;
        self.ownership = Some(ownership);
        Ok(())
    }

    /// # Errors
    /// [`StoreError::Stale`] when `epoch` is given and not the newest.
    pub fn check(&mut self, epoch: Option<u64>) -> StoreResult<()> {
        epoch.map_or(Ok(()), |epoch| self.ownership()?.check(epoch))
    }

    /// A launch as this transaction sees it, with what it wrote itself.
    pub fn state(&self, launch: &Name) -> StoreResult<LaunchState> {
        let written = self.launches.get(launch).map_or(0, |known| known.newest);
        self.sql(|conn| {
            let Some((id, version, _)) = rows::launch(conn, launch)? else { return Ok(LaunchState::default()) };
            rows::load(conn, id, version, self.tail.known(id).max(version).max(written))
        })
    }

    pub fn append(&mut self, epoch: Option<u64>, since: Option<u64>, events: &mut [Prepared]) -> StoreResult<()> {
        self.check(epoch)?;
        if let Some(since) = since {
            for event in &*events {
                self.check_decided(since, &event.event.launch)?;
            }
        }
        for event in events {
            self.append_one(event).map_err(|e| self.errors.map(&e))?;
        }
        Ok(())
    }

    /// # Errors
    /// [`StoreError::TakenBack`]. Reads nothing as long as all events since then passed through this session.
    fn check_decided(&mut self, since: u64, launch: &Name) -> StoreResult<()> {
        let by = self.taken_back(since, launch).map_err(|e| self.errors.map(&e))?;
        if by > since { Err(StoreError::TakenBack { since, by }) } else { Ok(()) }
    }

    /// The newest event after `since` that takes something back; 0: none.
    fn taken_back(&mut self, since: u64, launch: &Name) -> rusqlite::Result<u64> {
        if !self.launches.contains_key(launch) {
            // One that nobody heard of was told nothing; its row is made by its first event.
            let Some((id, version, open)) = rows::launch(&self.conn, launch)? else { return Ok(0) };
            let known = load(&self.conn, &self.tail, id, version, open)?;
            self.launches.insert(launch.clone(), known);
        }
        let Some(known) = self.launches.get_mut(launch) else { return Ok(0) };
        if known.taken_back <= since && since < known.asked_from {
            known.taken_back = known.taken_back.max(rows::taken_back(&self.conn, known.asked_from, since)?);
            known.asked_from = since;
        }
        Ok(known.taken_back)
    }

    fn append_one(&mut self, event: &mut Prepared) -> rusqlite::Result<()> {
        let (seq, previous) = self.head;
        let seq = seq + 1;
        let kind = event.number(seq, &mut self.text);
        let hash = chain::link(&previous, &self.text);
        let launch = &event.event.launch;
        if !self.launches.contains_key(launch) {
            let known = known(&self.conn, &self.tail, launch)?;
            self.launches.insert(launch.clone(), known);
        }
        let Some(known) = self.launches.get_mut(launch) else { return Ok(()) };
        count_open(&self.conn, known, &event.event)?;
        let sql = "INSERT INTO events (seq, previous, at, launch, actor, open, body, hash) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.conn.prepare_cached(sql)?.execute(params![
            seq as i64,
            known.newest as i64,
            event.at,
            known.id,
            event.event.actor.0,
            known.open.len() as i64,
            &self.text[kind],
            hash
        ])?;
        known.newest = seq;
        if event.event.kind.takes_back() {
            known.taken_back = seq;
        }
        self.newest.insert(known.id, seq);
        self.head = (seq, hash);
        Ok(())
    }
}

/// A launch that this transaction has no event of yet.
fn known(conn: &Connection, tail: &Tail, launch: &Name) -> rusqlite::Result<Known> {
    let Some((id, version, open)) = rows::launch(conn, launch)? else {
        let sql = "INSERT INTO launches (name, version, open_intents) VALUES (?1, 0, 0)";
        conn.prepare_cached(sql)?.execute([launch.as_str()])?;
        return Ok(Known { id: conn.last_insert_rowid(), newest: 0, open: Vec::new(), asked_from: 0, taken_back: 0 });
    };
    load(conn, tail, id, version, open)
}

/// From its row, which holds its events up to `version`.
fn load(conn: &Connection, tail: &Tail, id: i64, version: u64, open: u32) -> rusqlite::Result<Known> {
    let newest = tail.known(id).max(version);
    let mut known = Known { id, newest, open: Vec::new(), asked_from: newest, taken_back: 0 };
    if newest > version || open > 0 {
        known.open = open_intents(&rows::load(conn, id, version, newest)?);
    }
    Ok(known)
}

fn open_intents(state: &LaunchState) -> Vec<Open> {
    let open = |(id, a): (&Id, &ActivityState)| Some(Open { activity: id.clone(), repeats: a.open.as_ref()?.repeats });
    state.activities.iter().filter_map(open).collect()
}

/// What [`LaunchState::fold`] does to open intents, without the state where that is possible.
fn count_open(conn: &Connection, known: &mut Known, event: &Event) -> rusqlite::Result<()> {
    match &event.kind {
        EventKind::IntentOpened { intent } => {
            known.open.retain(|open| open.activity != intent.activity);
            known.open.push(Open { activity: intent.activity.clone(), repeats: intent.repeats });
        }
        EventKind::OutcomeRecorded { activity, outcome, .. } => {
            known.open.retain(|open| open.activity != *activity || outcome.leaves_open(open.repeats));
        }
        EventKind::Adopted { activity, .. }
        | EventKind::DidNotHappen { activity, .. }
        | EventKind::Forgotten { activity, .. } => {
            known.open.retain(|open| open.activity != *activity);
        }
        // What it does depends on whether there is something to move.
        EventKind::Moved { .. } => {
            let version = rows::version(conn, known.id)?;
            let mut state = rows::load(conn, known.id, version, known.newest)?;
            state.fold(event);
            known.open = open_intents(&state);
        }
        _ => {}
    }
    Ok(())
}
