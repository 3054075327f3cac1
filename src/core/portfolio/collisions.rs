//! Launches that get in each other's way, or in that of a freeze, with dates that would resolve it.
//!
//! Two launches collide when T falls into the same week (Monday to Sunday, each in its own zone) — which is told as one
//! reason, beside an audience, an owner or, on one and the same day, a channel that they share. Launches are put into
//! buckets by what they claim, so the work grows with their number and not with that of their pairs.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{
    claims::{Claim, Claims, Texts, monday},
    moves::{Calendar, Move},
    overview::Known,
};
use crate::core::model::{Timestamp, launch::LaunchType, name::Name, team::Teams};

/// Why launches collide. In the order of how much it matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Reason {
    /// T, or a `once` activity, falls into a freeze.
    Freeze {
        name: String,
        from: Timestamp,
        until: Timestamp,
        /// Its days in the launch's zone, both included.
        first: NaiveDate,
        last: NaiveDate,
    },
    /// The same audience hears of both in one week.
    Audience { audience: String },
    /// One owner launches both in one week.
    Owner { owner: String },
    /// Both speak through one channel on one day.
    Channel { channel: String, day: NaiveDate },
    /// Both launch in one week.
    Week,
}

/// Launches that should not be where they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Collision {
    /// By T, then by name. One of them where it falls into a freeze.
    pub launches: Vec<Name>,
    /// The Monday of the week that they share.
    pub week: NaiveDate,
    pub reasons: Vec<Reason>,
    /// What would resolve it, all taken together with the moves of the collisions before this one.
    pub moves: Vec<Move>,
}

/// Finds every collision among launches that are still to come, the gravest reason first, then by time. Each gets moves
/// that resolve it: of several launches the largest stays, and one that cannot move anywhere says so with an empty date. A
/// date on which one of the teams would be asked for more than it has is proposed only where no other is near.
pub fn collisions(launches: &[Known<'_>], teams: &Teams, now: Timestamp) -> Vec<Collision> {
    let mut coming: Vec<&Known<'_>> = launches.iter().filter(|k| !k.is_over() && k.launch.target > now).collect();
    coming.sort_by_key(|k| (k.launch.target, &k.launch.name));
    let mut texts = Texts::default();
    let claims: Vec<Claims<'_>> = coming.iter().map(|k| Claims::of(k.launch, &mut texts)).collect();
    let mut found = shared(&claims, &texts);
    found.extend(frozen(&claims));
    found.sort_by(|a, b| (rank(&a.reasons[0]), a.week, &a.members).cmp(&(rank(&b.reasons[0]), b.week, &b.members)));
    let mut calendar = Calendar::of(&coming, &claims, launches, teams, now);
    found
        .into_iter()
        .map(|group| {
            let moves = resolve(&group, &claims, &mut calendar);
            let launches = group.members.iter().map(|i| claims[*i].launch.name.clone()).collect();
            Collision { launches, week: group.week, reasons: group.reasons, moves }
        })
        .collect()
}

/// Indices of launches with all reasons why just these collide in one week.
struct Group {
    members: Vec<usize>,
    week: NaiveDate,
    reasons: Vec<Reason>,
}

fn rank(reason: &Reason) -> u8 {
    match reason {
        Reason::Freeze { .. } => 0,
        Reason::Audience { .. } => 1,
        Reason::Owner { .. } => 2,
        Reason::Channel { .. } => 3,
        Reason::Week => 4,
    }
}

/// Everything that more than one launch claims; claims shared by the same launches in the same week are one group.
fn shared(claims: &[Claims<'_>], texts: &Texts<'_>) -> Vec<Group> {
    let mut claimed: HashMap<Claim, Vec<usize>> = HashMap::new();
    for (index, one) in claims.iter().enumerate() {
        for claim in one.on(one.day) {
            claimed.entry(claim).or_default().push(index);
        }
    }
    let mut groups: BTreeMap<(NaiveDate, Vec<usize>), Vec<Reason>> = BTreeMap::new();
    for (claim, members) in claimed.into_iter().filter(|(_, members)| members.len() > 1) {
        let text = |number| texts.get(number).to_owned();
        let (week, reason) = match claim {
            Claim::Audience(week, a) => (week, Reason::Audience { audience: text(a) }),
            Claim::Owner(week, o) => (week, Reason::Owner { owner: text(o) }),
            Claim::Channel(day, c) => (monday(day), Reason::Channel { channel: text(c), day }),
            Claim::Week(week) => (week, Reason::Week),
        };
        groups.entry((week, members)).or_default().push(reason);
    }
    let group = |((week, members), mut reasons): (_, Vec<Reason>)| {
        reasons.sort();
        Group { members, week, reasons }
    };
    groups.into_iter().map(group).collect()
}

fn frozen(claims: &[Claims<'_>]) -> impl Iterator<Item = Group> {
    claims.iter().enumerate().filter_map(|(index, one)| {
        Some(Group { members: vec![index], week: monday(one.day), reasons: vec![one.freeze()?] })
    })
}

/// Moves launches away from each other until at most one of the group is left where it was, the smaller ones first.
fn resolve(group: &Group, claims: &[Claims<'_>], calendar: &mut Calendar<'_>) -> Vec<Move> {
    let (mut moves, mut left) = (Vec::new(), Vec::new());
    for index in &group.members {
        match calendar.proposed(*index) {
            Some(before) => moves.push(before),
            None => left.push(*index),
        }
    }
    left.sort_by_key(|i| (size(claims[*i].launch.launch_type), *i));
    let keep = usize::from(group.members.len() > 1);
    for index in left.into_iter().skip(keep) {
        moves.push(calendar.propose(index, &claims[index], group.reasons == [Reason::Week]));
    }
    moves
}

/// The largest launches stay where they are.
fn size(launch_type: LaunchType) -> usize {
    LaunchType::ALL.iter().position(|t| *t == launch_type).unwrap_or(0)
}

/// The last day of a collision's week.
pub fn sunday(week: NaiveDate) -> NaiveDate {
    week.checked_add_days(Days::new(6)).unwrap_or(week)
}
