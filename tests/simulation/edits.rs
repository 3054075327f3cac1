//! The file is edited at any step of the engine, also while a call does not come back: the world ends as the new file
//! says, nothing old is begun after the new revision was accepted, and nothing happens twice.

use std::sync::{Mutex, atomic::AtomicU64};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use launchd::{
    core::model::{
        Timestamp,
        activity::Removal,
        event::{Event, EventKind},
        launch::{Moved, Revision},
        outcome::Outcome,
    },
    edges::{
        clock::Clock,
        executors::simulated::{Said, SimulatedObject},
        store::NewEvent,
    },
    reconcile::{Engine, Halt, PassReport, Refresh, Silent, Until, Want, Wanted},
};
use tokio::sync::Semaphore;

use super::*;

fn before() -> Launch {
    let mut launch = launch();
    launch.activities[0].on_remove = Removal::Close;
    launch
}

/// One of each kind of edit: changed, gone, renamed, new, and public with another text.
fn after() -> Launch {
    let mut launch = before();
    launch.activities.retain(|a| a.id != *"ticket");
    for activity in &mut launch.activities {
        match activity.id.as_str() {
            "page" => activity.with.value = json!({ "title": "Another page" }),
            "mail" => activity.with.value = json!({ "subject": "It is here at last" }),
            "flag" => activity.id = id("toggle"),
            _ => {}
        }
    }
    launch.moved = vec![Moved { from: id("flag"), to: id("toggle") }];
    let mut banner = activity("banner", "ready", json!({ "title": "Banner" }));
    banner.needs = vec![Need::Activity(id("page"))];
    launch.activities.push(banner);
    launch
}

/// When the edit comes.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// At this step of the engine.
    Step(u64),
    /// While this effect, counted from 1, does not come back; its answer comes so many passes later.
    Held { effect: u64, passes: u64 },
}

/// What the files say now, and the pass to tell of an edit.
struct Desk {
    files: Mutex<Launch>,
    halt: Mutex<Halt>,
    effects: AtomicU64,
    /// Opens once the held effect may be answered.
    gate: Semaphore,
}

impl Desk {
    fn edit(&self) {
        *self.files.lock().unwrap() = after();
        self.halt.lock().unwrap().leave();
    }

    fn wanted(&self) -> (Arc<Launch>, Wanted, Halt) {
        let launch = Arc::new(self.files.lock().unwrap().clone());
        let want = Want::Launch { launch: Arc::clone(&launch), revision: launch.revision() };
        let halt = Halt::default();
        *self.halt.lock().unwrap() = halt.clone();
        (launch.clone(), Wanted { name: launch.name.clone(), want }, halt)
    }
}

const RESYNC: chrono::TimeDelta = chrono::TimeDelta::hours(6);

struct Edited {
    store: Arc<MemoryStore>,
    world: SimulatedWorld,
    last: PassReport,
    steps: u64,
    unwritten: bool,
}

/// The daemon's loop around passes, on a virtual clock: people answer, crashes end the engine and every call with it.
async fn edited(edit: Edit, script: Script, crashes: &[u64]) -> Edited {
    let desk = Arc::new(Desk {
        files: Mutex::new(before()),
        halt: Mutex::default(),
        effects: AtomicU64::new(0),
        gate: Semaphore::new(0),
    });
    let (store, crash) = (Arc::new(MemoryStore::default()), CrashPlan::new());
    let unwritten = Arc::new(AtomicBool::new(false));
    let (disk, bad, held) = (Arc::clone(&store), Arc::clone(&unwritten), Arc::clone(&desk));
    let world = SimulatedWorld::new(script, crash.clone()).with_hook(move |_, call| {
        bad.fetch_or(!disk.image().has_open_intent(&call.launch, call.key.as_str()), Ordering::SeqCst);
        let (number, desk) = (held.effects.fetch_add(1, Ordering::SeqCst) + 1, Arc::clone(&held));
        Box::pin(async move {
            if matches!(edit, Edit::Held { effect, .. } if effect == number) {
                desk.edit();
                desk.gate.acquire().await.unwrap().forget();
            }
        })
    });
    world.learn(&before());
    world.learn(&after());
    if let Edit::Step(step) = edit {
        let desk = Arc::clone(&desk);
        crash.beside(step, move || desk.edit());
    }
    let mut rehearsal = Rehearsal {
        launch: Arc::new(before()),
        store: Arc::clone(&store) as Arc<dyn Store>,
        world: world.clone(),
        crash,
        people: SimulatedPeople::default(),
        clock: Arc::new(VirtualClock::new(at("2027-03-29"))),
        resync: None,
    };
    let mut crashes = crashes.iter().copied();
    // People do not crash.
    let mut said = Sayings::default();
    rehearsal.crash.arm(crashes.next().unwrap_or(0));
    let last = loop {
        let engine = rehearsal.engine();
        match life(&engine, &mut rehearsal, &mut said, &desk, edit).await {
            Some(last) => break last,
            None => {
                rehearsal.crash.restart();
                rehearsal.crash.arm(crashes.next().unwrap_or(0));
            }
        }
    };
    let steps = rehearsal.crash.steps();
    Edited { store, world, last, steps, unwritten: unwritten.load(Ordering::SeqCst) }
}

/// One engine from its start to the end of the launch; `None` when it crashed.
async fn life(
    engine: &Engine,
    rehearsal: &mut Rehearsal,
    said: &mut Sayings,
    desk: &Desk,
    edit: Edit,
) -> Option<PassReport> {
    let mut calls: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
    let mut since = 0;
    loop {
        let (launch, wanted, halt) = desk.wanted();
        rehearsal.launch = launch;
        let refresh = Refresh::OlderThan(RESYNC.to_std().unwrap());
        let pass = engine.pass(None, &wanted, refresh, Until::Settled, &Silent, &halt);
        let mut report = tokio::select! {
            biased;
            report = pass => report.unwrap(),
            () = rehearsal.crash.crashed() => return None,
        };
        let state = rehearsal.store.state(&report.launch).await.unwrap();
        said.add(rehearsal.people.answers(&report.plan, &rehearsal.launch, &state, &rehearsal.world));
        calls.extend(
            report.underway.drain(..).map(|left| left.end().map(|(_, answered)| drop(answered.unwrap())).boxed()),
        );
        since += u64::from(!calls.is_empty());
        let now = rehearsal.clock.now();
        let next = [report.next, said.next(), Some(now + RESYNC)];
        let next = next.into_iter().flatten().min().filter(|next| *next <= at(END) && !report.plan.is_over());
        let released = matches!(edit, Edit::Held { passes, .. } if since > passes) || next.is_none();
        if released && !calls.is_empty() {
            desk.gate.add_permits(1);
            tokio::select! {
                biased;
                () = calls.by_ref().for_each(std::future::ready) => continue,
                () = rehearsal.crash.crashed() => return None,
            }
        }
        let Some(next) = next else { return Some(report) };
        rehearsal.clock.advance_to(next);
        speak(rehearsal, said).await;
    }
}

/// What people will say: by instant, in the order in which it came up.
#[derive(Default)]
struct Sayings {
    due: BTreeMap<(Timestamp, usize), Said>,
    count: usize,
}

impl Sayings {
    fn add(&mut self, said: Vec<Said>) {
        for one in said {
            self.count += 1;
            self.due.insert((one.at, self.count), one);
        }
    }

    fn next(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }
}

async fn speak(rehearsal: &Rehearsal, said: &mut Sayings) {
    let now = rehearsal.clock.now();
    while let Some(entry) = said.due.first_entry().filter(|e| e.key().0 <= now) {
        let one = entry.remove();
        let event = NewEvent { at: now, launch: rehearsal.launch.name.clone(), actor: one.by, kind: one.kind };
        rehearsal.store.append(None, vec![event]).await.unwrap();
    }
}

async fn judge_edited(what: &str, run: &Edited) {
    let plan = || launchd::core::plan::text::canonical(&run.last.plan);
    assert!(!run.unwritten, "{what}: a call was made without an intent on disk (P2)");
    assert!(run.last.plan.is_over(), "{what}: it did not converge (P1)\n{}", plan());
    assert_eq!(run.world.duplicates(), [], "{what}: an effect happened twice (P3, P4)");
    let events = run.store.events(None, 0, usize::MAX).await.unwrap();
    let accepted: Revision = after().revision();
    let edit = events.iter().position(|e| e.kind == EventKind::RevisionAccepted { revision: accepted.clone() });
    let edit = edit.unwrap_or_else(|| panic!("{what}: the edit was never taken in"));
    let (mut old, mut mail) = (Vec::new(), None);
    for (index, event) in events.iter().enumerate() {
        let EventKind::IntentOpened { intent } = &event.kind else { continue };
        // The same call once more, to learn what came of it; what changed since is updated after that.
        if index > edit && intent.revision != accepted && !intent.repeats {
            old.push(intent.activity.clone());
        }
        if intent.activity == *"mail" && !intent.repeats {
            mail = Some(index);
        }
    }
    // What is ended is ended as the file said when it was made.
    old.retain(|activity| *activity != *"ticket");
    assert_eq!(old, Vec::<Id>::new(), "{what}: old intent beat new");
    let objects = run.world.objects();
    let of = |names: &[&str]| objects.iter().filter(|o| names.contains(&o.subject.as_str())).collect::<Vec<_>>();
    let one = |names: &[&str], field: &str| {
        let [object] = of(names)[..] else { panic!("{what}: {names:?} {:?}", of(names)) };
        object.fields[field].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(one(&["page"], "title"), "Another page", "{what}");
    assert_eq!(one(&["banner"], "title"), "Banner", "{what}");
    assert!(one(&["flag", "toggle"], "ticket").contains("cms/page"), "{what}");
    // Whoever worked on the ticket may have ended it before the close: a close lost in a crash is then taken for done.
    let closed_at = |event: &Event| match &event.kind {
        EventKind::OutcomeRecorded { activity, outcome: Outcome::Succeeded { object }, .. } => {
            (*activity == *"ticket" && object.done).then_some(event.at)
        }
        _ => None,
    };
    let closed_at = events[edit..].iter().rev().find_map(closed_at);
    let is_over = |o: &&SimulatedObject| o.closed || closed_at.is_some_and(|at| o.done_at <= at);
    assert!(of(&["ticket"]).iter().all(is_over), "{what}: what left the file is still open");
    let subject = if mail > Some(edit) { "It is here at last" } else { "It is here" };
    assert_eq!(one(&["mail"], "subject"), subject, "{what}");
}

#[test]
fn an_edit_at_any_step_is_followed_from_there_on() {
    runtime().block_on(async {
        let unedited = edited(Edit::Step(u64::MAX), Script::default(), &[]).await;
        assert!(unedited.steps > 40, "only {} steps", unedited.steps);
        for step in 1..=unedited.steps {
            let run = edited(Edit::Step(step), Script::default(), &[]).await;
            judge_edited(&format!("edit at step {step}"), &run).await;
        }
        let effects = unedited.world.effects().len() as u64;
        for effect in 1..=effects {
            for passes in [0, 1, 3] {
                let edit = Edit::Held { effect, passes };
                let run = edited(edit, Script::default(), &[]).await;
                judge_edited(&format!("{edit:?}"), &run).await;
            }
        }
    });
}

/// `LAUNCHD_SEEDS=FROM..TO` runs other seeds, as many as wanted.
#[test]
fn edits_beside_random_faults_crashes_and_slow_calls_are_followed() {
    on_all_cores(60, random_edits);
}

async fn random_edits(seeds: Seeds) {
    for seed in seeds {
        let mut random = Random::new(seed);
        let edit = match random.below(2) {
            0 => Edit::Step(1 + random.below(60)),
            _ => Edit::Held { effect: 1 + random.below(8), passes: random.below(5) },
        };
        let mut crashes: Vec<u64> = (0..random.below(3)).map(|_| 1 + random.below(120)).collect();
        crashes.sort_unstable();
        let script = Script::default().by_chance(seed, 1 + random.below(40), &FaultKind::PASSING, 60);
        let run = edited(edit, script, &crashes).await;
        judge_edited(&format!("seed {seed} (LAUNCHD_SEEDS={seed}..{}), {edit:?}, {crashes:?}", seed + 1), &run).await;
    }
}
