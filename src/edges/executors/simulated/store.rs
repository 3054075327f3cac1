//! Any store with a crash point before and after each durable write.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;

use super::CrashPlan;
use crate::{
    core::{
        model::{Timestamp, event::Event, launch::Revision, name::Name, retention::Retention, state::LaunchState},
        schedule::learned::{Finished, Promise},
    },
    edges::store::{AuditReport, Holder, LaunchRow, Lease, NewEvent, Store, StoreResult, StoredRevision},
};

/// Wraps a store; what the inner one acknowledged survives the crash.
pub struct CrashingStore<S: ?Sized> {
    inner: Arc<S>,
    crash: CrashPlan,
}

impl<S: ?Sized> CrashingStore<S> {
    pub fn new(inner: Arc<S>, crash: CrashPlan) -> Self {
        Self { inner, crash }
    }
}

#[async_trait]
impl<S: Store + ?Sized> Store for CrashingStore<S> {
    async fn append(&self, lease: Option<&Lease>, events: Vec<NewEvent>) -> StoreResult<Vec<Event>> {
        self.crash.step("before append").await;
        let written = self.inner.append(lease, events).await;
        self.crash.step("after append").await;
        written
    }

    async fn append_decided(
        &self,
        lease: Option<&Lease>,
        since: u64,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        self.crash.step("before append").await;
        let written = self.inner.append_decided(lease, since, events).await;
        self.crash.step("after append").await;
        written
    }

    async fn state(&self, launch: &Name) -> StoreResult<LaunchState> {
        self.inner.state(launch).await
    }

    async fn states(&self) -> StoreResult<BTreeMap<Name, LaunchState>> {
        self.inner.states().await
    }

    async fn changed(&self) {
        self.inner.changed().await;
    }

    async fn launches(&self) -> StoreResult<Vec<LaunchRow>> {
        self.inner.launches().await
    }

    async fn changed_since(&self, version: u64) -> StoreResult<Vec<LaunchRow>> {
        self.inner.changed_since(version).await
    }

    async fn events(&self, launch: Option<&Name>, after: u64, limit: usize) -> StoreResult<Vec<Event>> {
        self.inner.events(launch, after, limit).await
    }

    async fn keep_revision(&self, lease: Option<&Lease>, revision: StoredRevision) -> StoreResult<()> {
        self.crash.step("before keep_revision").await;
        let kept = self.inner.keep_revision(lease, revision).await;
        self.crash.step("after keep_revision").await;
        kept
    }

    async fn kept(&self) -> StoreResult<HashSet<(Name, Revision)>> {
        self.inner.kept().await
    }

    async fn revision(&self, launch: &Name, revision: &Revision) -> StoreResult<Option<StoredRevision>> {
        self.inner.revision(launch, revision).await
    }

    async fn revisions(&self, launch: &Name, limit: usize) -> StoreResult<Vec<StoredRevision>> {
        self.inner.revisions(launch, limit).await
    }

    async fn promises(&self) -> StoreResult<BTreeMap<Name, Promise>> {
        self.inner.promises().await
    }

    async fn finished(&self) -> StoreResult<Vec<Finished>> {
        self.inner.finished().await
    }

    async fn retire(
        &self,
        lease: Option<&Lease>,
        launch: &Name,
        rule: Retention,
        now: Timestamp,
    ) -> StoreResult<usize> {
        self.crash.step("before retire").await;
        let gone = self.inner.retire(lease, launch, rule, now).await;
        self.crash.step("after retire").await;
        gone
    }

    async fn acquire(&self, id: &str, description: &str, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        let lease = self.inner.acquire(id, description, now, length).await;
        self.crash.step("after acquire").await;
        lease
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        self.inner.renew(lease, now, length).await
    }

    async fn release(&self, lease: &Lease) -> StoreResult<()> {
        self.inner.release(lease).await
    }

    async fn holder(&self, now: Timestamp) -> StoreResult<Option<Holder>> {
        self.inner.holder(now).await
    }

    async fn verify(&self) -> StoreResult<AuditReport> {
        self.inner.verify().await
    }
}
