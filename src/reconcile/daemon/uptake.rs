//! Takes in what the files say: what is wanted of each launch from now on, and what a process before this one knew.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};

use super::{
    BEAT, Daemon,
    keeping::{self, Keeping},
    spread,
};
use crate::{
    core::model::{Timestamp, name::Name},
    edges::store::{LaunchRow, StoredRevision},
    reconcile::{
        engine::EngineError,
        entries::{Entry, Light},
        intake::{FEW, Intake, Standing, Want, Wanted},
    },
};

impl Daemon {
    /// Reads the files and settles what is wanted of every launch.
    pub(super) async fn read(&mut self) {
        let now = self.engine.clock.now();
        let keeping = Keeping::new(Arc::clone(&self.engine.store), self.keeper.lease(), now);
        let mut intake = self.reader.read(&keeping).await;
        keeping.done().await;
        let now = self.engine.clock.now();
        self.read_at = Some(now);
        if intake.incomplete != self.incomplete {
            match &intake.incomplete {
                Some(why) => tracing::warn!(why, "the files could not be read completely; nothing is removed"),
                None => tracing::info!("the files can be read completely again"),
            }
            self.incomplete.clone_from(&intake.incomplete);
        }
        if let Err(error) = self.take_over(&mut intake, now).await {
            return self.set_trouble(Some(error.to_string()));
        }
        // The store is asked for launches that left the files at each resync; between those, nobody else adds any.
        let resync = TimeDelta::from_std(self.pace.resync).unwrap_or(TimeDelta::MAX);
        let list = self.listed_at.is_none_or(|at| now >= at + resync);
        let settled = if list {
            self.engine.settle(&intake, &self.policy).await
        } else {
            self.engine.settle_known(&intake, &self.policy, self.entries.names()).await
        };
        match settled {
            Ok(wanted) => {
                self.listed_at = if list { Some(now) } else { self.listed_at };
                self.churn += wanted.len() + intake.kept.len();
                drop(intake);
                // A few wait in memory until their pass writes them down with its first event; many would fill it.
                let few = wanted.len() <= FEW;
                if !few {
                    self.keep(&wanted, now).await;
                }
                for one in wanted {
                    self.want(one, now, few);
                }
                self.with_health(|h| h.ready = true);
            }
            Err(error) => self.set_trouble(Some(error.to_string())),
        }
    }

    /// Takes over launches whose content the store has: those that the files say are as a process before this one left
    /// them, and new ones that were kept while they were read. Where that process had nothing to do until later, so has
    /// this one; who was in the middle of something comes first.
    async fn take_over(&mut self, intake: &mut Intake, now: Timestamp) -> Result<(), EngineError> {
        let unknown = intake.unchanged.iter().filter(|name| self.entries.get(name).is_none());
        let mut unknown: BTreeSet<Name> = unknown.chain(&intake.kept).cloned().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let (anchor, standing) = self.reader.standing(&unknown);
        let kept = self.engine.store.kept().await?;
        let rows = self.engine.store.launches().await?;
        let rows: HashMap<&Name, &LaunchRow> = rows.iter().map(|row| (&row.launch, row)).collect();
        let same = match &anchor {
            Some(anchor) => self.engine.anchor(anchor.seq).await?.as_ref() == Some(anchor),
            None => false,
        };
        for Standing { name, revision, foreign, rest } in standing {
            let id = (name, revision);
            if !kept.contains(&id) {
                continue;
            }
            let (name, revision) = id;
            unknown.remove(&name);
            let row = rows.get(&name);
            let (version, open) = row.map_or((0, 0), |row| (row.version, row.open_intents));
            let rest = rest.filter(|rest| same && foreign.is_empty() && open == 0 && rest.version == version);
            let at = match rest {
                Some(rest) => rest.until.into_iter().fold(now + spread(&name, self.pace.resync), Ord::min),
                None if open > 0 => now - BEAT,
                None => now,
            };
            let version = rest.map_or(0, |rest| rest.version);
            let want = Light::Launch(revision);
            if self.entries.get(&name).is_some_and(|e| e.want == want) {
                continue;
            }
            let since = if intake.kept.contains(&name) { now } else { Timestamp::MIN_UTC };
            self.entries.put(name.clone(), Entry { want, foreign, version, fresh: None, rest, since });
            self.take_up(&name, at);
        }
        self.reader.recall(&unknown, intake).await;
        Ok(())
    }

    /// Leaves for the next process what this one knows.
    pub(super) async fn leave(&self) {
        match self.engine.anchor(self.entries.newest()).await {
            Ok(anchor) => self.reader.leave(anchor, &self.entries.rests()),
            Err(error) => tracing::debug!(%error, "nothing was left for the next process"),
        }
    }

    /// Keeps the content of new revisions, many at once: entries hold none of it.
    async fn keep(&mut self, wanted: &[Wanted], now: Timestamp) {
        let (store, lease, entries) = (&self.engine.store, self.keeper.lease(), &self.entries);
        let new = wanted.iter().filter_map(|one| {
            let Want::Launch { launch, revision } = &one.want else { return None };
            let known = |e: &Entry| matches!(&e.want, Light::Launch(known) if known == revision);
            let kept = StoredRevision { revision: revision.clone(), accepted_at: now, launch: Arc::clone(launch) };
            (!entries.get(&one.name).is_some_and(known)).then_some((one.name.clone(), kept))
        });
        let lease = &lease;
        let keeping = stream::iter(new.map(|(name, kept)| async move {
            let result = store.keep_revision(Some(lease), kept).await;
            result.err().map(|error| (name, error))
        }));
        let failed: Vec<_> =
            keeping.buffer_unordered(keeping::AT_ONCE as usize).filter_map(std::future::ready).collect().await;
        for (name, error) in failed {
            self.trouble(&name, &error.to_string(), now);
        }
    }

    /// Takes in what is wanted of one launch. `fresh` says that the store
    /// may not have its content.
    fn want(&mut self, wanted: Wanted, now: Timestamp, fresh: bool) {
        let (name, want) = (wanted.name, Light::of(&wanted.want));
        if self.entries.get(&name).is_some_and(|e| e.want == want) {
            return;
        }
        self.entries.put(name.clone(), Entry::new(&wanted.want, fresh, now));
        if let Want::Launch { launch, revision } = wanted.want {
            self.recent.put(name.clone(), launch, revision);
        } else if let Light::Held { reason, .. } = &want {
            tracing::warn!(launch = %name, reason, "held at the last good revision");
        }
        self.take_up(&name, now);
    }

    /// A newer revision pre-empts what is under way.
    fn take_up(&mut self, name: &Name, at: Timestamp) {
        if let Some(halt) = self.halts.get(name) {
            halt.leave();
        }
        self.queue.wake(name, at);
    }
}
