//! B2: what is read and planned when almost nothing, or nothing, happened since.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use launchd::{
    core::model::{connector::ExecutorKind, launch::Policy, name::Actor, source::SourceFile},
    edges::{
        clock::{Clock, VirtualClock},
        executors::{Executor, Executors, human::HumanExecutor},
        store::{Store, StoreResult, sqlite::SqliteStore},
    },
    reconcile::{Engine, Halt, Refresh, Silent, Until, Want, Wanted, loading::load_all},
};

use super::{
    figure::Figure,
    journal::{activity, intent, launch, outcome},
    place::{Place, resting},
};

/// The times of 1,000 reads, shortest first.
///
/// # Errors
/// The store fails.
pub async fn measure(dir: &Path) -> StoreResult<Vec<Duration>> {
    let path = dir.join("b2.db");
    let store = SqliteStore::open(&path)?;
    for n in 0..20 {
        let launch = launch(n);
        let opened = store.append(None, (0..50).map(|a| intent(&launch, &activity(a))).collect()).await?;
        let outcomes = opened.iter().enumerate().map(|(a, e)| outcome(&launch, &activity(a), e.seq)).collect();
        store.append(None, outcomes).await?;
    }
    drop(store);
    let store = SqliteStore::open(&path)?;
    let mut times = Vec::new();
    for n in 0..1000 {
        let (launch, start) = (launch(n % 20), Instant::now());
        let state = store.state(&launch).await?;
        times.push(start.elapsed());
        assert_eq!(state.activities.len(), 50);
    }
    times.sort();
    Ok(times)
}

/// The whole process of `diff` where one file was saved since, and git beside it. Nothing of any launch
/// is due yet: all of them wait, as most do at most times.
///
/// # Errors
/// A program cannot be run.
pub fn command(launches: usize, milestones: usize, runs: usize) -> Result<Vec<Figure>, Box<dyn std::error::Error>> {
    let place = Place::with_plans(launches, milestones)?;
    let timed = |command: &mut Command| -> std::io::Result<Duration> {
        let start = Instant::now();
        command.stdout(Stdio::piped()).output()?;
        Ok(start.elapsed())
    };
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=bench", "-c", "user.email=bench@localhost"])
            .args(arguments)
            .current_dir(place.launches());
        git.stderr(Stdio::null());
        git
    };
    let has_git = [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "plans"]]
        .iter()
        .all(|a| git(a).stdout(Stdio::null()).status().is_ok_and(|s| s.success()));
    let diff = || place.command(&["diff"]);
    let first = timed(&mut diff())?;
    let (mut warm, mut idle, mut status) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..runs.max(15) {
        let text = fs::read_to_string(place.plan(0))?;
        fs::write(place.plan(0), text.replace("title: Launch number", &format!("title: Launch, take {run}, number")))?;
        if has_git {
            status.push(timed(&mut git(&["status", "--porcelain"]))?);
        }
        warm.push(timed(&mut diff())?);
        idle.push(timed(&mut diff())?);
    }
    let mut figures = vec![Figure::times("B2", "first diff, without an index", vec![first], "")];
    if has_git {
        figures.push(Figure::times("B2", "peer: git status, one file changed", status, ""));
    }
    figures.push(Figure::times("B2", "diff, one file changed", warm, "64 ms"));
    figures.push(Figure::times("B2", "diff again, nothing changed since", idle, ""));
    let version = (0..runs.max(15)).map(|_| timed(&mut place.command(&["--version"]))).collect::<Result<_, _>>()?;
    figures.push(Figure::times("B2", "floor: the process, --version", version, ""));
    Ok(figures)
}

/// A pass of a launch of which everything that can be done was done.
///
/// # Errors
/// The store fails.
pub async fn pass(milestones: usize) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in("target")?;
    let store = Arc::new(SqliteStore::open(&dir.path().join("pass.db"))?);
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new("2026-11-23T09:00:00Z".parse()?));
    let text = resting(1, milestones);
    let file = SourceFile { path: "launch.yaml".into(), bytes: text.into_bytes().into() };
    let loaded = load_all(&[file], &Policy::default());
    let launch = loaded.launches.into_iter().find_map(|l| l.launch).ok_or("the plan does not resolve")?;
    let engine = Engine::new(store, Arc::new(Nobody), clock, "bench", Actor::daemon(), BTreeMap::new());
    let wanted = Wanted { name: launch.name.clone(), want: Want::Launch { revision: launch.revision(), launch } };
    let mut times = Vec::new();
    for _ in 0..1000 {
        let start = Instant::now();
        engine.pass(None, &wanted, Refresh::Due, Until::Settled, &Silent, &Halt::default()).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// Nothing is due, so nobody is asked.
struct Nobody;

impl Executors for Nobody {
    fn executor(&self, _: ExecutorKind) -> Arc<dyn Executor> {
        Arc::new(HumanExecutor)
    }
}
