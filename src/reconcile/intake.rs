//! From what the files say to what each launch is worked towards: a new revision, the last good one, or its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    engine::{Engine, EngineError},
    index::{Anchor, Rest},
};
use crate::core::model::{
    launch::{Launch, Policy, Revision},
    name::Name,
};

/// New launches that may all be in memory at once, until their revisions are accepted.
pub(super) const FEW: usize = 64;

/// One launch with what is wanted of it.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: Name,
    pub want: Want,
}

#[derive(Debug, Clone)]
pub enum Want {
    Launch {
        launch: Arc<Launch>,
        revision: Revision,
    },
    /// The files cannot be followed: the launch stays at its last good revision, and its `once` effects wait.
    Held {
        reason: String,
        last_good: Option<(Arc<Launch>, Revision)>,
        policy: Policy,
    },
    /// Its document left the files.
    Gone {
        policy: Policy,
    },
}

impl Wanted {
    pub fn name(&self) -> &Name {
        &self.name
    }
    /// Whether there is anything to work towards: a launch that never was good is only reported.
    pub fn is_followed(&self) -> bool {
        !matches!(self.want, Want::Held { last_good: None, .. })
    }
}

/// Everything that one reading of the source says.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    /// Launches that are as they were at the reading before.
    pub unchanged: BTreeSet<Name>,
    /// Launches that resolve and are not as before, whose contents the [`Keeper`] took.
    pub kept: BTreeSet<Name>,
    /// Launches that resolve.
    pub good: BTreeMap<Name, (Arc<Launch>, Revision)>,
    /// Launches that are there and do not resolve, with the first problem in words.
    pub bad: BTreeMap<Name, String>,
    /// A file could not be read or understood as a whole: a launch that is missing may be in it.
    pub incomplete: Option<String>,
    /// Files with no document in them. They do not say that what was in them is gone.
    pub empty: BTreeSet<String>,
    /// Launches that were in such a file when it had something in it, with its path.
    pub emptied: BTreeMap<Name, String>,
}

impl Intake {
    /// How many launches the files name.
    pub fn launches(&self) -> usize {
        self.good.len() + self.bad.len() + self.unchanged.len() + self.kept.len()
    }

    fn holds(&self, name: &Name) -> bool {
        let whole = self.good.contains_key(name) || self.bad.contains_key(name);
        whole || self.unchanged.contains(name) || self.kept.contains(name)
    }
}

/// Takes launches while files are read, on any thread, so that the contents of thousands are never in memory at once.
pub trait Keeper: Sync {
    /// Whether the content is not needed any more. `is_new`: it is not as at the reading before. A launch may come
    /// twice; only what is answered the second time counts.
    fn keep(&self, launch: &Arc<Launch>, revision: &Revision, is_new: bool) -> bool;
}

/// Reads what the files say.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Everything that the files say now. A source that cannot be read is an incomplete intake, never an empty one.
    /// Where there are many launches, `keeper` sees each.
    async fn read(&self, keeper: &dyn Keeper) -> Intake;

    /// Returns when reading again may tell something new.
    async fn changed(&self);

    /// What is known of launches that a reading called unchanged or kept, and by which event the store is known again that
    /// their rests are of. A reader that remembers nothing calls no launch unchanged that it did not read.
    fn standing(&self, _: &BTreeSet<Name>) -> (Option<Anchor>, Vec<Standing>) {
        (None, Vec::new())
    }

    /// Reads these unchanged or kept launches after all: they become good ones of the intake.
    async fn recall(&self, _: &BTreeSet<Name>, _: &mut Intake) {}

    /// Leaves for the next process which launches need nobody for a while, and by which event to know the store again.
    fn leave(&self, _: Option<Anchor>, _: &BTreeMap<Name, Rest>) {}
}

/// A launch as the process before left it.
#[derive(Debug, Clone)]
pub struct Standing {
    pub name: Name,
    pub revision: Revision,
    /// Launches whose milestones it waits for.
    pub foreign: Vec<Name>,
    pub rest: Option<Rest>,
}

/// How much of the repository may leave at once.
#[derive(Debug, Clone, Copy)]
struct Share {
    gone: usize,
    known: usize,
}

impl Engine {
    /// Settles what is wanted of every launch, of the files and of the store.
    ///
    /// A launch that is neither good nor bad has left the files. It is held where its file is there and empty. It is held instead of ended when the reading was
    /// incomplete, when the files are empty, or when more launches than `policy` allows left at once.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn settle(&self, intake: &Intake, policy: &Policy) -> Result<Vec<Wanted>, EngineError> {
        let rows = self.store.launches().await?;
        self.settle_known(intake, policy, rows.into_iter().map(|row| row.launch)).await
    }

    /// [`Engine::settle`] where the store's launches were listed already.
    ///
    /// # Errors
    /// As [`Engine::settle`].
    pub async fn settle_known(
        &self,
        intake: &Intake,
        policy: &Policy,
        known: impl Iterator<Item = Name>,
    ) -> Result<Vec<Wanted>, EngineError> {
        let mut wanted = Vec::with_capacity(intake.good.len() + intake.bad.len());
        for (name, (launch, revision)) in &intake.good {
            let want = Want::Launch { revision: revision.clone(), launch: Arc::clone(launch) };
            wanted.push(Wanted { name: name.clone(), want });
        }
        for (name, problem) in &intake.bad {
            wanted.push(self.held(name, problem.clone(), policy).await?);
        }
        let missing: Vec<Name> = known.filter(|name| !intake.holds(name)).collect();
        let mut leaving = Vec::new();
        let mut present = intake.launches();
        for name in missing {
            let header = self.store.state(&name).await?.header;
            // Its file may go, and what was done for it is undone all the same, as the file said.
            if let (Some(_), Some(revision), None) = (&header.cancelled, header.accepted.clone(), &header.removed)
                && let Some(kept) = self.store.revision(&name, &revision).await?
            {
                wanted.push(Wanted { name, want: Want::Launch { launch: kept.launch, revision } });
                continue;
            }
            if let Some(file) = self.emptied(intake, &name, header.accepted.as_ref()).await? {
                present += 1;
                wanted.push(self.held(&name, empty(&file, &name), policy).await?);
                continue;
            }
            // Gone before and said so: its end goes on, whatever leaves today.
            if header.removed.is_some() {
                wanted.push(Wanted { name, want: Want::Gone { policy: policy.clone() } });
            } else {
                present += 1;
                leaving.push(name);
            }
        }
        let refusal = refusal(intake, Share { gone: leaving.len(), known: present }, policy);
        for name in leaving {
            wanted.push(match &refusal {
                Some(reason) => self.held(&name, reason.clone(), policy).await?,
                None => Wanted { name, want: Want::Gone { policy: policy.clone() } },
            });
        }
        wanted.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(wanted)
    }

    /// The empty file that a missing launch was in last, if that is where it was.
    async fn emptied(
        &self,
        intake: &Intake,
        name: &Name,
        accepted: Option<&Revision>,
    ) -> Result<Option<String>, EngineError> {
        if let Some(file) = intake.emptied.get(name) {
            return Ok(Some(file.clone()));
        }
        let (Some(accepted), false) = (accepted, intake.empty.is_empty()) else { return Ok(None) };
        let kept = self.store.revision(name, accepted).await?;
        let home = kept.map(|kept| kept.launch.source.file.to_string());
        Ok(home.filter(|home| intake.empty.contains(home)))
    }

    async fn held(&self, name: &Name, reason: String, policy: &Policy) -> Result<Wanted, EngineError> {
        let accepted = self.store.state(name).await?.header.accepted;
        let last_good = match accepted {
            Some(revision) => self.store.revision(name, &revision).await?.map(|kept| (kept.launch, revision)),
            None => None,
        };
        Ok(Wanted { name: name.clone(), want: Want::Held { reason, last_good, policy: policy.clone() } })
    }
}

fn empty(file: &str, name: &Name) -> String {
    format!("{file} is empty, which does not say that {name} is gone; delete the file to end it (document/empty-file)")
}

/// Why missing launches are not taken as removed.
fn refusal(intake: &Intake, share: Share, policy: &Policy) -> Option<String> {
    if let Some(why) = &intake.incomplete {
        return Some(format!("the files could not be read completely: {why}"));
    }
    if share.gone == 0 {
        return None;
    }
    if intake.launches() == 0 {
        return Some("the files hold no launch at all, which looks like an empty checkout".into());
    }
    let percent = share.gone * 100 / share.known.max(1);
    let floor = usize::try_from(policy.max_change_floor).unwrap_or(usize::MAX);
    let limit = usize::try_from(policy.max_change_percent).unwrap_or(usize::MAX);
    (share.gone >= floor && percent > limit).then(|| {
        format!(
            "{} of {} launches left the files at once ({percent} %, the limit is {limit} %)",
            share.gone, share.known
        )
    })
}
