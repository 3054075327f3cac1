//! The point of no return: what will go out, when, to whom, and what is left to do when it must be taken back.

use serde::Serialize;
use serde_json::Value;

use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, Compensation, EffectClass, Uses},
        launch::Launch,
        name::Id,
        state::{ActivityState, LaunchState},
    },
    plan::inputs,
    portfolio::Known,
    template::readable,
};

use super::history::words;

/// One `once` activity: public, costly or irreversible.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outgoing {
    pub activity: Id,
    pub title: String,
    pub milestone: Id,
    pub uses: Uses,
    /// Not before this instant.
    pub at: Timestamp,
    /// When it did go out.
    pub went_out: Option<Timestamp>,
    /// It was sent, and nobody knows whether it arrived.
    pub in_doubt: bool,
    /// Fields of `with` that say to whom: name and text.
    pub to: Vec<(String, String)>,
    /// What people will read first: its subject or text.
    pub says: Option<String>,
    pub rollback: Rollback,
}

/// What undoes it when the launch is cancelled after it went out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "rollback", rename_all = "snake_case")]
pub enum Rollback {
    /// Nothing: it stays as it is.
    Nothing,
    Close,
    Delete,
    /// Another activity.
    Run {
        uses: Uses,
        title: String,
    },
}

/// Fields that name those who receive it, in the order in which they are told.
const TO: [&str; 14] = [
    "to",
    "list",
    "audience",
    "segment",
    "channel",
    "channels",
    "recipients",
    "group",
    "environment",
    "flag",
    "url",
    "project",
    "repository",
    "command",
];
/// Fields that hold what is said.
const SAYS: [&str; 7] = ["subject", "text", "message", "title", "summary", "name", "preview_text"];

/// Every `once` activity, in the order in which they may go out.
pub fn outgoing(known: &Known<'_>) -> Vec<Outgoing> {
    let mut all: Vec<Outgoing> = known
        .launch
        .activities
        .iter()
        .filter(|a| a.effect == EffectClass::Once)
        .map(|a| one(a, known.launch, known.state))
        .collect();
    all.sort_by_key(|o| o.at);
    all
}

fn one(activity: &Activity, launch: &Launch, all: &LaunchState) -> Outgoing {
    let state = all.activities.get(&activity.id);
    let with = known_so_far(activity, launch, all);
    let field = |name: &str| with.get(name).and_then(shown).filter(|text| !text.is_empty());
    Outgoing {
        activity: activity.id.clone(),
        title: activity.title.clone().unwrap_or_else(|| words(&activity.id)),
        milestone: activity.milestone.clone(),
        uses: activity.uses.clone(),
        at: activity.not_before.unwrap_or(launch.target),
        went_out: state.and_then(went_out),
        in_doubt: state.is_some_and(|s| s.open.as_ref().is_some_and(|open| open.doubt.is_some())),
        to: TO.iter().filter_map(|name| Some(((*name).to_owned(), field(name)?))).collect(),
        says: SAYS.iter().find_map(|name| field(name)),
        rollback: match &activity.on_cancel {
            Compensation::Keep => Rollback::Nothing,
            Compensation::Close => Rollback::Close,
            Compensation::Delete => Rollback::Delete,
            Compensation::Run(run) => {
                Rollback::Run { uses: run.uses.clone(), title: run.title.clone().unwrap_or_else(|| words(&run.id)) }
            }
        },
    }
}

/// Its inputs with what is known by now as text; what only applying tells is said to be so.
fn known_so_far(activity: &Activity, launch: &Launch, state: &LaunchState) -> Value {
    if activity.with.deferred.is_empty() {
        return activity.with.value.clone();
    }
    let rendered = inputs::render(&activity.with, &inputs::context(launch, state), false);
    let mut with = rendered.value;
    for (pointer, template) in &rendered.later {
        if let Some(leaf) = with.pointer_mut(pointer) {
            *leaf = Value::String(readable(template));
        }
    }
    with
}

fn went_out(state: &ActivityState) -> Option<Timestamp> {
    state.applied.as_ref().map(|a| a.at).or_else(|| state.done.as_ref().map(|m| m.at))
}

/// A value in one line; a secret by its name only, as everywhere.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => map.get("secret").and_then(Value::as_str).map(|name| format!("(secret {name})")),
        other => Some(other.to_string()),
    }
}
