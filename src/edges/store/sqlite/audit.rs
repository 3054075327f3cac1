//! Walks the hash chain as it is stored, not as it is read: one changed byte is found, also in what no longer parses.

use rusqlite::Connection;

use crate::{
    core::model::fingerprint::hex,
    edges::store::{
        AuditReport,
        chain::{self, GENESIS, Hash},
    },
};

use super::rows;

pub fn verify(conn: &Connection) -> rusqlite::Result<AuditReport> {
    let transaction = conn.unchecked_transaction()?;
    let mut report = AuditReport { events: 0, head: String::new(), broken_at: None };
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
    Ok(report)
}
