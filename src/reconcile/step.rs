//! Carries out one change: intent, call, outcome.

use std::{sync::Arc, time::Duration};

use super::{
    answer,
    apply::{StepResult, Walk},
    decided::Decided,
    engine::{EngineError, fold},
    observe,
    underway::Underway,
};
use crate::{
    core::{
        model::{
            activity::{Activity, Compensation},
            call::{Call, IntentId},
            check::{Check, Question, Verdict},
            event::{Event, EventKind},
            fingerprint::ExternalKey,
            launch::Launch,
            name::Id,
            outcome::{Failure, Reading, Sighting},
            state::{ActivityState, Intent, LaunchState},
        },
        plan::{Action, Change, Desired, Target, effect, inputs},
    },
    edges::executors::Executor,
};

/// An effect that is about to be asked for.
pub(super) struct Opening {
    pub index: usize,
    intent: Intent,
    call: Call,
    executor: Arc<dyn Executor>,
}

impl Opening {
    pub fn event(&self) -> EventKind {
        EventKind::IntentOpened { intent: self.intent.clone() }
    }

    /// The call, once the intent is on disk.
    pub fn begin(self, id: IntentId) -> Underway {
        let Self { index, intent, call, executor } = self;
        let asked = async move { executor.act(intent.verb, &call).await };
        Underway { activity: intent.activity, index, intent: id, call: Box::pin(asked) }
    }
}

/// How far a change has come without an answer from outside.
pub(super) enum Step {
    Ended(StepResult),
    Underway(Underway),
}

impl Walk<'_> {
    /// Carries out one change. A vendor's failure is a result; only the store can fail the walk.
    pub(super) async fn step(&self, index: usize) -> Result<Step, EngineError> {
        let change = &self.plan.changes[index];
        let ended = match &change.subject {
            Target::Activity(id) if change.has_effect() => return self.effect(index, id).await,
            Target::Activity(id) => self.activity(change, id).await,
            Target::Check { milestone, check } => self.check(milestone, check).await,
            Target::Milestone(id) => self.milestone(change, id).await,
            Target::Goal(id) => self.goal(id).await,
            Target::Launch => self.decide(EventKind::LaunchCompleted).await,
        };
        ended.map(Step::Ended)
    }

    /// What is done about an activity without asking for an effect.
    async fn activity(&self, change: &Change, id: &Id) -> Result<StepResult, EngineError> {
        match change.action {
            Action::Probe => self.probe(id).await,
            Action::Adopt => self.adopt(id).await,
            Action::Forget => {
                let never = self.with_state(|s| s.activities.get(id).is_some_and(|a| a.open.is_some()));
                let reason = if never {
                    "it was looked for, and its create did not happen".to_owned()
                } else {
                    format!("it left the file ({:?})", change.reason)
                };
                self.decide(EventKind::Forgotten { activity: id.clone(), reason }).await
            }
            Action::Move => {
                let from = self.launch().and_then(|l| l.moved.iter().find(|m| m.to == *id));
                match from {
                    Some(moved) => self.decide(moved.clone().into()).await,
                    None => Ok(StepResult::Done),
                }
            }
            Action::Create | Action::Update | Action::Close | Action::Delete => Ok(StepResult::Done),
            Action::Keep | Action::Await | Action::Check | Action::Complete | Action::Reopen => Ok(StepResult::Done),
        }
    }

    /// Writes the intent down; then the call may be made.
    async fn effect(&self, index: usize, id: &Id) -> Result<Step, EngineError> {
        let opening = match self.with_state(|state| self.opening(index, id, state)) {
            Ok(opening) => opening,
            Err(result) => return Ok(Step::Ended(result)),
        };
        Ok(match self.write_decided(opening.event()).await? {
            Decided::Written(event) => Step::Underway(opening.begin(IntentId(event))),
            Decided::TakenBack(why) => Step::Ended(StepResult::NotTried(why)),
        })
    }

    /// What is about to be asked for, from what is known of the launch; or how that ended before it began.
    pub(super) fn opening(&self, index: usize, id: &Id, state: &LaunchState) -> Result<Opening, StepResult> {
        let (subject, own) = self.subject_in(id, state).map_err(StepResult::Failed)?;
        let executor = self.engine.executor(&subject.uses).map_err(StepResult::Failed)?;
        let change = &self.plan.changes[index];
        let made = subject.effect(change, &own, &self.engine.installation, self.engine.clock.now());
        let (intent, call) = made.ok_or(StepResult::Done)?;
        Ok(Opening { index, intent, call, executor })
    }

    /// Looks for an effect whose outcome is not known.
    async fn probe(&self, id: &Id) -> Result<StepResult, EngineError> {
        let (subject, state) = match self.subject(id) {
            Ok(found) => found,
            Err(failure) => return Ok(StepResult::Failed(failure)),
        };
        let Some(intent) = state.open.clone() else { return Ok(StepResult::Done) };
        let executor = match self.engine.executor(&intent.uses) {
            Ok(executor) => executor,
            Err(failure) => return Ok(StepResult::Failed(failure)),
        };
        let now = self.engine.clock.now();
        let call = observe::sought(subject.look(&state, &self.engine.installation, now), &intent);
        let sighting = executor.observe(&call).await;
        if let Some(event) = effect::conclude(&intent, state.object.as_ref(), &sighting, now) {
            self.record(vec![event]).await?;
            return Ok(StepResult::Done);
        }
        let Sighting::Failed { failure } = sighting else { return Ok(StepResult::Done) };
        self.unseen(id, failure).await
    }

    /// A look-up failed: its reason is written down where it is a new one, and it is tried again later.
    async fn unseen(&self, id: &Id, failure: Failure) -> Result<StepResult, EngineError> {
        self.engine.tried(&self.plan.launch, id);
        if let Some(event) = self.with_state(|s| observe::failing(id, s.activities.get(id), &failure)) {
            self.record(vec![event]).await?;
        }
        Ok(StepResult::Later(failure))
    }

    async fn adopt(&self, id: &Id) -> Result<StepResult, EngineError> {
        let (subject, state) = match self.subject(id) {
            Ok(found) => found,
            Err(failure) => return Ok(StepResult::Failed(failure)),
        };
        let now = self.engine.clock.now();
        let sighting = match self.observed.sightings.get(id) {
            Some(sighting) => sighting.clone(),
            None => match self.engine.executor(&subject.uses) {
                Ok(executor) => executor.observe(&subject.look(&state, &self.engine.installation, now)).await,
                Err(failure) => Sighting::Failed { failure },
            },
        };
        match (sighting, &state.object) {
            (Sighting::Found { object } | Sighting::Partial { object }, _) => {
                self.record(vec![subject.adopted(&object, now)]).await?;
                Ok(StepResult::Done)
            }
            // Known from before, and the vendor cannot be asked: it is followed again as it was.
            (Sighting::Unobservable, Some(object)) => {
                self.record(vec![subject.adopted(object, now)]).await?;
                Ok(StepResult::Done)
            }
            (Sighting::Absent | Sighting::Unobservable, _) => Ok(StepResult::Failed(Failure::new(
                format!("find `{}` to take over", subject.adopt.as_deref().unwrap_or("the object")),
                "the vendor has no such object, or it cannot be looked up; check `adopt`, or remove it to create one",
            ))),
            (Sighting::Failed { failure }, _) => self.unseen(id, failure).await,
        }
    }

    async fn milestone(&self, change: &Change, id: &Id) -> Result<StepResult, EngineError> {
        let milestone = id.clone();
        let event = match change.action {
            Action::Complete => EventKind::MilestoneCompleted { milestone },
            Action::Reopen => EventKind::MilestoneReopened { milestone, reason: change.title.clone() },
            _ => return Ok(StepResult::Done),
        };
        self.decide(event).await
    }

    async fn check(&self, milestone: &Id, name: &Id) -> Result<StepResult, EngineError> {
        let Some(launch) = self.launch() else { return Ok(StepResult::Done) };
        let found = launch.milestone(milestone).and_then(|m| m.checks.iter().find(|c| c.name == *name));
        let Some(check) = found else { return Ok(StepResult::Done) };
        let context = self.with_state(|state| inputs::context(launch, state));
        let reading = match &check.question {
            Question::Probe { uses, with } => {
                let rendered = inputs::render(with, &context, true);
                match rendered.problems.first() {
                    Some((path, detail)) => Err(Failure::new(format!("render `{path}`"), detail.clone())),
                    None => self.ask(launch, milestone, check, uses.clone(), rendered.value).await,
                }
            }
            Question::Expression => Ok(Reading { value: serde_json::Value::Null, outputs: Default::default() }),
            Question::Person { .. } => return Ok(StepResult::Done),
        };
        let answer = answer::judge(check, reading, &context, self.engine.clock.now());
        let (verdict, detail, at) = (answer.verdict, describe(&answer), answer.at);
        let event = EventKind::CheckAnswered { milestone: milestone.clone(), check: name.clone(), answer };
        self.record(vec![event]).await?;
        let since = self.with_state(|s| s.milestones.get(milestone).and_then(|m| m.checks.get(name)?.passing_since));
        let held = since.is_some_and(|since| (at - since).num_seconds() >= check.for_seconds.cast_signed());
        Ok(match verdict {
            Verdict::Pass if held => StepResult::Done,
            Verdict::Pass => {
                StepResult::NotYet(format!("it passes, and must keep passing for {} s", check.for_seconds))
            }
            Verdict::Fail => StepResult::NotYet(format!("it does not pass: {detail}")),
            Verdict::Inconclusive => StepResult::NotYet(format!("it could not be told: {detail}")),
        })
    }

    async fn ask(
        &self,
        launch: &Launch,
        milestone: &Id,
        check: &Check,
        uses: crate::core::model::activity::Uses,
        with: serde_json::Value,
    ) -> Result<Reading, Failure> {
        let executor = self.engine.executor(&uses)?;
        let subject = format!("{milestone}.{}", check.name);
        let call = Call {
            launch: launch.name.clone(),
            title: check.name.to_string(),
            subject,
            uses,
            key: ExternalKey::new(&self.engine.installation, &launch.name, &check.name, 0),
            object_id: None,
            with,
            changed: Vec::new(),
            attempt: 1,
            now: self.engine.clock.now(),
            due: None,
            timeout: Duration::from_secs(check.timeout_seconds),
            owner: None,
        };
        executor.ask(&call).await
    }

    fn subject(&self, id: &Id) -> Result<(effect::Subject, ActivityState), Failure> {
        self.with_state(|state| self.subject_in(id, state))
    }

    fn subject_in(&self, id: &Id, launch_state: &LaunchState) -> Result<(effect::Subject, ActivityState), Failure> {
        let state = launch_state.activities.get(id).cloned().unwrap_or_default();
        if let Desired::Launch { launch, revision } = self.desired
            && let Some(activity) = launch.activity(id).or_else(|| compensation(launch_state, id))
        {
            let context = inputs::context(launch, launch_state);
            let rendered = inputs::render(&activity.with, &context, true);
            if let Some((pointer, detail)) = rendered.problems.first() {
                return Err(Failure::new(format!("render `{pointer}`"), detail.clone()));
            }
            return Ok((effect::Subject::desired(&launch.name, activity, rendered.value, revision), state));
        }
        match effect::Subject::ended(&self.plan.launch, id, &state) {
            Some(subject) => Ok((subject, state)),
            None => Err(Failure::new("find what to end", "nothing is known of this activity")),
        }
    }

    /// Writes down what was found, whatever anybody said meanwhile.
    pub(super) async fn record(&self, kinds: Vec<EventKind>) -> Result<Vec<Event>, EngineError> {
        let events = self.engine.record(self.lease.as_ref(), &self.plan.launch, kinds).await?;
        self.took_in(&events);
        Ok(events)
    }

    pub(super) fn took_in(&self, events: &[Event]) {
        {
            let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            fold(&mut state, events);
        }
        for event in events {
            self.progress.tell(super::progress::ProgressEvent::Recorded(event));
        }
    }

    pub(super) fn with_state<T>(&self, read: impl FnOnce(&LaunchState) -> T) -> T {
        read(&self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(super) fn launch(&self) -> Option<&Launch> {
        match self.desired {
            Desired::Launch { launch, .. } => Some(launch),
            Desired::Gone { .. } => None,
        }
    }
}

fn describe(answer: &crate::core::model::check::Answer) -> String {
    match (&answer.failure, &answer.detail) {
        (Some(failure), _) => format!("{}: {}", failure.summary, failure.detail),
        (None, Some(detail)) => detail.clone(),
        (None, None) => format!("the answer was {}", answer.value),
    }
}

/// The undo that some applied activity carries under this id.
pub(super) fn compensation<'a>(state: &'a LaunchState, id: &Id) -> Option<&'a Activity> {
    state.activities.values().find_map(|a| match a.applied.as_ref().map(|a| &a.on_cancel) {
        Some(Compensation::Run(undo)) if undo.id == *id => Some(&**undo),
        _ => None,
    })
}
