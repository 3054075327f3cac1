//! Instants for people: in the launch's time zone, and relative.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::View;
use crate::core::model::Timestamp;

/// `2027-03-18 09:00 EDT`.
pub fn absolute(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// `2027-03-18`.
pub fn date(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d").to_string()
}

/// `2027-03-18 09:00 EDT (in 3 days)`.
pub fn both(at: Timestamp, zone: Tz, view: &View) -> String {
    format!("{} ({})", absolute(at, zone), relative(at, view.now))
}

/// `in 3 days`, `2 hours ago`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let delta = at - now;
    let text = length(delta.abs());
    match delta.num_seconds() {
        0 => "now".to_owned(),
        s if s > 0 => format!("in {text}"),
        _ => format!("{text} ago"),
    }
}

/// A length in its largest sensible unit: minutes below an hour, hours up to 36, days up to 20, weeks up to 12, months
/// up to 36, then years.
pub fn length(delta: TimeDelta) -> String {
    let seconds = delta.num_seconds();
    let unit = |n: i64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let round = |by: i64| (seconds + by / 2) / by;
    match seconds {
        s if s < 60 => unit(s, "second"),
        s if s < 3600 => unit(s / 60, "minute"),
        s if s < 36 * 3600 => unit(round(3600), "hour"),
        s if s < 21 * 86_400 => unit(round(86_400), "day"),
        s if s < 12 * 7 * 86_400 => unit(round(7 * 86_400), "week"),
        s if s < 36 * 2_629_746 => unit(round(2_629_746), "month"),
        _ => unit(round(31_556_952), "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_shown_in_the_launchs_zone_on_both_sides_of_daylight_saving() {
        assert_eq!(absolute(at("2027-03-13T14:00:00Z"), Tz::America__New_York), "2027-03-13 09:00 EST");
        assert_eq!(absolute(at("2027-03-14T13:00:00Z"), Tz::America__New_York), "2027-03-14 09:00 EDT");
    }

    #[test]
    fn relative_times_use_the_unit_that_people_would() {
        let now = at("2027-03-01T12:00:00Z");
        for (other, text) in [
            ("2027-03-01T12:00:00Z", "now"),
            ("2027-03-01T12:00:42Z", "in 42 seconds"),
            ("2027-03-01T12:40:00Z", "in 40 minutes"),
            ("2027-03-01T09:00:00Z", "3 hours ago"),
            ("2027-03-04T12:00:00Z", "in 3 days"),
            ("2027-04-12T12:00:00Z", "in 6 weeks"),
            ("2027-09-01T12:00:00Z", "in 6 months"),
            ("1927-03-01T12:00:00Z", "100 years ago"),
        ] {
            assert_eq!(relative(at(other), now), text);
        }
    }
}
