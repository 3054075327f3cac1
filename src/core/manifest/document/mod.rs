//! The documents as people write them: one type per kind, every field with the words an editor shows for it.
//!
//! In: nodes of a file. Out: typed documents, and the JSON Schemas made from the same types.
//! Imports `model` for its words. Deliberately absent: merging, dates as instants, references — see `lower`.

mod activity;
mod area;
mod calendar;
pub mod connector;
mod either;
mod launch;
mod milestone;
mod profile;
mod schemas;
mod settings;
mod table;
mod team;
mod text;

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Deserialize;

pub use activity::{Activity, ForEach, OnCancel, Retry};
pub use area::{
    Budget, Demand, Marketing, Messaging, Monitoring, Quota, Sales, SlaTarget, Support, SupportLevel, Window,
};
pub use calendar::{Calendar, CalendarSpec, Freeze, Holiday, Weekday};
pub use either::{ListOr, TextOr};
pub use launch::{Goal, Launch, LaunchSpec, Metric, Moved, Risk};
pub use milestone::{Approval, Check, HttpMethod, HttpQuestion, Milestone};
pub use profile::{Parameter, ParameterKind, Profile};
pub use schemas::{schema, schemas};
pub use settings::{
    Auth, ConnectorSettings, ExecSettings, LimitSettings, LintLevel, PolicySettings, RateSettings, RevisionSettings,
    SecretField, SecretSettings, ServerSettings, Settings, SettingsSpec, SourceSettings, StoreSettings,
};
pub use table::Table;
pub use team::{Member, Team, TeamSpec};
pub use text::{
    Amount, Capacity, Condition, Currency, Day, Duration, FILLED_PATTERN, ID_PATTERN, MOST_PEOPLE, NAME_PATTERN,
    NeedText, Scalar, Share, UsesText, When, WorkText,
};

use crate::core::model::name::Name;

/// The only version of the format.
pub const API_VERSION: &str = "launchd/v1";

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Launch,
    Profile,
    Calendar,
    Team,
    Connector,
    Settings,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Launch, Self::Profile, Self::Calendar, Self::Team, Self::Connector, Self::Settings];

    /// As `kind:` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Launch => "Launch",
            Self::Profile => "Profile",
            Self::Calendar => "Calendar",
            Self::Team => "Team",
            Self::Connector => "Connector",
            Self::Settings => "Settings",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A vendor's API, described so that no code is needed for it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Connector`.
    #[schemars(extend("const" = "Connector"))]
    pub kind: String,
    /// Its name, which plan files write before the `/` of `uses`, and labels.
    pub metadata: Metadata,
    /// The API.
    pub spec: connector::ConnectorSpec,
}

/// What every document says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Its name, unique among the documents of its kind: lower-case letters, digits and `-`, at most 63. State and external
    /// keys hang on a launch's name, so it does not change while the launch runs. Example: `atlas-2`.
    pub name: Name,
    /// Words to select and group by, by key. Example: `{ product: atlas, tier: "1" }`.
    pub labels: Option<BTreeMap<String, String>>,
    /// Notes for other programs; launchd keeps them and does not read them.
    pub annotations: Option<BTreeMap<String, String>>,
}
