//! The deterministic simulation of the promises: the real engine, every single fault, crashes at every step, and a
//! comparison with the run without faults (the oracle).

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use launchd::{
    core::model::{
        activity::{CompleteWhen, EffectClass, KeySupport, Need},
        approval::Gate,
        area::{Phase, Status},
        call::Verb,
        launch::Launch,
        measure::{Ending, GoalState},
        name::Id,
    },
    edges::{
        clock::VirtualClock,
        executors::simulated::{CrashPlan, Fault, FaultKind, Random, Script, SimulatedPeople, SimulatedWorld},
        store::{Store, memory::MemoryStore},
    },
    reconcile::{Rehearsal, Rehearsed},
};
use serde_json::json;

use crate::fixtures::*;

mod edits;
mod replicas;
mod stops;

/// One of each kind of effect, with needs, checks, an approval and a person between them.
fn launch() -> Launch {
    let mut launch = empty_launch("simulated");
    launch.milestones = vec![
        milestone("ready", Phase::PreLaunch, "2027-03-31", &[]),
        milestone("day", Phase::Launch, "2027-04-01T23:59", &["ready"]),
        milestone("review", Phase::PostLaunch, "2027-04-05", &["day"]),
    ];
    launch.milestones[0].checks = vec![check("errors_low", "value < 0.01", 120)];
    launch.milestones[1].approvals = vec![approval("go_no_go", 2, Gate::Start)];
    let header = KeySupport::Header { lifetime_seconds: Some(1800) };
    let mut ticket = activity("ticket", "ready", json!({ "summary": "Simulated" }));
    // An index that lags a minute more than declared (the fault's default) is found at the second look, after 100 s.
    ticket.key = KeySupport::Probe { settle_seconds: 10 };
    ticket.complete_when = CompleteWhen::Done;
    let mut page = activity("page", "ready", json!({ "title": "Page" }));
    (page.uses, page.key) = (uses("cms/page"), header);
    let mut flag = activity("flag", "ready", json!({ "on": true, "ticket": "{{ activities.page.url }}" }));
    (flag.uses, flag.key) = (uses("flags/flag"), KeySupport::Header { lifetime_seconds: None });
    flag.with.deferred = BTreeMap::from([("/ticket".into(), "{{ activities.page.url }}".into())]);
    flag.needs = vec![Need::Activity(id("page"))];
    let mut mail = once("mail", "day", KeySupport::Probe { settle_seconds: 60 });
    mail.uses = uses("mailer/campaign");
    let mut post = once("post", "day", KeySupport::Opaque);
    post.uses = uses("chat/message");
    post.needs = vec![Need::Activity(id("mail"))];
    let mut press = once("press", "day", header);
    press.uses = uses("press/release");
    launch.activities =
        vec![ticket, page, flag, task("train_sales", "ready"), mail, post, press, task("retro", "review")];
    launch.metrics = [(id("customers"), metric("warehouse/customers"))].into();
    launch.goals = vec![goal("customers", Some(">= 100"), "2027-04-11T09:00"), goal("liked", None, "2027-04-15")];
    launch
}

/// Some weeks after everything is done; a launch that is late then did not converge.
const END: &str = "2027-05-01";

/// Four looks a day at each object until then, all that goes wrong included, are fewer.
const MANY_CALLS: u64 = 2000;

struct Run {
    rehearsed: Rehearsed,
    world: SimulatedWorld,
    rehearsal: Rehearsal,
    /// How each goal ended.
    goals: BTreeMap<String, Option<Ending>>,
    /// A call reached the world without its intent on disk.
    unwritten: bool,
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

async fn run(launch: Launch, script: Script, crashes: &[u64]) -> Run {
    run_beside(launch, script, crashes, |_, _| {}).await
}

/// The same beside somebody who may act on the store, at a step.
async fn run_beside(
    launch: Launch,
    script: Script,
    crashes: &[u64],
    beside: impl FnOnce(&Arc<MemoryStore>, &CrashPlan),
) -> Run {
    let store = Arc::new(MemoryStore::default());
    let crash = CrashPlan::new();
    beside(&store, &crash);
    let unwritten = Arc::new(AtomicBool::new(false));
    let (disk, bad) = (Arc::clone(&store), Arc::clone(&unwritten));
    let world = SimulatedWorld::new(script, crash.clone()).with_hook(move |_, call| {
        let written = disk.image().has_open_intent(&call.launch, call.key.as_str());
        bad.fetch_or(!written, Ordering::SeqCst);
        Box::pin(async {})
    });
    world.learn(&launch);
    let launch = Arc::new(launch);
    let clock = Arc::new(VirtualClock::new(at("2027-03-29")));
    let mut rehearsal = Rehearsal {
        launch,
        store: store as Arc<dyn Store>,
        world: world.clone(),
        crash: crash.clone(),
        people: SimulatedPeople::default(),
        clock,
        resync: Some(chrono::TimeDelta::hours(6)),
    };
    // Each crash is armed when the one before has happened.
    let mut rehearsed = None;
    for at in crashes.iter().copied().chain([0]) {
        crash.arm(at);
        let done = rehearsal.run(self::at(END)).await.unwrap();
        rehearsed = Some(done);
    }
    let state = rehearsal.store.state(&rehearsal.launch.name).await.unwrap();
    let told = |(id, goal): (&Id, &GoalState)| (id.to_string(), goal.judged.as_ref().map(|j| j.ending));
    let goals = state.goals.iter().map(told).collect();
    Run { rehearsed: rehearsed.unwrap(), world, goals, rehearsal, unwritten: unwritten.load(Ordering::SeqCst) }
}

/// What the world holds in the end, by subject: how many objects, and their fields.
fn end_state(world: &SimulatedWorld) -> BTreeMap<String, Vec<String>> {
    let mut objects: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for object in world.objects() {
        objects.entry(object.subject.clone()).or_default().push(json!(object.fields).to_string());
    }
    objects
}

fn effects(world: &SimulatedWorld) -> BTreeMap<(String, Verb), usize> {
    let mut counted = BTreeMap::new();
    for effect in world.effects() {
        *counted.entry((effect.subject, effect.verb)).or_default() += 1;
    }
    counted
}

/// The promises, asked of one run against the run without faults.
fn judge(what: &str, run: &Run, oracle: &Run) {
    let plan = || launchd::core::plan::text::canonical(&run.rehearsed.plan);
    assert!(!run.unwritten, "{what}: a call was made without an intent on disk (P2)");
    assert!(run.world.calls() < MANY_CALLS, "{what}: {} calls", run.world.calls());
    assert_eq!(run.rehearsed.plan.status, Status::Completed, "{what}: it did not converge (P1)\n{}", plan());
    assert!(run.rehearsed.plan.is_over(), "{what}: a goal was not judged (P1)\n{}", plan());
    assert_eq!(run.goals, oracle.goals, "{what}: a goal ended differently (P1)");
    assert_eq!(run.world.duplicates(), [], "{what}: an effect happened twice (P3, P4)");
    assert_eq!(end_state(&run.world), end_state(&oracle.world), "{what}: the world ended differently (P1)");
    assert_eq!(effects(&run.world), effects(&oracle.world), "{what}: other effects than without the fault (P1)");
}

/// After the end nothing moves any more, however often it is looked at.
async fn rests(what: &str, run: &mut Run) {
    let before = (run.world.calls(), run.rehearsed.events.len());
    for _ in 0..100 {
        let again = run.rehearsal.run(at(END)).await.unwrap();
        assert_eq!((run.world.calls(), again.events.len()), before, "{what}: it does not stay at rest (P1)");
    }
}

#[test]
fn without_faults_the_launch_completes_and_then_rests() {
    runtime().block_on(async {
        let mut oracle = run(launch(), Script::default(), &[]).await;
        judge("no fault", &oracle, &run(launch(), Script::default(), &[]).await);
        rests("no fault", &mut oracle).await;
        let (made, wanted) = (effects(&oracle.world), launch());
        let visible = wanted.activities.iter().filter(|a| !a.uses.is_human());
        for activity in visible {
            assert_eq!(made.get(&(activity.id.to_string(), Verb::Create)), Some(&1), "{}", activity.id);
        }
    });
}

#[test]
fn a_crash_at_any_single_step_changes_nothing_in_the_end() {
    runtime().block_on(async {
        let oracle = run(launch(), Script::default(), &[]).await;
        let steps = oracle.rehearsal.crash.steps();
        assert!(steps > 40, "only {steps} steps");
        for step in 1..=steps {
            let mut crashed = run(launch(), Script::default(), &[step]).await;
            judge(&format!("crash at step {step} of {steps}"), &crashed, &oracle);
            if step % 10 == 0 {
                rests("after a crash", &mut crashed).await;
            }
        }
    });
}

#[test]
fn a_crash_at_any_single_step_beside_an_index_that_is_slower_than_declared_makes_nothing_twice() {
    runtime().block_on(async {
        let oracle = run(launch(), Script::default(), &[]).await;
        let slow = || Script::new(vec![Fault::once(FaultKind::SearchLag, "ticket")]);
        for step in 1..=oracle.rehearsal.crash.steps() {
            let crashed = run(launch(), slow(), &[step]).await;
            judge(&format!("slow index, crash at step {step}"), &crashed, &oracle);
        }
    });
}

#[test]
fn the_judge_finds_what_ended_or_went_otherwise() {
    runtime().block_on(async {
        let oracle = run(launch(), Script::default(), &[]).await;
        let other_effects =
            [FaultKind::Vanish, FaultKind::Drift].map(|kind| Script::new(vec![Fault::once(kind, "page")]));
        for script in other_effects {
            let other = run(launch(), script, &[]).await;
            assert_ne!(effects(&other.world), effects(&oracle.world));
            assert!(refuses(&other, &oracle));
        }
        let changed = run(launch(), Script::default(), &[]).await;
        assert!(!refuses(&changed, &oracle));
        assert!(changed.world.change("ticket", "summary", &json!("Another")));
        assert!(refuses(&changed, &oracle));
        let removed = run(launch(), Script::default(), &[]).await;
        assert!(removed.world.remove("flag"));
        assert!(refuses(&removed, &oracle));
    });
}

fn refuses(run: &Run, oracle: &Run) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge("spoilt", run, oracle))).is_err()
}

#[test]
fn every_single_fault_at_every_single_call_changes_nothing_in_the_end() {
    runtime().block_on(async {
        let oracle = run(launch(), Script::default(), &[]).await;
        for kind in FaultKind::PASSING {
            for activity in launch().activities.iter().filter(|a| !a.uses.is_human()) {
                for nth in 1..=3 {
                    let fault = Fault { first: nth, last: nth, ..Fault::once(kind, activity.id.as_str()) };
                    let what = fault.to_string();
                    let faulty = run(launch(), Script::new(vec![fault]), &[]).await;
                    judge(&what, &faulty, &oracle);
                }
            }
        }
    });
}

#[test]
fn an_opaque_effect_with_a_lost_answer_waits_for_a_person_and_is_not_repeated() {
    runtime().block_on(async {
        let store = Arc::new(MemoryStore::default());
        let crash = CrashPlan::new();
        let script = Script::new(vec![Fault::once(FaultKind::LostAnswer, "post")]);
        let world = SimulatedWorld::new(script, crash.clone());
        world.learn(&launch());
        let mut people = SimulatedPeople::default();
        people.resolve = chrono::TimeDelta::days(400);
        let clock = Arc::new(VirtualClock::new(at("2027-03-29")));
        let launch = Arc::new(launch());
        let mut rehearsal = Rehearsal {
            launch,
            store,
            world: world.clone(),
            crash,
            people,
            clock,
            resync: Some(chrono::TimeDelta::hours(6)),
        };
        let ended = rehearsal.run(at("2027-05-01")).await.unwrap();
        assert_ne!(ended.plan.status, Status::Completed);
        assert_eq!(effects(&world).get(&("post".to_owned(), Verb::Create)), Some(&1));
        let blocked = ended.plan.changes.iter().flat_map(|c| &c.blocked);
        assert!(blocked.into_iter().any(|b| matches!(b, launchd::core::plan::Blocker::InDoubt { .. })));
    });
}

/// Random faults and crashes, a seed each. `LAUNCHD_SEEDS=FROM..TO` runs others, as many as wanted.
#[test]
fn random_schedules_of_faults_and_crashes_change_nothing_in_the_end() {
    on_all_cores(250, random_schedules);
}

type Seeds = std::iter::StepBy<std::ops::Range<u64>>;

/// Each core takes its share of the seeds.
fn on_all_cores<F: Future>(few: u64, run: fn(Seeds) -> F) {
    let (from, to) = seeds(few);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || drop(runtime().block_on(run((from + thread..to).step_by(threads as usize)))));
        }
    });
}

async fn random_schedules(seeds: Seeds) {
    let oracle = run(launch(), Script::default(), &[]).await;
    for seed in seeds {
        let mut random = Random::new(seed);
        let mut crashes: Vec<u64> = (0..random.below(4)).map(|_| 1 + random.below(120)).collect();
        crashes.sort_unstable();
        let script = Script::default().by_chance(seed, 1 + random.below(60), &FaultKind::PASSING, 60);
        let faulty = run(launch(), script, &crashes).await;
        judge(&format!("seed {seed} (LAUNCHD_SEEDS={seed}..{})", seed + 1), &faulty, &oracle);
    }
}

#[test]
fn a_chain_of_effects_waits_once_for_the_disk_at_each_step() {
    runtime().block_on(async {
        const LENGTH: usize = 20;
        let mut launch = empty_launch("chain");
        launch.milestones = vec![milestone("m", Phase::PreLaunch, "2027-04-01", &[])];
        launch.activities = (0..LENGTH)
            .map(|n| {
                let mut link = activity(&format!("link{n}"), "m", json!({ "title": "Link" }));
                link.needs =
                    n.checked_sub(1).map(|before| Need::Activity(id(&format!("link{before}")))).into_iter().collect();
                link
            })
            .collect();
        let run = run(launch, Script::default(), &[]).await;
        assert_eq!(run.world.effects().len(), LENGTH);
        let appends =
            (1..=run.rehearsal.crash.steps()).filter(|n| run.rehearsal.crash.name(*n) == Some("after append")).count();
        assert!((LENGTH..LENGTH + 5).contains(&appends), "{appends} transactions for {LENGTH} effects");
    });
}

#[test]
fn a_key_past_its_lifetime_is_looked_for_before_it_is_sent_again() {
    runtime().block_on(async {
        for class in [EffectClass::Converge, EffectClass::Once] {
            let mut launch = empty_launch("expired");
            launch.milestones = vec![milestone("m", Phase::PreLaunch, "2027-04-01", &[])];
            let mut page = activity("page", "m", json!({ "title": "Page" }));
            (page.key, page.effect) = (KeySupport::Header { lifetime_seconds: Some(1800) }, class);
            launch.activities = vec![page];
            let lost = Fault::once(FaultKind::LostAnswer, "page");
            // The repeat fails for certain; that tells nothing of the call whose answer was lost.
            let refused = Fault { first: 2, last: u64::MAX, ..Fault::once(FaultKind::Refused, "page") };
            let rejected = Fault { kind: FaultKind::Rejected, ..refused.clone() };
            // The engine is away between the lost answer and the next try: 31 minutes, or 25 hours.
            let away = [chrono::TimeDelta::minutes(31), chrono::TimeDelta::hours(25)];
            let scripts = [vec![lost.clone()], vec![lost.clone(), refused], vec![lost, rejected]];
            for (script, away) in scripts.iter().flat_map(|script| away.map(|away| (script, away))) {
                let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
                let crash = CrashPlan::new();
                let world = SimulatedWorld::new(Script::new(script.clone()), crash.clone());
                world.learn(&launch);
                let clock = Arc::new(VirtualClock::new(at("2027-03-29")));
                let mut rehearsal = Rehearsal {
                    launch: Arc::new(launch.clone()),
                    store,
                    world: world.clone(),
                    crash: crash.clone(),
                    people: SimulatedPeople::default(),
                    clock: Arc::clone(&clock),
                    resync: Some(chrono::TimeDelta::hours(6)),
                };
                // Ends at once: the first pass has the lost answer, and nothing after its first instant is followed.
                rehearsal.run(at("2027-03-29")).await.unwrap();
                clock.advance(away);
                world.set_script(Script::default());
                rehearsal.run(at("2027-05-01")).await.unwrap();
                assert_eq!(world.duplicates(), [], "{class:?} after {away}, {script:?}");
            }
        }
    });
}
