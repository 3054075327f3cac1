//! What people say to the items of the checklists.

use serde::{Deserialize, Serialize};

use super::{Timestamp, name::Actor};

/// One person's answer to an item that launchd cannot see for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAnswer {
    pub by: Actor,
    pub at: Timestamp,
    pub answer: Said,
    /// An address or a sentence that somebody can check later.
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Yes,
    No,
    /// This launch does without it.
    NotApplicable,
}
