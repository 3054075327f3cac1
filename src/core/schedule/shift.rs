//! What moves when dates change: two states of one launch against each other.
//!
//! In: the launch before and after, what is known of it, an instant. Out: a [`Shift`]. What breaks is told by resolving
//! the files, and stands beside this; what it does to other launches is added where they are known (`portfolio::impact`).

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{between::Dependent, target::is_due_after_target, window::covering};
use crate::core::model::{
    Timestamp,
    activity::{Activity, EffectClass},
    area::Phase,
    launch::Launch,
    milestone::Milestone,
    name::{Actor, Id, Name},
    state::LaunchState,
};

/// How a launch's dates differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    pub launch: Name,
    pub timezone: Tz,
    /// T, before and after.
    pub from: Timestamp,
    pub to: Timestamp,
    /// Milestones that move, in the launch's order.
    pub milestones: Vec<Move>,
    pub activities: Vec<Move>,
    /// Milestones that stay because their date is written out, although T moves.
    pub fixed: Vec<Stay>,
    /// Milestones that come to lie on a day off or in a freeze.
    pub days_off: Vec<DayOff>,
    /// Sign-offs that become void, because what was approved changes.
    pub void: Vec<Void>,
    /// What is public already and cannot be taken back.
    pub public: Vec<Public>,
    /// Milestones whose new date is over already, and that are not complete.
    pub past: Vec<Stay>,
    /// Milestones of the time before the launch that would come to lie after it.
    pub after_target: Vec<Stay>,
    /// Milestones that are due before one of another launch that they need, and were not before: of this launch, and of
    /// others that wait for it.
    pub dependents: Vec<Dependent>,
    /// Teams of which more people are asked than there are, and were not before.
    pub overloaded: Vec<Overload>,
}

/// Something whose dates change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub id: Id,
    pub from: Timestamp,
    pub to: Timestamp,
    /// It is complete already: its date moves and means nothing any more.
    pub done: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    pub id: Id,
    pub due: Timestamp,
}

/// A team that is asked for too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overload {
    pub team: Name,
    pub title: String,
    /// Whole weeks, from a Monday to a Sunday.
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// People there are.
    pub capacity: Decimal,
    /// People asked for in the worst week.
    pub asked: Decimal,
    /// How many of them by which launch, most first.
    pub by: Vec<(Name, Decimal)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayOff {
    pub id: Id,
    pub due: Timestamp,
    pub why: Off,
}

/// Why nobody works then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// No working day of the week.
    Weekend,
    Holiday {
        name: String,
    },
    Freeze {
        name: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Void {
    pub milestone: Id,
    pub approval: Id,
    /// Who gave it.
    pub by: Vec<Actor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Public {
    pub activity: Id,
    pub at: Timestamp,
}

impl Shift {
    /// Of two states of one launch; `state` is what is known of it, `now` decides what is over.
    pub fn of(before: &Launch, after: &Launch, state: &LaunchState, now: Timestamp) -> Self {
        let complete = |id: &Id| state.milestones.get(id).is_some_and(|m| m.completed.is_some());
        let old: HashMap<&Id, &Milestone> = before.milestones.iter().map(|m| (&m.id, m)).collect();
        let mut shift = Self {
            launch: after.name.clone(),
            timezone: after.timezone,
            from: before.target,
            to: after.target,
            milestones: Vec::new(),
            activities: activities(before, after, state),
            fixed: Vec::new(),
            days_off: Vec::new(),
            void: void(before, after, state),
            public: Vec::new(),
            past: Vec::new(),
            after_target: Vec::new(),
            dependents: Vec::new(),
            overloaded: Vec::new(),
        };
        for milestone in &after.milestones {
            let (id, due, done) = (milestone.id.clone(), milestone.due, complete(&milestone.id));
            let Some(was) = old.get(&milestone.id) else { continue };
            if was.phase == Phase::PreLaunch && !done && is_due_after_target(after, due) {
                shift.after_target.push(Stay { id: id.clone(), due });
            }
            if was.due == due {
                if milestone.fixed && before.target != after.target {
                    shift.fixed.push(Stay { id, due });
                }
                continue;
            }
            shift.milestones.push(Move { id: id.clone(), from: was.due, to: due, done });
            if done {
                continue;
            }
            if due < now {
                shift.past.push(Stay { id: id.clone(), due });
            }
            if let Some(why) = off(after, milestone) {
                shift.days_off.push(DayOff { id, due, why });
            }
        }
        if shift.changes_dates() {
            shift.public = public(before, state);
        }
        shift
    }

    /// Whether it contradicts what is written: an order that the dates no longer allow.
    pub fn breaks(&self) -> bool {
        !self.after_target.is_empty() || !self.dependents.is_empty()
    }

    /// Whether any date differs.
    pub fn changes_dates(&self) -> bool {
        self.from != self.to || !self.milestones.is_empty() || !self.activities.is_empty()
    }
}

fn activities(before: &Launch, after: &Launch, state: &LaunchState) -> Vec<Move> {
    let old: HashMap<&Id, &Activity> = before.activities.iter().map(|a| (&a.id, a)).collect();
    let moved = after.activities.iter().filter_map(|a| {
        let was = old.get(&a.id)?;
        let done = super::nodes::finished(a, state).is_some();
        (was.due != a.due).then(|| Move { id: a.id.clone(), from: was.due, to: a.due, done })
    });
    moved.collect()
}

/// Grants that stand for a milestone as it was and not as it will be.
fn void(before: &Launch, after: &Launch, state: &LaunchState) -> Vec<Void> {
    let mut found = Vec::new();
    let old: HashMap<&Id, &Milestone> = before.milestones.iter().map(|m| (&m.id, m)).collect();
    for milestone in &after.milestones {
        let (Some(was), Some(known)) = (old.get(&milestone.id), state.milestones.get(&milestone.id)) else { continue };
        if known.completed.is_some() || known.approvals.values().all(Vec::is_empty) {
            continue;
        }
        let fingerprint = |launch: &Launch, milestone: &Milestone| {
            milestone.fingerprint(&launch.activities_of(&milestone.id).collect::<Vec<_>>())
        };
        let (was, will) = (fingerprint(before, was), fingerprint(after, milestone));
        for approval in &milestone.approvals {
            let grants = known.approvals.get(&approval.name).into_iter().flatten();
            let standing = grants.filter(|g| g.granted && g.fingerprint == was && g.fingerprint != will);
            let by: Vec<Actor> = standing.map(|g| g.by.clone()).collect();
            if !by.is_empty() {
                found.push(Void { milestone: milestone.id.clone(), approval: approval.name.clone(), by });
            }
        }
    }
    found
}

fn public(launch: &Launch, state: &LaunchState) -> Vec<Public> {
    let once = launch.activities.iter().filter(|a| a.effect == EffectClass::Once);
    let happened = once.filter_map(|a| {
        let applied = state.activities.get(&a.id)?.applied.as_ref()?;
        Some(Public { activity: a.id.clone(), at: applied.at })
    });
    happened.collect()
}

fn off(launch: &Launch, milestone: &Milestone) -> Option<Off> {
    let day = milestone.due.with_timezone(&launch.timezone).date_naive();
    if let Some(freeze) = covering(milestone.due, &launch.freezes).filter(|_| milestone.phase == Phase::Launch) {
        return Some(Off::Freeze { name: freeze.name.clone() });
    }
    if let Some(name) = launch.calendar.holiday(day) {
        return Some(Off::Holiday { name: name.to_owned() });
    }
    (!launch.calendar.is_working_day(day)).then_some(Off::Weekend)
}
