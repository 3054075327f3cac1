//! A person stops something at any step of the engine: nothing of it begins after that, and once it is let go on, the end
//! is the same as without the stop.

use futures_util::FutureExt;
use launchd::{
    core::model::{
        approval::Grant,
        event::{Event, EventKind},
        name::Actor,
    },
    edges::store::NewEvent,
};

use super::*;

/// One way to stop something, and whose effects it stops.
#[derive(Clone)]
struct Stop {
    kind: EventKind,
    stops: fn(&Launch, &Id) -> bool,
}

fn stops(launch: &Launch) -> Vec<Stop> {
    let day = launch.milestones.iter().find(|m| m.id == *"day").unwrap();
    let fingerprint = day.fingerprint(&launch.activities_of(&day.id).collect::<Vec<_>>());
    let grant =
        Grant { by: stopper(), at: at("2027-03-29"), fingerprint, revision: None, granted: false, comment: None };
    let of_day: fn(&Launch, &Id) -> bool = |launch, of| launch.activity(of).unwrap().milestone == *"day";
    let reason = || "it is wrong".to_owned();
    vec![
        Stop { kind: EventKind::Paused { reason: None }, stops: |_, _| true },
        Stop { kind: EventKind::Cancelled { reason: None }, stops: |_, _| true },
        Stop {
            kind: EventKind::ActivityBlocked { activity: id("mail"), reason: reason() },
            stops: |_, of| *of == *"mail",
        },
        Stop { kind: EventKind::MilestoneBlocked { milestone: id("day"), reason: reason() }, stops: of_day },
        Stop {
            kind: EventKind::ApprovalAnswered { milestone: id("day"), approval: id("go_no_go"), grant },
            stops: of_day,
        },
    ]
}

fn stopper() -> Actor {
    Actor("the stopper".into())
}

/// Every intent that was opened between the stop and its release.
fn opened<'e>(events: &'e [Event], stop: &EventKind) -> Vec<&'e Id> {
    let from = events.iter().position(|e| e.kind == *stop).expect("it was said");
    let after = &events[from + 1..];
    let release = after.iter().position(|e| e.actor == stopper()).unwrap_or(after.len());
    let intents = after[..release].iter().filter_map(|e| match &e.kind {
        EventKind::IntentOpened { intent } => Some(&intent.activity),
        _ => None,
    });
    intents.collect()
}

async fn stopped(stop: &Stop, step: u64, script: Script, crashes: &[u64]) -> Run {
    let (kind, launch) = (stop.kind.clone(), launch());
    let name = launch.name.clone();
    run_beside(launch, script, crashes, move |store, crash| {
        let store = Arc::clone(store);
        crash.beside(step, move || {
            let event = NewEvent { at: at("2027-03-29"), launch: name, actor: stopper(), kind };
            store.append(None, vec![event]).now_or_never().expect("memory does not wait").unwrap();
        });
    })
    .await
}

fn judge_stopped(what: &str, stop: &Stop, run: &Run, oracle: &Run) {
    let (launch, events) = (launch(), &run.rehearsed.events);
    let begun: Vec<_> = opened(events, &stop.kind).into_iter().filter(|of| (stop.stops)(&launch, of)).collect();
    assert_eq!(begun, Vec::<&Id>::new(), "{what}: it began after the stop was acknowledged");
    assert!(!run.unwritten, "{what}: a call was made without an intent on disk (P2)");
    assert!(run.world.calls() < MANY_CALLS, "{what}: {} calls", run.world.calls());
    assert_eq!(run.world.duplicates(), [], "{what}: an effect happened twice (P3, P4)");
    if matches!(stop.kind, EventKind::Cancelled { .. }) {
        assert_eq!(run.rehearsed.plan.status, Status::Cancelled, "{what}");
    } else {
        judge(what, run, oracle);
    }
}

#[test]
fn a_stop_at_any_step_is_followed_from_there_on_and_changes_nothing_in_the_end() {
    runtime().block_on(async {
        let oracle = run(launch(), Script::default(), &[]).await;
        let steps = oracle.rehearsal.crash.steps();
        let mut held_back = 0;
        // Every step, each time with another way to stop.
        let all = stops(&launch());
        for (first, stop) in (1..).zip(&all) {
            for step in (first..=steps).step_by(all.len()) {
                let mut run = stopped(stop, step, Script::default(), &[]).await;
                let what = format!("{} at step {step} of {steps}", stop.kind.name());
                judge_stopped(&what, stop, &run, &oracle);
                held_back += usize::from(effects(&run.world) != effects(&oracle.world));
                if step % 10 == 0 {
                    rests(&what, &mut run).await;
                }
            }
        }
        assert!(held_back > 5, "a cancelled launch leaves out what had not begun");
    });
}

/// `LAUNCHD_SEEDS=FROM..TO` runs other seeds, as many as wanted.
#[test]
fn stops_beside_random_faults_and_crashes_are_followed() {
    on_all_cores(60, random_stops);
}

async fn random_stops(seeds: Seeds) {
    let oracle = run(launch(), Script::default(), &[]).await;
    let steps = oracle.rehearsal.crash.steps();
    for seed in seeds {
        let mut random = Random::new(seed);
        let stop = random.pick(&stops(&launch())).unwrap().clone();
        let step = 1 + random.below(steps);
        let mut crashes: Vec<u64> = (0..random.below(3)).map(|_| 1 + random.below(120)).collect();
        crashes.sort_unstable();
        let script = Script::default().by_chance(seed, 1 + random.below(40), &FaultKind::PASSING, 60);
        let run = stopped(&stop, step, script, &crashes).await;
        judge_stopped(&format!("seed {seed} (LAUNCHD_SEEDS={seed}..{})", seed + 1), &stop, &run, &oracle);
    }
}
