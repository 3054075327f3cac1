//! How a process learns that another one appended: whoever writes without a lease touches a file beside the store, and
//! the file's watchers wake. The store itself is asked only as a net under that.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use super::open::private_file;

/// How often the store is asked where the file cannot be watched, and how often where it can (a touch may be lost
/// when its process dies right after the commit).
const UNWATCHED: Duration = Duration::from_millis(50);
const WATCHED: Duration = Duration::from_secs(1);

/// The bell of one store.
pub struct Wake {
    path: PathBuf,
    bell: Arc<Notify>,
    /// The last event that this process wrote or knows of.
    known: AtomicU64,
    /// Started by the first waiter: most commands never wait.
    watcher: Mutex<Option<Option<RecommendedWatcher>>>,
}

/// The wake file of a store.
pub fn beside(store: &Path) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push("-wake");
    store.with_file_name(name)
}

impl Wake {
    /// # Errors
    /// The file beside `store` cannot be created.
    pub fn new(store: &Path) -> std::io::Result<Self> {
        let path = beside(store);
        match private_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        Ok(Self::of(path))
    }

    /// Of a store that is only read: what others write is noticed, and nothing is created.
    pub fn listening(store: &Path) -> Self {
        Self::of(beside(store))
    }

    fn of(path: PathBuf) -> Self {
        Self { path, bell: Arc::default(), known: AtomicU64::new(0), watcher: Mutex::default() }
    }

    /// This process wrote events up to `seq`.
    pub fn wrote(&self, seq: u64) {
        self.known.fetch_max(seq, Ordering::Relaxed);
    }

    /// Wakes the waiters of all processes. A touch that fails only delays them.
    pub fn tell(&self) {
        self.tell_here();
        let _ = fs::OpenOptions::new().write(true).open(&self.path).and_then(|mut f| f.write_all(b"."));
    }

    /// Wakes this process's waiter.
    pub fn tell_here(&self) {
        self.bell.notify_one();
    }

    /// Returns when somebody told, or when `head` (the store's last event) is one that this process did not write.
    pub async fn wait<F, R>(&self, head: F)
    where
        F: Fn() -> R,
        R: Future<Output = Option<u64>>,
    {
        let pause = if self.watch() { WATCHED } else { UNWATCHED };
        loop {
            // First without waiting: it may have happened before the file was watched.
            if let Some(head) = head().await
                && self.known.fetch_max(head, Ordering::Relaxed) < head
            {
                return;
            }
            tokio::select! {
                () = self.bell.notified() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Whether the file is watched.
    fn watch(&self) -> bool {
        let mut watcher = self.watcher.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        watcher
            .get_or_insert_with(|| {
                let bell = self.bell.clone();
                let start = || {
                    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                        if event.is_ok_and(|e| e.kind.is_modify()) {
                            bell.notify_one();
                        }
                    })?;
                    watcher.watch(&self.path, RecursiveMode::NonRecursive)?;
                    notify::Result::Ok(watcher)
                };
                start()
                    .inspect_err(|e| tracing::warn!(path = %self.path.display(), error = %e, "changes by other processes are noticed by asking the store: its wake file cannot be watched"))
                    .ok()
            })
            .is_some()
    }
}
