//! Sign-offs: who must agree, and who did agree to what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    fingerprint::Fingerprint,
    launch::Revision,
    name::{Actor, Id},
};

/// What an approval holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Every activity of the milestone, and its completion. The default in the launch phase.
    Start,
    /// Its `once` activities and its completion. The default in the other phases.
    Completion,
}

/// A named sign-off that a milestone asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub name: Id,
    /// The role or team whose members may give it.
    pub from: String,
    /// How many different people must give it.
    pub count: u32,
    pub gate: Gate,
    /// A grant stands for so long; `None`: until what was approved changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_seconds: Option<u64>,
}

/// One person's answer to an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub by: Actor,
    pub at: Timestamp,
    /// The milestone's fingerprint as it was approved. Another fingerprint makes the grant void.
    pub fingerprint: Fingerprint,
    /// The revision that was seen: the store keeps it as long as the answer. `None` in answers from before this was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// False is a no-go: it blocks until the same person approves or the milestone changes.
    pub granted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
