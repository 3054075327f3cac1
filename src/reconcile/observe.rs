//! Looks at the world: stored state, objects read back, milestones of other launches.

use std::{collections::BTreeMap, sync::PoisonError};

use futures_util::{StreamExt, stream};

use super::engine::{Engine, EngineError, Refresh};
use crate::core::{
    model::{
        Timestamp,
        activity::Need,
        call::Call,
        event::EventKind,
        launch::Launch,
        name::{Id, Name},
        observed::Observed,
        outcome::Sighting,
        state::{ActivityState, LaunchState},
    },
    plan::{Action, Desired, Plan, Target, effect::Subject, inputs, plan},
};

impl Engine {
    /// What is known of one launch, with a fresh look at the world as far as `refresh` says. Writes nothing.
    ///
    /// # Errors
    /// The store could not be read. A vendor that does not answer is a [`Sighting::Failed`], not an error.
    pub async fn observe(
        &self,
        desired: Desired<'_>,
        state: LaunchState,
        refresh: Refresh,
    ) -> Result<Observed, EngineError> {
        let now = self.clock.now();
        let mut observed = Observed { foreign: self.foreign(desired).await?, state, sightings: BTreeMap::new() };
        if refresh == Refresh::Never || observed.state.header.paused.is_some() {
            return Ok(observed);
        }
        let name = name_of(desired);
        let known = self.known(desired, name, &observed.state, refresh, now);
        self.look(name, known, &mut observed).await;
        // Only what a plan would make now is looked for first; what waits is looked for when its time comes.
        let first = plan(desired, &observed, now);
        let making = self.making(desired, &first, &observed, now);
        self.look(name, making, &mut observed).await;
        Ok(observed)
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
        let finished = state.header.completed_at.is_some();
        let mut calls = Vec::new();
        for (id, activity) in &state.activities {
            let Some(applied) = &activity.applied else { continue };
            let settled = activity.open.is_none() && activity.ended.is_none() && !applied.uses.is_human();
            if settled && !(finished && refresh != Refresh::All) && stale(id, activity) {
                calls.extend(
                    self.subject(desired, name, id, activity, state)
                        .map(|s| (id.clone(), s.look(activity, &self.installation, now))),
                );
            }
        }
        calls
    }

    fn making(&self, desired: Desired<'_>, plan: &Plan, observed: &Observed, now: Timestamp) -> Vec<(Id, Call)> {
        let mut calls = Vec::new();
        for (_, change) in plan.ready().filter(|(_, c)| c.action == Action::Create) {
            let Target::Activity(id) = &change.subject else { continue };
            let unknown = ActivityState::default();
            let state = observed.state.activities.get(id).unwrap_or(&unknown);
            let human = change.uses.as_ref().is_some_and(crate::core::model::activity::Uses::is_human);
            // After a known end or a disappearance there is nothing to find; in doubt it was looked for already.
            let fresh = state.applied.is_none() && state.ended.is_none() && state.open.is_none();
            if fresh && !human && !observed.sightings.contains_key(id) {
                let subject = self.subject(desired, &plan.launch, id, state, &observed.state);
                calls.extend(subject.map(|s| (id.clone(), s.look(state, &self.installation, now))));
            }
        }
        calls
    }

    async fn look(&self, name: &Name, calls: Vec<(Id, Call)>, observed: &mut Observed) {
        let mut looks = stream::iter(calls.into_iter().map(|(id, call)| async move {
            let sighting = match self.executor(&call.uses) {
                Ok(executor) => executor.observe(&call).await,
                Err(failure) => Sighting::Failed { failure },
            };
            (id, sighting)
        }))
        .buffer_unordered(self.limits.lookups);
        while let Some((id, sighting)) = looks.next().await {
            if !matches!(sighting, Sighting::Failed { .. }) {
                let now = self.clock.now();
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((name.clone(), id.clone()), now);
            }
            if sighting != Sighting::Unobservable {
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
        for (other, milestone) in foreign_needs(launch) {
            let state = self.store.state(other).await?;
            let done = state.milestones.get(milestone).and_then(|m| m.completed.as_ref());
            if let Some(mark) = done {
                completed.insert((other.clone(), milestone.clone()), mark.at);
            }
        }
        Ok(completed)
    }
}

/// The milestones of other launches that a launch waits for.
pub(super) fn foreign_needs(launch: &Launch) -> impl Iterator<Item = (&Name, &Id)> {
    let needs = launch.milestones.iter().flat_map(|m| &m.needs).chain(launch.activities.iter().flat_map(|a| &a.needs));
    needs.filter_map(|need| match need {
        Need::Foreign { launch, milestone } => Some((launch, milestone)),
        Need::Activity(_) | Need::Milestone(_) => None,
    })
}

pub(super) fn name_of<'a>(desired: Desired<'a>) -> &'a Name {
    match desired {
        Desired::Launch { launch, .. } => &launch.name,
        Desired::Gone { name, .. } => name,
    }
}

/// What the look told that the state does not know yet.
pub(super) fn news(observed: &Observed) -> Vec<EventKind> {
    let mut events = Vec::new();
    for (id, sighting) in &observed.sightings {
        let Some(state) = observed.state.activities.get(id).filter(|s| s.applied.is_some()) else { continue };
        match sighting {
            Sighting::Found { object } if state.object.as_ref() != Some(object) || state.missing_since.is_some() => {
                events.push(EventKind::Observed { activity: id.clone(), object: Some(object.clone()) });
            }
            Sighting::Absent if state.missing_since.is_none() => {
                events.push(EventKind::Observed { activity: id.clone(), object: None });
            }
            _ => {}
        }
    }
    events
}
