//! Brings the rows up to date with the events, a slice at a time: oldest events first, each row once a slice.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use crate::core::model::{event::Subject, name::Name, state::LaunchState};

use super::{
    rows::{self, subject_key},
    schema::SUBJECT_FORMAT,
};

#[derive(Default)]
struct Behind {
    id: i64,
    version: u64,
    open: u32,
    /// Only of `rows`.
    state: LaunchState,
    rows: BTreeMap<Subject, Option<i64>>,
    dirty: BTreeSet<Subject>,
}

/// Folds at most `limit` events in the write transaction that is open on `conn`. Returns up to where rows are folded.
pub fn slice(conn: &Connection, limit: usize) -> rusqlite::Result<u64> {
    let mut folded = rows::folded(conn)?;
    let mut launches: BTreeMap<Name, Behind> = BTreeMap::new();
    let sql = "SELECT e.seq, e.at, l.name, e.actor, e.body, l.id, l.version, e.open \
               FROM events e JOIN launches l ON l.id = e.launch WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query(params![folded as i64, limit as i64])?;
    while let Some(row) = found.next()? {
        let event = rows::event(row)?;
        folded = event.seq;
        let launch = launches.entry(event.launch.clone()).or_default();
        if launch.id == 0 {
            (launch.id, launch.version) = (row.get(5)?, rows::unsigned(row, 6)?);
        }
        for subject in [Some(event.kind.subject()), event.kind.vacates()].into_iter().flatten() {
            load(conn, launch, &subject)?;
            launch.dirty.insert(subject);
        }
        launch.state.fold(&event);
        (launch.version, launch.open) = (event.seq, row.get(7)?);
    }
    for launch in launches.values_mut() {
        let sql = "UPDATE launches SET version = ?2, open_intents = ?3 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![launch.id, launch.version as i64, launch.open])?;
        for subject in std::mem::take(&mut launch.dirty) {
            write(conn, launch, &subject)?;
        }
    }
    conn.prepare_cached("UPDATE progress SET folded = ?1")?.execute([folded as i64])?;
    Ok(folded)
}

fn load(conn: &Connection, launch: &mut Behind, subject: &Subject) -> rusqlite::Result<()> {
    if launch.rows.contains_key(subject) {
        return Ok(());
    }
    let sql = "SELECT id, body FROM subjects WHERE launch = ?1 AND subject = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let row = statement
        .query_row(params![launch.id, subject_key(subject)], |r| Ok((r.get(0)?, r.get::<_, String>(1)?)))
        .optional()?;
    if let Some((_, body)) = &row {
        rows::put(&mut launch.state, subject, body)?;
    }
    launch.rows.insert(subject.clone(), row.map(|(id, _)| id));
    Ok(())
}

fn write(conn: &Connection, launch: &Behind, subject: &Subject) -> rusqlite::Result<()> {
    let id = launch.rows.get(subject).copied().flatten();
    match (rows::body(&launch.state, subject)?, id) {
        (Some(body), Some(id)) => {
            let sql = "UPDATE subjects SET body = ?2, format = ?3 WHERE id = ?1";
            conn.prepare_cached(sql)?.execute(params![id, body, SUBJECT_FORMAT])?;
        }
        (Some(body), None) => {
            let sql = "INSERT INTO subjects (launch, subject, format, body) VALUES (?1, ?2, ?3, ?4)";
            conn.prepare_cached(sql)?.execute(params![launch.id, subject_key(subject), SUBJECT_FORMAT, body])?;
        }
        (None, Some(id)) => {
            conn.prepare_cached("DELETE FROM subjects WHERE id = ?1")?.execute([id])?;
        }
        (None, None) => {}
    }
    Ok(())
}
