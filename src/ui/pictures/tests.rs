//! Pictures of random graphs and charts, read back as XML: nothing overlaps, every text has its room.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    Gantt, Graph,
    gantt::{Arrow, GanttRow, Group, Moment, Span},
    graph::{Edge, End, Lane, Node, Part, Stage},
    text::width,
};
use crate::core::model::{Timestamp, area::Status};

const TITLES: [&str; 9] = [
    "Launch day",
    "Localization of the interface into eleven languages and their dialects",
    "日本語のとても長い題名とその説明がここに",
    "🚀👩‍👩‍👧‍👦🚀👩‍👩‍👧‍👦🚀👩‍👩‍👧‍👦🚀👩‍👩‍👧‍👦",
    "שלום עולם מרחבا بالعالم",
    "<b>\"x\" & 'y'</b> ]]> --> %%",
    "Donaudampfschifffahrtsgesellschaftskapitänsmütze",
    "",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];
const STATUSES: [Status; 5] =
    [Status::Planned, Status::InProgress, Status::Completed, Status::Delayed, Status::Cancelled];

fn day(n: i64) -> Timestamp {
    let start: Timestamp = "2027-01-01T09:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::days(n)
}

fn node(at: usize, seed: usize, lane: usize, parts: usize) -> Node {
    let part = |n: usize| Part {
        id: format!("a{at}-{n}"),
        title: TITLES[(seed + n) % TITLES.len()].into(),
        owner: None,
        due: day(5),
        status: STATUSES[(seed + n) % 5],
        once: n.is_multiple_of(2),
    };
    Node {
        id: format!("m{at}"),
        lane,
        stage: Stage::ALL[seed % 4],
        title: TITLES[seed % TITLES.len()].into(),
        owner: (!seed.is_multiple_of(3)).then(|| TITLES[(seed / 3) % TITLES.len()].into()),
        due: Some(day(seed as i64 % 400)),
        status: Some(STATUSES[seed % 5]),
        critical: seed.is_multiple_of(7),
        fixed: seed.is_multiple_of(4),
        done: 1,
        total: seed as u32 % 4,
        late_days: seed as i64 % 12,
        slack_days: None,
        limits: None,
        why: None,
        parts: (0..parts).map(part).collect(),
    }
}

/// A graph from numbers; edges go anywhere, in circles too.
fn graph(seeds: &[usize], pairs: &[(usize, usize)], lanes: usize, parts: usize) -> Graph {
    let lane = |n: usize| Lane {
        name: format!("launch-{n}").parse().unwrap(),
        title: TITLES[n % TITLES.len()].into(),
        target: day(60),
        zone: chrono_tz::UTC,
    };
    let edge = |(from, to): &(usize, usize)| {
        let end = |node: &usize| End { node: node % seeds.len(), part: None };
        Edge { from: end(from), to: end(to), foreign: false, critical: false, implied: false, gate: false }
    };
    let mut edges: Vec<Edge> = pairs.iter().map(edge).filter(|e| e.from != e.to).collect();
    edges.sort_unstable();
    edges.dedup();
    Graph {
        key: "test".into(),
        title: "Test".into(),
        now: day(0),
        lanes: (0..lanes).map(lane).collect(),
        nodes: seeds.iter().enumerate().map(|(at, seed)| node(at, *seed, seed % lanes, parts)).collect(),
        edges,
    }
}

#[derive(Debug, Clone, Copy)]
struct Area {
    x: f64,
    y: f64,
    right: f64,
    bottom: f64,
}

fn number(node: &roxmltree::Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|v| v.parse().ok()).unwrap_or_default()
}

fn area(node: &roxmltree::Node<'_, '_>) -> Area {
    let (x, y) = (number(node, "x"), number(node, "y"));
    Area { x, y, right: x + number(node, "width"), bottom: y + number(node, "height") }
}

fn has_class(node: &roxmltree::Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == class))
}

/// Cards do not overlap and stand on the page; every text in a card ends within it.
fn judge(svg: &str) -> Result<(), TestCaseError> {
    let document = roxmltree::Document::parse(svg).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let cards: Vec<_> = document.descendants().filter(|n| n.has_tag_name("rect") && has_class(n, "card")).collect();
    let areas: Vec<Area> = cards.iter().map(area).collect();
    let page = (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
    for (at, a) in areas.iter().enumerate() {
        prop_assert!(a.x >= 0.0 && a.right <= page.0 && a.y >= 0.0 && a.bottom <= page.1, "{a:?} is off the page");
        for b in &areas[at + 1..] {
            let apart = a.right <= b.x || b.right <= a.x || a.bottom <= b.y || b.bottom <= a.y;
            prop_assert!(apart, "{a:?} and {b:?} overlap");
        }
    }
    for (card, own) in cards.iter().zip(&areas) {
        let group = card.parent_element().unwrap();
        for text in group.descendants().filter(|n| n.has_tag_name("text")) {
            let size = if has_class(&text, "t") { 13.0 } else { 11.0 };
            let (x, y) = (number(&text, "x"), number(&text, "y"));
            let long = width(text.text().unwrap_or_default(), size);
            let (left, right) = if has_class(&text, "end") { (x - long, x) } else { (x, x + long) };
            prop_assert!(left >= own.x + 4.0 && right <= own.right - 4.0, "{:?} leaves {own:?}", text.text());
            prop_assert!(y >= own.y + 8.0 && y <= own.bottom - 3.0, "{:?} leaves {own:?}", text.text());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_card_overlaps_another_and_every_text_fits_its_card(
        seeds in proptest::collection::vec(0usize..1000, 1..40),
        pairs in proptest::collection::vec((0usize..40, 0usize..40), 0..90),
        lanes in 1usize..4,
        parts in 0usize..4,
    ) {
        let graph = graph(&seeds, &pairs, lanes, parts);
        let svg = graph.svg();
        judge(&svg)?;
        prop_assert_eq!(svg, graph.svg(), "the same graph is drawn the same way");
    }

    #[test]
    fn an_edge_never_runs_through_the_card_of_another_milestone(
        seeds in proptest::collection::vec(0usize..1000, 2..25),
        pairs in proptest::collection::vec((0usize..25, 0usize..25), 0..40),
    ) {
        use super::layout::{Block, Link, arrange};
        let count = seeds.len();
        let blocks: Vec<Block> = seeds
            .iter()
            .map(|s| Block { width: 200.0, height: 60.0 + (s % 3) as f64 * 16.0, lane: 0, band: s % 3 })
            .collect();
        // From lower to higher numbers, and never from a later band to an earlier one.
        let links: Vec<Link> = pairs
            .iter()
            .map(|(a, b)| ((a % count).min(b % count), (a % count).max(b % count)))
            .filter(|(a, b)| a != b && blocks[*a].band <= blocks[*b].band)
            .map(|(from, to)| Link { from, to, from_height: None, to_height: None })
            .collect();
        let (layout, way) = arrange(&blocks, &links);
        for (link, route) in links.iter().zip(&layout.routes) {
            // Straight stretches lie within columns: every second one, from the end of the first bend.
            for pair in route[1..route.len() - 1].chunks(2) {
                let [(x1, y1), (x2, y2)] = pair else { continue };
                for (at, place) in layout.places.iter().enumerate().filter(|(at, _)| *at != link.from && *at != link.to) {
                    let inside = match way {
                        super::layout::Way::Right => place.y < *y1 && *y1 < place.y + place.height && place.x < *x2 && *x1 < place.right(),
                        super::layout::Way::Down => place.x < *x1 && *x1 < place.right() && place.y < *y2 && *y1 < place.y + place.height,
                    };
                    prop_assert!(!inside, "{link:?} runs through {at}");
                }
            }
        }
    }

    #[test]
    fn in_a_chart_no_text_of_one_column_reaches_the_next(
        seeds in proptest::collection::vec(0usize..100_000, 1..60),
        span in 1i64..4000,
    ) {
        let gantt = gantt(&seeds, span);
        let svg = gantt.svg();
        let document = roxmltree::Document::parse(&svg).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let page = number(&document.root_element(), "width");
        for text in document.descendants().filter(|n| n.has_tag_name("text") && !has_class(n, "h1")) {
            let size = if has_class(&text, "s") { 11.0 } else { 12.0 };
            let x = number(&text, "x");
            let long = width(text.text().unwrap_or_default(), size);
            let (left, right) = if has_class(&text, "end") { (x - long, x) } else { (x, x + long) };
            let edge = match x {
                x if !has_class(&text, "end") && x > 30.0 && x < 80.0 && number(&text, "y") > 140.0 && !has_class(&text, "s") => 256.0,
                256.0 => 378.0,
                _ => page,
            };
            prop_assert!(left >= 0.0 && right <= edge, "{:?} from {left} to {right}, past {edge}", text.text());
        }
        prop_assert_eq!(&svg, &gantt.svg());
    }
}

fn gantt(seeds: &[usize], span: i64) -> Gantt {
    let row = |(at, seed): (usize, &usize)| {
        let start = day(*seed as i64 % span);
        let due = start + chrono::TimeDelta::hours((seed / 7) as i64 % (span * 12) / 3);
        GanttRow {
            id: format!("m{at}"),
            title: TITLES[seed % TITLES.len()].into(),
            owner: Some(TITLES[(seed / 11) % TITLES.len()].into()),
            status: STATUSES[seed % 5],
            start,
            due,
            baseline: seed.is_multiple_of(3).then(|| (start - chrono::TimeDelta::days(2), due)),
            expected: due + chrono::TimeDelta::days((seed % 5) as i64),
            critical: seed.is_multiple_of(4),
            fixed: false,
            done: 1,
            total: 3,
            late_days: (seed % 5) as i64,
            slack_days: None,
            limits: None,
            why: None,
            is_part: seed % 13 == 5,
        }
    };
    let rows: Vec<GanttRow> = seeds.iter().enumerate().map(row).collect();
    let count = rows.len();
    let arrows = (1..count).map(|to| Arrow { from: seeds[to] % to, to, critical: false }).collect();
    Gantt {
        key: "test".into(),
        title: "Test".into(),
        zone: chrono_tz::America::New_York,
        now: day(span / 2),
        targets: vec![Moment { at: day(span / 2 + 1), label: "T".into() }],
        groups: vec![Group { title: "Before the launch".into(), rows }],
        arrows,
        freezes: vec![Span { from: day(1), until: day(3), title: "Freeze <&>".into() }],
        days_off: Vec::new(),
    }
}

/// Numbers that look like chance and are the same every time.
fn spread(count: usize) -> Vec<usize> {
    (0..count).map(|n| (n * 7919 + 13) % 100_003).collect()
}

#[test]
fn a_thousand_milestones_are_drawn_in_a_moment() {
    let seeds = spread(1000);
    let pairs: Vec<(usize, usize)> = (1..1000).flat_map(|to| [(seeds[to] % to, to), (to - 1, to)]).collect();
    let started = Instant::now();
    let graph = graph(&seeds, &pairs, 1, 0);
    let svg = graph.svg();
    let mermaid = graph.mermaid();
    let dot = graph.dot();
    let chart = gantt(&seeds, 300).svg();
    // Without optimisation, on a busy machine; it takes a fraction of that.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    for text in [svg, chart] {
        roxmltree::Document::parse(&text).unwrap();
    }
    assert!(mermaid.lines().count() > 2000 && dot.lines().count() > 2000);
}

#[test]
fn a_chain_too_long_for_a_page_is_drawn_downwards() {
    let pairs: Vec<(usize, usize)> = (1..30).map(|to| (to - 1, to)).collect();
    let svg = graph(&[1; 30], &pairs, 1, 0).svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let (width, height) = (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
    assert!(height > 2.0 * width && width < 1000.0, "{width} × {height}");
}

#[test]
fn needs_that_others_imply_are_marked_and_left_out_where_it_is_crowded() {
    let pairs: Vec<(usize, usize)> = (0..12).flat_map(|a| (a + 1..12).map(move |b| (a, b))).collect();
    let mut graph = graph(&[1; 12], &pairs, 1, 0);
    super::graph::mark_implied(&mut graph);
    assert_eq!(graph.edges.iter().filter(|e| !e.implied).count(), 11, "a chain says it all");
    assert!(graph.svg().contains("55 needs that others imply are not drawn"));
    assert_eq!(graph.mermaid().matches(" --> ").count(), 66, "for programs nothing is left out");
}
