//! Goals, checklists, risks and readiness as values: every answer has its evidence, every point its reason.

use std::{fs, sync::Arc};

use chrono::TimeDelta;
use launchd::{
    core::{
        manifest::resolve::load,
        model::{
            area::Phase,
            checklist::{ItemAnswer, Said},
            event::EventKind,
            launch::{Launch, Policy},
            measure::{Ending, Judgement},
            name::Actor,
            risk::{Level, Risk, Trigger},
            source::SourceFile,
            state::LaunchState,
        },
        review::{
            checklist::{Answer, Item, checklists},
            goals::{GoalOutlook, GoalVerdict, goals},
            readiness::{List, Next, Readiness, Standing, readiness},
            risks::{Severity, Watch, risks},
        },
    },
    edges::{
        clock::VirtualClock,
        executors::simulated::{CrashPlan, Script, SimulatedPeople, SimulatedWorld},
        store::{Store, memory::MemoryStore},
    },
    reconcile::Rehearsal,
};

use crate::fixtures::*;

/// A launch of the sample plans.
fn sample(wanted: &str) -> Launch {
    let paths = fs::read_dir("launches").unwrap().map(|e| e.unwrap().path());
    let paths = paths.filter(|p| p.extension().is_some_and(|e| e == "yaml"));
    let files: Vec<_> = paths
        .map(|p| SourceFile { path: p.display().to_string().into(), bytes: fs::read(p).unwrap().into() })
        .collect();
    let loaded = load(&files, &Policy::default());
    let found = loaded.launches.iter().find(|l| l.name.as_ref().is_some_and(|n| n == wanted)).unwrap();
    Launch::clone(found.launch.as_ref().unwrap())
}

fn item(launch: &Launch, state: &LaunchState, now: &str, wanted: &str) -> Item {
    let lists = checklists(launch, state, at(now));
    lists.into_iter().flat_map(|l| l.items).find(|i| i.id == *wanted).unwrap()
}

fn said(item: &str, answer: Said, evidence: &str) -> EventKind {
    let answer = ItemAnswer { by: Actor("dana".into()), at: target(), answer, evidence: evidence.into() };
    EventKind::ItemAnswered { item: id(item), answer: Some(answer) }
}

fn judge(readiness: &Readiness) {
    let (points, of) = readiness.items.iter().fold((0.0, 0.0), |(p, o), i| (p + i.points, o + i.of));
    assert!((of - 100.0_f64).abs() < 1e-6, "the items are worth {of}");
    assert_eq!(f64::from(readiness.percent), (points + 1e-6_f64).floor());
    for item in &readiness.items {
        assert!(item.points >= 0.0 && item.points <= item.of && !item.why.is_empty(), "{item:?}");
        assert_eq!(item.standing == Standing::Yes, item.points == item.of, "{item:?}");
    }
    assert!(readiness.items.is_sorted_by_key(|i| i.list));
}

#[test]
fn through_a_whole_launch_every_point_adds_up_and_no_yes_is_without_evidence() {
    let launch = Arc::new(sample("atlas-2"));
    let (store, crash) = (Arc::new(MemoryStore::default()), CrashPlan::new());
    let world = SimulatedWorld::new(Script::default(), crash.clone());
    world.learn(&launch);
    let mut rehearsal = Rehearsal {
        launch: Arc::clone(&launch),
        store: store as Arc<dyn Store>,
        world,
        crash,
        people: SimulatedPeople::default(),
        clock: Arc::new(VirtualClock::new(at("2027-02-01"))),
        resync: Some(TimeDelta::hours(6)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let events = runtime.block_on(rehearsal.run(at("2027-08-01"))).unwrap().events;
    let mut state = LaunchState::default();
    let mut reached = Vec::new();
    for (n, event) in events.iter().enumerate() {
        state.fold(event);
        if n % 7 != 0 && n + 1 != events.len() {
            continue;
        }
        let readiness = readiness(&launch, &state, event.at);
        judge(&readiness);
        reached.push((readiness.phase, readiness.percent));
        for item in checklists(&launch, &state, event.at).iter().flat_map(|l| &l.items) {
            assert!(item.answer != Answer::Yes || !item.evidence.is_empty(), "{} says yes to nothing", item.id);
            assert!(item.evidence.is_empty() == item.ask.is_some(), "{item:?}");
        }
    }
    let phases: Vec<_> = reached.iter().map(|(phase, _)| *phase).collect();
    assert!(phases.is_sorted(), "{phases:?}");
    let best = |wanted| reached.iter().filter(|(phase, _)| *phase == wanted).map(|(_, percent)| *percent).max();
    assert!(best(Phase::PreLaunch) > reached.first().map(|(_, percent)| *percent));
    // Nobody said in this rehearsal that there are dashboards, runbooks or a plan for incidents.
    assert!(best(Phase::PostLaunch) > Some(80) && best(Phase::PostLaunch) < Some(100), "{reached:?}");
}

#[test]
fn what_launchd_cannot_see_a_person_answers_with_evidence() {
    let launch = atlas();
    let before = item(&launch, &LaunchState::default(), "2027-03-01", "incident_response_defined");
    assert_eq!((before.answer, before.ask.is_some()), (Answer::NotYet, true));
    let state = state(&launch, target(), vec![said("incident_response_defined", Said::Yes, "https://wiki/incidents")]);
    let after = item(&launch, &state, "2027-03-01", "incident_response_defined");
    assert_eq!((after.answer, after.evidence[0].text.as_str()), (Answer::Yes, "https://wiki/incidents"));
    assert_eq!(after.evidence[0].by.as_ref().map(|by| by.0.as_str()), Some("dana"));
}

#[test]
fn what_launchd_sees_no_word_changes_and_a_milestone_that_is_late_is_a_no() {
    let mut launch = atlas();
    launch.milestones[0].id = id("product_readiness");
    let state = state(&launch, target(), vec![said("product_ready", Said::Yes, "trust me")]);
    assert_eq!(item(&launch, &state, "2027-03-17", "product_ready").answer, Answer::NotYet);
    assert_eq!(item(&launch, &state, "2027-03-19", "product_ready").answer, Answer::No);
}

#[test]
fn an_item_that_a_launch_does_without_counts_for_nothing() {
    let launch = atlas();
    let whole = readiness(&launch, &LaunchState::default(), at("2027-03-01"));
    let left_out = state(&launch, target(), vec![said("sales_plan", Said::NotApplicable, "it is free of charge")]);
    let less = readiness(&launch, &left_out, at("2027-03-01"));
    judge(&whole);
    judge(&less);
    assert_eq!(less.items.len() + 1, whole.items.len());
    assert!(!less.items.iter().any(|i| i.name == "checklist.sales_plan"));
}

#[test]
fn readiness_says_what_brings_the_next_points() {
    let told = readiness(&atlas(), &LaunchState::default(), at("2027-03-01"));
    let next = told.next();
    assert!(next.windows(2).all(|pair| pair[0].of - pair[0].points >= pair[1].of - pair[1].points - 1e-9));
    let approval = next.iter().find(|i| i.list == List::Approvals).unwrap();
    let (milestone, approval_id) = (id("launch_day"), id("go_no_go"));
    assert_eq!(approval.next, Some(Next::Approve { milestone, approval: approval_id }));
}

#[test]
fn what_stops_a_milestone_takes_its_points() {
    let launch = atlas();
    let blocked = EventKind::MilestoneBlocked { milestone: id("readiness"), reason: "the demo is broken".into() };
    let stopped = state(&launch, target(), vec![blocked]);
    let told = readiness(&launch, &stopped, at("2027-03-01"));
    let of = |name: &str| told.items.iter().find(|i| i.name == name).unwrap().clone();
    assert_eq!((of("readiness").points, of("stuck").points), (0.0, 0.0));
    assert!(of("readiness").why.contains("blocked by test"), "{}", of("readiness").why);
}

fn risk(text: &str, likelihood: Level, impact: Level, trigger: Option<Trigger>) -> Risk {
    let (name, title) = (id(text), text.to_owned());
    Risk { name, title, likelihood, impact, owner: Some("ana".into()), mitigation: Some("a plan".into()), trigger }
}

#[test]
fn risks_are_told_by_what_happens_then_by_likelihood_and_impact() {
    let mut launch = atlas();
    launch.metrics = [(id("errors"), metric("metrics/errors"))].into();
    launch.goals = vec![goal("errors", Some("< 0.01"), "2027-05-01")];
    let when = |text: &str| Some(Trigger::Expression(text.into()));
    launch.risks = vec![
        risk("rain", Level::Low, Level::Medium, None),
        risk("outage", Level::High, Level::High, when("metrics.errors > 0.5")),
        risk("slow", Level::Medium, Level::Medium, when("metrics.errors > 0.05")),
        risk("late", Level::Low, Level::Low, when("milestones.readiness.days_late >= 3")),
    ];
    let question = launch.metrics[&id("errors")].question();
    let kind = EventKind::GoalSampled { goal: id("errors"), question, value: Some(0.1), failure: None, last: false };
    let known = state(&launch, target(), vec![kind]);
    let told = risks(&launch, &known, at("2027-03-25"));
    let short: Vec<_> = told.iter().map(|r| (r.name.as_str(), r.severity, r.watch.clone())).collect();
    assert_eq!(
        short,
        [
            ("slow", Severity::Medium, Watch::Triggered),
            ("late", Severity::Low, Watch::Triggered),
            ("outage", Severity::Critical, Watch::Quiet),
            ("rain", Severity::Low, Watch::Person),
        ]
    );
    let unknown = risks(&launch, &LaunchState::default(), at("2027-03-01"));
    assert_eq!(unknown[0].watch, Watch::Unknown("not measured yet".into()));
    let told = readiness(&launch, &known, at("2027-03-25"));
    assert_eq!(told.items.iter().find(|i| i.name == "slow").unwrap().points, 0.0);
}

#[test]
fn a_serious_risk_counts_when_somebody_watches_it_and_something_is_done_about_it() {
    let mut launch = atlas();
    let all = risk("all", Level::High, Level::High, None);
    launch.risks = vec![
        all.clone(),
        Risk { name: id("half"), owner: None, ..all.clone() },
        Risk { name: id("none"), owner: None, mitigation: None, ..all },
    ];
    let told = readiness(&launch, &LaunchState::default(), at("2027-03-01"));
    let share = |name: &str| told.items.iter().find(|i| i.name == name).map(|i| i.points / i.of);
    assert_eq!((share("all"), share("half"), share("none")), (Some(1.0), Some(0.5), Some(0.0)));
}

/// One goal, measured daily from T with these figures.
fn measured(target_text: &str, baseline: Option<f64>, figures: &[f64], now: &str) -> GoalOutlook {
    let mut launch = empty_launch("measured");
    launch.metrics = [(id("figure"), metric("metrics/figure"))].into();
    launch.goals = vec![goal("figure", Some(target_text), "2027-04-11T09:00")];
    launch.goals[0].baseline = baseline;
    let question = launch.metrics[&id("figure")].question();
    let mut state = LaunchState::default();
    for (day, value) in figures.iter().enumerate() {
        let at = target() + TimeDelta::days(day as i64);
        let (goal, question) = (id("figure"), question.clone());
        let kind = EventKind::GoalSampled { goal, question, value: Some(*value), failure: None, last: false };
        state.fold(&launchd::core::model::event::Event {
            seq: day as u64 + 1,
            at,
            launch: launch.name.clone(),
            actor: Actor::daemon(),
            kind,
        });
    }
    goals(&launch, &state, at(now)).remove(0)
}

#[test]
fn progress_is_the_share_of_the_way_from_the_baseline_to_the_target() {
    for (target, baseline, figures, progress) in [
        (">= 100", Some(40.0), &[70.0][..], Some(50.0)),
        (">= 100", Some(40.0), &[20.0], Some(0.0)),
        (">= 100", Some(40.0), &[120.0], Some(100.0)),
        ("< 1", Some(5.0), &[3.0], Some(50.0)),
        ("between 90 and 110", Some(50.0), &[70.0], Some(50.0)),
        ("between 90 and 110", Some(150.0), &[130.0], Some(50.0)),
        // Without a baseline the first figure is one.
        (">= 100", None, &[40.0, 70.0], Some(50.0)),
        (">= 100", None, &[], None),
        // Met by no figure yet, though it touches it.
        ("> 0", Some(0.0), &[0.0], Some(0.0)),
    ] {
        let told = measured(target, baseline, figures, "2027-04-05");
        assert_eq!(told.progress_percent, progress, "{target} from {baseline:?} with {figures:?}");
    }
}

#[test]
fn a_goal_is_on_track_while_it_is_not_far_behind_an_even_way() {
    let verdict = |figures: &[f64]| measured(">= 100", Some(0.0), figures, "2027-04-06T10:00").verdict;
    assert_eq!(verdict(&[]), GoalVerdict::NotYet);
    assert_eq!(verdict(&[0.0]), GoalVerdict::OnTrack);
    // Half of the time is over.
    assert_eq!(verdict(&[0.0, 10.0, 20.0, 25.0, 26.0, 27.0]), GoalVerdict::OnTrack);
    assert_eq!(verdict(&[0.0, 5.0, 8.0, 9.0, 9.0, 10.0]), GoalVerdict::Behind);
}

#[test]
fn a_judgement_of_the_goal_as_it_was_does_not_count_for_the_goal_as_it_is() {
    let mut launch = empty_launch("judged");
    launch.goals = vec![goal("liked", None, "2027-04-15")];
    let print = launch.goals[0].fingerprint();
    let (by, evidence) = (Actor("dana".into()), Some("a survey".to_owned()));
    let judgement = Judgement { at: target(), by, ending: Ending::Reached, value: None, evidence, goal: print };
    let known = state(&launch, target(), vec![EventKind::GoalJudged { goal: id("liked"), judgement }]);
    assert_eq!(goals(&launch, &known, at("2027-04-16"))[0].verdict, GoalVerdict::Reached);
    launch.goals[0].title = "loved".into();
    assert_eq!(goals(&launch, &known, at("2027-04-16"))[0].verdict, GoalVerdict::NotYet);
}
