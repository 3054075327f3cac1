//! A replica that is stopped in the middle of an effect, past the end of its lease, while another takes over: nothing is
//! written by who no longer owns the store, and keys make one effect of two calls (P6).

use std::sync::atomic::AtomicU64;

use futures_util::FutureExt;
use launchd::{
    edges::{
        clock::Clock,
        store::{Lease, StoreError},
    },
    reconcile::{Engine, EngineError, Halt, PassReport, Refresh, Silent, Until, Want, Wanted},
};
use tokio::sync::Semaphore;

use super::*;

const LEASE: std::time::Duration = std::time::Duration::from_secs(15);

/// Nothing of this launch is opaque: there a person is asked, who cannot know of a call that is still to come.
fn keyed() -> Launch {
    let mut launch = launch();
    launch.activities.retain(|a| a.key != KeySupport::Opaque);
    launch
}

async fn pass(engine: &Engine, lease: &Lease, launch: &Arc<Launch>) -> Result<PassReport, EngineError> {
    let want = Want::Launch { launch: Arc::clone(launch), revision: launch.revision() };
    let wanted = Wanted { name: launch.name.clone(), want };
    engine.pass(Some(lease), &wanted, Refresh::Due, Until::Settled, &Silent, &Halt::default()).await
}

/// The first replica stops with its `nth` call on its way; the call arrives after the second repeated it.
async fn taken_over(nth: u64) -> Run {
    let (store, crash) = (Arc::new(MemoryStore::default()), CrashPlan::new());
    let (gate, count) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU64::new(0)));
    let (waits, counted) = (Arc::clone(&gate), Arc::clone(&count));
    let world = SimulatedWorld::new(Script::default(), crash.clone()).with_hook(move |_, _| {
        let (number, gate) = (counted.fetch_add(1, Ordering::SeqCst) + 1, Arc::clone(&waits));
        Box::pin(async move {
            if number == nth {
                gate.acquire().await.unwrap().forget();
            }
        })
    });
    let launch = Arc::new(keyed());
    world.learn(&launch);
    let clock = Arc::new(VirtualClock::new(at("2027-03-29")));
    let mut rehearsal = Rehearsal {
        launch: Arc::clone(&launch),
        store: Arc::clone(&store) as Arc<dyn Store>,
        world: world.clone(),
        crash,
        people: SimulatedPeople::default(),
        clock: Arc::clone(&clock),
        resync: Some(chrono::TimeDelta::hours(6)),
    };
    let first = rehearsal.engine();
    let lease = store.acquire("first", "the first", clock.now(), LEASE).await.unwrap();
    let mut held = std::pin::pin!(pass(&first, &lease, &launch));
    assert!((&mut held).now_or_never().is_none(), "there is no call {nth}");
    // Past its lease: another takes over and goes as far as it can at once.
    clock.advance(chrono::TimeDelta::seconds(16));
    let second = store.acquire("second", "the second", clock.now(), LEASE).await.unwrap();
    let taker = rehearsal.engine();
    pass(&taker, &second, &launch).await.unwrap();
    let written = store.events(None, 0, usize::MAX).await.unwrap().len();
    gate.add_permits(1);
    let late = held.await;
    assert!(matches!(late, Err(EngineError::Store(StoreError::Stale { .. }))), "effect {nth}: {late:?}");
    let after = store.events(None, 0, usize::MAX).await.unwrap().len();
    assert_eq!(after, written, "effect {nth}: a stale replica wrote");
    store.release(&second).await.unwrap();
    let rehearsed = rehearsal.run(at(END)).await.unwrap();
    let state = store.state(&launch.name).await.unwrap();
    let goals = state.goals.iter().map(|(id, g)| (id.to_string(), g.judged.as_ref().map(|j| j.ending))).collect();
    Run { rehearsed, world, goals, rehearsal, unwritten: false }
}

#[test]
fn a_replica_stopped_past_its_lease_writes_nothing_and_doubles_nothing() {
    runtime().block_on(async {
        let oracle = run(keyed(), Script::default(), &[]).await;
        for nth in 1..=3 {
            let run = taken_over(nth).await;
            judge(&format!("taken over at effect {nth}"), &run, &oracle);
        }
    });
}
