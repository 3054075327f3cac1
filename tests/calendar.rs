//! Launches as iCalendar: read again by a parser of another project, imported twice, and shown as they are.

use std::{collections::BTreeMap, fs};

use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty, ICalendarStatus, ICalendarValue};
use launchd::{
    core::model::{area::Phase, launch::Launch},
    ui::documents::calendar::{Shown, ics},
};

use crate::{
    cli::{launchd, transcript},
    fixtures::{at, empty_launch, milestone},
};

/// The events of a file by UID, as another project reads them: property names to what they say.
fn events(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let calendar = ICalendar::parse(text).expect("another project's parser reads it");
    let mut events = BTreeMap::new();
    for component in calendar.components.iter().filter(|c| c.component_type == ICalendarComponentType::VEvent) {
        let mut properties = BTreeMap::new();
        for entry in &component.entries {
            let values = entry.values.iter().map(|value| match value {
                ICalendarValue::Text(text) => text.clone(),
                ICalendarValue::Integer(number) => number.to_string(),
                ICalendarValue::Status(ICalendarStatus::Cancelled) => "CANCELLED".to_owned(),
                ICalendarValue::Status(ICalendarStatus::Confirmed) => "CONFIRMED".to_owned(),
                ICalendarValue::PartialDateTime(at) => {
                    at.to_rfc3339().unwrap_or_else(|| format!("{:?}-{:?}-{:?}", at.year, at.month, at.day))
                }
                other => format!("{other:?}"),
            });
            properties.insert(entry.name.as_str().to_owned(), values.collect::<Vec<_>>().join(","));
        }
        let uid = component
            .property(&ICalendarProperty::Uid)
            .and_then(|e| e.values.first()?.as_text())
            .expect("a UID")
            .to_owned();
        assert!(events.insert(uid.clone(), properties).is_none(), "{uid} is there twice");
    }
    events
}

fn launch(due: &str) -> Launch {
    Launch {
        title: "Atlas, 2.0; \"the\\planner\"".into(),
        timezone: chrono_tz::America::New_York,
        milestones: vec![
            milestone("ready", Phase::PreLaunch, due, &[]),
            milestone("launch_day", Phase::Launch, "2027-04-01T09:00", &["ready"]),
        ],
        ..empty_launch("atlas")
    }
}

fn shown<'a>(launch: &'a Launch, changed_at: &str, before: &[&'a Launch]) -> Shown<'a> {
    Shown { launch, changed_at: at(changed_at), cancelled: false, before: before.to_vec() }
}

#[test]
fn another_project_s_parser_reads_titles_dates_and_identities() {
    // The last second of 18 March in New York is a bare date.
    let mut launch = launch("2027-03-18T09:00");
    launch.milestones[0].due = "2027-03-19T03:59:59Z".parse().unwrap();
    let text = ics("All, of them", &[shown(&launch, "2026-11-23T09:00", &[])], None);
    let events = events(&text);
    let keys: Vec<_> = events.keys().map(String::as_str).collect();
    assert_eq!(keys, ["atlas.launch@launchd", "atlas.milestone.launch_day@launchd", "atlas.milestone.ready@launchd"]);
    let ready = &events["atlas.milestone.ready@launchd"];
    assert_eq!(ready["SUMMARY"], "Atlas, 2.0; \"the\\planner\": ready");
    assert!(
        text.contains("DTSTART;VALUE=DATE:20270318\r\n") && text.contains("DTEND;VALUE=DATE:20270319\r\n"),
        "{text}"
    );
    assert!(text.contains("DTSTART:20270401T090000Z\r\n"), "{text}");
    assert_eq!(ready["STATUS"], "CONFIRMED");
}

#[test]
fn every_line_is_short_ends_as_the_standard_says_and_cuts_no_letter() {
    let mut launch = launch("2027-03-18T09:00");
    launch.title = "發布計劃".repeat(30);
    launch.description = Some(format!("One\r\nBEGIN:VEVENT\n{}", "long ".repeat(50)));
    let text = ics("x\r\nBEGIN:VEVENT", &[shown(&launch, "2026-11-23T09:00", &[])], None);
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains('\n'), "{} bytes: {line}", line.len());
    }
    assert_eq!(text.matches("\r\nBEGIN:VEVENT\r\n").count(), 3, "no text of a plan begins an event");
    assert_eq!(events(&text)["atlas.launch@launchd"]["SUMMARY"], format!("{} launches", launch.title));
}

#[test]
fn a_second_import_moves_events_and_cancels_those_of_milestones_that_left() {
    let old = launch("2027-03-18T09:00");
    let mut new = launch("2027-03-20T09:00");
    new.milestones.remove(1);
    let first = events(&ics("All", &[shown(&old, "2026-11-23T09:00", &[])], None));
    let again = events(&ics("All", &[shown(&old, "2026-11-23T09:00", &[&old])], None));
    assert_eq!(first, again, "nothing changed, so nothing is said anew");
    let second = events(&ics("All", &[shown(&new, "2026-11-24T09:00", &[&new, &old])], None));
    assert!(first.keys().eq(second.keys()), "what was imported is found again");
    for (uid, event) in &second {
        let sequence = |of: &BTreeMap<String, String>| of["SEQUENCE"].parse::<u32>().unwrap();
        assert!(sequence(event) > sequence(&first[uid]), "{uid}");
    }
    assert_eq!(second["atlas.milestone.launch_day@launchd"]["STATUS"], "CANCELLED");
    assert_ne!(second["atlas.milestone.ready@launchd"]["DTSTART"], first["atlas.milestone.ready@launchd"]["DTSTART"]);
    let gone = events(&ics("All", &[Shown { cancelled: true, ..shown(&new, "2026-11-25T09:00", &[]) }], None));
    assert!(gone.values().all(|e| e["STATUS"] == "CANCELLED"));
}

#[test]
fn a_freeze_is_the_same_event_whatever_other_calendars_are_in_the_file() {
    let freeze = |calendar: &str| launchd::core::model::launch::Freeze {
        calendar: Some(calendar.parse().unwrap()),
        name: "Year's end".into(),
        from: "2027-12-20T05:00:00Z".parse().unwrap(),
        until: "2028-01-03T05:00:00Z".parse().unwrap(),
        except: Vec::new(),
    };
    let with = |name: &str, calendar: &str| {
        let mut launch = launch("2027-03-18T09:00");
        launch.name = name.parse().unwrap();
        launch.freezes = vec![freeze(calendar)];
        launch
    };
    let (atlas, relay) = (with("atlas", "us"), with("relay", "germany"));
    let both = ics("All", &[shown(&atlas, "2026-11-23T09:00", &[]), shown(&relay, "2026-11-23T09:00", &[])], None);
    let alone = ics("One", &[shown(&atlas, "2026-11-23T09:00", &[])], None);
    assert_eq!(both.matches("SUMMARY:Freeze").count(), 2);
    for text in [&both, &alone] {
        assert!(events(text).contains_key("freeze.us.year-s-end.2027@launchd"), "{text}");
    }
    assert!(events(&both).contains_key("freeze.germany.year-s-end.2027@launchd"));
}

#[test]
fn a_freeze_that_several_launches_share_is_there_once() {
    let freeze = launchd::core::model::launch::Freeze {
        calendar: None,
        name: "Year's end".into(),
        from: "2027-12-20T05:00:00Z".parse().unwrap(),
        until: "2028-01-03T05:00:00Z".parse().unwrap(),
        except: Vec::new(),
    };
    let mut launches = [launch("2027-03-18T09:00"), launch("2027-03-18T09:00")];
    launches[1].name = "relay".parse().unwrap();
    launches.iter_mut().for_each(|l| l.freezes = vec![freeze.clone()]);
    let all: Vec<_> = launches.iter().map(|l| shown(l, "2026-11-23T09:00", &[])).collect();
    let text = ics("All", &all, None);
    assert_eq!(text.matches("SUMMARY:Freeze").count(), 1);
    assert!(events(&text).contains_key("freeze.year-s-end.2027@launchd"));
    assert!(
        text.contains("DTSTART;VALUE=DATE:20271220\r\n") && text.contains("DTEND;VALUE=DATE:20280103\r\n"),
        "{text}"
    );
}

const TEAM: &str = "---\napiVersion: launchd/v1\nkind: Team\nmetadata: { name: research }\nspec: { title: Research, members: [ana] }\n";

#[test]
fn people_get_a_file_for_a_launch_a_team_or_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("launches")).unwrap();
    let plan = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: beta }\nspec:\n  title: Beta\n  launch_type: beta_launch\n  \
                target_date: 2027-04-01T09:00\n  timezone: Europe/Berlin\n  owner: ana\n  profile: bare\n";
    let profile = "---\napiVersion: launchd/v1\nkind: Profile\nmetadata: { name: bare }\nspec:\n  milestones:\n    \
                   ready: { due: 2027-03-18, owner: ana }\n    launch_day: { due: T, needs: [ready], owner: ben }\n";
    fs::write(folder.path().join("launches/beta.yaml"), format!("{plan}{profile}{TEAM}")).unwrap();
    let said = transcript(
        folder.path(),
        &[
            &["calendar", "beta"],
            &["calendar", "--team", "research"],
            &["calendar", "--team", "reserch"],
            &["calendar", "beta", "--out", "beta.ics"],
            &["calendar", "-o", "json"],
        ],
    );
    insta::assert_snapshot!("calendar_command", said.replace('\r', ""));
    let written = fs::read_to_string(folder.path().join("beta.ics")).unwrap();
    assert_eq!(events(&written).len(), 3);
    let (code, out, _) = launchd(folder.path(), &["calendar", "--all"]);
    assert_eq!((code, events(&out).len()), (0, 3));
}
