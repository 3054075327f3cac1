//! Files to desired launches on several threads: core reads and resolves one file at a time, and here is who calls it.
//!
//! Most files hold launches that speak of no other launch. Such a file's text becomes a tree, the tree a launch, and the
//! tree is gone before the next file is looked at: of ten thousand files only the launches are in memory at once.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    num::NonZero,
    thread,
};

use crate::core::{
    manifest::{
        builtin,
        loading::{Loading, Told, awaited_in, looks_like_launches, names_in},
        node::Span,
        read::{FileDocuments, read},
        resolve::{Loaded, LoadedLaunch},
    },
    model::{launch::Policy, name::Name, source::SourceFile},
};

/// With fewer files than this, starting threads costs more than they save.
const FEW_FILES: usize = 32;
/// Files that a thread takes at once: enough that taking is free, few enough that all end together.
const PIECE: usize = 64;

/// As many threads as there are processors, where so many files are worth it.
pub fn threads_for(files: usize) -> usize {
    if files < FEW_FILES { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) }
}

/// Reads and resolves all files, as [`load`](crate::core::manifest::resolve::load) does.
pub fn load_all(files: &[SourceFile], policy: &Policy) -> Loaded {
    load(files, policy, threads_for(files.len()))
}

/// [`load_all`] on a number of threads. The result does not depend on it.
pub fn load(files: &[SourceFile], policy: &Policy, threads: usize) -> Loaded {
    let (launches, loaded) = load_each(files, policy, threads, Told::Everything, |launch| launch);
    Loaded { launches, ..loaded }
}

/// [`load`], where each launch is handed to `take` on the thread that resolved it, as soon as it is. Returns what `take`
/// made of the launches, in the files' order, and everything but the launches. `take` may see a launch twice; only what
/// it made of the second look counts.
pub fn load_each<T: Send>(
    files: &[SourceFile],
    policy: &Policy,
    threads: usize,
    told: Told,
    take: impl Fn(LoadedLaunch) -> T + Sync,
) -> (Vec<T>, Loaded) {
    let look = |i: usize| read(&files[i], builtin::file_id(i));
    if files.len() < FEW_FILES {
        let all: Vec<_> = (0..files.len()).map(look).collect();
        let loading = Loading::new(&all).telling(told);
        let mut own: Vec<Vec<LoadedLaunch>> = (0..all.len()).map(|i| loading.launches_of(i, policy)).collect();
        loading.hold_cycles(&mut own);
        let launches = own.into_iter().flatten().map(&take).collect();
        return (launches, loading.finish(Vec::new()));
    }
    let likely = by_all(threads, files.len(), |i| looks_like_launches(&files[i].bytes));
    let others: Vec<usize> = (0..files.len()).filter(|i| !likely[*i]).collect();
    let shared = by_all(threads, others.len(), |i| look(others[i]));
    let alone = {
        let loading = Loading::new(&shared).telling(told);
        by_all(threads, files.len(), |i| if likely[i] { Alone::new(&look(i), &loading, policy, &take) } else { None })
    };
    let together = together(&alone, &shared, files.len(), look);
    drop(shared);
    let judged = by_all(threads, together.len(), |i| look(together[i]));
    let elsewhere = alone.iter().flatten().flat_map(|a| a.names.iter().cloned());
    let loading = Loading::new(&judged).telling(told).among(elsewhere);
    let places: HashMap<usize, usize> = together.iter().enumerate().map(|(at, file)| (*file, at)).collect();
    let mut own: Vec<Vec<LoadedLaunch>> = (0..together.len()).map(|at| loading.launches_of(at, policy)).collect();
    loading.hold_cycles(&mut own);
    let mut launches = Vec::with_capacity(files.len());
    for (file, alone) in alone.into_iter().enumerate() {
        match (places.get(&file), alone) {
            (Some(at), _) => launches.extend(std::mem::take(&mut own[*at]).into_iter().map(&take)),
            (None, Some(alone)) => launches.extend(alone.launches),
            (None, None) => {}
        }
    }
    (launches, loading.finish(Vec::new()))
}

/// A file whose launches were resolved without a look at others.
struct Alone<T> {
    names: Vec<(Name, Span)>,
    launches: Vec<T>,
}

impl<T> Alone<T> {
    fn new(
        file: &FileDocuments<'_>,
        loading: &Loading<'_>,
        policy: &Policy,
        take: impl Fn(LoadedLaunch) -> T,
    ) -> Option<Self> {
        let launches = loading.alone(file, policy)?.into_iter().map(take).collect();
        Some(Self { names: names_in(file).map(|(name, span)| (name.clone(), span)).collect(), launches })
    }
}

/// The files that must be judged together: all that were not resolved alone, those with a launch whose name is used
/// twice, and those with a launch that another one speaks of.
fn together<'f, T>(
    alone: &[Option<Alone<T>>],
    shared: &[FileDocuments<'f>],
    count: usize,
    look: impl Fn(usize) -> FileDocuments<'f>,
) -> Vec<usize> {
    let mut together: BTreeSet<usize> = (0..count).filter(|i| alone[*i].is_none()).collect();
    let mut homes: HashMap<&str, usize> = HashMap::new();
    for (name, _) in shared.iter().flat_map(names_in) {
        homes.insert(name.as_str(), usize::MAX);
    }
    for (file, one) in alone.iter().enumerate() {
        for (name, _) in one.iter().flat_map(|a| &a.names) {
            if let Some(first) = homes.insert(name.as_str(), file) {
                together.extend([first, file].into_iter().filter(|f| *f != usize::MAX));
            }
        }
    }
    let rest: Vec<_> = together.iter().map(|i| look(*i)).collect();
    let awaited: HashSet<&str> = awaited_in(&rest).into_iter().collect();
    // A launch that could not be resolved alone may have the name of one that could.
    let named: Vec<&str> = rest.iter().flat_map(names_in).map(|(name, _)| name.as_str()).collect();
    together.extend(awaited.iter().chain(&named).filter_map(|n| homes.get(n)).filter(|f| **f != usize::MAX));
    together.into_iter().collect()
}

/// `work` of every number below `count`, in order of the numbers, done by `threads` threads.
pub fn by_all<T: Send>(threads: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if threads <= 1 {
        return (0..count).map(work).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let take = || {
        let mut pieces = Vec::new();
        loop {
            let start = next.fetch_add(PIECE, std::sync::atomic::Ordering::Relaxed);
            if start >= count {
                return pieces;
            }
            let end = count.min(start + PIECE);
            pieces.push((start, (start..end).map(&work).collect::<Vec<_>>()));
        }
    };
    let mut pieces: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let own = take();
        let joined = others.into_iter().flat_map(|other| match other.join() {
            Ok(pieces) => pieces,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        own.into_iter().chain(joined).collect()
    });
    pieces.sort_unstable_by_key(|(start, _)| *start);
    pieces.into_iter().flat_map(|(_, piece)| piece).collect()
}
