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
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;

use crate::core::model::source::SourceFile;

use self::{
    beneath::{Dir, Stat},
    walk::{Look, Walked, walk},
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
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at_ns = i128::try_from(since.as_nanos()).unwrap_or(0);
        let Walked { found: mut files, mut unreadable, .. } =
            walk(self.open()?, &Stamps).map_err(|e| self.unusable(&e))?;
        files.sort_unstable();
        unreadable.sort_unstable();
        Ok(Scan { at_ns, files, unreadable })
    }

    /// Reads everything. Blocks.
    ///
    /// # Errors
    /// The root is missing or unreadable, or holds far too much.
    pub fn read_all(&self) -> Result<Snapshot, SourceError> {
        let contents = Contents::default();
        let Walked { found, unreadable, .. } = walk(self.open()?, &contents).map_err(|e| self.unusable(&e))?;
        self.finish(&contents, found, unreadable)
    }

    /// Reads some files, by their paths as [`DirectorySource::scan`] gave them. Blocks. One that is gone by now is unreadable.
    ///
    /// # Errors
    /// As [`DirectorySource::read_all`].
    pub fn read(&self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Snapshot, SourceError> {
        let root = self.open()?;
        let contents = Contents::default();
        let (mut files, mut unreadable) = (Vec::new(), Vec::new());
        for path in paths {
            let path = path.as_ref();
            let place = beneath::resolve(&root, Path::new(path)).map_err(|why| format!("it {why}"));
            match place.and_then(|place| contents.read(&place.dir, &place.name, path)) {
                Ok(file) => files.push(file),
                Err(why) => unreadable.push((path.to_owned(), why)),
            }
        }
        self.finish(&contents, files, unreadable)
    }

    fn finish(
        &self,
        contents: &Contents,
        mut files: Vec<SourceFile>,
        mut unreadable: Vec<(String, String)>,
    ) -> Result<Snapshot, SourceError> {
        if contents.is_too_much() {
            return Err(SourceError::too_much(&self.root.display().to_string()));
        }
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

/// Sizes and times.
struct Stamps;

impl Look for Stamps {
    type Found = Scanned;

    fn look(&self, _: &Dir, _: &CStr, path: &str, stat: &Stat) -> Result<Scanned, String> {
        let Stat { size, modified_ns, inode, .. } = *stat;
        Ok(Scanned { path: path.to_owned(), size, modified_ns, inode })
    }
}

/// Contents, up to as much as a source may hold.
#[derive(Default)]
struct Contents {
    total: AtomicU64,
}

impl Contents {
    fn is_too_much(&self) -> bool {
        self.total.load(Ordering::Relaxed) > LARGEST_SOURCE
    }

    fn read(&self, dir: &Dir, name: &CStr, path: &str) -> Result<SourceFile, String> {
        // All of it is refused then.
        let bytes = if self.is_too_much() { Vec::new() } else { walk::read(dir, name)? };
        self.total.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(SourceFile { path: path.into(), bytes: Arc::from(bytes) })
    }
}

impl Look for Contents {
    type Found = SourceFile;

    fn look(&self, dir: &Dir, name: &CStr, path: &str, _: &Stat) -> Result<SourceFile, String> {
        self.read(dir, name, path)
    }
}
