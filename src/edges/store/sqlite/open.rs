//! Opening a store: private, checked before it is touched, brought to the present version.

use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use crate::edges::store::{StoreError, StoreResult};

use super::{errors::Errors, schema};

/// Before this version two writers can corrupt a WAL.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a write waits for another process's.
const BUSY: Duration = Duration::from_secs(5);

/// What tests change about a store: the disk that it is on, and what it asks of that disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// The name of a registered SQLite VFS; the system's otherwise.
    pub vfs: Option<&'a str>,
    /// Statements that the writer runs once it is open.
    pub pragmas: &'a str,
}

/// Opens for writing, creating file and folders where they are missing.
pub fn writer(path: &Path, conditions: Conditions<'_>, errors: &Errors) -> StoreResult<Connection> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let text = format!("SQLite {} can corrupt a store; 3.51.3 or later is needed", rusqlite::version());
        return Err(StoreError::Other(text));
    }
    let is_new = create(path, errors)?;
    if !is_new {
        refuse_foreign(path, errors)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let map = |e: rusqlite::Error| errors.map(&e);
    let mut conn = match conditions.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    }
    .map_err(map)?;
    conn.busy_timeout(BUSY).map_err(map)?;
    if conn.is_readonly(rusqlite::MAIN_DB).map_err(map)? {
        let text = format!("{}: make the file writable for this user, or choose another --store", path.display());
        return Err(StoreError::ReadOnly(text));
    }
    // The file is there; what SQLite cannot open now is the log that it must create beside it.
    let log = |e: rusqlite::Error| match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen) => StoreError::ReadOnly(format!(
            "{}: no file can be created beside it; make its folder writable for this user",
            path.display()
        )),
        _ => map(e),
    };
    let mode: String = patiently(|| conn.query_row("PRAGMA journal_mode = WAL", [], |r| r.get(0))).map_err(log)?;
    if mode != "wal" {
        let text = format!("{}: this file system cannot hold a store (journal mode {mode})", path.display());
        return Err(StoreError::Other(text));
    }
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; \
         PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0;",
    )
    .map_err(map)?;
    conn.execute_batch(conditions.pragmas).map_err(map)?;
    conn.set_prepared_statement_cache_capacity(64);
    schema::migrate(&mut conn, errors)?;
    Ok(conn)
}

/// Again while another process is in the way. SQLite itself does not wait where two that wait would wait for each other
/// (https://sqlite.org/c3ref/busy_handler.html), as when both make a new store.
fn patiently<T>(run: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let end = Instant::now() + BUSY;
    loop {
        match run() {
            Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(5));
            }
            ended => return ended,
        }
    }
}

/// Opens an existing store for reading.
pub fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.execute_batch("PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok(conn)
}

/// A connection to a store that this user may not write, and whether it must be taken for one that nobody writes: SQLite
/// reads a log only where it can share memory beside it.
pub fn only_reader(path: &Path, errors: &Errors) -> StoreResult<(Connection, bool)> {
    let look = |conn: Connection| schema::user_version(&conn).map(|version| (conn, version));
    let (conn, version, at_rest) = match reader(path).and_then(look) {
        Ok((conn, version)) => (conn, version, false),
        Err(e) if has_log(path) => return Err(errors.map(&e)),
        Err(_) => {
            let (conn, version) = reader_at_rest(path).and_then(look).map_err(|e| errors.map(&e))?;
            (conn, version, true)
        }
    };
    match version {
        found if found > schema::VERSION => Err(StoreError::Newer { found, known: schema::VERSION }),
        found if found < schema::VERSION => Err(StoreError::ReadOnly(format!(
            "{}: it is of an older version, and must be opened once by a user who may write it",
            path.display()
        ))),
        _ => Ok((conn, at_rest)),
    }
}

/// Whether some of the store may stand in its log only.
fn has_log(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    fs::metadata(name).is_ok_and(|log| log.len() > 0)
}

/// [`reader`] for a file that nobody changes meanwhile (SQLite's `immutable`, https://sqlite.org/uri.html).
pub fn reader_at_rest(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = url::Url::from_file_path(path).map_err(|()| rusqlite::Error::InvalidPath("store".into()))?;
    uri.set_query(Some("immutable=1"));
    let conn = Connection::open_with_flags(uri.as_str(), flags)?;
    conn.execute_batch("PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;")?;
    Ok(conn)
}

/// Device and inode of the file at a path; `None` where there is none, or the system has no such thing.
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).ok().map(|m| (m.dev(), m.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Whether there was no file. SQLite gives its own files beside the store the store's mode.
fn create(path: &Path, errors: &Errors) -> StoreResult<bool> {
    if let Some(parent) = path.parent() {
        folders(parent, &mut |folder| fs::File::open(folder)?.sync_all())
            .map_err(|e| errors.io("create the folder of", &e))?;
    }
    match private_file(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(errors.io("create", &e)),
        made => Ok(made.is_ok()),
    }
}

/// Makes the folders that are missing, and has each one's name put on disk: SQLite does that for what it makes in the
/// store's folder, and nobody does it for the folder.
fn folders(path: &Path, sync: &mut impl FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    folders(parent, sync)?;
    match private_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(e),
        Ok(()) => sync(if parent.as_os_str().is_empty() { Path::new(".") } else { parent }),
    }
}

#[cfg(unix)]
fn private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

pub fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Looks through a connection that cannot write: a newer store, another program's file and a damaged one stay as they are.
fn refuse_foreign(path: &Path, errors: &Errors) -> StoreResult<()> {
    // Asked first: it comes after a first commit, so that a store which another process is making is not found empty.
    let was_used = super::wake::beside(path).exists();
    let size = fs::metadata(path).map_err(|e| errors.io("read", &e))?;
    if !size.is_file() {
        return Err(StoreError::Other(format!("{} is not a file; choose another --store", path.display())));
    }
    if size.len() == 0 {
        // Beside a new store that the power went from there is no wake file yet.
        let text = format!(
            "{} is empty, though it held a store before; restore it from a backup, or delete it and {} to begin anew",
            path.display(),
            super::wake::beside(path).display()
        );
        return if was_used { Err(StoreError::Corrupt(text)) } else { Ok(()) };
    }
    let look = |conn: &Connection| -> rusqlite::Result<(u32, i32, u32)> {
        let tables = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
        Ok((schema::user_version(conn)?, schema::application_id(conn)?, tables))
    };
    let seen = reader(path).and_then(|conn| look(&conn)).or_else(|e| match e.sqlite_error() {
        // The power went while the store was made. What was begun is taken back first, as by any program that opens it.
        Some(e) if e.extended_code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK => look(&Connection::open(path)?),
        _ => Err(e),
    });
    let (found, id, tables) = seen.map_err(|e| errors.map(&e))?;
    if tables > 0 && id != schema::APPLICATION_ID {
        return Err(StoreError::Other(format!(
            "{} is another program's SQLite file; choose another --store",
            path.display()
        )));
    }
    if found > schema::VERSION {
        return Err(StoreError::Newer { found, known: schema::VERSION });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_store_that_another_process_is_looking_at_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let other = Connection::open(&path).unwrap();
        // It reads, so that the journal cannot be changed now.
        other.execute_batch("BEGIN; SELECT * FROM sqlite_schema;").unwrap();
        let opening = std::thread::spawn({
            let path = path.clone();
            move || writer(&path, Conditions::default(), &Errors::new(&path)).map(drop)
        });
        let end = Instant::now() + Duration::from_millis(100);
        while Instant::now() < end {
            assert!(!opening.is_finished(), "{:?}", opening.join());
        }
        other.execute_batch("COMMIT").unwrap();
        opening.join().unwrap().unwrap();
    }

    #[test]
    fn the_names_of_new_folders_are_put_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut synced = Vec::new();
        for _ in 0..2 {
            let sync = &mut |folder: &Path| {
                synced.push(folder.strip_prefix(dir.path()).unwrap().to_owned());
                Ok(())
            };
            folders(&dir.path().join("a/b/c"), sync).unwrap();
        }
        assert_eq!(synced, [Path::new(""), Path::new("a"), Path::new("a/b")]);
    }
}
