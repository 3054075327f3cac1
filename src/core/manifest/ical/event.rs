//! One event: the whole days it takes, how often it comes again, and which of that was taken back.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{LONGEST_DAYS, lines::Line, recurrence};
use crate::core::manifest::{node::Span, problem::Problem};

/// An event of whole days.
#[derive(Debug)]
pub struct Event {
    pub uid: String,
    pub name: String,
    /// Where its start is written.
    pub span: Span,
    pub start: NaiveDate,
    /// How many days it takes.
    pub days: i64,
    pub cancelled: bool,
    /// The instance of a repeated event that this one stands for.
    pub replaces: Option<Moment>,
    rules: Vec<(String, Span)>,
    more: Vec<NaiveDate>,
    without: BTreeSet<NaiveDate>,
}

/// A date of the file, with its time where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub date: NaiveDate,
    time: Option<NaiveTime>,
}

impl Moment {
    /// Midnight is what programs write that know no whole days.
    fn is_whole(self) -> bool {
        self.time.is_none_or(|t| t == NaiveTime::MIN)
    }
}

impl Event {
    /// `None`, and told, when it is no event of whole days.
    pub fn of(lines: &[Line<'_>], end: Span, problems: &mut Vec<Problem>) -> Option<Self> {
        let find = |name: &str| lines.iter().find(|l| l.name == name);
        let name = find("SUMMARY").map(Line::text).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let name = name.unwrap_or_else(|| "holiday".to_owned());
        let Some(start_line) = find("DTSTART") else {
            let detail = format!("`{name}` has no `DTSTART`, so nobody knows which day is meant.");
            problems.push(Problem::error("ical/date", end, "an event without a date", detail));
            return None;
        };
        let span = start_line.span;
        let start = moment(start_line, &start_line.value, problems)?;
        let days = length(lines, start, problems)?;
        if !start.is_whole() || days == 0 {
            let detail = format!("`{name}` is no whole day, so it is left out.");
            problems.push(
                Problem::warning("ical/not-a-day", span, "an event with a time", detail)
                    .hint("Make it an all-day event if it is a holiday."),
            );
            return None;
        }
        let mut event = Self {
            uid: find("UID").map(|l| l.value.trim().to_owned()).unwrap_or_default(),
            name,
            span,
            start: start.date,
            days,
            cancelled: find("STATUS").is_some_and(|l| l.value.trim().eq_ignore_ascii_case("CANCELLED")),
            replaces: None,
            rules: Vec::new(),
            more: Vec::new(),
            without: BTreeSet::new(),
        };
        event.repeats(lines, problems);
        Some(event)
    }

    fn repeats(&mut self, lines: &[Line<'_>], problems: &mut Vec<Problem>) {
        for line in lines {
            let dates = |problems: &mut Vec<Problem>| -> Vec<NaiveDate> {
                line.value.split(',').filter_map(|text| moment(line, text, problems)).map(|m| m.date).collect()
            };
            match line.name.as_str() {
                "RRULE" => self.rules.push((line.value.trim().to_owned(), line.span)),
                "RDATE" => self.more.extend(dates(problems)),
                "EXDATE" => self.without.extend(dates(problems)),
                "RECURRENCE-ID" => self.replaces = moment(line, &line.value, problems),
                "EXRULE" => problems.push(recurrence::not_understood(
                    &line.value,
                    "it was taken out of the standard",
                    line.span,
                )),
                _ => {}
            }
        }
    }

    /// The days on which it begins.
    pub fn starts(&self, problems: &mut Vec<Problem>) -> BTreeSet<NaiveDate> {
        let mut starts: BTreeSet<NaiveDate> = self.more.iter().copied().collect();
        if self.rules.is_empty() {
            starts.insert(self.start);
        }
        for (rule, span) in &self.rules {
            match recurrence::days(rule, self.start) {
                Ok(days) => starts.extend(days),
                Err(why) => problems.push(recurrence::not_understood(rule, &why, *span)),
            }
        }
        starts.retain(|day| !self.without.contains(day));
        starts
    }
}

/// How many whole days it takes; `None`, and told, when the file says nonsense.
fn length(lines: &[Line<'_>], start: Moment, problems: &mut Vec<Problem>) -> Option<i64> {
    let find = |name: &str| lines.iter().find(|l| l.name == name);
    let (days, span) = match (find("DTEND"), find("DURATION")) {
        (Some(line), _) => {
            let end = moment(line, &line.value, problems)?;
            // The end is not part of it. A time on the day makes it no whole day.
            (if end.is_whole() { (end.date - start.date).num_days() } else { 0 }, line.span)
        }
        (None, Some(line)) => (duration(&line.value), line.span),
        (None, None) => return Some(if start.time.is_some() { 0 } else { 1 }),
    };
    if (0..=LONGEST_DAYS).contains(&days) && !(days == 0 && start.time.is_none()) {
        return Some(days);
    }
    // Programs write a day's own date as its end; the standard's end is the day after.
    if days == 0 {
        return Some(1);
    }
    let detail = match days {
        n if n < 0 => "It ends before it begins.".to_owned(),
        n => format!("It takes {n} days, and no holiday takes more than {LONGEST_DAYS}."),
    };
    problems.push(Problem::error("ical/date", span, "an event of impossible length", detail));
    None
}

/// Whole days of `P1D`, `P2W`; 0 for any other length.
fn duration(text: &str) -> i64 {
    let text = text.trim().trim_start_matches('+');
    let Some(amount) = text.strip_prefix('P') else { return 0 };
    let number = |unit: char| amount.strip_suffix(unit).and_then(|n| n.parse::<i64>().ok()).filter(|n| *n < 1_000_000);
    number('D').or_else(|| number('W').map(|weeks| weeks * 7)).unwrap_or(0)
}

/// `20271225`, `20271225T000000`, `20271225T000000Z`, or a period, of which the start counts.
fn moment(line: &Line<'_>, text: &str, problems: &mut Vec<Problem>) -> Option<Moment> {
    let text = text.trim().split('/').next().unwrap_or_default();
    let bare = text.strip_suffix('Z').unwrap_or(text);
    let found = match bare.len() {
        8 => NaiveDate::parse_from_str(bare, "%Y%m%d").ok().map(|date| Moment { date, time: None }),
        _ => NaiveDateTime::parse_from_str(bare, "%Y%m%dT%H%M%S")
            .ok()
            .map(|at| Moment { date: at.date(), time: Some(at.time()) }),
    };
    if found.is_none() {
        let shown: String = text.chars().take(32).collect();
        let detail = format!("`{shown}` is no day of the calendar.");
        problems.push(
            Problem::error("ical/date", line.span, "not a date", detail)
                .hint(format!("Write it as `{};VALUE=DATE:20271225`.", line.name)),
        );
    }
    found
}
