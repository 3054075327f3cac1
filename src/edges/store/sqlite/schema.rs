//! The tables, and how an older store becomes a present one.

use rusqlite::{Connection, TransactionBehavior};

use crate::edges::store::StoreResult;

use super::errors::Errors;

/// "lnch": tells a launchd store from another program's SQLite file.
pub const APPLICATION_ID: i32 = 0x6c6e_6368;

/// The version that this launchd writes; SQLite's `user_version`.
pub const VERSION: u32 = 3;

/// Of the JSON in `subjects.body`.
pub const SUBJECT_FORMAT: u32 = 1;

/// One step a version: `MIGRATIONS[n]` makes version n+1 of version n.
const MIGRATIONS: [&str; VERSION as usize] = [FIRST, RETENTION, HEADINGS];

/// Events are the record. `launches.version`, `launches.open_intents` and `subjects` are folded from them later, in bulk,
/// and hold the events up to `progress.folded`; a reader folds what came after. `events.open` counts the launch's open
/// intents after the event. `events.previous` is the launch's event before: reading one launch's events walks back along it. An index by launch
/// would dirty one more page for each launch in a commit, which halves the rate of durable steps.
const FIRST: &str = "
CREATE TABLE launches (
    id           INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    version      INTEGER NOT NULL,
    open_intents INTEGER NOT NULL
) STRICT;
CREATE TABLE subjects (
    id      INTEGER PRIMARY KEY,
    launch  INTEGER NOT NULL REFERENCES launches (id),
    subject TEXT    NOT NULL,
    format  INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    UNIQUE (launch, subject)
) STRICT;
CREATE TABLE events (
    seq      INTEGER PRIMARY KEY,
    previous INTEGER NOT NULL,
    at       TEXT    NOT NULL,
    launch   INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    open     INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;
CREATE TABLE revisions (
    id          INTEGER PRIMARY KEY,
    launch      INTEGER NOT NULL REFERENCES launches (id),
    revision    TEXT    NOT NULL,
    accepted_at TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    UNIQUE (launch, revision)
) STRICT;
CREATE TABLE leases (
    name   TEXT    PRIMARY KEY,
    epoch  INTEGER NOT NULL,
    holder TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE progress (
    folded INTEGER NOT NULL
) STRICT;
INSERT INTO progress (folded) VALUES (0);
INSERT INTO leases (name, epoch, holder) VALUES ('store', 0, NULL);
";

/// Revisions are let go: what is not needed is told from when each was last taken up, and from the dates in it. A
/// launch's row tells which revision was accepted first; the events said so always, and the rows are folded anew.
const RETENTION: &str = "
ALTER TABLE revisions ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revisions ADD COLUMN taken_at TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN dates TEXT NOT NULL DEFAULT '';
UPDATE revisions SET turn = id, taken_at = accepted_at, dates = revision;
DELETE FROM subjects;
UPDATE launches SET version = 0, open_intents = 0;
UPDATE progress SET folded = 0;
";

/// What is told of revisions without their content is in the index alone: in a row it stands behind the content, all of
/// whose pages would be read.
const HEADINGS: &str = "
CREATE INDEX revision_headings ON revisions (launch, turn, revision, taken_at, dates);
";

pub fn user_version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("PRAGMA user_version", [], |r| r.get(0))
}

pub fn application_id(conn: &Connection) -> rusqlite::Result<i32> {
    conn.query_row("PRAGMA application_id", [], |r| r.get(0))
}

/// Brings the store to [`VERSION`] in one transaction. Another process that does the same at the same time waits.
pub fn migrate(conn: &mut Connection, errors: &Errors) -> StoreResult<()> {
    let run = |conn: &mut Connection| -> rusqlite::Result<()> {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = user_version(&transaction)? as usize;
        for step in MIGRATIONS.iter().skip(found) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()
    };
    if user_version(conn).map_err(|e| errors.map(&e))? < VERSION {
        run(conn).map_err(|e| errors.map(&e))?;
    }
    Ok(())
}
