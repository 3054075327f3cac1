//! The risk log as it stands: the gravest first, with triggers that what is observed sets off.

use std::collections::{BTreeMap, HashSet};

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::goals::goals;
use crate::core::{
    model::{
        Timestamp,
        activity::Activity,
        launch::Launch,
        name::Id,
        risk::{Level, Risk, Trigger},
        state::LaunchState,
    },
    schedule::nodes::finished,
    template::{self, Context, TemplateErrorKind},
};

/// One risk as it stands at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskOutlook {
    pub name: Id,
    pub title: String,
    pub likelihood: Level,
    pub impact: Level,
    pub severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mitigation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    pub watch: Watch,
}

/// Likelihood × impact: 1 and 2, 3 and 4, 6, 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub fn of(likelihood: Level, impact: Level) -> Self {
        match (likelihood as u8 + 1) * (impact as u8 + 1) {
            0..=2 => Self::Low,
            3..=4 => Self::Medium,
            5..=6 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// What the trigger says now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Its expression is true: it happens.
    Triggered,
    Quiet,
    /// Its expression cannot be told yet, with why: `error_rate` was not measured.
    Unknown(String),
    /// Words, or no trigger: a person looks.
    Person,
}

/// Every risk of a launch: what happens first, then by severity, then as written.
pub fn risks(launch: &Launch, state: &LaunchState, now: Timestamp) -> Vec<RiskOutlook> {
    let watched = launch.risks.iter().any(|r| matches!(r.trigger, Some(Trigger::Expression(_))));
    let context = if watched { context(launch, state, now) } else { Context::new() };
    let mut risks: Vec<RiskOutlook> = launch.risks.iter().map(|risk| outlook(risk, &context)).collect();
    risks.sort_by_key(|r| std::cmp::Reverse((r.watch == Watch::Triggered, r.severity)));
    risks
}

fn outlook(risk: &Risk, context: &Context) -> RiskOutlook {
    let watch = match &risk.trigger {
        Some(Trigger::Expression(text)) => match template::test(text, context) {
            Ok(true) => Watch::Triggered,
            Ok(false) => Watch::Quiet,
            Err(error) if error.kind == TemplateErrorKind::Unknown => Watch::Unknown("not measured yet".into()),
            Err(error) => Watch::Unknown(error.to_string()),
        },
        Some(Trigger::Words(_)) | None => Watch::Person,
    };
    RiskOutlook {
        name: risk.name.clone(),
        title: risk.title.clone(),
        likelihood: risk.likelihood,
        impact: risk.impact,
        severity: Severity::of(risk.likelihood, risk.impact),
        owner: risk.owner.clone(),
        mitigation: risk.mitigation.clone(),
        trigger: risk.trigger.as_ref().map(|t| t.text().to_owned()),
        watch,
    }
}

/// What a trigger's expression sees.
fn context(launch: &Launch, state: &LaunchState, now: Timestamp) -> Context {
    let late = |due: Timestamp, done: Option<Timestamp>| (done.unwrap_or(now) - due).max(TimeDelta::zero());
    let stand = |due: Timestamp, done: Option<Timestamp>, blocked: bool, begun: bool| {
        let status = match (done, blocked) {
            (Some(_), _) => "completed",
            (None, true) => "blocked",
            (None, false) if now > due => "delayed",
            (None, false) if begun => "in_progress",
            (None, false) => "planned",
        };
        let late = late(due, done);
        json!({ "status": status, "done": done.is_some(), "late": late > TimeDelta::zero(), "days_late": late.num_days() })
    };
    let has_begun = |a: &&Activity| state.activities.get(&a.id).is_some_and(|k| k.key.is_some());
    let begun: HashSet<&Id> = launch.activities.iter().filter(has_begun).map(|a| &a.milestone).collect();
    let milestones = launch.milestones.iter().map(|m| {
        let known = state.milestones.get(&m.id);
        let done = known.and_then(|k| k.completed.as_ref()).map(|mark| mark.at);
        let begun = begun.contains(&m.id);
        (m.id.to_string(), stand(m.due, done, known.is_some_and(|k| k.blocked.is_some()), begun))
    });
    let activities = launch.activities.iter().map(|a| {
        let known = state.activities.get(&a.id);
        let blocked = known.is_some_and(|k| k.blocked.is_some());
        let stands = stand(a.due, finished(a, state), blocked, known.is_some_and(|k| k.key.is_some()));
        (a.id.to_string(), stands)
    });
    let goals = goals(launch, state, now).into_iter().map(|g| {
        let value = json!({ "verdict": g.verdict, "value": g.last.map(|s| s.value), "progress": g.progress_percent });
        (g.goal.to_string(), value)
    });
    let metrics = latest(launch, state).into_iter().map(|(id, (_, value))| (id.to_string(), json!(value)));
    let about = json!({
        "name": launch.name,
        "title": launch.title,
        "launch_type": launch.launch_type,
        "labels": launch.labels,
        "days_to_target": (launch.target - now).num_days(),
    });
    Context::new()
        .with("launch", &about)
        .with("milestones", &milestones.collect::<Map<String, Value>>())
        .with("activities", &activities.collect::<Map<String, Value>>())
        .with("goals", &goals.collect::<Map<String, Value>>())
        .with("metrics", &metrics.collect::<Map<String, Value>>())
}

/// The newest figure of each metric, from goals and from checks that ask the same.
pub fn latest(launch: &Launch, state: &LaunchState) -> BTreeMap<Id, (Timestamp, f64)> {
    let mut newest: BTreeMap<Id, (Timestamp, f64)> = BTreeMap::new();
    let mut take = |id: &Id, at: Timestamp, value: f64| {
        if newest.get(id).is_none_or(|(known, _)| *known < at) {
            newest.insert(id.clone(), (at, value));
        }
    };
    for (id, metric) in &launch.metrics {
        let question = metric.question();
        let goals = launch.goals.iter().filter(|g| g.metric.as_ref() == Some(id));
        for last in goals.filter_map(|g| state.goals.get(&g.name)?.samples_of(&question).last()) {
            take(id, last.at, last.value);
        }
        for milestone in &launch.milestones {
            for check in milestone.checks.iter().filter(|c| metric.is_asked_by(&c.question)) {
                let answer = state.milestones.get(&milestone.id).and_then(|m| m.checks.get(&check.name)?.last.as_ref());
                if let Some((answer, value)) = answer.and_then(|a| Some((a, a.value.as_f64()?))) {
                    take(id, answer.at, value);
                }
            }
        }
    }
    newest
}
