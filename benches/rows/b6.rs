//! B6: a store with 10,000 launches and 1,000 open intents, as a kill leaves it, until it is open and they are known.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use launchd::edges::store::{Store, StoreResult, sqlite::SqliteStore};

use super::journal::{activity, intent, launch, outcome};

pub struct Restart {
    /// Until the list of launches with their open intents is known.
    pub listed: Duration,
    /// And the state of each launch with an open intent is read.
    pub intents_known: Duration,
}

/// Fills a store in `dir`, copies it in the middle of its life, and opens the copy.
///
/// # Errors
/// The store fails.
pub async fn measure(dir: &Path) -> StoreResult<Restart> {
    let (live, killed) = (dir.join("b6.db"), dir.join("b6-killed.db"));
    let store = SqliteStore::open(&live)?;
    for block in 0..100 {
        let mut events = Vec::new();
        for n in block * 100..(block + 1) * 100 {
            let launch = launch(n);
            for a in 0..3 {
                events.push(intent(&launch, &activity(a)));
            }
        }
        let opened = store.append(None, events).await?;
        // The first activity of every tenth launch stays open.
        let closed = opened.iter().enumerate().filter(|(n, _)| n % 30 != 0);
        let outcomes = closed.map(|(n, e)| outcome(&e.launch, &activity(n % 3), e.seq)).collect();
        store.append(None, outcomes).await?;
    }
    // A reader keeps the log from starting again while it is copied.
    let reader = rusqlite::Connection::open(&live).expect("the store is a database");
    reader.execute_batch("BEGIN; SELECT count(*) FROM leases").expect("it can be read");
    for end in ["", "-wal"] {
        let path = |of: &Path| Path::new(&format!("{}{end}", of.display())).to_owned();
        fs::copy(path(&live), path(&killed)).expect("the store's files can be copied");
    }
    drop((reader, store));

    let start = Instant::now();
    let store = SqliteStore::open(&killed)?;
    let launches = store.launches().await?;
    let listed = start.elapsed();
    let mut open = 0;
    for row in launches.iter().filter(|r| r.open_intents > 0) {
        let state = store.state(&row.launch).await?;
        open += state.activities.values().filter(|a| a.open.is_some()).count();
    }
    assert_eq!((launches.len(), open), (10_000, 1_000));
    Ok(Restart { listed, intents_known: start.elapsed() })
}
