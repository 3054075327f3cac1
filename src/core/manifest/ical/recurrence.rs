//! Holidays that come again: `FREQ=YEARLY;BYMONTH=11;BYDAY=4TH` (RFC 5545 §3.3.10).

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeZone};
use rrule::{Frequency, RRule, Tz, Unvalidated};

use super::{MOST_DAYS, YEARS};
use crate::core::manifest::{node::Span, problem::Problem};

/// The days that a rule gives from `start` on.
///
/// # Errors
/// Why it is not understood.
pub fn days(rule: &str, start: NaiveDate) -> Result<BTreeSet<NaiveDate>, String> {
    let parsed: RRule<Unvalidated> = in_utc(rule).parse().map_err(|e: rrule::RRuleError| sentence(&e.to_string()))?;
    if matches!(parsed.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
        return Err("it repeats within a day".to_owned());
    }
    let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|at| Tz::UTC.from_utc_datetime(&at));
    let begin = midnight(start).ok_or("its start is no date")?;
    let end = NaiveDate::from_ymd_opt(YEARS.end, 1, 1).and_then(midnight).ok_or("its end is no date")?;
    let set = parsed.build(begin).map_err(|e| sentence(&e.to_string()))?;
    let limit = u16::try_from(MOST_DAYS).unwrap_or(u16::MAX);
    let found = set.before(end).all(limit);
    if found.dates.is_empty() {
        return Err("it gives no day".to_owned());
    }
    if found.dates.len() >= usize::from(limit) {
        return Err(format!("it gives more than {limit} days"));
    }
    Ok(found.dates.iter().map(|at| at.naive_utc().date()).collect())
}

/// Days have no zone, and the rule is read in UTC: so is the end that it names. An end on a day includes that day.
fn in_utc(rule: &str) -> String {
    let parts = rule.split(';').map(|part| match part.split_once('=') {
        Some((key, until)) if key.eq_ignore_ascii_case("UNTIL") => match until.len() {
            8 => format!("UNTIL={until}T235959Z"),
            15 => format!("UNTIL={until}Z"),
            _ => part.to_owned(),
        },
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(";")
}

fn sentence(text: &str) -> String {
    // What kind of failure it is in that library helps nobody.
    let text = text.split_once("error: ").map_or(text, |(_, why)| why);
    text.trim_end_matches('.').replace('\n', " ")
}

pub fn not_understood(rule: &str, why: &str, span: Span) -> Problem {
    let shown: String = rule.chars().take(64).collect();
    Problem::error(
        "ical/recurrence",
        span,
        "a rule that is not understood",
        format!("`{shown}`: {why}. Without its days, business days would be counted wrong."),
    )
    .hint("Write its days as events of their own, or under `holidays` of the calendar.")
}
