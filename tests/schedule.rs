//! Dates and times against cases worked out by hand, and against the laws that any schedule obeys.

use std::collections::BTreeMap;

use chrono::{
    DateTime, NaiveDate, TimeDelta, Utc,
    Weekday::{self, Fri, Mon, Sat, Thu, Tue, Wed},
};
use chrono_tz::Tz;
use launchd::core::{
    model::{activity::Retry, fingerprint::ExternalKey, launch::Freeze, work::Work},
    schedule::{
        Anchor, Base, CalendarError, DateError, DurationError, Shift, WorkCalendar, Written, WrittenDate,
        clock::WorkClock,
        format_duration, format_work, next_free, parse_duration, parse_work, retry_at, retry_delay,
        zone::{self, Oddity},
    },
};
use proptest::prelude::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Monday to Friday, with Good Friday and Easter Monday of 2027 off.
fn easter() -> WorkCalendar {
    let off = [(day("2027-03-26"), "Good Friday".into()), (day("2027-03-29"), "Easter Monday".into())];
    WorkCalendar::new([Mon, Tue, Wed, Thu, Fri], BTreeMap::from(off)).unwrap()
}

/// The instant of `date` where T is `target`.
fn at(target: &str, zone: Tz, date: &str, due: bool) -> Result<DateTime<Utc>, DateError> {
    let WrittenDate::Absolute(written) = target.parse()? else { panic!("T is absolute") };
    let t = Anchor::of(written, zone);
    let anchor = match date.parse()? {
        WrittenDate::Absolute(written) => Anchor::of(written, zone),
        WrittenDate::Relative { base: Base::Target, shifts } => t.shifted(&shifts, zone, &easter())?,
        WrittenDate::Relative { .. } => panic!("only T here"),
    };
    let (at, _) = if due { anchor.due(zone)? } else { anchor.start(zone)? };
    Ok(at)
}

#[test]
fn dates_agree_with_cases_worked_out_by_hand() {
    let ny = chrono_tz::America::New_York;
    let berlin = chrono_tz::Europe::Berlin;
    let kolkata = chrono_tz::Asia::Kolkata;
    // 2027: New York springs forward on 14 March and falls back on 7 November; Berlin on 28 March and 31 October.
    let t = "2027-04-01T09:00"; // a Thursday
    #[rustfmt::skip]
    let cases = [
        // T itself, with daylight saving in force
        (t, ny, "T", "2027-04-01T13:00:00Z"),
        (t, berlin, "T", "2027-04-01T07:00:00Z"),
        (t, kolkata, "T", "2027-04-01T03:30:00Z"),
        // calendar days keep 09:00 on the wall; across the change of 14 March the offset differs
        (t, ny, "T-2w", "2027-03-18T13:00:00Z"),
        (t, ny, "T-4w", "2027-03-04T14:00:00Z"),
        (t, ny, "T-18d", "2027-03-14T13:00:00Z"),
        (t, ny, "T-19d", "2027-03-13T14:00:00Z"),
        (t, berlin, "T-1w", "2027-03-25T08:00:00Z"),
        (t, berlin, "T+30d", "2027-05-01T07:00:00Z"),
        // hours move the instant: 120 hours before 1 April 09:00 in Berlin is 08:00 on the wall
        (t, berlin, "T-120h", "2027-03-27T07:00:00Z"),
        (t, berlin, "T-5d", "2027-03-27T08:00:00Z"),
        (t, ny, "T+1h30m", "2027-04-01T14:30:00Z"),
        (t, ny, "T-45m", "2027-04-01T12:15:00Z"),
        (t, ny, "T+90s", "2027-04-01T13:01:30Z"),
        // business days: 31, 30 March, then 25 March, because 26 and 29 are holidays
        (t, ny, "T-1bd", "2027-03-31T13:00:00Z"),
        (t, ny, "T-2bd", "2027-03-30T13:00:00Z"),
        (t, ny, "T-3bd", "2027-03-25T13:00:00Z"),
        (t, ny, "T-10bd", "2027-03-16T13:00:00Z"),
        (t, ny, "T+1bd", "2027-04-02T13:00:00Z"),
        (t, ny, "T+2bd", "2027-04-05T13:00:00Z"),
        (t, ny, "T+0bd", "2027-04-01T13:00:00Z"),
        // from a day off, zero business days is the next one worked
        ("2027-03-27T09:00", ny, "T+0bd", "2027-03-30T13:00:00Z"),
        ("2027-03-27T09:00", ny, "T-1bd", "2027-03-25T13:00:00Z"),
        // chained from left to right: 25 March, then two business days on
        (t, ny, "T-1w+2bd", "2027-03-31T13:00:00Z"),
        (t, ny, "T-1d 17:00", "2027-03-31T21:00:00Z"),
        (t, ny, "T - 2w", "2027-03-18T13:00:00Z"),
        // a bare T, as a due date, is its last second; so are whole days from it
        ("2027-04-01", ny, "T", "2027-04-02T03:59:59Z"),
        ("2027-04-01", ny, "T-2w", "2027-03-19T03:59:59Z"),
        ("2027-04-01", ny, "T+1h", "2027-04-01T05:00:00Z"),
        // absolute dates do not care about T
        (t, ny, "2027-03-18", "2027-03-19T03:59:59Z"),
        (t, ny, "2027-03-18T17:00", "2027-03-18T21:00:00Z"),
        (t, ny, "2027-03-18T17:00+01:00", "2027-03-18T16:00:00Z"),
        (t, ny, "2027-03-18T17:00:00Z", "2027-03-18T17:00:00Z"),
        // a leap day, and the ends of short months
        ("2028-02-29T12:00", kolkata, "T+366d", "2029-03-01T06:30:00Z"),
        ("2028-03-01T12:00", kolkata, "T-1d", "2028-02-29T06:30:00Z"),
        // the 25-hour day of New York ends when it ends
        ("2027-11-07", ny, "T", "2027-11-08T04:59:59Z"),
    ];
    for (target, zone, date, expected) in cases {
        assert_eq!(at(target, zone, date, true), Ok(instant(expected)), "{date} of {target} in {zone}");
    }
}

#[test]
fn a_bare_date_starts_with_its_day() {
    let ny = chrono_tz::America::New_York;
    assert_eq!(at("2027-04-01", ny, "T", false), Ok(instant("2027-04-01T04:00:00Z")));
    assert_eq!(at("2027-04-01", ny, "2027-03-14", false), Ok(instant("2027-03-14T05:00:00Z")));
    // Midnight was skipped in Beirut on 28 March 2027: the day starts at 01:00.
    let beirut = chrono_tz::Asia::Beirut;
    let start = zone::start_of_day(day("2027-03-28"), beirut).unwrap();
    assert_eq!(zone::wall_clock(start, beirut).to_string(), "2027-03-28 01:00:00");
    // Samoa went over the date line: 30 December 2011 never was, and ends as it begins.
    let (apia, never) = (chrono_tz::Pacific::Apia, day("2011-12-30"));
    assert_eq!(zone::end_of_day(never, apia), zone::start_of_day(never, apia));
}

#[test]
fn a_time_that_is_skipped_is_read_as_it_would_have_been_without_the_change() {
    let ny = chrono_tz::America::New_York;
    let resolved = zone::resolve("2027-03-14T02:30:00".parse().unwrap(), ny).unwrap();
    assert_eq!(resolved.at, instant("2027-03-14T07:30:00Z"));
    let Some(Oddity::Skipped { read_as, .. }) = resolved.oddity else { panic!("{resolved:?}") };
    assert_eq!(read_as.to_string(), "2027-03-14 03:30:00 EDT");
    // A change by half an hour, of Lord Howe Island, on 3 October 2027 at 02:00.
    let howe = chrono_tz::Australia::Lord_Howe;
    let resolved = zone::resolve("2027-10-03T02:15:00".parse().unwrap(), howe).unwrap();
    let Some(Oddity::Skipped { read_as, .. }) = resolved.oddity else { panic!("{resolved:?}") };
    assert_eq!(read_as.naive_local().to_string(), "2027-10-03 02:45:00");
    // A whole day, of Samoa, in 2011.
    let apia = chrono_tz::Pacific::Apia;
    assert!(zone::resolve("2011-12-30T12:00:00".parse().unwrap(), apia).unwrap().oddity.is_some());
}

#[test]
fn of_a_time_that_happens_twice_the_first_is_meant() {
    let ny = chrono_tz::America::New_York;
    let resolved = zone::resolve("2027-11-07T01:30:00".parse().unwrap(), ny).unwrap();
    assert_eq!(resolved.at, instant("2027-11-07T05:30:00Z"));
    assert!(matches!(resolved.oddity, Some(Oddity::Repeated { .. })));
}

#[test]
fn a_milestone_can_be_counted_from_whatever_its_id() {
    let relative = |text: &str| match text.parse().unwrap() {
        WrittenDate::Relative { base: Base::Milestone(id), shifts } => (id.to_string(), shifts),
        other => panic!("{other:?}"),
    };
    assert_eq!(relative("launch_day+3d"), ("launch_day".into(), vec![Shift::Days(3)]));
    assert_eq!(relative("go-live-2bd"), ("go-live".into(), vec![Shift::BusinessDays(-2)]));
    assert_eq!(relative("go-live"), ("go-live".into(), vec![]));
    assert_eq!(relative("beta+1w-2h"), ("beta".into(), vec![Shift::Days(7), Shift::Seconds(-7200)]));
}

#[test]
fn what_is_no_date_is_told_why() {
    let error = |text: &str| text.parse::<WrittenDate>().unwrap_err();
    assert_eq!(error(""), DateError::Empty);
    assert_eq!(error("2027-02-29"), DateError::NoSuchDay("2027-02-29".into()));
    assert_eq!(error("2027-13-01"), DateError::NoSuchDay("2027-13-01".into()));
    assert_eq!(error("2027-04-01T25:00"), DateError::NoDate);
    assert_eq!(error("T-2x"), DateError::Unit("x".into()));
    assert!(matches!(error("T-2"), DateError::Amount(_)));
    assert_eq!(error("T+"), DateError::NoAmount("T+".into()));
    assert_eq!(error("T--2w"), DateError::NoAmount("T-".into()));
    assert_eq!(error("next week"), DateError::NoDate);
    assert_eq!(error("0001-01-01"), DateError::TooFar);
    assert_eq!(error("T+99999999999d"), DateError::TooFar);
    assert_eq!(
        error("T+99999999999999999999999d"),
        DateError::Amount(parse_duration("99999999999999999999999d").unwrap_err())
    );
    let far = |date| at("2027-04-01T09:00", Tz::UTC, date, true).unwrap_err();
    assert_eq!(far("T+1000000000d"), DateError::TooFar);
    assert_eq!(far("T-100000d"), DateError::TooFar);
    assert_eq!(far("T+999999bd"), DateError::Calendar(CalendarError::TooFar));
}

#[test]
fn durations_are_read_and_written() {
    for (text, seconds) in [("10m", 600), ("7d", 604_800), ("1h30m", 5400), ("2w", 1_209_600), ("0s", 0), ("90s", 90)] {
        assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        assert_eq!(parse_duration(&format_duration(seconds)), Ok(seconds));
    }
    for text in ["", "-5m", "5", "m", "5x", "1.5h", "5 minutes", "99999999w", "１m"] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn a_calendar_must_have_a_working_day() {
    assert_eq!(WorkCalendar::new([], BTreeMap::new()), Err(CalendarError::NoWorkingDay));
    let holidays = day("2026-01-01").iter_days().take(45_000).map(|d| (d, "off".to_owned())).collect();
    let never = WorkCalendar::new([Weekday::Mon], holidays).unwrap();
    assert_eq!(never.shift(day("2027-04-01"), 1), Err(CalendarError::TooFar));
}

#[test]
fn working_days_between_two_days_are_counted() {
    assert_eq!(easter().between(day("2027-03-25"), day("2027-04-01")), 3);
    assert_eq!(easter().between(day("2027-04-01"), day("2027-03-25")), -3);
    assert_eq!(easter().holiday(day("2027-03-26")), Some("Good Friday"));
}

#[test]
fn freezes_that_overlap_or_touch_are_waited_for_together() {
    let freeze = |name: &str, from, until| Freeze {
        calendar: None,
        name: name.into(),
        from: instant(from),
        until: instant(until),
        except: Vec::new(),
    };
    let freezes = [
        freeze("year end", "2026-12-24T00:00:00Z", "2027-01-02T00:00:00Z"),
        freeze("audit", "2026-12-20T00:00:00Z", "2026-12-24T00:00:00Z"),
        freeze("stocktaking", "2027-01-01T00:00:00Z", "2027-01-04T00:00:00Z"),
    ];
    let (free, last) = next_free(instant("2026-12-21T00:00:00Z"), &freezes);
    assert_eq!(free, instant("2027-01-04T00:00:00Z"));
    assert_eq!(last.unwrap().name, "stocktaking");
    let before = instant("2026-12-19T23:59:59Z");
    assert_eq!(next_free(before, &freezes), (before, None));
    let end = instant("2027-01-04T00:00:00Z");
    assert_eq!(next_free(end, &freezes), (end, None));
}

fn key(activity: &str) -> ExternalKey {
    ExternalKey::new("main", &"atlas".parse().unwrap(), &activity.parse().unwrap(), 0)
}

#[test]
fn a_retry_waits_longer_each_time_and_never_less_than_the_server_asks() {
    let retry = Retry { attempts: 10, base_seconds: 2, max_seconds: 900 };
    let delays: Vec<_> = (1..=12).map(|n| retry_delay(retry, &key("epic"), n, None)).collect();
    for (n, delay) in delays.iter().enumerate() {
        let full = (2_u64 << n).min(900);
        assert!((full * 3 / 4..=full).contains(delay), "try {}: {delay} of {full}", n + 1);
    }
    let now = instant("2027-04-01T13:00:00Z");
    assert_eq!(retry_at(retry, &key("epic"), 1, now, Some(3600)), now + TimeDelta::hours(1));
    assert_eq!(retry_delay(retry, &key("epic"), u32::MAX, Some(u64::MAX)), u64::MAX);
    assert_eq!(retry_at(retry, &key("epic"), 5, now, Some(u64::MAX)), DateTime::<Utc>::MAX_UTC);
}

#[test]
fn what_failed_together_is_not_tried_together() {
    let retry = Retry { attempts: 10, base_seconds: 100, max_seconds: 900 };
    let delays: std::collections::BTreeSet<_> =
        (0..20).map(|n| retry_delay(retry, &key(&format!("post{n}")), 3, None)).collect();
    assert!(delays.len() > 10, "{delays:?}");
}

proptest! {
    #[test]
    fn going_there_and_back_in_days_ends_where_it_began(days in 0_i64..5000, back in 0_i64..400, hour in 0_u32..24) {
        let zone = chrono_tz::America::New_York;
        let start = Anchor::of(Written::Time((day("2027-04-01") - TimeDelta::days(back)).and_hms_opt(hour, 30, 0).unwrap()), zone);
        let there = start.shifted(&[Shift::Days(days)], zone, &easter()).unwrap();
        let again = there.shifted(&[Shift::Days(-days)], zone, &easter()).unwrap();
        prop_assert_eq!(again.due(zone).unwrap().0, start.due(zone).unwrap().0);
    }

    #[test]
    fn going_there_and_back_in_business_days_ends_where_it_began(count in 1_i64..500, offset in 0_i64..1000) {
        let calendar = easter();
        let start = calendar.shift(day("2026-01-01") + TimeDelta::days(offset), 0).unwrap();
        let there = calendar.shift(start, count).unwrap();
        prop_assert_eq!(calendar.shift(there, -count).unwrap(), start);
        prop_assert_eq!(calendar.between(start, there), count);
    }

    #[test]
    fn a_later_offset_is_never_an_earlier_instant(a in -3000_i64..3000, b in -3000_i64..3000, zone in 0_usize..596) {
        let zone = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
        let t = Anchor::of(Written::Time("2027-03-28T02:30:00".parse().unwrap()), zone);
        let due = |days| t.shifted(&[Shift::Days(days)], zone, &easter()).unwrap().due(zone).unwrap().0;
        prop_assert_eq!(a.cmp(&b), due(a).cmp(&due(b)));
    }

    #[test]
    fn any_text_at_all_is_a_date_or_an_error(text in "\\PC{0,24}|T[-+0-9wdbhms]{0,12}|[0-9T:+Z-]{0,26}") {
        let _ = text.parse::<WrittenDate>();
        let _ = parse_duration(&text);
    }

    #[test]
    fn next_free_lies_in_no_freeze(starts in prop::collection::vec((0_i64..1000, 1_i64..100), 0..20), at in 0_i64..1200) {
        let moment = |h: i64| instant("2027-01-01T00:00:00Z") + TimeDelta::hours(h);
        let freezes: Vec<_> = starts.iter()
            .map(|(s, l)| Freeze { calendar: None, name: "f".into(), from: moment(*s), until: moment(s + l), except: Vec::new() }).collect();
        let (free, _) = next_free(moment(at), &freezes);
        let covered = |h: i64| starts.iter().any(|(s, l)| *s <= h && h < s + l);
        let expected = (at..).find(|h| !covered(*h)).unwrap();
        prop_assert_eq!(free, moment(expected));
    }
}

// How long work takes.

#[test]
fn work_is_a_length_of_time_or_a_number_of_business_days() {
    assert_eq!(parse_work("1w2d"), Ok(Work::Elapsed(9 * 86_400)));
    assert_eq!(parse_work("5bd"), Ok(Work::BusinessDays(5)));
    assert_eq!(parse_work("-5bd"), Err(DurationError::Negative));
    assert_eq!(parse_work("1w5bd"), Err(DurationError::Mixed));
    assert_eq!(parse_work("5bd5bd"), Err(DurationError::Mixed));
    assert_eq!(parse_work("5"), Err(DurationError::NoUnit("5".into())));
    assert_eq!(parse_work("99999999999bd"), Err(DurationError::TooLong));
    for text in ["9d", "1d12h", "5bd", "0bd"] {
        assert_eq!(format_work(parse_work(text).unwrap()), text);
    }
}

#[test]
fn a_calendar_is_stored_in_few_words_and_read_back_the_same() {
    let stored = |calendar: &WorkCalendar| serde_json::to_string(calendar).unwrap();
    assert_eq!(stored(&WorkCalendar::default()), "{}");
    let six = WorkCalendar::new([Mon, Tue, Wed, Thu, Fri, Sat], BTreeMap::new()).unwrap();
    assert_eq!(stored(&six), r#"{"working_days":["Mon","Tue","Wed","Thu","Fri","Sat"]}"#);
    for calendar in [WorkCalendar::default(), six, easter()] {
        assert_eq!(serde_json::from_str::<WorkCalendar>(&stored(&calendar)).unwrap(), calendar);
    }
    let none = serde_json::from_str::<WorkCalendar>(r#"{"working_days":[]}"#).unwrap_err();
    assert!(none.to_string().contains("no working day"), "{none}");
}

// Work in business days, counted by hand. 2027-03-01 is a Monday; 26 and 29 March are off; New York changes its clocks
// on 14 March and 7 November.

/// From the wall clock of a zone to seconds.
fn wall(text: &str, zone: Tz) -> i64 {
    zone::resolve(text.parse().unwrap(), zone).unwrap().at.timestamp()
}

#[test]
fn work_ends_when_its_business_days_are_over() {
    let ny = Tz::America__New_York;
    let days = [Mon, Tue, Wed, Thu, Fri, Sat, Weekday::Sun];
    let every = WorkCalendar::new(days, BTreeMap::new()).unwrap();
    let six = WorkCalendar::new([Mon, Tue, Wed, Thu, Fri, Sat], BTreeMap::new()).unwrap();
    let wednesdays = WorkCalendar::new([Wed], BTreeMap::new()).unwrap();
    #[rustfmt::skip]
    let cases = [
        // Monday to Monday, at the same time of day
        (easter(), ny, "2027-03-01T09:00:00", "5bd", "2027-03-08T14:00:00Z"),
        // five whole days fill Monday to Friday and end with Friday
        (easter(), ny, "2027-03-01T00:00:00", "5bd", "2027-03-06T05:00:00Z"),
        // begun on Saturday afternoon, it begins with Monday: all of Monday
        (easter(), ny, "2027-03-06T15:00:00", "1bd", "2027-03-09T05:00:00Z"),
        // over the night of 14 March the wall clock counts: 71 hours
        (easter(), ny, "2027-03-12T09:00:00", "1bd", "2027-03-15T13:00:00Z"),
        // Thursday to Tuesday: Friday and Monday are off
        (easter(), ny, "2027-03-25T17:00:00", "1bd", "2027-03-30T21:00:00Z"),
        // all of Thursday ends with Thursday, whatever follows
        (easter(), ny, "2027-03-25T00:00:00", "1bd", "2027-03-26T04:00:00Z"),
        // begun on Good Friday: all of Tuesday and Wednesday
        (easter(), ny, "2027-03-26T10:00:00", "2bd", "2027-04-01T04:00:00Z"),
        // 23, 24, 25, 30, 31 March, 1, 2, 5, 6, 7 April
        (easter(), ny, "2027-03-22T09:00:00", "10bd", "2027-04-07T13:00:00Z"),
        // nothing takes no time, on a Sunday too
        (easter(), ny, "2027-03-07T12:00:00", "0bd", "2027-03-07T17:00:00Z"),
        // where every day is worked, 02:30 of 14 March does not exist and is read as 03:30
        (every.clone(), ny, "2027-03-13T02:30:00", "1bd", "2027-03-14T07:30:00Z"),
        // and of 01:30 on 7 November the first is meant
        (every, ny, "2027-11-06T01:30:00", "1bd", "2027-11-07T05:30:00Z"),
        // Saturday and Monday
        (six, ny, "2027-03-05T09:00:00", "2bd", "2027-03-08T14:00:00Z"),
        // two Wednesdays on
        (wednesdays, ny, "2027-03-03T12:00:00", "2bd", "2027-03-17T16:00:00Z"),
        // in Berlin the clocks change on 28 March
        (WorkCalendar::default(), Tz::Europe__Berlin, "2027-03-26T09:00:00", "1bd", "2027-03-29T07:00:00Z"),
        // 2610 business days are 522 weeks, or 3654 days
        (WorkCalendar::default(), Tz::UTC, "2027-03-01T09:00:00", "2610bd", "2037-03-02T09:00:00Z"),
        // two days of 24 hours end an hour later on the wall of 15 March
        (easter(), ny, "2027-03-13T09:00:00", "2d", "2027-03-15T14:00:00Z"),
    ];
    for (calendar, zone, begin, work, end) in cases {
        let clock = WorkClock::new(&calendar, zone);
        let found = clock.after(wall(begin, zone), parse_work(work).unwrap());
        assert_eq!(DateTime::from_timestamp(found, 0).unwrap(), instant(end), "{work} from {begin} in {zone}");
    }
}

#[test]
fn work_has_to_begin_so_many_business_days_before_its_end() {
    let ny = Tz::America__New_York;
    let days = [Mon, Tue, Wed, Thu, Fri, Sat, Weekday::Sun];
    let every = WorkCalendar::new(days, BTreeMap::new()).unwrap();
    #[rustfmt::skip]
    let cases = [
        (easter(), "2027-03-08T09:00:00", "5bd", "2027-03-01T14:00:00Z"),
        // to be done with the end of Friday, it begins with Monday
        (easter(), "2027-03-06T00:00:00", "5bd", "2027-03-01T05:00:00Z"),
        // to be done on Sunday noon: all of Friday
        (easter(), "2027-03-07T12:00:00", "1bd", "2027-03-05T05:00:00Z"),
        // to be done when Monday begins: all of Friday too
        (easter(), "2027-03-08T00:00:00", "1bd", "2027-03-05T05:00:00Z"),
        // 30 March, then 25 March
        (easter(), "2027-03-31T09:00:00", "2bd", "2027-03-25T13:00:00Z"),
        // over the night of 14 March: 09:00 of winter time
        (easter(), "2027-03-15T09:00:00", "1bd", "2027-03-12T14:00:00Z"),
        // 01:30 of 7 November happens twice; the second is still in time
        (every.clone(), "2027-11-08T01:30:00", "1bd", "2027-11-07T06:30:00Z"),
        // 02:30 of 14 March never happens; 01:30 is safely before
        (every, "2027-03-15T02:30:00", "1bd", "2027-03-14T06:30:00Z"),
        (easter(), "2027-03-15T10:00:00", "2d", "2027-03-13T14:00:00Z"),
    ];
    for (calendar, end, work, begin) in cases {
        let clock = WorkClock::new(&calendar, ny);
        let found = clock.before(wall(end, ny), parse_work(work).unwrap());
        assert_eq!(DateTime::from_timestamp(found, 0).unwrap(), instant(begin), "{work} before {end}");
    }
}
