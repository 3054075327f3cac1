//! When a failed call may be tried again: a pure function of what was recorded, so that a spurious wake costs nothing.

use chrono::TimeDelta;

use crate::core::model::{Timestamp, activity::Retry, fingerprint::ExternalKey};

/// Seconds to wait after the `attempts`th try: `min(max, base × 2^(attempts − 1))`, of which the key takes away up to a
/// quarter, so that what failed together is not tried together; never less than the server's Retry-After.
pub fn retry_delay(retry: Retry, key: &ExternalKey, attempts: u32, after_seconds: Option<u64>) -> u64 {
    let doublings = attempts.saturating_sub(1).min(63);
    let full = retry.base_seconds.saturating_mul(1 << doublings).min(retry.max_seconds);
    let quarter = full / 4;
    let taken = if quarter == 0 { 0 } else { spread(key, attempts) % (quarter + 1) };
    (full - taken).max(after_seconds.unwrap_or(0))
}

/// The instant of the next try, after the `attempts`th ended at `last_at`. Far delays end at the last instant there is.
pub fn retry_at(
    retry: Retry,
    key: &ExternalKey,
    attempts: u32,
    last_at: Timestamp,
    after_seconds: Option<u64>,
) -> Timestamp {
    let delay = retry_delay(retry, key, attempts, after_seconds);
    let delay = i64::try_from(delay).ok().and_then(TimeDelta::try_seconds);
    delay.and_then(|d| last_at.checked_add_signed(d)).unwrap_or(Timestamp::MAX_UTC)
}

/// A number that looks random and is not: FNV-1a over the key and the attempt.
fn spread(key: &ExternalKey, attempts: u32) -> u64 {
    let bytes = key.as_str().bytes().chain(attempts.to_le_bytes());
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed ^ (mixed >> 29)
}
