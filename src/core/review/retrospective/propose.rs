//! From measured slips to a patch of the profile.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Finding, Verdict,
    template::{Planned, Template, lengthened, moved},
};
use crate::core::{
    model::{area::Phase, name::Id},
    schedule::WrittenDate,
};

/// One line of the proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub milestone: Id,
    pub title: String,
    pub field: Field,
    pub from: String,
    /// `None`: it should change and launchd cannot write it, because it is no relative date.
    pub to: Option<String>,
    /// Of a date: how many days later, negative is earlier. Of a duration: how many days longer.
    pub days: i64,
    pub why: Why,
}

/// What of a milestone changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Due,
    Start,
    Duration,
}

impl Field {
    /// As a plan writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Start => "start",
            Self::Duration => "duration",
        }
    }
}

/// Why a line is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Why {
    /// Its work takes so many days longer than planned.
    Longer { days: i64 },
    /// These need more time after it, and their own dates stay.
    Feeds { milestones: Vec<Id> },
    /// It needs nothing and has no length: an earlier date is the only way to say that its work begins earlier.
    OnlyDate { days: i64 },
    /// It comes after T, which stays, so that what takes longer ends later.
    After { milestones: Vec<Id> },
    /// It counts from one that moves, and stays where it is.
    Stays { from: Id },
}

/// The proposal.
///
/// # The rule
/// T is a promise to people outside and never moves. A milestone that is habitually late was not promised too early: what
/// comes after it needs it then, or T would not be reached. Its work was begun too late, or was planned too short. So the
/// proposal plans the work's real length, and finds the time before it:
///
/// 1. Only what a milestone loses by itself counts: its lateness less the wait for what it needs. What is late because
///    something else was late is mended there. The measure is the median, for a plan should be as often early as late;
///    a plan that adds one bad case in ten to every link of a chain is believed by nobody.
/// 2. Before T, a `duration` grows by the overrun and a relative `start` moves forward by it; and what the milestone needs
///    becomes due earlier by as much, through the whole chain, less the slack that is there already. Its own due date
///    stays.
/// 3. Where a milestone before T needs nothing and has neither `duration` nor `start`, the profile does not say when its
///    work begins. Then its due date moves earlier, because nothing else can.
/// 4. At T and after it, work begins with T or with what comes after T. What takes longer there ends later, and so does
///    what waits for it.
/// 5. Nothing is proposed from fewer samples than [`FEWEST`](crate::core::schedule::learned::FEWEST), for a median slip
///    of less than a day, or where nothing that waits for it was late; and samples of another promise than the profile's
///    present one do not count, so that a slip is never answered twice.
pub fn propose(template: &Template, findings: &[Finding]) -> Vec<Change> {
    let overrun = |id: &Id| {
        findings.iter().find(|f| f.milestone == *id).map_or(0, |f| match f.verdict {
            Verdict::Overruns { days } => days,
            _ => 0,
        })
    };
    let Some(order) = order(template) else { return Vec::new() };
    let distances = template.distances();
    let mut plan = Proposal { template, distances, overrun: &overrun, moves: BTreeMap::new(), changes: Vec::new() };
    plan.before_target(&order);
    plan.after_target(&order);
    plan.dates();
    let position = |id: &Id| template.milestones.iter().position(|m| m.id == *id);
    plan.changes.sort_by_key(|c| (position(&c.milestone), c.field));
    plan.changes
}

/// How a due date moves, and for whom.
#[derive(Default)]
struct Movement {
    days: i64,
    own: bool,
    others: BTreeSet<Id>,
}

struct Proposal<'t, F: Fn(&Id) -> i64> {
    template: &'t Template,
    distances: BTreeMap<&'t Id, i64>,
    overrun: F,
    moves: BTreeMap<&'t Id, Movement>,
    changes: Vec<Change>,
}

impl<'t, F: Fn(&Id) -> i64> Proposal<'t, F> {
    /// From T back: each milestone after all that wait for it.
    fn before_target(&mut self, order: &[&'t Planned]) {
        for milestone in order.iter().rev().filter(|m| m.phase == Phase::PreLaunch) {
            let own = (self.overrun)(&milestone.id);
            let earlier = -self.days(&milestone.id);
            if own + earlier <= 0 {
                continue;
            }
            if own > 0 {
                self.lengthen(milestone, own);
            }
            self.begin(milestone, own + earlier, own);
            let needs = self.needs(milestone, |phase| phase == Phase::PreLaunch);
            let last = needs.iter().map(|need| self.distance(&need.id)).max();
            for need in &needs {
                let slack = last.unwrap_or(0) - self.distance(&need.id);
                self.pull(need, own + earlier - slack, &milestone.id);
            }
            let begins = milestone.start.as_ref().is_some_and(|start| moved(start, -1).is_some());
            if needs.is_empty() && milestone.duration.is_none() && !begins && own > 0 {
                let movement = self.moves.entry(&milestone.id).or_default();
                movement.days -= own;
                movement.own = true;
            }
        }
    }

    /// From T on: each milestone after all that it needs.
    fn after_target(&mut self, order: &[&'t Planned]) {
        for milestone in order.iter().filter(|m| m.phase != Phase::PreLaunch) {
            let own = (self.overrun)(&milestone.id);
            if own > 0 {
                self.lengthen(milestone, own);
            }
            let needs = self.needs(milestone, |phase| phase != Phase::PreLaunch);
            let last = needs.iter().map(|need| self.distance(&need.id)).max().unwrap_or(0);
            let mut movement = Movement { days: 0, own: own > 0, others: BTreeSet::new() };
            for need in &needs {
                let later = self.days(&need.id) - (last - self.distance(&need.id));
                if later > 0 {
                    movement.days = movement.days.max(later);
                    movement.others.insert(need.id.clone());
                }
            }
            movement.days += own;
            if movement.days > 0 {
                self.moves.insert(&milestone.id, movement);
            }
        }
    }

    /// The texts of the dates, each less what it moves by itself because it counts from another.
    fn dates(&mut self) {
        for milestone in &self.template.milestones {
            let base = self.template.base(milestone);
            let days = self.days(&milestone.id) - base.map_or(0, |base| self.days(base));
            if days == 0 {
                continue;
            }
            let own = (self.overrun)(&milestone.id);
            let why = match (self.moves.get(&milestone.id), base) {
                (None, Some(base)) => Why::Stays { from: base.clone() },
                (Some(m), _) if milestone.phase == Phase::PreLaunch && m.own => Why::OnlyDate { days: own },
                (Some(m), _) if milestone.phase == Phase::PreLaunch => {
                    Why::Feeds { milestones: m.others.iter().cloned().collect() }
                }
                (Some(m), _) if m.own => Why::Longer { days: own },
                (Some(m), _) => Why::After { milestones: m.others.iter().cloned().collect() },
                (None, None) => continue,
            };
            // A phase that follows from the date would change with it.
            let holds = milestone.phase_is_written || milestone.phase != Phase::Launch;
            let to = moved(&milestone.due, days).filter(|_| holds);
            self.change(milestone, Field::Due, milestone.due.clone(), to, days, why);
        }
    }

    fn lengthen(&mut self, milestone: &'t Planned, days: i64) {
        if let Some(from) = &milestone.duration {
            let to = lengthened(from, days);
            self.change(milestone, Field::Duration, from.clone(), to, days, Why::Longer { days });
        }
    }

    /// A written start moves with the work; one that is an absolute date stays.
    fn begin(&mut self, milestone: &'t Planned, days: i64, own: i64) {
        let Some(from) = &milestone.start else { return };
        if let Some(to) = moved(from, -days) {
            let waiting = self.moves.get(&milestone.id).map(|m| m.others.iter().cloned().collect());
            let why = if own > 0 {
                Why::Longer { days: own }
            } else {
                Why::Feeds { milestones: waiting.unwrap_or_default() }
            };
            self.change(milestone, Field::Start, from.clone(), Some(to), -days, why);
        }
    }

    fn pull(&mut self, need: &'t Planned, days: i64, by: &Id) {
        // A written-out date is somebody's appointment and does not move.
        if days <= 0 || matches!(need.due.parse(), Ok(WrittenDate::Absolute(_))) {
            return;
        }
        let movement = self.moves.entry(&need.id).or_default();
        movement.days = movement.days.min(-days);
        movement.others.insert(by.clone());
    }

    fn change(&mut self, milestone: &Planned, field: Field, from: String, to: Option<String>, days: i64, why: Why) {
        let (milestone, title) = (milestone.id.clone(), milestone.title.clone());
        self.changes.push(Change { milestone, title, field, from, to, days, why });
    }

    fn needs(&self, milestone: &Planned, fits: impl Fn(Phase) -> bool) -> Vec<&'t Planned> {
        milestone.needs.iter().filter_map(|id| self.template.milestone(id)).filter(|m| fits(m.phase)).collect()
    }

    fn days(&self, id: &Id) -> i64 {
        self.moves.get(id).map_or(0, |m| m.days)
    }

    fn distance(&self, id: &Id) -> i64 {
        self.distances.get(id).copied().unwrap_or(0)
    }
}

/// The milestones, each after all that it needs; `None` where they wait for each other.
fn order(template: &Template) -> Option<Vec<&Planned>> {
    let mut order: Vec<&Planned> = Vec::with_capacity(template.milestones.len());
    let mut placed: BTreeSet<&Id> = BTreeSet::new();
    while order.len() < template.milestones.len() {
        let before = order.len();
        for milestone in &template.milestones {
            if !placed.contains(&milestone.id) && milestone.needs.iter().all(|need| placed.contains(need)) {
                placed.insert(&milestone.id);
                order.push(milestone);
            }
        }
        if order.len() == before {
            return None;
        }
    }
    Some(order)
}
