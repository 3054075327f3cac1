//! Milestones with their checks and approvals, as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    activity::Activity,
    either::TextOr,
    table::Table,
    text::{Duration, FILLED_PATTERN, NeedText, UsesText, When, WorkText},
};
use crate::core::model::{approval::Gate, area::Phase, name::Id};

/// A dated state of the launch with an owner. It completes when what it needs is complete, its activities have
/// converged, its checks pass and its approvals stand.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Milestone {
    /// What people read. Default: made from the milestone's id. Example: `Product Readiness`.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// What being complete means, in words.
    pub description: Option<String>,
    /// The part of the launch it belongs to: `pre_launch`, `launch` (entered only when all of `pre_launch` is complete)
    /// or `post_launch`. Default: by its due date against the target date.
    pub phase: Option<Phase>,
    /// Its activities do not start before this moment. Example: `T-6w`.
    pub start: Option<When>,
    /// When it should be complete: absolute (`2027-03-18`, which does not move with the target date), relative to the
    /// target date (`T-2w`, `T-10bd`) or to another milestone (`product_readiness+3d`). A bare date is its end of day.
    pub due: Option<When>,
    /// How long the work takes, nights and weekends included, or in business days of the launch's calendar (`5bd`). It says
    /// when to begin so as to be done by `due`, and what a delay of one thing does to the next. Example: `10bd`.
    pub duration: Option<WorkText>,
    /// The team or person who answers for it. Default: the launch's owner.
    pub owner: Option<String>,
    /// Who steps in when the owner cannot.
    pub backup: Option<String>,
    /// What must be complete first: milestones and activities of this launch, or `launch/milestone` of another launch.
    pub needs: Option<Vec<NeedText>>,
    /// What is done for it, by id. Each id is unique in the whole launch.
    pub activities: Option<Table<Activity>>,
    /// Questions asked of the world, or of a person, before it counts as complete.
    pub checks: Option<Vec<Check>>,
    /// Sign-offs that it needs.
    pub approvals: Option<Vec<Approval>>,
    /// `true`: this launch does without the milestone that its profile has. Default: `false`.
    pub cancelled: Option<bool>,
}

/// A question with what counts as a good answer. It asks exactly one of `metric`, `uses`, `http`, `run`, `ask` and
/// `expression`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its id within the milestone. Example: `errors_low`.
    pub name: Id,
    /// What people read. Default: made from the name.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// Asks a metric of this launch (`metrics`) for its value. Example: `error_rate`.
    pub metric: Option<Id>,
    /// Asks a connector's resource of class `observe`. Example: `prometheus/query`.
    pub uses: Option<UsesText>,
    /// The fields for `uses`.
    pub with: Option<Map<String, Value>>,
    /// Asks a web address; without `pass`, an answer of 200 to 299 passes. `value` is the JSON body, or its text.
    /// Example: `https://status.example.com/health`.
    pub http: Option<TextOr<HttpQuestion>>,
    /// Runs a program: its argument vector, no shell. Exit code 0 passes; settings say which programs may run.
    /// Example: `[./ci/smoke-test.sh, "{{ launch.name }}"]`.
    pub run: Option<Vec<String>>,
    /// Asks a person, who answers with `launchd done` or `launchd block`. Example: `Is the press kit proof-read?`.
    pub ask: Option<String>,
    /// For `ask`: the role or team whose members may answer. Default: the milestone's owner.
    pub from: Option<String>,
    /// Decides by what launchd knows itself, without any call. Example: `activities.epic.status == "done"`.
    pub expression: Option<String>,
    /// An expression over `value`, `outputs`, `launch` and `activities`; true is a pass. Example: `value < 0.01`.
    pub pass: Option<String>,
    /// An expression; true is a fail. With both `pass` and `fail`, neither is inconclusive, and a person decides.
    pub fail: Option<String>,
    /// It must have passed for so long without a break. Default: one pass is enough. Example: `10m`.
    #[serde(rename = "for")]
    pub hold: Option<Duration>,
    /// It is asked again after so long while it does not pass. Default: `1m`.
    pub every: Option<Duration>,
    /// An answer that takes longer counts as none. Default: `30s`.
    pub timeout: Option<Duration>,
}

/// A request whose answer is judged.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpQuestion {
    /// The address; templates are allowed. Example: `https://api.example.com/v1/health`.
    pub url: String,
    /// The method. Default: `GET`.
    pub method: Option<HttpMethod>,
    /// Header fields by name. A secret is `{ secret: NAME }`, never its value.
    pub headers: Option<Map<String, Value>>,
    /// The body, sent as JSON.
    pub body: Option<Value>,
}

/// Methods that only ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    Get,
    Head,
    Post,
}

/// A named sign-off. It stands only while what was approved stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Its id within the milestone. Example: `go_no_go`.
    pub name: Id,
    /// What people read. Default: made from the name.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// The role or team whose members may give it. Default: the milestone's owner. Example: `release-managers`.
    pub from: Option<String>,
    /// How many different people must give it. Default: 1.
    #[schemars(range(min = 1, max = 100))]
    pub count: Option<u32>,
    /// A sign-off stands for so long. Default: until what was approved changes. Example: `7d`.
    pub expires: Option<Duration>,
    /// What it holds back: `start` (every activity of the milestone; the default in the launch phase) or `completion`
    /// (its public activities and its completion; the default elsewhere).
    pub gate: Option<Gate>,
}
