//! How each goal stands: its figures, how far it is from the baseline to the target, and how it ended.

use serde::Serialize;

use crate::core::{
    model::{
        Timestamp,
        goal::{Direction, Goal},
        launch::Launch,
        measure::{Ending, GoalState, Judgement, Sample},
        name::Id,
        outcome::Failure,
        state::LaunchState,
    },
    plan::goals::{baseline, judged_at, metric},
};

/// One goal as it stands at an instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalOutlook {
    pub goal: Id,
    pub title: String,
    pub verdict: GoalVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Id>,
    /// As written: `>= 100`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// As written, else the first figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// When the metric is asked first.
    pub start: Timestamp,
    /// When it is judged.
    pub by: Timestamp,
    /// The last figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Sample>,
    /// Of the way from the baseline to the target: 0 at the baseline or before it, 100 when the target is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<f64>,
    /// Where it should be by now if the way were even.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_percent: Option<f64>,
    /// Oldest first; of many, some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judgement>,
    /// Why the last question got no figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalVerdict {
    /// Not measured yet; or, without a metric, not judged yet.
    NotYet,
    /// Before its date: the target is met, or the way there is not behind an even one.
    OnTrack,
    Behind,
    /// At its date.
    Reached,
    Missed,
    /// At its date nobody could tell; a person is asked.
    Inconclusive,
}

/// Every goal of a launch, in the plan's order.
pub fn goals(launch: &Launch, state: &LaunchState, now: Timestamp) -> Vec<GoalOutlook> {
    launch.goals.iter().map(|goal| outlook(launch, goal, state.goals.get(&goal.name), now)).collect()
}

fn outlook(launch: &Launch, goal: &Goal, state: Option<&GoalState>, now: Timestamp) -> GoalOutlook {
    let question = metric(launch, goal).map(crate::core::model::launch::Metric::question);
    let samples: &[Sample] = match (&question, state) {
        (Some(question), Some(state)) => state.samples_of(question),
        _ => &[],
    };
    let by = judged_at(launch, goal);
    let start = goal.start.unwrap_or(launch.target).min(by);
    let last = samples.last().copied();
    let progress_percent = last.and_then(|last| progress(goal, samples, last.value));
    let expected_percent = last.and_then(|last| expected(goal, samples, start, by, last.at));
    let judged = state.and_then(|s| s.judgement_of(goal)).cloned();
    let verdict = match judged.as_ref().map(|j| j.ending) {
        Some(Ending::Reached) => GoalVerdict::Reached,
        Some(Ending::Missed) => GoalVerdict::Missed,
        Some(Ending::Inconclusive) => GoalVerdict::Inconclusive,
        None if last.is_none() => GoalVerdict::NotYet,
        None if progress_percent >= expected_percent.or(Some(100.0)) => GoalVerdict::OnTrack,
        None => GoalVerdict::Behind,
    };
    let failed = state.filter(|s| s.question == question && now < by + chrono::TimeDelta::days(2));
    GoalOutlook {
        goal: goal.name.clone(),
        title: goal.title.clone(),
        verdict,
        owner: goal.owner.clone(),
        metric: goal.metric.clone(),
        target: goal.target.as_ref().map(ToString::to_string),
        direction: goal.direction,
        unit: goal.unit.clone(),
        baseline: goal.baseline.or_else(|| samples.first().map(|s| s.value)),
        start,
        by,
        last,
        progress_percent,
        expected_percent,
        samples: samples.to_vec(),
        judged,
        failure: failed.and_then(|s| s.failure.clone()),
    }
}

fn progress(goal: &Goal, samples: &[Sample], value: f64) -> Option<f64> {
    if let Some(target) = &goal.target {
        if target.is_met(value) {
            return Some(100.0);
        }
        let from = goal.baseline.or_else(|| samples.first().map(|s| s.value))?;
        let to = target.figure(from);
        let way = to - from;
        // A target that the baseline touches and does not meet (`> 0` from 0) is not begun.
        return Some(if way == 0.0 { 0.0 } else { ((value - from) / way * 100.0).clamp(0.0, 99.9) });
    }
    let (from, direction) = (baseline(goal, samples)?, goal.direction?);
    let better = if direction == Direction::Up { value > from } else { value < from };
    Some(if better { 100.0 } else { 0.0 })
}

/// An even way from the start, or from the first figure where that is the baseline, to the date.
fn expected(goal: &Goal, samples: &[Sample], start: Timestamp, by: Timestamp, at: Timestamp) -> Option<f64> {
    goal.target.as_ref()?;
    let from = if goal.baseline.is_some() { start } else { samples.first()?.at };
    let (whole, past) = ((by - from).num_seconds(), (at - from).num_seconds());
    // Half of the pace is still on track: launches begin slowly, and one figure is not a trend.
    let even = if whole <= 0 { 100.0 } else { (past as f64 / whole as f64 * 100.0).clamp(0.0, 100.0) };
    Some(if at >= by { 100.0 } else { even / 2.0 })
}
