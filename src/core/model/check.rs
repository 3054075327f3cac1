//! Questions asked of the world before a milestone counts as complete.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    activity::{Inputs, Uses},
    name::Id,
    outcome::Failure,
};
use serde_json::Value;

/// One question with what counts as a good answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub name: Id,
    pub question: Question,
    /// What `value` is, picked out of the answer by an expression; `None`: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<String>,
    /// An expression over `value`, `outputs`, `launch` and `activities`; true is a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<String>,
    /// An expression; true is a fail. Neither pass nor fail is inconclusive, and a person decides.
    /// With `pass` alone, not passing is failing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail: Option<String>,
    /// It must have passed for so long without a break.
    #[serde(default)]
    pub for_seconds: u64,
    /// Asked again after so long while it does not pass, or while `for_seconds` is running.
    pub every_seconds: u64,
    pub timeout_seconds: u64,
}

/// Where the answer comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// A resource that can be asked: a metric, an HTTP request, a program.
    Probe { uses: Uses, with: Inputs },
    /// The launch itself: `pass` decides, without any call.
    Expression,
    /// A person in a role answers with `launchd done` or `launchd block`.
    Person { prompt: String, from: Option<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Fail,
    /// It could not be told; a person is asked.
    Inconclusive,
}

/// What is known of one check.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Answer>,
    /// Since when every answer was a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passing_since: Option<Timestamp>,
    /// Failed look-ups in a row, for the back-off.
    #[serde(default)]
    pub failures: u32,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub at: Timestamp,
    pub verdict: Verdict,
    #[serde(default)]
    pub value: Value,
    /// Why it is inconclusive or what the person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// A person said so; launchd asked the world otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_person: bool,
    /// The check's fingerprint: an answer to another question does not count.
    pub question: super::fingerprint::Fingerprint,
}
