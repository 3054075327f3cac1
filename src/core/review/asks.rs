//! What waits for people: each question once, with everything that it holds back and who is asked.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::core::{
    model::{
        indexed::Indexed,
        launch::Launch,
        name::{Id, Name},
    },
    plan::{Blocker, Change, Plan, Target, WaitsFor, waits_for},
};

/// One question to people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    pub launch: Name,
    pub blocker: Blocker,
    /// The first of what it holds back: what commands about it name.
    pub subject: Target,
    /// The milestone that it is part of.
    pub milestone: Option<Id>,
    /// Everything it holds back, in the plan's order.
    pub holds: Vec<Target>,
    /// Titles of `holds`.
    pub titles: Vec<String>,
    /// Something must be repaired; otherwise a decision or work is asked for.
    pub repair: bool,
    /// The role, team or person to ask, as the plan says.
    pub who: Option<String>,
}

/// Everything that waits for people: repairs first, then what holds back the most.
pub fn asks(launch: &Launch, plan: &Plan) -> Vec<Ask> {
    let mut found: Vec<Ask> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let launch = Indexed::new(launch);
    let open: HashSet<&Target> = plan.changes.iter().filter(|c| !c.blocked.is_empty()).map(|c| &c.subject).collect();
    for change in &plan.changes {
        for blocker in &change.blocked {
            let waits_for = waits_for(blocker);
            if !matches!(waits_for, WaitsFor::Repair | WaitsFor::Person) || is_told_below(&open, change, blocker) {
                continue;
            }
            let subject = if is_shared(blocker) { String::new() } else { format!("{:?}", change.subject) };
            let place = places.entry(format!("{blocker:?}{subject}")).or_insert(found.len());
            if let Some(ask) = found.get_mut(*place) {
                ask.holds.push(change.subject.clone());
                ask.titles.push(change.title.clone());
                continue;
            }
            found.push(Ask {
                launch: plan.launch.clone(),
                blocker: blocker.clone(),
                subject: change.subject.clone(),
                milestone: change.milestone.clone(),
                holds: vec![change.subject.clone()],
                titles: vec![change.title.clone()],
                repair: waits_for == WaitsFor::Repair,
                who: who(&launch, change, blocker),
            });
        }
    }
    found.sort_by_key(|a| (!a.repair, std::cmp::Reverse(a.holds.len())));
    found
}

/// One answer serves everything that this blocker holds back.
fn is_shared(blocker: &Blocker) -> bool {
    matches!(blocker, Blocker::Approval { .. } | Blocker::Check { .. } | Blocker::Held { .. })
}

/// A milestone repeats what its check is asked; the check itself is listed.
fn is_told_below(open: &HashSet<&Target>, change: &Change, blocker: &Blocker) -> bool {
    let Blocker::Check { milestone, check, .. } = blocker else { return false };
    let own = Target::Check { milestone: milestone.clone(), check: check.clone() };
    change.subject != own && open.contains(&own)
}

fn who(launch: &Indexed<'_>, change: &Change, blocker: &Blocker) -> Option<String> {
    match blocker {
        Blocker::Approval { from, .. } => Some(from.clone()),
        Blocker::Person { who: Some(who), .. } => Some(who.clone()),
        Blocker::Marked { mark, .. } => Some(mark.by.to_string()),
        _ => owner(launch, change),
    }
}

/// Who answers for a part: its own owner, else its milestone's, else the launch's.
fn owner(launch: &Indexed<'_>, change: &Change) -> Option<String> {
    let of_milestone = |id: &Id| launch.milestone(id).and_then(|m| m.owner.clone());
    let own = match &change.subject {
        Target::Activity(id) => launch.activity(id).and_then(|a| a.owner.clone()),
        Target::Milestone(id) | Target::Check { milestone: id, .. } => of_milestone(id),
        Target::Goal(id) => launch.goals.iter().find(|g| g.name == *id).and_then(|g| g.owner.clone()),
        Target::Launch => None,
    };
    own.or_else(|| change.milestone.as_ref().and_then(of_milestone)).or_else(|| launch.owner.clone())
}
