//! The graph as SVG: bands for phases, lanes for launches, cards for milestones, curves for needs.

use super::{Edge, Graph, Stage, card::Card};
use crate::{
    core::model::area::Status,
    ui::{
        pictures::{
            layout::{self, Block, Layout, Link, Rect, Way},
            legend::Legend,
            page::{self, Head, word},
            svg::{Svg, number},
            symbol,
            text::fit,
        },
        render::time,
    },
};

const LEFT: f64 = 20.0;
const TOP: f64 = 74.0;
/// Narrower than this, the heading and the legend would not fit.
const NARROWEST: f64 = 640.0;

/// Draws the graph.
pub fn draw(graph: &Graph) -> String {
    let cards: Vec<Card> = graph.nodes.iter().map(|n| Card::new(graph, n)).collect();
    let drawn: Vec<&Edge> = graph.edges.iter().filter(|e| !graph.is_crowded() || !e.implied).collect();
    let across: Vec<&Edge> = drawn.iter().copied().filter(|e| e.from.node != e.to.node).collect();
    let (layout, way) = arrange(graph, &cards, &across);
    let width = (layout.width + LEFT * 2.0).max(NARROWEST);
    let lane_titles = if graph.lanes.len() > 1 { 26.0 } else { 0.0 };
    let mut body = Svg::default();
    let end = legend(&mut body, graph, width, TOP + lane_titles + layout.height + 26.0);
    let mut svg = page::open(&Head {
        key: &format!("{}-graph", graph.key),
        title: &graph.title,
        subtitle: &subtitle(graph),
        summary: &summary(graph),
        width,
        height: end + 14.0,
        is_alone: true,
    });
    svg.element("g").attr("transform", format!("translate({} {})", number(LEFT), number(TOP + lane_titles))).open();
    backgrounds(&mut svg, graph, &layout, way);
    for (edge, route) in across.iter().zip(&layout.routes) {
        if !edge.critical {
            wire(&mut svg, edge, route, way);
        }
    }
    for (edge, route) in across.iter().zip(&layout.routes) {
        if edge.critical {
            wire(&mut svg, edge, route, way);
        }
    }
    for ((node, card), place) in graph.nodes.iter().zip(&cards).zip(&layout.places) {
        card.draw(&mut svg, graph, node, place.x, place.y);
    }
    for edge in drawn.iter().filter(|e| e.from.node == e.to.node) {
        within(&mut svg, edge, &cards[edge.from.node], &layout.places[edge.from.node]);
    }
    svg.close("g");
    svg.raw(&body.finish());
    svg.close("svg");
    svg.finish()
}

fn arrange(graph: &Graph, cards: &[Card], edges: &[&Edge]) -> (Layout, Way) {
    let blocks: Vec<Block> = graph
        .nodes
        .iter()
        .zip(cards)
        .map(|(n, c)| Block { width: c.width, height: c.height, lane: n.lane, band: n.stage as usize })
        .collect();
    let height = |end: super::End| end.part.map(|part| cards[end.node].parts[part]);
    let links: Vec<Link> = edges
        .iter()
        .map(|e| Link { from: e.from.node, to: e.to.node, from_height: height(e.from), to_height: height(e.to) })
        .collect();
    layout::arrange(&blocks, &links)
}

fn subtitle(graph: &Graph) -> String {
    let own = || graph.nodes.iter().filter(|n| !n.is_elsewhere());
    let done = own().filter(|n| n.status == Some(Status::Completed)).count();
    let count = format!("{done} of {} milestones done", own().count());
    match graph.lanes.as_slice() {
        [only] => {
            let local = only.target.with_timezone(&only.zone).format("%a %-d %B %Y, %H:%M %Z");
            format!("launches {local} ({}) · {count}", time::relative(only.target, graph.now))
        }
        several => format!("{} launches · {count}", several.len()),
    }
}

/// For those who cannot see it.
fn summary(graph: &Graph) -> String {
    let mut text = format!("What waits for what in {}. ", graph.title);
    for (at, node) in graph.nodes.iter().enumerate().take(60) {
        let needs = graph.edges.iter().filter(|e| e.to.node == at && e.to.part.is_none());
        let needs: Vec<&str> = needs.map(|e| graph.nodes[e.from.node].title.as_str()).collect();
        if !needs.is_empty() {
            text += &format!("{} needs {}. ", node.title, needs.join(", "));
        }
    }
    text.trim_end().to_owned()
}

fn backgrounds(svg: &mut Svg, graph: &Graph, layout: &Layout, way: Way) {
    if graph.lanes.len() > 1 {
        for (lane, (top, bottom)) in graph.lanes.iter().zip(&layout.lanes) {
            let local = lane.target.with_timezone(&lane.zone).format("%a %-d %b %Y");
            let title = format!("{}, launches {local}", lane.title);
            let (x, y, room) = match way {
                Way::Right => (0.0, top - 9.0, layout.width.max(600.0)),
                Way::Down => (*top, -9.0, bottom - top),
            };
            svg.element("text").at(x, y).class("t b").text(&fit(&title, 13.0, room));
        }
    }
    for band in &layout.bands {
        let Rect { x, y, width, height } = band.rect;
        svg.element("rect").at(x, y).size(width, height).attr("rx", "8").class("band").done();
        let title = Stage::ALL[band.band].title();
        svg.element("text").at(x + 14.0, y + 20.0).class("dim b").text(&fit(title, 12.0, width - 24.0));
    }
}

/// A smooth line with a tip.
fn wire(svg: &mut Svg, edge: &Edge, route: &[(f64, f64)], way: Way) {
    let heavy = if edge.critical { " heavy" } else { "" };
    let dash = match (edge.foreign, edge.gate) {
        (true, _) => " dash",
        (_, true) => " dot",
        _ => "",
    };
    // Along the way, and across it.
    let turn = |(x, y): (f64, f64)| if way == Way::Right { (x, y) } else { (y, x) };
    let point = |along: f64, across: f64| {
        let (x, y) = turn((along, across));
        format!("{} {}", number(x), number(y))
    };
    let Some((first, rest)) = route.split_first() else { return };
    let (mut x, mut y) = turn(*first);
    let mut path = format!("M{}", point(x, y));
    for (at, to) in rest.iter().enumerate() {
        let (to_x, to_y) = turn(*to);
        let stop = if at + 1 == rest.len() { to_x - 7.0 } else { to_x };
        if (to_y - y).abs() < 0.5 {
            path += &format!("L{}", point(stop, y));
        } else {
            let bend = ((stop - x) / 2.0).abs().max(24.0);
            path += &format!("C{} {} {}", point(x + bend, y), point(stop - bend, to_y), point(stop, to_y));
        }
        (x, y) = (to_x, to_y);
    }
    svg.element("path").class(format!("wire{heavy}{dash}")).attr("d", path).done();
    let d = format!("M{}L{}L{}z", point(x - 8.0, y - 4.0), point(x, y), point(x - 8.0, y + 4.0));
    svg.element("path").class(format!("tip{heavy}")).attr("d", d).done();
}

fn tip(svg: &mut Svg, x: f64, y: f64, heavy: &str) {
    let (back, up, down) = (number(x - 8.0), number(y - 4.0), number(y + 4.0));
    let d = format!("M{back} {up}L{} {}L{back} {down}z", number(x), number(y));
    svg.element("path").class(format!("tip{heavy}")).attr("d", d).done();
}

/// Between two activities of one milestone: a bow in the card's left margin.
fn within(svg: &mut Svg, edge: &Edge, card: &Card, place: &Rect) {
    let (Some(from), Some(to)) = (edge.from.part, edge.to.part) else { return };
    let (y1, y2) = (place.y + card.parts[from], place.y + card.parts[to]);
    let (x, out) = (place.x + 9.0, place.x + 3.0);
    let path = format!(
        "M{} {}C{} {} {} {} {} {}",
        number(x),
        number(y1),
        number(out - 4.0),
        number(y1),
        number(out - 4.0),
        number(y2),
        number(x - 2.0),
        number(y2)
    );
    svg.element("path").class("wire").attr("d", path).done();
    let (back, end) = (number(x - 3.0), number(x + 1.5));
    let d = format!("M{back} {}L{end} {}L{back} {}z", number(y2 - 2.5), number(y2), number(y2 + 2.5));
    svg.element("path").class("tip").attr("d", d).done();
}

const STATUSES: [Status; 5] =
    [Status::Planned, Status::InProgress, Status::Completed, Status::Delayed, Status::Cancelled];

fn legend(svg: &mut Svg, graph: &Graph, width: f64, y: f64) -> f64 {
    let mut legend = Legend::new(svg, LEFT, width - LEFT, y);
    let parts = || graph.nodes.iter().flat_map(|n| n.parts.iter().map(|p| p.status).chain(n.status));
    for status in STATUSES.into_iter().filter(|s| parts().any(|p| p == *s)) {
        legend.entry(12.0, word(status), |svg, x, y| symbol::draw(svg, status, x + 6.0, y));
    }
    let mut line = |text: &str, class: &'static str| {
        legend.entry(26.0, text, |svg, x, y| {
            svg.element("path")
                .class(format!("wire {class}"))
                .attr("d", format!("M{} {}h19", number(x), number(y)))
                .done();
            tip(svg, x + 26.0, y, if class.starts_with("heavy") { " heavy" } else { "" });
        });
    };
    if graph.edges.iter().any(|e| !e.foreign) {
        line("is needed by", "");
    }
    if graph.edges.iter().any(|e| e.foreign) {
        line("needed by another launch", "dash");
    }
    if graph.edges.iter().any(|e| e.critical) {
        line("critical path", "heavy");
    }
    if graph.edges.iter().any(|e| e.gate) {
        line("opens when everything before the launch is complete", "heavy dot");
    }
    if graph.nodes.iter().any(|n| n.parts.iter().any(|p| p.once)) {
        legend.entry(0.0, "once: cannot be taken back", |_, _, _| {});
    }
    let left_out = graph.edges.iter().filter(|e| e.implied).count();
    if graph.is_crowded() && left_out > 0 {
        legend.entry(0.0, &format!("{left_out} needs that others imply are not drawn"), |_, _, _| {});
    }
    legend.end()
}
