//! The write-ahead log's file: how far it is filled, when it goes into the store, and space ahead of its end.
//!
//! A sync of a file that grew also writes the file system's own journal, which makes it half as slow again. So the log
//! is extended ahead, a mebibyte at a time. SQLite takes zeros after the last frame for what they are: no frame.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

/// 16 MiB of 4 KiB pages: a checkpoint costs two syncs, so it comes seldom.
const CHECKPOINT_FRAMES: u64 = 4096;
/// While nobody waits, sooner.
const IDLE_FRAMES: u64 = 256;
const FRAME: u64 = 4096 + 24;
const STEP: u64 = 1 << 20;
const MOST: u64 = CHECKPOINT_FRAMES * FRAME + 2 * STEP;
/// So many commits share one look: a command that writes once or twice needs none.
const LOOK: u32 = 16;

pub struct Log {
    path: PathBuf,
    file: Option<File>,
    commits: u32,
    frames: u64,
    checkpointed: u64,
    extend: bool,
}

impl Log {
    pub fn new(store: &Path) -> Self {
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push("-wal");
        let path = store.with_file_name(name);
        Self { path, file: None, commits: 0, frames: 0, checkpointed: 0, extend: false }
    }

    /// Inside of a write transaction, before its first frame: nobody else writes to the log now.
    pub fn make_room(&mut self) {
        if !std::mem::take(&mut self.extend) {
            return;
        }
        // Only speed is at stake; what cannot be written here is said when it is a commit that fails.
        if let Some(file) = &mut self.file {
            let _ = file.write_all(&vec![0; STEP as usize]);
        }
    }

    /// After a commit that wrote some `events`.
    pub fn committed(&mut self, conn: &Connection, events: u64) -> rusqlite::Result<()> {
        self.commits += 1;
        if self.commits < LOOK && events < 64 {
            return Ok(());
        }
        self.commits = 0;
        self.pragma(conn, "PRAGMA wal_checkpoint(NOOP)")?;
        if self.file.is_none() {
            self.file = OpenOptions::new().append(true).open(&self.path).ok();
        }
        let size = self.file.as_ref().and_then(|f| f.metadata().ok()).map_or(MOST, |m| m.len());
        self.extend = size < MOST && self.frames * FRAME + STEP / 2 > size;
        Ok(())
    }

    /// Moves the log's pages into the store if they are many. Nobody's answer waits for it.
    pub fn checkpoint(&mut self, conn: &Connection, idle: bool) -> rusqlite::Result<()> {
        let most = if idle { IDLE_FRAMES } else { CHECKPOINT_FRAMES };
        // A reader may hold the log's start: then once in `most` new frames, not at each commit.
        if self.frames.saturating_sub(self.checkpointed) < most {
            return Ok(());
        }
        self.pragma(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
        self.checkpointed = self.frames;
        Ok(())
    }

    fn pragma(&mut self, conn: &Connection, sql: &str) -> rusqlite::Result<()> {
        let frames: i64 = conn.prepare_cached(sql)?.query_row([], |r| r.get(1))?;
        let frames = u64::try_from(frames).unwrap_or(0);
        if frames < self.frames {
            // It started again from its beginning.
            self.checkpointed = 0;
        }
        self.frames = frames;
        Ok(())
    }
}
