//! The floor under everything durable: what the disk needs to keep 4 KiB.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::Path,
    time::{Duration, Instant},
};

/// The median time of one write of 4 KiB with fdatasync, in a file in `dir`.
pub fn sync_floor(dir: &Path) -> std::io::Result<Duration> {
    let mut file = File::create(dir.join("floor"))?;
    file.write_all(&vec![0; 4096 * 1024])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let page = [7; 4096];
    let mut times = Vec::with_capacity(1000);
    for _ in 0..1000 {
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}
