//! Notices that something below a folder may have changed.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode},
};
use tokio::{sync::Notify, time::Instant};

/// How long quiet is awaited before a change is told, by what was seen last.
#[derive(Debug, Clone, Copy)]
pub struct Debounce {
    /// After a file was closed or renamed into place: it is whole. What follows while it is read is read after it.
    pub whole: Duration,
    /// While a file is being written: its close is expected any moment.
    pub writing: Duration,
    /// After something went away: what replaces it is expected, and a removal must not be seen by mistake.
    pub gone: Duration,
    /// Told after so long, quiet or not.
    pub longest: Duration,
}

impl Default for Debounce {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self { whole: ms(0), writing: ms(5), gone: ms(50), longest: ms(200) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Whole,
    Writing,
    Gone,
}

#[derive(Default)]
struct Seen {
    stage: Option<Stage>,
    /// The set of watched folders may be incomplete: one was made, or notices were lost.
    incomplete: bool,
}

#[derive(Default)]
struct Bell {
    seen: Mutex<Seen>,
    ring: Notify,
}

/// A watch over a root, and over the folder that holds it, so that a root that is swapped or made again is noticed.
pub struct Watch {
    root: PathBuf,
    bell: Arc<Bell>,
    watcher: Mutex<Option<RecommendedWatcher>>,
}

impl Watch {
    pub fn start(root: &Path) -> Self {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let watch = Self { root, bell: Arc::default(), watcher: Mutex::default() };
        watch.renew();
        watch
    }

    /// Whether the system tells of changes at all.
    pub fn works(&self) -> bool {
        self.watcher().is_some()
    }

    fn watcher(&self) -> std::sync::MutexGuard<'_, Option<RecommendedWatcher>> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches anew: all folders that are there now.
    pub fn renew(&self) {
        let mut watcher = self.watcher();
        // The old one first: its watches count against the system's limit.
        *watcher = None;
        *watcher = self
            .watch()
            .inspect_err(|e| {
                tracing::warn!(folder = %self.root.display(), error = %e,
                    "the folder cannot be watched; it is looked at once each resync interval. Where the system's limit of \
                     watches is reached, raise fs.inotify.max_user_watches");
            })
            .ok();
    }

    fn watch(&self) -> notify::Result<RecommendedWatcher> {
        let (bell, root, found) = (self.bell.clone(), self.root.clone(), self.root.canonicalize());
        let real = found.as_ref().map_or_else(|_| root.clone(), Clone::clone);
        // A root that is a link: what changes is told under the path that was watched.
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(move |event| bell.take(&root, &real, event), config)?;
        if let Some(parent) = self.root.parent() {
            watcher.watch(parent, RecursiveMode::NonRecursive)?;
        }
        match found {
            Ok(root) => watcher.watch(&root, RecursiveMode::Recursive)?,
            // It is awaited through the folder that holds it.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(e.into()),
        }
        Ok(watcher)
    }

    /// Returns once something changed and it is quiet again.
    pub async fn changed(&self, debounce: &Debounce) {
        self.bell.ring.notified().await;
        let end = Instant::now() + debounce.longest;
        loop {
            let seen = std::mem::take(&mut *self.bell.seen());
            if seen.incomplete {
                self.renew();
            }
            let quiet = match seen.stage {
                Some(Stage::Whole) | None => debounce.whole,
                Some(Stage::Writing) => debounce.writing,
                Some(Stage::Gone) => debounce.gone,
            };
            // No timer where nothing is to be waited for: it would round up to a millisecond.
            let rang = match quiet.is_zero() {
                true => self.bell.ring.notified().now_or_never().is_some(),
                false => {
                    let until = end.min(Instant::now() + quiet);
                    tokio::time::timeout_at(until, self.bell.ring.notified()).await.is_ok()
                }
            };
            if !rang || Instant::now() >= end {
                return;
            }
        }
    }
}

impl Bell {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Below a root that is a link, everything is told under the path that it led to when the watch began.
    fn take(&self, root: &Path, real: &Path, event: notify::Result<Event>) {
        let Ok(event) = event else { return self.note(Stage::Gone, true) };
        if event.need_rescan() {
            return self.note(Stage::Gone, true);
        }
        let Some(stage) = stage(&event.kind) else { return };
        let about_root = event.paths.iter().any(|p| p == root);
        if !about_root && !event.paths.iter().any(|p| matters(root, p) || matters(real, p)) {
            return;
        }
        let comes = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)));
        let folder = matches!(event.kind, EventKind::Create(CreateKind::Folder));
        // A folder that was moved here, or made with files in it at once, may hold folders that nobody watches yet.
        let moved_in = comes && event.paths.iter().any(|p| p.is_dir());
        self.note(stage, folder || moved_in || about_root && comes);
    }

    fn note(&self, stage: Stage, incomplete: bool) {
        let mut seen = self.seen();
        // A file that is whole ends its own writing, not somebody's removal.
        seen.stage = match (seen.stage, stage) {
            (Some(Stage::Gone), _) => Some(Stage::Gone),
            (_, new) => Some(new),
        };
        seen.incomplete |= incomplete;
        drop(seen);
        self.ring.notify_one();
    }
}

/// `None`: nothing was changed. Reading is seen too, ours included.
fn stage(kind: &EventKind) -> Option<Stage> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Modify(ModifyKind::Metadata(_)) => {
            Some(Stage::Whole)
        }
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => Some(Stage::Gone),
        EventKind::Modify(ModifyKind::Name(_)) => Some(Stage::Whole),
        _ => Some(Stage::Writing),
    }
}

/// Whether a path is below the root and not in a hidden folder. `..data` is a ConfigMap's.
fn matters(root: &Path, path: &Path) -> bool {
    path.strip_prefix(root).is_ok_and(|below| {
        below.iter().all(|name| {
            let name = name.as_encoded_bytes();
            !name.starts_with(b".") || name.starts_with(b"..")
        })
    })
}
