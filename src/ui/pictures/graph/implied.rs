//! Which needs say nothing new: their milestone waits for something that waits for the same already.

use super::{Edge, Graph};

/// Beyond so many milestones the question is not asked: nobody could see the difference.
const MOST: usize = 3000;

/// Marks every need between milestones that a longer way says too. Needs in a circle are left alone.
pub fn mark(graph: &mut Graph) {
    let count = graph.nodes.len();
    if count > MOST {
        return;
    }
    let before = needs(&graph.edges, count);
    let Some(order) = sorted(&before) else { return };
    // Of each milestone, the bits of all that it waits for.
    let words = count.div_ceil(64);
    let mut reach = vec![vec![0u64; words]; count];
    for node in &order {
        let mut own = vec![0u64; words];
        for need in &before[*node] {
            own[need / 64] |= 1 << (need % 64);
            own.iter_mut().zip(&reach[*need]).for_each(|(a, b)| *a |= b);
        }
        reach[*node] = own;
    }
    for edge in graph.edges.iter_mut().filter(|e| e.is_between_milestones()) {
        let Edge { from, to, .. } = *edge;
        edge.implied = !edge.critical
            && before[to.node]
                .iter()
                .any(|n| *n != from.node && reach[*n][from.node / 64] >> (from.node % 64) & 1 == 1);
    }
}

impl Edge {
    fn is_between_milestones(&self) -> bool {
        self.from.part.is_none() && self.to.part.is_none()
    }
}

fn needs(edges: &[Edge], count: usize) -> Vec<Vec<usize>> {
    let mut before = vec![Vec::new(); count];
    for edge in edges.iter().filter(|e| e.is_between_milestones()) {
        before[edge.to.node].push(edge.from.node);
    }
    before
}

/// Each milestone after all that it needs; `None` where they go in a circle.
fn sorted(before: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut after = vec![Vec::new(); before.len()];
    let mut waits: Vec<usize> = before.iter().map(Vec::len).collect();
    for (node, needs) in before.iter().enumerate() {
        needs.iter().for_each(|need| after[*need].push(node));
    }
    let mut order: Vec<usize> = (0..before.len()).filter(|n| waits[*n] == 0).collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        for next in &after[node] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                order.push(*next);
            }
        }
    }
    (order.len() == before.len()).then_some(order)
}
