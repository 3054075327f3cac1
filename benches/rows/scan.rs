//! The part of B2 that the source decides: listing 10,000 files by name, size and time.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use launchd::edges::sources::{SourceError, directory::DirectorySource};

/// The median time of a scan of 10,000 files in 100 folders.
///
/// # Errors
/// The folder cannot be read.
pub fn measure(dir: &Path) -> Result<Duration, SourceError> {
    for n in 0..10_000 {
        let folder = dir.join(format!("team-{:02}", n / 100));
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::write(folder.join(format!("launch-{n:05}.yaml")), "kind: Launch\n").expect("the file can be written");
    }
    let source = DirectorySource::new(dir, Duration::from_secs(60));
    let mut times = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        let scan = source.scan()?;
        times.push(start.elapsed());
        assert_eq!(scan.files.len(), 10_000);
    }
    times.sort();
    Ok(times[4])
}
