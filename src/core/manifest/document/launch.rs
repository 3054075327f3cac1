//! `kind: Launch`: one product launch.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Metadata,
    area::{Demand, Marketing, Monitoring, Sales, Support},
    either::TextOr,
    milestone::Milestone,
    table::Table,
    text::{Amount, Duration, FILLED_PATTERN, Moment, Scalar, UsesText, When},
};
use crate::core::model::{
    goal::Direction,
    launch::LaunchType,
    name::{Id, Name},
    risk::Level,
};

/// One product launch: its target date, its milestones and the plans of each area.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Launch`.
    #[schemars(extend("const" = "Launch"))]
    pub kind: String,
    /// Its name and labels.
    pub metadata: Metadata,
    /// What the launch is.
    #[schemars(schema_with = "launch_spec")]
    pub spec: LaunchSpec,
}

/// A launch's spec. In a profile every field is optional; a launch must say its type and its target date itself.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LaunchSpec {
    /// What people read in plans and reports. Default: the name. Example: `Atlas 2.0`.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// What is launched, in a few sentences.
    pub description: Option<String>,
    /// The kind of launch: `new_product`, `major_release`, `feature_update`, `beta_launch` or `soft_launch`. It chooses the
    /// built-in profile that supplies milestones, channels, budget and targets.
    pub launch_type: Option<LaunchType>,
    /// T, the moment of the launch, read in `timezone`. Dates such as `T-2w` count from it; a bare date is 00:00.
    /// Example: `2027-04-01T09:00`.
    #[schemars(extend("pattern" = TARGET_PATTERN, "examples" = ["2027-04-01T09:00"]), with = "String")]
    pub target_date: Option<Moment>,
    /// The IANA time zone in which the file's dates and times are meant. Default: the calendar's, otherwise `UTC`.
    /// Example: `America/New_York`.
    pub timezone: Option<String>,
    /// The team or person who answers for the launch. Example: `atlas-launch-team`.
    pub owner: Option<String>,
    /// Who steps in when the owner cannot.
    pub backup: Option<String>,
    /// The `Calendar` with its working days, holidays and freezes. Default: Monday to Friday, no holidays.
    pub calendar: Option<Name>,
    /// The `Profile` to start from instead of the built-in one of the launch type. Example: `tier-1`.
    pub profile: Option<Name>,
    /// Values for the profile's parameters, by name. Example: `{ regions: [emea, amer] }`.
    pub parameters: Option<Map<String, Value>>,
    /// What it is for: a sentence that a person judges, or a mapping with a metric and a target.
    pub goals: Option<Vec<TextOr<Goal>>>,
    /// The dated states of the launch, by id. Written over the profile's: only what differs needs to be said.
    pub milestones: Option<Table<Milestone>>,
    /// Named questions whose answer is a number, for goals and checks.
    pub metrics: Option<Table<Metric>>,
    /// Renamed activities, so that nothing happens to their objects: `[{ from: epic, to: readiness_epic }]`.
    pub moved: Option<Vec<Moved>>,
    /// What may go wrong, and what is done about it.
    pub risks: Option<Vec<Risk>>,
    /// People it takes, by discipline: `engineering`, `marketing`, `sales`, `support`.
    pub resources: Option<Table<Demand>>,
    /// How it is brought to people.
    pub marketing: Option<Marketing>,
    /// How it is sold.
    pub sales: Option<Sales>,
    /// How customers are helped.
    pub support: Option<Support>,
    /// What is watched.
    pub monitoring: Option<Monitoring>,
}

/// Absolute only: T cannot be relative to itself.
const TARGET_PATTERN: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$";

/// A goal with figures.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Its id. Example: `new_customers`.
    pub name: Id,
    /// What people read. Default: made from metric and target.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// The metric of this launch that it is judged by. Default: a person judges it.
    pub metric: Option<Id>,
    /// What is to be reached: a comparison (`>=`, `>`, `<=`, `<`, `==`, or in words `at least`, `at most`, `more than`,
    /// `less than`), a range (`between 90 and 110`), or a number to reach at least. A unit may follow it.
    /// Example: `">= 100"`.
    pub target: Option<Scalar>,
    /// Which way is better, `up` or `down`. Default: as the target implies. Alone, without a target, the goal is to be
    /// better than the baseline.
    pub direction: Option<Direction>,
    /// The figure before the launch: progress is counted from it. Default: the first figure that is measured. Example: `40`.
    pub baseline: Option<Amount>,
    /// Behind figures, for people. Default: the target's unit, else the metric's. Example: `customers`.
    pub unit: Option<String>,
    /// When the metric is asked first. Default: the target date. Example: `T-1w`.
    pub start: Option<When>,
    /// When it is judged. Default: `T+30d`. Example: `T+30d`.
    pub by: Option<When>,
    /// The metric is asked again after so long, until `by`. Default: `1d`.
    pub every: Option<Duration>,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// A number that can be asked for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The connector's resource that answers, of class `observe`. Example: `prometheus/query`.
    pub uses: UsesText,
    /// The fields of the question.
    pub with: Option<Map<String, Value>>,
    /// An expression that picks the number out of the answer, over `value` and `outputs`. Default: the answer is the
    /// number. Example: `value.data.count`.
    pub value: Option<String>,
    /// What people read. Default: made from the name.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// The unit it is shown with. Example: `customers`.
    pub unit: Option<String>,
}

/// An activity that has a new id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// The id it had.
    pub from: Id,
    /// The id it has now.
    pub to: Id,
}

/// Something that may go wrong.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Its id. Example: `press_leak`.
    pub name: Id,
    /// What may happen, in a sentence.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// How likely it is: `low`, `medium` or `high`. Default: `medium`.
    pub likelihood: Option<Level>,
    /// How bad it would be: `low`, `medium` or `high`. Default: `medium`.
    pub impact: Option<Level>,
    /// Who watches it.
    pub owner: Option<String>,
    /// What is done so that it does not happen, or hurts less.
    pub mitigation: Option<String>,
    /// By what one sees that it happens: words for a person, or an expression over `metrics`, `milestones`, `activities`,
    /// `goals` and `launch`, which launchd watches. Example: `metrics.error_rate > 0.05`.
    pub trigger: Option<String>,
}

/// The schema of a launch's own spec: as the profile's, and the two fields that no profile can know.
fn launch_spec(generator: &mut SchemaGenerator) -> Schema {
    let reference = generator.subschema_for::<LaunchSpec>();
    let mut schema = generator
        .definitions()
        .get("LaunchSpec")
        .cloned()
        .and_then(|definition| Schema::try_from(definition).ok())
        .unwrap_or(reference);
    schema.insert("required".into(), json!(["launch_type", "target_date"]));
    schema
}
