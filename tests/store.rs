//! The contract of a store, run on every kind of store alike; then what only a store on disk can get wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use launchd::{
    core::{
        model::{
            Timestamp,
            area::Phase,
            call::IntentId,
            event::{Event, EventKind},
            name::{Actor, Id, Name},
            retention::Retention,
            state::{Intent, LaunchState},
        },
        schedule::learned::Promise,
    },
    edges::store::{NewEvent, Store, StoreError, StoredRevision, memory::MemoryStore, sqlite::SqliteStore},
};
use serde_json::json;

mod disk;
mod power;

/// A kind of store: makes a new one, and opens again what another one left.
trait Kind {
    type Store: Store + 'static;
    fn new() -> Self;
    fn open(&self) -> Self::Store;
    /// Ends `store` and opens what it left.
    fn reopen(&self, store: Self::Store) -> Self::Store;
    /// Changes an event's actor behind the store's back.
    fn tamper(&self, store: Self::Store, seq: u64) -> Self::Store;
    fn remove_event(&self, store: Self::Store, seq: u64) -> Self::Store;
}

struct Memory;

impl Kind for Memory {
    type Store = MemoryStore;
    fn new() -> Self {
        Self
    }
    fn open(&self) -> MemoryStore {
        MemoryStore::new()
    }
    fn reopen(&self, store: MemoryStore) -> MemoryStore {
        MemoryStore::from_image(store.image())
    }
    fn tamper(&self, store: MemoryStore, seq: u64) -> MemoryStore {
        let mut image = store.image();
        image.tamper(seq, |e| e.actor.0.push('x'));
        MemoryStore::from_image(image)
    }
    fn remove_event(&self, store: MemoryStore, seq: u64) -> MemoryStore {
        let mut image = store.image();
        image.remove_event(seq);
        MemoryStore::from_image(image)
    }
}

struct Sqlite {
    dir: tempfile::TempDir,
}

impl Sqlite {
    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("private/state.db")
    }
    fn sql(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self.path()).unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        conn.execute_batch(sql).unwrap();
    }
}

impl Kind for Sqlite {
    type Store = SqliteStore;
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }
    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path()).unwrap()
    }
    fn reopen(&self, store: SqliteStore) -> SqliteStore {
        drop(store);
        self.open()
    }
    fn tamper(&self, store: SqliteStore, seq: u64) -> SqliteStore {
        drop(store);
        self.sql(&format!("UPDATE events SET actor = actor || 'x' WHERE seq = {seq}"));
        self.open()
    }
    fn remove_event(&self, store: SqliteStore, seq: u64) -> SqliteStore {
        drop(store);
        self.sql(&format!("DELETE FROM events WHERE seq = {seq}"));
        self.open()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + second, 250_000_000).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn event(launch: &str, kind: EventKind) -> NewEvent {
    NewEvent { at: at(0), launch: name(launch), actor: Actor("ana".into()), kind }
}

fn done(activity: &str) -> EventKind {
    EventKind::Done { activity: activity.parse().unwrap(), evidence: Some("https://example.com/✓".into()) }
}

fn intent(activity: &str) -> EventKind {
    let intent: Intent = serde_json::from_value(json!({
        "id": 0, "activity": activity, "verb": "create", "key": "00ff", "incarnation": 0,
        "uses": {"connector": "jira", "resource": "issue"}, "effect": "converge", "key_support": {"key": "opaque"},
        "object_id": null, "with": {"summary": "Readiness", "n": 1.5}, "inputs": "ab", "revision": "cd", "attempt": 1,
        "at": "2027-01-01T00:00:00Z", "key_since": "2027-01-01T00:00:00Z", "on_remove": "keep", "on_cancel": "keep",
    }))
    .unwrap();
    EventKind::IntentOpened { intent }
}

fn outcome(activity: &str, intent: u64, outcome: serde_json::Value) -> EventKind {
    EventKind::OutcomeRecorded {
        activity: activity.parse().unwrap(),
        intent: IntentId(intent),
        outcome: serde_json::from_value(outcome).unwrap(),
    }
}

fn succeeded(activity: &str, intent: u64) -> EventKind {
    outcome(activity, intent, json!({"outcome": "succeeded", "object": {"id": "ATL-1", "fields": {"summary": "x"}}}))
}

/// Some of everything that rows are made of.
fn story(launch: &str) -> Vec<NewEvent> {
    let failure = json!({"summary": "no answer", "detail": "timed out"});
    [
        EventKind::RevisionAccepted { revision: serde_json::from_value(json!("abcd")).unwrap() },
        intent("epic"),
        succeeded("epic", 2),
        intent("post[emea]"),
        outcome("post[emea]", 4, json!({"outcome": "in_doubt", "failure": failure})),
        EventKind::Paused { reason: None },
        EventKind::MilestoneCompleted { milestone: "launch_day".parse().unwrap() },
        EventKind::Moved { from: "epic".parse().unwrap(), to: "story".parse().unwrap() },
        EventKind::Moved { from: "nothing".parse().unwrap(), to: "there".parse().unwrap() },
        EventKind::Moved { from: "post[emea]".parse().unwrap(), to: "story".parse().unwrap() },
        EventKind::Resumed { reason: Some("fine".into()) },
        done("handover"),
    ]
    .into_iter()
    .map(|kind| event(launch, kind))
    .collect()
}

fn fold(events: &[Event], launch: &Name) -> LaunchState {
    let mut state = LaunchState::default();
    for event in events.iter().filter(|e| e.launch == *launch) {
        state.fold(event);
    }
    state
}

async fn state_equals_the_fold_of_the_events<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let mut appended = Vec::new();
    // Each event alone in one launch, all at once in another, two stories mixed in one call.
    for event in story("alone") {
        appended.extend(store.append(None, vec![event]).await.unwrap());
    }
    appended.extend(store.append(None, story("at-once")).await.unwrap());
    let mixed = story("left").into_iter().zip(story("right")).flat_map(|(l, r)| [l, r]).collect();
    appended.extend(store.append(None, mixed).await.unwrap());
    let check = async |store: &K::Store| {
        let events = store.events(None, 0, 1000).await.unwrap();
        assert_eq!(events, appended);
        for launch in ["alone", "at-once", "left", "right", "never-seen"].map(name) {
            assert_eq!(store.state(&launch).await.unwrap(), fold(&events, &launch), "{launch}");
            let own: Vec<_> = events.iter().filter(|e| e.launch == launch).cloned().collect();
            assert_eq!(store.events(Some(&launch), 0, 1000).await.unwrap(), own);
            let middle: Vec<_> = own.iter().filter(|e| e.seq > 5).take(3).cloned().collect();
            assert_eq!(store.events(Some(&launch), 5, 3).await.unwrap(), middle);
        }
        assert_eq!(store.events(None, 3, 2).await.unwrap(), appended[3..5]);
        assert!(store.events(None, u64::MAX, 2).await.unwrap().is_empty());
    };
    check(&store).await;
    let store = kind.reopen(store);
    check(&store).await;
    // Rows read back from disk take further events as those in memory do.
    appended.extend(store.append(None, story("alone")).await.unwrap());
    let events = store.events(None, 0, 1000).await.unwrap();
    assert_eq!(store.state(&name("alone")).await.unwrap(), fold(&events, &name("alone")));
}

async fn an_intent_gets_the_number_of_its_event<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    store.append(None, vec![event("atlas", done("a"))]).await.unwrap();
    let events = store.append(None, vec![event("atlas", intent("epic"))]).await.unwrap();
    let EventKind::IntentOpened { intent } = &events[0].kind else { panic!("{events:?}") };
    assert_eq!((intent.id, events[0].seq), (IntentId(2), 2));
    let state = store.state(&name("atlas")).await.unwrap();
    assert_eq!(state.activities["epic"].open.as_ref().unwrap().id, IntentId(2));
    assert_eq!(store.events(None, 1, 1).await.unwrap(), events);
}

async fn the_list_counts_open_intents<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let open = async |store: &K::Store| {
        let rows = store.launches().await.unwrap();
        rows.into_iter().map(|r| (r.launch.to_string(), r.version, r.open_intents)).collect::<Vec<_>>()
    };
    store.append(None, vec![event("b", intent("x")), event("b", intent("y")), event("a", done("x"))]).await.unwrap();
    assert_eq!(open(&store).await, [("a".into(), 3, 0), ("b".into(), 2, 2)]);
    store.append(None, vec![event("b", succeeded("x", 1))]).await.unwrap();
    let store = kind.reopen(store);
    assert_eq!(open(&store).await, [("a".into(), 3, 0), ("b".into(), 4, 1)]);
    // Moving y over z ends z's open intent with z; y's goes along.
    let to_z = EventKind::Moved { from: "y".parse().unwrap(), to: "z".parse().unwrap() };
    store.append(None, vec![event("b", intent("z")), event("b", to_z)]).await.unwrap();
    assert_eq!(open(&store).await, [("a".into(), 3, 0), ("b".into(), 6, 1)]);
    let changed = store.changed_since(3).await.unwrap();
    assert_eq!(changed.iter().map(|r| r.launch.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(store.changed_since(6).await.unwrap().is_empty());
}

/// A call that certainly failed settles itself, not the one without an answer that it repeated.
async fn a_failed_repeat_leaves_its_intent_open<K: Kind>() {
    for (repeats, left) in [(false, 0), (true, 1)] {
        for outcome_of_repeat in ["retryable", "rejected"] {
            let (kind, failure) = (K::new(), json!({"summary": "no", "detail": "not now"}));
            let store = kind.open();
            let mut again = intent("x");
            let EventKind::IntentOpened { intent: repeat } = &mut again else { unreachable!("made as one") };
            repeat.repeats = repeats;
            let lost = outcome("x", 1, json!({"outcome": "in_doubt", "failure": failure}));
            store.append(None, vec![event("a", intent("x")), event("a", lost), event("a", again)]).await.unwrap();
            let store = kind.reopen(store);
            let failed = outcome("x", 3, json!({"outcome": outcome_of_repeat, "failure": failure}));
            store.append(None, vec![event("a", failed)]).await.unwrap();
            assert_eq!(store.launches().await.unwrap()[0].open_intents, left, "{outcome_of_repeat}, {repeats}");
            let state = store.state(&name("a")).await.unwrap();
            assert_eq!(state.activities[&"x".parse::<Id>().unwrap()].open.is_some(), left == 1);
        }
    }
}

async fn numbers_have_no_gap_when_many_append_at_once<K: Kind>() {
    let kind = K::new();
    let store = Arc::new(kind.open());
    let tasks = (0..64).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut own = Vec::new();
            for _ in 0..10 {
                let launch = format!("launch-{}", n % 7);
                let events = vec![event(&launch, intent("a")), event(&launch, done("b"))];
                let events = store.append(None, events).await.unwrap();
                assert_eq!(events[1].seq, events[0].seq + 1, "one call's events stay together");
                own.extend(events.into_iter().map(|e| e.seq));
            }
            assert!(own.is_sorted(), "one caller's events stay in order");
            own
        })
    });
    let mut seen = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        seen.extend(task.await.unwrap());
    }
    assert_eq!(seen, (1..=1280).collect());
    assert_eq!(store.verify().await.unwrap().broken_at, None);
    let events = store.events(None, 0, 2000).await.unwrap();
    for launch in (0..7).map(|n| name(&format!("launch-{n}"))) {
        assert_eq!(store.state(&launch).await.unwrap(), fold(&events, &launch));
    }
}

const LENGTH: Duration = Duration::from_secs(15);

async fn one_holder_at_a_time<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    assert_eq!(store.holder(at(0)).await.unwrap(), None);
    let first = store.acquire("a:1", "daemon on a", at(0), LENGTH).await.unwrap();
    assert_eq!((first.epoch, first.holder.since, first.holder.until), (1, at(0), at(15)));
    match store.acquire("b:1", "daemon on b", at(14), LENGTH).await {
        Err(StoreError::Held { holder }) => assert_eq!(holder, first.holder),
        other => panic!("{other:?}"),
    }
    assert_eq!(store.holder(at(14)).await.unwrap().as_ref(), Some(&first.holder));
    let renewed = store.renew(&first, at(10), LENGTH).await.unwrap();
    assert_eq!((renewed.epoch, renewed.holder.since, renewed.holder.until), (1, at(0), at(25)));
    assert!(matches!(store.acquire("b:1", "b", at(24), LENGTH).await, Err(StoreError::Held { .. })));
    // A dead holder's lease runs out, also over a restart.
    let store = kind.reopen(store);
    let second = store.acquire("b:1", "daemon on b", at(25), LENGTH).await.unwrap();
    assert_eq!(second.epoch, 2);
    assert!(matches!(store.renew(&renewed, at(26), LENGTH).await, Err(StoreError::Stale { ours: 1, current: 2 })));
    // Giving up what is no longer ours changes nothing.
    store.release(&renewed).await.unwrap();
    assert_eq!(store.holder(at(26)).await.unwrap(), Some(second.holder.clone()));
    store.release(&second).await.unwrap();
    assert_eq!(store.holder(at(26)).await.unwrap(), None);
    assert_eq!(store.acquire("c:1", "c", at(26), LENGTH).await.unwrap().epoch, 3);
}

async fn a_holder_gets_its_own_lease_back<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let first = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let again = store.acquire("a:1", "a", at(5), LENGTH).await.unwrap();
    assert_eq!((again.epoch, again.holder.until), (first.epoch, at(20)));
    // A lease that ran out with nobody after it is extended.
    assert_eq!(store.renew(&again, at(100), LENGTH).await.unwrap().epoch, 1);
}

async fn a_lease_from_a_clock_that_ran_ahead_is_explained<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    store.acquire("a:1", "daemon on a", at(1_000_000), LENGTH).await.unwrap();
    match store.acquire("b:1", "daemon on b", at(0), LENGTH).await {
        Err(e @ StoreError::Held { .. }) => {
            assert!(e.to_string().contains("daemon on a") && e.to_string().contains("a clock jumped"), "{e}");
        }
        other => panic!("{other:?}"),
    }
}

async fn an_older_owner_cannot_write<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let old = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    store.append(Some(&old), vec![event("atlas", done("x"))]).await.unwrap();
    let new = store.acquire("b:1", "b", at(20), LENGTH).await.unwrap();
    let stale = store.append(Some(&old), story("atlas")).await;
    assert!(matches!(stale, Err(StoreError::Stale { ours: 1, current: 2 })), "{stale:?}");
    let stale = store.keep_revision(Some(&old), revision("abcd", 0)).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })));
    assert_eq!(store.events(None, 0, 10).await.unwrap().len(), 1);
    assert!(store.revisions(&name("atlas"), 10).await.unwrap().is_empty());
    // People write beside any owner, and the newest owner writes.
    store.append(None, vec![event("atlas", done("y"))]).await.unwrap();
    let events = store.append(Some(&new), vec![event("atlas", done("z"))]).await.unwrap();
    assert_eq!(events[0].seq, 3);
}

async fn what_was_decided_before_a_person_took_something_back_is_not_written<K: Kind>() {
    let kind = K::new();
    let mut store = kind.open();
    let lease = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let paused = || event("atlas", EventKind::Paused { reason: None });
    let decided = || vec![event("atlas", intent("epic"))];
    // Of a launch that nobody heard of yet; and what one decides oneself takes nothing back.
    let own = store.append_decided(Some(&lease), 0, decided()).await.unwrap();
    assert_eq!(own[0].seq, 1);
    store.append_decided(Some(&lease), 0, vec![event("atlas", succeeded("epic", 1))]).await.unwrap();
    // Words that only allow more do not stop, and neither do words about another launch.
    store
        .append(None, vec![event("atlas", done("x")), event("other", EventKind::Paused { reason: None })])
        .await
        .unwrap();
    store.append_decided(Some(&lease), 0, decided()).await.unwrap();
    store.append(None, vec![paused()]).await.unwrap();
    for _ in 0..2 {
        let refused = store.append_decided(Some(&lease), 5, decided()).await;
        assert!(matches!(refused, Err(StoreError::TakenBack { since: 5, by: 6 })), "{refused:?}");
        // An older view is refused as well, a newer one is not, and what was found is always written.
        assert!(store.append_decided(None, 0, decided()).await.is_err());
        assert!(store.state(&name("atlas")).await.unwrap().activities["epic"].open.is_some());
        // Also by a process that was not there when it was said.
        store = kind.reopen(store);
    }
    store.append(Some(&lease), vec![event("atlas", succeeded("epic", 5))]).await.unwrap();
    let written = store.append_decided(Some(&lease), 6, decided()).await.unwrap();
    assert_eq!(written[0].seq, 8);
    assert_eq!(store.verify().await.unwrap().broken_at, None);
}

async fn a_decision_that_is_refused_does_not_fail_its_neighbours<K: Kind>() {
    let kind = K::new();
    let store = Arc::new(kind.open());
    store.append(None, vec![event("atlas", EventKind::Cancelled { reason: None })]).await.unwrap();
    let tasks: Vec<_> = (0..40)
        .map(|n: u64| {
            let store = store.clone();
            tokio::spawn(
                async move { store.append_decided(None, n % 2, vec![event("atlas", done("x"))]).await.is_ok() },
            )
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), n % 2 == 1);
    }
    assert_eq!(store.verify().await.unwrap().events, 21);
}

async fn one_refused_write_does_not_fail_its_neighbours<K: Kind>() {
    let kind = K::new();
    let store = Arc::new(kind.open());
    let old = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    store.acquire("b:1", "b", at(20), LENGTH).await.unwrap();
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let (store, lease) = (store.clone(), (n % 2 == 0).then(|| old.clone()));
            tokio::spawn(async move { store.append(lease.as_ref(), vec![event("atlas", done("x"))]).await.is_ok() })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), n % 2 == 1);
    }
    assert_eq!(store.verify().await.unwrap().events, 20);
}

fn revision(id: &str, second: i64) -> StoredRevision {
    let launch = json!({
        "name": "atlas", "title": format!("Atlas {id}"), "launch_type": "new_product", "target": "2027-04-01T13:00:00Z",
        "timezone": "America/New_York", "milestones": [], "activities": [],
        "source": {"file": "atlas.yaml", "line": 1, "column": 1, "start": 0, "end": 1},
    });
    StoredRevision {
        revision: serde_json::from_value(json!(id)).unwrap(),
        accepted_at: at(second),
        launch: Arc::new(serde_json::from_value(launch).unwrap()),
    }
}

async fn revisions_are_kept_once_and_read_newest_first<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let (one, two) = (revision("one", 1), revision("two", 2));
    store.keep_revision(None, one.clone()).await.unwrap();
    store.keep_revision(None, two.clone()).await.unwrap();
    store.keep_revision(None, revision("one", 3)).await.unwrap();
    let store = kind.reopen(store);
    let atlas = name("atlas");
    assert_eq!(store.revisions(&atlas, 10).await.unwrap(), [two.clone(), one.clone()]);
    assert_eq!(store.revisions(&atlas, 1).await.unwrap(), [two]);
    assert_eq!(store.revision(&atlas, &one.revision).await.unwrap(), Some(one.clone()));
    assert_eq!(store.revision(&name("other"), &one.revision).await.unwrap(), None);
    // A kept revision is no event: the launch is not on the list.
    assert!(store.launches().await.unwrap().is_empty());
}

async fn the_states_of_all_launches_are_each_one_s_own<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    assert!(store.states().await.unwrap().is_empty());
    for launch in ["atlas", "beacon", "comet"] {
        store.append(None, story(launch)).await.unwrap();
    }
    store.append(None, vec![event("beacon", done("more"))]).await.unwrap();
    let store = kind.reopen(store);
    store.append(None, vec![event("comet", done("more"))]).await.unwrap();
    let all = store.states().await.unwrap();
    assert_eq!(all.keys().map(ToString::to_string).collect::<Vec<_>>(), ["atlas", "beacon", "comet"]);
    for (launch, state) in all {
        assert_eq!(state, store.state(&launch).await.unwrap(), "{launch}");
    }
}

async fn a_revision_comes_with_the_events_that_speak_of_it<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let old = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let lease = store.acquire("b:1", "b", at(20), LENGTH).await.unwrap();
    let one = revision("one", 1);
    let stale = store.accept(Some(&old), one.clone(), vec![event("atlas", done("x"))]).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    assert!(store.kept().await.unwrap().is_empty());
    for expected in 1..=2 {
        let events = store.accept(Some(&lease), one.clone(), vec![event("atlas", done("x"))]).await.unwrap();
        assert_eq!(events[0].seq, expected);
    }
    let store = kind.reopen(store);
    assert_eq!(store.revisions(&name("atlas"), 10).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(store.kept().await.unwrap(), [(name("atlas"), one.revision)].into());
    assert_eq!(store.state(&name("atlas")).await.unwrap().version, 2);
}

async fn what_is_complete_is_told_with_its_first_promise_and_nothing_else_is<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    let promised = |name: &str, id: &str, second| {
        let mut kept = revision(id, second);
        let launch = Arc::make_mut(&mut kept.launch);
        launch.name = self::name(name);
        let mut ready = crate::fixtures::milestone("ready", Phase::PreLaunch, "2027-03-18T17:00", &[]);
        ready.due += chrono::TimeDelta::seconds(second);
        launch.milestones = vec![ready];
        kept
    };
    let ready = || EventKind::MilestoneCompleted { milestone: "ready".parse().unwrap() };
    for name in ["under-way", "complete", "never-accepted"] {
        if name != "never-accepted" {
            store.keep_revision(None, promised(name, "one", 1)).await.unwrap();
            store.keep_revision(None, promised(name, "two", 2)).await.unwrap();
        }
        store.append(None, vec![event(name, ready())]).await.unwrap();
        if name != "under-way" {
            store.append(None, vec![event(name, EventKind::LaunchCompleted)]).await.unwrap();
        }
    }
    // Before the rows are folded, and after it.
    let mut store = store;
    for _ in 0..2 {
        let promises = store.promises().await.unwrap();
        assert_eq!(promises.keys().map(Name::as_str).collect::<Vec<_>>(), ["complete", "under-way"]);
        let first = Promise::of(&promised("complete", "one", 1).launch);
        assert_eq!(promises["under-way"], first);
        let finished = store.finished().await.unwrap();
        let [only] = &finished[..] else { panic!("{finished:?}") };
        assert_eq!((only.launch.as_str(), &only.promise), ("complete", &first));
        let state = store.state(&name("complete")).await.unwrap();
        assert_eq!(only.completed, state.completed().collect());
        assert_eq!(only.completed.len(), 1);
        store = kind.reopen(store);
    }
}

fn accepted(id: &str) -> EventKind {
    EventKind::RevisionAccepted { revision: serde_json::from_value(json!(id)).unwrap() }
}

fn answered(revision: &str) -> EventKind {
    let grant = json!({"by": "ana", "at": at(0), "fingerprint": "ab", "revision": revision, "granted": true});
    EventKind::ApprovalAnswered {
        milestone: "launch_day".parse().unwrap(),
        approval: "go_no_go".parse().unwrap(),
        grant: serde_json::from_value(grant).unwrap(),
    }
}

/// Revisions `r0`, `r1` and so on, accepted a day after each other.
async fn with_revisions<K: Kind>(kind: &K, count: usize) -> K::Store {
    let store = kind.open();
    for n in 0..count {
        let id = format!("r{n}");
        let kept = revision(&id, 86_400 * n as i64);
        store.accept(None, kept, vec![event("atlas", accepted(&id))]).await.unwrap();
    }
    store
}

async fn left<S: Store>(store: &S) -> Vec<String> {
    let kept = store.revisions(&name("atlas"), 100).await.unwrap();
    kept.into_iter().map(|r| r.revision.as_str().to_owned()).collect()
}

const DAYS: u64 = 86_400;

async fn revisions_past_number_or_age_are_let_go_and_events_never<K: Kind>() {
    let kind = K::new();
    let store = with_revisions(&kind, 12).await;
    let now = at(11 * 86_400);
    let by_number = Retention { newest: 4, seconds: 100 * DAYS };
    assert_eq!(store.retire(None, &name("other"), by_number, now).await.unwrap(), 0);
    assert_eq!(store.retire(None, &name("atlas"), by_number, now).await.unwrap(), 7);
    assert_eq!(left(&store).await, ["r11", "r10", "r9", "r8", "r0"]);
    assert_eq!(store.retire(None, &name("atlas"), by_number, now).await.unwrap(), 0);
    // r9 was in force until r10 came, on the tenth day: by the end of the eleventh that is a day ago.
    let by_age = Retention { newest: 50, seconds: DAYS };
    assert_eq!(store.retire(None, &name("atlas"), by_age, now).await.unwrap(), 1);
    let store = kind.reopen(store);
    assert_eq!(left(&store).await, ["r11", "r10", "r9", "r0"]);
    assert_eq!(store.kept().await.unwrap().len(), 4);
    // The newest and the first stay, however old and few.
    let nothing = Retention { newest: 0, seconds: 0 };
    assert_eq!(store.retire(None, &name("atlas"), nothing, at(i64::from(i32::MAX))).await.unwrap(), 2);
    assert_eq!(left(&store).await, ["r11", "r0"]);
    let report = store.verify().await.unwrap();
    assert_eq!((report.events, report.broken_at), (12, None));
    assert_eq!(store.events(None, 0, 100).await.unwrap().len(), 12);
}

async fn a_revision_that_something_refers_to_is_never_let_go<K: Kind>() {
    let kind = K::new();
    let store = with_revisions(&kind, 12).await;
    let EventKind::IntentOpened { mut intent } = intent("epic") else { panic!("not an intent") };
    intent.revision = serde_json::from_value(json!("r3")).unwrap();
    let doubt = json!({"outcome": "in_doubt", "failure": {"summary": "no answer", "detail": "timed out"}});
    let events = [EventKind::IntentOpened { intent }, outcome("epic", 13, doubt), answered("r5"), accepted("r7")];
    store.append(None, events.into_iter().map(|kind| event("atlas", kind)).collect()).await.unwrap();
    let nothing = Retention { newest: 0, seconds: 0 };
    let now = at(i64::from(i32::MAX));
    assert_eq!(store.retire(None, &name("atlas"), nothing, now).await.unwrap(), 7);
    // Taken up last, accepted, approved, in doubt, accepted first.
    assert_eq!(left(&store).await, ["r11", "r7", "r5", "r3", "r0"]);
    // Once the doubt is over and the answer is about another revision, theirs may go.
    let events = vec![event("atlas", succeeded("epic", 13)), event("atlas", answered("r7"))];
    store.append(None, events).await.unwrap();
    assert_eq!(store.retire(None, &name("atlas"), nothing, now).await.unwrap(), 2);
    assert_eq!(left(&kind.reopen(store)).await, ["r11", "r7", "r0"]);
}

async fn what_is_taken_up_again_is_new_again<K: Kind>() {
    let kind = K::new();
    let store = with_revisions(&kind, 6).await;
    // A pass is about to accept it, and has not yet.
    store.keep_revision(None, revision("r2", 86_400 * 6)).await.unwrap();
    let store = kind.reopen(store);
    let two = Retention { newest: 2, seconds: 100 * DAYS };
    assert_eq!(store.retire(None, &name("atlas"), two, at(86_400 * 6)).await.unwrap(), 3);
    assert_eq!(left(&store).await, ["r5", "r2", "r0"]);
}

async fn each_revision_at_which_a_date_moved_stays<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    for (n, day) in [1, 1, 8, 8, 1, 1].into_iter().enumerate() {
        let id = format!("r{n}");
        let mut kept = revision(&id, 86_400 * n as i64);
        Arc::make_mut(&mut kept.launch).target = format!("2027-04-0{day}T13:00:00Z").parse().unwrap();
        store.accept(None, kept, vec![event("atlas", accepted(&id))]).await.unwrap();
    }
    let nothing = Retention { newest: 0, seconds: 0 };
    let now = at(i64::from(i32::MAX));
    assert_eq!(store.retire(None, &name("atlas"), nothing, now).await.unwrap(), 2);
    assert_eq!(left(&store).await, ["r5", "r4", "r2", "r0"]);
    assert_eq!(store.retire(None, &name("atlas"), nothing, now).await.unwrap(), 0);
}

async fn only_the_owner_lets_go_of_revisions<K: Kind>() {
    let kind = K::new();
    let store = with_revisions(&kind, 3).await;
    let old = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let new = store.acquire("b:1", "b", at(20), LENGTH).await.unwrap();
    let nothing = Retention { newest: 0, seconds: 0 };
    let stale = store.retire(Some(&old), &name("atlas"), nothing, at(0)).await;
    assert!(matches!(stale, Err(StoreError::Stale { ours: 1, current: 2 })), "{stale:?}");
    assert_eq!(left(&store).await, ["r2", "r1", "r0"]);
    assert_eq!(store.retire(Some(&new), &name("atlas"), nothing, at(0)).await.unwrap(), 1);
}

async fn verify_finds_what_was_changed_behind_its_back<K: Kind>() {
    for (seq, remove) in [(1, false), (7, false), (12, false), (1, true), (7, true), (12, true)] {
        let kind = K::new();
        let store = kind.open();
        store.append(None, story("atlas")).await.unwrap();
        let sound = store.verify().await.unwrap();
        assert_eq!((sound.events, sound.broken_at, sound.head.len()), (12, None, 64));
        let store = if remove { kind.remove_event(store, seq) } else { kind.tamper(store, seq) };
        assert_eq!(store.verify().await.unwrap().broken_at, Some(seq), "remove: {remove}");
    }
}

async fn an_empty_store_is_sound<K: Kind>() {
    let kind = K::new();
    let store = kind.reopen(kind.open());
    assert!(store.launches().await.unwrap().is_empty());
    assert_eq!(store.state(&name("atlas")).await.unwrap(), LaunchState::default());
    assert_eq!(store.verify().await.unwrap().broken_at, None);
    assert!(store.append(None, Vec::new()).await.unwrap().is_empty());
}

async fn what_people_append_wakes_the_owner<K: Kind>() {
    let kind = K::new();
    let store = kind.open();
    store.append(None, vec![event("atlas", done("x"))]).await.unwrap();
    within(store.changed()).await;
}

/// Only a bound for failure: nothing waits for it to pass.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it happens")
}

macro_rules! contract {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $test() { super::$test::<super::Memory>().await; })*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test::<super::Sqlite>().await; })*
        }
    };
}

contract! {
    state_equals_the_fold_of_the_events,
    an_intent_gets_the_number_of_its_event,
    the_list_counts_open_intents,
    a_failed_repeat_leaves_its_intent_open,
    numbers_have_no_gap_when_many_append_at_once,
    one_holder_at_a_time,
    a_holder_gets_its_own_lease_back,
    a_lease_from_a_clock_that_ran_ahead_is_explained,
    an_older_owner_cannot_write,
    what_was_decided_before_a_person_took_something_back_is_not_written,
    a_decision_that_is_refused_does_not_fail_its_neighbours,
    one_refused_write_does_not_fail_its_neighbours,
    revisions_are_kept_once_and_read_newest_first,
    the_states_of_all_launches_are_each_one_s_own,
    a_revision_comes_with_the_events_that_speak_of_it,
    what_is_complete_is_told_with_its_first_promise_and_nothing_else_is,
    revisions_past_number_or_age_are_let_go_and_events_never,
    a_revision_that_something_refers_to_is_never_let_go,
    what_is_taken_up_again_is_new_again,
    each_revision_at_which_a_date_moved_stays,
    only_the_owner_lets_go_of_revisions,
    verify_finds_what_was_changed_behind_its_back,
    an_empty_store_is_sound,
    what_people_append_wakes_the_owner,
}
