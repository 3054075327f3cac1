//! B1: from the text of all files to the plan of each launch, cold: read, validate, resolve, diff against nothing.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use launchd::{
    core::{
        manifest::{loading::Told, resolve::LoadedLaunch, yaml},
        model::{launch::Policy, observed::Observed, source::SourceFile},
        plan::{Desired, plan},
    },
    reconcile::loading::{by_all, load_each},
};

use super::generate;

/// Where the time goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stages {
    /// From disk, which has them in its cache.
    pub read: Duration,
    /// The floor of the next: texts to trees, without a look at what they say. Not part of the whole.
    pub parse_only: Duration,
    /// Parsed, compared with their schemas, merged, lowered, judged.
    pub load: Duration,
    /// The same with each launch's revision and plan, made where it was loaded: the whole, but for `read`.
    pub plan: Duration,
}

impl Stages {
    pub fn whole(self) -> Duration {
        self.read + self.plan
    }
}

/// Measures with the files in `dir`.
pub fn measure(dir: &Path, count: usize, milestones: usize, threads: usize) -> Stages {
    let names: Vec<_> = generate::files(count, 0).into_iter().map(|f| f.path).collect();
    let mut stages = Stages::default();
    let policy = Policy::default();
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).expect("a year that chrono knows");

    let start = Instant::now();
    let files = by_all(threads, count, |i| SourceFile {
        path: names[i].clone(),
        bytes: fs::read(dir.join(&*names[i])).expect("the file is there").into(),
    });
    stages.read = start.elapsed();

    let start = Instant::now();
    let documents: usize =
        by_all(threads, count, |i| yaml::decode(&files[i].bytes).map_or(0, |text| yaml::parse(text).documents.len()))
            .into_iter()
            .sum();
    stages.parse_only = start.elapsed();
    assert_eq!(documents, count);

    let start = Instant::now();
    let (names, loaded) = load_each(&files, &policy, threads, Told::Everything, |one| one.name);
    stages.load = start.elapsed();
    assert!(names.len() == count && loaded.diagnostics.is_empty());

    let start = Instant::now();
    let (changes, _) = load_each(&files, &policy, threads, Told::Everything, |one: LoadedLaunch| {
        let launch = one.launch.expect("every generated plan is good");
        let revision = launch.revision();
        let plan = plan(Desired::Launch { launch: &launch, revision: &revision }, &Observed::default(), now);
        plan.changes.len()
    });
    stages.plan = start.elapsed();
    assert!(changes.into_iter().sum::<usize>() >= count * milestones);
    stages
}

/// The floor of the whole: every file read and hashed, on one thread.
pub fn read_and_hash(dir: &Path, count: usize) -> Duration {
    let names: Vec<_> = generate::files(count, 0).into_iter().map(|f| f.path).collect();
    let start = Instant::now();
    for name in &names {
        let bytes = fs::read(dir.join(&**name)).expect("the file is there");
        std::hint::black_box(launchd::core::model::fingerprint::Fingerprint::of_bytes(&bytes));
    }
    start.elapsed()
}
