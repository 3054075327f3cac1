//! All launches as one picture: when each begins, launches and ends, and how it stands.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use super::{
    collisions::{Collision, collisions},
    outlook::{Outlook, forecasts_of},
};
use crate::core::{
    model::{
        Timestamp,
        area::{Phase, Status},
        launch::{Freeze, Launch, LaunchType},
        name::Name,
        state::LaunchState,
        team::Teams,
    },
    plan::Plan,
    review::readiness,
    schedule::learned::Learned,
};

/// One launch with all that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub launch: &'a Launch,
    pub state: &'a LaunchState,
    pub plan: &'a Plan,
}

impl Known<'_> {
    /// Cancelled ones are over, whatever their plan says.
    pub fn status(&self) -> Status {
        if self.state.header.cancelled.is_some() { Status::Cancelled } else { self.plan.status }
    }

    /// Nothing of it is to come.
    pub fn is_over(&self) -> bool {
        matches!(self.status(), Status::Completed | Status::Cancelled)
    }

    /// T's day on the wall of the launch's zone.
    pub fn day(&self) -> NaiveDate {
        self.launch.target.with_timezone(&self.launch.timezone).date_naive()
    }
}

/// Which launches to look at. Everything that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub labels: BTreeMap<String, String>,
    /// Owner or backup of the launch, or owner of one of its milestones.
    pub team: Option<String>,
    /// T is not before this day, in the launch's zone.
    pub from: Option<NaiveDate>,
    /// T is not after this day, in the launch's zone.
    pub until: Option<NaiveDate>,
    /// Also launches that are complete or cancelled.
    pub all: bool,
}

impl Filter {
    pub fn fits(&self, known: &Known<'_>) -> bool {
        let launch = known.launch;
        let day = known.day();
        let is = |person: &Option<String>| person.as_deref() == self.team.as_deref();
        let of_team = || is(&launch.owner) || is(&launch.backup) || launch.milestones.iter().any(|m| is(&m.owner));
        (self.all || !known.is_over())
            && self.labels.iter().all(|(key, value)| launch.labels.get(key) == Some(value))
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && (self.team.is_none() || of_team())
    }
}

/// The time that one phase takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub phase: Phase,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// One launch on the time line.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub launch: Name,
    pub title: String,
    pub labels: BTreeMap<String, String>,
    pub launch_type: LaunchType,
    pub owner: Option<String>,
    pub status: Status,
    /// T.
    pub target: Timestamp,
    pub zone: Tz,
    /// Complete milestones, and all of them.
    pub milestones: (usize, usize),
    /// In the order of time; a phase without a milestone has none.
    pub stretches: Vec<Stretch>,
    pub freezes: Vec<Freeze>,
    /// `None`: it was not reckoned, or the launch is over.
    pub outlook: Option<Outlook>,
    /// Of 100; `None` as for the outlook.
    pub readiness: Option<u8>,
}

/// Launches by T, with their collisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub now: Timestamp,
    /// By T, then by name.
    pub entries: Vec<Entry>,
    /// Those in which at least one of the entries takes part. Looked for among all launches, so that a filter hides none.
    pub collisions: Vec<Collision>,
}

/// What the time line is made with, beside its launches.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub now: Timestamp,
    /// What finished launches teach.
    pub learned: Option<&'a Learned>,
    /// Who must not be overloaded by what is proposed.
    pub teams: &'a Teams,
}

/// Puts launches on one time line. Forecasts are made of the first `limit` of them.
pub fn overview(launches: &[Known<'_>], filter: &Filter, limit: usize, setting: Setting<'_>) -> Overview {
    let Setting { now, learned, teams } = setting;
    let mut shown: Vec<&Known<'_>> = launches.iter().filter(|k| filter.fits(k)).collect();
    shown.sort_by_key(|k| (k.launch.target, &k.launch.name));
    let names: HashSet<&Name> = shown.iter().map(|k| &k.launch.name).collect();
    let mut found = collisions(launches, teams, now);
    found.retain(|c| c.launches.iter().any(|name| names.contains(name)));
    let wanted = shown.iter().take(limit).filter(|k| !k.is_over()).map(|k| &k.launch.name).collect::<HashSet<_>>();
    let readiness = |k: &Known<'_>| wanted_readiness(k, &wanted, now);
    let forecasts = forecasts_of(launches, &wanted, now, learned);
    let entry = |k: &Known<'_>| Entry {
        outlook: forecasts.get(&k.launch.name).and_then(Outlook::of),
        readiness: readiness(k),
        ..entry(k)
    };
    Overview { now, entries: shown.into_iter().map(entry).collect(), collisions: found }
}

fn wanted_readiness(known: &Known<'_>, wanted: &HashSet<&Name>, now: Timestamp) -> Option<u8> {
    wanted.contains(&known.launch.name).then(|| readiness::readiness(known.launch, known.state, now).percent)
}

fn entry(known: &Known<'_>) -> Entry {
    let launch = known.launch;
    let milestones = &known.plan.milestones;
    let complete = milestones.iter().filter(|m| m.status == Status::Completed).count();
    Entry {
        launch: launch.name.clone(),
        title: launch.title.clone(),
        labels: launch.labels.clone(),
        launch_type: launch.launch_type,
        owner: launch.owner.clone(),
        status: known.status(),
        target: launch.target,
        zone: launch.timezone,
        milestones: (complete, milestones.len()),
        stretches: stretches(launch),
        freezes: launch.freezes.clone(),
        outlook: None,
        readiness: None,
    }
}

/// When each phase begins and ends: `pre_launch` from the first written start or due date to T, `launch` from T to its
/// last due date, `post_launch` from there to the last date of all.
pub fn stretches(launch: &Launch) -> Vec<Stretch> {
    let due = |phase| launch.milestones.iter().filter(move |m| m.phase == phase).map(|m| m.due);
    let starts = launch.milestones.iter().filter(|m| m.phase == Phase::PreLaunch).map(|m| m.start.unwrap_or(m.due));
    let windows = launch.activities.iter().filter_map(|a| a.not_before);
    let first = starts.chain(windows).filter(|at| *at < launch.target).min();
    let mut stretches = Vec::with_capacity(3);
    if let Some(from) = first {
        stretches.push(Stretch { phase: Phase::PreLaunch, from, until: launch.target });
    }
    let opened = due(Phase::Launch).max().map_or(launch.target, |last| last.max(launch.target));
    if opened > launch.target {
        stretches.push(Stretch { phase: Phase::Launch, from: launch.target, until: opened });
    }
    if let Some(last) = due(Phase::PostLaunch).max().filter(|last| *last > opened) {
        stretches.push(Stretch { phase: Phase::PostLaunch, from: opened, until: last });
    }
    stretches
}
