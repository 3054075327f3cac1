//! Which collisions a move makes, and which it resolves.
//!
//! A world of launches is put into buckets by what they claim, once; then each launch that moves is looked up in the world
//! as it was and in the one that would be.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    claims::{Claim, Claims, Texts, monday},
    collisions::Reason,
};
use crate::core::{
    model::{Timestamp, launch::Launch, name::Name},
    schedule::shift::Shift,
};

/// What a launch collides with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// `None`: a freeze.
    pub with: Option<Name>,
    /// The Monday of the week in which it does.
    pub week: NaiveDate,
    pub reasons: Vec<Reason>,
}

/// How dates move, and what the launch comes to collide with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    #[serde(flatten)]
    pub shift: Shift,
    pub collisions: Changed,
}

/// The difference that a move makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// It collides with these then, and does not now.
    pub made: Vec<Clash>,
    /// It collides with these now, and does not then.
    pub resolved: Vec<Clash>,
}

impl Changed {
    /// Every launch that is named.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.made.iter().chain(&self.resolved).filter_map(|clash| clash.with.as_ref())
    }

    /// Leaves out what collides with launches that are over.
    pub fn without(&mut self, is_over: impl Fn(&Name) -> bool) {
        for clashes in [&mut self.made, &mut self.resolved] {
            clashes.retain(|clash| clash.with.as_ref().is_none_or(|name| !is_over(name)));
        }
    }
}

/// By whom it is with and a key that tells a reason apart whatever its day: the week, and why.
type Clashes<'a> = BTreeMap<(Option<&'a Name>, String), (NaiveDate, Reason)>;

/// All launches that are still to come, by what they claim.
pub struct World<'a> {
    texts: Texts<'a>,
    taken: HashMap<Claim, Vec<&'a Name>>,
    now: Timestamp,
}

impl<'a> World<'a> {
    /// Of launches that are not over; what lies before `now` collides with nothing.
    pub fn of(launches: impl IntoIterator<Item = &'a Launch>, now: Timestamp) -> Self {
        let mut world = Self { texts: Texts::default(), taken: HashMap::new(), now };
        for launch in launches.into_iter().filter(|l| l.target > now) {
            let claims = Claims::of(launch, &mut world.texts);
            for claim in claims.on(claims.day) {
                world.taken.entry(claim).or_default().push(&launch.name);
            }
        }
        world
    }

    /// What a launch collides with.
    fn clashes(&mut self, launch: &'a Launch) -> Clashes<'a> {
        let mut found = Clashes::new();
        if launch.target <= self.now {
            return found;
        }
        let claims = Claims::of(launch, &mut self.texts);
        let week = monday(claims.day);
        for claim in claims.on(claims.day) {
            let text = |number| self.texts.get(number).to_owned();
            let (key, reason) = match claim {
                Claim::Audience(_, a) => (format!("audience {}", text(a)), Reason::Audience { audience: text(a) }),
                Claim::Owner(_, o) => (format!("owner {}", text(o)), Reason::Owner { owner: text(o) }),
                Claim::Channel(day, c) => (format!("channel {}", text(c)), Reason::Channel { channel: text(c), day }),
                Claim::Week(_) => ("week".to_owned(), Reason::Week),
            };
            for other in self.taken.get(&claim).into_iter().flatten().filter(|name| ***name != launch.name) {
                found.insert((Some(*other), key.clone()), (week, reason.clone()));
            }
        }
        if let Some((freeze, reason)) = claims.frozen(0).zip(claims.freeze()) {
            found.insert((None, format!("freeze {}", freeze.name)), (week, reason));
        }
        found
    }
}

/// What a move makes and resolves: the launch before in the world before, and after in the world after.
pub fn changed<'a>((before, old): (&'a Launch, &mut World<'a>), (after, new): (&'a Launch, &mut World<'a>)) -> Changed {
    let (was, will) = (old.clashes(before), new.clashes(after));
    let only = |these: &Clashes<'a>, those: &Clashes<'a>| -> Vec<Clash> {
        let mut clashes: BTreeMap<Option<&Name>, Clash> = BTreeMap::new();
        for (key @ (with, _), (week, reason)) in these {
            if those.contains_key(key) {
                continue;
            }
            let clash = || Clash { with: with.cloned(), week: *week, reasons: Vec::new() };
            clashes.entry(*with).or_insert_with(clash).reasons.push(reason.clone());
        }
        let mut clashes: Vec<Clash> = clashes.into_values().collect();
        clashes.iter_mut().for_each(|clash| clash.reasons.sort());
        clashes
    };
    Changed { made: only(&will, &was), resolved: only(&was, &will) }
}
