//! A dated state of the launch: the unit people talk about.

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    activity::{Activity, Need},
    approval::Approval,
    area::Phase,
    check::Check,
    fingerprint::Fingerprint,
    name::Id,
    work::Work,
};

/// A milestone, fully resolved. It completes when its needs and activities are reached, its checks pass and its approvals stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    pub id: Id,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub phase: Phase,
    /// Its activities do not start before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    pub due: Timestamp,
    /// How long the work for it takes; for schedule and forecast, never for its completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Work>,
    /// Written as an absolute date: it does not move with T.
    #[serde(default)]
    pub fixed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

impl Milestone {
    /// Of all that a person approves: the milestone with its dates, checks and activities, not who owns it.
    pub fn fingerprint(&self, activities: &[&Activity]) -> Fingerprint {
        let contents: Vec<_> = activities.iter().map(|a| (&a.id, &a.uses, &a.with, a.not_before, a.due)).collect();
        Fingerprint::of(&(&self.id, &self.title, self.start, self.due, &self.needs, &self.checks, contents))
    }
}
