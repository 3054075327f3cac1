//! In which order boxes stand in their columns, so that few edges cross.

use super::{Block, Link};

/// Rounds of ordering.
const ROUNDS: usize = 8;
/// More points than this, and long edges run straight.
const MOST_POINTS: usize = 20_000;

/// A box, or a point where a long edge passes a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    Block(usize),
    Point { link: usize },
}

/// Boxes and points by column, and the short edges between neighbouring columns.
pub struct Net {
    pub members: Vec<Member>,
    pub lane: Vec<usize>,
    pub column: Vec<usize>,
    /// Members of each column, from top to bottom.
    pub columns: Vec<Vec<usize>>,
    /// Neighbours in the column before and in the one after.
    pub before: Vec<Vec<usize>>,
    pub after: Vec<Vec<usize>>,
    /// The points of each edge, from left to right.
    pub points: Vec<Vec<usize>>,
}

impl Net {
    pub fn new(blocks: &[Block], links: &[Link], column: &[usize]) -> Self {
        let count = column.iter().max().map_or(0, |c| c + 1);
        let mut net = Self {
            members: (0..blocks.len()).map(Member::Block).collect(),
            lane: blocks.iter().map(|b| b.lane).collect(),
            column: column.to_vec(),
            columns: vec![Vec::new(); count],
            before: vec![Vec::new(); blocks.len()],
            after: vec![Vec::new(); blocks.len()],
            points: vec![Vec::new(); links.len()],
        };
        for (at, column) in column.iter().enumerate() {
            net.columns[*column].push(at);
        }
        let needed: usize = links.iter().map(|l| column[l.to].saturating_sub(column[l.from] + 1)).sum();
        for (number, link) in links.iter().enumerate() {
            net.thread(number, link, needed <= MOST_POINTS);
        }
        for column in &mut net.columns {
            column.sort_by_key(|m| net.lane[*m]);
        }
        net
    }

    /// Leads an edge through the columns between its ends. An edge backwards, or along a column, stays straight.
    fn thread(&mut self, number: usize, link: &Link, points: bool) {
        let (first, last) = (self.column[link.from], self.column[link.to]);
        if first >= last || last - first > 1 && !points {
            return;
        }
        let mut from = link.from;
        for column in first + 1..last {
            let point = self.members.len();
            self.members.push(Member::Point { link: number });
            // An edge between lanes changes lane at its start, so that it does not run through the other launch.
            self.lane.push(self.lane[link.to]);
            self.column.push(column);
            self.columns[column].push(point);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
            self.points[number].push(point);
            self.join(from, point);
            from = point;
        }
        self.join(from, link.to);
    }

    fn join(&mut self, from: usize, to: usize) {
        self.after[from].push(to);
        self.before[to].push(from);
    }

    /// Sorts every column by the middle of its neighbours, to and fro, and keeps the order with the fewest crossings.
    pub fn order(&mut self) {
        let mut best = (self.crossings(), self.columns.clone());
        for round in 0..ROUNDS {
            let forward = round % 2 == 0;
            let count = self.columns.len();
            for step in 1..count {
                let column = if forward { step } else { count - 1 - step };
                self.sort(column, forward);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    fn sort(&mut self, column: usize, forward: bool) {
        let near = if forward { column - 1 } else { column + 1 };
        let mut rank = std::collections::HashMap::with_capacity(self.columns[near].len());
        for (at, member) in self.columns[near].iter().enumerate() {
            rank.insert(*member, at as f64);
        }
        let own = std::mem::take(&mut self.columns[column]);
        let scale = self.columns[near].len() as f64 / own.len().max(1) as f64;
        let mut keyed: Vec<(usize, f64, usize)> = own
            .iter()
            .enumerate()
            .map(|(at, member)| {
                let neighbours = if forward { &self.before[*member] } else { &self.after[*member] };
                let sum: f64 = neighbours.iter().filter_map(|n| rank.get(n)).sum();
                let middle = if neighbours.is_empty() { at as f64 * scale } else { sum / neighbours.len() as f64 };
                (self.lane[*member], middle, *member)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.columns[column] = keyed.into_iter().map(|(_, _, member)| member).collect();
    }

    /// How often edges between neighbouring columns cross, counted with a tree of sums.
    fn crossings(&self) -> u64 {
        let mut rank = vec![0usize; self.members.len()];
        for column in &self.columns {
            for (at, member) in column.iter().enumerate() {
                rank[*member] = at;
            }
        }
        let mut total = 0;
        for pair in self.columns.windows(2) {
            let mut sums = vec![0u64; pair[1].len() + 1];
            let mut seen = 0u64;
            for member in &pair[0] {
                let mut ends: Vec<usize> = self.after[*member].iter().map(|to| rank[*to]).collect();
                ends.sort_unstable();
                for end in &ends {
                    let (mut at, mut upto) = (end + 1, 0);
                    while at > 0 {
                        upto += sums[at];
                        at &= at - 1;
                    }
                    total += seen - upto;
                }
                for end in ends {
                    seen += 1;
                    let mut at = end + 1;
                    while at < sums.len() {
                        sums[at] += 1;
                        at += at & at.wrapping_neg();
                    }
                }
            }
        }
        total
    }
}
