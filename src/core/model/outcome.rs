//! What came of one call to the world. No decision is made on a string.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The four ways a call can end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done, and this is the object now.
    Succeeded { object: Object },
    /// Terminal for these inputs: the file, the settings or the vendor's permissions must change.
    Rejected { failure: Failure },
    /// Certainly not done; may be tried again, not before `after_seconds` (the server's Retry-After).
    Retryable { failure: Failure, after_seconds: Option<u64> },
    /// Sent, and no answer that tells: it may have happened.
    InDoubt { failure: Failure },
}

impl Outcome {
    pub fn rejected(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Rejected { failure: Failure::new(summary, detail) }
    }
    pub fn retryable(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Retryable { failure: Failure::new(summary, detail), after_seconds: None }
    }
    pub fn in_doubt(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::InDoubt { failure: Failure::new(summary, detail) }
    }
    /// Whether it is still not known if the effect happened. `repeats` as in [`super::state::Intent`].
    pub fn leaves_open(&self, repeats: bool) -> bool {
        match self {
            Self::Succeeded { .. } => false,
            Self::InDoubt { .. } => true,
            Self::Rejected { .. } | Self::Retryable { .. } => repeats,
        }
    }
    /// The failure, unless it succeeded.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Succeeded { .. } => None,
            Self::Rejected { failure } | Self::Retryable { failure, .. } | Self::InDoubt { failure } => Some(failure),
        }
    }
}

/// Why a call did not succeed, scrubbed of secrets by the executor before anyone else sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A lowercase fragment that reads well after "failed to create …:".
    pub summary: String,
    /// What the vendor or program said, shortened to a few hundred characters.
    pub detail: String,
    /// The HTTP status or exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// What was sent, for a person who must find out whether it happened: "POST https://… ".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl Failure {
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into(), status: None, request: None }
    }

    /// Whether it is the same trouble as another, however the other side words the details this time.
    pub fn is_same_reason(&self, other: &Self) -> bool {
        (&self.summary, self.status) == (&other.summary, other.status)
    }
}

/// An external object as an executor saw it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Object {
    /// The vendor's identifier; the external key where the vendor has none.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Named values that other activities may use: `{{ activities.NAME.OUTPUT }}`. `id` and `url` are always there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
    /// What was read back, under the names of `with`, so that it can be compared. Fields that cannot be read are absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// Whether the vendor shows it as finished (a closed ticket, a sent campaign). True where a resource has no such notion.
    #[serde(default)]
    pub done: bool,
}

/// What a look at the world found for one activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "sighting", rename_all = "snake_case")]
pub enum Sighting {
    Found {
        object: Object,
    },
    /// It is there, but its create of several steps was cut short. Repeating the create takes only the steps that are
    /// still due, so that is safe for a `once` effect too: what makes it public has certainly not happened.
    Partial {
        object: Object,
    },
    /// The look-up worked and there is no such object.
    Absent,
    /// The resource cannot be looked up at all (opaque).
    Unobservable,
    /// The look-up did not work. Never read as absence.
    Failed {
        failure: Failure,
    },
}

/// The answer to a question: a metric's value, a check's reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub value: Value,
    /// Beside the value: an HTTP status, an exit code, named outputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Value>,
}
