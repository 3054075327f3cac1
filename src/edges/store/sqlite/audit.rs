//! Walks the hash chain as it is stored, not as it is read: one changed byte is found, also in what no longer parses.
//! Then holds what is kept beside the events against them: the rows folded from them, and the revisions by their hash.

use rusqlite::Connection;

use crate::{
    core::model::{fingerprint::hex, launch::Launch, name::Name, state::LaunchState},
    edges::store::{
        AuditReport,
        chain::{self, GENESIS, Hash},
    },
};

use super::rows;

pub fn verify(conn: &Connection) -> rusqlite::Result<AuditReport> {
    let transaction = conn.unchecked_transaction()?;
    let mut report = AuditReport::default();
    let (mut head, mut expected) = (GENESIS, 1_i64);
    let sql = "SELECT e.seq, e.at, l.name, e.actor, e.body, e.hash FROM events e \
               LEFT JOIN launches l ON l.id = e.launch ORDER BY e.seq";
    let mut statement = transaction.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let hash: Hash = row.get(5).unwrap_or_default();
        let launch: Option<String> = row.get(2)?;
        let (at, actor, body): (String, String, String) = (row.get(1)?, row.get(3)?, row.get(4)?);
        let (at, launch, actor) = (rows::to_json(&at)?, rows::to_json(&launch)?, rows::to_json(&actor)?);
        let text = format!(r#"{{"seq":{seq},"at":{at},"launch":{launch},"actor":{actor},"kind":{body}}}"#);
        if seq != expected || chain::link(&head, &text) != hash {
            report.broken_at = report.broken_at.or(u64::try_from(expected).ok());
        }
        report.events += 1;
        head = hash;
        expected = seq.saturating_add(1);
    }
    // Rows remember the newest event: the last ones cannot be cut off without a trace in them.
    let newest: i64 = transaction.query_row("SELECT ifnull(max(version), 0) FROM launches", [], |r| r.get(0))?;
    if newest >= expected {
        report.broken_at = report.broken_at.or(u64::try_from(expected).ok());
    }
    report.head = hex(&head);
    if report.broken_at.is_none() {
        report.altered_states = altered_states(&transaction)?;
    }
    altered_revisions(&transaction, &mut report)?;
    Ok(report)
}

/// Launches whose rows, with the events after them, are not what all their events make. One launch is in memory at a time.
fn altered_states(conn: &Connection) -> rusqlite::Result<Vec<Name>> {
    let mut newest = conn.prepare(
        "SELECT l.id, l.name, l.version, ifnull(max(e.seq), 0) FROM launches l LEFT JOIN events e ON e.launch = l.id \
         GROUP BY l.id ORDER BY l.name",
    )?;
    let mut rows = newest.query([])?;
    let mut altered = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, version, newest) = (row.get(0)?, rows::unsigned(row, 2)?, rows::unsigned(row, 3)?);
        let Ok(name) = row.get_ref(1)?.as_str()?.parse::<Name>() else { continue };
        let mut told = LaunchState::default();
        for event in rows::all_events(conn, newest)? {
            told.fold(&event);
        }
        if rows::load(conn, id, version, newest).ok().is_none_or(|shown| shown != told) {
            altered.push(name);
        }
    }
    Ok(altered)
}

fn altered_revisions(conn: &Connection, report: &mut AuditReport) -> rusqlite::Result<()> {
    let sql = "SELECT l.name, r.revision, r.body FROM revisions r JOIN launches l ON l.id = r.launch ORDER BY r.id";
    let mut statement = conn.prepare(sql)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let revision = rows::revision(1, row.get_ref(1)?.as_str()?)?;
        let content = row.get_ref(2)?.as_str().ok().and_then(Launch::revision_of_json);
        if let Ok(name) = row.get_ref(0)?.as_str()?.parse::<Name>()
            && content.as_ref() != Some(&revision)
        {
            report.altered_revisions.push((name, revision));
        }
    }
    Ok(())
}
