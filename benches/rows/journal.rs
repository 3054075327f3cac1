//! Events as the loop journals them.

use launchd::{
    core::model::{
        Timestamp,
        call::IntentId,
        event::EventKind,
        name::{Actor, Id, Name},
        outcome::Outcome,
        state::Intent,
    },
    edges::store::NewEvent,
};
use serde_json::json;

fn at() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 123_456_000).expect("a year that chrono knows")
}

/// One step's two events, made once: making them is not what is measured.
pub struct Step {
    intent: EventKind,
    outcome: EventKind,
}

impl Step {
    pub fn new(launch: &Name) -> Self {
        let activity = activity(0);
        Self { intent: intent(launch, &activity).kind, outcome: outcome(launch, &activity, 0).kind }
    }

    pub fn intent(&self, launch: &Name, of: &Id) -> NewEvent {
        let mut kind = self.intent.clone();
        if let EventKind::IntentOpened { intent } = &mut kind {
            intent.activity = of.clone();
        }
        NewEvent { at: at(), launch: launch.clone(), actor: Actor::daemon(), kind }
    }

    pub fn outcome(&self, launch: &Name, of: &Id, id: u64) -> NewEvent {
        let mut kind = self.outcome.clone();
        if let EventKind::OutcomeRecorded { activity, intent, .. } = &mut kind {
            (*activity, *intent) = (of.clone(), IntentId(id));
        }
        NewEvent { at: at(), launch: launch.clone(), actor: Actor::daemon(), kind }
    }
}

/// An intent with the inputs of a usual ticket.
pub fn intent(launch: &Name, activity: &Id) -> NewEvent {
    let fingerprint = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";
    let intent: Intent = serde_json::from_value(json!({
        "id": 0, "activity": activity, "verb": "create", "key": "0123456789abcdef0123456789abcdef", "incarnation": 0,
        "uses": {"connector": "jira", "resource": "issue"}, "effect": "converge",
        "key_support": {"key": "probe", "settle_seconds": 30}, "object_id": null,
        "with": {"project": "ATL", "issue_type": "Epic", "summary": "Atlas 2.0: readiness", "labels": ["launch", "atlas"],
                 "description": "Everything that must be true before the launch opens."},
        "inputs": fingerprint, "revision": fingerprint, "attempt": 1, "at": at(), "key_since": at(),
        "on_remove": "keep", "on_cancel": "keep",
    }))
    .expect("an intent as the model has it");
    NewEvent { at: at(), launch: launch.clone(), actor: Actor::daemon(), kind: EventKind::IntentOpened { intent } }
}

/// The outcome that ends it.
pub fn outcome(launch: &Name, activity: &Id, intent: u64) -> NewEvent {
    let outcome: Outcome = serde_json::from_value(json!({
        "outcome": "succeeded",
        "object": {"id": "ATL-1234", "url": "https://atlas.example.com/browse/ATL-1234", "outputs": {"key": "ATL-1234"},
                   "fields": {"summary": "Atlas 2.0: readiness", "project": "ATL"}, "done": false},
    }))
    .expect("an outcome as the model has it");
    let kind = EventKind::OutcomeRecorded { activity: activity.clone(), intent: IntentId(intent), outcome };
    NewEvent { at: at(), launch: launch.clone(), actor: Actor::daemon(), kind }
}

pub fn launch(n: usize) -> Name {
    format!("launch-{n:05}").parse().expect("a label")
}

pub fn activity(n: usize) -> Id {
    format!("activity_{n:02}").parse().expect("a label")
}
