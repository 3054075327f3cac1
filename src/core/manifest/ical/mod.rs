//! Holidays from an iCalendar file (RFC 5545): whole days of its events, each with its name.
//!
//! In: the file's text. Out: days, and everything that was not understood, with its line. Imports `node` and `problem`.
//! Deliberately absent: times of day, alarms, tasks and time zones. What is not a whole day is no holiday.

mod event;
mod import;
mod lines;
mod recurrence;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};

use super::{
    node::{FileId, Span},
    problem::Problem,
};
use event::Event;
use lines::{Line, lines};

pub(super) use import::Imports;

/// More days than this are no list of holidays.
const MOST_DAYS: usize = 20_000;
/// Longer than this is no holiday, but a slip in a year.
const LONGEST_DAYS: i64 = 366;
/// Days outside of these years are of no use to any launch.
const YEARS: std::ops::Range<i32> = 1970..2100;

/// Whether a file is one of these, by its name.
pub fn is_calendar_file(path: &str) -> bool {
    path.ends_with(".ics")
}

/// The days of a file's events with their names. The first name of a day counts.
pub fn holidays(text: &str, file: FileId) -> (BTreeMap<NaiveDate, String>, Vec<Problem>) {
    let mut problems = Vec::new();
    let events = events(text, file, &mut problems);
    // An instance that was moved or cancelled by itself replaces the one that its rule gives.
    let replaced: BTreeSet<(&str, NaiveDate)> =
        events.iter().filter_map(|e| Some((&*e.uid, e.replaces.as_ref()?.date))).collect();
    let mut days = BTreeMap::new();
    for event in events.iter().filter(|e| !e.cancelled) {
        for start in event.starts(&mut problems) {
            if event.replaces.is_none() && replaced.contains(&(&*event.uid, start)) {
                continue;
            }
            let length = u64::try_from(event.days).unwrap_or(1);
            let whole = (0..length).filter_map(|n| start.checked_add_days(Days::new(n)));
            for day in whole.filter(|d| YEARS.contains(&d.year())) {
                days.entry(day).or_insert_with(|| event.name.clone());
            }
            if days.len() > MOST_DAYS {
                let detail = format!("It has more than {MOST_DAYS} days by this event; no list of holidays has.");
                problems.push(Problem::error("ical/too-many-days", event.span, "too many days", detail));
                return (days, problems);
            }
        }
    }
    (days, problems)
}

/// The events of all calendars of a file.
fn events(text: &str, file: FileId, problems: &mut Vec<Problem>) -> Vec<Event> {
    let begins = text.trim_start_matches('\u{feff}').trim_start().get(..15);
    if !begins.is_some_and(|b| b.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        let span = Span { file, start: 0, end: 0 };
        let detail = "It does not begin with `BEGIN:VCALENDAR`.";
        problems.push(Problem::error("ical/syntax", span, "not an iCalendar file", detail).hint("Export it again."));
        return Vec::new();
    }
    let mut open: Vec<(String, Span)> = Vec::new();
    let mut events = Vec::new();
    let mut own: Vec<Line<'_>> = Vec::new();
    for line in lines(text, file) {
        let line = match line {
            Ok(line) => line,
            Err(problem) => {
                problems.push(*problem);
                continue;
            }
        };
        match line.name.as_str() {
            "BEGIN" => {
                let kind = line.value.trim().to_ascii_uppercase();
                if kind == "VEVENT" {
                    own.clear();
                }
                open.push((kind, line.span));
            }
            "END" => {
                let kind = line.value.trim().to_ascii_uppercase();
                match open.pop() {
                    Some((begun, _)) if begun == kind => {}
                    _ => {
                        let detail = format!("`END:{kind}` ends something else than what was begun last.");
                        problems.push(Problem::error("ical/syntax", line.span, "not an iCalendar file", detail));
                        return events;
                    }
                }
                if kind == "VEVENT" {
                    events.extend(Event::of(&own, line.span, problems));
                }
            }
            _ if open.last().is_some_and(|(kind, _)| kind == "VEVENT") => own.push(line),
            _ => {}
        }
    }
    if let Some((kind, span)) = open.first() {
        let detail = format!(
            "`BEGIN:{kind}` has no end: the file is cut off, or goes on in characters that are no UTF-8. Days that are \
             missing would count as worked."
        );
        problems.push(
            Problem::error("ical/syntax", *span, "an incomplete iCalendar file", detail).hint("Export it again."),
        );
    }
    events
}
