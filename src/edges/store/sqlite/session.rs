//! What happens inside of a write transaction: numbering, chaining, folding.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    core::model::{
        event::{EventKind, Subject},
        name::Name,
        state::LaunchState,
    },
    edges::store::{
        StoreResult,
        chain::{self, GENESIS, Hash, Prepared},
        lease::Ownership,
    },
};

use super::{
    errors::Errors,
    rows::{self, subject_key},
    schema::SUBJECT_FORMAT,
    wake::Wake,
};
/// Rows kept in memory between transactions: some ten megabytes.
const CACHED_ROWS: usize = 4096;

/// The writer's connection, and what it remembers of the store as long as no other process writes.
pub struct Session {
    conn: Connection,
    errors: Errors,
    changed: Arc<Wake>,
    /// SQLite's counter of other connections' commits.
    data_version: Option<i64>,
    head: Option<(u64, Hash)>,
    ownership: Option<Ownership>,
    launches: HashMap<Name, Cached>,
    rows: usize,
    dirty: Vec<(Name, Subject)>,
    text: String,
}

/// The part of a launch that was needed lately.
struct Cached {
    id: i64,
    version: u64,
    open_intents: u32,
    dirty: bool,
    /// Only of `rows`.
    state: LaunchState,
    rows: HashMap<Subject, Row>,
}

#[derive(Default, Clone, Copy)]
struct Row {
    /// `None` until it is written for the first time.
    id: Option<i64>,
    dirty: bool,
}

impl Session {
    pub fn new(conn: Connection, errors: Errors, changed: Arc<Wake>) -> Self {
        Self {
            conn,
            errors,
            changed,
            data_version: None,
            head: None,
            ownership: None,
            launches: HashMap::new(),
            rows: 0,
            dirty: Vec::new(),
            text: String::new(),
        }
    }

    pub fn begin(&mut self) -> StoreResult<()> {
        self.sql(|conn| conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]))?;
        let version: i64 = self
            .sql(|conn| conn.prepare_cached("PRAGMA data_version")?.query_row([], |r| r.get(0)))
            .inspect_err(|_| self.roll_back())?;
        if self.data_version != Some(version) {
            if self.data_version.is_some() {
                self.changed.tell_here();
            }
            self.forget();
            self.data_version = Some(version);
        }
        Ok(())
    }

    pub fn commit(&mut self) -> StoreResult<()> {
        self.write_rows()?;
        self.sql(|conn| conn.prepare_cached("COMMIT")?.execute([]))?;
        if self.rows > CACHED_ROWS {
            self.evict();
        }
        if let Some((seq, _)) = self.head {
            self.changed.wrote(seq);
        }
        Ok(())
    }

    pub fn roll_back(&mut self) {
        if !self.conn.is_autocommit() {
            // A rollback that fails leaves nothing to undo: SQLite has rolled back by itself.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.launches.clear();
        self.rows = 0;
        self.dirty.clear();
        (self.head, self.ownership) = (None, None);
    }

    /// Forgets all rows but those with an open intent: its outcome comes next.
    fn evict(&mut self) {
        self.rows = 0;
        self.launches.retain(|_, cached| {
            let activities = &mut cached.state.activities;
            activities.retain(|_, a| a.open.is_some());
            cached.state.milestones.clear();
            cached.rows.retain(|s, _| matches!(s, Subject::Activity(id) if activities.contains_key(id)));
            self.rows += cached.rows.len();
            !cached.rows.is_empty()
        });
        if self.rows > CACHED_ROWS {
            self.launches.clear();
            self.rows = 0;
        }
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
    /// [`crate::edges::store::StoreError::Stale`] when `epoch` is given and not the newest.
    pub fn check(&mut self, epoch: Option<u64>) -> StoreResult<()> {
        epoch.map_or(Ok(()), |epoch| self.ownership()?.check(epoch))
    }

    pub fn append(&mut self, epoch: Option<u64>, events: &mut [Prepared]) -> StoreResult<()> {
        self.check(epoch)?;
        for event in events {
            self.append_one(event)?;
        }
        Ok(())
    }

    fn append_one(&mut self, event: &mut Prepared) -> StoreResult<()> {
        let (seq, previous) = match self.head {
            Some(head) => head,
            None => self.sql(rows::head)?.unwrap_or((0, GENESIS)),
        };
        let seq = seq + 1;
        let mut text = std::mem::take(&mut self.text);
        let kind = event.number(seq, &mut text);
        let hash = chain::link(&previous, &text);
        let event = &event;
        let (id, version) = self.fold(event)?;
        self.sql(|conn| {
            let sql = "INSERT INTO events (seq, previous, at, launch, actor, name, body, hash) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            conn.prepare_cached(sql)?.execute(params![
                seq as i64,
                version as i64,
                event.at,
                id,
                event.event.actor.0,
                event.event.kind.name(),
                &text[kind],
                hash
            ])
        })?;
        self.text = text;
        self.head = Some((seq, hash));
        Ok(())
    }

    /// Takes the event into the rows in memory. Returns the launch's row and its version before.
    fn fold(&mut self, event: &Prepared) -> StoreResult<(i64, u64)> {
        let event = &event.event;
        self.load(&event.launch)?;
        let subjects = [Some(event.kind.subject()), event.kind.vacates()];
        for subject in subjects.iter().flatten() {
            self.load_row(&event.launch, subject)?;
        }
        let Some(cached) = self.launches.get_mut(&event.launch) else { return Ok((0, 0)) };
        let before = (cached.id, cached.version);
        let open = open_intents(&cached.state, &event.kind);
        cached.state.fold(event);
        cached.open_intents = (cached.open_intents + open_intents(&cached.state, &event.kind)).saturating_sub(open);
        cached.version = event.seq;
        for subject in subjects.into_iter().flatten() {
            if let Some(row) = cached.rows.get_mut(&subject)
                && !std::mem::replace(&mut row.dirty, true)
            {
                self.dirty.push((event.launch.clone(), subject));
            }
        }
        cached.dirty = true;
        Ok(before)
    }

    fn load(&mut self, launch: &Name) -> StoreResult<()> {
        if self.launches.contains_key(launch) {
            return Ok(());
        }
        let (id, version, open_intents) = self.sql(|conn| {
            let found = rows::launch(conn, launch)?;
            if let Some(found) = found {
                return Ok(found);
            }
            let sql = "INSERT INTO launches (name, version, open_intents) VALUES (?1, 0, 0)";
            conn.prepare_cached(sql)?.execute([launch.as_str()])?;
            Ok((conn.last_insert_rowid(), 0, 0))
        })?;
        let cached =
            Cached { id, version, open_intents, dirty: false, state: LaunchState::default(), rows: HashMap::new() };
        self.launches.insert(launch.clone(), cached);
        Ok(())
    }

    fn load_row(&mut self, launch: &Name, subject: &Subject) -> StoreResult<()> {
        let Some(cached) = self.launches.get_mut(launch) else { return Ok(()) };
        let Entry::Vacant(vacant) = cached.rows.entry(subject.clone()) else { return Ok(()) };
        let sql = "SELECT id, body FROM subjects WHERE launch = ?1 AND subject = ?2";
        let mut read = || -> rusqlite::Result<_> {
            let mut statement = self.conn.prepare_cached(sql)?;
            let row = statement
                .query_row(params![cached.id, subject_key(subject)], |r| Ok((r.get(0)?, r.get::<_, String>(1)?)))
                .optional()?;
            row.map(|(id, body)| rows::put(&mut cached.state, subject, &body).map(|()| id)).transpose()
        };
        let id = read().map_err(|e| self.errors.map(&e))?;
        vacant.insert(Row { id, dirty: false });
        self.rows += 1;
        Ok(())
    }

    /// Writes what the transaction's events changed, each row once however many events it had.
    fn write_rows(&mut self) -> StoreResult<()> {
        let dirty = std::mem::take(&mut self.dirty);
        for (launch, subject) in &dirty {
            let Some(cached) = self.launches.get_mut(launch) else { continue };
            let conn = &self.conn;
            write_row(conn, cached, subject).map_err(|e| self.errors.map(&e))?;
        }
        Ok(())
    }
}

fn write_row(conn: &Connection, cached: &mut Cached, subject: &Subject) -> rusqlite::Result<()> {
    if std::mem::take(&mut cached.dirty) {
        let sql = "UPDATE launches SET version = ?2, open_intents = ?3 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![cached.id, cached.version as i64, cached.open_intents])?;
    }
    let Some(row) = cached.rows.get_mut(subject) else { return Ok(()) };
    row.dirty = false;
    match (rows::body(&cached.state, subject)?, row.id) {
        (Some(body), Some(id)) => {
            let sql = "UPDATE subjects SET body = ?2, format = ?3 WHERE id = ?1";
            conn.prepare_cached(sql)?.execute(params![id, body, SUBJECT_FORMAT])?;
        }
        (Some(body), None) => {
            let sql = "INSERT INTO subjects (launch, subject, format, body) VALUES (?1, ?2, ?3, ?4)";
            conn.prepare_cached(sql)?.execute(params![cached.id, subject_key(subject), SUBJECT_FORMAT, body])?;
            row.id = Some(conn.last_insert_rowid());
        }
        (None, Some(id)) => {
            conn.prepare_cached("DELETE FROM subjects WHERE id = ?1")?.execute([id])?;
            row.id = None;
        }
        (None, None) => {}
    }
    Ok(())
}

fn open_intents(state: &LaunchState, kind: &EventKind) -> u32 {
    crate::edges::store::memory::open_intents(state, kind)
}
