//! Keeps the store's lease while a command or the daemon works.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::engine::Halt;
use crate::edges::{
    clock::Clock,
    store::{Lease, Store, StoreError, StoreResult},
};

/// How long a lease lasts without being renewed; a dead holder blocks others for no longer.
pub const LEASE: Duration = Duration::from_secs(15);

/// Owns a lease, renews it, and halts the work when it is lost.
pub struct LeaseKeeper {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lease: Mutex<Lease>,
    pub halt: Halt,
}

impl LeaseKeeper {
    /// Becomes the owner.
    ///
    /// # Errors
    /// [`StoreError::Held`] says who the owner is.
    pub async fn acquire(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        id: &str,
        description: &str,
        halt: Halt,
    ) -> StoreResult<Self> {
        let lease = store.acquire(id, description, clock.now(), LEASE).await?;
        Ok(Self { store, clock, lease: Mutex::new(lease), halt })
    }

    pub fn lease(&self) -> Lease {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Renews at a third of the lease's length until it is lost or the future is dropped.
    pub async fn keep(&self) -> StoreError {
        loop {
            let pause = chrono::TimeDelta::from_std(LEASE / 3).unwrap_or_default();
            self.clock.sleep_until(self.clock.now() + pause).await;
            match self.store.renew(&self.lease(), self.clock.now(), LEASE).await {
                Ok(lease) => *self.lease.lock().unwrap_or_else(PoisonError::into_inner) = lease,
                Err(error @ (StoreError::Stale { .. } | StoreError::Gone(_))) => {
                    self.halt.ask();
                    return error;
                }
                // A store that cannot be written for a moment is tried again until the lease really runs out.
                Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
            }
        }
    }

    /// Gives the lease up, so that the next owner need not wait.
    pub async fn release(&self) -> StoreResult<()> {
        self.store.release(&self.lease()).await
    }
}
