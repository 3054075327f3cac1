//! Counting in working days of one calendar and one zone, in constant time however far.
//!
//! Work flows on working days only, all 24 hours of them: one business day is as much as lies between midnight and
//! midnight. Work begun on a day off begins with the next working day; work that fills a day ends with that day, and not
//! with the next working one.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::zone::{self, Oddity};
use crate::core::model::{calendar::WorkCalendar, work::Work};

const DAY: i64 = 86_400;
/// 1970-01-05, the first Monday, in days since 1970-01-01.
const MONDAY: i64 = 4;
/// The last second of the year 9999: what lies beyond is taken for it.
pub const FARTHEST: i64 = 253_402_300_799;

/// A calendar in a zone, prepared for counting. Instants are seconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone)]
pub struct WorkClock {
    zone: Tz,
    /// Days of the week that are worked, Monday being 0.
    worked: Vec<i64>,
    /// Worked days of a week before each of its days.
    before: [i64; 7],
    /// Days off that would be worked, in days since the first Monday.
    holidays: Vec<i64>,
    /// Working days before each of them.
    worked_before: Vec<i64>,
}

impl WorkClock {
    pub fn new(calendar: &WorkCalendar, zone: Tz) -> Self {
        let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
        let works: Vec<i64> = (0..7).zip(week).filter(|(_, day)| calendar.works_on(*day)).map(|(i, _)| i).collect();
        let before = std::array::from_fn(|day| works.iter().filter(|w| (**w as usize) < day).count() as i64);
        let mut clock = Self { zone, worked: works, before, holidays: Vec::new(), worked_before: Vec::new() };
        let first = chrono::NaiveDate::from_ymd_opt(1970, 1, 5).expect("a day of the calendar");
        let days = calendar.holidays().keys().map(|day| day.signed_duration_since(first).num_days());
        let holidays: Vec<i64> = days.filter(|day| clock.worked.contains(&day.rem_euclid(7))).collect();
        clock.worked_before = (0..).zip(&holidays).map(|(i, day)| clock.weekly(*day) - i).collect();
        clock.holidays = holidays;
        clock
    }

    /// When work begun at `at` is done.
    pub fn after(&self, at: i64, work: Work) -> i64 {
        match work {
            Work::Elapsed(seconds) => clamp(at.saturating_add(i64::try_from(seconds).unwrap_or(FARTHEST))),
            Work::BusinessDays(0) => at,
            Work::BusinessDays(days) => {
                let (index, second) = self.position(at);
                let end = index + i64::from(days);
                let (day, second) = if second == 0 { (self.nth(end - 1) + 1, 0) } else { (self.nth(end), second) };
                self.instant(day, second, false)
            }
        }
    }

    /// The latest beginning of work that is to be done by `at`.
    pub fn before(&self, at: i64, work: Work) -> i64 {
        match work {
            Work::Elapsed(seconds) => clamp(at.saturating_sub(i64::try_from(seconds).unwrap_or(FARTHEST))),
            Work::BusinessDays(0) => at,
            Work::BusinessDays(days) => {
                let (index, second) = self.position(at);
                self.instant(self.nth(index - i64::from(days)), second, true)
            }
        }
    }

    /// How many working days lie before an instant, and how many seconds of a working day.
    fn position(&self, at: i64) -> (i64, i64) {
        let utc = DateTime::from_timestamp(clamp(at), 0).unwrap_or_default().naive_utc();
        let offset = self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc();
        let local = clamp(at) + i64::from(offset) - MONDAY * DAY;
        let (day, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let holidays = self.holidays.partition_point(|h| *h < day);
        let index = self.weekly(day) - holidays as i64;
        let off = self.holidays.get(holidays) == Some(&day) || !self.worked.contains(&day.rem_euclid(7));
        (index, if off { 0 } else { second })
    }

    /// Days before `day` that would be worked if there were no holidays.
    fn weekly(&self, day: i64) -> i64 {
        day.div_euclid(7) * self.worked.len() as i64 + self.before[day.rem_euclid(7) as usize]
    }

    /// The working day that has `index` working days before it.
    fn nth(&self, index: i64) -> i64 {
        let weekly = index + self.worked_before.partition_point(|before| *before <= index) as i64;
        let per_week = self.worked.len() as i64;
        weekly.div_euclid(per_week) * 7 + self.worked[weekly.rem_euclid(per_week) as usize]
    }

    /// A wall-clock time as an instant. Of one that is skipped or shown twice, `latest` is the last instant that is safely
    /// not later; otherwise the rules of [`zone::resolve`] hold.
    fn instant(&self, day: i64, second: i64, latest: bool) -> i64 {
        let local = clamp((day + MONDAY) * DAY + second);
        let wall: NaiveDateTime = DateTime::<Utc>::from_timestamp(local, 0).unwrap_or_default().naive_utc();
        let Some(resolved) = zone::resolve(wall, self.zone) else { return local };
        let at = match resolved.oddity.filter(|_| latest) {
            None => resolved.at,
            Some(Oddity::Repeated { other, .. }) => other.to_utc(),
            Some(Oddity::Skipped { written, read_as }) => resolved.at - (read_as.naive_local() - written),
        };
        at.timestamp()
    }
}

fn clamp(at: i64) -> i64 {
    at.clamp(-FARTHEST, FARTHEST)
}
