//! The critical path: the chain of needs that decides when the launch happens.
//!
//! It ends where the launch happens: at the milestone due at T, and not at what is still going on a week after it.

use std::cmp::Reverse;

use super::{
    look::Look,
    network::NEVER,
    nodes::{Nodes, What},
    target::is_due_at_target,
};
use crate::core::model::{
    area::Phase,
    name::{Id, Name},
    work::Work,
};

/// One connected chain, from its beginning to the milestone that decides when the launch happens.
pub struct Path {
    /// Every node of the launch that it leads through.
    pub nodes: Vec<u32>,
    /// The milestones, by their place in the launch.
    pub milestones: Vec<u32>,
    /// The milestone of another launch that it comes from.
    pub from: Option<(Name, Id)>,
}

/// Back from the milestone that decides T, always through the need that leaves the least slack to what needs it: the one
/// that can end last. Of needs that can end together it is the one promised for later, then the one with less slack of its
/// own. What nobody needs by name and only waits for a written day, as a window of time does, comes after the needs that
/// somebody works on; what is done comes last.
pub fn path(nodes: &Nodes<'_>, earliest: &Look<'_, '_, '_>, latest: &[i64], subject: usize) -> Path {
    let mut path = Path { nodes: Vec::new(), milestones: Vec::new(), from: None };
    let Some(mut at) = end(nodes, earliest, subject) else { return path };
    let urgency = |(node, gate): &(u32, Option<u32>)| {
        let done = nodes.network.nodes()[*node as usize].done.is_some();
        let waits = gate.is_some() && waits(nodes, earliest, *node);
        let promised = nodes.network.nodes()[*node as usize].due;
        let promised = if promised == NEVER { latest[*node as usize] } else { promised };
        let end = earliest.stretches[*node as usize].end;
        (done, waits, Reverse(end), Reverse(promised), earliest.slack(*node, latest), *node)
    };
    let mut behind = None;
    loop {
        let member = nodes.members[at as usize];
        if member.subject as usize != subject {
            path.from = nodes.name(at).map(|(launch, id)| (launch.clone(), id.clone()));
            break;
        }
        path.nodes.push(at);
        let milestone = match member.what {
            What::Gate => None,
            What::Opening(m) | What::Work(m) | What::Milestone(m) => Some(m),
            What::Activity(a) => nodes.homes[subject][a as usize],
        };
        if let Some(milestone) = milestone.filter(|m| path.milestones.last() != Some(m)) {
            path.milestones.push(milestone);
        }
        // Through the gate of the launch phase one sees what it waits for; it is the same for all that lie behind it.
        let needs = nodes.network.needs(at).iter().map(|need| match nodes.members[*need as usize].what {
            What::Gate => *behind.get_or_insert_with(|| {
                let all = nodes.network.needs(*need).iter().map(|behind| (*behind, Some(*need)));
                all.min_by_key(urgency).unwrap_or((*need, None))
            }),
            _ => (*need, None),
        });
        match needs.min_by_key(urgency) {
            Some((need, gate)) => {
                path.nodes.extend(gate);
                at = need;
            }
            None => break,
        }
    }
    path.nodes.reverse();
    path.milestones.reverse();
    path
}

/// Whether a milestone is held by nothing but a written start that lies ahead: its own, or that of an activity of its own.
fn waits(nodes: &Nodes<'_>, earliest: &Look<'_, '_, '_>, node: u32) -> bool {
    let mut at = node;
    loop {
        let own = nodes.network.nodes()[at as usize];
        let end = earliest.stretches[at as usize].end;
        if own.done.is_some() || !matches!(own.work, Work::Elapsed(0) | Work::BusinessDays(0)) {
            return false;
        }
        if own.begin == end {
            return true;
        }
        let subject = nodes.members[at as usize].subject as usize;
        let home = match nodes.members[at as usize].what {
            What::Activity(a) => nodes.homes[subject][a as usize],
            What::Gate => None,
            What::Opening(m) | What::Work(m) | What::Milestone(m) => Some(m),
        };
        let is_inside = |need: &u32| match nodes.members[*need as usize].what {
            What::Activity(a) => nodes.homes[subject][a as usize] == home,
            What::Opening(m) | What::Work(m) => Some(m) == home,
            _ => false,
        };
        let mut needs = nodes.network.needs(at).iter().copied();
        match needs.find(|need| earliest.stretches[*need as usize].end == end && is_inside(need)) {
            Some(need) => at = need,
            None => return false,
        }
    }
}

/// The milestone that decides when the launch happens: of the launch phase, the one due at T, and of several the one that
/// can end last; else the first one due. Of a launch without that phase, the last before it, or the last of all.
fn end(nodes: &Nodes<'_>, earliest: &Look<'_, '_, '_>, subject: usize) -> Option<u32> {
    let launch = nodes.subjects[subject].launch;
    let of = |phase: Option<Phase>| {
        let all = launch.milestones.iter().zip(nodes.milestones[subject].iter().copied());
        all.filter(move |(m, _)| phase.is_none_or(|phase| m.phase == phase))
    };
    let end = |node: u32| earliest.stretches[node as usize].end;
    let at_target =
        of(Some(Phase::Launch)).filter(|(m, _)| is_due_at_target(launch, m.due)).max_by_key(|(_, n)| end(*n));
    let first = || of(Some(Phase::Launch)).min_by_key(|(m, n)| (m.due, Reverse(end(*n))));
    let last = |phase| of(phase).max_by_key(|(m, n)| (m.due, end(*n)));
    let found = at_target.or_else(first).or_else(|| last(Some(Phase::PreLaunch))).or_else(|| last(None));
    found.map(|(_, node)| node)
}
