//! Real folders, real links, real repositories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod directory;
mod git;

use launchd::edges::sources::Snapshot;

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.iter().map(|f| &*f.path).collect()
}

fn text<'s>(snapshot: &'s Snapshot, path: &str) -> &'s str {
    let file = snapshot.files.iter().find(|f| &*f.path == path).expect(path);
    std::str::from_utf8(&file.bytes).unwrap()
}
