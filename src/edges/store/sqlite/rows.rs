//! Rows to values and back: the stored shapes, apart from the model's so that each may change alone.

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    core::model::{
        event::{Event, Subject},
        name::{Actor, Id, Name},
        state::LaunchState,
    },
    edges::store::{LaunchRow, StoredRevision, chain::Hash, lease::Ownership},
};

use super::schema::SUBJECT_FORMAT;

pub fn subject_key(subject: &Subject) -> String {
    match subject {
        Subject::Launch => "launch".into(),
        Subject::Activity(id) => format!("activity/{id}"),
        Subject::Milestone(id) => format!("milestone/{id}"),
    }
}

fn parse_subject(key: &str) -> Option<Subject> {
    match key.split_once('/') {
        None if key == "launch" => Some(Subject::Launch),
        Some(("activity", id)) => id.parse::<Id>().ok().map(Subject::Activity),
        Some(("milestone", id)) => id.parse::<Id>().ok().map(Subject::Milestone),
        _ => None,
    }
}

pub fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

pub fn from_json<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, e.into()))
}

fn unreadable(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

/// SQLite's integers are signed; a negative number was never written by launchd.
fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Puts a subject's stored row into `state`.
pub fn put(state: &mut LaunchState, subject: &Subject, body: &str) -> rusqlite::Result<()> {
    match subject {
        Subject::Launch => state.header = from_json(1, body)?,
        Subject::Activity(id) => {
            state.activities.insert(id.clone(), from_json(1, body)?);
        }
        Subject::Milestone(id) => {
            state.milestones.insert(id.clone(), from_json(1, body)?);
        }
    }
    Ok(())
}

/// A subject's row as it is stored; `None` when there is no such subject.
pub fn body(state: &LaunchState, subject: &Subject) -> rusqlite::Result<Option<String>> {
    match subject {
        Subject::Launch => to_json(&state.header).map(Some),
        Subject::Activity(id) => state.activities.get(id).map(to_json).transpose(),
        Subject::Milestone(id) => state.milestones.get(id).map(to_json).transpose(),
    }
}

/// Row, version, open intents.
pub fn launch(conn: &Connection, name: &Name) -> rusqlite::Result<Option<(i64, u64, u32)>> {
    conn.prepare_cached("SELECT id, version, open_intents FROM launches WHERE name = ?1")?
        .query_row([name.as_str()], |r| Ok((r.get(0)?, unsigned(r, 1)?, r.get(2)?)))
        .optional()
}

pub fn state(conn: &Connection, name: &Name) -> rusqlite::Result<LaunchState> {
    // One transaction: the version and the rows are of the same moment.
    let transaction = conn.unchecked_transaction()?;
    let mut state = LaunchState::default();
    let Some((id, version, _)) = launch(&transaction, name)? else { return Ok(state) };
    state.version = version;
    let mut statement = transaction.prepare_cached("SELECT subject, body, format FROM subjects WHERE launch = ?1")?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        let (key, format): (String, u32) = (row.get(0)?, row.get(2)?);
        let subject = parse_subject(&key).filter(|_| format <= SUBJECT_FORMAT);
        let Some(subject) = subject else {
            return Err(unreadable(0, format!("unknown row `{key}` in format {format}")));
        };
        put(&mut state, &subject, row.get_ref(1)?.as_str()?)?;
    }
    Ok(state)
}

pub fn launches(conn: &Connection, after: u64) -> rusqlite::Result<Vec<LaunchRow>> {
    let head: u64 = conn.prepare_cached("SELECT ifnull(max(seq), 0) FROM events")?.query_row([], |r| unsigned(r, 0))?;
    if after > 0 && head <= after {
        return Ok(Vec::new());
    }
    // Few events: through them. Many: through the launches, which are fewer then.
    let sql = if after > 0 && head - after < 1000 {
        "SELECT name, version, open_intents FROM launches \
         WHERE id IN (SELECT launch FROM events WHERE seq > ?1) ORDER BY name"
    } else {
        "SELECT name, version, open_intents FROM launches WHERE version > ?1 ORDER BY name"
    };
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([after as i64], |r| {
        Ok(LaunchRow { launch: name(0, r.get_ref(0)?.as_str()?)?, version: unsigned(r, 1)?, open_intents: r.get(2)? })
    })?;
    rows.collect()
}

fn name(column: usize, text: &str) -> rusqlite::Result<Name> {
    text.parse().map_err(|e| unreadable(column, format!("`{text}` is not a launch's name: {e}")))
}

/// The last event's number and hash.
pub fn head(conn: &Connection) -> rusqlite::Result<Option<(u64, Hash)>> {
    conn.prepare_cached("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |r| Ok((unsigned(r, 0)?, r.get(1)?)))
        .optional()
}

pub const EVENT_COLUMNS: &str = "e.seq, e.at, l.name, e.actor, e.body, e.hash, e.name";

pub fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let at = row.get_ref(1)?.as_str()?;
    Ok(Event {
        seq: unsigned(row, 0)?,
        at: at.parse().map_err(|e| unreadable(1, format!("`{at}` is not an instant: {e}")))?,
        launch: name(2, row.get_ref(2)?.as_str()?)?,
        actor: Actor(row.get(3)?),
        kind: from_json(4, row.get_ref(4)?.as_str()?)?,
    })
}

pub fn events(conn: &Connection, of: Option<&Name>, after: u64, limit: usize) -> rusqlite::Result<Vec<Event>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let Some(of) = of else {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events e JOIN launches l ON l.id = e.launch \
             WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2"
        );
        let mut statement = conn.prepare_cached(&sql)?;
        return statement.query_map(params![after, i64::try_from(limit).unwrap_or(i64::MAX)], event)?.collect();
    };
    let transaction = conn.unchecked_transaction()?;
    let seqs = seqs_of(&transaction, of, after)?;
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events e JOIN launches l ON l.id = e.launch WHERE e.seq = ?1");
    let mut statement = transaction.prepare_cached(&sql)?;
    seqs.iter().rev().take(limit).map(|seq| statement.query_row([seq], event)).collect()
}

/// The numbers of a launch's events after `after`, newest first: back along `previous`, which only falls.
fn seqs_of(conn: &Connection, of: &Name, after: i64) -> rusqlite::Result<Vec<i64>> {
    let mut seqs = Vec::new();
    let mut seq = launch(conn, of)?.map_or(0, |(_, version, _)| version as i64);
    let mut statement = conn.prepare_cached("SELECT previous FROM events WHERE seq = ?1")?;
    while seq > after {
        seqs.push(seq);
        let previous = statement.query_row([seq], |r| r.get(0))?;
        if previous >= seq {
            return Err(unreadable(0, format!("event {seq} is said to follow event {previous}")));
        }
        seq = previous;
    }
    Ok(seqs)
}

pub fn ownership(conn: &Connection) -> rusqlite::Result<Ownership> {
    let sql = "SELECT epoch, holder FROM leases WHERE name = 'store'";
    conn.prepare_cached(sql)?.query_row([], |r| {
        let holder: Option<String> = r.get(1)?;
        Ok(Ownership { epoch: unsigned(r, 0)?, holder: holder.map(|h| from_json(1, &h)).transpose()? })
    })
}

/// Newest first; of one revision or of all.
pub fn revisions(
    conn: &Connection,
    of: &Name,
    revision: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<StoredRevision>> {
    let sql = "SELECT r.revision, r.accepted_at, r.body FROM revisions r JOIN launches l ON l.id = r.launch \
               WHERE l.name = ?1 AND (?2 IS NULL OR r.revision = ?2) ORDER BY r.id DESC LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![of.as_str(), revision, limit], |r| {
        let at = r.get_ref(1)?.as_str()?;
        Ok(StoredRevision {
            revision: from_json(0, &to_json(&r.get_ref(0)?.as_str()?)?)?,
            accepted_at: at.parse().map_err(|e| unreadable(1, format!("`{at}` is not an instant: {e}")))?,
            launch: from_json(2, r.get_ref(2)?.as_str()?)?,
        })
    })?;
    rows.collect()
}
