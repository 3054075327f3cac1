//! B9: the schedule of one launch of many milestones: graph, earliest, latest, slack, critical path and forecast.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use launchd::core::{
    manifest::resolve::load,
    model::{
        activity::Need,
        area::Phase,
        launch::{Launch, Policy},
        milestone::Milestone,
        source::SourceFile,
        state::LaunchState,
        work::Work,
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
        let due = milestones / 10 - m / 10;
        _ = write!(text, "    m{m}: {{ due: T-{due}d, duration: {}bd", 1 + m % 5);
        if let Some([a, b, c]) = needs(m) {
            _ = write!(text, ", needs: [m{a}, m{b}, m{c}]");
        }
        text.push_str(" }\n");
    }
    text
}

fn needs(m: usize) -> Option<[usize; 3]> {
    let layer = (m / 10).checked_sub(1)?;
    Some([0, 3, 7].map(|n| layer * 10 + (m + n) % 10))
}

/// The launch, and how long it took from its text.
fn resolved(milestones: usize) -> (Launch, Duration) {
    let files = [SourceFile { path: "wide.yaml".into(), bytes: plan(milestones).into_bytes().into() }];
    let start = Instant::now();
    let mut loaded = load(&files, &Policy::default());
    let took = start.elapsed();
    let errors: Vec<_> = loaded.all_diagnostics().filter(|d| d.is_error()).take(3).collect();
    assert!(errors.is_empty(), "the generated plan is good: {errors:?}");
    let launch = loaded.launches.pop().and_then(|l| l.launch).expect("a plan without errors is a launch");
    (Launch::clone(&launch), took)
}

/// The same launch without its text: 100,000 milestones are more than a file may hold.
fn made(milestones: usize) -> Launch {
    let (mut launch, _) = resolved(20);
    let pattern = launch.milestones.swap_remove(0);
    let id = |m: usize| format!("m{m}").parse().expect("`m` and a number are an id");
    launch.milestones = (0..milestones)
        .map(|m| Milestone {
            id: id(m),
            due: launch.target - TimeDelta::days((milestones / 10 - m / 10) as i64),
            duration: Some(Work::BusinessDays(1 + (m % 5) as u32)),
            needs: needs(m).into_iter().flatten().map(|n| Need::Milestone(id(n))).collect(),
            phase: Phase::PreLaunch,
            ..pattern.clone()
        })
        .collect();
    launch
}

/// The figures of one size.
pub fn measure(milestones: usize, runs: usize, goal: &'static str) -> Vec<Figure> {
    let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).expect("a year that chrono knows");
    let state = LaunchState::default();
    let whole = (milestones <= 10_000).then(|| resolved(milestones).1);
    let launch = made(milestones);
    let (mut solved, mut forecasts) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        let subject = Subject { launch: &launch, state: Some(&state) };
        let nodes = Nodes::new(vec![subject], Some(now)).expect("the plan has no cycle");
        let latest = nodes.network.latest(&nodes.clocks);
        let earliest = Look::new(&nodes, Basis::Earliest { now });
        let path = critical::path(&nodes, &earliest, &latest, 0);
        solved.push(start.elapsed());
        assert!(path.milestones.len() >= milestones / 10);
        let start = Instant::now();
        let forecast = forecast(&launch, &state, now, None).expect("the plan has no cycle");
        forecasts.push(start.elapsed());
        assert_eq!(forecast.milestones.len(), launch.milestones.len());
    }
    let named = |what: &str| format!("{milestones} milestones: {what}");
    let mut figures = vec![
        Figure::times("B9", &named("schedule"), solved, goal),
        Figure::times("B9", &named("forecast with causes"), forecasts, ""),
    ];
    figures.extend(whole.map(|took| Figure::times("B9", &named("its file read and resolved"), vec![took], "")));
    figures
}
