//! What an executor is asked to do, complete: it needs nothing else to do it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    activity::Uses,
    fingerprint::ExternalKey,
    name::{Id, Name},
};

/// The effects an executor can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Create,
    Update,
    /// End it but leave it visible: close a ticket, archive a campaign.
    Close,
    Delete,
}

impl Verb {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Close => "close",
            Self::Delete => "delete",
        }
    }
}

/// One request to an executor, the same for observing, acting and asking.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub launch: Name,
    /// The activity, or for a check `MILESTONE.CHECK`.
    pub subject: String,
    /// The activity's title or id, for people.
    pub title: String,
    pub uses: Uses,
    /// The key under which the object is created and found.
    pub key: ExternalKey,
    /// The vendor's id, when it is known.
    pub object_id: Option<String>,
    /// Fully rendered; `{ secret: NAME }` is still a reference, resolved only by the executor.
    pub with: Value,
    /// Fields whose desired value differs from the observed one; empty means all. For vendors that want partial updates.
    pub changed: Vec<String>,
    /// 1 for the first try of these inputs.
    pub attempt: u32,
    /// The instant of the pass, so that an executor needs no clock of its own for what it sends.
    pub now: Timestamp,
    /// When a `once` activity becomes public, for vendors that schedule it themselves.
    pub due: Option<Timestamp>,
    pub timeout: Duration,
    /// Who works on it, for the `human` executor and for tickets.
    pub owner: Option<String>,
}

impl Call {
    /// `LAUNCH/SUBJECT`, as logs and spans name it.
    pub fn address(&self) -> String {
        format!("{}/{}", self.launch, self.subject)
    }
}

/// Identifies one intent in the journal: the event's sequence number in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub u64);

/// An activity's address within all launches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    pub launch: Name,
    pub activity: Id,
}
