//! Plan files of a folder, watched.
//!
//! In: a root. Out: its plan files, and a signal when one may have changed. Imports `core`.
//! Deliberately absent: anything outside of the root, whatever links say.

mod beneath;
mod walk;
mod watch;

use std::{
    ffi::CStr,
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;

use crate::core::model::source::SourceFile;

use self::{
    beneath::{Dir, Stat},
    walk::{Visitor, Walk},
    watch::Watch,
};
use super::{LARGEST_SOURCE, Snapshot, Source, SourceError};

pub use watch::Debounce;

/// A folder of plan files.
pub struct DirectorySource {
    root: PathBuf,
    resync: Duration,
    debounce: Debounce,
    watch: OnceLock<Watch>,
}

/// What tells whether a file must be read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scanned {
    /// Relative to the root, with `/`.
    pub path: String,
    pub size: u64,
    /// Since the epoch, UTC.
    pub modified_ns: i128,
    pub inode: u64,
}

/// A folder's files by name, size and time, unread.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// When it began, since the epoch, UTC, as the system's clock says it.
    pub at_ns: i128,
    /// By path, sorted.
    pub files: Vec<Scanned>,
    /// As in [`Snapshot`].
    pub unreadable: Vec<(String, String)>,
}

impl DirectorySource {
    /// `resync` bounds how long a change can go unnoticed where the system lost the notice of it.
    pub fn new(root: impl Into<PathBuf>, resync: Duration) -> Self {
        Self { root: root.into(), resync, debounce: Debounce::default(), watch: OnceLock::new() }
    }

    #[must_use]
    pub fn debounce(mut self, debounce: Debounce) -> Self {
        self.debounce = debounce;
        self
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Lists the plan files without reading them. Blocks for some milliseconds where there are thousands.
    ///
    /// # Errors
    /// The root is missing or unreadable.
    pub fn scan(&self) -> Result<Scan, SourceError> {
        let mut index = Index::default();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        index.0.at_ns = i128::try_from(since.as_nanos()).unwrap_or(0);
        Walk::run(&self.open()?, &mut index).map_err(|e| self.unusable(&e))?;
        index.0.files.sort_unstable();
        index.0.unreadable.sort_unstable();
        Ok(index.0)
    }

    /// Reads everything. Blocks.
    ///
    /// # Errors
    /// The root is missing or unreadable, or holds far too much.
    pub fn read_all(&self) -> Result<Snapshot, SourceError> {
        let mut contents = Contents::default();
        Walk::run(&self.open()?, &mut contents).map_err(|e| self.unusable(&e))?;
        self.finish(contents)
    }

    /// Reads some files, by their paths as [`DirectorySource::scan`] gave them. Blocks. One that is gone by now is unreadable.
    ///
    /// # Errors
    /// As [`DirectorySource::read_all`].
    pub fn read(&self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Snapshot, SourceError> {
        let root = self.open()?;
        let mut contents = Contents::default();
        for path in paths {
            let path = path.as_ref();
            match beneath::resolve(&root, Path::new(path)) {
                Ok(place) => contents.file(&place.dir, &place.name, path.to_owned(), None),
                Err(why) => contents.unreadable(path.to_owned(), format!("it {why}")),
            }
        }
        self.finish(contents)
    }

    fn finish(&self, contents: Contents) -> Result<Snapshot, SourceError> {
        if contents.total > LARGEST_SOURCE {
            return Err(SourceError::too_much(&self.root.display().to_string()));
        }
        let Contents { mut files, mut unreadable, .. } = contents;
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        unreadable.sort_unstable();
        Ok(Snapshot { files, unreadable, description: self.root.display().to_string() })
    }

    fn open(&self) -> Result<Dir, SourceError> {
        Dir::open(&self.root).map_err(|e| self.unusable(&e))
    }

    fn unusable(&self, e: &io::Error) -> SourceError {
        let root = self.root.display();
        match e.kind() {
            io::ErrorKind::NotFound => SourceError::new(
                "the folder of plan files is missing",
                format!("there is no folder {root}"),
                "make it, or choose another one with --source",
            ),
            io::ErrorKind::NotADirectory => SourceError::new(
                "the source is no folder",
                format!("{root} is a file"),
                "choose the folder that holds it with --source",
            ),
            _ => SourceError::new(
                "the folder of plan files cannot be read",
                format!("{root}: {e}"),
                "check its permissions, or choose another one with --source",
            ),
        }
    }
}

#[async_trait]
impl Source for DirectorySource {
    async fn snapshot(&self) -> Result<Snapshot, SourceError> {
        let twin = Self::new(&self.root, self.resync);
        let read = tokio::task::spawn_blocking(move || twin.read_all()).await;
        read.unwrap_or_else(|e| Err(SourceError::new("the folder was not read", e.to_string(), "try again")))
    }

    /// The first call starts the watch and returns at once: what changed before it was seen by nobody.
    async fn changed(&self) {
        let mut started = false;
        let watch = self.watch.get_or_init(|| {
            started = true;
            Watch::start(&self.root)
        });
        if started {
            return;
        }
        if watch.works() {
            // Nothing to do about the time running out: the caller looks again, as if something had changed.
            let _ = tokio::time::timeout(self.resync, watch.changed(&self.debounce)).await;
        } else {
            tokio::time::sleep(self.resync).await;
            watch.renew();
        }
    }
}

#[derive(Default)]
struct Index(Scan);

impl Visitor for Index {
    fn file(&mut self, _: &Dir, _: &CStr, path: String, stat: Option<Stat>) {
        if let Some(Stat { size, modified_ns, inode, .. }) = stat {
            self.0.files.push(Scanned { path, size, modified_ns, inode });
        }
    }
    fn unreadable(&mut self, path: String, why: String) {
        self.0.unreadable.push((path, why));
    }
    fn wants_stat(&self) -> bool {
        true
    }
}

#[derive(Default)]
struct Contents {
    files: Vec<SourceFile>,
    unreadable: Vec<(String, String)>,
    total: u64,
}

impl Visitor for Contents {
    fn file(&mut self, dir: &Dir, name: &CStr, path: String, _: Option<Stat>) {
        if self.total > LARGEST_SOURCE {
            return;
        }
        match walk::read(dir, name) {
            Ok(bytes) => {
                self.total += bytes.len() as u64;
                self.files.push(SourceFile { path: path.into(), bytes: Arc::from(bytes) });
            }
            Err(why) => self.unreadable.push((path, why)),
        }
    }
    fn unreadable(&mut self, path: String, why: String) {
        self.unreadable.push((path, why));
    }
    fn wants_stat(&self) -> bool {
        true
    }
}
