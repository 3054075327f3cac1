//! Where each launch's newest event is, for the events that no row holds yet.
//!
//! Events are the record; rows are folded from them later, in bulk. Whoever reads a launch takes its row and folds the
//! events after it, found by walking back along `events.previous` from the newest one. This map saves looking for that
//! one. It only rises, and holds nothing that is not committed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use super::rows;

#[derive(Default)]
pub struct Tail(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// Events up to this one are in the map, or were in rows when the store was opened. `None` until then.
    head: Option<u64>,
    /// By the launch's row.
    newest: HashMap<i64, u64>,
}

impl Tail {
    /// Takes in what other processes committed, too. Call it with nothing uncommitted on `conn`.
    pub fn catch_up(&self, conn: &Connection) -> rusqlite::Result<u64> {
        let head = rows::head_seq(conn)?;
        let mut seen = self.lock();
        if seen.head < Some(head) {
            // Only at first from where the rows end: a slower reader may still see rows from before they were folded.
            let from = seen.head.map_or_else(|| rows::folded(conn), Ok)?;
            // Grouping is left to the map: SQLite would sort all of them first.
            let sql = "SELECT launch, seq FROM events WHERE seq > ?1 ORDER BY seq";
            let mut statement = conn.prepare_cached(sql)?;
            let mut found = statement.query([from as i64])?;
            while let Some(row) = found.next()? {
                let seq = rows::unsigned(row, 1)?;
                seen.newest.insert(row.get(0)?, seq);
            }
            seen.head = Some(head);
        }
        Ok(head)
    }

    /// The newest event of a launch whose row holds its events up to `version`, as the transaction on `conn` sees it.
    pub fn newest(&self, conn: &Connection, launch: i64, version: u64) -> rusqlite::Result<u64> {
        let head = self.catch_up(conn)?;
        let seen = self.lock();
        if seen.head == Some(head) {
            return Ok(seen.newest.get(&launch).copied().unwrap_or(0).max(version));
        }
        drop(seen);
        // The map is ahead of this transaction.
        let sql = "SELECT ifnull(max(seq), 0) FROM events WHERE seq > ?1 AND launch = ?2";
        let from = rows::folded(conn)?;
        let newest = conn.prepare_cached(sql)?.query_row([from as i64, launch], |r| rows::unsigned(r, 0))?;
        Ok(newest.max(version))
    }

    /// The writer's transaction is on disk: these are its events, from `first` to `head`.
    pub fn committed(&self, first: u64, head: u64, newest: &HashMap<i64, u64>) {
        let mut seen = self.lock();
        for (launch, seq) in newest {
            seen.newest.entry(*launch).and_modify(|newest| *newest = (*newest).max(*seq)).or_insert(*seq);
        }
        if seen.head.map(|known| known + 1) == Some(first) {
            seen.head = Some(head);
        }
    }

    /// Without a look at the store: for the writer, right after it has caught up.
    pub fn known(&self, launch: i64) -> u64 {
        self.lock().newest.get(&launch).copied().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
