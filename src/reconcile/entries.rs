//! What the daemon remembers of each launch: what is wanted of it and who waits for it, not its content.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{index::Rest, intake::Want, observe, pass::PassReport};
use crate::core::model::{
    Timestamp,
    launch::{Launch, Revision},
    name::Name,
};

/// What is wanted of a launch, by its revision.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Light {
    Launch(Revision),
    Held { reason: String, last_good: Option<Revision> },
    Gone,
}

impl Light {
    pub fn of(want: &Want) -> Self {
        match want {
            Want::Launch { revision, .. } => Self::Launch(revision.clone()),
            Want::Held { reason, last_good, .. } => {
                Self::Held { reason: reason.clone(), last_good: last_good.as_ref().map(|(_, r)| r.clone()) }
            }
            Want::Gone { .. } => Self::Gone,
        }
    }
}

/// One launch.
#[derive(Debug)]
pub(super) struct Entry {
    pub want: Light,
    /// Launches whose milestones it waits for.
    pub foreign: Vec<Name>,
    /// The state's version at the end of its last pass.
    pub version: u64,
    /// Its content, as long as the store may not have it yet.
    pub fresh: Option<Arc<Launch>>,
    /// When its last pass found nothing more to do.
    pub rest: Option<Rest>,
    /// The first reading that said so.
    pub since: Timestamp,
}

impl Entry {
    /// Of something new: no pass has seen it.
    pub fn new(want: &Want, fresh: bool, since: Timestamp) -> Self {
        let (mut foreign, mut content) = (Vec::new(), None);
        if let Want::Launch { launch, .. } = want {
            foreign.extend(observe::foreign_needs(launch).map(|(other, _)| other.clone()));
            content = fresh.then(|| Arc::clone(launch));
        }
        Self { want: Light::of(want), foreign, version: 0, fresh: content, rest: None, since }
    }

    fn is_held(&self) -> bool {
        matches!(self.want, Light::Held { .. })
    }

    pub fn content(&self) -> Option<(Arc<Launch>, Revision)> {
        match (&self.fresh, &self.want) {
            (Some(launch), Light::Launch(revision)) => Some((Arc::clone(launch), revision.clone())),
            _ => None,
        }
    }
}

/// All launches.
#[derive(Debug, Default)]
pub(super) struct Entries {
    all: BTreeMap<Name, Entry>,
    /// Who waits for a milestone of whom.
    dependents: HashMap<Name, BTreeSet<Name>>,
    held: usize,
}

impl Entries {
    pub fn get(&self, name: &Name) -> Option<&Entry> {
        self.all.get(name)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.all.keys().cloned()
    }

    /// How many are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Who waits for a milestone of this launch.
    pub fn dependents(&self, name: &Name) -> impl Iterator<Item = &Name> {
        self.dependents.get(name).into_iter().flatten()
    }

    pub fn put(&mut self, name: Name, entry: Entry) {
        for other in &entry.foreign {
            self.dependents.entry(other.clone()).or_default().insert(name.clone());
        }
        let waits_for = entry.foreign.clone();
        self.held += usize::from(entry.is_held());
        let old = self.all.insert(name.clone(), entry);
        self.held -= usize::from(old.as_ref().is_some_and(Entry::is_held));
        for other in old.into_iter().flat_map(|old| old.foreign).filter(|other| !waits_for.contains(other)) {
            self.dependents.get_mut(&other).map(|d| d.remove(&name));
        }
    }

    /// Takes in what a pass found.
    pub fn ended(&mut self, report: &PassReport) {
        let Some(entry) = self.all.get_mut(&report.launch) else { return };
        entry.version = report.plan.observed;
        // A newer revision may have come meanwhile.
        if matches!(&entry.want, Light::Launch(revision) if report.plan.revision.as_ref() == Some(revision)) {
            entry.fresh = None;
            entry.rest = Some(Rest { version: report.plan.observed, until: report.next });
        }
    }

    /// The launches that need nobody for a while.
    pub fn rests(&self) -> BTreeMap<Name, Rest> {
        self.all.iter().filter_map(|(name, entry)| Some((name.clone(), entry.rest?))).collect()
    }

    /// The newest event that any of them was planned from.
    pub fn newest(&self) -> u64 {
        self.all.values().map(|e| e.version).max().unwrap_or(0)
    }
}
