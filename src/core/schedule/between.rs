//! What launches need of each other, and whether their dates allow it.
//!
//! Inside one launch a date before what it needs is an error of its file. Between launches nobody owns both files, so it is
//! found here, for all who have to say it: `validate`, `shift`, `diff` and the portfolio's proposals.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::core::model::{
    Timestamp,
    activity::Need,
    launch::Launch,
    name::{Id, Name},
};

/// Something of a launch that needs a milestone of another.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    pub launch: &'a Launch,
    /// The milestone or activity that needs it.
    pub item: &'a Id,
    /// The milestone that this is, or belongs to.
    pub milestone: &'a Id,
    pub due: Timestamp,
    /// The other launch and its milestone.
    pub on: &'a Name,
    pub needs: &'a Id,
}

/// A milestone that is due before one of another launch that it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dependent {
    pub launch: Name,
    pub milestone: Id,
    pub due: Timestamp,
    /// The launch whose milestone it needs.
    pub on: Name,
    pub needs: Id,
    /// When that is due.
    pub then: Timestamp,
}

/// What a launch needs of others, milestones first.
pub fn links(launch: &Launch) -> impl Iterator<Item = Link<'_>> {
    let milestones = launch.milestones.iter().map(|m| (&m.id, &m.id, m.due, &m.needs));
    let activities = launch.activities.iter().map(|a| (&a.id, &a.milestone, a.due, &a.needs));
    milestones.chain(activities).flat_map(move |(item, milestone, due, needs)| {
        needs.iter().filter_map(move |need| match need {
            Need::Foreign { launch: on, milestone: needs } => Some(Link { launch, item, milestone, due, on, needs }),
            _ => None,
        })
    })
}

/// The links of these launches that their dates contradict, each with when the needed milestone is due.
pub fn contradictions<'l>(launches: impl IntoIterator<Item = &'l Launch>) -> Vec<(Link<'l>, Timestamp)> {
    let launches: Vec<&Launch> = launches.into_iter().collect();
    let all: Vec<Link<'_>> = launches.iter().flat_map(|launch| links(launch)).collect();
    let awaited: BTreeSet<&Name> = all.iter().map(|link| link.on).collect();
    let awaited = launches.iter().filter(|launch| awaited.contains(&launch.name));
    let dues: HashMap<(&Name, &Id), Timestamp> =
        awaited.flat_map(|l| l.milestones.iter().map(|m| ((&l.name, &m.id), m.due))).collect();
    let late = all.into_iter().filter_map(|link| {
        let then = *dues.get(&(link.on, link.needs))?;
        (link.due < then).then_some((link, then))
    });
    late.collect()
}

impl Dependent {
    pub fn of(link: Link<'_>, then: Timestamp) -> Self {
        Self {
            launch: link.launch.name.clone(),
            milestone: link.milestone.clone(),
            due: link.due,
            on: link.on.clone(),
            needs: link.needs.clone(),
            then,
        }
    }
}
