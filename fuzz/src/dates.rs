//! Durations, work, dates and offsets, a line each, in time zones with trouble.

use chrono_tz::Tz;
use launchd::core::schedule::{
    Anchor, WorkCalendar, Written, WrittenDate, format_duration, format_work, parse_duration, parse_work,
};

/// Half-hour shifts, a skipped day, a shift at midnight, and none at all.
const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Pacific__Apia, Tz::America__Sao_Paulo];

pub fn try_on(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for line in text.lines().take(20) {
        if let Ok(seconds) = parse_duration(line) {
            assert_eq!(parse_duration(&format_duration(seconds)), Ok(seconds));
        }
        if let Ok(work) = parse_work(line) {
            assert_eq!(parse_work(&format_work(work)), Ok(work));
        }
        if let Ok(written) = line.parse::<WrittenDate>() {
            moments(&written);
        }
    }
}

fn moments(written: &WrittenDate) {
    for zone in ZONES {
        let anchor = match written {
            WrittenDate::Absolute(written) => Ok(Anchor::of(*written, zone)),
            WrittenDate::Relative { shifts, .. } => {
                let target = "2027-03-14T02:30:00".parse().expect("a date");
                Anchor::of(Written::Time(target), zone).shifted(shifts, zone, &WorkCalendar::default())
            }
        };
        if let Ok(anchor) = anchor
            && let (Ok((start, _)), Ok((due, _))) = (anchor.start(zone), anchor.due(zone))
        {
            assert!(start <= due, "{written:?} in {zone}");
        }
    }
}
