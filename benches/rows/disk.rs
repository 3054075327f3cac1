//! The floor under everything durable: what the disk needs to keep 4 KiB.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    time::{Duration, Instant},
};

/// The median time of one write of 4 KiB with fdatasync, in a file in `dir` that has its size already.
pub fn sync_floor(dir: &Path) -> std::io::Result<Duration> {
    let mut file = File::create(dir.join("floor"))?;
    file.write_all(&vec![0; 4096 * 500])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let page = [7; 4096];
    let mut times = Vec::with_capacity(500);
    for _ in 0..500 {
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

/// Pairs of small rows a second that SQLite takes in one transaction for 256 pairs, synced: no hash, no JSON, no threads.
pub fn pairs_floor(dir: &Path) -> rusqlite::Result<f64> {
    let conn = rusqlite::Connection::open(dir.join("pairs.db"))?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)",
    )?;
    let (start, body, mut pairs) = (Instant::now(), "x".repeat(100), 0_u32);
    let mut insert = conn.prepare("INSERT INTO t (body) VALUES (?1)")?;
    while start.elapsed() < Duration::from_millis(500) {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..512 {
            insert.execute([&body])?;
        }
        conn.execute_batch("COMMIT")?;
        pairs += 256;
    }
    Ok(f64::from(pairs) / start.elapsed().as_secs_f64())
}
