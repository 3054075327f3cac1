//! B2, the store's part: a launch of 50 milestones with an activity each, read when nothing happened since.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use launchd::edges::store::{Store, StoreResult, sqlite::SqliteStore};

use super::journal::{activity, intent, launch, outcome};

/// The times of 1,000 reads, shortest first.
///
/// # Errors
/// The store fails.
pub async fn measure(dir: &Path) -> StoreResult<Vec<Duration>> {
    let path = dir.join("b2.db");
    let store = SqliteStore::open(&path)?;
    for n in 0..20 {
        let launch = launch(n);
        let opened = store.append(None, (0..50).map(|a| intent(&launch, &activity(a))).collect()).await?;
        let outcomes = opened.iter().enumerate().map(|(a, e)| outcome(&launch, &activity(a), e.seq)).collect();
        store.append(None, outcomes).await?;
    }
    drop(store);
    let store = SqliteStore::open(&path)?;
    let mut times = Vec::new();
    for n in 0..1000 {
        let (launch, start) = (launch(n % 20), Instant::now());
        let state = store.state(&launch).await?;
        times.push(start.elapsed());
        assert_eq!(state.activities.len(), 50);
    }
    times.sort();
    Ok(times)
}
