//! The simulated vendors misbehave as real ones do: these tests hold the simulator to that, since the engine's tests trust it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::FutureExt;
use launchd::{
    core::model::{
        activity::{CompleteWhen, EffectClass, KeySupport, Uses},
        call::{Call, Verb},
        connector::ExecutorKind,
        fingerprint::ExternalKey,
        name::Id,
        outcome::{Object, Outcome, Sighting},
    },
    edges::executors::{
        Executor, Executors,
        simulated::{Behaviour, CrashPlan, Fault, FaultKind, Script, SimulatedExecutors, SimulatedWorld},
    },
};
use serde_json::{Value, json};

fn uses() -> Uses {
    Uses { connector: "jira".parse().unwrap(), resource: "issue".parse().unwrap() }
}

fn call(subject: &str) -> Call {
    let launch = "atlas-2".parse().unwrap();
    let id: Id = subject.parse().unwrap();
    Call {
        key: ExternalKey::new("main", &launch, &id, 0),
        launch,
        subject: subject.into(),
        title: subject.into(),
        uses: uses(),
        object_id: None,
        with: json!({"summary": "Atlas 2.0"}),
        changed: Vec::new(),
        attempt: 1,
        now: "2027-03-18T08:00:00Z".parse().unwrap(),
        due: None,
        timeout: Duration::from_secs(30),
        owner: None,
    }
}

fn later(call: &Call, seconds: i64) -> Call {
    Call { now: call.now + TimeDelta::seconds(seconds), ..call.clone() }
}

fn world(effect: EffectClass, key: KeySupport, faults: &[&str]) -> (SimulatedWorld, Arc<dyn Executor>) {
    let script = Script::new(faults.iter().map(|f| Fault::parse(f).unwrap()).collect());
    let world = SimulatedWorld::new(script, CrashPlan::new());
    world.behave(uses(), Behaviour::declared(effect, key, CompleteWhen::Exists));
    let executor = SimulatedExecutors::new(world.clone()).executor(ExecutorKind::Http);
    (world, executor)
}

const HEADER: KeySupport = KeySupport::Header { lifetime_seconds: Some(1800) };
const PROBE: KeySupport = KeySupport::Probe { settle_seconds: 10 };

fn succeeded(outcome: Outcome) -> Object {
    match outcome {
        Outcome::Succeeded { object } => object,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_header_collapses_repeats_within_its_lifetime_and_not_after() {
    let (world, vendor) = world(EffectClass::Once, HEADER, &["lost-answer:mail"]);
    let first = call("mail");
    assert!(matches!(vendor.act(Verb::Create, &first).await, Outcome::InDoubt { .. }));
    let object = succeeded(vendor.act(Verb::Create, &later(&first, 1799)).await);
    assert_eq!(world.count(&first.key, Verb::Create), 1);
    let again = succeeded(vendor.act(Verb::Create, &later(&first, 1800)).await);
    assert_ne!(again.id, object.id);
    assert_eq!(world.duplicates(), std::slice::from_ref(&first.key));
    assert_eq!(vendor.observe(&first).await, Sighting::Unobservable, "a header is no search");
}

#[tokio::test]
async fn a_probe_finds_its_object_only_after_the_index_caught_up() {
    let (world, vendor) = world(EffectClass::Converge, PROBE, &["search-lag:slow_one=100"]);
    for (subject, from) in [("epic", 10), ("slow_one", 110)] {
        let call = call(subject);
        let id = succeeded(vendor.act(Verb::Create, &call).await).id;
        assert_eq!(vendor.observe(&later(&call, from - 1)).await, Sighting::Absent, "{subject}");
        assert!(matches!(vendor.observe(&later(&call, from)).await, Sighting::Found { .. }), "{subject}");
        let by_id = Call { object_id: Some(id), ..call.clone() };
        assert!(matches!(vendor.observe(&by_id).await, Sighting::Found { .. }), "by its id it is there at once");
        succeeded(vendor.act(Verb::Create, &call).await);
    }
    assert_eq!(world.duplicates().len(), 2, "a probe does not collapse anything by itself");
}

#[tokio::test]
async fn an_opaque_send_cannot_be_looked_up_even_by_its_id() {
    let (_, vendor) = world(EffectClass::Once, KeySupport::Opaque, &[]);
    let call = call("post");
    let id = succeeded(vendor.act(Verb::Create, &call).await).id;
    assert_eq!(vendor.observe(&Call { object_id: Some(id), ..call }).await, Sighting::Unobservable);
}

#[tokio::test]
async fn each_fault_has_the_outcome_and_the_effect_that_it_says() {
    for (fault, effects, outcome) in [
        (FaultKind::Refused, 0, "retryable"),
        (FaultKind::Unavailable, 0, "retryable"),
        (FaultKind::RateLimited, 0, "retryable"),
        (FaultKind::RateLimitedSilent, 0, "retryable"),
        (FaultKind::Rejected, 0, "rejected"),
        (FaultKind::LostRequest, 0, "in_doubt"),
        (FaultKind::StoredError, 0, "in_doubt"),
        (FaultKind::LostAnswer, 1, "in_doubt"),
        (FaultKind::Slow, 1, "in_doubt"),
        (FaultKind::SearchLag, 1, "succeeded"),
        (FaultKind::Late, 1, "succeeded"),
    ] {
        let (world, vendor) = world(EffectClass::Converge, PROBE, &[&format!("{}:epic", fault.name())]);
        let answer = serde_json::to_value(vendor.act(Verb::Create, &call("epic")).await).unwrap();
        assert_eq!(answer["outcome"], outcome, "{fault:?}");
        assert_eq!(world.effects().len(), effects, "{fault:?}");
        let retry_after = (fault == FaultKind::RateLimited).then_some(120);
        assert_eq!(answer["after_seconds"].as_u64(), retry_after, "{fault:?}");
        succeeded(vendor.act(Verb::Create, &call("epic")).await);
    }
}

#[tokio::test]
async fn a_stored_error_is_repeated_for_its_key_until_the_vendor_forgets_it() {
    let (world, vendor) = world(EffectClass::Converge, HEADER, &["stored-error:epic"]);
    let call = call("epic");
    for seconds in [0, 60, 1799] {
        assert!(matches!(vendor.act(Verb::Create, &later(&call, seconds)).await, Outcome::InDoubt { .. }));
    }
    assert!(world.effects().is_empty());
    succeeded(vendor.act(Verb::Create, &later(&call, 1801)).await);
}

#[tokio::test]
async fn somebody_else_changes_deletes_and_a_look_up_fails_without_telling_either() {
    let faults = ["lookup-failed:epic@2", "drift:epic@2", "vanish:epic@3"];
    let (_, vendor) = world(EffectClass::Converge, KeySupport::Header { lifetime_seconds: None }, &faults);
    let call = call("epic");
    succeeded(vendor.act(Verb::Create, &call).await);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(match vendor.observe(&call).await {
            Sighting::Found { object } => object.fields["summary"].as_str().unwrap().to_owned(),
            Sighting::Absent => "absent".into(),
            Sighting::Partial { .. } => "partial".into(),
            Sighting::Failed { .. } => "failed".into(),
            Sighting::Unobservable => "unobservable".into(),
        });
    }
    assert_eq!(seen, ["Atlas 2.0", "failed", "changed by somebody else", "absent"]);
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_no_effect() {
    let (world, vendor) = world(EffectClass::Converge, PROBE, &[]);
    let mut call = call("epic");
    call.object_id = Some(succeeded(vendor.act(Verb::Create, &call).await).id);
    succeeded(vendor.act(Verb::Update, &call).await);
    assert_eq!(world.effects().len(), 1);
    call.with = json!({"summary": "Atlas 2.1"});
    succeeded(vendor.act(Verb::Update, &call).await);
    succeeded(vendor.act(Verb::Delete, &call).await);
    succeeded(vendor.act(Verb::Delete, &call).await);
    let verbs: Vec<_> = world.effects().iter().map(|e| e.verb).collect();
    assert_eq!(verbs, [Verb::Create, Verb::Update, Verb::Delete]);
    assert!(matches!(vendor.act(Verb::Update, &call).await, Outcome::Rejected { .. }));
}

#[tokio::test]
async fn a_flapping_check_changes_its_answer_and_then_rests() {
    let (world, vendor) = world(EffectClass::Observe, KeySupport::Opaque, &["flapping:errors@1..4"]);
    let call = call("errors");
    world.answer(&call.launch, "errors", json!(0.004));
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(vendor.ask(&call).await.unwrap().value);
    }
    assert_eq!(Value::Array(answers), json!([0.004, false, 0.004, false, 0.004, 0.004]));
    assert_eq!(world.calls(), 6);
}

#[tokio::test]
async fn a_crash_stops_everything_at_its_step_and_the_world_remembers_what_happened() {
    let crash = CrashPlan::new();
    let world = SimulatedWorld::new(Script::default(), crash.clone());
    let vendor = SimulatedExecutors::new(world.clone()).executor(ExecutorKind::Http);
    let call = call("epic");
    succeeded(vendor.act(Verb::Create, &call).await);
    let steps = crash.steps();
    assert_eq!((crash.name(1), crash.name(steps)), (Some("before effect"), Some("after effect")));
    for (step, effects) in [(steps + 1, 1), (steps + 3, 2)] {
        crash.arm(step);
        {
            let mut act = vendor.act(Verb::Create, &call);
            assert!(futures_util::poll!(&mut act).is_pending());
            crash.crashed().await;
            assert!(futures_util::poll!(vendor.observe(&call)).is_pending(), "nothing of a dead engine goes on");
            assert!(futures_util::poll!(&mut act).is_pending());
        }
        crash.restart();
        assert_eq!(world.effects().len(), effects);
    }
    assert!(vendor.observe(&call).now_or_never().is_some());
}

#[tokio::test]
async fn the_hook_runs_before_the_effect_is_there() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let world = SimulatedWorld::new(Script::default(), CrashPlan::new());
    let (log, inside) = (seen.clone(), world.clone());
    let hooked = world.clone().with_hook(move |verb, call| {
        log.lock().unwrap().push((verb, call.subject.clone(), inside.effects().len()));
        Box::pin(std::future::ready(()))
    });
    let vendor = SimulatedExecutors::new(hooked).executor(ExecutorKind::Exec);
    succeeded(vendor.act(Verb::Create, &call("epic")).await);
    assert_eq!(*seen.lock().unwrap(), [(Verb::Create, "epic".to_owned(), 0)]);
    assert_eq!(world.effects().len(), 1);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run_and_chance_ends() {
    let run = |seed| async move {
        let script = Script::default().by_chance(seed, 60, &FaultKind::PASSING, 30);
        let world = SimulatedWorld::new(script, CrashPlan::new());
        let vendor = SimulatedExecutors::new(world.clone()).executor(ExecutorKind::Http);
        let mut log = Vec::new();
        for round in 0..60 {
            log.push(format!("{:?}", vendor.act(Verb::Create, &call(&format!("a{}", round % 7))).await));
        }
        log
    };
    let (first, again, other) = (run(7).await, run(7).await, run(8).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert!(first[..30].iter().any(|o| !o.starts_with("Succeeded")));
    assert!(first[30..].iter().all(|o| o.starts_with("Succeeded")));
}

#[tokio::test]
async fn a_human_task_is_seen_as_it_was_opened_and_never_done_by_itself() {
    let executors = SimulatedExecutors::new(SimulatedWorld::new(Script::default(), CrashPlan::new()));
    let person = executors.executor(ExecutorKind::Human);
    let call = call("sign_off");
    assert_eq!(person.observe(&call).await, Sighting::Absent);
    let object = succeeded(person.act(Verb::Create, &call).await);
    assert!(!object.done);
    let known = Call { object_id: Some(object.id.clone()), with: json!({"text": "changed"}), ..call };
    assert_eq!(person.observe(&later(&known, 1 << 20)).await, Sighting::Found { object });
}
