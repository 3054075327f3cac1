//! B1: from the text of all files to the plan of each launch, cold: read, validate, resolve, diff against nothing.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use launchd::{
    core::{
        manifest::{
            builtin,
            read::read,
            resolve::{LoadedLaunch, Loading},
            yaml,
        },
        model::{
            launch::{Launch, Policy},
            observed::Observed,
            source::SourceFile,
        },
        plan::{Desired, plan},
    },
    reconcile::loading::by_all,
};

use super::generate;

/// Where the time goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stages {
    pub bytes: usize,
    /// From disk, which has them in its cache.
    pub read: Duration,
    /// The floor of the next: texts to trees, without a look at what they say. Not part of the whole.
    pub parse_only: Duration,
    /// Parsed, told apart, compared with their schemas.
    pub shape: Duration,
    /// Everything that launches may refer to, on one thread.
    pub library: Duration,
    /// Merged, lowered, judged.
    pub resolve: Duration,
    pub revision: Duration,
    pub plan: Duration,
    /// Everything but `parse_only`.
    pub whole: Duration,
}

/// Measures with files in `dir`, which it writes.
pub fn measure(dir: &Path, count: usize, milestones: usize, threads: usize) -> Stages {
    generate::write(dir, count, milestones).expect("the files can be written");
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
    stages.bytes = files.iter().map(|f| f.bytes.len()).sum();

    let parse = Instant::now();
    let documents: usize =
        by_all(threads, count, |i| yaml::decode(&files[i].bytes).map_or(0, |text| yaml::parse(text).documents.len()))
            .into_iter()
            .sum();
    stages.parse_only = parse.elapsed();
    assert_eq!(documents, count);

    let shape = Instant::now();
    let documents = by_all(threads, count, |i| read(&files[i], builtin::file_id(i)));
    stages.shape = shape.elapsed();
    let library = Instant::now();
    let loading = Loading::new(&documents);
    stages.library = library.elapsed();
    let resolve = Instant::now();
    let launches: Vec<LoadedLaunch> =
        by_all(threads, count, |i| loading.launches_of(i, &policy)).into_iter().flatten().collect();
    stages.resolve = resolve.elapsed();
    let of = |i: usize| -> &Launch { launches[i].launch.as_deref().expect("every generated plan is good") };
    let revision = Instant::now();
    let revisions = by_all(threads, count, |i| of(i).revision());
    stages.revision = revision.elapsed();
    let planning = Instant::now();
    let changes: usize = by_all(threads, count, |i| {
        plan(Desired::Launch { launch: of(i), revision: &revisions[i] }, &Observed::default(), now).changes.len()
    })
    .into_iter()
    .sum();
    stages.plan = planning.elapsed();
    assert!(changes >= count * milestones);
    stages.whole = start.elapsed() - stages.parse_only;
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
