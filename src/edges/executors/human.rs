//! Waits for a person: opening a task has no effect outside, and only `launchd done` finishes it.
//!
//! The task *is* its entry in the journal, so a look at it tells nothing that the journal does not know. Seen are
//! therefore exactly the tasks that were opened, unchanged and not done: no drift, never vanished. Whether it is
//! finished is the activity's done mark, which no sighting sets or takes away. A task whose opening was cut short
//! is absent and opened again, which nobody notices.

use async_trait::async_trait;

use super::Executor;
use crate::core::model::{
    call::{Call, Verb},
    outcome::{Failure, Object, Outcome, Reading, Sighting},
};

/// The `human` executor.
#[derive(Debug, Clone, Copy, Default)]
pub struct HumanExecutor;

fn task(call: &Call, done: bool) -> Object {
    Object { id: call.key.to_string(), done, ..Object::default() }
}

#[async_trait]
impl Executor for HumanExecutor {
    async fn observe(&self, call: &Call) -> Sighting {
        match call.object_id {
            Some(_) => Sighting::Found { object: task(call, false) },
            None => Sighting::Absent,
        }
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        Outcome::Succeeded { object: task(call, matches!(verb, Verb::Close | Verb::Delete)) }
    }

    async fn ask(&self, _call: &Call) -> Result<Reading, Failure> {
        Err(Failure::new(
            "a person answers this",
            "write the check as `person:` with a prompt; it is answered by `launchd done` or `launchd block`",
        ))
    }
}
