//! What a picture is made of: a launch, what is known of it, and its dates.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono_tz::Tz;
use serde::Serialize;

use super::text::clean;
use crate::core::{
    model::{
        Timestamp,
        activity::Activity,
        area::Status,
        launch::Launch,
        milestone::Milestone,
        name::{Id, Name},
    },
    plan::{Action, Change, MilestoneOutlook, Plan, Target},
    schedule::{
        cause::sentence,
        forecast::{Forecast, MilestoneForecast},
        stuck::Stuck,
        zone,
    },
};

/// One launch to draw.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub launch: &'a Launch,
    /// How it stands: its milestones' statuses, and what holds its activities back.
    pub plan: &'a Plan,
    /// When its milestones will be done. `None` where they wait for each other: then only what is written is drawn.
    pub forecast: Option<&'a Forecast>,
    /// The dates that were agreed upon first.
    pub baseline: Option<&'a Launch>,
    /// When the milestones of other launches that it needs were completed.
    pub foreign: Option<&'a BTreeMap<(Name, Id), Timestamp>>,
}

/// When a milestone is worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    pub start: Timestamp,
    pub due: Timestamp,
    /// When it will be done, as far as can be told; when it was, if it is.
    pub expected: Timestamp,
    pub critical: bool,
    /// Whole days by which it will be late, or was.
    pub late_days: i64,
    /// Whole days by which it may be later than it can be, without harm to any date.
    pub slack_days: Option<i64>,
    /// Why it will be late, and what stops it.
    pub why: Option<String>,
    /// What the dates allow; `None` where nothing is foreseen.
    pub limits: Option<Limits>,
    pub status: Status,
    /// Parts done, of how many.
    pub done: u32,
    pub total: u32,
}

/// Between which dates something can be done without harm to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest_start: Option<Timestamp>,
    pub earliest_finish: Timestamp,
    pub latest_finish: Timestamp,
    /// From the earliest finish to the latest; negative: it cannot be in time.
    pub slack_seconds: i64,
    /// When it will be done if it is as late as one in ten was (P90), where enough launches are finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late_finish: Option<Timestamp>,
    /// How many finished launches say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
}

impl Limits {
    fn of(foreseen: &MilestoneForecast) -> Self {
        Self {
            earliest_start: foreseen.earliest_start,
            earliest_finish: foreseen.earliest_finish,
            latest_finish: foreseen.latest_finish,
            slack_seconds: foreseen.slack_seconds,
            late_finish: foreseen.late_finish,
            samples: foreseen.learned.map(|l| l.samples),
        }
    }
}

/// A launch's activities by their milestone, each with what is drawn of its state.
pub fn activities<'a>(subject: &Subject<'a>) -> HashMap<&'a Id, Vec<(&'a Activity, Status)>> {
    let changes = subject.plan.changes.iter().filter_map(|change| match &change.subject {
        Target::Activity(id) => Some((id, change)),
        _ => None,
    });
    let changes: HashMap<&Id, &Change> = changes.collect();
    let settled = |c: &Change| c.action == Action::Keep && c.blocked.is_empty();
    let mut found: HashMap<&Id, Vec<_>> = HashMap::new();
    for activity in &subject.launch.activities {
        let status = match changes.get(&activity.id) {
            Some(change) if settled(change) => Status::Completed,
            _ if subject.plan.status == Status::Cancelled => Status::Cancelled,
            _ if activity.due < subject.plan.now => Status::Delayed,
            Some(change) if change.action == Action::Await => Status::InProgress,
            _ => Status::Planned,
        };
        found.entry(&activity.milestone).or_default().push((activity, status));
    }
    found
}

/// The steps of a launch's critical path, from milestone to milestone.
pub fn critical_steps<'a>(subject: &Subject<'a>) -> HashSet<(&'a Id, &'a Id)> {
    let path = subject.forecast.map(|f| f.critical_path.as_slice()).unwrap_or_default();
    path.windows(2).map(|pair| (&pair[0], &pair[1])).collect()
}

/// A title, or the id of what has none that could be drawn.
pub fn named(title: &str, id: &Id) -> String {
    let title = clean(title);
    if title.is_empty() { id.to_string() } else { title }
}

/// An activity's title, with the item that it was made for.
pub fn title_of(activity: &Activity) -> String {
    let id = activity.id.as_str();
    let title = named(activity.title.as_deref().unwrap_or_default(), &activity.id);
    match id.split_once('[').map(|(_, item)| item.trim_end_matches(']')) {
        Some(item) if !title.to_lowercase().contains(&item.to_lowercase()) => format!("{title} ({item})"),
        _ => title,
    }
}

impl<'a> Subject<'a> {
    /// The dates of every milestone.
    pub fn times(&self) -> BTreeMap<&'a Id, Times> {
        let foreseen: HashMap<&Id, &MilestoneForecast> =
            self.forecast.iter().flat_map(|f| &f.milestones).map(|m| (&m.id, m)).collect();
        let outlooks: HashMap<&Id, &MilestoneOutlook> = self.plan.milestones.iter().map(|m| (&m.id, m)).collect();
        let one = |m: &'a Milestone| self.time(m, outlooks.get(&m.id).copied(), foreseen.get(&m.id).copied());
        self.launch.milestones.iter().map(|m| (&m.id, one(m))).collect()
    }

    fn time(
        &self,
        milestone: &Milestone,
        outlook: Option<&MilestoneOutlook>,
        foreseen: Option<&MilestoneForecast>,
    ) -> Times {
        let due = milestone.due;
        let done = outlook.and_then(|m| m.completed_at);
        let unforeseen = Times {
            start: milestone.start.unwrap_or(due).min(due),
            due,
            expected: done.unwrap_or(due),
            critical: false,
            late_days: 0,
            slack_days: None,
            why: None,
            limits: None,
            status: outlook.map_or(Status::Planned, |m| m.status),
            done: outlook.map_or(0, |m| m.done),
            total: outlook.map_or(0, |m| m.total),
        };
        let Some(foreseen) = foreseen else { return unforeseen };
        let expected = done.unwrap_or(foreseen.expected_finish);
        let late_days =
            if done.is_some() { days_late(due, expected, self.launch.timezone) } else { foreseen.at_risk_days };
        Times {
            start: foreseen.planned_start.min(due),
            due,
            expected,
            critical: foreseen.critical,
            late_days,
            slack_days: (done.is_none() && foreseen.slack_seconds >= 0).then_some(foreseen.slack_seconds / 86_400),
            why: if done.is_some() { None } else { why(foreseen, self.launch.timezone) },
            limits: Some(Limits::of(foreseen)),
            ..unforeseen
        }
    }
}

fn days_late(due: Timestamp, done: Timestamp, zone: Tz) -> i64 {
    let day = |at: Timestamp| zone::wall_clock(at, zone).date();
    (day(done) - day(due)).num_days()
}

/// The chain of causes, and what stops it.
fn why(foreseen: &MilestoneForecast, zone: Tz) -> Option<String> {
    let stuck = foreseen.stuck.iter().map(|s| match s {
        Stuck::Blocked { item, by, reason } => match reason {
            Some(reason) => format!("{item} is blocked by {by}: {reason}"),
            None => format!("{item} is blocked by {by}"),
        },
        Stuck::InDoubt { activity } => format!("nobody knows whether {activity} happened"),
        Stuck::Rejected { activity, summary } => format!("{activity} is refused: {summary}"),
        Stuck::NoGo { approval, by } => format!("{by} said no to {approval}"),
        Stuck::Failing { check } => format!("check {check} fails"),
    });
    let chain = (!foreseen.why.is_empty()).then(|| sentence(&foreseen.why, zone).replace('`', ""));
    let all: Vec<String> = stuck.chain(chain).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
