//! What only a store on disk can get wrong.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use launchd::edges::store::sqlite::Conditions;

use super::*;

async fn filled(kind: &Sqlite) -> SqliteStore {
    let store = kind.open();
    store.append(None, story("atlas")).await.unwrap();
    store
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_store_is_private_to_its_user() {
    let kind = Sqlite::new();
    let _store = filled(&kind).await;
    assert_eq!(mode(kind.path().parent().unwrap()), 0o700);
    let files: Vec<_> = fs::read_dir(kind.path().parent().unwrap()).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

fn refused(path: &Path) -> StoreError {
    let before = fs::read(path).unwrap();
    let error = SqliteStore::open(path).err().expect("it is refused");
    assert_eq!(fs::read(path).unwrap(), before, "it was left as it was");
    error
}

#[tokio::test]
async fn a_newer_store_is_refused_and_left_alone() {
    let kind = Sqlite::new();
    drop(filled(&kind).await);
    kind.sql("PRAGMA user_version = 999");
    let error = refused(&kind.path());
    assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error}");
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE photos (id)").unwrap();
    let error = refused(&path);
    assert!(error.to_string().contains("another program"), "{error}");
}

#[tokio::test]
async fn a_damaged_store_is_refused_and_left_alone() {
    let kind = Sqlite::new();
    drop(filled(&kind).await);
    let sound = fs::read(kind.path()).unwrap();
    let damaged = [b"not a database at all, but long enough to look like one".repeat(20), sound[..700].to_vec(), {
        let mut bytes = sound.clone();
        bytes[100..2000].fill(0xa5);
        bytes
    }];
    for bytes in damaged {
        fs::write(kind.path(), bytes).unwrap();
        let error = refused(&kind.path());
        assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
    }
}

#[tokio::test]
async fn damage_inside_is_an_error_and_no_panic() {
    let kind = Sqlite::new();
    drop(filled(&kind).await);
    let sound = fs::read(kind.path()).unwrap();
    let pages = sound.len() / 4096;
    for page in 1..pages {
        let mut bytes = sound.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(kind.path(), bytes).unwrap();
        let Ok(store) = SqliteStore::open(&kind.path()) else { continue };
        let found = [
            store.state(&name("atlas")).await.err(),
            store.events(None, 0, 100).await.err(),
            store.launches().await.err(),
            store.verify().await.err(),
            store.append(None, story("atlas")).await.err(),
        ];
        for error in found.into_iter().flatten() {
            assert!(matches!(error, StoreError::Corrupt(_)), "page {page}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_row_that_launchd_did_not_write_is_named_damage() {
    for sql in [
        "UPDATE subjects SET body = '{'",
        "UPDATE subjects SET subject = 'what/' || id",
        "UPDATE subjects SET format = 9",
        "UPDATE launches SET version = -4",
        "UPDATE events SET previous = seq",
    ] {
        let kind = Sqlite::new();
        drop(filled(&kind).await);
        kind.sql(sql);
        let store = kind.open();
        let errors = [
            store.state(&name("atlas")).await.err(),
            store.events(Some(&name("atlas")), 0, 100).await.err(),
            store.launches().await.err(),
        ];
        let first = errors.into_iter().flatten().next().expect(sql);
        assert!(matches!(first, StoreError::Corrupt(_)), "{sql}: {first:?}");
    }
}

fn limited_to(pragmas: &str) -> Conditions<'_> {
    Conditions { pragmas, ..Conditions::default() }
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    let kind = Sqlite::new();
    let store = SqliteStore::open_under(&kind.path(), limited_to("PRAGMA max_page_count = 40")).unwrap();
    let big = |n: usize| event("atlas", EventKind::Held { reason: format!("{n} {}", "x".repeat(8000)) });
    let mut written = 0;
    let error = loop {
        match store.append(None, vec![big(written), big(written + 1)]).await {
            Ok(_) => written += 2,
            Err(e) => break e,
        }
    };
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert!(written > 0);
    let check = async |store: &SqliteStore| {
        let events = store.events(None, 0, 1000).await.unwrap();
        assert_eq!(events.len(), written);
        assert_eq!(store.state(&name("atlas")).await.unwrap(), fold(&events, &name("atlas")));
        assert_eq!(store.verify().await.unwrap().broken_at, None);
    };
    check(&store).await;
    let store = kind.reopen(store);
    check(&store).await;
    // With space again, work goes on where it stopped.
    let event = store.append(None, vec![big(written)]).await.unwrap().remove(0);
    assert_eq!(event.seq, written as u64 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_does_not_fit_fails_alone() {
    let kind = Sqlite::new();
    let store = Arc::new(SqliteStore::open_under(&kind.path(), limited_to("PRAGMA max_page_count = 60")).unwrap());
    let tasks: Vec<_> = (0..30)
        .map(|n| {
            let (store, big) = (store.clone(), n == 7);
            let reason = "x".repeat(if big { 1_000_000 } else { 10 });
            tokio::spawn(async move { store.append(None, vec![event("atlas", EventKind::Held { reason })]).await })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let result = task.await.unwrap();
        assert_eq!(result.is_err(), n == 7, "{n}: {result:?}");
    }
    let report = store.verify().await.unwrap();
    assert_eq!((report.events, report.broken_at), (29, None));
}

/// Runs as an ordinary user, also where the tests run as root; permissions bind nobody else.
#[cfg(target_os = "linux")]
fn as_nobody<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::spawn(|| {
        // SAFETY: changes the file system identity of this thread alone, which ends right after.
        unsafe { libc::syscall(libc::SYS_setfsuid, 65534) };
        run()
    });
    thread.join().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_said() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let path = dir.path().join("state.db");
    let error = as_nobody(move || SqliteStore::open(&path).err()).expect("it is refused");
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    assert!(error.to_string().contains("writable for this user"), "{error}");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();

    let kind = Sqlite::new();
    drop(filled(&kind).await);
    let folder = kind.path().parent().unwrap().to_owned();
    for (dir_mode, file_mode) in [(0o755, 0o444), (0o555, 0o666)] {
        fs::set_permissions(kind.path(), fs::Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(dir_mode)).unwrap();
        fs::set_permissions(kind.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = kind.path();
        let error = as_nobody(move || SqliteStore::open(&path).err()).expect("it is refused");
        assert!(matches!(error, StoreError::ReadOnly(_)), "{dir_mode:o} {file_mode:o}: {error:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_store_that_can_only_be_read_is_read_and_every_write_to_it_refused() {
    let kind = Sqlite::new();
    let told = filled(&kind).await.verify().await.unwrap();
    let folder = kind.path().parent().unwrap().to_owned();
    for (dir_mode, file_mode) in [(0o755, 0o444), (0o555, 0o444)] {
        for name in fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()) {
            fs::set_permissions(name, fs::Permissions::from_mode(file_mode)).unwrap();
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(dir_mode)).unwrap();
        fs::set_permissions(kind.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = kind.path();
        let (report, refusal) = as_nobody(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let store = SqliteStore::open_existing(&path).unwrap().expect("there is one");
            runtime.block_on(async { (store.verify().await, store.append(None, story("atlas")).await) })
        });
        assert_eq!(report.unwrap(), told, "{dir_mode:o} {file_mode:o}");
        assert!(matches!(refusal, Err(StoreError::ReadOnly(_))), "{refusal:?}");
    }
}

#[tokio::test]
async fn an_empty_file_is_a_new_store_only_where_none_was_before() {
    let kind = Sqlite::new();
    fs::create_dir_all(kind.path().parent().unwrap()).unwrap();
    fs::write(kind.path(), "").unwrap();
    drop(filled(&kind).await);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        _ = fs::write(kind.path().with_file_name(name), "");
    }
    let error = SqliteStore::open(&kind.path()).err().expect("it is refused");
    assert!(matches!(error, StoreError::Corrupt(_)) && error.to_string().contains("is empty"), "{error:?}");
}

#[tokio::test]
async fn an_audit_finds_what_was_changed_beside_the_events() {
    let changes = [
        "UPDATE subjects SET body = replace(body, 'null', '\"x\"') WHERE subject = 'launch'",
        "UPDATE subjects SET body = '{\"paused\":{\"by\":\"eve\",\"at\":\"2027-01-01T00:00:00Z\"}}' WHERE subject = 'launch'",
        "DELETE FROM subjects",
    ];
    for change in changes {
        let kind = Sqlite::new();
        drop(filled(&kind).await);
        assert!(kind.open().verify().await.unwrap().is_whole());
        rusqlite::Connection::open(kind.path()).unwrap().execute_batch(change).unwrap();
        let report = kind.open().verify().await.unwrap();
        assert_eq!((report.broken_at, report.altered_states.len()), (None, 1), "{change}: {report:?}");
    }
    let kind = Sqlite::new();
    let store = filled(&kind).await;
    let launch = std::sync::Arc::new(crate::fixtures::atlas());
    let kept = StoredRevision { revision: launch.revision(), accepted_at: at(0), launch };
    store.keep_revision(None, kept.clone()).await.unwrap();
    assert!(store.verify().await.unwrap().is_whole());
    drop(store);
    let change = "UPDATE revisions SET body = replace(body, 'summary', 'sumnary')";
    rusqlite::Connection::open(kind.path()).unwrap().execute_batch(change).unwrap();
    let report = kind.open().verify().await.unwrap();
    assert_eq!(report.altered_revisions, [(kept.launch.name.clone(), kept.revision)]);
}

#[test]
fn a_path_that_cannot_be_a_store_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let error = SqliteStore::open(dir.path()).err().expect("it is refused");
    assert!(error.to_string().contains("not a file"), "{error}");
    fs::write(dir.path().join("file"), "").unwrap();
    let error = SqliteStore::open(&dir.path().join("file/state.db")).err().expect("it is refused");
    assert!(error.to_string().contains("choose another --store"), "{error}");
    assert!(SqliteStore::open_existing(&dir.path().join("none.db")).unwrap().is_none());
    assert!(!dir.path().join("none.db").exists());
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let kind = Sqlite::new();
    let store = kind.open();
    let lease = store.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let copies = tempfile::tempdir().unwrap();
    for (n, event) in story("atlas").into_iter().enumerate() {
        let acknowledged = store.append(Some(&lease), vec![event]).await.unwrap();
        // The files as a kill at this moment leaves them: a log, and no clean end.
        let copy = copies.path().join(format!("{n}.db"));
        fs::copy(kind.path(), &copy).unwrap();
        fs::copy(kind.path().with_file_name("state.db-wal"), copy.with_extension("db-wal")).unwrap();
        let after = SqliteStore::open(&copy).unwrap();
        let events = after.events(None, 0, 100).await.unwrap();
        assert_eq!(events.last(), acknowledged.last());
        assert_eq!(events.len(), n + 1);
        assert_eq!(after.state(&name("atlas")).await.unwrap(), fold(&events, &name("atlas")));
        assert_eq!(after.verify().await.unwrap().broken_at, None);
        assert_eq!(after.holder(at(1)).await.unwrap(), Some(lease.holder.clone()));
    }
}

#[tokio::test]
async fn a_log_cut_off_anywhere_leaves_whole_appends() {
    let kind = Sqlite::new();
    let store = kind.open();
    for event in story("atlas") {
        store.append(None, vec![event, super::event("atlas", done("twin"))]).await.unwrap();
    }
    let log = fs::read(kind.path().with_file_name("state.db-wal")).unwrap();
    let copies = tempfile::tempdir().unwrap();
    let mut lengths = BTreeSet::new();
    for (n, cut) in (0..log.len()).step_by(1777).enumerate() {
        let copy = copies.path().join(format!("{n}.db"));
        fs::copy(kind.path(), &copy).unwrap();
        // Torn: the second half of the last page holds what was there before.
        let mut torn = log[..cut].to_vec();
        torn.extend(std::iter::repeat_n(0x5a, 600));
        fs::write(copy.with_extension("db-wal"), torn).unwrap();
        let after = SqliteStore::open(&copy).unwrap();
        let events = after.events(None, 0, 100).await.unwrap();
        assert_eq!(events.len() % 2, 0, "no append is there by half");
        assert_eq!(after.state(&name("atlas")).await.unwrap(), fold(&events, &name("atlas")));
        assert_eq!(after.verify().await.unwrap().broken_at, None);
        lengths.insert(events.len());
    }
    assert!(lengths.len() > 5, "the cuts fell into different appends: {lengths:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_to_one_store() {
    let kind = Sqlite::new();
    let (daemon, command) = (Arc::new(kind.open()), Arc::new(kind.open()));
    let lease = daemon.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    assert!(matches!(command.acquire("b:1", "b", at(1), LENGTH).await, Err(StoreError::Held { .. })));
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let (store, lease) = if n % 2 == 0 { (&daemon, Some(lease.clone())) } else { (&command, None) };
            let store = store.clone();
            tokio::spawn(async move {
                for event in story("atlas") {
                    store.append(lease.as_ref(), vec![event]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let events = daemon.events(None, 0, 1000).await.unwrap();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=480).collect::<Vec<_>>());
    assert_eq!(command.verify().await.unwrap().broken_at, None);
    for store in [&daemon, &command] {
        assert_eq!(store.state(&name("atlas")).await.unwrap(), fold(&events, &name("atlas")));
    }
    // A takeover by the other one is seen at once.
    command.acquire("b:1", "b", at(100), LENGTH).await.unwrap();
    let stale = daemon.append(Some(&lease), vec![event("atlas", done("x"))]).await;
    assert!(matches!(stale, Err(StoreError::Stale { ours: 1, current: 2 })), "{stale:?}");
}

#[tokio::test]
async fn a_stop_of_another_process_is_seen_by_the_very_next_decision() {
    let kind = Sqlite::new();
    let (daemon, command) = (kind.open(), kind.open());
    let lease = daemon.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    let mut head = daemon.append(Some(&lease), story("atlas")).await.unwrap().len() as u64;
    for _ in 0..20 {
        let decided = daemon.append_decided(Some(&lease), head, vec![event("atlas", intent("epic"))]).await.unwrap();
        let since = decided[0].seq;
        let stop = event("atlas", EventKind::Cancelled { reason: None });
        let said =
            command.append(None, vec![event("atlas", done("x")), stop, event("atlas", done("y"))]).await.unwrap();
        let refused = daemon.append_decided(Some(&lease), since, vec![event("atlas", intent("post"))]).await;
        assert!(matches!(refused, Err(StoreError::TakenBack { by, .. }) if by == said[1].seq), "{refused:?}");
        head = said[2].seq;
    }
    assert_eq!(daemon.verify().await.unwrap().broken_at, None);
}

#[tokio::test]
async fn another_processs_append_wakes_the_owner() {
    let kind = Sqlite::new();
    let (daemon, command) = (kind.open(), kind.open());
    let lease = daemon.acquire("a:1", "a", at(0), LENGTH).await.unwrap();
    daemon.append(Some(&lease), story("atlas")).await.unwrap();
    for _ in 0..3 {
        let before = daemon.events(None, 0, 100).await.unwrap().len() as u64;
        let (appended, ()) = tokio::join!(command.append(None, vec![event("atlas", done("x"))]), daemon.changed());
        appended.unwrap();
        let mut changed = daemon.changed_since(before).await.unwrap();
        while changed.is_empty() {
            // Woken by an earlier touch.
            within(daemon.changed()).await;
            changed = daemon.changed_since(before).await.unwrap();
        }
        assert_eq!(changed[0].version, before + 1);
    }
    // Also by one who cannot ring: another owner's writes, or a process that died right after its commit.
    let other = command.acquire("b:1", "b", at(100), LENGTH).await.unwrap();
    let last = command.append(Some(&other), vec![event("atlas", done("x"))]).await.unwrap()[0].seq;
    while daemon.changed_since(last - 1).await.unwrap().is_empty() {
        within(daemon.changed()).await;
    }
}

#[tokio::test]
async fn a_reader_does_not_wait_for_a_writer() {
    let kind = Sqlite::new();
    let store = filled(&kind).await;
    let blocker = rusqlite::Connection::open(kind.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE; DELETE FROM subjects").unwrap();
    let events = store.events(None, 0, 100).await.unwrap();
    assert_eq!(store.state(&name("atlas")).await.unwrap(), fold(&events, &name("atlas")));
    blocker.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_of_a_process_that_ended_need_not_run_out() {
    let kind = Sqlite::new();
    let dead = kind.open();
    assert_eq!(dead.acquire("a:1", "a", at(0), LENGTH).await.unwrap().epoch, 1);
    let next = kind.open();
    assert!(matches!(next.acquire("b:1", "b", at(1), LENGTH).await, Err(StoreError::Held { .. })), "it is alive");
    drop(dead);
    assert_eq!(next.acquire("b:1", "b", at(2), LENGTH).await.unwrap().epoch, 2, "its lock went with it");
    let third = kind.open();
    assert!(matches!(third.acquire("c:1", "c", at(3), LENGTH).await, Err(StoreError::Held { .. })));
    // One that took over because time ran out has no lock; a lock that is free then says nothing about it.
    let late = third.acquire("c:1", "c", at(100), LENGTH).await.unwrap();
    assert_eq!(late.epoch, 3);
    drop(next);
    assert!(matches!(kind.open().acquire("d:1", "d", at(101), LENGTH).await, Err(StoreError::Held { .. })));
}

#[tokio::test]
async fn a_store_at_rest_is_one_file_and_its_copy_is_whole() {
    let kind = Sqlite::new();
    let store = kind.open();
    let events = store.append(None, story("atlas")).await.unwrap();
    assert_eq!(store.events(None, 0, 100).await.unwrap().len(), events.len());
    drop(store);
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("state.db");
    std::fs::copy(kind.path(), &copy).unwrap();
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(copied.events(None, 0, 100).await.unwrap(), events);
}

#[tokio::test]
async fn a_store_of_an_older_version_is_folded_anew_from_its_events() {
    let kind = Sqlite::new();
    let store = kind.open();
    let events = store.append(None, story("atlas")).await.unwrap();
    drop(store);
    // As a launchd wrote it that did not remember which revision was the first.
    let older = rusqlite::Connection::open(kind.path()).unwrap();
    let forget = "UPDATE subjects SET body = json_remove(body, '$.first_accepted') WHERE body LIKE '%first_accepted%'";
    assert_eq!(older.execute(forget, []).unwrap(), 1);
    older.execute("DROP INDEX revision_headings", []).unwrap();
    for column in ["turn", "taken_at", "dates"] {
        older.execute(&format!("ALTER TABLE revisions DROP COLUMN {column}"), []).unwrap();
    }
    older.pragma_update(None, "user_version", 1).unwrap();
    drop(older);
    let store = kind.open();
    let state = store.state(&name("atlas")).await.unwrap();
    assert_eq!(state, fold(&events, &name("atlas")));
    assert!(state.header.first_accepted.is_some());
    assert!(store.verify().await.unwrap().is_whole());
    store.append(None, vec![event("atlas", done("x"))]).await.unwrap();
    let state = kind.reopen(store).state(&name("atlas")).await.unwrap();
    assert_eq!((state.version, state.activities.len() > 1), (events.len() as u64 + 1, true));
}

#[tokio::test]
async fn an_owner_whose_store_is_removed_or_replaced_under_it_learns_of_it() {
    let kind = Sqlite::new();
    let store = kind.open();
    let (now, length) = ("2027-03-01T09:00:00Z".parse().unwrap(), std::time::Duration::from_secs(30));
    let lease = store.acquire("one", "one", now, length).await.unwrap();
    let lease = store.renew(&lease, now, length).await.unwrap();
    fs::remove_file(kind.path()).unwrap();
    let gone = store.renew(&lease, now, length).await.unwrap_err();
    assert!(matches!(&gone, StoreError::Gone(_)), "{gone}");
    // As advised: what is left beside it is in nobody's way.
    fs::remove_file(format!("{}-wal", kind.path().display())).unwrap();
    fs::remove_file(format!("{}-shm", kind.path().display())).unwrap();
    let fresh = kind.open();
    let replaced = store.renew(&lease, now, length).await.unwrap_err();
    assert!(matches!(&replaced, StoreError::Gone(_)), "{replaced}");
    drop(store);
    fresh.append(None, story("atlas")).await.unwrap();
}
