//! How high each box stands in its column: near its neighbours, never nearer to another box than a gap.

use super::{
    Band, Block, COLUMN_GAP, HEADING, LANE_GAP, Layout, Link, PAD, ROW_GAP, Rect, Way,
    order::{Member, Net},
    route,
};

/// Rounds of moving; fewer for graphs of many members, where nobody sees the last pixel.
const ROUNDS: usize = 40;
const FEW_ROUNDS: usize = 8;
const MANY: usize = 2500;
/// Between the points of two edges that pass a column.
const POINT_GAP: f64 = 12.0;

/// Turns columns and orders into places.
pub fn place(net: &Net, blocks: &[Block], links: &[Link], way: Way) -> Layout {
    let lanes = blocks.iter().map(|b| b.lane + 1).max().unwrap_or(0);
    let mut middles = middles(net, blocks);
    let heading = if way == Way::Right { HEADING } else { PAD / 2.0 };
    let spans = stack(net, blocks, lanes, heading, &mut middles);
    let (lefts, widths) = columns(net, blocks, way);
    let places: Vec<Rect> = blocks
        .iter()
        .enumerate()
        .map(|(at, b)| {
            let x = lefts[net.column[at]] + (widths[net.column[at]] - b.width) / 2.0;
            Rect { x, y: middles[at] - b.height / 2.0, width: b.width, height: b.height }
        })
        .collect();
    let routes = route::all(net, links, &places, &middles, &lefts, &widths);
    let bands = bands(net, blocks, &spans, &lefts, &widths, way);
    let width = lefts.last().zip(widths.last()).map_or(0.0, |(x, w)| x + w) + PAD;
    let height = spans.last().map_or(0.0, |s| s.1);
    Layout { places, routes, bands, lanes: spans, width, height }
}

fn half(net: &Net, blocks: &[Block], member: usize) -> f64 {
    match net.members[member] {
        Member::Block(at) => blocks[at].height / 2.0,
        Member::Point { .. } => 0.0,
    }
}

/// Smallest distance between the middles of two neighbours in a column.
fn apart(net: &Net, blocks: &[Block], upper: usize, lower: usize) -> f64 {
    let points = |m: usize| matches!(net.members[m], Member::Point { .. });
    let gap = if points(upper) && points(lower) { POINT_GAP } else { ROW_GAP };
    half(net, blocks, upper) + half(net, blocks, lower) + gap
}

/// The middle of each member, lane by lane from zero.
fn middles(net: &Net, blocks: &[Block]) -> Vec<f64> {
    let mut middles = vec![0.0; net.members.len()];
    for column in &net.columns {
        let mut y = 0.0;
        for pair in column.windows(2) {
            let same = net.lane[pair[0]] == net.lane[pair[1]];
            y = if same { y + apart(net, blocks, pair[0], pair[1]) } else { 0.0 };
            middles[pair[1]] = y;
        }
    }
    let rounds = if net.members.len() > MANY { FEW_ROUNDS } else { ROUNDS };
    for round in 0..rounds {
        let forward = round % 2 == 0;
        let count = net.columns.len();
        for step in 0..count {
            let column = if forward { step } else { count - 1 - step };
            for part in net.columns[column].chunk_by(|a, b| net.lane[*a] == net.lane[*b]) {
                settle(net, blocks, part, forward, round * 4 >= rounds * 3, &mut middles);
            }
        }
    }
    middles
}

/// Moves the members of one column and lane as near to what they want as their order and gaps allow: least squares
/// under an order, by pooling adjacent violators.
fn settle(net: &Net, blocks: &[Block], part: &[usize], forward: bool, both: bool, middles: &mut [f64]) {
    // Each pool: the sum of weights, of weighted wishes, and how many members.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    let mut offsets = Vec::with_capacity(part.len());
    let mut offset = 0.0;
    for (at, member) in part.iter().enumerate() {
        if at > 0 {
            offset += apart(net, blocks, part[at - 1], *member);
        }
        offsets.push(offset);
        let (wish, weight) = wish(net, *member, forward, both, middles);
        pools.push((weight, weight * (wish - offset), 1));
        while let [.., a, b] = pools.as_slice() {
            if a.1 / a.0 <= b.1 / b.0 {
                break;
            }
            let joined = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
            pools.truncate(pools.len() - 2);
            pools.push(joined);
        }
    }
    let mut at = 0;
    for (weight, sum, count) in pools {
        for _ in 0..count {
            middles[part[at]] = sum / weight + offsets[at];
            at += 1;
        }
    }
}

/// Where a member wants to be, and how much: an edge that passes a column wants to be straight.
fn wish(net: &Net, member: usize, forward: bool, both: bool, middles: &[f64]) -> (f64, f64) {
    let sides: [&[usize]; 2] = match (forward, both) {
        (_, true) => [&net.before[member], &net.after[member]],
        (true, false) => [&net.before[member], &[]],
        (false, false) => [&net.after[member], &[]],
    };
    let is_point = |m: usize| matches!(net.members[m], Member::Point { .. });
    let (mut sum, mut all) = (0.0, 0.0);
    for near in sides.into_iter().flatten().filter(|n| net.lane[**n] == net.lane[member]) {
        let weight = match (is_point(member), is_point(*near)) {
            (true, true) => 8.0,
            (false, false) if is_chain(net, member, *near) => 4.0,
            (false, false) => 1.0,
            _ => 2.0,
        };
        sum += weight * middles[*near];
        all += weight;
    }
    if all > 0.0 { (sum / all, all) } else { (middles[member], 0.05) }
}

/// Each is all that the other has on that side: they should stand in one line.
fn is_chain(net: &Net, a: usize, b: usize) -> bool {
    let (left, right) = if net.column[a] < net.column[b] { (a, b) } else { (b, a) };
    net.after[left].len() == 1 && net.before[right].len() == 1
}

/// Puts the lanes one under the other; returns where each begins and ends.
fn stack(net: &Net, blocks: &[Block], lanes: usize, heading: f64, middles: &mut [f64]) -> Vec<(f64, f64)> {
    let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); lanes];
    for (member, lane) in net.lane.iter().enumerate() {
        let half = half(net, blocks, member);
        let span = &mut spans[*lane];
        *span = (span.0.min(middles[member] - half), span.1.max(middles[member] + half));
    }
    let mut top = 0.0;
    let mut shifts = Vec::with_capacity(lanes);
    for span in &mut spans {
        let height = if span.0.is_finite() { span.1 - span.0 } else { 0.0 };
        shifts.push(top + heading + PAD / 2.0 - span.0);
        *span = (top, top + heading + height + PAD * 1.5);
        top = span.1 + LANE_GAP;
    }
    for (member, lane) in net.lane.iter().enumerate() {
        middles[member] += shifts[*lane];
    }
    spans
}

/// The left edge and the width of each column; wider gaps where many edges bend.
fn columns(net: &Net, blocks: &[Block], way: Way) -> (Vec<f64>, Vec<f64>) {
    let widths: Vec<f64> = net
        .columns
        .iter()
        .map(|column| {
            let width = |m: &usize| match net.members[*m] {
                Member::Block(at) => blocks[at].width,
                Member::Point { .. } => 0.0,
            };
            column.iter().map(width).fold(0.0, f64::max)
        })
        .collect();
    let mut lefts = Vec::with_capacity(widths.len());
    let mut x = PAD;
    for (at, width) in widths.iter().enumerate() {
        let first = |m: &usize| matches!(net.members[*m], Member::Block(b) if begins(net, blocks, b));
        if way == Way::Down && net.columns[at].iter().any(first) {
            x += HEADING - PAD / 2.0;
        }
        lefts.push(x);
        let edges: usize = net.columns[at].iter().map(|m| net.after[*m].len()).sum();
        let gap = if way == Way::Right { COLUMN_GAP } else { COLUMN_GAP - 22.0 };
        x += width + gap + (edges as f64 * 1.5).min(80.0);
    }
    (lefts, widths)
}

/// Whether a box stands in the first column of its band.
fn begins(net: &Net, blocks: &[Block], at: usize) -> bool {
    let (own, column) = (blocks[at], net.column[at]);
    let same = |b: &Block| b.lane == own.lane && b.band == own.band;
    !blocks.iter().zip(&net.column).any(|(b, c)| same(b) && *c < column)
}

fn bands(net: &Net, blocks: &[Block], spans: &[(f64, f64)], lefts: &[f64], widths: &[f64], way: Way) -> Vec<Band> {
    let mut found: std::collections::BTreeMap<(usize, usize), (usize, usize)> = std::collections::BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        let column = net.column[at];
        let range = found.entry((block.lane, block.band)).or_insert((column, column));
        *range = (range.0.min(column), range.1.max(column));
    }
    let lead = if way == Way::Right { PAD } else { HEADING };
    let band = |((lane, band), (first, last)): ((usize, usize), (usize, usize))| {
        let (x, right) = (lefts[first] - lead, lefts[last] + widths[last] + PAD);
        let (top, bottom) = spans[lane];
        Band { lane, band, rect: Rect { x, y: top, width: right - x, height: bottom - top } }
    };
    found.into_iter().map(band).collect()
}
