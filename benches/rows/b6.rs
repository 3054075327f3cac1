//! B6: 10,000 launches and 1,000 open intents, as a kill leaves them, until the daemon serves again and each is resolved.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use launchd::{
    core::model::{event::EventKind, name::Actor, state::Intent},
    edges::store::{NewEvent, Store, StoreResult, sqlite::SqliteStore},
};
use serde_json::json;

use super::{
    figure::Figure,
    journal::{activity, intent, launch, outcome},
    place::{Place, resting},
};

pub struct Restart {
    /// Until the list of launches with their open intents is known.
    pub listed: Duration,
    /// And the state of each launch with an open intent is read.
    pub intents_known: Duration,
}

/// Fills a store in `dir`, copies it in the middle of its life, and opens the copy.
///
/// # Errors
/// The store fails.
pub async fn measure(dir: &Path) -> StoreResult<Restart> {
    let (live, killed) = (dir.join("b6.db"), dir.join("b6-killed.db"));
    let store = SqliteStore::open(&live)?;
    for block in 0..100 {
        let mut events = Vec::new();
        for n in block * 100..(block + 1) * 100 {
            let launch = launch(n);
            for a in 0..3 {
                events.push(intent(&launch, &activity(a)));
            }
        }
        let opened = store.append(None, events).await?;
        // The first activity of every tenth launch stays open.
        let closed = opened.iter().enumerate().filter(|(n, _)| n % 30 != 0);
        let outcomes = closed.map(|(n, e)| outcome(&e.launch, &activity(n % 3), e.seq)).collect();
        store.append(None, outcomes).await?;
    }
    // A reader keeps the log from starting again while it is copied.
    let reader = rusqlite::Connection::open(&live).expect("the store is a database");
    reader.execute_batch("BEGIN; SELECT count(*) FROM leases").expect("it can be read");
    for end in ["", "-wal"] {
        let path = |of: &Path| Path::new(&format!("{}{end}", of.display())).to_owned();
        fs::copy(path(&live), path(&killed)).expect("the store's files can be copied");
    }
    drop((reader, store));

    let start = Instant::now();
    let store = SqliteStore::open(&killed)?;
    let launches = store.launches().await?;
    let listed = start.elapsed();
    let mut open = 0;
    for row in launches.iter().filter(|r| r.open_intents > 0) {
        let state = store.state(&row.launch).await?;
        open += state.activities.values().filter(|a| a.open.is_some()).count();
    }
    assert_eq!((launches.len(), open), (10_000, 1_000));
    Ok(Restart { listed, intents_known: start.elapsed() })
}

/// The real daemon: it rests, is killed, and finds so many intents without an outcome when it comes back, each of which
/// it has to look for at the vendor.
///
/// # Errors
/// The daemon does not start, or leaves an intent open for a minute.
pub fn command(launches: usize, milestones: usize, open: usize) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let vendor = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", vendor.local_addr()?);
    thread::spawn(move || {
        for stream in vendor.incoming().flatten() {
            thread::spawn(move || has_it_all(stream));
        }
    });
    let open = open.min(launches);
    let place = Place::new("  connectors:\n    webhook: { allow_private_network: true, auth: { scheme: none } }\n")?;
    for n in 0..launches {
        let folder = place.plan(n);
        fs::create_dir_all(folder.parent().unwrap_or(&folder))?;
        let object = format!(
            "      activities:\n        object:\n          uses: webhook/object\n          start: T-60d\n          \
             with: {{ url: {base}/things/{n}, body: {{ n: \"{n}\" }} }}\n"
        );
        let text = resting(n, milestones);
        fs::write(place.plan(n), if n < open { text.replacen("      activities:\n", &object, 1) } else { text })?;
    }
    let (daemon, first) = place.daemon()?;
    daemon.rest()?;
    drop(daemon);
    let runtime = tokio::runtime::Runtime::new()?;
    let store = SqliteStore::open(&place.store())?;
    let lost = (0..open).map(|n| lost(&base, n)).collect::<Result<Vec<_>, _>>()?;
    runtime.block_on(store.append(None, lost))?;
    let start = Instant::now();
    let (_daemon, ready) = place.daemon()?;
    loop {
        let rows = runtime.block_on(store.launches())?;
        let left: u32 = rows.iter().map(|row| row.open_intents).sum();
        if left == 0 {
            break;
        }
        if start.elapsed() > Duration::from_secs(60) {
            return Err(format!("{left} intents are still open").into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(vec![
        Figure::times("B6", "daemon's first start until ready", vec![first], ""),
        Figure::times("B6", "killed with 1,000 open intents, until ready", vec![ready], "500 ms"),
        Figure::times("B6", "and until each intent has its outcome", vec![start.elapsed()], "2000 ms"),
    ])
}

/// An intent as a process leaves it that dies in the middle of the call.
fn lost(base: &str, n: usize) -> Result<NewEvent, Box<dyn std::error::Error>> {
    let (at, fingerprint) = (chrono::Utc::now(), "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5");
    let intent: Intent = serde_json::from_value(json!({
        "id": 0, "activity": "object", "verb": "create", "key": format!("{n:032x}"), "incarnation": 0,
        "uses": {"connector": "webhook", "resource": "object"}, "effect": "converge",
        "key_support": {"key": "probe", "settle_seconds": 0}, "object_id": null,
        "with": {"url": format!("{base}/things/{n}"), "body": {"n": n.to_string()}},
        "inputs": fingerprint, "revision": fingerprint, "attempt": 1, "at": at, "key_since": at,
        "on_remove": "keep", "on_cancel": "keep",
    }))?;
    Ok(NewEvent { at, launch: launch(n), actor: Actor::daemon(), kind: EventKind::IntentOpened { intent } })
}

/// A vendor that did what was asked of it, and whose answers were lost.
fn has_it_all(stream: TcpStream) {
    _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else { return };
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while lines.by_ref().any(|line| line.is_empty()) {
        if out.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").is_err() {
            return;
        }
    }
}
