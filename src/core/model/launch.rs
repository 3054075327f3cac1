//! One launch as its files ask for it: profile merged, templates rendered, every date an instant.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    activity::{Activity, Inputs, Need, Uses},
    calendar::WorkCalendar,
    fingerprint::Fingerprint,
    goal::Goal,
    milestone::Milestone,
    name::{Id, Name},
    resources::{Budget, Demand},
    risk::Risk,
    source::Location,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LaunchType {
    NewProduct,
    MajorRelease,
    FeatureUpdate,
    BetaLaunch,
    SoftLaunch,
}

impl LaunchType {
    pub const ALL: [Self; 5] =
        [Self::NewProduct, Self::MajorRelease, Self::FeatureUpdate, Self::BetaLaunch, Self::SoftLaunch];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewProduct => "new_product",
            Self::MajorRelease => "major_release",
            Self::FeatureUpdate => "feature_update",
            Self::BetaLaunch => "beta_launch",
            Self::SoftLaunch => "soft_launch",
        }
    }
}

/// Desired: one launch, fully resolved. A value; where it came from is in `source`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    pub name: Name,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub launch_type: LaunchType,
    /// T.
    pub target: Timestamp,
    pub timezone: Tz,
    /// Working days and holidays, for business days; shared by the launches that name the same `kind: Calendar`.
    #[serde(default, skip_serializing_if = "usual")]
    pub calendar: Arc<WorkCalendar>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// In dependency order; ties in due order, then as written.
    pub milestones: Vec<Milestone>,
    /// In dependency order, each after everything it needs; ties by milestone, then as written.
    pub activities: Vec<Activity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// Named questions whose answer is a number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<Id, Metric>,
    /// What may go wrong, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Risk>,
    /// Times in which no activity with an outside effect starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<Freeze>,
    /// Old activity ids and what they are called now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// The people it takes, by discipline, in the order in which they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demands: Vec<Demand>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The area plans as written, merged with the profile: `resources`, `marketing`, `sales`, `support`, `monitoring`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub areas: BTreeMap<String, Value>,
    #[serde(default)]
    pub policy: Policy,
    /// Where the document starts. Not part of the revision, and the last field because of that.
    pub source: Location,
}

/// A metric: a resource of class `observe` that yields a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub uses: Uses,
    pub with: Inputs,
    /// An expression over `value` and `outputs` that picks the number out of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Behind its figures, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// A freeze window, from a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// The calendar that it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Name>,
    pub name: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Activities of this launch that go on nevertheless.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub from: Id,
    pub to: Id,
}

/// What a launch may do without asking. From settings, never from the plan file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// A plan that removes or changes more than this share of a launch's existing objects asks first.
    pub max_change_percent: u32,
    /// Below so many affected objects the share is not judged.
    pub max_change_floor: u32,
    /// `once` activities need a standing approval on their milestone.
    pub once_needs_approval: bool,
    /// A `once` activity whose moment was missed by more than this asks a person instead of catching up.
    pub grace_seconds: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { max_change_percent: 30, max_change_floor: 3, once_needs_approval: false, grace_seconds: 24 * 3600 }
    }
}

fn usual(calendar: &Arc<WorkCalendar>) -> bool {
    calendar.is_usual()
}

/// Names one state of the desired launch: the fingerprint of all of it but its place in the files.
pub type Revision = Fingerprint;

impl Launch {
    pub fn revision(&self) -> Revision {
        thread_local! {
            /// Kept between launches: a buffer that is made and freed for each costs as much as filling it.
            static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        let mut text = TEXT.take();
        text.clear();
        serde_json::to_writer(&mut text, self).expect("a launch has string keys and finite numbers");
        let source = serde_json::to_vec(&self.source).expect("a place has string keys and whole numbers");
        // `source` is the last field: what stands before it is all that counts.
        let revision = Fingerprint::of_bytes(&text[..text.len() - source.len() - 1]);
        TEXT.set(text);
        revision
    }

    /// The revision of a launch that was written as JSON, by whichever version. `None`: that is no launch.
    pub fn revision_of_json(text: &str) -> Option<Revision> {
        const PLACE: &str = r#","source":"#;
        let end = text.rfind(PLACE)? + PLACE.len();
        serde_json::from_str::<Location>(text[end..].strip_suffix('}')?).ok()?;
        Some(Fingerprint::of_bytes(&text.as_bytes()[..end]))
    }

    /// The milestones of other launches that this one waits for.
    pub fn foreign_needs(&self) -> impl Iterator<Item = (&Name, &Id)> {
        let needs = self.milestones.iter().flat_map(|m| &m.needs).chain(self.activities.iter().flat_map(|a| &a.needs));
        needs.filter_map(|need| match need {
            Need::Foreign { launch, milestone } => Some((launch, milestone)),
            Need::Activity(_) | Need::Milestone(_) => None,
        })
    }

    pub fn milestone(&self, id: &Id) -> Option<&Milestone> {
        self.milestones.iter().find(|m| m.id == *id)
    }

    pub fn activity(&self, id: &Id) -> Option<&Activity> {
        self.activities.iter().find(|a| a.id == *id)
    }

    pub fn activities_of<'a>(&'a self, milestone: &'a Id) -> impl Iterator<Item = &'a Activity> {
        self.activities.iter().filter(move |a| a.milestone == *milestone)
    }
}
