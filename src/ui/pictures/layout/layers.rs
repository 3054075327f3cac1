//! Which column each box stands in.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use super::{Block, Link};

/// The column of each box: right of all it comes after, bands in order within a lane, and no column of a lane much
/// higher than the lane is wide. Boxes in a circle of edges are taken in their order.
pub fn assign(blocks: &[Block], links: &[Link]) -> Vec<usize> {
    let most = heights(blocks);
    let mut work = Work::new(blocks, links);
    let mut column = vec![0; blocks.len()];
    let mut filled: Vec<Vec<usize>> = vec![Vec::new(); most.len()];
    while let Some(at) = work.next() {
        let lane = blocks[at].lane;
        let mut own = work.earliest[at].max(work.opened[lane][blocks[at].band]);
        while filled[lane].get(own).is_some_and(|n| *n >= most[lane]) {
            own += 1;
        }
        if filled[lane].len() <= own {
            filled[lane].resize(own + 1, 0);
        }
        filled[lane][own] += 1;
        column[at] = own;
        work.done(blocks, at, own);
    }
    pull(blocks, links, &mut column, &mut filled, &most);
    column
}

/// How many boxes a column of each lane takes.
fn heights(blocks: &[Block]) -> Vec<usize> {
    let lanes = blocks.iter().map(|b| b.lane + 1).max().unwrap_or(0);
    let mut counts = vec![0usize; lanes];
    for block in blocks {
        counts[block.lane] += 1;
    }
    counts.into_iter().map(|n| ((n as f64).sqrt() * 1.5).ceil().max(5.0) as usize).collect()
}

/// What can be placed next: all boxes before it, and all earlier bands of its lane, have their column.
struct Work {
    after: Vec<Vec<usize>>,
    waits: Vec<usize>,
    ready: BinaryHeap<Reverse<usize>>,
    placed: Vec<bool>,
    /// Right of everything that comes before it.
    earliest: Vec<usize>,
    /// By lane and band: how many boxes are still to be placed, which wait for the band to open, and where it begins.
    left: Vec<Vec<usize>>,
    waiting: Vec<Vec<Vec<usize>>>,
    opened: Vec<Vec<usize>>,
    current: Vec<usize>,
    ends: Vec<usize>,
    first_unplaced: usize,
}

impl Work {
    fn new(blocks: &[Block], links: &[Link]) -> Self {
        let lanes = blocks.iter().map(|b| b.lane + 1).max().unwrap_or(0);
        let bands = blocks.iter().map(|b| b.band + 1).max().unwrap_or(0);
        let mut work = Self {
            after: vec![Vec::new(); blocks.len()],
            waits: vec![0; blocks.len()],
            ready: BinaryHeap::new(),
            placed: vec![false; blocks.len()],
            earliest: vec![0; blocks.len()],
            left: vec![vec![0; bands]; lanes],
            waiting: vec![vec![Vec::new(); bands]; lanes],
            opened: vec![vec![0; bands]; lanes],
            current: vec![0; lanes],
            ends: vec![0; lanes],
            first_unplaced: 0,
        };
        for link in links.iter().filter(|l| l.from != l.to) {
            work.after[link.from].push(link.to);
            work.waits[link.to] += 1;
        }
        for block in blocks {
            work.left[block.lane][block.band] += 1;
        }
        for at in 0..blocks.len() {
            if work.waits[at] == 0 {
                work.offer(blocks, at);
            }
        }
        for lane in 0..lanes {
            work.open(lane);
        }
        work
    }

    fn offer(&mut self, blocks: &[Block], at: usize) {
        let Block { lane, band, .. } = blocks[at];
        if band <= self.current[lane] { self.ready.push(Reverse(at)) } else { self.waiting[lane][band].push(at) }
    }

    /// Goes to the next band of a lane as long as the present one has nothing left.
    fn open(&mut self, lane: usize) {
        while self.current[lane] + 1 < self.left[lane].len() && self.left[lane][self.current[lane]] == 0 {
            self.current[lane] += 1;
            let band = self.current[lane];
            self.opened[lane][band] = self.ends[lane];
            self.ready.extend(std::mem::take(&mut self.waiting[lane][band]).into_iter().map(Reverse));
        }
    }

    fn next(&mut self) -> Option<usize> {
        while let Some(Reverse(at)) = self.ready.pop() {
            if !self.placed[at] {
                return Some(at);
            }
        }
        // A circle: the first that is left goes on as if nothing came before it.
        while *self.placed.get(self.first_unplaced)? {
            self.first_unplaced += 1;
        }
        Some(self.first_unplaced)
    }

    fn done(&mut self, blocks: &[Block], at: usize, column: usize) {
        let Block { lane, band, .. } = blocks[at];
        self.placed[at] = true;
        self.ends[lane] = self.ends[lane].max(column + 1);
        self.left[lane][band] -= 1;
        for next in std::mem::take(&mut self.after[at]) {
            self.earliest[next] = self.earliest[next].max(column + 1);
            self.waits[next] = self.waits[next].saturating_sub(1);
            if self.waits[next] == 0 && !self.placed[next] {
                self.offer(blocks, next);
            }
        }
        self.open(lane);
    }
}

/// Boxes that nothing comes before move right, next to what comes after them, as far as their band goes.
fn pull(blocks: &[Block], links: &[Link], column: &mut [usize], filled: &mut [Vec<usize>], most: &[usize]) {
    let mut is_first = vec![true; blocks.len()];
    let mut next: Vec<Option<usize>> = vec![None; blocks.len()];
    for link in links {
        is_first[link.to] = false;
        let after = column[link.to];
        next[link.from] = Some(next[link.from].map_or(after, |n: usize| n.min(after)));
    }
    let mut ends: HashMap<(usize, usize), usize> = HashMap::new();
    for (block, column) in blocks.iter().zip(column.iter()) {
        let end = ends.entry((block.lane, block.band)).or_insert(0);
        *end = (*end).max(*column);
    }
    for at in 0..blocks.len() {
        let lane = blocks[at].lane;
        let Some(next) = next[at].filter(|_| is_first[at]) else { continue };
        let end = ends.get(&(lane, blocks[at].band)).copied().unwrap_or(0);
        let best = (column[at] + 1..next.min(end + 1)).rev().find(|c| filled[lane][*c] < most[lane]);
        if let Some(best) = best {
            filled[lane][column[at]] -= 1;
            filled[lane][best] += 1;
            column[at] = best;
        }
    }
}
