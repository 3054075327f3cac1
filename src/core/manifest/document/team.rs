//! `kind: Team`: who is there, and for how much.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Metadata,
    either::TextOr,
    text::{Capacity, FILLED_PATTERN},
};

/// People who own milestones, give approvals and are asked.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Team`.
    #[schemars(extend("const" = "Team"))]
    pub kind: String,
    /// Its name, which `owner`, `backup` and `from` use, and labels.
    pub metadata: Metadata,
    /// The people.
    pub spec: TeamSpec,
}

/// The people of a team.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TeamSpec {
    /// What people read. Default: the name.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// The people: each a login or e-mail address, or a mapping that says more.
    pub members: Option<Vec<TextOr<Member>>>,
    /// How many people can work on launches at the same time. Default: the members' capacities added up.
    pub capacity: Option<Capacity>,
    /// How to reach the team: a channel or an address. Example: `"#atlas-launch"`.
    pub contact: Option<String>,
    /// Who has which role; approvals name a role in `from`. Example: `{ release-managers: [ana, ben] }`.
    pub roles: Option<BTreeMap<String, Vec<String>>>,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The login or e-mail address by which approvals and answers are recorded. Example: `ana`.
    pub name: String,
    /// Where to write to. Example: `ana@example.com`.
    pub email: Option<String>,
    /// The share of a week that goes to launches. Default: 1. Example: `0.5`.
    pub capacity: Option<Capacity>,
    /// The roles of this person. Example: `[release-managers]`.
    pub roles: Option<Vec<String>>,
}
