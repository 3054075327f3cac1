//! When there would be room: the nearest other weeks in which a demand fits beside everybody else's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    capacity::{Entry, weeks},
    week::Week,
};

/// Nobody puts a launch off for longer than half a year because of a full week.
const FARTHEST_WEEKS: i64 = 26;

/// Where a demand starts, and where it could.
pub(super) struct Room {
    pub start: NaiveDate,
    pub later: Option<NaiveDate>,
    pub earlier: Option<NaiveDate>,
}

/// The nearest starts, in whole weeks, at which `entry` fits beside the other `entries` of its team.
pub(super) fn room(entry: &Entry<'_>, entries: &[Entry<'_>], capacity: Decimal) -> Room {
    let others: Vec<Entry<'_>> = entries.iter().filter(|e| !std::ptr::eq(e.demand, entry.demand)).copied().collect();
    let (_, loads) = weeks(&others, Some(capacity));
    let taken: BTreeMap<Week, Decimal> = loads.into_iter().map(|w| (w.week, w.asked)).collect();
    let fits = |moved: i64| {
        entry.days(moved).iter().all(|(week, days)| {
            let asked = entry.demand.people * Decimal::from(*days) + taken.get(week).copied().unwrap_or_default();
            asked <= capacity * Decimal::from(week.worked(&entry.launch.calendar).count_ones())
        })
    };
    let start = |moved: i64| entry.span(moved).0;
    let nearest = |sign: i64| (1..=FARTHEST_WEEKS).map(|n| n * sign).find(|n| fits(*n)).map(start);
    Room { start: start(0), later: nearest(1), earlier: nearest(-1) }
}
