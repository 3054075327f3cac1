//! How edges run: out of the right side of a box, straight through columns, into the left side of another.

use super::{Link, Rect, order::Net};

/// Ends of edges on one side of a box stand at least so far apart, if there is room.
const SPREAD: f64 = 10.0;

/// The points of every edge.
pub fn all(
    net: &Net,
    links: &[Link],
    places: &[Rect],
    middles: &[f64],
    lefts: &[f64],
    widths: &[f64],
) -> Vec<Vec<(f64, f64)>> {
    let starts = ends(net, links, places, middles, true);
    let stops = ends(net, links, places, middles, false);
    links
        .iter()
        .enumerate()
        .map(|(at, link)| {
            let mut route = vec![(places[link.from].right(), starts[at])];
            for point in &net.points[at] {
                let (column, y) = (net.column[*point], middles[*point]);
                route.push((lefts[column], y));
                route.push((lefts[column] + widths[column], y));
            }
            route.push((places[link.to].x, stops[at]));
            route
        })
        .collect()
}

/// The height at which each edge leaves (or reaches) its box: in the order of where it goes, around the middle.
fn ends(net: &Net, links: &[Link], places: &[Rect], middles: &[f64], leaving: bool) -> Vec<f64> {
    let mut sides: Vec<Vec<(f64, usize)>> = vec![Vec::new(); places.len()];
    let mut heights = vec![0.0; links.len()];
    for (at, link) in links.iter().enumerate() {
        let (own, other, fixed) =
            if leaving { (link.from, link.to, link.from_height) } else { (link.to, link.from, link.to_height) };
        let near = if leaving { net.points[at].first() } else { net.points[at].last() };
        match fixed {
            Some(height) => heights[at] = places[own].y + height,
            None => sides[own].push((near.map_or(middles[other], |p| middles[*p]), at)),
        }
    }
    for (place, side) in places.iter().zip(&mut sides) {
        side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = side.len() as f64;
        let step = SPREAD.min((place.height - 16.0).max(0.0) / count.max(1.0));
        let middle = place.y + place.height / 2.0;
        for (number, (_, at)) in side.iter().enumerate() {
            heights[*at] = middle + (number as f64 - (count - 1.0) / 2.0) * step;
        }
    }
    heights
}
