//! Contents of new revisions on their way to the store while files are still being read.

use std::sync::Arc;

use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    core::model::{
        Timestamp,
        launch::{Launch, Revision},
    },
    edges::store::{Lease, Store, StoredRevision},
    reconcile::intake::Keeper,
};

/// So many share the disk's syncs; whoever reads faster than that waits.
pub(super) const AT_ONCE: u32 = 64;

/// Keeps what it is given under this lease. What could not be kept is not in the store afterwards, and is read again.
pub(super) struct Keeping {
    store: Arc<dyn Store>,
    lease: Lease,
    at: Timestamp,
    runtime: Handle,
    room: Arc<Semaphore>,
}

impl Keeping {
    /// Of a task of the runtime that the store's work is done on.
    pub fn new(store: Arc<dyn Store>, lease: Lease, at: Timestamp) -> Self {
        Self { store, lease, at, runtime: Handle::current(), room: Arc::new(Semaphore::new(AT_ONCE as usize)) }
    }

    /// Returns once everything that was given is on disk.
    pub async fn done(self) {
        // It is never closed, so nothing but the room is waited for.
        let _ = self.room.acquire_many(AT_ONCE).await;
    }
}

impl Keeper for Keeping {
    fn keep(&self, launch: &Arc<Launch>, revision: &Revision, is_new: bool) -> bool {
        if !is_new {
            return true;
        }
        let Ok(room) = self.runtime.block_on(Arc::clone(&self.room).acquire_owned()) else { return false };
        let kept = StoredRevision { revision: revision.clone(), accepted_at: self.at, launch: Arc::clone(launch) };
        let (store, lease) = (Arc::clone(&self.store), self.lease.clone());
        self.runtime.spawn(async move {
            let name = kept.launch.name.clone();
            if let Err(error) = store.keep_revision(Some(&lease), kept).await {
                tracing::warn!(launch = %name, %error, "its new revision is not in the store yet");
            }
            drop(room);
        });
        true
    }
}
