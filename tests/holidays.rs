//! Holidays from iCalendar files: every form that calendars export, and every way in which one can be wrong. The days
//! were read off a wall calendar.

use std::{fs, sync::Arc, time::Duration};

use chrono::{Datelike, NaiveDate};
use launchd::{
    core::{
        manifest::{ical::holidays, node::FileId, resolve::load},
        model::{launch::Policy, source::SourceFile},
    },
    edges::sources::{Source, directory::DirectorySource, git::GitSource},
    reconcile::Files,
    ui::diagnostics::Report,
};
use proptest::prelude::*;

/// A calendar of one event.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

/// The days of a calendar of one event, up to a year.
fn days(lines: &str, until: i32) -> Vec<String> {
    let (days, problems) = holidays(&event(lines), FileId(0));
    assert_eq!(problems, [], "{lines}");
    days.keys().filter(|d| d.year() <= until).map(NaiveDate::to_string).collect()
}

#[test]
fn one_day_or_several_end_on_the_day_before_their_end() {
    assert_eq!(days("DTSTART;VALUE=DATE:20271225", 2030), ["2027-12-25"]);
    assert_eq!(
        days("DTSTART;VALUE=DATE:20271224\nDTEND;VALUE=DATE:20271227", 2030),
        ["2027-12-24", "2027-12-25", "2027-12-26"]
    );
    assert_eq!(days("DTSTART;VALUE=DATE:20271224\nDURATION:P2D", 2030), ["2027-12-24", "2027-12-25"]);
    // From midnight to midnight, as programs write that know no whole days; and a day that ends when it begins.
    assert_eq!(days("DTSTART;TZID=\"Europe; Berlin\":20271003T000000\nDTEND:20271004T000000", 2030), ["2027-10-03"]);
    assert_eq!(days("DTSTART;VALUE=DATE:20271003\nDTEND;VALUE=DATE:20271003", 2030), ["2027-10-03"]);
}

#[test]
fn yearly_holidays_come_again_on_their_date_or_on_their_day_of_the_week() {
    assert_eq!(
        days("DTSTART;VALUE=DATE:20250704\nRRULE:FREQ=YEARLY", 2028),
        ["2025-07-04", "2026-07-04", "2027-07-04", "2028-07-04"]
    );
    // Thanksgiving: the fourth Thursday of November.
    let thanksgiving = "DTSTART;VALUE=DATE:20251127\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH";
    assert_eq!(days(thanksgiving, 2028), ["2025-11-27", "2026-11-26", "2027-11-25", "2028-11-23"]);
    // Memorial Day: the last Monday of May.
    let memorial = "DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO";
    assert_eq!(days(memorial, 2028), ["2026-05-25", "2027-05-31", "2028-05-29"]);
    let months = "DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;BYMONTH=5,8;BYMONTHDAY=1;COUNT=3";
    assert_eq!(days(months, 2030), ["2026-05-01", "2026-08-01", "2027-05-01"]);
    let every_other = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;INTERVAL=2;UNTIL=20300101";
    assert_eq!(days(every_other, 2040), ["2026-01-01", "2028-01-01", "2030-01-01"]);
}

#[test]
fn the_29th_of_february_comes_in_leap_years_only() {
    assert_eq!(
        days("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", 2036),
        ["2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"]
    );
}

#[test]
fn days_are_taken_out_added_moved_and_cancelled() {
    let rule = "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=3";
    assert_eq!(days(&format!("{rule}\nEXDATE;VALUE=DATE:20270101"), 2030), ["2026-01-01", "2028-01-01"]);
    assert_eq!(days(&format!("{rule}\nRDATE;VALUE=DATE:20260106,20270106"), 2030).len(), 5);
    assert_eq!(days("DTSTART;VALUE=DATE:20271225\nSTATUS:CANCELLED", 2030), [""; 0]);
    // The instance of 2027 falls on a Sunday and is observed on Monday.
    let moved = event(&format!(
        "{rule}\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20270101\nDTSTART;VALUE=DATE:20270104"
    ));
    let (found, problems) = holidays(&moved, FileId(0));
    assert_eq!(problems, []);
    assert_eq!(found.keys().map(NaiveDate::to_string).collect::<Vec<_>>(), ["2026-01-01", "2027-01-04", "2028-01-01"]);
}

#[test]
fn folded_lines_escapes_a_byte_order_mark_and_both_line_ends_are_read() {
    let text = "\u{feff}BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701101T020000\nEND:STANDARD\nEND:VTIMEZONE\n\
                BEGIN:VEVENT\nSUMMARY;LANGUAGE=en:Martin Luther\n  King\\, Jr.\\; a day\\\\off für a\n ll\nDTSTA\n RT;VALUE=DATE:20270118\n\
                BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let (days, problems) = holidays(&text, FileId(0));
        assert_eq!(problems, []);
        let (day, name) = days.first_key_value().unwrap();
        assert_eq!(
            (day.to_string().as_str(), name.as_str()),
            ("2027-01-18", "Martin Luther King, Jr.; a day\\off für all")
        );
    }
}

#[test]
fn what_is_not_understood_is_told_with_its_line() {
    let samples = [
        ("a_meeting", event("SUMMARY:Stand-up\nDTSTART:20270118T093000Z\nDTEND:20270118T094500Z")),
        ("no_such_day", event("SUMMARY:Leap day\nDTSTART;VALUE=DATE:20270229")),
        ("no_start", event("SUMMARY:Some day")),
        ("ends_first", event("DTSTART;VALUE=DATE:20270110\nDTEND;VALUE=DATE:20270101")),
        ("two_years", event("DTSTART;VALUE=DATE:20270110\nDTEND;VALUE=DATE:20290101")),
        ("thirteenth_month", event("DTSTART;VALUE=DATE:20270110\nRRULE:FREQ=YEARLY;BYMONTH=13")),
        ("never", event("DTSTART;VALUE=DATE:20270110\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
        ("every_hour", event("DTSTART;VALUE=DATE:20270110\nRRULE:FREQ=HOURLY")),
        ("every_day", event("DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY")),
        ("old_rule", event("DTSTART;VALUE=DATE:20270110\nEXRULE:FREQ=YEARLY")),
        ("cut_off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270110\n".to_owned()),
        ("crossed", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n".to_owned()),
        ("no_line", event("DTSTART;VALUE=DATE:20270110\nthis is no line")),
        ("a_page", "<!doctype html>\n<title>Sign in</title>\n".to_owned()),
        ("nothing", String::new()),
    ];
    let mut all = String::new();
    for (name, text) in samples {
        let files = [source("us.ics", &text), source("calendar.yaml", CALENDAR)];
        let loaded = load(&files, &Policy::default());
        let found: Vec<_> = loaded.all_diagnostics().filter(|d| d.code != "calendar/broken").collect();
        assert!(!found.is_empty(), "{name}");
        let mut report = Report::new(found);
        for file in &files {
            report = report.text(&file.path, str::from_utf8(&file.bytes).unwrap());
        }
        all += &format!("===== {name}\n\n{}\n", report.human(false, 110));
    }
    insta::assert_snapshot!("bad_icalendar_files", all);
}

const CALENDAR: &str = "apiVersion: launchd/v1\nkind: Calendar\nmetadata: { name: us }\nspec: { import: us.ics }\n";

fn source(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), bytes: text.as_bytes().into() }
}

#[test]
fn an_import_stays_inside_of_the_folder_of_plan_files() {
    for (import, told) in [
        ("../us.ics", "leads out"),
        ("/etc/us.ics", "leads out"),
        ("sub/../../us.ics", "leads out"),
        ("us.txt", "no iCalendar file"),
        ("missing.ics", "no file"),
    ] {
        let files = [
            source("us.ics", &event("DTSTART;VALUE=DATE:20270110")),
            source("c.yaml", &CALENDAR.replace("us.ics", import)),
        ];
        let loaded = load(&files, &Policy::default());
        let found: Vec<_> = loaded.all_diagnostics().map(|d| (d.code, d.detail.as_str())).collect();
        let [("calendar/import", detail)] = found[..] else { panic!("{import}: {found:?}") };
        assert!(detail.contains(told), "{import}: {detail}");
    }
}

#[test]
fn the_same_file_is_found_however_paths_are_shown() {
    // As the daemon names them, and as a person in the folder above does.
    for prefix in ["", "launches/"] {
        let calendar = CALENDAR.replace("us.ics", "calendars/us.ics");
        let files = [
            source(&format!("{prefix}calendars/us.ics"), &event("DTSTART;VALUE=DATE:20270110")),
            source(&format!("{prefix}teams/c.yaml"), &calendar),
        ];
        assert!(!load(&files, &Policy::default()).has_errors());
    }
}

const PLAN: &str = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: a }\nspec:\n  launch_type: feature_update\n  target_date: 2027-04-01\n  \
                    owner: o\n  calendar: us\n  milestones: { post_launch_review: { due: T+1bd } }\n";

/// The day on which the review is due.
fn due(files: &Files) -> Option<String> {
    let intake = files.reread().unwrap();
    let (launch, _) = intake.good.values().next()?;
    Some(launch.milestone(&"post_launch_review".parse().unwrap()).unwrap().due.date_naive().to_string())
}

#[test]
fn a_changed_file_of_holidays_moves_the_launches_that_count_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("plan.yaml", PLAN);
    write("calendar.yaml", CALENDAR);
    write("us.ics", &event("DTSTART;VALUE=DATE:20270101"));
    let source = Arc::new(DirectorySource::new(dir.path(), Duration::ZERO));
    let files = Files::new(source, Policy::default(), None);
    assert_eq!(due(&files).as_deref(), Some("2027-04-02"));
    // The day after T, a Friday, is a holiday now.
    write("us.ics", &event("DTSTART;VALUE=DATE:20270402\nSUMMARY:A day off"));
    assert_eq!(due(&files).as_deref(), Some("2027-04-05"));
    assert_eq!(due(&files), None, "nothing changed since");
    fs::remove_file(dir.path().join("us.ics")).unwrap();
    let intake = files.reread().unwrap();
    assert!(intake.bad.len() == 1 && intake.good.is_empty(), "a file that is gone holds the launch: {intake:?}");
}

#[tokio::test]
async fn a_revision_of_a_repository_has_its_files_of_holidays_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plan.yaml"), PLAN).unwrap();
    fs::write(dir.path().join("calendar.yaml"), CALENDAR).unwrap();
    fs::write(dir.path().join("us.ics"), event("DTSTART;VALUE=DATE:20270331")).unwrap();
    for arguments in [
        &["init", "-q"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "one"],
    ] {
        assert!(
            std::process::Command::new("git").arg("-C").arg(dir.path()).args(arguments).status().unwrap().success()
        );
    }
    let snapshot = GitSource::new(dir.path(), "HEAD").unwrap().snapshot().await.unwrap();
    assert!(!load(&snapshot.files, &Policy::default()).has_errors());
}

#[test]
fn decades_of_holidays_are_carried_by_no_launch() {
    let yearly: String = (1..=12)
        .map(|m| format!("BEGIN:VEVENT\nUID:{m}\nDTSTART;VALUE=DATE:2000{m:02}05\nRRULE:FREQ=YEARLY\nEND:VEVENT\n"))
        .collect();
    let files = [
        source("us.ics", &format!("BEGIN:VCALENDAR\n{yearly}END:VCALENDAR\n")),
        source("c.yaml", CALENDAR),
        source("plan.yaml", PLAN),
    ];
    let loaded = load(&files, &Policy::default());
    let launch = loaded.launches[0].launch.as_ref().unwrap();
    let days = launch.calendar.holidays();
    assert_eq!(days.len(), 120, "five years of twelve days on each side of T");
    assert!(launch.calendar.holiday(NaiveDate::from_ymd_opt(2027, 3, 5).unwrap()).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_at_all_is_answered(text in "(BEGIN:VCALENDAR|BEGIN:VEVENT|END:VEVENT|END:VCALENDAR|DTSTART:|RRULE:FREQ=YEARLY;|[0-9]{8}|[A-Z;:=,\\\\ \n\"äT-]{0,6}){0,40}") {
        _ = holidays(&text, FileId(0));
    }

    #[test]
    fn any_rule_at_all_is_answered(rule in "FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;(INTERVAL|COUNT|BYMONTH|BYMONTHDAY|BYDAY|BYSETPOS|BYWEEKNO|BYYEARDAY|UNTIL|WKST)=-?([0-9]{1,8}|MO|1SU|SA)(,[0-9]{1,3})?){0,4}") {
        _ = holidays(&event(&format!("DTSTART;VALUE=DATE:20270101\nRRULE:{rule}")), FileId(0));
    }
}
