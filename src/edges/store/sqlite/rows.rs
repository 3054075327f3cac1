//! Rows to values and back: the stored shapes, apart from the model's so that each may change alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    core::model::{
        Timestamp,
        event::{Event, EventKind, Subject},
        launch::Revision,
        name::{Actor, Id, Name},
        retention::{self, KeptRevision},
        state::LaunchState,
    },
    edges::store::{
        LaunchRow, StoredRevision,
        chain::{Hash, instant},
        lease::Ownership,
    },
};

use super::{schema::SUBJECT_FORMAT, tail::Tail};

pub fn subject_key(subject: &Subject) -> String {
    match subject {
        Subject::Launch => "launch".into(),
        Subject::Activity(id) => format!("activity/{id}"),
        Subject::Milestone(id) => format!("milestone/{id}"),
        Subject::Goal(id) => format!("goal/{id}"),
        Subject::Checklist => "checklist".into(),
    }
}

fn parse_subject(key: &str) -> Option<Subject> {
    match key.split_once('/') {
        None if key == "launch" => Some(Subject::Launch),
        None if key == "checklist" => Some(Subject::Checklist),
        Some(("goal", id)) => id.parse::<Id>().ok().map(Subject::Goal),
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
pub fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
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
        Subject::Goal(id) => {
            state.goals.insert(id.clone(), from_json(1, body)?);
        }
        Subject::Checklist => state.checklist = from_json(1, body)?,
    }
    Ok(())
}

/// A subject's row as it is stored; `None` when there is no such subject.
pub fn body(state: &LaunchState, subject: &Subject) -> rusqlite::Result<Option<String>> {
    match subject {
        Subject::Launch => to_json(&state.header).map(Some),
        Subject::Activity(id) => state.activities.get(id).map(to_json).transpose(),
        Subject::Milestone(id) => state.milestones.get(id).map(to_json).transpose(),
        Subject::Goal(id) => state.goals.get(id).map(to_json).transpose(),
        Subject::Checklist => to_json(&state.checklist).map(Some),
    }
}

/// Row; the version and the open intents that the launch's rows hold, which newer events may follow.
pub fn launch(conn: &Connection, name: &Name) -> rusqlite::Result<Option<(i64, u64, u32)>> {
    conn.prepare_cached("SELECT id, version, open_intents FROM launches WHERE name = ?1")?
        .query_row([name.as_str()], |r| Ok((r.get(0)?, unsigned(r, 1)?, r.get(2)?)))
        .optional()
}

pub fn version(conn: &Connection, launch: i64) -> rusqlite::Result<u64> {
    conn.prepare_cached("SELECT version FROM launches WHERE id = ?1")?.query_row([launch], |r| unsigned(r, 0))
}

/// Rows hold the events up to this one.
pub fn folded(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("SELECT folded FROM progress")?.query_row([], |r| unsigned(r, 0))
}

pub fn state(conn: &Connection, tail: &Tail, name: &Name) -> rusqlite::Result<LaunchState> {
    // One transaction: rows and events are of the same moment.
    let transaction = conn.unchecked_transaction()?;
    let Some((id, version, _)) = launch(&transaction, name)? else { return Ok(LaunchState::default()) };
    let newest = tail.newest(&transaction, id, version)?;
    load(&transaction, id, version, newest)
}

/// [`state`] of every launch.
pub fn states(conn: &Connection, tail: &Tail) -> rusqlite::Result<BTreeMap<Name, LaunchState>> {
    let transaction = conn.unchecked_transaction()?;
    let mut statement = transaction.prepare_cached("SELECT id, name, version FROM launches")?;
    let mut rows = statement.query([])?;
    let mut states = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, version) = (row.get(0)?, unsigned(row, 2)?);
        let newest = tail.newest(&transaction, id, version)?;
        states.insert(name(1, row.get_ref(1)?.as_str()?)?, load(&transaction, id, version, newest)?);
    }
    Ok(states)
}

/// The rows of a launch, which hold its events up to `version`, and what came after, up to `newest`.
pub fn load(conn: &Connection, launch: i64, version: u64, newest: u64) -> rusqlite::Result<LaunchState> {
    let mut state = LaunchState { version, ..LaunchState::default() };
    let mut statement = conn.prepare_cached("SELECT subject, body, format FROM subjects WHERE launch = ?1")?;
    let mut rows = statement.query([launch])?;
    while let Some(row) = rows.next()? {
        let format: u32 = row.get(2)?;
        let key = row.get_ref(0)?.as_str()?;
        let subject = parse_subject(key).filter(|_| format <= SUBJECT_FORMAT);
        let Some(subject) = subject else {
            return Err(unreadable(0, format!("unknown row `{key}` in format {format}")));
        };
        put(&mut state, &subject, row.get_ref(1)?.as_str()?)?;
    }
    let seqs = walk_back(conn, newest, version)?;
    let mut statement = conn.prepare_cached(EVENT)?;
    for seq in seqs.iter().rev() {
        state.fold(&statement.query_row([seq], event)?);
    }
    Ok(state)
}

pub fn launches(conn: &Connection, after: u64) -> rusqlite::Result<Vec<LaunchRow>> {
    let transaction = conn.unchecked_transaction()?;
    let head = head_seq(&transaction)?;
    if after > 0 && head <= after {
        return Ok(Vec::new());
    }
    let folded = folded(&transaction)?;
    // Few events: through them. Many: through the launches' rows, which are fewer then, and the events after those.
    let few = after >= folded || (after > 0 && head - after < 1000);
    let mut found = BTreeMap::new();
    if !few {
        let sql = "SELECT name, version, open_intents FROM launches WHERE version > ?1";
        let mut statement = transaction.prepare_cached(sql)?;
        let mut rows = statement.query([after as i64])?;
        while let Some(row) = rows.next()? {
            let launch = name(0, row.get_ref(0)?.as_str()?)?;
            let row = LaunchRow { launch: launch.clone(), version: unsigned(row, 1)?, open_intents: row.get(2)? };
            found.insert(launch, row);
        }
    }
    // Grouping is left to the map: SQLite would sort all of them first.
    let mut late: HashMap<i64, (u64, u32)> = HashMap::new();
    let mut statement =
        transaction.prepare_cached("SELECT launch, seq, open FROM events WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([if few { after } else { folded } as i64])?;
    while let Some(row) = rows.next()? {
        late.insert(row.get(0)?, (unsigned(row, 1)?, row.get(2)?));
    }
    let mut statement = transaction.prepare_cached("SELECT name FROM launches WHERE id = ?1")?;
    for (id, (version, open_intents)) in late {
        let launch = statement.query_row([id], |r| name(0, r.get_ref(0)?.as_str()?))?;
        found.insert(launch.clone(), LaunchRow { launch, version, open_intents });
    }
    Ok(found.into_values().collect())
}

pub fn name(column: usize, text: &str) -> rusqlite::Result<Name> {
    text.parse().map_err(|e| unreadable(column, format!("`{text}` is not a launch's name: {e}")))
}

/// The last event's number and hash.
pub fn head(conn: &Connection) -> rusqlite::Result<Option<(u64, Hash)>> {
    conn.prepare_cached("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |r| Ok((unsigned(r, 0)?, r.get(1)?)))
        .optional()
}

/// The last event's number; 0 before the first.
pub fn head_seq(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("SELECT ifnull(max(seq), 0) FROM events")?.query_row([], |r| unsigned(r, 0))
}

const EVENT: &str = "SELECT e.seq, e.at, l.name, e.actor, e.body FROM events e JOIN launches l ON l.id = e.launch \
                     WHERE e.seq = ?1";

pub fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let at = row.get_ref(1)?.as_str()?;
    Ok(Event {
        seq: unsigned(row, 0)?,
        at: moment(1, at)?,
        launch: name(2, row.get_ref(2)?.as_str()?)?,
        actor: Actor(row.get(3)?),
        kind: from_json(4, row.get_ref(4)?.as_str()?)?,
    })
}

pub fn events(
    conn: &Connection,
    tail: &Tail,
    of: Option<&Name>,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Event>> {
    let Some(of) = of else {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let sql = "SELECT e.seq, e.at, l.name, e.actor, e.body FROM events e JOIN launches l ON l.id = e.launch \
                   WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2";
        let mut statement = conn.prepare_cached(sql)?;
        return statement.query_map(params![after, i64::try_from(limit).unwrap_or(i64::MAX)], event)?.collect();
    };
    let transaction = conn.unchecked_transaction()?;
    let Some((id, version, _)) = launch(&transaction, of)? else { return Ok(Vec::new()) };
    let newest = tail.newest(&transaction, id, version)?;
    let seqs = walk_back(&transaction, newest, after)?;
    let mut statement = transaction.prepare_cached(EVENT)?;
    seqs.iter().rev().take(limit).map(|seq| statement.query_row([seq], event)).collect()
}

/// One launch's events up to its newest one, oldest first.
pub fn all_events(conn: &Connection, newest: u64) -> rusqlite::Result<Vec<Event>> {
    let seqs = walk_back(conn, newest, 0)?;
    let mut statement = conn.prepare_cached(EVENT)?;
    seqs.iter().rev().map(|seq| statement.query_row([seq], event)).collect()
}

/// The numbers of one launch's events from `newest` back to those after `after`, newest first: along `previous`, which
/// only falls.
fn walk_back(conn: &Connection, newest: u64, after: u64) -> rusqlite::Result<Vec<i64>> {
    let mut seqs = Vec::new();
    let mut seq = newest;
    let mut statement = conn.prepare_cached("SELECT previous FROM events WHERE seq = ?1")?;
    while seq > after {
        seqs.push(seq as i64);
        let previous = statement.query_row([seq as i64], |r| unsigned(r, 0))?;
        if previous >= seq {
            return Err(unreadable(0, format!("event {seq} is said to follow event {previous}")));
        }
        seq = previous;
    }
    Ok(seqs)
}

/// The newest event of one launch, after `after` and up to `newest`, that takes something back; 0: none.
pub fn taken_back(conn: &Connection, newest: u64, after: u64) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached("SELECT body FROM events WHERE seq = ?1")?;
    for seq in walk_back(conn, newest, after)? {
        let kind: EventKind = statement.query_row([seq], |r| from_json(0, r.get_ref(0)?.as_str()?))?;
        if kind.takes_back() {
            return Ok(seq.cast_unsigned());
        }
    }
    Ok(0)
}

pub fn ownership(conn: &Connection) -> rusqlite::Result<Ownership> {
    let sql = "SELECT epoch, holder FROM leases WHERE name = 'store'";
    conn.prepare_cached(sql)?.query_row([], |r| {
        let holder: Option<String> = r.get(1)?;
        Ok(Ownership { epoch: unsigned(r, 0)?, holder: holder.map(|h| from_json(1, &h)).transpose()? })
    })
}

/// Every kept revision, from the index alone: no content is read.
pub fn kept(conn: &Connection) -> rusqlite::Result<HashSet<(Name, Revision)>> {
    let transaction = conn.unchecked_transaction()?;
    let mut names = HashMap::new();
    let mut statement = transaction.prepare_cached("SELECT id, name FROM launches")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        names.insert(row.get::<_, i64>(0)?, name(1, row.get_ref(1)?.as_str()?)?);
    }
    let mut statement = transaction.prepare_cached("SELECT launch, revision FROM revisions")?;
    let mut rows = statement.query([])?;
    let mut kept = HashSet::with_capacity(names.len());
    while let Some(row) = rows.next()? {
        if let Some(launch) = names.get(&row.get(0)?) {
            kept.insert((launch.clone(), revision(1, row.get_ref(1)?.as_str()?)?));
        }
    }
    Ok(kept)
}

fn moment(column: usize, text: &str) -> rusqlite::Result<Timestamp> {
    text.parse().map_err(|e| unreadable(column, format!("`{text}` is not an instant: {e}")))
}

pub fn revision(column: usize, text: &str) -> rusqlite::Result<Revision> {
    from_json(column, &to_json(&text)?)
}

/// Keeps a revision's content; one that is kept already is taken up again.
pub fn keep(conn: &Connection, kept: &StoredRevision) -> rusqlite::Result<()> {
    if is_kept(conn, kept)? {
        return Ok(());
    }
    let body = to_json(&*kept.launch)?;
    insert(conn, kept, &body)
}

/// [`keep`] where the content's JSON was made before.
pub fn keep_text(conn: &Connection, kept: &StoredRevision, body: &str) -> rusqlite::Result<()> {
    if is_kept(conn, kept)? { Ok(()) } else { insert(conn, kept, body) }
}

/// Notes of a kept revision that it was taken up again, if another one was since.
fn is_kept(conn: &Connection, kept: &StoredRevision) -> rusqlite::Result<bool> {
    let (name, of) = (kept.launch.name.as_str(), kept.revision.as_str());
    let sql = "SELECT r.id, r.turn, (SELECT max(turn) FROM revisions n WHERE n.launch = r.launch) \
               FROM revisions r JOIN launches l ON l.id = r.launch WHERE l.name = ?1 AND r.revision = ?2";
    let found = conn.prepare_cached(sql)?.query_row(params![name, of], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)));
    let Some((id, turn, newest)): Option<(i64, i64, i64)> = found.optional()? else { return Ok(false) };
    if turn != newest {
        let sql = "UPDATE revisions SET turn = ?2, taken_at = ?3 WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![id, newest + 1, instant(&kept.accepted_at)])?;
    }
    Ok(true)
}

fn insert(conn: &Connection, kept: &StoredRevision, body: &str) -> rusqlite::Result<()> {
    let (name, of) = (kept.launch.name.as_str(), kept.revision.as_str());
    let sql = "INSERT INTO launches (name, version, open_intents) VALUES (?1, 0, 0) ON CONFLICT DO NOTHING";
    conn.prepare_cached(sql)?.execute([name])?;
    let sql = "INSERT INTO revisions (launch, revision, accepted_at, body, turn, taken_at, dates) \
               SELECT l.id, ?2, ?3, ?4, ifnull((SELECT max(turn) FROM revisions WHERE launch = l.id), 0) + 1, ?3, ?5 \
               FROM launches l WHERE l.name = ?1";
    let (at, dates) = (instant(&kept.accepted_at), retention::dates(&kept.launch));
    conn.prepare_cached(sql)?.execute(params![name, of, at, body, dates.as_str()])?;
    Ok(())
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
        Ok(StoredRevision {
            revision: self::revision(0, r.get_ref(0)?.as_str()?)?,
            accepted_at: moment(1, r.get_ref(1)?.as_str()?)?,
            launch: from_json(2, r.get_ref(2)?.as_str()?)?,
        })
    })?;
    rows.collect()
}

const HEADINGS: &str = "SELECT r.revision, r.turn, r.taken_at, r.dates FROM revisions r JOIN launches l \
                        ON l.id = r.launch WHERE l.name = ?1 ORDER BY r.id";

/// The revisions of a launch without their content, in the order in which they were kept first.
pub fn headings(conn: &Connection, of: &Name) -> rusqlite::Result<Vec<KeptRevision>> {
    let mut statement = conn.prepare_cached(HEADINGS)?;
    let rows = statement.query_map([of.as_str()], |r| {
        Ok(KeptRevision {
            revision: revision(0, r.get_ref(0)?.as_str()?)?,
            turn: unsigned(r, 1)?,
            taken_at: moment(2, r.get_ref(2)?.as_str()?)?,
            dates: revision(3, r.get_ref(3)?.as_str()?)?,
        })
    })?;
    rows.collect()
}

/// Lets go of the content of a launch's revisions. How many there were.
pub fn let_go(conn: &Connection, of: &Name, revisions: &[Revision]) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM revisions WHERE revision = ?2 AND launch = (SELECT id FROM launches WHERE name = ?1)";
    let mut statement = conn.prepare_cached(sql)?;
    revisions.iter().map(|revision| statement.execute(params![of.as_str(), revision.as_str()])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edges::store::sqlite::{errors::Errors, schema};

    #[test]
    fn headings_of_revisions_are_read_without_their_contents() {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn, &Errors::new(std::path::Path::new("memory"))).unwrap();
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {HEADINGS}")).unwrap();
        let steps: Vec<String> =
            statement.query_map(["atlas"], |r| r.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(steps.iter().any(|s| s.contains("r USING COVERING INDEX revision_headings")), "{steps:#?}");
    }
}
