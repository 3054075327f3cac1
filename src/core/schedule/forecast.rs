//! When each milestone can be, must be and will be complete, judged at an instant.
//!
//! In: launches with what is known of them, an instant, what finished launches teach. Out: a [`Forecast`] for each.
//! Launches that need each other's milestones are given together. Deliberately absent: advice, and a clock.

use serde::Serialize;

use super::{
    cause::Cause,
    critical,
    learned::{Delay, Learned},
    look::{Basis, Look},
    network::NEVER,
    nodes::{Circle, Dues, Nodes, Subject, planned_start},
    stuck::{Stuck, stuck},
};
use crate::core::model::{
    Timestamp,
    launch::Launch,
    name::{Id, Name},
    state::LaunchState,
};

/// One launch's dates as they look at an instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    pub launch: Name,
    pub now: Timestamp,
    pub target: Timestamp,
    /// In the launch's order.
    pub milestones: Vec<MilestoneForecast>,
    pub activities: Vec<ActivityForecast>,
    /// Milestones of this launch, each needing the one before; the last ends the launch phase.
    pub critical_path: Vec<Id>,
    /// The milestone of another launch that the critical path begins with, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical_from: Option<(Name, Id)>,
}

/// One milestone's dates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MilestoneForecast {
    pub id: Id,
    /// As written, or so that the work is done when due.
    pub planned_start: Timestamp,
    pub due: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest_start: Option<Timestamp>,
    pub earliest_finish: Timestamp,
    /// In time for its own due date and for all that needs it.
    pub latest_finish: Timestamp,
    /// From the earliest finish to the latest; negative: it cannot be in time.
    pub slack_seconds: i64,
    pub critical: bool,
    /// When it will be complete if all goes on as it does; its actual finish once it is.
    pub expected_finish: Timestamp,
    /// When it will be if it, and what it waits for, is as late as one in ten was; with enough samples only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_finish: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual_finish: Option<Timestamp>,
    /// Days of the launch's zone from the due date to the expected finish; 0: in time.
    pub at_risk_days: i64,
    /// What stops it whatever the dates say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<Stuck>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learned: Option<Delay>,
    /// Why it is expected late: link by link. Empty where it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Cause>,
}

/// One activity's dates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActivityForecast {
    pub id: Id,
    pub milestone: Id,
    pub due: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest_start: Option<Timestamp>,
    pub earliest_finish: Timestamp,
    pub latest_finish: Timestamp,
    pub slack_seconds: i64,
    pub critical: bool,
    pub expected_finish: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual_finish: Option<Timestamp>,
}

impl MilestoneForecast {
    /// Late, or stopped although it is not complete.
    pub fn is_at_risk(&self) -> bool {
        self.actual_finish.is_none() && (self.at_risk_days > 0 || !self.stuck.is_empty())
    }
}

impl Forecast {
    pub fn milestone(&self, id: &Id) -> Option<&MilestoneForecast> {
        self.milestones.iter().find(|m| m.id == *id)
    }

    pub fn at_risk(&self) -> impl Iterator<Item = &MilestoneForecast> {
        self.milestones.iter().filter(|m| m.is_at_risk())
    }
}

/// One launch alone: what it needs of others holds nothing back.
///
/// # Errors
/// Its milestones or activities wait for each other.
pub fn forecast(
    launch: &Launch,
    state: &LaunchState,
    now: Timestamp,
    learned: Option<&Learned>,
) -> Result<Forecast, Circle> {
    let mut all = forecasts(vec![Subject { launch, state: Some(state) }], now, learned)?;
    Ok(all.pop().expect("one launch has one forecast"))
}

/// Several launches, reckoned together, in the order in which they are given. `now` counts to the second.
///
/// # Errors
/// Milestones or activities wait for each other.
pub fn forecasts(
    subjects: Vec<Subject<'_>>,
    now: Timestamp,
    learned: Option<&Learned>,
) -> Result<Vec<Forecast>, Circle> {
    let nodes = Nodes::new(subjects, Some(now))?;
    let mut delays = vec![None; nodes.members.len()];
    if let Some(learned) = learned {
        for (subject, ends) in nodes.subjects.iter().zip(&nodes.milestones) {
            for (milestone, node) in subject.launch.milestones.iter().zip(ends) {
                delays[*node as usize] = learned.delay(subject.launch.launch_type, &milestone.id);
            }
        }
    }
    let latest = nodes.network.latest(&nodes.clocks);
    let earliest = Look::new(&nodes, Basis::Earliest { now });
    let expected = Look::new(&nodes, Basis::Expected { now, delays: &delays, late: false });
    let taught = delays.iter().any(Option::is_some);
    let late = taught.then(|| Look::new(&nodes, Basis::Expected { now, delays: &delays, late: true }));
    let dues = Dues::new(&nodes.subjects);
    let judge = Judge { nodes: &nodes, latest, earliest, expected, late, delays: &delays, dues, now };
    Ok((0..nodes.subjects.len()).map(|at| judge.launch(at)).collect())
}

struct Judge<'n, 'a, 'd> {
    nodes: &'n Nodes<'a>,
    latest: Vec<i64>,
    earliest: Look<'n, 'a, 'd>,
    expected: Look<'n, 'a, 'd>,
    late: Option<Look<'n, 'a, 'd>>,
    delays: &'d [Option<Delay>],
    dues: Dues<'a>,
    now: Timestamp,
}

impl Judge<'_, '_, '_> {
    fn launch(&self, at: usize) -> Forecast {
        let Subject { launch, state } = self.nodes.subjects[at];
        let path = critical::path(self.nodes, &self.earliest, &self.latest, at);
        let mut critical = vec![false; self.nodes.members.len()];
        path.nodes.iter().for_each(|node| critical[*node as usize] = true);
        let mut stops = state.map(|state| stuck(launch, state)).unwrap_or_default();
        stops.resize(launch.milestones.len(), Vec::new());
        let mut on_path = vec![false; launch.milestones.len()];
        path.milestones.iter().for_each(|m| on_path[*m as usize] = true);
        let milestones = stops.into_iter().zip(on_path).enumerate();
        let milestones = milestones.map(|(m, (stops, critical))| self.milestone(at, m, critical, stops)).collect();
        let activities = (0..launch.activities.len()).map(|a| self.activity(at, a, &critical)).collect();
        Forecast {
            launch: launch.name.clone(),
            now: self.now,
            target: launch.target,
            milestones,
            activities,
            critical_path: path.milestones.iter().map(|m| launch.milestones[*m as usize].id.clone()).collect(),
            critical_from: path.from,
        }
    }

    fn milestone(&self, at: usize, m: usize, critical: bool, stuck: Vec<Stuck>) -> MilestoneForecast {
        let launch = self.nodes.subjects[at].launch;
        let milestone = &launch.milestones[m];
        let node = self.nodes.milestones[at][m];
        let own = &self.nodes.network.nodes()[node as usize];
        let end = |look: &Look<'_, '_, '_>| look.moment(node, look.stretches[node as usize].end);
        let actual = own.done.and_then(|at| Timestamp::from_timestamp(at, 0));
        let expected = actual.unwrap_or_else(|| end(&self.expected));
        let at_risk_days = days_late(launch, milestone.due, expected);
        let is_late = actual.is_none() && at_risk_days > 0;
        MilestoneForecast {
            id: milestone.id.clone(),
            planned_start: planned_start(launch, milestone, &self.nodes.clocks[at], &self.dues),
            due: milestone.due,
            earliest_start: self.earliest.start(node),
            earliest_finish: actual.unwrap_or_else(|| end(&self.earliest)),
            latest_finish: self.earliest.moment(node, self.latest[node as usize]),
            slack_seconds: self.slack(node),
            critical,
            expected_finish: expected,
            late_finish: self
                .late
                .as_ref()
                .map(end)
                .filter(|late| actual.is_none() && (self.delays[node as usize].is_some() || *late > expected)),
            actual_finish: actual,
            at_risk_days,
            stuck,
            learned: self.delays[node as usize],
            why: if is_late { self.expected.chain(node) } else { Vec::new() },
        }
    }

    fn activity(&self, at: usize, a: usize, critical: &[bool]) -> ActivityForecast {
        let activity = &self.nodes.subjects[at].launch.activities[a];
        let node = self.nodes.activities[at][a];
        let actual = self.nodes.network.nodes()[node as usize].done.and_then(|at| Timestamp::from_timestamp(at, 0));
        let end = |look: &Look<'_, '_, '_>| look.moment(node, look.stretches[node as usize].end);
        ActivityForecast {
            id: activity.id.clone(),
            milestone: activity.milestone.clone(),
            due: activity.due,
            earliest_start: self.earliest.start(node),
            earliest_finish: actual.unwrap_or_else(|| end(&self.earliest)),
            latest_finish: self.earliest.moment(node, self.latest[node as usize]),
            slack_seconds: self.slack(node),
            critical: critical[node as usize],
            expected_finish: actual.unwrap_or_else(|| end(&self.expected)),
            actual_finish: actual,
        }
    }

    fn slack(&self, node: u32) -> i64 {
        let slack = self.earliest.slack(node, &self.latest);
        if slack == NEVER { 0 } else { slack }
    }
}

/// Days of the launch's calendar from one instant to a later one: at least 1 when it is later at all, otherwise 0.
pub fn days_late(launch: &Launch, due: Timestamp, finish: Timestamp) -> i64 {
    if finish <= due {
        return 0;
    }
    let day = |at: Timestamp| at.with_timezone(&launch.timezone).date_naive();
    (day(finish) - day(due)).num_days().max(1)
}
