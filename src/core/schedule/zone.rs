//! The one place where a wall clock becomes an instant.
//!
//! A bare due date means the last second of that day, a bare start its first moment. On the two odd nights of a year
//! the rules of RFC 5545 §3.3.5 hold: a time that is skipped is read with the offset that held before the gap (02:30
//! becomes 03:30), and of a time that happens twice the first one is meant. Both are reported as an [`Oddity`].

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::core::model::Timestamp;

/// A wall-clock time as an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    pub at: Timestamp,
    pub oddity: Option<Oddity>,
}

/// A wall-clock time that does not name exactly one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// The clocks jump over it; it is read as `read_as`.
    Skipped { written: NaiveDateTime, read_as: DateTime<Tz> },
    /// The clocks show it twice; the first one is meant.
    Repeated { written: NaiveDateTime, read_as: DateTime<Tz>, other: DateTime<Tz> },
}

/// A time with its offset, as it can be written in a plan file.
const OFFSET: &str = "%Y-%m-%dT%H:%M%:z";

impl Oddity {
    /// What is odd about it, and how it is read.
    pub fn detail(&self) -> String {
        let written = |at: &NaiveDateTime| at.format("%Y-%m-%d %H:%M").to_string();
        let shown = |at: &DateTime<Tz>| at.format("%H:%M %Z").to_string();
        match self {
            Self::Skipped { written: at, read_as } => format!(
                "The clocks of {} jump over {} that night. It is read as {}.",
                read_as.timezone().name(),
                written(at),
                shown(read_as)
            ),
            Self::Repeated { written: at, read_as, other } => format!(
                "The clocks of {} show {} twice that night. The first is meant: {}, not {}.",
                read_as.timezone().name(),
                written(at),
                shown(read_as),
                shown(other)
            ),
        }
    }

    /// What to write instead.
    pub fn advice(&self) -> String {
        match self {
            Self::Skipped { read_as, .. } => {
                format!("Choose a time that exists, or write the offset: `{}`.", read_as.format(OFFSET))
            }
            Self::Repeated { read_as, other, .. } => {
                format!("Write the offset to choose one: `{}` or `{}`.", read_as.format(OFFSET), other.format(OFFSET))
            }
        }
    }
}

/// The instant of a wall-clock time; `None` outside the years that can be told.
pub fn resolve(local: NaiveDateTime, zone: Tz) -> Option<Resolved> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => Some(Resolved { at: at.with_timezone(&Utc), oddity: None }),
        LocalResult::Ambiguous(first, second) => {
            let oddity = Oddity::Repeated { written: local, read_as: first, other: second };
            Some(Resolved { at: first.with_timezone(&Utc), oddity: Some(oddity) })
        }
        LocalResult::None => {
            // The offset that held before the gap: of a moment that surely lies before any gap's start.
            let before = local.checked_sub_signed(TimeDelta::hours(26))?;
            let earlier = zone.from_local_datetime(&before).earliest()?;
            let read_as = earlier.checked_add_signed(TimeDelta::hours(26))?;
            let oddity = Oddity::Skipped { written: local, read_as };
            Some(Resolved { at: read_as.with_timezone(&Utc), oddity: Some(oddity) })
        }
    }
}

/// The first moment of a day. Where midnight is skipped, that is when the clocks have jumped.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    resolve(day.and_time(NaiveTime::MIN), zone).map(|r| r.at)
}

/// The last second of a day: what a bare due date means. A day that the zone skipped is over as it begins.
pub fn end_of_day(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    let next = start_of_day(day.checked_add_days(Days::new(1))?, zone)?;
    Some(next.checked_sub_signed(TimeDelta::seconds(1))?.max(start_of_day(day, zone)?))
}

/// The wall clock of a zone at an instant.
pub fn wall_clock(at: Timestamp, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}
