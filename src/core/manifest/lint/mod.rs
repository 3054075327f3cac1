//! What is allowed and known to go wrong: a plan without owners, backups, dependencies, monitoring, messaging, a budget or a
//! post-launch part; what cannot be taken back; dates on which nobody works.

mod backup;
mod dates;
mod money;
mod once;
mod owners;
mod risks;
mod schedule;

use serde_json::Value;

use super::{
    lower::Input,
    node::{Node, Span},
    place::{Step, place},
    problem::Problem,
};
use crate::core::model::{activity::Activity, area::Phase, launch::Launch};

/// A plan with more milestones is warned of.
const MANY: usize = 1_000;

/// Reports every lint as a warning. Severities are a matter of settings.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let whole = place(input.own, &[Step::Key("metadata"), Step::Key("name")]);
    let at = |path: &[Step<'_>]| place(input.tree, path);
    let mut warn = |code, span, summary: &str, detail: String, hint: &str| {
        problems.push(Problem::warning(code, span, summary, detail).hint(hint));
    };
    for milestone in launch.milestones.iter().filter(|m| m.owner.is_none()) {
        warn(
            "lint/no-owner",
            at(&[Step::Key("milestones"), Step::Key(milestone.id.as_str())]),
            "a milestone without an owner",
            format!("Nobody answers for `{}`.", milestone.id),
            "Add `owner` to it, or to the launch.",
        );
    }
    let count = launch.milestones.len();
    if count > MANY {
        warn(
            "lint/many-milestones",
            whole,
            "more milestones than people can follow",
            format!("`{}` has {count} milestones, and pictures of more than 2,000 are not drawn.", launch.name),
            "Split it into several launches, or make activities of what nobody talks about.",
        );
    }
    let linked = launch.milestones.iter().any(|m| !m.needs.is_empty());
    if count > 1 && !linked {
        warn(
            "lint/no-dependencies",
            whole,
            "a plan without dependencies",
            format!("None of its {count} milestones needs another, so a delay of one is not seen in the next."),
            "Add `needs` to the milestones that wait for others.",
        );
    }
    let watched =
        launch.areas.get("monitoring").and_then(|m| m.get("metrics")?.as_array()).is_some_and(|m| !m.is_empty());
    if !watched && launch.metrics.is_empty() {
        warn(
            "lint/no-monitoring",
            whole,
            "a plan without monitoring",
            "Nothing says what is watched, so nobody will know how the launch goes.".to_owned(),
            "Add `monitoring: { metrics: [errors, uptime] }`.",
        );
    }
    if !launch.milestones.iter().any(|m| m.phase == Phase::PostLaunch) {
        warn(
            "lint/no-post-launch",
            whole,
            "a plan that ends on launch day",
            "It has no milestone after the target date: no review, no follow-up.".to_owned(),
            "Add a milestone such as `post_launch_review: { due: T+2w }`.",
        );
    }
    messaging(launch, whole, problems);
    backup::lint(launch, input, problems);
    money::lint(launch, input, problems);
    once::lint(launch, input, problems);
    owners::lint(input, problems);
    dates::lint(launch, input, problems);
    schedule::schedule(launch, input, problems);
    risks::lint(launch, input, problems);
}

/// Nothing that every text says.
fn messaging(launch: &Launch, whole: Span, problems: &mut Vec<Problem>) {
    let messaging = launch.areas.get("marketing").and_then(|m| m.get("messaging"));
    let says = |field| match messaging.and_then(|m| m.get(field)) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    };
    if !says("value_proposition") && !says("key_messages") {
        let detail = "Nothing says what the launch gives people, so every text will say something else.";
        problems.push(
            Problem::warning("lint/no-messaging", whole, "a plan without messaging", detail)
                .hint("Add `marketing: { messaging: { value_proposition: … } }`."),
        );
    }
}

/// Where an activity is written, to the name of one of its fields.
fn place_of(input: &Input<'_>, activity: &Activity, field: Option<&str>) -> Span {
    let steps = written(input, activity);
    let mut steps: Vec<Step<'_>> = steps.iter().map(|key| Step::Key(key)).collect();
    steps.extend(field.map(Step::Key));
    place(input.tree, &steps)
}

/// The keys that lead to an activity: under its milestone, or in a window of its area.
fn written(input: &Input<'_>, activity: &Activity) -> Vec<String> {
    let id = activity.id.as_str().split('[').next().unwrap_or_default();
    let path = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>();
    let own = path(&["milestones", activity.milestone.as_str(), "activities", id]);
    if input.tree.get("milestones").and_then(|m| m.get(&own[1])?.get("activities")?.get(id)).is_some() {
        return own;
    }
    for area in ["marketing", "sales", "support", "monitoring"] {
        let windows = input.tree.get(area).and_then(|a| a.get("timeline")).map(Node::entries).unwrap_or_default();
        for window in windows {
            let rest =
                id.strip_prefix(area).and_then(|r| r.strip_prefix('_')?.strip_prefix(&*window.key)?.strip_prefix('_'));
            if let Some(rest) = rest {
                return path(&[area, "timeline", &window.key, "activities", rest]);
            }
        }
    }
    own
}
