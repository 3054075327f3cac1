//! B9: the schedule of one launch of many milestones: graph, earliest, latest, slack, critical path and forecast.

use std::time::{Duration, Instant};

use launchd::core::{
    manifest::resolve::load,
    model::{
        launch::{Launch, Policy},
        source::SourceFile,
        state::LaunchState,
    },
    schedule::{
        critical,
        forecast::forecast,
        look::{Basis, Look},
        nodes::{Nodes, Subject},
    },
};

use super::figure::Figure;

/// A plan of so many milestones in layers of ten, each needing up to three of the layer before, with work in business days.
fn plan(milestones: usize) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(milestones * 100);
    text.push_str(
        "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: us }\nspec:\n  holidays:\n    \
         - { date: 2027-05-31, name: Memorial Day }\n    - { date: 2027-07-05, name: Independence Day }\n---\n\
         apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: wide }\nspec:\n  launch_type: feature_update\n  \
         target_date: 2027-04-01T09:00\n  timezone: America/New_York\n  calendar: us\n  owner: team\n  milestones:\n",
    );
    for m in 0..milestones {
        let (layer, place) = (m / 10, m % 10);
        let due = milestones / 10 - layer;
        _ = write!(text, "    m{m}: {{ due: T-{due}d, duration: {}bd", 1 + m % 5);
        if layer > 0 {
            let need = |n: usize| (layer - 1) * 10 + (place + n) % 10;
            _ = write!(text, ", needs: [m{}, m{}, m{}]", need(0), need(3), need(7));
        }
        text.push_str(" }\n");
    }
    text
}

/// The launch, and how long it took from its text.
fn resolved(milestones: usize) -> (Launch, Duration) {
    // Far enough from 1970: a due date of the first layer lies a day a layer before T.
    let files = [SourceFile { path: "wide.yaml".into(), bytes: plan(milestones).into_bytes().into() }];
    let start = Instant::now();
    let mut loaded = load(&files, &Policy::default());
    let took = start.elapsed();
    let launch = loaded.launches.pop().and_then(|l| l.launch).expect("the generated plan is good");
    (Launch::clone(&launch), took)
}

/// The figures of one size.
pub fn measure(milestones: usize, runs: usize, goal: &'static str) -> Vec<Figure> {
    let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).expect("a year that chrono knows");
    let state = LaunchState::default();
    let (launch, whole) = resolved(milestones);
    let (mut solved, mut forecasts) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        let subject = Subject { launch: &launch, state: Some(&state) };
        let nodes = Nodes::new(vec![subject], Some(now)).expect("the plan has no cycle");
        let latest = nodes.network.latest(&nodes.clocks);
        let earliest = Look::new(&nodes, Basis::Earliest { now });
        let path = critical::path(&nodes, &earliest, &latest, 0);
        solved.push(start.elapsed());
        assert!(path.milestones.len() > milestones / 10);
        let start = Instant::now();
        let forecast = forecast(&launch, &state, now, None).expect("the plan has no cycle");
        forecasts.push(start.elapsed());
        assert_eq!(forecast.milestones.len(), launch.milestones.len());
    }
    let named = |what: &str| format!("{milestones} milestones: {what}");
    vec![
        Figure::times("B9", &named("schedule"), solved, goal),
        Figure::times("B9", &named("forecast with causes"), forecasts, ""),
        Figure::times("B9", &named("its file read and resolved"), vec![whole], ""),
    ]
}
