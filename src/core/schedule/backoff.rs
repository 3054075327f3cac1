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

/// The tries of a look-up that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookups {
    /// That are due by now, the first included.
    pub tries: u64,
    /// When the last of them was due.
    pub last: Timestamp,
    /// When the next one is.
    pub next: Timestamp,
}

const FIRST_LOOKUP: i64 = 15;
const LONGEST_LOOKUP: i64 = 300;

/// The tries of a look-up whose first failed at `since`: again after 15 s, each time after twice as long, and every five
/// minutes in the end. A function of the one try that is on record, so that a week of them writes nothing more.
pub fn lookups(since: Timestamp, now: Timestamp) -> Lookups {
    let (mut tries, mut last, mut delay) = (1, since, FIRST_LOOKUP);
    while delay < LONGEST_LOOKUP && now >= last + TimeDelta::seconds(delay) {
        last += TimeDelta::seconds(delay);
        delay = (delay * 2).min(LONGEST_LOOKUP);
        tries += 1;
    }
    if delay == LONGEST_LOOKUP {
        let more = (now - last).num_seconds().max(0) / LONGEST_LOOKUP;
        last += TimeDelta::seconds(more * LONGEST_LOOKUP);
        tries += more.cast_unsigned();
    }
    Lookups { tries, last, next: last + TimeDelta::seconds(delay) }
}

/// A number that looks random and is not: FNV-1a over the key and the attempt.
fn spread(key: &ExternalKey, attempts: u32) -> u64 {
    let bytes = key.as_str().bytes().chain(attempts.to_le_bytes());
    let mixed = bytes.fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_lookups_are_tried_less_and_less_and_never_less_than_every_five_minutes() {
        let at = |second: i64| Timestamp::from_timestamp(1_800_000_000 + second, 0).unwrap_or_default();
        let (mut now, mut waits) = (at(0), Vec::new());
        for tries in 1..9 {
            let due = lookups(at(0), now);
            assert_eq!((due.tries, due.last), (tries, now), "each try is due exactly at its instant");
            assert_eq!(lookups(at(0), due.next - TimeDelta::seconds(1)), due, "and nothing is due before the next");
            waits.push((due.next - now).num_seconds());
            now = due.next;
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 300, 300, 300]);
        // A week, and a clock that jumped back.
        assert_eq!(lookups(at(0), at(7 * 86_400)).tries, 2020);
        assert_eq!(lookups(at(0), at(-60)), Lookups { tries: 1, last: at(0), next: at(15) });
    }
}
