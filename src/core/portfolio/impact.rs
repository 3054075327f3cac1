//! What moved dates do to others: launches that wait, and people who are asked for at the same time.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::capacity::{Over, over_allocated};
use crate::core::{
    model::{launch::Launch, name::Id, name::Name, team::Teams},
    schedule::{
        between::{Dependent, contradictions},
        shift::{Overload, Shift},
    },
};

/// Adds to each shift what it breaks beyond its own launch. All launches are given as they were and as they will be, the
/// moved ones among them; only what was in order before is told.
pub fn across(shifts: &mut [Shift], before: &[&Launch], after: &[&Launch], teams: &Teams) {
    if shifts.is_empty() {
        return;
    }
    let found = |launches: &[&Launch]| -> BTreeSet<Dependent> {
        contradictions(launches.iter().copied()).into_iter().map(|(link, then)| Dependent::of(link, then)).collect()
    };
    let key = |d: &Dependent| -> (Name, Id, Name, Id) {
        (d.launch.clone(), d.milestone.clone(), d.on.clone(), d.needs.clone())
    };
    let known: BTreeSet<_> = found(before).iter().map(key).collect();
    let broken: Vec<Dependent> = found(after).into_iter().filter(|d| !known.contains(&key(d))).collect();
    let over = |launches: &[&Launch]| over_allocated(launches.iter().copied(), teams, &BTreeMap::new());
    let was = over(before);
    let news: Vec<Over> = over(after).into_iter().filter(|o| !was.iter().any(|w| is_as_bad(w, o))).collect();
    for shift in shifts {
        let touches = |d: &&Dependent| d.launch == shift.launch || d.on == shift.launch;
        shift.dependents = broken.iter().filter(touches).cloned().collect();
        let asks = |o: &&Over| o.by.iter().any(|(launch, ..)| *launch == shift.launch);
        shift.overloaded = news.iter().filter(asks).map(overload).collect();
    }
}

/// Whether as many people were missing already at a time that is touched.
fn is_as_bad(was: &Over, will: &Over) -> bool {
    was.team == will.team && was.first <= will.last && will.first <= was.last && was.excess >= will.excess
}

fn overload(over: &Over) -> Overload {
    let people = |n: Decimal| n.round_dp(1).normalize();
    Overload {
        team: over.team.clone(),
        title: over.title.clone(),
        from: over.first.monday(),
        until: over.last.sunday(),
        capacity: over.capacity,
        asked: people(over.asked),
        by: over.by.iter().filter(|(.., n)| !n.is_zero()).map(|(l, _, n)| (l.clone(), people(*n))).collect(),
    }
}
