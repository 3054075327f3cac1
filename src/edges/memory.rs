//! The allocator, and memory given back to the system.
//!
//! In: nothing. Out: a smaller process. Imports nothing. Deliberately absent: any allocator of its own.

/// What the programs allocate with: reading and planning makes and drops millions of small pieces.
pub use mimalloc::MiMalloc as Allocator;

/// Gives back what was freed. After thousands of plans were read, several times what stays in use would be kept.
/// Takes some milliseconds; does nothing in a program with another allocator.
pub fn give_back() {
    // SAFETY: it takes no pointer, and may be called from any thread (https://microsoft.github.io/mimalloc/).
    unsafe { libmimalloc_sys::mi_collect(true) };
}
