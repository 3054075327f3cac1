//! The critical path method over numbered nodes: earliest and latest dates along the edges of one graph.
//!
//! In: nodes with their work and the bounds written for them, and edges. Out: for each node when it can begin and end at
//! the earliest, and when it must have ended at the latest; or the cycle that forbids an answer. Instants are seconds since
//! 1970-01-01T00:00Z. Linear in nodes and edges. Deliberately absent: names (see `nodes`) and what to make of it (see
//! `forecast`).

use super::clock::{FARTHEST, WorkClock};
use crate::core::model::work::Work;

/// No bound: earlier than every date.
pub const ANYTIME: i64 = i64::MIN;
/// No bound: later than every date.
pub const NEVER: i64 = i64::MAX;

/// One thing that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Whose working days count: an index into the clocks.
    pub clock: u32,
    pub work: Work,
    /// It does not begin before, or [`ANYTIME`].
    pub begin: i64,
    /// It does not end before, however early it begins, or [`ANYTIME`].
    pub end: i64,
    /// It has to end by then, or [`NEVER`].
    pub due: i64,
    /// It ended then, whatever it needs.
    pub done: Option<i64>,
}

impl Node {
    /// A point in the graph without work or bounds.
    pub fn point(clock: u32) -> Self {
        Self { clock, work: Work::Elapsed(0), begin: ANYTIME, end: ANYTIME, due: NEVER, done: None }
    }
}

/// When something can be at the earliest; [`ANYTIME`] where nothing says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub begin: i64,
    pub end: i64,
}

/// Nodes that need each other: each needs the next, and the last needs the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a cycle of {} members", members.len())]
pub struct Cycle {
    pub members: Vec<u32>,
}

/// A graph without cycles.
#[derive(Debug, Clone)]
pub struct Network {
    nodes: Vec<Node>,
    /// Where each node's needs begin in `needs`; one longer than `nodes`.
    starts: Vec<u32>,
    needs: Vec<u32>,
    /// Every node after all that it needs.
    order: Vec<u32>,
}

impl Network {
    /// Of nodes and edges; an edge is a node and what it needs.
    ///
    /// # Errors
    /// A [`Cycle`]: there are others, perhaps.
    pub fn new(nodes: Vec<Node>, edges: &[(u32, u32)]) -> Result<Self, Cycle> {
        let (starts, needs) = rows(nodes.len(), edges.iter().copied());
        let (ends, dependents) = rows(nodes.len(), edges.iter().map(|(node, need)| (*need, *node)));
        let mut waiting: Vec<u32> = starts.windows(2).map(|w| w[1] - w[0]).collect();
        let mut order: Vec<u32> = Vec::with_capacity(nodes.len());
        order.extend((0..).zip(&waiting).filter(|(_, count)| **count == 0).map(|(node, _)| node));
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            at += 1;
            for &dependent in row(&ends, &dependents, node) {
                waiting[dependent as usize] -= 1;
                if waiting[dependent as usize] == 0 {
                    order.push(dependent);
                }
            }
        }
        if order.len() < nodes.len() {
            return Err(cycle(&starts, &needs, &waiting));
        }
        Ok(Self { nodes, starts, needs, order })
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every node, each after all that it needs.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// What a node needs.
    pub fn needs(&self, node: u32) -> &[u32] {
        row(&self.starts, &self.needs, node)
    }

    /// The earliest dates: each begins when all that it needs has ended, and not before its own bound. `floor` is a bound
    /// on the end of a node that begins then, which comes on top; what is done ended when it did.
    pub fn earliest(&self, clocks: &[WorkClock], floor: impl Fn(u32, i64) -> i64) -> Vec<Stretch> {
        let mut all = vec![Stretch { begin: ANYTIME, end: ANYTIME }; self.nodes.len()];
        for &at in &self.order {
            let node = &self.nodes[at as usize];
            let begin = self.needs(at).iter().fold(node.begin, |begin, need| begin.max(all[*need as usize].end));
            let end = match node.done {
                Some(done) => done,
                None if begin == ANYTIME => node.end.max(floor(at, begin)),
                None => clocks[node.clock as usize].after(begin, node.work).max(node.end).max(floor(at, begin)),
            };
            all[at as usize] = Stretch { begin, end };
        }
        all
    }

    /// The latest ends: each in time for itself and for all that needs it. What is done asks nothing of what it needed.
    pub fn latest(&self, clocks: &[WorkClock]) -> Vec<i64> {
        let mut latest: Vec<i64> = self.nodes.iter().map(|node| node.due).collect();
        for &at in self.order.iter().rev() {
            let node = &self.nodes[at as usize];
            let end = latest[at as usize];
            if node.done.is_some() || end == NEVER {
                continue;
            }
            let begin = clocks[node.clock as usize].before(end, node.work);
            for &need in row(&self.starts, &self.needs, at) {
                latest[need as usize] = latest[need as usize].min(begin);
            }
        }
        latest
    }
}

/// Seconds from the earliest end to the latest one, negative where it is too late; [`NEVER`] where one of them is open.
pub fn slack(earliest: i64, latest: i64) -> i64 {
    if earliest == ANYTIME || latest == NEVER { NEVER } else { (latest - earliest).clamp(-2 * FARTHEST, 2 * FARTHEST) }
}

/// Edges by their first node: where each node's row begins, and the rows one after the other.
fn rows(count: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; count + 1];
    let mut total = 0_usize;
    for (from, _) in edges.clone() {
        starts[from as usize + 1] += 1;
        total += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut found = vec![0_u32; total];
    for (from, to) in edges {
        found[next[from as usize] as usize] = to;
        next[from as usize] += 1;
    }
    (starts, found)
}

fn row<'r>(starts: &[u32], all: &'r [u32], node: u32) -> &'r [u32] {
    &all[starts[node as usize] as usize..starts[node as usize + 1] as usize]
}

/// Whoever still waits needs somebody who still waits, so following such needs ends in a cycle.
fn cycle(starts: &[u32], needs: &[u32], waiting: &[u32]) -> Cycle {
    let mut seen = vec![u32::MAX; waiting.len()];
    let mut path = Vec::new();
    let mut at = (0..).zip(waiting).find(|(_, count)| **count > 0).map_or(0, |(node, _)| node);
    while seen[at as usize] == u32::MAX {
        seen[at as usize] = u32::try_from(path.len()).unwrap_or(0);
        path.push(at);
        let next = row(starts, needs, at).iter().find(|need| waiting[**need as usize] > 0);
        at = next.copied().unwrap_or(at);
    }
    Cycle { members: path.split_off(seen[at as usize] as usize) }
}
