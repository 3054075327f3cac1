//! A store in memory: for tests, simulations and rehearsals. Its image stands for what is on disk.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::core::{
    model::{
        Timestamp,
        event::{Event, EventKind, Subject},
        fingerprint::hex,
        launch::Revision,
        name::Name,
        retention::{self, KeptRevision, Retention},
        state::LaunchState,
    },
    schedule::learned::{Finished, Promise},
};

use super::{
    AuditReport, Holder, LaunchRow, Lease, NewEvent, Store, StoreError, StoreResult, StoredRevision,
    chain::{self, GENESIS, Hash, Prepared},
    lease::Ownership,
};

/// Everything a store keeps, as a value. A clone shares what it can and costs little.
#[derive(Debug, Clone, Default)]
pub struct Image {
    events: Vec<(Arc<Event>, Hash)>,
    launches: BTreeMap<Name, Arc<Kept>>,
    revisions: BTreeMap<Name, Arc<Vec<StoredRevision>>>,
    /// The same by when they were last taken up, the newest last.
    taken: BTreeMap<Name, Vec<(Revision, Timestamp)>>,
    ownership: Ownership,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    state: LaunchState,
    open_intents: u32,
    /// The newest event that takes something back; 0 before the first.
    taken_back: u64,
}

impl Image {
    /// All events, oldest first.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &Event> + DoubleEndedIterator {
        self.events.iter().map(|(event, _)| &**event)
    }

    /// Everything known of one launch; an unknown launch has the default state.
    pub fn state(&self, launch: &Name) -> LaunchState {
        self.launches.get(launch).map(|k| k.state.clone()).unwrap_or_default()
    }

    /// Whether an intent with this key is on record without an outcome: what a vendor may rely on when it is called.
    pub fn has_open_intent(&self, launch: &Name, key: &str) -> bool {
        let open = |k: &Arc<Kept>| k.state.activities.values().any(|a| is_open(a.open.as_ref(), key));
        self.launches.get(launch).is_some_and(open)
    }

    /// Changes what an event says without mending the chain, as somebody with access to the disk could.
    pub fn tamper(&mut self, seq: u64, change: impl FnOnce(&mut Event)) {
        if let Some((event, _)) = self.events.iter_mut().find(|(e, _)| e.seq == seq) {
            change(Arc::make_mut(event));
        }
    }

    /// Removes an event without mending the chain.
    pub fn remove_event(&mut self, seq: u64) {
        self.events.retain(|(e, _)| e.seq != seq);
    }

    fn append(&mut self, mut event: Prepared, text: &mut String) -> Event {
        let (seq, previous) = self.events.last().map_or((0, GENESIS), |(e, hash)| (e.seq, *hash));
        event.number(seq + 1, text);
        let event = event.event;
        self.events.push((Arc::new(event.clone()), chain::link(&previous, text)));
        let kept = Arc::make_mut(self.launches.entry(event.launch.clone()).or_default());
        let before = open_intents(&kept.state, &event.kind);
        kept.state.fold(&event);
        if event.kind.takes_back() {
            kept.taken_back = event.seq;
        }
        kept.open_intents = kept.open_intents + open_intents(&kept.state, &event.kind) - before;
        event
    }

    /// # Errors
    /// [`StoreError::TakenBack`].
    fn check(&self, since: u64, launch: &Name) -> StoreResult<()> {
        match self.launches.get(launch).map(|kept| kept.taken_back) {
            Some(by) if by > since => Err(StoreError::TakenBack { since, by }),
            _ => Ok(()),
        }
    }

    fn row(&self, (launch, kept): (&Name, &Arc<Kept>)) -> LaunchRow {
        LaunchRow { launch: launch.clone(), version: kept.state.version, open_intents: kept.open_intents }
    }
}

fn is_open(intent: Option<&crate::core::model::state::Intent>, key: &str) -> bool {
    intent.is_some_and(|i| i.key.as_str() == key)
}

/// Open intents among the activities that an event can change.
pub(super) fn open_intents(state: &LaunchState, kind: &EventKind) -> u32 {
    [Some(kind.subject()), kind.vacates()]
        .into_iter()
        .flatten()
        .map(|subject| match subject {
            Subject::Activity(id) => u32::from(state.activities.get(&id).is_some_and(|a| a.open.is_some())),
            _ => 0,
        })
        .sum()
}

/// Keeps an [`Image`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    image: Mutex<Image>,
    changed: Notify,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that starts with what another one had on disk.
    pub fn from_image(image: Image) -> Self {
        Self { image: Mutex::new(image), changed: Notify::new() }
    }

    /// What would be on disk if the process died now.
    pub fn image(&self) -> Image {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Image> {
        self.image.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, lease: Option<&Lease>, since: Option<u64>, events: Vec<NewEvent>) -> StoreResult<Vec<Event>> {
        let prepared: Vec<_> = events.into_iter().map(Prepared::new).collect::<Result<_, _>>().map_err(no_json)?;
        let mut image = self.lock();
        if let Some(lease) = lease {
            image.ownership.check(lease.epoch)?;
        }
        if let Some(since) = since {
            prepared.iter().try_for_each(|p| image.check(since, &p.event.launch))?;
        }
        let mut text = String::new();
        let events = prepared.into_iter().map(|p| image.append(p, &mut text)).collect();
        drop(image);
        if lease.is_none() {
            self.changed.notify_one();
        }
        Ok(events)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn append(&self, lease: Option<&Lease>, events: Vec<NewEvent>) -> StoreResult<Vec<Event>> {
        self.write(lease, None, events)
    }

    async fn append_decided(
        &self,
        lease: Option<&Lease>,
        since: u64,
        events: Vec<NewEvent>,
    ) -> StoreResult<Vec<Event>> {
        self.write(lease, Some(since), events)
    }

    async fn state(&self, launch: &Name) -> StoreResult<LaunchState> {
        Ok(self.lock().state(launch))
    }

    async fn states(&self) -> StoreResult<BTreeMap<Name, LaunchState>> {
        Ok(self.lock().launches.iter().map(|(name, kept)| (name.clone(), kept.state.clone())).collect())
    }

    async fn launches(&self) -> StoreResult<Vec<LaunchRow>> {
        self.changed_since(0).await
    }

    async fn changed_since(&self, version: u64) -> StoreResult<Vec<LaunchRow>> {
        let image = self.lock();
        Ok(image.launches.iter().filter(|(_, k)| k.state.version > version).map(|l| image.row(l)).collect())
    }

    async fn events(&self, launch: Option<&Name>, after: u64, limit: usize) -> StoreResult<Vec<Event>> {
        let image = self.lock();
        let from = image.events.partition_point(|(e, _)| e.seq <= after);
        let wanted = image.events[from..].iter().filter(|(e, _)| launch.is_none_or(|l| e.launch == *l));
        Ok(wanted.take(limit).map(|(e, _)| (**e).clone()).collect())
    }

    async fn keep_revision(&self, lease: Option<&Lease>, revision: StoredRevision) -> StoreResult<()> {
        let mut image = self.lock();
        if let Some(lease) = lease {
            image.ownership.check(lease.epoch)?;
        }
        let name = revision.launch.name.clone();
        let taken = image.taken.entry(name.clone()).or_default();
        if taken.last().is_none_or(|(newest, _)| *newest != revision.revision) {
            taken.retain(|(one, _)| *one != revision.revision);
            taken.push((revision.revision.clone(), revision.accepted_at));
        }
        let kept = Arc::make_mut(image.revisions.entry(name).or_default());
        if !kept.iter().any(|r| r.revision == revision.revision) {
            kept.push(revision);
        }
        Ok(())
    }

    async fn retire(
        &self,
        lease: Option<&Lease>,
        launch: &Name,
        rule: Retention,
        now: Timestamp,
    ) -> StoreResult<usize> {
        let mut image = self.lock();
        if let Some(lease) = lease {
            image.ownership.check(lease.epoch)?;
        }
        let Some(all) = image.revisions.get(launch) else { return Ok(0) };
        let taken = image.taken.get(launch).map(Vec::as_slice).unwrap_or_default();
        let kept = |r: &StoredRevision| {
            let (turn, (_, taken_at)) = (0..).zip(taken).find(|(_, (one, _))| *one == r.revision)?;
            let dates = retention::dates(&r.launch);
            Some(KeptRevision { revision: r.revision.clone(), turn, taken_at: *taken_at, dates })
        };
        let kept: Vec<_> = all.iter().filter_map(kept).collect();
        let surplus = rule.surplus(&kept, &image.state(launch), now);
        if let Some(all) = image.revisions.get_mut(launch).filter(|_| !surplus.is_empty()) {
            Arc::make_mut(all).retain(|r| !surplus.contains(&r.revision));
        }
        if let Some(taken) = image.taken.get_mut(launch) {
            taken.retain(|(one, _)| !surplus.contains(one));
        }
        Ok(surplus.len())
    }

    async fn kept(&self) -> StoreResult<HashSet<(Name, Revision)>> {
        let image = self.lock();
        let of = |(name, kept): (&Name, &Arc<Vec<StoredRevision>>)| {
            kept.iter().map(|r| (name.clone(), r.revision.clone())).collect::<Vec<_>>()
        };
        Ok(image.revisions.iter().flat_map(of).collect())
    }

    async fn revision(&self, launch: &Name, revision: &Revision) -> StoreResult<Option<StoredRevision>> {
        let image = self.lock();
        Ok(image.revisions.get(launch).and_then(|kept| kept.iter().find(|r| r.revision == *revision)).cloned())
    }

    async fn revisions(&self, launch: &Name, limit: usize) -> StoreResult<Vec<StoredRevision>> {
        let image = self.lock();
        Ok(image.revisions.get(launch).map_or(Vec::new(), |kept| kept.iter().rev().take(limit).cloned().collect()))
    }

    async fn promises(&self) -> StoreResult<BTreeMap<Name, Promise>> {
        let image = self.lock();
        let first =
            |(name, kept): (&Name, &Arc<Vec<StoredRevision>>)| Some((name.clone(), Promise::of(&kept.first()?.launch)));
        Ok(image.revisions.iter().filter_map(first).collect())
    }

    async fn finished(&self) -> StoreResult<Vec<Finished>> {
        let promises = self.promises().await?;
        let image = self.lock();
        let complete = image.launches.iter().filter(|(_, kept)| kept.state.header.completed_at.is_some());
        let finished = |(launch, kept): (&Name, &Arc<Kept>)| {
            let (launch, promise) = (launch.clone(), promises.get(launch)?.clone());
            Some(Finished { launch, promise, completed: kept.state.completed().collect() })
        };
        Ok(complete.filter_map(finished).collect())
    }

    async fn acquire(&self, id: &str, description: &str, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        let mut image = self.lock();
        let lease = image.ownership.claim(id, description, now, length)?;
        image.ownership = lease.clone().into();
        Ok(lease)
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, length: Duration) -> StoreResult<Lease> {
        let mut image = self.lock();
        let lease = image.ownership.extend(lease, now, length)?;
        image.ownership = lease.clone().into();
        Ok(lease)
    }

    async fn release(&self, lease: &Lease) -> StoreResult<()> {
        let mut image = self.lock();
        if image.ownership.epoch == lease.epoch {
            image.ownership.holder = None;
        }
        Ok(())
    }

    async fn holder(&self, now: Timestamp) -> StoreResult<Option<Holder>> {
        Ok(self.lock().ownership.holder_at(now).cloned())
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }

    async fn verify(&self) -> StoreResult<AuditReport> {
        let image = self.image();
        let (mut head, mut broken_at) = (GENESIS, None);
        for (expected, (event, hash)) in (1..).zip(&image.events) {
            let text = serde_json::to_string(&**event).map_err(no_json)?;
            if event.seq != expected || chain::link(&head, &text) != *hash {
                broken_at = broken_at.or(Some(expected));
            }
            head = *hash;
        }
        let last = image.launches.values().map(|k| k.state.version).max().unwrap_or(0);
        let events = image.events.len() as u64;
        if events < last {
            broken_at = broken_at.or(Some(events + 1));
        }
        let mut report = AuditReport { events, head: hex(&head), broken_at, ..AuditReport::default() };
        for (name, all) in &image.revisions {
            for kept in all.iter() {
                if kept.launch.revision() != kept.revision {
                    report.altered_revisions.push((name.clone(), kept.revision.clone()));
                }
            }
        }
        Ok(report)
    }
}

fn no_json(e: serde_json::Error) -> StoreError {
    StoreError::Other(format!("an event cannot be written as JSON: {e}"))
}
