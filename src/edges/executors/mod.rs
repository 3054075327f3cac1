//! The code that observes and changes the world for an activity.
//!
//! In: a [`Call`], complete. Out: a sighting, an outcome, a reading — secrets scrubbed. Imports `core`.
//! Deliberately absent: retries, journalling, and reading anything but the call and the settings it was built with.

pub mod exec;
pub mod http;
pub mod human;
pub mod secrets;
pub mod simulated;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::core::model::{
    call::{Call, Verb},
    connector::ExecutorKind,
    outcome::{Failure, Outcome, Reading, Sighting},
};

/// One way to reach the world.
///
/// # Guarantees
/// Every method ends within `call.timeout` plus a small constant, whatever the other side does.
/// No answer holds a secret, raw, base64- or URL-encoded.
///
/// # Cancellation
/// A dropped `act` may or may not have had its effect; the journalled intent says that it was asked for.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Looks for the call's object: by `object_id` where it is known, else by `key`. Has no effect.
    async fn observe(&self, call: &Call) -> Sighting;

    /// Has one effect, at most once for each time it is called.
    async fn act(&self, verb: Verb, call: &Call) -> Outcome;

    /// Why settings will not let this be done, as far as its inputs are known by now: told before its turn comes.
    fn refuses(&self, _with: &Value) -> Option<Failure> {
        None
    }

    /// Asks a question: a metric, a check. Has no effect.
    ///
    /// # Errors
    /// The question could not be answered.
    async fn ask(&self, call: &Call) -> Result<Reading, Failure>;
}

/// Finds the executor for a connector.
pub trait Executors: Send + Sync {
    fn executor(&self, kind: ExecutorKind) -> Arc<dyn Executor>;
}
