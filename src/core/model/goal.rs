//! What the launch is for: goals with a metric, or a sentence that a person judges.

use serde::{Deserialize, Serialize};

use super::{Timestamp, name::Id};

/// A goal. Judged by an expression over samples of its metric, or by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    pub name: Id,
    /// The sentence as written, or made from metric and target.
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Id>,
    /// As written, e.g. `>= 100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
}
