//! One activity against what is observed of it: which action, and why. Gates come later.

use super::{
    compare,
    doubt::{self, Doubt},
    inputs::Rendered,
    value::{Action, Blocker, FieldChange, Reason, Side},
};
use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, CompleteWhen, EffectClass, Manage, Retry},
        outcome::{Object, Sighting},
        state::{ActivityState, Intent},
    },
    plan::value::Until,
    schedule::{self, Lookups},
};

/// What will be done about one activity, before time, needs and approvals are asked.
pub(super) struct Decision {
    pub action: Action,
    pub reason: Reason,
    pub fields: Vec<FieldChange>,
    pub drift: Vec<FieldChange>,
    pub blocked: Vec<Blocker>,
}

impl Decision {
    pub(super) fn new(action: Action, reason: Reason) -> Self {
        Self { action, reason, fields: Vec::new(), drift: Vec::new(), blocked: Vec::new() }
    }
    fn fields(mut self, fields: Vec<FieldChange>) -> Self {
        self.fields = fields;
        self
    }
    fn blocked(mut self, blocked: impl IntoIterator<Item = Blocker>) -> Self {
        self.blocked.extend(blocked);
        self
    }
}

pub(super) fn decide(
    activity: &Activity,
    state: &ActivityState,
    sighting: Option<&Sighting>,
    rendered: &Rendered,
    now: Timestamp,
    running: bool,
) -> Decision {
    let mut decision = match &state.open {
        Some(intent) if running => self::running(intent),
        Some(intent) => {
            match doubt::judge(intent, now, doubt::repeats(intent, &activity.inputs_fingerprint(), state, now)) {
                Doubt::Look(blocked) => Decision::new(Action::Probe, Reason::OutcomeUnknown).blocked(blocked),
                Doubt::Ask(blocker) => Decision::new(Action::Await, Reason::OutcomeUnknown).blocked([blocker]),
                // Only what is not wanted any more is given up.
                Doubt::Repeat | Doubt::DidNotHappen => {
                    let (action, reason) = doubt::repeat(intent.verb);
                    Decision::new(action, reason).fields(compare::intent(None, rendered))
                }
            }
        }
        None => settled(activity, state, sighting, rendered, now),
    };
    if !matches!(decision.action, Action::Keep | Action::Await | Action::Probe) {
        decision.blocked.extend(obstacles(activity, state, rendered, now));
    }
    // Of something that is kept, too: it is told as it was known before, and nobody knows whether it is so.
    decision.blocked.extend(unseen(state, sighting, now));
    decision
}

/// A live process waits for the answer; nothing is in doubt until that has come, or is known not to come.
pub(super) fn running(intent: &Intent) -> Decision {
    Decision::new(Action::Await, Reason::NotFinished).blocked([Blocker::Running { since: intent.at }])
}

/// Nothing is in doubt: compare what is there with what is written.
fn settled(
    activity: &Activity,
    state: &ActivityState,
    sighting: Option<&Sighting>,
    rendered: &Rendered,
    now: Timestamp,
) -> Decision {
    if state.done.is_some() && (state.applied.is_none() || activity.effect == EffectClass::Once) {
        return Decision::new(Action::Keep, Reason::Finished);
    }
    let Some(applied) = &state.applied else { return absent(activity, state, sighting, rendered) };
    if state.ended.is_some() {
        return Decision::new(Action::Adopt, Reason::AsWritten);
    }
    let gone = matches!(sighting, Some(Sighting::Absent)) || (sighting.is_none() && state.missing_since.is_some());
    if gone {
        return vanished(activity, rendered);
    }
    let object = match sighting {
        Some(Sighting::Found { object }) => Some(object),
        _ => state.object.as_ref(),
    };
    let fields = compare::intent(Some(&applied.with), rendered);
    let drift =
        object.map(|o| compare::drift(&applied.readback, &o.fields, &activity.ignore_drift)).unwrap_or_default();
    differing(activity, state, object, fields, drift, now)
}

fn absent(activity: &Activity, state: &ActivityState, sighting: Option<&Sighting>, rendered: &Rendered) -> Decision {
    let found = matches!(sighting, Some(Sighting::Found { .. }));
    if activity.manage == Manage::Observe && !found {
        return Decision::new(Action::Await, Reason::NotFinished).blocked([Blocker::NotDone { url: None }]);
    }
    if activity.adopt.is_some() || (found && state.ended.is_none()) {
        return Decision::new(Action::Adopt, Reason::AdoptAsked);
    }
    Decision::new(Action::Create, Reason::NotThere).fields(compare::intent(None, rendered))
}

fn vanished(activity: &Activity, rendered: &Rendered) -> Decision {
    let recreate = activity.effect == EffectClass::Converge && activity.manage == Manage::Full;
    if recreate {
        return Decision::new(Action::Create, Reason::Vanished).fields(compare::intent(None, rendered));
    }
    Decision::new(Action::Keep, if activity.effect == EffectClass::Once { Reason::TooLate } else { Reason::NotManaged })
}

fn differing(
    activity: &Activity,
    state: &ActivityState,
    object: Option<&Object>,
    fields: Vec<FieldChange>,
    drift: Vec<FieldChange>,
    now: Timestamp,
) -> Decision {
    let reason = match (fields.is_empty(), drift.is_empty()) {
        (true, true) => return finished(activity, state, object),
        (false, true) => Reason::FileChanged,
        (true, false) => Reason::Drifted,
        (false, false) => Reason::FileChangedAndDrifted,
    };
    let frozen = if activity.effect == EffectClass::Once {
        Some(Reason::TooLate)
    } else if activity.manage != Manage::Full || !activity.updatable {
        Some(Reason::NotManaged)
    } else {
        None
    };
    let mut decision = match frozen {
        // Still shown, so that a diff never hides a difference that is not going to be mended.
        Some(reason) => Decision { reason, ..finished(activity, state, object) },
        None => Decision::new(Action::Update, reason).blocked(unkept(state, reason, now)),
    };
    (decision.fields, decision.drift) = (fields, drift);
    decision
}

/// Drift is mended so often in a row before each time waits longer than the one before.
const TOO_OFTEN: u32 = 3;
const UNKEPT: Retry = Retry { attempts: u32::MAX, base_seconds: 3600, max_seconds: 86_400 };

/// Mending what comes back each time would go on for ever: it waits, and is told.
fn unkept(state: &ActivityState, reason: Reason, now: Timestamp) -> Option<Blocker> {
    let unkept = state.unkept.as_ref().filter(|u| reason == Reason::Drifted && u.times >= TOO_OFTEN)?;
    let at = schedule::retry_at(UNKEPT, state.key.as_ref()?, unkept.times - TOO_OFTEN + 1, unkept.last_at, None);
    let why = Until::Unkept { fields: unkept.fields.clone(), times: unkept.times };
    (now < at).then_some(Blocker::Until { at, why })
}

fn finished(activity: &Activity, state: &ActivityState, object: Option<&Object>) -> Decision {
    let done = state.done.is_some() || object.is_some_and(|o| o.done);
    match activity.complete_when {
        CompleteWhen::Exists => Decision::new(Action::Keep, Reason::AsWritten),
        CompleteWhen::Done if done => Decision::new(Action::Keep, Reason::Finished),
        CompleteWhen::Done => {
            let blocker = if activity.uses.is_human() {
                Blocker::Person {
                    who: activity.owner.clone(),
                    what: activity.title.clone().unwrap_or_else(|| activity.id.to_string()),
                }
            } else {
                Blocker::NotDone { url: object.and_then(|o| o.url.clone()) }
            };
            Decision::new(Action::Await, Reason::NotFinished).blocked([blocker])
        }
    }
}

/// What keeps an effect of this activity from being tried now, whatever the rest of the launch says.
fn obstacles(activity: &Activity, state: &ActivityState, rendered: &Rendered, now: Timestamp) -> Vec<Blocker> {
    let mut blocked = Vec::new();
    if let Some(mark) = &state.blocked {
        blocked.push(Blocker::Marked { mark: mark.clone(), milestone: None });
    }
    blocked.extend(
        rendered
            .problems
            .iter()
            .map(|(pointer, detail)| Blocker::Input { path: compare::dotted(pointer), detail: detail.clone() }),
    );
    blocked.extend(tries(activity, state, now));
    blocked
}

/// A look-up that failed just now, or that failed before and was not tried again since.
fn unseen(state: &ActivityState, sighting: Option<&Sighting>, now: Timestamp) -> Option<Blocker> {
    let (failure, since) = match (sighting, &state.unseen) {
        (Some(Sighting::Failed { failure }), before) => (failure, before.as_ref().map_or(now, |u| u.since)),
        (None, Some(before)) => (&before.failure, before.since),
        _ => return None,
    };
    let Lookups { tries, last: _, next } = schedule::lookups(since, now);
    Some(Blocker::LookupFailed { failure: failure.clone(), since, tries, again: next })
}

fn tries(activity: &Activity, state: &ActivityState, now: Timestamp) -> Option<Blocker> {
    let tries = &state.tries;
    // Most were never tried, and their contents need no hash.
    if tries.count == 0 {
        return None;
    }
    let wanted = activity.inputs_fingerprint();
    let repeated = state.open.as_ref().filter(|open| doubt::repeats(open, &wanted, state, now));
    if tries.inputs.as_ref() != Some(repeated.map_or(&wanted, |open| &open.inputs)) {
        return None;
    }
    let failure = tries.failure.clone();
    if tries.rejected {
        let failure = failure?;
        return Some(Blocker::Rejected { failure, at: tries.last_at });
    }
    if tries.count >= activity.retry.attempts {
        return Some(Blocker::Exhausted { failure, tries: tries.count });
    }
    let at = schedule::retry_at(activity.retry, state.key.as_ref()?, tries.count, tries.last_at?, tries.after_seconds);
    let failure = failure.map(|f| f.summary).unwrap_or_default();
    (now < at).then_some(Blocker::Until { at, why: Until::Retry { attempt: tries.count + 1, failure } })
}

/// Whether a field's after side is known only once something else was applied.
pub(super) fn has_later(fields: &[FieldChange]) -> bool {
    fields.iter().any(|f| matches!(f.after, Side::Later(_)))
}
