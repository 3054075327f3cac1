//! An activity as written.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::text::{Condition, Duration, FILLED_PATTERN, NeedText, UsesText, When, WorkText};
use crate::core::model::{
    activity::{CompleteWhen, Manage, Removal},
    area::Area,
};

/// One thing to make true, done by a connector's resource, by a program, or by a person.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Activity {
    /// What people read in plans and reports. Default: made from the activity's id. Example: `Open the readiness epic`.
    #[schemars(extend("pattern" = FILLED_PATTERN))]
    pub title: Option<String>,
    /// More words for the person who does it or reads about it.
    pub description: Option<String>,
    /// Which resource of which connector does it, as `connector/resource`: `jira/issue`, `mailchimp/campaign`,
    /// `exec/command`. Default: `human/task`, a task that waits for a person's `launchd done`.
    pub uses: Option<UsesText>,
    /// The fields of the object, as the resource's schema names them (`launchd connectors NAME`). Strings may hold
    /// templates: `{{ launch.title }}`, `{{ activities.epic.url }}`. A secret is `{ secret: NAME }`, never its value.
    pub with: Option<Map<String, Value>>,
    /// What must be reached first: activities and milestones of this launch, or `launch/milestone` of another one.
    /// What `with` uses of other activities is added by itself. Example: `[epic, product_readiness]`.
    pub needs: Option<Vec<NeedText>>,
    /// An expression decided when the plan is resolved; the activity is left out where it is false.
    /// Example: `launch.labels.tier == "1"`.
    pub when: Option<Condition>,
    /// One activity per item: a list, or an expression that yields one. The item is `{{ item }}` in templates, and the
    /// activity's id becomes `post[emea]`. An item that is a mapping needs a `name`. Example: `[emea, amer]`.
    pub for_each: Option<ForEach>,
    /// Not before this moment. Default: when its milestone or window starts. Example: `T-3w`.
    pub start: Option<When>,
    /// When it should be done. Default: its milestone's due date or the end of its window. Example: `T-2w`.
    pub due: Option<When>,
    /// How long the work takes, nights and weekends included, or in business days of the launch's calendar (`5bd`). It says
    /// when to begin so as to be done by `due`, and what a delay of one thing does to the next. Example: `5bd`.
    pub duration: Option<WorkText>,
    /// Who it is for. Default: the area plan it is written in, otherwise `product`.
    pub area: Option<Area>,
    /// Who does it or answers for it: a team or a person. Default: the milestone's owner.
    pub owner: Option<String>,
    /// Who steps in when the owner cannot.
    pub backup: Option<String>,
    /// Take over the object that already exists under this id of the vendor instead of creating one. Example: `ATL-120`.
    pub adopt: Option<String>,
    /// How much of the object launchd manages: `full` (default), `create_only` (then leave it alone) or `observe`
    /// (never change it, only wait until it is there and done).
    pub manage: Option<Manage>,
    /// Fields of `with` that others may change in the vendor's tool without being corrected. Example: `[assignee, labels]`.
    pub ignore_drift: Option<Vec<String>>,
    /// What happens to the object when the activity leaves the file: `keep` (default), `close` or `delete`, where the
    /// connector can.
    pub on_remove: Option<Removal>,
    /// What undoes it when the launch is cancelled: `keep` (default), `close`, `delete`, or `run:` with another activity,
    /// for example an e-mail that takes the announcement back.
    pub on_cancel: Option<OnCancel>,
    /// How often and how fast to try again when the vendor does not answer or asks to wait.
    pub retry: Option<Retry>,
    /// A call that takes longer is given up. Default: `30s`; for programs the settings' `exec.timeout`.
    pub timeout: Option<Duration>,
    /// For activities whose effect is public (class `once`): never before this moment. Default: the target date, `T`.
    pub embargo: Option<When>,
    /// When it counts as reached: `exists` (the object is there as written) or `done` (and the vendor shows it as done).
    /// Default: what the connector says of the resource.
    pub complete_when: Option<CompleteWhen>,
}

/// Delays between tries: `base`, doubled each time, up to `max`; never earlier than the vendor asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// After so many failed tries of the same inputs a person is asked. Default: 10.
    #[schemars(range(min = 1, max = 1000))]
    pub attempts: Option<u32>,
    /// The delay before the second try. Default: `2s`.
    pub base: Option<Duration>,
    /// The longest delay between two tries. Default: `15m`.
    pub max: Option<Duration>,
}

/// The items that one activity is made for.
#[derive(Debug, Clone, PartialEq)]
pub enum ForEach {
    /// A template or expression that yields a list.
    Expression(String),
    Items(Vec<Value>),
}

struct ForEachVisitor;

impl<'de> de::Visitor<'de> for ForEachVisitor {
    type Value = ForEach;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an expression that yields one")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<ForEach, E> {
        Ok(ForEach::Expression(text.to_owned()))
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<ForEach, A::Error> {
        Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(ForEach::Items)
    }
}

impl<'de> Deserialize<'de> for ForEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ForEachVisitor)
    }
}

impl JsonSchema for ForEach {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ForEach".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": ["string", "number", "boolean", "object"] } },
            ],
            "examples": [["emea", "amer"], "parameters.regions"],
        })
    }
}

/// What undoes an activity.
#[derive(Debug, Clone, PartialEq)]
pub enum OnCancel {
    Remove(Removal),
    Run(Box<Activity>),
}

/// The long form of [`OnCancel`].
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunOnCancel {
    /// An activity that is run once after the cancellation, if this one had an effect.
    run: Box<Activity>,
}

struct OnCancelVisitor;

impl<'de> de::Visitor<'de> for OnCancelVisitor {
    type Value = OnCancel;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`keep`, `close`, `delete` or a mapping with `run`")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<OnCancel, E> {
        super::either::word(text).map(OnCancel::Remove)
    }
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<OnCancel, A::Error> {
        RunOnCancel::deserialize(de::value::MapAccessDeserializer::new(map)).map(|long| OnCancel::Run(long.run))
    }
}

impl<'de> Deserialize<'de> for OnCancel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnCancelVisitor)
    }
}

impl JsonSchema for OnCancel {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "OnCancel".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["keep", "close", "delete"] },
                generator.subschema_for::<RunOnCancel>(),
            ]
        })
    }
}
