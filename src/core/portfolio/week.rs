//! A week of the calendar, from Monday to Sunday, as ISO 8601 counts them.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Serialize, Serializer};

use crate::core::model::calendar::WorkCalendar;

/// A week, known by its Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week(NaiveDate);

impl Week {
    /// The week that a day belongs to.
    pub fn of(day: NaiveDate) -> Self {
        let since_monday = Days::new(day.weekday().num_days_from_monday().into());
        Self(day.checked_sub_days(since_monday).unwrap_or(day))
    }

    pub fn monday(self) -> NaiveDate {
        self.0
    }

    pub fn sunday(self) -> NaiveDate {
        self.0.checked_add_days(Days::new(6)).unwrap_or(self.0)
    }

    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(7)).unwrap_or(self.0))
    }

    /// Bit n is set when the nth day of the week, from Monday, is worked.
    pub(super) fn worked(self, calendar: &WorkCalendar) -> u8 {
        let days = self.0.iter_days().take(7).enumerate();
        days.fold(0, |mask, (n, day)| mask | u8::from(calendar.is_working_day(day)) << n)
    }
}

/// `2027-W09`.
impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.0.iso_week();
        f.pad(&format!("{}-W{:02}", week.year(), week.week()))
    }
}

impl Serialize for Week {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
