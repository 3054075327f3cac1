//! A time line in columns of text: weeks, months, and one launch's phases in one row.

use chrono::{Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::text::{Line, Role};
use crate::core::{
    model::{Timestamp, area::Phase, launch::Freeze},
    portfolio::Stretch,
};

/// Which columns a stretch of time takes. Begins on a Monday; a column is a week, part of one, or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    start: NaiveDate,
    weeks: i64,
    columns: i64,
}

/// A week wider than this says no more.
const WIDEST_WEEK: i64 = 3;

impl Scale {
    /// Fits the weeks from `first` to `last` into at most `width` columns, whole weeks each or a whole number of columns a week.
    pub fn fit(first: NaiveDate, last: NaiveDate, width: usize) -> Self {
        let start = first.checked_sub_days(Days::new(first.weekday().num_days_from_monday().into())).unwrap_or(first);
        let weeks = (last.max(start) - start).num_days() / 7 + 1;
        let width = i64::try_from(width).unwrap_or(1).max(1);
        let columns = if weeks <= width {
            weeks * (width / weeks).clamp(1, WIDEST_WEEK)
        } else {
            let each = (weeks + width - 1) / width;
            (weeks + each - 1) / each
        };
        Self { start, weeks, columns }
    }

    pub fn width(&self) -> usize {
        usize::try_from(self.columns).unwrap_or(0)
    }

    /// Weeks that one column stands for, when it is more than one.
    pub fn weeks_a_column(&self) -> Option<i64> {
        let each = (self.weeks + self.columns - 1) / self.columns;
        (each > 1).then_some(each)
    }

    /// The column of a day; before the first one negative, after the last one too large.
    fn column(&self, day: NaiveDate) -> i64 {
        let days = (day - self.start).num_days();
        match self.weeks_a_column() {
            Some(each) => days.div_euclid(7 * each),
            None => (days * (self.columns / self.weeks)).div_euclid(7),
        }
    }

    /// Two lines: the years, and the months where there is room for their names.
    pub fn axis(&self) -> [String; 2] {
        let (mut years, mut months) = (String::new(), String::new());
        let mut first = self.start.with_day(1).unwrap_or(self.start);
        if first < self.start {
            first = first.checked_add_months(Months::new(1)).unwrap_or(first);
        }
        let at = |row: &mut String, column: i64, text: &str| {
            let used = i64::try_from(row.chars().count()).unwrap_or(i64::MAX);
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let free = row.is_empty() || used < column;
            if free && column >= used && column + length <= self.columns {
                row.extend(std::iter::repeat_n(' ', usize::try_from(column - used).unwrap_or(0)));
                row.push_str(text);
            }
        };
        // The year belongs to what is seen first, and to each January.
        at(&mut years, 0, &self.start.format("%Y").to_string());
        while self.column(first) < self.columns {
            let column = self.column(first);
            if first.month() == 1 {
                at(&mut years, column, &first.format("%Y").to_string());
            }
            at(&mut months, column, &first.format("%b").to_string());
            let Some(next) = first.checked_add_months(Months::new(1)) else { break };
            first = next;
        }
        [years, months]
    }

    /// One launch: what was, what is to come, T, today and freezes.
    pub fn row(&self, bar: &Bar<'_>) -> Line {
        let day = |at: Timestamp| self.column(at.with_timezone(&bar.zone).date_naive());
        let (target, today) = (day(bar.target), day(bar.now));
        let cell = |column: i64| -> (Role, char) {
            if column == target {
                return if bar.alarm { (Role::Bad, '◆') } else { (Role::Strong, '◆') };
            }
            if column == today {
                return (Role::Change, '│');
            }
            if bar.freezes.iter().any(|f| day(f.from) <= column && column <= day(f.until)) {
                return (Role::Dim, '▒');
            }
            let phase = bar.stretches.iter().rev().find(|s| day(s.from) <= column && column <= day(s.until));
            match phase.map(|s| s.phase) {
                Some(Phase::PreLaunch) if column < today => (Role::Plain, '━'),
                Some(Phase::PreLaunch) => (Role::Plain, '─'),
                Some(Phase::Launch) => (Role::Good, '█'),
                Some(Phase::PostLaunch) => (Role::Dim, '╌'),
                None => (Role::Plain, ' '),
            }
        };
        let mut line = Line::new();
        let mut run: Option<(Role, String)> = None;
        for (role, sign) in (0..self.columns).map(cell) {
            match &mut run {
                Some((same, text)) if *same == role => text.push(sign),
                _ => {
                    if let Some((role, text)) = run.replace((role, sign.to_string())) {
                        line.push(role, text);
                    }
                }
            }
        }
        match run {
            Some((role, text)) => line.add(role, text),
            None => line,
        }
    }
}

/// What one row shows.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    pub target: Timestamp,
    pub zone: Tz,
    pub now: Timestamp,
    pub stretches: &'a [Stretch],
    pub freezes: &'a [Freeze],
    /// T is where it should not be.
    pub alarm: bool,
}

/// What the signs mean, in the order of time.
pub const LEGEND: &str = "━ before (past)  ─ before (to come)  ◆ launch  █ launch phase  ╌ after  │ today  ▒ freeze";
