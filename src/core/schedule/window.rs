//! Freezes: times in which nothing with an outside effect starts.

use crate::core::model::{Timestamp, launch::Freeze};

/// The freeze that an instant lies in, `from` included and `until` not; of several the one that ends last.
pub fn covering<'f>(at: Timestamp, freezes: impl IntoIterator<Item = &'f Freeze>) -> Option<&'f Freeze> {
    freezes.into_iter().filter(|f| f.from <= at && at < f.until).max_by_key(|f| f.until)
}

/// The first instant from `at` on that lies in no freeze, with the last freeze that was waited for.
/// Freezes that overlap or touch are waited for together, in any order in which they are written.
pub fn next_free<'f>(
    at: Timestamp,
    freezes: impl IntoIterator<Item = &'f Freeze> + Clone,
) -> (Timestamp, Option<&'f Freeze>) {
    let mut free = (at, None);
    while let Some(freeze) = covering(free.0, freezes.clone()) {
        free = (freeze.until, Some(freeze));
    }
    free
}
