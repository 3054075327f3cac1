//! A report as a value: the facts of each launch, of which each kind of report tells some.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::Serialize;

use super::{
    asks::{Ask, asks},
    decisions::{Deciders, Decision, decisions},
    goals::{GoalOutlook, goals},
    history::{Deed, deeds},
    outgoing::{Outgoing, outgoing},
    readiness::{Readiness, readiness},
    risks::{RiskOutlook, risks},
    slips::{Slip, slips},
};
use crate::core::{
    model::{
        Timestamp,
        area::Status,
        event::Event,
        indexed::Indexed,
        launch::{Launch, LaunchType},
        name::{Id, Name},
    },
    plan::goals::judged_at,
    portfolio::{
        Collision, Known,
        capacity::{Over, over_allocated},
        collisions, forecasts_of,
        money::{Money, Sum, totals},
        slack,
    },
    schedule::{
        forecast::Forecast,
        learned::Learned,
        target::{Launched, launched},
    },
};

/// What a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What was done, what comes, what is in the way.
    Weekly,
    /// Everything that a go/no-go meeting decides on.
    GoNoGo,
    /// What came of it.
    PostLaunch,
}

/// So long before T the packet for the go/no-go is what people need.
const NEAR: TimeDelta = TimeDelta::days(7);
/// A week back, and a week ahead.
const WEEK: TimeDelta = TimeDelta::days(7);

impl Kind {
    /// What people need now: the packet from a week before T on, the review from T on, otherwise the weekly status.
    pub fn by_phase(launch: &Launch, now: Timestamp) -> Self {
        if now >= launch.target {
            Self::PostLaunch
        } else if launch.target - now <= NEAR {
            Self::GoNoGo
        } else {
            Self::Weekly
        }
    }
}

/// One launch with all that a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    pub known: Known<'a>,
    /// The launch's events, oldest first: all of them, or for a weekly report those since a week ago.
    pub events: &'a [Event],
    /// The launch as it was first accepted.
    pub baseline: Option<&'a Launch>,
}

/// A report over one launch or several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub report: Kind,
    pub at: Timestamp,
    /// What is told as new happened after this instant.
    pub since: Timestamp,
    /// What is told as coming is due up to this instant.
    pub until: Timestamp,
    pub launches: Vec<Facts>,
    /// Of a report over several launches.
    pub collisions: Vec<Collision>,
    /// Of a report over several launches: what they plan, promise and spend, by currency.
    pub money: Vec<Sum>,
    /// Of a report over several launches: where they ask more of a team than it has.
    pub over_allocated: Vec<Over>,
}

/// Everything that reports tell of one launch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    pub summary: Summary,
    /// Oldest first; a weekly report has those of its week.
    pub deeds: Vec<Deed>,
    pub next: Vec<Upcoming>,
    pub milestones: Vec<Slip>,
    pub asks: Vec<Ask>,
    pub decisions: Vec<Decision>,
    pub outgoing: Vec<Outgoing>,
    /// `None`: the launch is over, or its milestones wait for each other.
    pub forecast: Option<Forecast>,
    /// What happens already first, then the gravest.
    pub risks: Vec<RiskOutlook>,
    pub budget: Option<Money>,
    pub goals: Vec<GoalOutlook>,
    /// `None`: the launch is over.
    pub readiness: Option<Readiness>,
}

/// Where a launch stands, in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub launch: Name,
    pub title: String,
    pub description: Option<String>,
    pub launch_type: LaunchType,
    pub owner: Option<String>,
    pub backup: Option<String>,
    pub status: Status,
    pub target: Timestamp,
    /// When it really launched; `None` while it has not.
    pub launched: Option<Launched>,
    #[serde(serialize_with = "zone_name")]
    pub timezone: Tz,
    pub milestones_done: usize,
    pub milestones_total: usize,
    /// Paused or held, with why.
    pub stopped: Option<String>,
}

fn zone_name<S: serde::Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// Something that comes within the next days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Upcoming {
    pub at: Timestamp,
    pub what: Coming,
    pub id: Option<Id>,
    pub title: String,
    pub owner: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coming {
    /// T.
    Launch,
    MilestoneDue,
    /// A person's task is due.
    TaskDue,
    /// A `once` activity may go out.
    GoesOut,
    /// A goal is judged.
    GoalJudged,
}

/// What a report is made with, beside its launches.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub now: Timestamp,
    pub deciders: &'a Deciders,
    /// What finished launches teach.
    pub learned: Option<&'a Learned>,
    /// Launches that are not told of, and that some of those told of wait for.
    pub others: &'a [Known<'a>],
}

/// Makes a report. `since` and `until` are a week back and a week ahead of now.
pub fn report(kind: Kind, material: &[Material<'_>], setting: Setting<'_>) -> Report {
    let Setting { now, learned, .. } = setting;
    let (since, until) = (now - WEEK, now + WEEK);
    let known: Vec<Known<'_>> = material.iter().map(|m| m.known).collect();
    let wanted = known.iter().filter(|k| !k.is_over()).map(|k| &k.launch.name).collect();
    let all: Vec<Known<'_>> = known.iter().chain(setting.others).copied().collect();
    let mut forecasts = forecasts_of(&all, &wanted, now, learned);
    let slacks = forecasts.iter().filter_map(|(name, forecast)| Some((name.clone(), slack(forecast)?))).collect();
    let launches: Vec<Facts> = material
        .iter()
        .map(|m| Facts { forecast: forecasts.remove(&m.known.launch.name), ..facts(kind, m, setting) })
        .collect();
    let mut whole = Report {
        report: kind,
        at: now,
        since,
        until,
        launches,
        collisions: vec![],
        money: vec![],
        over_allocated: vec![],
    };
    if known.len() > 1 {
        whole.collisions = collisions(&known, &setting.deciders.teams, now);
        whole.money = totals(known.iter().map(|k| k.launch));
        let coming = known.iter().filter(|k| !k.is_over()).map(|k| k.launch);
        whole.over_allocated = over_allocated(coming, &setting.deciders.teams, &slacks);
    }
    whole
}

fn facts(kind: Kind, material: &Material<'_>, setting: Setting<'_>) -> Facts {
    let Material { known, events, baseline } = material;
    let now = setting.now;
    let mut deeds = deeds(known.launch, events);
    if kind == Kind::Weekly {
        deeds.retain(|d| d.at > now - WEEK && d.at <= now);
    }
    Facts {
        summary: summary(known),
        deeds,
        next: next(known, now),
        milestones: slips(known, *baseline, events, now),
        asks: asks(known.launch, known.plan),
        decisions: decisions(known, setting.deciders, now),
        outgoing: outgoing(known),
        forecast: None,
        risks: risks(known.launch, known.state, now),
        budget: known.launch.budget.as_ref().map(Money::of),
        goals: goals(known.launch, known.state, now),
        readiness: (!known.is_over()).then(|| readiness(known.launch, known.state, now)),
    }
}

fn summary(known: &Known<'_>) -> Summary {
    let launch = known.launch;
    let header = &known.state.header;
    let stopped = header.held.as_ref().map(|m| ("held at its last good revision", m));
    let stopped = stopped.or_else(|| header.paused.as_ref().map(|m| ("paused", m)));
    let milestones = &known.plan.milestones;
    Summary {
        launch: launch.name.clone(),
        title: launch.title.clone(),
        description: launch.description.clone(),
        launch_type: launch.launch_type,
        owner: launch.owner.clone(),
        backup: launch.backup.clone(),
        status: known.status(),
        target: launch.target,
        launched: launched(launch, known.state),
        timezone: launch.timezone,
        milestones_done: milestones.iter().filter(|m| m.status == Status::Completed).count(),
        milestones_total: milestones.len(),
        stopped: stopped.map(|(word, mark)| match &mark.text {
            Some(text) => format!("{word} by {}: {text}", mark.by),
            None => format!("{word} by {}", mark.by),
        }),
    }
}

/// What comes within a week, by time.
fn next(known: &Known<'_>, now: Timestamp) -> Vec<Upcoming> {
    let launch = known.launch;
    if known.is_over() {
        return Vec::new();
    }
    let soon = |at: Timestamp| now < at && at <= now + WEEK;
    let mut all = Vec::new();
    let mut push = |at: Timestamp, what, id: Option<&Id>, title: String, owner: Option<&String>| {
        if soon(at) {
            all.push(Upcoming { at, what, id: id.cloned(), title, owner: owner.cloned() });
        }
    };
    push(launch.target, Coming::Launch, None, launch.title.clone(), launch.owner.as_ref());
    for outlook in known.plan.milestones.iter().filter(|m| m.status != Status::Completed) {
        push(outlook.due, Coming::MilestoneDue, Some(&outlook.id), outlook.title.clone(), outlook.owner.as_ref());
    }
    let parts = Indexed::new(launch);
    for out in outgoing(known).into_iter().filter(|o| o.went_out.is_none()) {
        let owner = parts.activity(&out.activity).and_then(|a| a.owner.as_ref());
        push(out.at, Coming::GoesOut, Some(&out.activity), out.title, owner);
    }
    let titles = super::history::Titles::of(launch);
    for task in launch.activities.iter().filter(|a| a.uses.is_human()) {
        let is_done = known.state.activities.get(&task.id).is_some_and(|s| s.done.is_some());
        if !is_done {
            push(task.due, Coming::TaskDue, Some(&task.id), titles.get(&task.id), task.owner.as_ref());
        }
    }
    for goal in &launch.goals {
        let by = judged_at(launch, goal);
        push(by, Coming::GoalJudged, Some(&goal.name), goal.title.clone(), goal.owner.as_ref());
    }
    all.sort_by(|a, b| (a.at, &a.title).cmp(&(b.at, &b.title)));
    all
}
