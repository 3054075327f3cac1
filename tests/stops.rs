//! A person's stop while a pass is under way: what was started ends, and nothing else of that plan begins.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use launchd::{
    core::model::{
        activity::{KeySupport, Need},
        approval::{Gate, Grant},
        area::Phase,
        connector::ExecutorKind,
        event::EventKind,
        fingerprint::Fingerprint,
        launch::Launch,
        name::{Actor, Name},
    },
    edges::{
        clock::VirtualClock,
        executors::simulated::{CrashPlan, Script, SimulatedExecutors, SimulatedWorld},
        store::{NewEvent, Store, memory::MemoryStore, sqlite::SqliteStore},
    },
    reconcile::{Engine, Halt, PassReport, Refresh, Silent, StepResult, Until, Want, Wanted},
};
use serde_json::json;

use crate::fixtures::*;

/// Some program, and then something public that needs it.
fn launch() -> Launch {
    let mut launch = empty_launch("stopped");
    launch.milestones = vec![milestone("day", Phase::PreLaunch, "2027-04-02", &[])];
    launch.milestones[0].approvals = vec![approval("go_no_go", 1, Gate::Start)];
    let mut public = once("public", "day", KeySupport::Opaque);
    public.needs = vec![Need::Activity(id("program"))];
    launch.activities = vec![activity("program", "day", json!({ "summary": "Slow" })), public];
    launch
}

fn fingerprint(launch: &Launch) -> Fingerprint {
    launch.milestones[0].fingerprint(&launch.activities.iter().collect::<Vec<_>>())
}

fn grant(launch: &Launch, granted: bool) -> EventKind {
    let grant = Grant {
        by: Actor("ana".into()),
        at: target(),
        fingerprint: fingerprint(launch),
        revision: None,
        granted,
        comment: None,
    };
    EventKind::ApprovalAnswered { milestone: id("day"), approval: id("go_no_go"), grant }
}

/// Every way in which a person stops something, by name.
fn stops() -> Vec<(&'static str, EventKind)> {
    let reason = || "the demo is wrong".to_owned();
    vec![
        ("paused", EventKind::Paused { reason: None }),
        ("cancelled", EventKind::Cancelled { reason: None }),
        ("activity_blocked", EventKind::ActivityBlocked { activity: id("public"), reason: reason() }),
        ("milestone_blocked", EventKind::MilestoneBlocked { milestone: id("day"), reason: reason() }),
        ("approval_answered", grant(&launch(), false)),
    ]
}

/// What was done, and how the first walk went.
struct Ran {
    effects: Vec<String>,
    report: PassReport,
}

/// A pass beside which `word` is said while the program runs.
async fn pass(store: Arc<dyn Store>, word: EventKind, until: Until) -> Ran {
    let launch = launch();
    let say = |kind| NewEvent { at: target(), launch: launch.name.clone(), actor: Actor("ana".into()), kind };
    store.append(None, vec![say(grant(&launch, true))]).await.unwrap();
    let lease = store.acquire("a:1", "a", target(), std::time::Duration::from_secs(60)).await.unwrap();
    let word = Arc::new(Mutex::new(Some(say(word))));
    let beside = Arc::clone(&store);
    let world = SimulatedWorld::new(Script::default(), CrashPlan::new()).with_hook(move |_, _| {
        let (said, store) = (word.lock().unwrap().take(), Arc::clone(&beside));
        Box::pin(async move { drop(store.append(None, said.into_iter().collect()).await.unwrap()) })
    });
    world.learn(&launch);
    let kinds: BTreeMap<Name, ExecutorKind> =
        [(name("tracker"), ExecutorKind::Exec), (name("mailer"), ExecutorKind::Http)].into();
    let executors = Arc::new(SimulatedExecutors::new(world.clone()));
    let clock = Arc::new(VirtualClock::new(target()));
    let engine = Engine::new(Arc::clone(&store), executors, clock, "test", Actor("ana".into()), kinds);
    let revision = launch.revision();
    let wanted = Wanted { name: launch.name.clone(), want: Want::Launch { launch: Arc::new(launch), revision } };
    let report = engine.pass(Some(&lease), &wanted, Refresh::Due, until, &Silent, &Halt::default()).await.unwrap();
    Ran { effects: world.effects().into_iter().map(|e| e.subject).collect(), report }
}

fn stores() -> [(Arc<dyn Store>, tempfile::TempDir); 2] {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let sqlite = SqliteStore::open(&folders[1].path().join("state.db")).unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(MemoryStore::default()), Arc::new(sqlite)];
    let [a, b] = folders;
    let [memory, sqlite] = stores;
    [(memory, a), (sqlite, b)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_public_happens_after_a_stop_was_acknowledged() {
    for (what, word) in stops() {
        for (store, _folder) in stores() {
            let ran = pass(Arc::clone(&store), word.clone(), Until::OneWalk).await;
            assert_eq!(ran.effects, ["program"], "{what}");
            let state = store.state(&name("stopped")).await.unwrap();
            assert!(state.activities.get(&id("public")).is_none_or(|a| a.key.is_none()), "{what}: an intent");
            let (plan, walk) = &ran.report.walks[0];
            let at = plan.changes.iter().position(|c| c.subject == activity_target("public")).unwrap();
            let StepResult::NotTried(why) = &walk.results[&at] else { panic!("{what}: {walk:?}") };
            assert!(why.starts_with("ana ") && why.ends_with("meanwhile"), "{what}: {why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_pass_plans_again_at_once_and_says_what_it_waits_for() {
    for (what, word) in stops() {
        for (store, _folder) in stores() {
            let ran = pass(store, word.clone(), Until::Settled).await;
            assert_eq!(ran.effects, ["program"], "{what}");
            let plan = &ran.report.plan;
            let held = plan.changes.iter().find(|c| c.subject == activity_target("public")).unwrap();
            let waits = plan.stop.is_some() || !held.blocked.is_empty() || !held.acts();
            assert!(waits && plan.ready().next().is_none(), "{what}: {plan:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_takes_nothing_back_stops_nothing() {
    for word in [grant(&launch(), true), EventKind::Resumed { reason: None }] {
        for (store, _folder) in stores() {
            assert_eq!(pass(store, word.clone(), Until::OneWalk).await.effects, ["program", "public"]);
        }
    }
}

fn activity_target(text: &str) -> launchd::core::plan::Target {
    launchd::core::plan::Target::Activity(id(text))
}
