//! What moving T does: told before it is done, and written only when asked.

use std::fs;

use launchd::core::{
    model::{
        approval::{Gate, Grant},
        area::Phase,
        event::{Event, EventKind},
        name::Actor,
        state::LaunchState,
    },
    schedule::shift::{Off, Shift},
};

use crate::{
    cli::{launchd, repository, transcript},
    fixtures::{approval, at, empty_launch, id, milestone, name},
};

const CALENDAR: &str = "\
apiVersion: launchd/v1
kind: Calendar
metadata: { name: us }
spec:
  holidays: [{ date: 2027-04-22, name: Founders Day }]
  freezes: [{ name: May freeze, from: 2027-05-12, until: 2027-05-14 }]
";

const ATLAS: &str = "\
apiVersion: launchd/v1
kind: Launch
metadata: { name: atlas-2 }
spec:
  title: Atlas 2.0
  launch_type: feature_update
  target_date: '2027-04-01T09:00'   # a Thursday
  timezone: America/New_York
  calendar: us
  owner: ana
  milestones:
    draft: { due: T-3w, duration: 5bd, approvals: [{ name: fit, from: ana }] }
    review: { due: T-2w, duration: 5bd, needs: [draft] }
    press: { due: 2027-03-30, needs: [review] }
    launch_day: { needs: [review, press] }
";

fn home() -> tempfile::TempDir {
    repository(&[("launches/us.yaml", CALENDAR), ("launches/atlas.yaml", ATLAS)])
}

#[test]
fn a_shift_shows_what_moves_what_breaks_and_what_is_lost_before_anything_is_written() {
    let home = home();
    let text = transcript(
        home.path(),
        &[
            &["shift", "atlas-2", "--to", "2027-04-08"],
            &["shift", "atlas-2", "--by", "6w"],
            &["shift", "atlas-2", "--by", "6w", "--write"],
            &["shift", "atlas-2", "--to", "2026-11-02"],
            &["shift", "atlas-2", "--to", "2027-02-29"],
            &["shift", "atlas-2", "--by", "2 fortnights"],
            &["shift", "atlas", "--by", "2w"],
        ],
    );
    insta::assert_snapshot!(text);
    assert_eq!(fs::read_to_string(home.path().join("launches/atlas.yaml")).unwrap(), ATLAS);
}

#[test]
fn a_written_shift_changes_the_date_and_nothing_else() {
    let home = home();
    let (code, out, err) = launchd(home.path(), &["shift", "atlas-2", "--by", "3bd", "--write"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    // Friday 2, Monday 5, Tuesday 6.
    let written = fs::read_to_string(home.path().join("launches/atlas.yaml")).unwrap();
    assert_eq!(written, ATLAS.replace("2027-04-01", "2027-04-06"));
    assert!(out.contains("launches/atlas.yaml:7 now says `target_date: 2027-04-06T09:00`"), "{out}");
    assert_eq!(fs::read_dir(home.path().join("launches")).unwrap().count(), 2, "nothing is left beside the file");
}

#[test]
fn a_shift_is_json_for_programs() {
    let home = home();
    let (code, out, _) = launchd(home.path(), &["shift", "atlas-2", "--to", "2027-04-08", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, document["kind"].as_str()), (0, Some("Shift")));
    assert_eq!(document["written"], false);
    let moves = document["shift"]["milestones"].as_array().unwrap();
    let draft = moves.iter().find(|m| m["id"] == "draft").unwrap();
    // New York is on winter time on 11 March and on summer time on 18 March.
    assert_eq!((&draft["from"], &draft["to"]), (&"2027-03-11T14:00:00Z".into(), &"2027-03-18T13:00:00Z".into()));
}

#[test]
fn a_diff_says_how_dates_move_against_what_was_accepted() {
    let home = home();
    let (code, out, err) = launchd(home.path(), &["apply", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    let (_, out, _) = launchd(home.path(), &["diff"]);
    assert!(!out.contains("T moves"), "{out}");
    fs::write(home.path().join("launches/atlas.yaml"), ATLAS.replace("2027-04-01", "2027-04-08")).unwrap();
    let told = "atlas-2: T moves Thu 2027-04-01 → Thu 2027-04-08, 1 week later";
    for form in [&["diff"][..], &["diff", "--refresh", "none"], &["diff", "-o", "markdown"]] {
        let (_, out, err) = launchd(home.path(), form);
        assert!(out.contains(told) && out.contains("Stays, because its date is written out:"), "{form:?}: {out}{err}");
    }
    let (_, out, _) = launchd(home.path(), &["diff", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["launches"][0]["dates"]["fixed"][0]["id"], "press");
}

#[test]
fn a_sign_off_for_what_moves_becomes_void_and_one_for_what_stays_does_not() {
    let with = |due| {
        let mut launch = empty_launch("atlas");
        for (text, due) in [("draft", due), ("legal", "2027-03-05")] {
            let approvals = vec![approval("fit", 1, Gate::Completion)];
            launch.milestones.push(launchd::core::model::milestone::Milestone {
                approvals,
                ..milestone(text, Phase::PreLaunch, due, &[])
            });
        }
        launch
    };
    let (before, after) = (with("2027-03-12"), with("2027-03-20"));
    let mut state = LaunchState::default();
    for (seq, milestone) in (1..).zip(&before.milestones) {
        let by = Actor("ana".into());
        let grant = Grant {
            by: by.clone(),
            at: at("2027-02-01"),
            fingerprint: milestone.fingerprint(&[]),
            revision: None,
            granted: true,
            comment: None,
        };
        let kind = EventKind::ApprovalAnswered { milestone: milestone.id.clone(), approval: id("fit"), grant };
        state.fold(&Event { seq, at: at("2027-02-01"), launch: name("atlas"), actor: by, kind });
    }
    let shift = Shift::of(&before, &after, &state, at("2027-03-01"));
    let void: Vec<_> = shift.void.iter().map(|v| (v.milestone.as_str(), v.by[0].0.as_str())).collect();
    assert_eq!(void, [("draft", "ana")]);
    // 20 March 2027 is a Saturday.
    assert_eq!(shift.days_off[0].why, Off::Weekend);
    assert!(shift.past.is_empty());
    assert_eq!(Shift::of(&before, &after, &state, at("2027-03-21")).past[0].id, id("draft"));
}

#[test]
fn a_shift_and_a_diff_name_the_collisions_that_a_move_makes_and_resolves() {
    let other = |name: &str, target: &str| {
        format!(
            "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  launch_type: beta_launch\n  \
             target_date: {target}T09:00\n  timezone: America/New_York\n  owner: ana\n"
        )
    };
    let (near, far) = (other("near", "2027-03-30"), other("far", "2027-04-14"));
    let files = [("launches/us.yaml", CALENDAR), ("launches/atlas.yaml", ATLAS), ("launches/near.yaml", &near)];
    let home = repository(&[files.as_slice(), &[("launches/far.yaml", far.as_str())]].concat());
    let (made, resolved) =
        ("the same owner (ana) in the week of 12 April 2027", "the same owner (ana) in the week of 29 March 2027");
    let (_, out, err) = launchd(home.path(), &["shift", "atlas-2", "--by", "2w"]);
    assert!(out.contains("Collides then, and not now:\n    far  ") && out.contains(made), "{out}{err}");
    assert!(out.contains("Collides now, and not then:\n    near  ") && out.contains(resolved), "{out}{err}");
    let (_, out, _) = launchd(home.path(), &["shift", "atlas-2", "--by", "2w", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["collisions"]["made"][0]["with"], "far");
    assert_eq!(document["collisions"]["resolved"][0]["with"], "near");
    // Within its week it stays as it is.
    let (_, out, _) = launchd(home.path(), &["shift", "atlas-2", "--by", "1d"]);
    assert!(!out.contains("Collides"), "{out}");

    let (code, out, err) = launchd(home.path(), &["apply", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    fs::write(home.path().join("launches/atlas.yaml"), ATLAS.replace("2027-04-01", "2027-04-12")).unwrap();
    for form in [&["diff"][..], &["diff", "--refresh", "none"], &["diff", "-o", "markdown"]] {
        let (_, out, err) = launchd(home.path(), form);
        assert!(out.contains("Collides then, and not now:\n    far  the same owner (ana)"), "{form:?}: {out}{err}");
        assert!(out.contains("Collides now, and not then:\n    near  the same owner (ana)"), "{form:?}: {out}{err}");
    }
    let (_, out, _) = launchd(home.path(), &["diff", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let launches = document["launches"].as_array().unwrap();
    let atlas = launches.iter().find(|l| l["launch"] == "atlas-2").unwrap();
    assert_eq!(atlas["dates"]["collisions"]["made"][0]["with"], "far");
    // A launch that was cancelled collides with nothing.
    assert_eq!(launchd(home.path(), &["cancel", "far", "--yes"]).0, 0);
    let (_, out, _) = launchd(home.path(), &["diff"]);
    assert!(out.contains("Dates") || out.contains("T moves"), "{out}");
    assert!(!out.contains("Collides then"), "{out}");
}
