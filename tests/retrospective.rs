//! Finished launches against their profile: what is measured, what is proposed, and the patch in a real repository.

use std::{path::Path, process::Command, sync::Arc};

use chrono::TimeDelta;
use launchd::{
    core::{
        manifest::{
            builtin,
            library::Library,
            read::{FileDocuments, read},
            resolve::load,
        },
        model::{
            Timestamp,
            event::{Event, EventKind},
            launch::{Launch, Policy},
            name::Actor,
            source::SourceFile,
            state::LaunchState,
        },
        review::retrospective::{Field, Finished, Lesson, Retrospective, Verdict, patch},
    },
    edges::store::{NewEvent, Store, StoredRevision, sqlite::SqliteStore},
    ui::{
        documents::{html, markdown, retrospective as page, terminal},
        render::View,
    },
};

use crate::{
    cli::launchd,
    fixtures::{at, id},
};

/// A profile as people keep one: with comments, quotes and a layout of their own.
const HOUSE: &str = "\
# How we launch. Ask Dana before you change it.
apiVersion: launchd/v1
kind: Profile
metadata: { name: house }
extends: feature-update
spec:
  milestones:
    product_readiness:
      due: T-2w        # agreed with the platform team
      owner: Platform Team
    # Marketing begins when the product is there.
    marketing_campaign_ready: { due: 'T-1w', duration: 3d }
  owner: Launch Team   # everybody else
";

fn plan(name: &str, profile: &str, target: &str) -> String {
    format!(
        "apiVersion: launchd/v1\nkind: Launch\nmetadata: {{ name: {name} }}\nspec:\n  title: {name}\n  \
         launch_type: feature_update\n{profile}  target_date: {target}\n"
    )
}

const OWN: &str = "  profile: house\n";

/// A repository's files: the house's profile, `count` launches of last year, and one to come.
fn files(count: usize, profile: &str) -> Vec<SourceFile> {
    let file = |path: String, text: String| SourceFile { path: path.into(), bytes: text.into_bytes().into() };
    let mut files = vec![file("launches/house.yaml".into(), HOUSE.into())];
    for n in 0..count {
        let target = format!("2026-{:02}-10T09:00", n + 2);
        files.push(file(format!("launches/l{n}.yaml"), plan(&format!("l{n}"), profile, &target)));
    }
    files.push(file("launches/next.yaml".into(), plan("next", profile, "2027-09-01T09:00")));
    files
}

fn launches(files: &[SourceFile]) -> Vec<Arc<Launch>> {
    let loaded = load(files, &Policy::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.all_diagnostics().collect::<Vec<_>>());
    loaded.launches.into_iter().filter_map(|l| l.launch).collect()
}

/// How many days late each milestone was: the product five days by itself, marketing two more, the review three more.
/// The fifth launch was worse than usual.
fn lateness(milestone: &str, n: usize) -> i64 {
    let worse = if n == 4 { 6 } else { 0 };
    match milestone {
        "product_readiness" => 5 + worse,
        "marketing_campaign_ready" | "sales_readiness" | "launch_day" => 7 + worse,
        _ => 10 + worse,
    }
}

fn completed(launch: &Launch, n: usize) -> Vec<Event> {
    let actor = Actor::daemon();
    let mut events = Vec::new();
    let mut push = |at: Timestamp, kind| {
        let seq = events.len() as u64 + 1;
        events.push(Event { seq, at, launch: launch.name.clone(), actor: actor.clone(), kind });
    };
    push(launch.target - TimeDelta::days(60), EventKind::RevisionAccepted { revision: launch.revision() });
    for milestone in &launch.milestones {
        let when = milestone.due + TimeDelta::days(lateness(milestone.id.as_str(), n));
        push(when, EventKind::MilestoneCompleted { milestone: milestone.id.clone() });
    }
    push(launch.target + TimeDelta::days(40), EventKind::LaunchCompleted);
    events
}

fn finished(launches: &[Arc<Launch>]) -> Vec<Finished> {
    let past = launches.iter().filter(|l| l.name.as_str() != "next").enumerate();
    past.map(|(n, launch)| {
        let events = completed(launch, n);
        let mut state = LaunchState::default();
        events.iter().for_each(|e| {
            state.fold(e);
        });
        Finished { revisions: vec![(events[0].at, Arc::clone(launch))], state, events }
    })
    .collect()
}

/// What the house's profile learns from so many launches.
fn lesson(count: usize) -> Lesson {
    let files = files(count, OWN);
    let documents: Vec<FileDocuments<'_>> =
        files.iter().enumerate().map(|(i, f)| read(f, builtin::file_id(i))).collect();
    let (library, _) = Library::build(&documents);
    let file = Some("launches/house.yaml".to_owned());
    let name = "house".parse().unwrap();
    Lesson::of(name, file, &library.bases["house"].spec, &finished(&launches(&files)))
}

fn retrospective(count: usize) -> Retrospective {
    let mut lesson = lesson(count);
    let (text, by_hand) = patch::edited(HOUSE, &lesson);
    lesson.by_hand = by_hand;
    let patches = patch::diff("launches/house.yaml", Some(HOUSE), &text).into_iter().collect();
    Retrospective { report: "retrospective", at: at("2027-01-15T12:00"), lessons: vec![lesson], patches }
}

#[test]
fn what_takes_longer_gets_its_length_and_the_time_for_it_is_found_before_it() {
    let lesson = lesson(6);
    let found: Vec<_> =
        lesson.changes.iter().map(|c| (c.milestone.as_str(), c.field, c.to.as_deref().unwrap(), c.days)).collect();
    assert_eq!(
        found,
        [
            // Five days of its own, and two that marketing needs more after it.
            ("product_readiness", Field::Due, "T-3w", -7),
            ("marketing_campaign_ready", Field::Duration, "5d", 2),
            // After T nothing can be found before it.
            ("post_launch_review", Field::Due, "T+17d", 3),
        ]
    );
    let verdict = |name: &str| lesson.findings.iter().find(|f| f.milestone == id(name)).unwrap().verdict;
    assert_eq!(verdict("sales_readiness"), Verdict::Inherited);
    assert_eq!(verdict("launch_day"), Verdict::Inherited);
    assert_eq!(verdict("product_readiness"), Verdict::Overruns { days: 5 });
    let product = &lesson.findings[0];
    let late = product.late.unwrap();
    // 5, 5, 5, 5, 5 and 11: the median does not see the bad one, the ninth of ten does.
    assert_eq!((product.samples, late.p50_seconds / 86_400, late.p90_seconds / 86_400), (6, 5, 8));
}

#[test]
fn with_too_few_launches_nothing_is_proposed_and_it_is_said_how_many_are_needed() {
    let lesson = lesson(4);
    assert_eq!(lesson.changes, []);
    assert!(lesson.findings.iter().all(|f| f.verdict == Verdict::TooFew { have: 4, need: 5 }), "{lesson:#?}");
}

#[test]
fn a_slip_that_nothing_waited_for_changes_nothing() {
    let files = files(6, OWN);
    let mut past = finished(&launches(&files));
    for one in &mut past {
        let launch = Arc::clone(&one.revisions[0].1);
        for milestone in launch.milestones.iter().filter(|m| m.id != id("product_readiness")) {
            let state = one.state.milestones.get_mut(&milestone.id).unwrap();
            state.completed.as_mut().unwrap().at = milestone.due;
        }
    }
    let documents: Vec<FileDocuments<'_>> =
        files.iter().enumerate().map(|(i, f)| read(f, builtin::file_id(i))).collect();
    let (library, _) = Library::build(&documents);
    let lesson = Lesson::of("house".parse().unwrap(), None, &library.bases["house"].spec, &past);
    assert_eq!(lesson.findings[0].verdict, Verdict::Harmless);
    assert_eq!(lesson.changes, []);
}

#[test]
fn a_date_moved_in_time_is_a_promise_and_one_moved_after_it_was_missed_is_none() {
    for (days_before_due, late) in [(3, 0), (-1, 5)] {
        let files = files(6, OWN);
        let mut past = finished(&launches(&files));
        for one in &mut past {
            let mut moved = (*one.revisions[0].1).clone();
            let due = moved.milestones[0].due;
            moved.milestones[0].due = due + TimeDelta::days(5);
            one.revisions.push((due - TimeDelta::days(days_before_due), Arc::new(moved)));
        }
        let documents: Vec<FileDocuments<'_>> =
            files.iter().enumerate().map(|(i, f)| read(f, builtin::file_id(i))).collect();
        let (library, _) = Library::build(&documents);
        let lesson = Lesson::of("house".parse().unwrap(), None, &library.bases["house"].spec, &past);
        let product = &lesson.findings[0];
        // One that was moved in time was promised something else than the profile promises, and does not count.
        let expected = if late == 0 { (0, 6) } else { (6, 0) };
        assert_eq!((product.samples, product.other_promises), expected, "{days_before_due}");
    }
}

#[test]
fn the_retrospective_reads_as_something_a_team_would_send() {
    let view = |width| View { width, colour: false, all: false, brief: false, now: at("2027-01-15T12:00") };
    let document = page::document(&retrospective(6), "launchd report next --kind retrospective");
    insta::assert_snapshot!("retrospective_markdown", markdown::render(&document));
    insta::assert_snapshot!("retrospective_60", terminal::render(&document, &view(60)));
    insta::assert_snapshot!("retrospective_120", terminal::render(&document, &view(120)));
    let page_html = html::render(&document);
    assert!(page_html.contains("<pre>--- a/launches/house.yaml\n+++ b/launches/house.yaml\n"), "{page_html}");
    let few = page::document(&retrospective(3), "launchd report next --kind retrospective");
    insta::assert_snapshot!("retrospective_of_too_few", terminal::render(&few, &view(80)));
}

/// A repository of git with these files, and a store that knows its finished launches.
fn repository(files: &[SourceFile]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(&*file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    let past = finished(&launches(files));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&folder.path().join(".launchd/state.db")).unwrap();
        for one in past {
            let (accepted_at, launch) = one.revisions[0].clone();
            let kept = StoredRevision { revision: launch.revision(), accepted_at, launch };
            let new = |e: Event| NewEvent { at: e.at, launch: e.launch, actor: e.actor, kind: e.kind };
            store.accept(None, kept, one.events.into_iter().map(new).collect()).await.unwrap();
        }
    });
    let git = Command::new("git").args(["init", "--quiet"]).current_dir(folder.path()).status().unwrap();
    assert!(git.success());
    folder
}

fn apply(folder: &Path, patch: &str) {
    std::fs::write(folder.join("p.patch"), patch).unwrap();
    let output = Command::new("git").args(["apply", "p.patch"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
}

/// The due dates of the launch to come, as the binary resolves the files.
fn dues(folder: &Path) -> Vec<(String, Timestamp)> {
    let (code, out, err) = launchd(folder, &["render", "next", "-o", "json"]);
    assert_eq!(code, 0, "{err}");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let launch = json.pointer("/launches/0").unwrap_or(&json);
    let milestones = launch.pointer("/milestones").or_else(|| launch.pointer("/launch/milestones"));
    let milestones = milestones.and_then(|m| m.as_array()).unwrap_or_else(|| panic!("{out:.600}"));
    let one = |m: &serde_json::Value| {
        (m["id"].as_str().unwrap().to_owned(), serde_json::from_value(m["due"].clone()).unwrap())
    };
    milestones.iter().map(one).collect()
}

/// Applies what is proposed, and finds each date moved by as many days as the report says, and no other.
fn assert_moves(folder: &Path, before: &[(String, Timestamp)], report: &serde_json::Value) {
    let (code, _, err) = launchd(folder, &["validate"]);
    assert_eq!(code, 0, "{err}");
    let changes = report["lessons"][0]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|c| c["field"] == "due"), "{report:#}");
    let after: std::collections::BTreeMap<String, Timestamp> = dues(folder).into_iter().collect();
    assert_eq!(after.len(), before.len());
    for (id, was) in before {
        let is = after[id];
        let said = changes.iter().find(|c| c["milestone"] == **id && c["field"] == "due");
        let days = said.map_or(0, |c| c["days"].as_i64().unwrap());
        assert_eq!((is - *was).num_days(), days, "{id}");
    }
}

#[test]
fn the_patch_of_a_profile_of_ones_own_is_applied_by_git_and_keeps_every_comment() {
    let folder = repository(&files(6, OWN));
    let folder = folder.path();
    let before = dues(folder);
    let (code, json, err) = launchd(folder, &["report", "next", "--kind", "retrospective", "-o", "json"]);
    assert_eq!(code, 0, "{err}");
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&report["version"], &report["kind"]), (&1.into(), &"Report".into()));
    let (code, patch, err) = launchd(folder, &["report", "--kind", "retrospective", "-o", "patch"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!("patch_of_an_own_profile", patch);
    apply(folder, &patch);
    assert_moves(folder, &before, &report);
    let after = std::fs::read_to_string(folder.join("launches/house.yaml")).unwrap();
    for comment in HOUSE.lines().filter_map(|l| l.split_once('#')).map(|(_, comment)| comment) {
        assert!(after.contains(comment), "{comment}");
    }
    // Answered once: what was measured against the old promise does not move the new one.
    let (code, again, said) = launchd(folder, &["report", "--kind", "retrospective", "-o", "patch"]);
    assert_eq!((code, again.as_str()), (1, ""), "{said}");
    assert!(said.contains("nothing to propose"), "{said}");
}

#[test]
fn over_a_built_in_profile_the_patch_is_a_new_file_and_the_line_that_plans_change() {
    let folder = repository(&files(5, ""));
    let folder = folder.path();
    let before = dues(folder);
    let (_, json, _) = launchd(folder, &["report", "next", "--kind", "retrospective", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let (code, patch, err) = launchd(folder, &["report", "next", "--kind", "retrospective", "-o", "patch"]);
    assert_eq!(code, 0, "{err}");
    insta::assert_snapshot!("patch_over_a_built_in_profile", patch);
    apply(folder, &patch);
    let line = report["lessons"][0]["plan_line"].as_str().unwrap();
    assert!(err.contains(line), "{err}");
    let next = folder.join("launches/next.yaml");
    let text = std::fs::read_to_string(&next).unwrap();
    std::fs::write(&next, text.replace("  title:", &format!("  {line}\n  title:"))).unwrap();
    assert_moves(folder, &before, &report);
}

#[test]
fn from_a_subfolder_and_from_outside_the_repository_git_still_applies_the_patch() {
    for outside in [false, true] {
        let repository = repository(&files(6, OWN));
        let (folder, elsewhere) = (repository.path(), tempfile::tempdir().unwrap());
        let below = folder.join("ops");
        std::fs::create_dir(&below).unwrap();
        let at = |file: &str| folder.join(file).display().to_string();
        let [store, source] = [at(".launchd/state.db"), at("launches")];
        let mut args = vec!["report", "--kind", "retrospective", "-o", "patch"];
        if outside {
            args.extend(["--store", &store, "--source", &source]);
        } else {
            args.extend(["--store", "../.launchd/state.db", "--source", "../launches"]);
        }
        let working = if outside { elsewhere.path() } else { &below };
        let before = dues(folder);
        let (code, json, err) = launchd(folder, &["report", "next", "--kind", "retrospective", "-o", "json"]);
        assert_eq!(code, 0, "{err}");
        let (code, patch, err) = launchd(working, &args);
        assert_eq!((code, err.as_str()), (0, ""), "{patch}");
        apply(&folder.join("launches"), &patch);
        assert_moves(folder, &before, &serde_json::from_str(&json).unwrap());
    }
}

#[test]
fn programs_get_the_date_of_one_time_in_ten_with_the_number_of_launches_that_say_so() {
    let repository = repository(&files(6, OWN));
    let get = |args: &[&str]| -> serde_json::Value {
        let (code, out, err) = launchd(repository.path(), args);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    let status = get(&["status", "next", "-o", "json"]);
    let chart = get(&["graph", "next", "--gantt", "-o", "json"]);
    let milestones = status["launches"][0]["milestones"].as_array().unwrap();
    let told = milestones.iter().filter(|m| m["dates"]["samples"] == 6).count();
    assert!(told > 0, "{status:#}");
    for milestone in milestones.iter().filter(|m| m["dates"]["samples"] == 6) {
        let rows = chart["rows"].as_array().unwrap();
        let row = rows.iter().find(|r| r["title"] == milestone["title"]).unwrap();
        assert_eq!(row["limits"]["late_finish"], milestone["dates"]["p90"], "{row:#}");
        assert_eq!(row["limits"]["samples"], 6);
        let at = |value: &serde_json::Value| -> Timestamp { serde_json::from_value(value.clone()).unwrap() };
        assert!(at(&milestone["dates"]["p90"]) >= at(&milestone["dates"]["forecast"]), "{milestone:#}");
    }
}
