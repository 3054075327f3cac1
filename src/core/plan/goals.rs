//! Goals: when the metric is asked, what the last figure decides, and when a person is asked.
//!
//! They hold nothing back: a launch is complete with its milestones, and its goals are judged after that.

use chrono::TimeDelta;

use super::{
    decide::Decision,
    value::{Action, Blocker, Reason, Until},
};
use crate::core::{
    model::{
        Timestamp,
        activity::Retry,
        fingerprint::ExternalKey,
        goal::{Direction, Goal},
        launch::{Launch, Metric},
        measure::{Ending, GoalState, Sample},
    },
    schedule,
};

/// A metric that does not answer at the date is asked so often, over about a day; then a person is.
pub const LAST_TRIES: u32 = 12;

/// When a goal is judged.
pub fn judged_at(launch: &Launch, goal: &Goal) -> Timestamp {
    goal.by.unwrap_or(launch.target + TimeDelta::days(30))
}

/// What will be done about one goal.
pub(super) fn decide(launch: &Launch, goal: &Goal, state: Option<&GoalState>, now: Timestamp) -> Decision {
    let by = judged_at(launch, goal);
    let judgement = state.and_then(|s| s.judgement_of(goal));
    match judgement.map(|j| j.ending) {
        Some(Ending::Reached | Ending::Missed) => return Decision::new(Action::Keep, Reason::Judged),
        Some(Ending::Inconclusive) => return person(launch, goal),
        None => {}
    }
    let Some(metric) = metric(launch, goal) else {
        if now >= by {
            return person(launch, goal);
        }
        let why = Until::GoalJudged { goal: goal.name.clone() };
        return held(Reason::NotJudged, Blocker::Until { at: by, why });
    };
    let at = next_sample(launch, goal, metric, state, now);
    let reason = if state.is_some_and(|s| !s.samples_of(&metric.question()).is_empty()) {
        Reason::Measured
    } else {
        Reason::NotMeasured
    };
    if now >= at {
        return Decision::new(Action::Check, reason);
    }
    let why = match at >= by {
        true => Until::GoalJudged { goal: goal.name.clone() },
        false => Until::GoalSample { goal: goal.name.clone() },
    };
    held(reason, Blocker::Until { at, why })
}

/// The metric that a goal is judged by.
pub fn metric<'a>(launch: &'a Launch, goal: &Goal) -> Option<&'a Metric> {
    launch.metrics.get(goal.metric.as_ref()?)
}

/// At its pace, and at the date; questions without an answer back off.
fn next_sample(launch: &Launch, goal: &Goal, metric: &Metric, state: Option<&GoalState>, now: Timestamp) -> Timestamp {
    let by = judged_at(launch, goal);
    let start = goal.start.unwrap_or(launch.target).min(by);
    let every = goal.every_seconds.max(60);
    let known = state.filter(|s| s.question.as_ref() == Some(&metric.question()));
    let Some(state) = known else { return start };
    let retry = |failures, last, most| {
        let retry = Retry { attempts: u32::MAX, base_seconds: 60, max_seconds: most };
        schedule::retry_at(retry, &ExternalKey::new("goal", &launch.name, &goal.name, 0), failures, last, None)
    };
    let pace = match (state.failed_at, state.samples.last()) {
        (Some(failed), _) if now >= by => {
            if state.last_failures == 0 {
                by
            } else {
                return retry(state.last_failures, failed, 6 * 3600);
            }
        }
        (Some(failed), _) => retry(state.failures, failed, every),
        (None, Some(last)) => last.at + TimeDelta::seconds(every.cast_signed()),
        (None, None) => start,
    };
    pace.min(by)
}

/// What the figure at the date says. A goal without a target is to be better than its baseline.
pub fn ending(goal: &Goal, samples: &[Sample], value: f64) -> Ending {
    let met = match (&goal.target, goal.direction) {
        (Some(target), _) => Some(target.is_met(value)),
        (None, Some(direction)) => baseline(goal, samples).map(|from| match direction {
            Direction::Up => value > from,
            Direction::Down => value < from,
        }),
        (None, None) => None,
    };
    match met {
        Some(true) => Ending::Reached,
        Some(false) => Ending::Missed,
        None => Ending::Inconclusive,
    }
}

/// The figure before the launch: as written, else the first that was measured before the last one.
pub fn baseline(goal: &Goal, samples: &[Sample]) -> Option<f64> {
    goal.baseline.or_else(|| samples.first().filter(|_| samples.len() > 1).map(|s| s.value))
}

fn person(launch: &Launch, goal: &Goal) -> Decision {
    let who = goal.owner.clone().or_else(|| launch.owner.clone());
    held(Reason::NotJudged, Blocker::Person { who, what: format!("is the goal reached: {}?", goal.title) })
}

fn held(reason: Reason, blocker: Blocker) -> Decision {
    let mut decision = Decision::new(Action::Await, reason);
    decision.blocked.push(blocker);
    decision
}
