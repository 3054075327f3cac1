//! The critical path: the chain of needs that decides when the launch happens.

use std::cmp::Reverse;

use super::{
    look::Look,
    network::NEVER,
    nodes::{Nodes, What},
};
use crate::core::model::{
    area::Phase,
    name::{Id, Name},
};

/// One connected chain, from its beginning to the milestone that ends the launch phase.
pub struct Path {
    /// Every node of the launch that it leads through.
    pub nodes: Vec<u32>,
    /// The milestones, by their place in the launch.
    pub milestones: Vec<u32>,
    /// The milestone of another launch that it comes from.
    pub from: Option<(Name, Id)>,
}

/// Back from the end of the launch phase, always through the need that leaves the least slack to what needs it: the one
/// that can end last. Of needs that can end together it is the one promised for later, then the one with less slack of its
/// own. What is done comes last.
pub fn path(nodes: &Nodes<'_>, earliest: &Look<'_, '_, '_>, latest: &[i64], subject: usize) -> Path {
    let mut path = Path { nodes: Vec::new(), milestones: Vec::new(), from: None };
    let Some(mut at) = end(nodes, earliest, subject) else { return path };
    let urgency = |node: &u32| {
        let done = nodes.network.nodes()[*node as usize].done.is_some();
        let promised = nodes.network.nodes()[*node as usize].due;
        let promised = if promised == NEVER { latest[*node as usize] } else { promised };
        let end = earliest.stretches[*node as usize].end;
        (done, Reverse(end), Reverse(promised), earliest.slack(*node, latest), *node)
    };
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
        match nodes.network.needs(at).iter().copied().min_by_key(urgency) {
            Some(need) => at = need,
            None => break,
        }
    }
    path.nodes.reverse();
    path.milestones.reverse();
    path
}

/// The milestone that ends the launch phase; of a launch without one, the last before it, or the last of all.
fn end(nodes: &Nodes<'_>, earliest: &Look<'_, '_, '_>, subject: usize) -> Option<u32> {
    let launch = nodes.subjects[subject].launch;
    let last = |phase: Option<Phase>| {
        let all = launch.milestones.iter().zip(&nodes.milestones[subject]);
        let some = all.filter(|(m, _)| phase.is_none_or(|phase| m.phase == phase));
        some.max_by_key(|(m, node)| (m.due, earliest.stretches[**node as usize].end)).map(|(_, node)| *node)
    };
    last(Some(Phase::Launch)).or_else(|| last(Some(Phase::PreLaunch))).or_else(|| last(None))
}
