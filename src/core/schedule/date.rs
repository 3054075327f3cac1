//! Dates as they are written: absolute, relative to T, or relative to a milestone.
//!
//! `2027-03-18`, `2027-03-18T09:00`, `2027-03-18T09:00:00+01:00`, `T`, `T-2w`, `T-10bd`, `T+1h30m`, `launch_day+3d`,
//! `T-1d 17:00`.
//! Weeks, days and business days move the calendar and keep the time on the wall; hours, minutes and seconds move
//! the instant. A shift may be chained, and is applied from left to right: `T-1w+2bd`.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{
    CalendarError, DurationError, WorkCalendar,
    duration::amounts,
    zone::{self, Oddity},
};
use crate::core::model::{Timestamp, name::Id};

/// A date as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenDate {
    Absolute(Written),
    Relative { base: Base, shifts: Vec<Shift> },
}

/// An absolute date, as precise as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Day(NaiveDate),
    /// A time on the wall of the launch's zone.
    Time(NaiveDateTime),
    /// With an offset of its own.
    Instant(Timestamp),
}

/// What a relative date counts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    Target,
    Milestone(Id),
}

/// One step away from the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    Days(i64),
    BusinessDays(i64),
    Seconds(i64),
    /// To a time on the wall of that day: the `17:00` of `T-1d 17:00`.
    Clock(NaiveTime),
}

/// Why a text is no date, or a date no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("it is empty")]
    Empty,
    #[error("it is no date")]
    NoDate,
    #[error("the calendar has no such day")]
    NoSuchDay(String),
    #[error("no length of time comes after `{0}`")]
    NoAmount(String),
    #[error("{0}")]
    Amount(DurationError),
    #[error("`{0}` is not a unit; use `w`, `d`, `bd`, `h`, `m` or `s`")]
    Unit(String),
    #[error("it lies outside the years 1970 to 9999")]
    TooFar,
    #[error("{0}")]
    Calendar(CalendarError),
}

/// A point that other dates count from: a day without a time, or a time on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    day: NaiveDate,
    /// `None`: a bare date, whose time depends on what it is used for.
    time: Option<NaiveTime>,
    /// The very instant, where the anchor is one; it decides on the night when a wall clock shows a time twice.
    instant: Option<Timestamp>,
}

impl Anchor {
    /// The anchor of a date that counts from nothing.
    pub fn of(written: Written, zone: Tz) -> Self {
        match written {
            Written::Day(day) => Self { day, time: None, instant: None },
            Written::Time(local) => Self { day: local.date(), time: Some(local.time()), instant: None },
            Written::Instant(at) => {
                let local = zone::wall_clock(at, zone);
                Self { day: local.date(), time: Some(local.time()), instant: Some(at) }
            }
        }
    }

    /// Moves by each shift in turn.
    ///
    /// # Errors
    /// The result lies outside the years that can be told, or beyond every working day.
    pub fn shifted(self, shifts: &[Shift], zone: Tz, calendar: &WorkCalendar) -> Result<Self, DateError> {
        let mut anchor = self;
        for shift in shifts {
            anchor = match *shift {
                Shift::Days(days) => Self { day: add_days(anchor.day, days)?, instant: None, ..anchor },
                Shift::BusinessDays(days) => {
                    let day = calendar.shift(anchor.day, days).map_err(DateError::Calendar)?;
                    Self { day, instant: None, ..anchor }
                }
                Shift::Clock(time) => Self { day: anchor.day, time: Some(time), instant: None },
                Shift::Seconds(seconds) => {
                    let (at, _) = anchor.start(zone)?;
                    let moved = TimeDelta::try_seconds(seconds).and_then(|d| at.checked_add_signed(d));
                    Self::of(Written::Instant(moved.ok_or(DateError::TooFar)?), zone)
                }
            };
        }
        anchor.check()
    }

    /// As a start: a bare day begins at its first moment.
    ///
    /// # Errors
    /// [`DateError::TooFar`].
    pub fn start(self, zone: Tz) -> Result<(Timestamp, Option<Oddity>), DateError> {
        self.instant(zone, zone::start_of_day)
    }

    /// As a due date: a bare day is over at its last second.
    ///
    /// # Errors
    /// [`DateError::TooFar`].
    pub fn due(self, zone: Tz) -> Result<(Timestamp, Option<Oddity>), DateError> {
        self.instant(zone, zone::end_of_day)
    }

    pub fn day(self) -> NaiveDate {
        self.day
    }

    fn instant(
        self,
        zone: Tz,
        bare: fn(NaiveDate, Tz) -> Option<Timestamp>,
    ) -> Result<(Timestamp, Option<Oddity>), DateError> {
        if let Some(at) = self.instant {
            return Ok((at, None));
        }
        match self.time {
            None => bare(self.day, zone).map(|at| (at, None)),
            Some(time) => zone::resolve(self.day.and_time(time), zone).map(|r| (r.at, r.oddity)),
        }
        .ok_or(DateError::TooFar)
    }

    fn check(self) -> Result<Self, DateError> {
        use chrono::Datelike;
        if (1970..=9999).contains(&self.day.year()) { Ok(self) } else { Err(DateError::TooFar) }
    }
}

fn add_days(day: NaiveDate, days: i64) -> Result<NaiveDate, DateError> {
    let amount = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(amount) } else { day.checked_add_days(amount) };
    moved.ok_or(DateError::TooFar)
}

impl FromStr for WrittenDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(DateError::Empty);
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) && text.get(4..5) == Some("-") {
            return absolute(text).map(Self::Absolute);
        }
        // An id may hold `-` itself, so the shifts are taken off from the right.
        let (text, clock) = match text.rsplit_once(' ') {
            Some((rest, time)) if time.contains(':') => {
                (rest, Some(NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| DateError::NoDate)?))
            }
            _ => (text, None),
        };
        let (base, mut shifts) = split_shifts(text.trim_end())?;
        shifts.extend(clock.map(Shift::Clock));
        let base = match base {
            "T" => Base::Target,
            id => Base::Milestone(id.parse().map_err(|_| DateError::NoDate)?),
        };
        Ok(Self::Relative { base, shifts })
    }
}

fn absolute(text: &str) -> Result<Written, DateError> {
    let day = text.get(..10).ok_or(DateError::NoDate)?;
    let shape = day.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if !shape {
        return Err(DateError::NoDate);
    }
    let day = day.parse::<NaiveDate>().map_err(|_| DateError::NoSuchDay(day.to_owned()))?;
    let written = match text.get(10..).unwrap_or_default() {
        "" => Written::Day(day),
        rest => {
            let time = rest.strip_prefix(['T', ' ', 't']).ok_or(DateError::NoDate)?;
            let local = ["%H:%M:%S", "%H:%M"].iter().find_map(|f| NaiveTime::parse_from_str(time, f).ok());
            match local {
                Some(time) => Written::Time(day.and_time(time)),
                None => Written::Instant(with_offset(&format!("{day}T{time}"))?),
            }
        }
    };
    Anchor::of(written, Tz::UTC).check()?;
    Ok(written)
}

/// A date-time with an offset, with or without seconds.
fn with_offset(text: &str) -> Result<Timestamp, DateError> {
    let parsed = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z"))
        .or_else(|_| DateTime::parse_from_str(&text.replace(['Z', 'z'], "+00:00"), "%Y-%m-%dT%H:%M%:z"));
    parsed.map(|at| at.to_utc()).map_err(|_| DateError::NoDate)
}

/// `launch_day+3d` → (`launch_day`, [+3 days]).
fn split_shifts(text: &str) -> Result<(&str, Vec<Shift>), DateError> {
    let mut base = text;
    let mut shifts = Vec::new();
    while let Some(at) = base.rfind(['+', '-']) {
        let amount = base[at + 1..].trim();
        let sign = if base.as_bytes()[at] == b'-' { -1 } else { 1 };
        let before = base[..at].trim_end();
        if amount.is_empty() {
            return Err(DateError::NoAmount(base.to_owned()));
        }
        match shift(amount, sign) {
            Ok(mut parts) => {
                parts.append(&mut shifts);
                shifts = parts;
            }
            // `go-live` is an id; `T-2x`, `T+` and `launch_day+3x` are slips.
            Err(error) => {
                let slip = sign > 0 || before == "T" || amount.starts_with(|c: char| c.is_ascii_digit());
                if slip {
                    return Err(error);
                }
                break;
            }
        }
        base = before;
    }
    if base.is_empty() { Err(DateError::NoDate) } else { Ok((base, shifts)) }
}

fn shift(amount: &str, sign: i64) -> Result<Vec<Shift>, DateError> {
    let mut shifts = Vec::with_capacity(1);
    for (number, unit) in amounts(amount).map_err(DateError::Amount)? {
        let number = i64::try_from(number).ok().filter(|n| *n <= 1_000_000_000).ok_or(DateError::TooFar)? * sign;
        shifts.push(match unit {
            "w" => Shift::Days(number * 7),
            "d" => Shift::Days(number),
            "bd" => Shift::BusinessDays(number),
            "h" => Shift::Seconds(number * 3600),
            "m" => Shift::Seconds(number * 60),
            "s" => Shift::Seconds(number),
            other => return Err(DateError::Unit(other.to_owned())),
        });
    }
    Ok(shifts)
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target => f.write_str("T"),
            Self::Milestone(id) => write!(f, "{id}"),
        }
    }
}
