//! Where a launch could go instead: the nearest working day that is free, and what would break.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    claims::{Claim, Claims, monday, moved, plus},
    load::{Load, Overload},
    overview::Known,
};
use crate::core::{
    model::{
        Timestamp,
        approval::Approval,
        area::{Phase, Status},
        launch::Launch,
        milestone::Milestone,
        name::{Actor, Id, Name},
        team::Teams,
    },
    plan::standing,
    schedule::between::{Dependent, Link, links},
};

/// So far a launch is moved at most, in days.
const FARTHEST: i64 = 56;
/// Within so many days a week of its own is looked for; farther away, one that is shared with a stranger will do.
const STRICT: i64 = 21;

/// So many days farther away, a date that overloads no team is still better than a nearer one that does.
const DETOUR: i64 = 21;

/// A proposal: a launch on another day, at the same time of day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    pub launch: Name,
    pub from: Timestamp,
    /// `None`: no working day within eight weeks is free.
    pub to: Option<Timestamp>,
    /// Later than now when positive.
    pub days: i64,
    /// What it would break, or make more difficult.
    pub breaks: Vec<Break>,
    /// The new week is not shared with any other launch.
    pub alone: bool,
}

/// Something that a move would break.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "breaks", rename_all = "snake_case")]
pub enum Break {
    /// It is written as an absolute date and stays where it is, so its distance to T changes.
    FixedDate { milestone: Id, due: Timestamp },
    /// It would be due at a time that is past already.
    Past { milestone: Id, due: Timestamp },
    /// What these people approved would have other dates, so they are asked again.
    Approval { milestone: Id, approval: Id, people: Vec<Actor> },
    /// A milestone of another launch would be due before one of this launch that it needs, or the other way round.
    Dependent(Dependent),
    /// A team would be asked for more than it has in the week of this Monday, counted in person-days.
    Overload { team: Name, title: String, week: NaiveDate, asked: Decimal, there: Decimal },
}

/// Which claims are taken, by how many launches; proposals already made count as if they were accepted.
pub(super) struct Calendar<'a> {
    now: Timestamp,
    /// By the launch's index.
    known: Vec<Known<'a>>,
    taken: HashMap<Claim, usize>,
    load: Load<'a>,
    /// What was proposed already, by the launch's index.
    proposed: HashMap<usize, Move>,
    /// Who waits for a launch.
    dependents: HashMap<&'a Name, Vec<Link<'a>>>,
    /// The launches that are not over.
    open: HashMap<&'a Name, &'a Launch>,
}

impl<'a> Calendar<'a> {
    /// Of the launches that are still to come, with their claims, among all.
    pub(super) fn of(
        coming: &[&Known<'a>],
        claims: &[Claims<'a>],
        launches: &[Known<'a>],
        teams: &'a Teams,
        now: Timestamp,
    ) -> Self {
        let mut taken = HashMap::new();
        for one in claims {
            one.on(one.day).for_each(|claim| *taken.entry(claim).or_default() += 1);
        }
        let mut dependents: HashMap<_, Vec<_>> = HashMap::new();
        let open: HashMap<_, _> =
            launches.iter().filter(|k| !k.is_over()).map(|k| (&k.launch.name, k.launch)).collect();
        for link in launches.iter().filter(|k| !k.is_over()).flat_map(|k| links(k.launch)) {
            dependents.entry(link.on).or_default().push(link);
        }
        let load = Load::of(launches.iter().filter(|k| !k.is_over()).map(|k| k.launch), teams);
        let known = coming.iter().map(|k| **k).collect();
        Self { now, known, taken, load, proposed: HashMap::new(), dependents, open }
    }

    /// What was proposed for a launch already. It stays there.
    pub(super) fn proposed(&self, index: usize) -> Option<Move> {
        self.proposed.get(&index).cloned()
    }

    /// A date for a launch on which it collides with nothing: the nearest one, of two as near the later one.
    pub(super) fn propose(&mut self, index: usize, claims: &Claims<'_>, week_only: bool) -> Move {
        let launch = claims.launch;
        claims.on(claims.day).for_each(|claim| self.leave(claim));
        self.load.take(launch);
        // Where the week is all that is shared, another shared week is no better.
        let (strict, lenient) = if week_only { (FARTHEST, 0) } else { (STRICT, FARTHEST) };
        let within = |most: i64, alone| (1..=most).flat_map(|n| [n, -n]).map(move |n| (n, alone));
        let mut free = within(strict, true)
            .chain(within(lenient, false))
            .filter(|(days, alone)| self.is_free(claims, *days, *alone));
        let nearest = free.next();
        // A team that is overloaded there is a reason to look a little farther, and none to give up.
        let spared =
            nearest.filter(|(days, _)| self.load.overload(launch, *days).is_some()).and_then(|(nearest, _)| {
                let is_near = |(days, _): &(i64, bool)| days.abs() <= nearest.abs() + DETOUR;
                free.filter(is_near).find(|(days, _)| self.load.overload(launch, *days).is_none())
            });
        let found = spared.or(nearest);
        let days = found.map_or(0, |(days, _)| days);
        claims.on(plus(claims.day, days)).for_each(|claim| *self.taken.entry(claim).or_default() += 1);
        let proposal = Move {
            launch: launch.name.clone(),
            from: launch.target,
            to: found.map(|(days, _)| moved(launch.target, days, launch)),
            days,
            breaks: if found.is_some() { self.breaks(&self.known[index], days) } else { Vec::new() },
            alone: found.is_some_and(|(_, alone)| alone),
        };
        self.load.put(launch, days);
        self.proposed.insert(index, proposal.clone());
        proposal
    }

    fn leave(&mut self, claim: Claim) {
        if let Some(count) = self.taken.get_mut(&claim) {
            *count = count.saturating_sub(1);
        }
    }

    fn is_free(&self, claims: &Claims<'_>, days: i64, alone: bool) -> bool {
        let launch = claims.launch;
        let day = plus(claims.day, days);
        launch.calendar.is_working_day(day)
            && self.fits(claims, day, alone)
            && moved(launch.target, days, launch) > self.now
            && keeps_order(launch, days)
            && claims.frozen(days).is_none()
    }

    fn fits(&self, claims: &Claims<'_>, day: NaiveDate, alone: bool) -> bool {
        let is_free = |claim| self.taken.get(&claim).copied().unwrap_or(0) == 0;
        (!alone || is_free(Claim::Week(monday(day))))
            && claims.on(day).filter(|claim| !matches!(claim, Claim::Week(_))).all(is_free)
    }

    /// What moving a launch by `days` would break.
    fn breaks(&self, known: &Known<'_>, days: i64) -> Vec<Break> {
        let launch = known.launch;
        let mut breaks = Vec::new();
        let complete: HashSet<&Id> =
            known.plan.milestones.iter().filter(|m| m.status == Status::Completed).map(|m| &m.id).collect();
        for milestone in launch.milestones.iter().filter(|m| !complete.contains(&m.id)) {
            let (id, due) = (milestone.id.clone(), milestone.due);
            if milestone.fixed {
                breaks.push(Break::FixedDate { milestone: id, due });
                continue;
            }
            let then = moved(due, days, launch);
            if then < self.now && due >= self.now {
                breaks.push(Break::Past { milestone: id, due: then });
            }
            breaks.extend(voided(known, milestone, self.now));
        }
        for link in self.dependents.get(&launch.name).into_iter().flatten() {
            let Some(milestone) = launch.milestone(link.needs).filter(|m| !m.fixed) else { continue };
            let then = moved(milestone.due, days, launch);
            if then > link.due && milestone.due <= link.due {
                breaks.push(Break::Dependent(Dependent::of(*link, then)));
            }
        }
        for link in links(launch).filter(|l| !complete.contains(l.milestone)) {
            let moves = launch.milestone(link.milestone).is_some_and(|m| !m.fixed);
            let Some(then) = self.open.get(link.on).and_then(|l| l.milestone(link.needs)).map(|m| m.due) else {
                continue;
            };
            let due = moved(link.due, days, launch);
            if moves && due < then && link.due >= then {
                breaks.push(Break::Dependent(Dependent::of(Link { due, ..link }, then)));
            }
        }
        if let Some(Overload { team, title, week, asked, there }) = self.load.overload(launch, days) {
            breaks.push(Break::Overload { team, title, week, asked, there });
        }
        breaks
    }
}

/// Fixed dates stay on their side of T: what is to be done before it is not left behind, and the other way round.
fn keeps_order(launch: &Launch, days: i64) -> bool {
    let target = moved(launch.target, days, launch);
    launch.milestones.iter().filter(|m| m.fixed).all(|m| match m.phase {
        Phase::PreLaunch => m.due <= target || m.due > launch.target,
        Phase::Launch | Phase::PostLaunch => m.due >= target || m.due < launch.target,
    })
}

/// Approvals that stand now and would not, because the milestone's date is part of what was approved.
fn voided(known: &Known<'_>, milestone: &Milestone, now: Timestamp) -> Vec<Break> {
    let grants = known.state.milestones.get(&milestone.id).map(|s| &s.approvals).filter(|a| !a.is_empty());
    let Some(grants) = grants else { return Vec::new() };
    let members: Vec<_> = known.launch.activities_of(&milestone.id).collect();
    let fingerprint = milestone.fingerprint(&members);
    let lost = |approval: &Approval| {
        let standing_alone = |g| standing(approval, std::slice::from_ref(g), &fingerprint, now).have > 0;
        let given = grants.get(&approval.name)?.iter().filter(|g| standing_alone(g));
        let people: Vec<Actor> = given.map(|g| g.by.clone()).collect();
        let (milestone, approval) = (milestone.id.clone(), approval.name.clone());
        (!people.is_empty()).then_some(Break::Approval { milestone, approval, people })
    };
    milestone.approvals.iter().filter_map(lost).collect()
}
