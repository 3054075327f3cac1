//! B4: durable steps a second. A step is an intent on disk before its call, and its outcome on disk after it. As a walk
//! writes them: an outcome in one transaction with the intent that it lets begin.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use launchd::edges::store::{Lease, Store, StoreError, StoreResult, sqlite::SqliteStore};

use super::journal::{Step, activity, launch};

/// Steps a second, and the time of a slow one: one launch after the other's answer, and 256 launches at once.
pub struct Steps {
    /// The floor of the next: a bare transaction of SQLite with two rows of the same size, on one thread.
    pub bare: f64,
    pub chain: f64,
    pub chain_p99_ms: f64,
    pub together: f64,
    pub together_p99_ms: f64,
}

/// Measures on a new store in `dir`, each kind for about `time`.
///
/// # Errors
/// The store fails.
pub async fn measure(dir: &Path, time: Duration) -> StoreResult<Steps> {
    let store = Arc::new(SqliteStore::open(&dir.join("b4.db"))?);
    let lease = store.acquire("bench", "bench", chrono::Utc::now(), Duration::from_secs(3600)).await?;
    let bare = bare(&dir.join("bare.db"), time)?;
    let (chain, chain_p99_ms) = run(&store, &lease, 1, time).await?;
    let (together, together_p99_ms) = run(&store, &lease, 256, time).await?;
    Ok(Steps { bare, chain, chain_p99_ms, together, together_p99_ms })
}

fn bare(path: &Path, time: Duration) -> StoreResult<f64> {
    let rate = || -> rusqlite::Result<f64> {
        let conn = rusqlite::Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
             CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;",
        )?;
        let (body, start) = ("x".repeat(800), Instant::now());
        let mut steps = 0_u32;
        while start.elapsed() < time {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            for _ in 0..2 {
                conn.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?.execute([&body])?;
            }
            conn.prepare_cached("COMMIT")?.execute([])?;
            steps += 1;
        }
        Ok(f64::from(steps) / start.elapsed().as_secs_f64())
    };
    rate().map_err(|e| StoreError::Other(e.to_string()))
}

async fn run(store: &Arc<SqliteStore>, lease: &Lease, launches: usize, time: Duration) -> StoreResult<(f64, f64)> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..launches)
        .map(|n| {
            let (store, lease) = (store.clone(), lease.clone());
            tokio::spawn(async move {
                let launch = launch(n);
                let step = Step::new(&launch);
                let mut times = Vec::new();
                let opened = store.append(Some(&lease), vec![step.intent(&launch, &activity(0))]).await?;
                let mut open = opened.last().map_or(0, |e| e.seq);
                while start.elapsed() < time {
                    let (done, next) = (activity(times.len() % 50), activity((times.len() + 1) % 50));
                    let begin = Instant::now();
                    let news = vec![step.outcome(&launch, &done, open), step.intent(&launch, &next)];
                    let written = store.append_decided(Some(&lease), open, news).await?;
                    open = written.last().map_or(0, |e| e.seq);
                    times.push(begin.elapsed());
                }
                StoreResult::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("the task does not panic")?);
    }
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort();
    Ok((rate, times[times.len() * 99 / 100].as_secs_f64() * 1000.0))
}
