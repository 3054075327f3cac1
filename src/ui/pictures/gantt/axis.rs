//! The time line: what stretch is shown, where an instant lies on it, and ticks that suit its length.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::Gantt;
use crate::core::{model::Timestamp, schedule::zone};

/// A linear scale from instants to pixels.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    pub from: Timestamp,
    pub until: Timestamp,
    pub left: f64,
    pub right: f64,
    pub zone: Tz,
}

/// A stretch of the time line with its name, in decreasing length.
#[derive(Debug, Clone)]
pub struct Tick {
    pub at: Timestamp,
    pub until: Timestamp,
    pub labels: Vec<String>,
}

/// The steps of a line of ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Hours(u32),
    Day,
    Week,
    Month,
    Quarter,
    Years(i32),
}

/// From fine to coarse: a step, how many pixels it needs, and the step of the line above it.
const SCALES: [(Step, f64, Option<Step>); 15] = [
    (Step::Hours(1), 38.0, Some(Step::Day)),
    (Step::Hours(3), 38.0, Some(Step::Day)),
    (Step::Hours(6), 38.0, Some(Step::Day)),
    (Step::Hours(12), 38.0, Some(Step::Day)),
    (Step::Day, 18.0, Some(Step::Month)),
    (Step::Week, 22.0, Some(Step::Month)),
    (Step::Month, 28.0, Some(Step::Years(1))),
    (Step::Quarter, 26.0, Some(Step::Years(1))),
    (Step::Years(1), 36.0, None),
    (Step::Years(2), 36.0, None),
    (Step::Years(5), 36.0, None),
    (Step::Years(10), 36.0, None),
    (Step::Years(50), 36.0, None),
    (Step::Years(500), 36.0, None),
    (Step::Years(10_000), 0.0, None),
];

impl Axis {
    /// Shows every row, T, and today if it is near; leaves `room` pixels at the right end for labels.
    pub fn new(gantt: &Gantt, left: f64, right: f64, room: f64) -> Self {
        let instants = gantt.rows().flat_map(|r| {
            let (base_start, base_due) = r.baseline.unwrap_or((r.start, r.due));
            [r.start, r.due, r.expected, base_start, base_due]
        });
        let instants: Vec<Timestamp> = instants.chain(gantt.targets.iter().map(|t| t.at)).collect();
        let mut from = instants.iter().min().copied().unwrap_or(gantt.now);
        let mut until = instants.iter().max().copied().unwrap_or(gantt.now);
        let reach = (until - from) * 2 / 5;
        if gantt.now > from - reach && gantt.now < until + reach {
            (from, until) = (from.min(gantt.now), until.max(gantt.now));
        }
        let span = (until - from).max(TimeDelta::hours(20));
        let per_pixel = span.as_seconds_f64() / (right - left - room - 14.0).max(100.0);
        let seconds = |pixels: f64| TimeDelta::seconds((pixels * per_pixel) as i64);
        let from = from.checked_sub_signed(seconds(14.0)).unwrap_or(from);
        let until = from.checked_add_signed(seconds(right - left)).unwrap_or(until);
        Self { from, until, left, right, zone: gantt.zone }
    }

    pub fn x(&self, at: Timestamp) -> f64 {
        let share = (at - self.from).as_seconds_f64() / (self.until - self.from).as_seconds_f64();
        self.left + share * (self.right - self.left)
    }

    /// As [`Axis::x`], and within the chart.
    pub fn clamped(&self, at: Timestamp) -> f64 {
        self.x(at).clamp(self.left, self.right)
    }

    pub fn shows(&self, at: Timestamp) -> bool {
        (self.from..=self.until).contains(&at)
    }

    pub fn pixels_per_day(&self) -> f64 {
        (self.right - self.left) * 86_400.0 / (self.until - self.from).as_seconds_f64()
    }

    /// The lower line of ticks, and the upper one if there is any.
    pub fn ticks(&self) -> (Vec<Tick>, Vec<Tick>) {
        let fits = |step: Step, pixels: f64| self.pixels_per_day() * days(step) >= pixels;
        let (minor, _, major) =
            SCALES.iter().find(|(step, pixels, _)| fits(*step, *pixels)).copied().unwrap_or(SCALES[14]);
        (self.line(minor, false), major.map(|step| self.line(step, true)).unwrap_or_default())
    }

    fn line(&self, step: Step, is_major: bool) -> Vec<Tick> {
        let mut ticks = Vec::new();
        let mut at = floor(zone::wall_clock(self.from, self.zone), step);
        while let Some((start, next)) = at.and_then(|a| Some((a, advance(a, step)?))) {
            let instant = |local: NaiveDateTime| zone::resolve(local, self.zone).map(|r| r.at);
            let (Some(from), Some(until)) = (instant(start), instant(next)) else { break };
            if from > self.until {
                break;
            }
            ticks.push(Tick { at: from, until, labels: labels(start, step, is_major) });
            at = Some(next);
        }
        ticks
    }
}

fn days(step: Step) -> f64 {
    match step {
        Step::Hours(n) => f64::from(n) / 24.0,
        Step::Day => 1.0,
        Step::Week => 7.0,
        Step::Month => 28.0,
        Step::Quarter => 90.0,
        Step::Years(n) => f64::from(n) * 365.0,
    }
}

/// The beginning of the step that a wall-clock time lies in.
fn floor(at: NaiveDateTime, step: Step) -> Option<NaiveDateTime> {
    let day = at.date();
    let start = match step {
        Step::Hours(_) | Step::Day => Some(day),
        Step::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
        Step::Month => day.with_day(1),
        Step::Quarter => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
        Step::Years(n) => NaiveDate::from_ymd_opt(day.year().div_euclid(n) * n, 1, 1),
    };
    Some(start?.and_time(NaiveTime::MIN))
}

fn advance(at: NaiveDateTime, step: Step) -> Option<NaiveDateTime> {
    let months = |n: u32| at.date().checked_add_months(chrono::Months::new(n)).map(|d| d.and_time(NaiveTime::MIN));
    match step {
        Step::Hours(n) => at.checked_add_signed(TimeDelta::hours(n.into())),
        Step::Day => at.checked_add_days(Days::new(1)),
        Step::Week => at.checked_add_days(Days::new(7)),
        Step::Month => months(1),
        Step::Quarter => months(3),
        Step::Years(n) => NaiveDate::from_ymd_opt(at.year().checked_add(n)?, 1, 1).map(|d| d.and_time(NaiveTime::MIN)),
    }
}

/// What a step is called, the longest form first.
fn labels(at: NaiveDateTime, step: Step, is_major: bool) -> Vec<String> {
    let forms: &[&str] = match (step, is_major) {
        (Step::Hours(_), _) => &["%H:%M", "%H"],
        (Step::Day, true) => &["%A %-d %B %Y", "%a %-d %B", "%a %-d %b", "%a %-d", "%-d"],
        (Step::Day, false) => &["%a %-d", "%-d"],
        (Step::Week, _) => &["%-d"],
        (Step::Month, true) => &["%B %Y", "%b %Y", "%b"],
        (Step::Month, false) => &["%b"],
        (Step::Quarter, _) => return vec![format!("Q{}", at.month0() / 3 + 1)],
        (Step::Years(_), _) => &["%Y"],
    };
    forms.iter().map(|form| at.format(form).to_string()).collect()
}
