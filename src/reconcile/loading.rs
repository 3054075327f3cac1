//! Files to desired launches on several threads: core reads and resolves one file at a time, and here is who calls it.

use std::{num::NonZero, thread};

use crate::core::{
    manifest::{
        builtin,
        read::read,
        resolve::{Loaded, Loading},
    },
    model::{launch::Policy, source::SourceFile},
};

/// With fewer files than this, starting threads costs more than they save.
const FEW_FILES: usize = 32;
/// Files that a thread takes at once: enough that taking is free, few enough that all end together.
const PIECE: usize = 64;

/// Reads and resolves all files, as [`load`](crate::core::manifest::resolve::load) does, on as many threads as there
/// are processors.
pub fn load_all(files: &[SourceFile], policy: &Policy) -> Loaded {
    let threads = if files.len() < FEW_FILES { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
    load(files, policy, threads)
}

/// [`load_all`] on a number of threads. The result does not depend on it.
pub fn load(files: &[SourceFile], policy: &Policy, threads: usize) -> Loaded {
    let read = by_all(threads, files.len(), |i| read(&files[i], builtin::file_id(i)));
    let loading = Loading::new(&read);
    let launches = by_all(threads, read.len(), |i| loading.launches_of(i, policy));
    loading.finish(launches.into_iter().flatten().collect())
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
