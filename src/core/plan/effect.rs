//! From a change to the intent that is journalled and the call that is made; and from an answer to events.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use serde_json::Value;

use super::{
    doubt,
    value::{Action, Change, Reason},
};
use crate::core::model::{
    Timestamp,
    activity::{Activity, Compensation, EffectClass, KeySupport, Removal, Uses},
    call::{Call, IntentId, Verb},
    event::EventKind,
    fingerprint::{ExternalKey, Fingerprint},
    launch::Revision,
    name::{Id, Name},
    outcome::{Object, Outcome, Sighting},
    state::{ActivityState, Applied, Intent},
};

/// All about an activity that an effect needs, whether the file still has it or not.
#[derive(Debug, Clone)]
pub struct Subject {
    pub launch: Name,
    pub id: Id,
    pub title: String,
    pub uses: Uses,
    pub effect: EffectClass,
    pub key_support: KeySupport,
    /// Fully rendered.
    pub with: Value,
    pub inputs: Fingerprint,
    pub revision: Revision,
    pub on_remove: Removal,
    pub on_cancel: Compensation,
    pub timeout: Duration,
    pub owner: Option<String>,
    pub due: Option<Timestamp>,
    pub adopt: Option<String>,
}

impl Subject {
    /// Of an activity of the file, with its inputs rendered.
    pub fn desired(launch: &Name, activity: &Activity, with: Value, revision: &Revision) -> Self {
        Self {
            launch: launch.clone(),
            id: activity.id.clone(),
            title: activity.title.clone().unwrap_or_else(|| activity.id.to_string()),
            uses: activity.uses.clone(),
            effect: activity.effect,
            key_support: activity.key,
            with,
            inputs: activity.inputs_fingerprint(),
            revision: revision.clone(),
            on_remove: activity.on_remove,
            on_cancel: activity.on_cancel.clone(),
            timeout: Duration::from_secs(activity.timeout_seconds),
            owner: activity.owner.clone(),
            due: activity.not_before,
            adopt: activity.adopt.clone(),
        }
    }

    /// Of an activity that left the file: as it was applied last, or asked for last.
    pub fn ended(launch: &Name, id: &Id, state: &ActivityState) -> Option<Self> {
        let known = state
            .applied
            .clone()
            .or_else(|| state.open.as_ref().map(|intent| applied(intent, &Object::default(), intent.at)))?;
        Some(Self {
            launch: launch.clone(),
            id: id.clone(),
            title: id.to_string(),
            uses: known.uses,
            effect: known.effect,
            key_support: known.key_support,
            with: known.with,
            inputs: known.inputs,
            revision: known.revision,
            on_remove: known.on_remove,
            on_cancel: known.on_cancel,
            timeout: Duration::from_secs(60),
            owner: None,
            due: None,
            adopt: None,
        })
    }

    /// The key of the incarnation that `incarnation` names; a renamed activity keeps the key it was made with.
    fn key(&self, state: &ActivityState, incarnation: u32, installation: &str) -> ExternalKey {
        match &state.key {
            Some(key) if incarnation == state.incarnation => key.clone(),
            _ => ExternalKey::new(installation, &self.launch, &self.id, incarnation),
        }
    }

    /// The call that looks for the object.
    pub fn look(&self, state: &ActivityState, installation: &str, now: Timestamp) -> Call {
        self.call(self.key(state, state.incarnation, installation), state, Vec::new(), 1, now)
    }

    fn call(
        &self,
        key: ExternalKey,
        state: &ActivityState,
        changed: Vec<String>,
        attempt: u32,
        now: Timestamp,
    ) -> Call {
        let known = state.object.as_ref().map(|o| o.id.clone()).filter(|id| !id.is_empty());
        let object_id = known.or_else(|| self.adopt.clone());
        Call {
            launch: self.launch.clone(),
            subject: self.id.to_string(),
            title: self.title.clone(),
            uses: self.uses.clone(),
            key,
            object_id,
            with: self.with.clone(),
            changed,
            attempt,
            now,
            due: self.due,
            timeout: self.timeout,
            owner: self.owner.clone(),
        }
    }

    /// The intent of `change` and the call that carries it out. `None` for a change without an effect.
    pub fn effect(
        &self,
        change: &Change,
        state: &ActivityState,
        installation: &str,
        now: Timestamp,
    ) -> Option<(Intent, Call)> {
        let repeated = self.repeated(change, state, installation, now);
        if let Some(same) = repeated {
            return same.intent(change, state, installation, now, true);
        }
        self.intent(change, state, installation, now, false)
    }

    /// As it was sent before, where this repeats a call on the strength of its key.
    fn repeated(&self, change: &Change, state: &ActivityState, installation: &str, now: Timestamp) -> Option<Self> {
        let open = state.open.as_ref().filter(|open| doubt::repeats(open, &self.inputs, state, now))?;
        let same = change.action == Action::Create && open.key == self.key(state, state.incarnation, installation);
        same.then(|| Self {
            uses: open.uses.clone(),
            with: open.with.clone(),
            inputs: open.inputs.clone(),
            revision: open.revision.clone(),
            ..self.clone()
        })
    }

    fn intent(
        &self,
        change: &Change,
        state: &ActivityState,
        installation: &str,
        now: Timestamp,
        repeats: bool,
    ) -> Option<(Intent, Call)> {
        let verb = match change.action {
            Action::Create => Verb::Create,
            Action::Update => Verb::Update,
            Action::Close => Verb::Close,
            Action::Delete => Verb::Delete,
            _ => return None,
        };
        let incarnation = self.incarnation(change, verb, state);
        let key = self.key(state, incarnation, installation);
        let attempt = if state.tries.inputs.as_ref() == Some(&self.inputs) { state.tries.count + 1 } else { 1 };
        let mut call = self.call(key.clone(), state, changed(change), attempt, now);
        if verb == Verb::Create && incarnation != state.incarnation {
            call.object_id = None;
        }
        let intent = Intent {
            id: IntentId(0),
            activity: self.id.clone(),
            verb,
            key_since: self.key_since(&key, state, now),
            repeats,
            key,
            incarnation,
            uses: self.uses.clone(),
            effect: self.effect,
            key_support: self.key_support,
            object_id: call.object_id.clone(),
            with: self.with.clone(),
            inputs: self.inputs.clone(),
            revision: self.revision.clone(),
            attempt,
            at: now,
            on_remove: self.on_remove,
            on_cancel: self.on_cancel.clone(),
            doubt: None,
            probes: 0,
            probed_at: None,
            unobservable: false,
        };
        Some((intent, call))
    }

    /// A new incarnation only where the old object is known to be gone or ended; a repeated try never gets one.
    fn incarnation(&self, change: &Change, verb: Verb, state: &ActivityState) -> u32 {
        let anew = verb == Verb::Create
            && state.open.is_none()
            && (change.reason == Reason::Vanished || state.ended.is_some());
        state.incarnation + u32::from(anew)
    }

    fn key_since(&self, key: &ExternalKey, state: &ActivityState, now: Timestamp) -> Timestamp {
        let KeySupport::Header { lifetime_seconds } = self.key_support else { return now };
        let before = state.open.as_ref().filter(|open| open.key == *key).map(|open| open.key_since);
        let alive =
            |since: &Timestamp| lifetime_seconds.is_none_or(|s| now < *since + TimeDelta::seconds(s.cast_signed()));
        before.filter(alive).unwrap_or(now)
    }

    /// Taking over `object`: what can be read counts as applied, so that what differs from the file is updated next.
    pub fn adopted(&self, object: &Object, now: Timestamp) -> EventKind {
        let mut with = self.with.clone();
        if let Value::Object(with) = &mut with {
            for (name, seen) in &object.fields {
                if with.contains_key(name) {
                    with.insert(name.clone(), seen.clone());
                }
            }
        }
        let applied = Applied {
            uses: self.uses.clone(),
            effect: self.effect,
            key_support: self.key_support,
            with,
            inputs: self.inputs.clone(),
            readback: object.fields.clone(),
            revision: self.revision.clone(),
            at: now,
            on_remove: self.on_remove,
            on_cancel: self.on_cancel.clone(),
        };
        EventKind::Adopted { activity: self.id.clone(), applied: Box::new(applied), object: object.clone() }
    }
}

fn changed(change: &Change) -> Vec<String> {
    let first = |path: &str| path.split('.').next().unwrap_or(path).to_owned();
    let mut names: Vec<_> = change.fields.iter().chain(&change.drift).map(|f| first(&f.path)).collect();
    names.sort();
    names.dedup();
    names
}

fn applied(intent: &Intent, object: &Object, now: Timestamp) -> Applied {
    Applied {
        uses: intent.uses.clone(),
        effect: intent.effect,
        key_support: intent.key_support,
        with: intent.with.clone(),
        inputs: intent.inputs.clone(),
        readback: object.fields.clone(),
        revision: intent.revision.clone(),
        at: now,
        on_remove: intent.on_remove,
        on_cancel: intent.on_cancel.clone(),
    }
}

/// What a look for an open intent tells; `before` is the object as it was last seen before the effect. Empty when the look-up failed: nothing is concluded from that.
pub fn conclude(intent: &Intent, before: Option<&Object>, sighting: &Sighting, now: Timestamp) -> Option<EventKind> {
    let activity = intent.activity.clone();
    let succeeded = |object: Object| EventKind::OutcomeRecorded {
        activity: activity.clone(),
        intent: intent.id,
        outcome: Outcome::Succeeded { object },
    };
    let did_not = |evidence: &str| EventKind::DidNotHappen {
        activity: activity.clone(),
        intent: intent.id,
        evidence: Some(evidence.to_owned()),
        seen: true,
    };
    match (sighting, intent.verb) {
        (Sighting::Failed { .. }, _) => None,
        (Sighting::Found { object }, Verb::Create) => Some(EventKind::Adopted {
            activity,
            applied: Box::new(applied(intent, object, now)),
            object: object.clone(),
        }),
        (Sighting::Found { object }, Verb::Update) => Some(if holds(&intent.with, &object.fields) {
            succeeded(object.clone())
        } else {
            did_not("read back, and the change is not there")
        }),
        // Done since, and not done all the time: most objects are as soon as they are there.
        (Sighting::Found { object }, Verb::Close) if object.done && before.is_some_and(|b| !b.done) => {
            Some(succeeded(object.clone()))
        }
        (Sighting::Found { .. }, Verb::Close | Verb::Delete) => Some(did_not("read back, and it is still there")),
        (Sighting::Absent, Verb::Close | Verb::Delete) => Some(succeeded(Object::default())),
        (Sighting::Absent, Verb::Update) => Some(did_not("looked for, and the object is gone")),
        (Sighting::Absent, Verb::Create) => {
            Some(EventKind::Probed { activity, intent: intent.id, unobservable: false })
        }
        // Its executor takes only the steps that are still due, so that the create may be tried again.
        (Sighting::Partial { .. }, Verb::Create) => Some(did_not("looked for, and its create was cut short")),
        (Sighting::Partial { .. } | Sighting::Unobservable, _) => {
            Some(EventKind::Probed { activity, intent: intent.id, unobservable: true })
        }
    }
}

/// Whether everything that can be read back is as it was sent, and anything can.
fn holds(with: &Value, seen: &BTreeMap<String, Value>) -> bool {
    let Some(with) = with.as_object() else { return false };
    let common: Vec<_> = with.iter().filter_map(|(name, sent)| seen.get(name).map(|s| (sent, s))).collect();
    !common.is_empty() && common.iter().all(|(sent, seen)| sent == seen)
}
