//! Looks at the world: stored state, objects read back, milestones of other launches.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::engine::{Engine, EngineError, Halt, Refresh};
use crate::core::{
    model::{
        Timestamp,
        activity::{Inputs, Uses},
        call::{Call, Verb},
        check::Question,
        event::EventKind,
        launch::Launch,
        name::{Id, Name},
        observed::Observed,
        outcome::{Failure, Object, Sighting},
        state::{ActivityState, Intent, LaunchState},
    },
    plan::{Action, Blocker, Desired, Plan, Target, effect::Subject, inputs, plan},
    schedule::lookups,
};

/// What is known of a launch.
#[derive(Debug)]
pub struct Looked {
    pub observed: Observed,
    /// What follows from it, where that was worked out already.
    pub plan: Option<Plan>,
}

impl Engine {
    /// What is known of one launch, with a fresh look at the world as far as `refresh` says. Writes nothing. A look that
    /// does not answer is not waited for once `halt` says to leave; then nothing may be started on what was seen.
    ///
    /// # Errors
    /// The store could not be read. A vendor that does not answer is a [`Sighting::Failed`], not an error.
    pub async fn observe(
        &self,
        desired: Desired<'_>,
        known: Observed,
        refresh: Refresh,
        halt: &Halt,
    ) -> Result<Looked, EngineError> {
        let mut observed = Observed { foreign: self.foreign(desired).await?, ..known };
        self.ask_settings(desired, &mut observed);
        if refresh == Refresh::Never || observed.state.header.paused.is_some() {
            return Ok(Looked { observed, plan: None });
        }
        let name = name_of(desired);
        let known = self.known(desired, name, &observed.state, refresh, self.clock.now());
        self.look(name, known, &mut observed, halt).await;
        // Only what a plan would make now is looked for first; what waits is looked for when its time comes.
        let now = self.clock.now();
        let first = plan(desired, &observed, now);
        let making = self.making(desired, &first, &observed, refresh, now);
        if making.is_empty() {
            return Ok(Looked { observed, plan: Some(first) });
        }
        self.look(name, making, &mut observed, halt).await;
        Ok(Looked { observed, plan: None })
    }

    /// The same for many launches, from all that the store holds: nobody is called, and nothing is read.
    pub fn recollect(&self, desired: Desired<'_>, state: LaunchState, all: &BTreeMap<Name, LaunchState>) -> Observed {
        let mut observed = Self::stored(desired, state, all);
        self.ask_settings(desired, &mut observed);
        observed
    }

    /// [`Engine::recollect`] without what settings say.
    pub fn stored(desired: Desired<'_>, state: LaunchState, all: &BTreeMap<Name, LaunchState>) -> Observed {
        let foreign = match desired {
            Desired::Launch { launch, .. } => foreign_needs(launch).filter_map(|n| reached(n, all.get(n.0)?)).collect(),
            Desired::Gone { .. } => BTreeMap::new(),
        };
        Observed { foreign, state, ..Observed::default() }
    }

    /// The effects of a state that another live process has under way: it holds the store since before it opened their
    /// intents. For showing only: whoever works on the store holds it, and what it finds open is in doubt.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn running(&self, state: &LaunchState) -> Result<BTreeSet<Id>, EngineError> {
        let open = |(id, a): (&Id, &ActivityState)| Some((id.clone(), a.open.clone().filter(|i| i.doubt.is_none())?));
        let open: Vec<(Id, Intent)> = state.activities.iter().filter_map(open).collect();
        if open.is_empty() {
            return Ok(BTreeSet::new());
        }
        let holder = self.store.holder(self.clock.now()).await?;
        let under_way = |intent: &Intent| holder.as_ref().is_some_and(|h| h.since <= intent.at);
        Ok(open.into_iter().filter(|(_, intent)| under_way(intent)).map(|(id, _)| id).collect())
    }

    /// What settings will not let be done, before its turn comes.
    fn ask_settings(&self, desired: Desired<'_>, observed: &mut Observed) {
        let Desired::Launch { launch, .. } = desired else { return };
        let refused = |uses: &Uses, with: &Inputs| self.executor(uses).ok()?.refuses(&with.value);
        let activities = launch.activities.iter().filter(|a| !a.uses.is_human());
        observed.refused = activities.filter_map(|a| Some((a.id.clone(), refused(&a.uses, &a.with)?))).collect();
        for milestone in &launch.milestones {
            for check in &milestone.checks {
                if let Question::Probe { uses, with } = &check.question
                    && let Some(failure) = refused(uses, with)
                {
                    observed.refused_checks.insert((milestone.id.clone(), check.name.clone()), failure);
                }
            }
        }
    }

    /// Calls that read back what was applied before.
    fn known(
        &self,
        desired: Desired<'_>,
        name: &Name,
        state: &LaunchState,
        refresh: Refresh,
        now: Timestamp,
    ) -> Vec<(Id, Call)> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = |id: &Id, state: &ActivityState| match refresh {
            Refresh::All => true,
            Refresh::OlderThan(age) => {
                let looked = seen.get(&(name.clone(), id.clone())).copied().max(state.seen_at);
                looked.is_none_or(|at| (now - at).to_std().is_ok_and(|past| past > age))
            }
            Refresh::Due | Refresh::Never => false,
        };
        // A launch that is over is left alone, however it ended.
        let finished = state.header.completed_at.is_some() || state.header.cancelled.is_some();
        let mut calls = Vec::new();
        for (id, activity) in &state.activities {
            let Some(applied) = &activity.applied else { continue };
            let settled = activity.open.is_none() && activity.ended.is_none() && !applied.uses.is_human();
            let wanted = settled && !(finished && refresh != Refresh::All) && stale(id, activity);
            if wanted && (refresh == Refresh::All || self.is_due(name, id, activity, now)) {
                calls.extend(
                    self.subject(desired, name, id, activity, state)
                        .map(|s| (id.clone(), s.look(activity, &self.installation, now))),
                );
            }
        }
        calls
    }

    /// Whether a look-up may be tried: it works, or its next try has come.
    fn is_due(&self, name: &Name, id: &Id, state: &ActivityState, now: Timestamp) -> bool {
        let Some(unseen) = &state.unseen else { return true };
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let due = lookups(unseen.since, now);
        // The first try is the one on record. A process that knows of none tries at once.
        tried.get(&(name.clone(), id.clone())).is_none_or(|at| due.tries > 1 && *at < due.last)
    }

    /// Calls that look for what a plan would make now, and for what it cannot do because a look-up failed before.
    fn making(
        &self,
        desired: Desired<'_>,
        plan: &Plan,
        observed: &Observed,
        refresh: Refresh,
        now: Timestamp,
    ) -> Vec<(Id, Call)> {
        let mut calls = Vec::new();
        let unknown = ActivityState::default();
        for change in plan.changes.iter().filter(|c| c.acts() && plan.stop.is_none()) {
            let Target::Activity(id) = &change.subject else { continue };
            let human = change.uses.as_ref().is_some_and(crate::core::model::activity::Uses::is_human);
            if human || observed.sightings.contains_key(id) {
                continue;
            }
            let state = observed.state.activities.get(id).unwrap_or(&unknown);
            // After a known end or a disappearance there is nothing to find; in doubt it was looked for already.
            let fresh = state.applied.is_none() && state.ended.is_none() && state.open.is_none();
            let again = || refresh == Refresh::All || self.is_due(&plan.launch, id, state, now);
            let wanted = match change.blocked.as_slice() {
                [] => fresh && change.action == Action::Create,
                [Blocker::LookupFailed { .. }] => again(),
                _ => false,
            };
            if wanted && let Some(subject) = self.subject(desired, &plan.launch, id, state, &observed.state) {
                let look = subject.look(state, &self.installation, now);
                let call = match &state.open {
                    Some(intent) => sought(look, intent),
                    None => look,
                };
                calls.push((id.clone(), call));
            }
        }
        calls
    }

    /// Notes that a look-up was tried in vain just now.
    pub(super) fn tried(&self, name: &Name, id: &Id) {
        let now = self.clock.now();
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).insert((name.clone(), id.clone()), now);
    }

    async fn look(&self, name: &Name, calls: Vec<(Id, Call)>, observed: &mut Observed, halt: &Halt) {
        let mut looks = stream::iter(calls.into_iter().map(|(id, call)| async move {
            let sighting = match self.executor(&call.uses) {
                Ok(executor) => executor.observe(&call).await,
                Err(failure) => Sighting::Failed { failure },
            };
            (id, sighting)
        }))
        .buffer_unordered(self.limits.lookups);
        loop {
            let (id, sighting) = tokio::select! {
                biased;
                look = looks.next() => match look {
                    Some(seen) => seen,
                    None => break,
                },
                () = halt.left() => break,
            };
            let looks = if matches!(sighting, Sighting::Failed { .. }) { &self.tried } else { &self.seen };
            let now = self.clock.now();
            looks.lock().unwrap_or_else(PoisonError::into_inner).insert((name.clone(), id.clone()), now);
            let failed_before = observed.state.activities.get(&id).is_some_and(|s| s.unseen.is_some());
            // That it cannot be looked at is news only where it was tried in vain before.
            if sighting != Sighting::Unobservable || failed_before {
                observed.sightings.insert(id, sighting);
            }
        }
    }

    /// All that a call about an activity needs, whether or not the file still has it.
    pub(super) fn subject(
        &self,
        desired: Desired<'_>,
        name: &Name,
        id: &Id,
        state: &ActivityState,
        launch_state: &LaunchState,
    ) -> Option<Subject> {
        if let Desired::Launch { launch, revision } = desired {
            let undo = || super::step::compensation(launch_state, id);
            if let Some(activity) = launch.activity(id).or_else(undo) {
                let rendered = inputs::render(&activity.with, &inputs::context(launch, launch_state), false);
                return Some(Subject::desired(name, activity, rendered.value, revision));
            }
        }
        Subject::ended(name, id, state)
    }

    async fn foreign(&self, desired: Desired<'_>) -> Result<BTreeMap<(Name, Id), Timestamp>, EngineError> {
        let Desired::Launch { launch, .. } = desired else { return Ok(BTreeMap::new()) };
        let mut completed = BTreeMap::new();
        for need in foreign_needs(launch) {
            completed.extend(reached(need, &self.store.state(need.0).await?));
        }
        Ok(completed)
    }
}

/// A milestone of another launch with when it was complete, if it is.
fn reached((launch, milestone): (&Name, &Id), state: &LaunchState) -> Option<((Name, Id), Timestamp)> {
    let mark = state.milestones.get(milestone)?.completed.as_ref()?;
    Some(((launch.clone(), milestone.clone()), mark.at))
}

/// The milestones of other launches that a launch waits for.
pub(super) fn foreign_needs(launch: &Launch) -> impl Iterator<Item = (&Name, &Id)> {
    launch.foreign_needs()
}

pub(super) fn name_of<'a>(desired: Desired<'a>) -> &'a Name {
    match desired {
        Desired::Launch { launch, .. } => &launch.name,
        Desired::Gone { name, .. } => name,
    }
}

/// A look for an effect whose outcome is not known: as it was sent, whatever the file says by now.
pub(super) fn sought(mut call: Call, intent: &Intent) -> Call {
    (call.key, call.with, call.uses) = (intent.key.clone(), intent.with.clone(), intent.uses.clone());
    if intent.object_id.is_some() {
        call.object_id.clone_from(&intent.object_id);
    } else if intent.verb == Verb::Create {
        call.object_id = None;
    }
    call
}

/// What the look told that the state does not know yet.
pub(super) fn news(observed: &Observed) -> Vec<EventKind> {
    let known = |id: &Id| observed.state.activities.get(id);
    observed.sightings.iter().filter_map(|(id, sighting)| told(id, known(id), sighting)).collect()
}

fn told(id: &Id, state: Option<&ActivityState>, sighting: &Sighting) -> Option<EventKind> {
    let activity = id.clone();
    let unseen = state.and_then(|s| s.unseen.as_ref());
    if let Sighting::Failed { failure } = sighting {
        return failing(id, state, failure);
    }
    let mended = unseen.map(|_| EventKind::LookupMended { activity: activity.clone() });
    let Some(state) = state.filter(|s| s.applied.is_some()) else { return mended };
    match sighting {
        Sighting::Found { object } if state.object.as_ref() != Some(object) || state.missing_since.is_some() => {
            let was = state.object.as_ref().map(|before| changed(before, object)).unwrap_or_default();
            Some(EventKind::Observed { activity, object: Some(object.clone()), was })
        }
        Sighting::Absent if state.missing_since.is_none() => {
            Some(EventKind::Observed { activity, object: None, was: BTreeMap::new() })
        }
        _ => mended,
    }
}

/// The fields that were read both times and differ, as they were.
fn changed(before: &Object, now: &Object) -> BTreeMap<String, Value> {
    let differs = |(name, value): &(&String, &Value)| now.fields.get(*name).is_some_and(|now| now != *value);
    before.fields.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// That look-ups fail, where it is not known yet that they do for this reason.
pub(super) fn failing(id: &Id, state: Option<&ActivityState>, failure: &Failure) -> Option<EventKind> {
    let known = state.and_then(|s| s.unseen.as_ref()).is_some_and(|u| u.failure.is_same_reason(failure));
    (!known).then(|| EventKind::LookupFailed { activity: id.clone(), failure: failure.clone() })
}
