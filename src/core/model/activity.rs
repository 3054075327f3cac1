//! The unit launchd converges: one thing to make true, and everything that decides when and how.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    area::Area,
    fingerprint::Fingerprint,
    name::{Id, Name},
    work::Work,
};

/// Which resource of which connector does it: `jira/issue`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uses {
    pub connector: Name,
    pub resource: Id,
}

impl Uses {
    /// Done by a person, through the `human` connector of the catalog.
    pub fn is_human(&self) -> bool {
        self.connector == *"human"
    }
}

impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.connector, self.resource)
    }
}

/// What kind of effect a resource has on the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// An object that can be read back and changed.
    Converge,
    /// Public, costly or irreversible: never before the embargo, never twice, never retried blindly.
    Once,
    /// Read only.
    Observe,
}

/// How the vendor honours the deterministic key of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum KeySupport {
    /// An idempotency header or a client-chosen id: repeating is safe for `lifetime_seconds` (`None`: for ever).
    Header { lifetime_seconds: Option<u64> },
    /// A mark on the object that a search can find, once the vendor's index caught up after `settle_seconds`.
    Probe { settle_seconds: u64 },
    /// Neither: at most once.
    Opaque,
}

/// Indexes lag behind what vendors say of them. A create is repeated only when so many times the settling passed.
const PATIENCE: u64 = 10;

impl KeySupport {
    /// When a create without an answer is looked for, besides at once: seconds after its intent, rising. What the last
    /// look does not find did not happen. What is public is not made again by itself: there a person is asked sooner.
    pub fn looks(self, effect: EffectClass) -> Vec<u64> {
        match self {
            Self::Probe { settle_seconds: 0 } | Self::Header { .. } | Self::Opaque => Vec::new(),
            Self::Probe { settle_seconds } if effect == EffectClass::Once => vec![settle_seconds],
            Self::Probe { settle_seconds } => vec![settle_seconds, settle_seconds.saturating_mul(PATIENCE)],
        }
    }
}

/// How much of the object launchd manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Manage {
    /// Create it, keep its fields as written, end it as `on_remove` says.
    #[default]
    Full,
    /// Create it, then leave it alone.
    CreateOnly,
    /// Never change it; only wait until it is there and done.
    Observe,
}

/// What happens to the object when its activity leaves the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Leave the object as it is and forget it.
    #[default]
    Keep,
    /// End it but leave it visible, where the connector can.
    Close,
    /// Delete it, where the connector can.
    Delete,
}

/// When an activity counts as converged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompleteWhen {
    /// The object exists and equals what is written.
    Exists,
    /// And the vendor shows it as done: a closed ticket, a sent campaign, a task that a person marked done.
    Done,
}

/// What undoes an activity when its launch is cancelled.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    #[default]
    Keep,
    Close,
    Delete,
    /// Another activity, run once after the cancellation if this one had an effect.
    Run(Box<Activity>),
}

/// Delays between tries: `min(max, base × 2^(attempt − 1))`, spread by the key, and never before the server's Retry-After.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// After so many tries of the same inputs a person is asked.
    pub attempts: u32,
    pub base_seconds: u64,
    pub max_seconds: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 10, base_seconds: 2, max_seconds: 900 }
    }
}

/// Something that must be reached first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// An activity of the same launch has converged.
    Activity(Id),
    /// A milestone of the same launch is complete.
    Milestone(Id),
    /// A milestone of another launch is complete.
    Foreign { launch: Name, milestone: Id },
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activity(id) | Self::Milestone(id) => write!(f, "{id}"),
            Self::Foreign { launch, milestone } => write!(f, "{launch}/{milestone}"),
        }
    }
}

/// An activity's `with`, rendered as far as the files alone can.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// Leaves that wait for another activity's outputs hold their template's text.
    pub value: Value,
    /// JSON pointers (RFC 6901) of those leaves, each with its template: known after apply.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deferred: BTreeMap<String, String>,
}

/// One thing to make true, fully resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub id: Id,
    pub milestone: Id,
    pub area: Area,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub uses: Uses,
    pub effect: EffectClass,
    pub key: KeySupport,
    pub with: Inputs,
    /// Direct needs: written, and implied by the outputs that `with` uses. The milestone's own needs are not repeated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Not before this instant: the window's start, the written `start`; for `once` also the embargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Set on `once` activities: the embargo (default T). Part of `not_before`, kept apart for the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo: Option<Timestamp>,
    pub due: Timestamp,
    /// How long it takes; for schedule and forecast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Work>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    #[serde(default)]
    pub manage: Manage,
    pub complete_when: CompleteWhen,
    /// Whether the connector can change the object after it was made.
    pub updatable: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_drift: Vec<String>,
    #[serde(default)]
    pub on_remove: Removal,
    #[serde(default)]
    pub on_cancel: Compensation,
    /// Take over the object with this vendor id instead of creating one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<String>,
    #[serde(default)]
    pub retry: Retry,
    pub timeout_seconds: u64,
}

impl Activity {
    /// Of everything that is sent to the vendor: when it changes, an update is due and a rejection is tried again.
    pub fn inputs_fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&(&self.uses, &self.with))
    }
}
