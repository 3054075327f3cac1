//! Which days people work, and counting in them.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Farther than this no count of working days is followed; it also bounds the work for a calendar that is all holidays.
const FARTHEST_DAYS: u32 = 40_000;
/// No more holidays than this are carried along as they are.
const MANY_HOLIDAYS: usize = 300;
/// No launch plans farther from its target date than this.
const YEARS_AROUND: u64 = 5;

/// Working days and holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct WorkCalendar {
    /// Bit n is set when the nth day of the week, from Monday, is worked.
    week: u8,
    /// Days off with their names.
    holidays: BTreeMap<NaiveDate, String>,
}

/// How a calendar is stored: the usual week and a calendar without holidays take no room.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    working_days: Option<Vec<Weekday>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    holidays: BTreeMap<NaiveDate, String>,
}

impl From<WorkCalendar> for Stored {
    fn from(calendar: WorkCalendar) -> Self {
        let usual = calendar.week == WorkCalendar::default().week;
        let working_days = (!usual).then(|| WEEK.into_iter().filter(|d| calendar.works_on(*d)).collect());
        Self { working_days, holidays: calendar.holidays }
    }
}

impl TryFrom<Stored> for WorkCalendar {
    type Error = CalendarError;

    fn try_from(stored: Stored) -> Result<Self, CalendarError> {
        match stored.working_days {
            None => Ok(Self { holidays: stored.holidays, ..Self::default() }),
            Some(days) => Self::new(days, stored.holidays),
        }
    }
}

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Why there is no such calendar or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    #[error("it has no working day")]
    NoWorkingDay,
    #[error("there is no such working day within 100 years")]
    TooFar,
}

impl Default for WorkCalendar {
    /// Monday to Friday, no holidays.
    fn default() -> Self {
        Self { week: 0b001_1111, holidays: BTreeMap::new() }
    }
}

impl WorkCalendar {
    /// A calendar of these days of the week without these holidays.
    ///
    /// # Errors
    /// [`CalendarError::NoWorkingDay`] when no day of the week is worked.
    pub fn new(
        working_days: impl IntoIterator<Item = Weekday>,
        holidays: BTreeMap<NaiveDate, String>,
    ) -> Result<Self, CalendarError> {
        let week = working_days.into_iter().fold(0, |week, day| week | 1 << day.num_days_from_monday());
        if week == 0 { Err(CalendarError::NoWorkingDay) } else { Ok(Self { week, holidays }) }
    }

    /// Monday to Friday without holidays: what holds where no calendar is named.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// The calendar with the holidays of the years around a day only, where it has so many that every launch would carry
    /// decades of them.
    #[must_use]
    pub fn around(&self, day: NaiveDate) -> Option<Self> {
        if self.holidays.len() <= MANY_HOLIDAYS {
            return None;
        }
        let years = Days::new(YEARS_AROUND * 366);
        let (first, last) = (day.checked_sub_days(years)?, day.checked_add_days(years)?);
        let holidays = self.holidays.range(first..=last).map(|(day, name)| (*day, name.clone())).collect();
        Some(Self { week: self.week, holidays })
    }

    /// How many days of a week without holidays are worked.
    pub fn days_a_week(&self) -> u32 {
        self.week.count_ones()
    }

    /// Whether that day of the week is worked, holidays apart.
    pub fn works_on(&self, day: Weekday) -> bool {
        self.week >> day.num_days_from_monday() & 1 == 1
    }

    /// The days off, with their names.
    pub fn holidays(&self) -> &BTreeMap<NaiveDate, String> {
        &self.holidays
    }

    /// The holiday's name, if the day is one.
    pub fn holiday(&self, day: NaiveDate) -> Option<&str> {
        self.holidays.get(&day).map(String::as_str)
    }

    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        self.works_on(day.weekday()) && (self.holidays.is_empty() || !self.holidays.contains_key(&day))
    }

    /// The `count`th working day after `day` (before it when negative). Zero is the day itself, or the next
    /// working day when it is none.
    ///
    /// # Errors
    /// [`CalendarError::TooFar`].
    pub fn shift(&self, day: NaiveDate, count: i64) -> Result<NaiveDate, CalendarError> {
        if count == 0 && self.is_working_day(day) {
            return Ok(day);
        }
        let forward = count >= 0;
        let mut left = count.unsigned_abs().max(1);
        let mut day = day;
        for _ in 0..FARTHEST_DAYS {
            let next = if forward { day.checked_add_days(Days::new(1)) } else { day.checked_sub_days(Days::new(1)) };
            day = next.ok_or(CalendarError::TooFar)?;
            if self.is_working_day(day) {
                left -= 1;
                if left == 0 {
                    return Ok(day);
                }
            }
        }
        Err(CalendarError::TooFar)
    }

    /// How many working days lie after `from` up to and with `to`; negative when `to` is earlier.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.between(to, from);
        }
        let count = from.iter_days().skip(1).take_while(|d| *d <= to).filter(|d| self.is_working_day(*d)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}
