//! Plans that contradict themselves: what is written to begin cannot end when it is due, or leaves no room for what follows.
//!
//! Judged by the files alone: what nothing holds back could have begun at any time, and is never called impossible.

use super::{
    cause::{Bound, Cause, Why},
    look::{Basis, Look, ending},
    network::{ANYTIME, NEVER},
    nodes::{Nodes, Subject, What, deadline},
};
use crate::core::model::{Timestamp, activity::Need, launch::Launch, name::Id, work::Work};

/// Something that cannot end when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The milestone, or the activity's.
    pub milestone: Id,
    pub activity: Option<Id>,
    pub due: Timestamp,
    /// When it can end at the earliest.
    pub earliest: Timestamp,
    /// From what begins it all to the due date, then why it cannot be earlier.
    pub chain: Vec<Cause>,
}

/// A milestone whose work does not fit between the due date of what it needs and its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squeeze {
    pub milestone: Id,
    pub work: Work,
    /// When it has to begin to be in time.
    pub begin: Timestamp,
    pub need: Id,
    pub need_due: Timestamp,
}

/// Everything that cannot end when it is due, the cause before its consequences: of a chain of late things only the first
/// is told. Empty where things wait for each other.
pub fn conflicts(launch: &Launch) -> Vec<Conflict> {
    let Ok(nodes) = Nodes::new(vec![Subject { launch, state: None }], None) else { return Vec::new() };
    let look = Look::new(&nodes, Basis::Written);
    let all = nodes.network.nodes();
    let is_late = |node: u32| {
        let (end, due) = (look.stretches[node as usize].end, all[node as usize].due);
        end != ANYTIME && due != NEVER && end > due
    };
    // Whether something that decides its end is late already.
    let mut follows = vec![false; all.len()];
    for &node in nodes.network.order() {
        if let Some(driver) = look.driver(node) {
            follows[node as usize] = follows[driver as usize] || is_late(driver);
        }
    }
    let told = nodes.milestones[0].iter().chain(&nodes.activities[0]).copied();
    told.filter(|node| is_late(*node) && !follows[*node as usize]).map(|node| conflict(&nodes, &look, node)).collect()
}

fn conflict(nodes: &Nodes<'_>, look: &Look<'_, '_, '_>, node: u32) -> Conflict {
    let launch = nodes.subjects[0].launch;
    let milestone = |m: u32| launch.milestones[m as usize].id.clone();
    let (milestone, activity, due) = match nodes.members[node as usize].what {
        What::Activity(a) => {
            let activity = &launch.activities[a as usize];
            (activity.milestone.clone(), Some(activity.id.clone()), activity.due)
        }
        What::Milestone(m) | What::Opening(m) | What::Work(m) => {
            (milestone(m), None, launch.milestones[m as usize].due)
        }
        What::Gate => (milestone(0), None, launch.target),
    };
    let mut cannot = look.chain(node);
    let root = look.root(node).0;
    // What is between is told from the other side: it must end in time for the next.
    cannot.drain(..cannot.len() - 1);
    let mut chain = must(nodes, look, node, root);
    chain.append(&mut cannot);
    Conflict { milestone, activity, due, earliest: look.moment(node, look.stretches[node as usize].end), chain }
}

/// From the root to what is due: by when each has to end.
fn must(nodes: &Nodes<'_>, look: &Look<'_, '_, '_>, node: u32, root: u32) -> Vec<Cause> {
    const MOST: u32 = 8;
    let launch = nodes.subjects[0].launch;
    let clock = &nodes.clocks[0];
    let mut chain = Vec::new();
    let (mut at, mut limit) = (node, nodes.network.nodes()[node as usize].due);
    let mut needed_by: Option<Id> = None;
    let mut links = 0_u32;
    while let Some((_, item)) = nodes.name(at) {
        let (work, home) = match nodes.members[at as usize].what {
            What::Activity(a) => (launch.activities[a as usize].duration, None),
            What::Milestone(m) => (launch.milestones[m as usize].duration, Some(m)),
            _ => (None, None),
        };
        let why = needed_by.take().map_or(Why::Due, |item| Why::NeededBy { launch: None, item });
        let (item, cause_at) = (item.clone(), ending(limit, launch.timezone));
        let cause_at = if why == Why::Due { look.moment(at, limit) } else { cause_at };
        let work = work.filter(|_| at != root);
        if links < MOST || at == root {
            chain.push(Cause { launch: None, item: item.clone(), bound: Bound::MustEndBy, at: cause_at, work, why });
        }
        links += 1;
        let Some(next) = (at != root).then(|| look.driver(at)).flatten() else { break };
        let is_part = match nodes.members[next as usize].what {
            What::Activity(a) => nodes.homes[0][a as usize] == home && home.is_some(),
            _ => false,
        };
        if let Some(work) = work.filter(|_| !is_part) {
            limit = clock.before(limit, work);
        }
        needed_by = Some(item);
        at = next;
    }
    chain.reverse();
    chain
}

/// Milestones whose due dates are closer together than the work between them.
pub fn squeezes(launch: &Launch) -> Vec<Squeeze> {
    use std::collections::HashMap;
    let dues: HashMap<&Id, Timestamp> = launch.milestones.iter().map(|m| (&m.id, m.due)).collect();
    let clock = super::clock::WorkClock::new(&launch.calendar, launch.timezone);
    let mut found = Vec::new();
    for milestone in &launch.milestones {
        let Some(work) = milestone.duration else { continue };
        let begin = clock.before(deadline(milestone.due), work);
        let needs = milestone.needs.iter().filter_map(|need| match need {
            Need::Milestone(id) => dues.get(id).map(|due| (id, *due)),
            _ => None,
        });
        let last = needs.filter(|(_, due)| deadline(*due) > begin && *due <= milestone.due).max_by_key(|(_, due)| *due);
        if let Some((need, need_due)) = last {
            found.push(Squeeze {
                milestone: milestone.id.clone(),
                work,
                begin: Timestamp::from_timestamp(begin, 0).unwrap_or(milestone.due),
                need: need.clone(),
                need_due,
            });
        }
    }
    found
}
