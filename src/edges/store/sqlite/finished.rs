//! What was promised first, and when it came: read for many launches at once, and of each only what is asked for.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension};

use super::{rows, tail::Tail};
use crate::core::{
    model::{
        Timestamp,
        name::{Id, Name},
    },
    schedule::learned::{Finished, Promise},
};

/// The first promise of every launch that was accepted, in one pass over the oldest revisions.
pub fn promises(conn: &Connection) -> rusqlite::Result<BTreeMap<Name, Promise>> {
    let sql = "SELECT l.name, r.body FROM revisions r JOIN launches l ON l.id = r.launch \
               WHERE r.id IN (SELECT min(id) FROM revisions GROUP BY launch)";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query([])?;
    let mut promises = BTreeMap::new();
    while let Some(row) = found.next()? {
        promises.insert(rows::name(0, row.get_ref(0)?.as_str()?)?, rows::from_json(1, row.get_ref(1)?.as_str()?)?);
    }
    Ok(promises)
}

/// Every launch that is complete, by name. The work grows with their number; of the others only one row each is looked at.
pub fn finished(conn: &Connection, tail: &Tail) -> rusqlite::Result<Vec<Finished>> {
    // One transaction: rows and events are of the same moment.
    let transaction = conn.unchecked_transaction()?;
    let late = late(&transaction)?;
    let sql = "SELECT l.id, l.name, l.version, ifnull(json_extract(s.body, '$.completed_at') IS NOT NULL, 0) \
               FROM launches l LEFT JOIN subjects s ON s.launch = l.id AND s.subject = 'launch' ORDER BY l.name";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let id: i64 = row.get(0)?;
        let completed = if late.contains(&id) {
            let version = rows::unsigned(row, 2)?;
            let newest = tail.newest(&transaction, id, version)?;
            let state = rows::load(&transaction, id, version, newest)?;
            state.header.completed_at.is_some().then(|| state.completed().collect())
        } else if row.get(3)? {
            Some(completed(&transaction, id)?)
        } else {
            None
        };
        let Some(completed) = completed else { continue };
        let Some(promise) = promise(&transaction, id)? else { continue };
        all.push(Finished { launch: rows::name(1, row.get_ref(1)?.as_str()?)?, promise, completed });
    }
    Ok(all)
}

/// Launches with events that no row holds yet: they are read with those.
fn late(conn: &Connection) -> rusqlite::Result<BTreeSet<i64>> {
    let folded = rows::folded(conn)?;
    let mut statement = conn.prepare_cached("SELECT launch FROM events WHERE seq > ?1")?;
    statement.query_map([folded as i64], |r| r.get(0))?.collect()
}

fn completed(conn: &Connection, launch: i64) -> rusqlite::Result<BTreeMap<Id, Timestamp>> {
    let sql = "SELECT substr(subject, 11), json_extract(body, '$.completed.at') FROM subjects \
               WHERE launch = ?1 AND subject >= 'milestone/' AND subject < 'milestone0'";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = statement.query([launch])?;
    let mut completed = BTreeMap::new();
    while let Some(row) = found.next()? {
        let (id, at) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str_or_null()?);
        let parsed = at.and_then(|at| at.parse().ok()).zip(id.parse().ok());
        completed.extend(parsed.map(|(at, id): (Timestamp, Id)| (id, at)));
    }
    Ok(completed)
}

fn promise(conn: &Connection, launch: i64) -> rusqlite::Result<Option<Promise>> {
    let sql = "SELECT body FROM revisions WHERE launch = ?1 ORDER BY id LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    statement.query_row([launch], |r| rows::from_json(0, r.get_ref(0)?.as_str()?)).optional()
}
