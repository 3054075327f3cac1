//! The allocator, and memory given back to the system.
//!
//! In: nothing. Out: a smaller process. Imports nothing. Deliberately absent: any allocator of its own.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering},
};

/// What the programs allocate with: reading and planning makes and drops millions of small pieces.
pub use mimalloc::MiMalloc as Allocator;

/// How often memory was given back.
static ROUND: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The last round that this thread took part in.
    static SEEN: Cell<u32> = const { Cell::new(0) };
}

/// Gives back what was freed. After thousands of plans were read, several times what stays in use would be kept. What
/// other threads hold, they give back when they are idle next. Takes some milliseconds; does nothing in a program with
/// another allocator.
pub fn give_back() {
    ROUND.fetch_add(1, Ordering::Relaxed);
    idle();
}

/// Called by each thread of the runtime before it sleeps.
pub fn idle() {
    let round = ROUND.load(Ordering::Relaxed);
    if SEEN.replace(round) != round {
        // SAFETY: it takes no pointer, and may be called from any thread (https://microsoft.github.io/mimalloc/).
        unsafe { libmimalloc_sys::mi_collect(true) };
    }
}
