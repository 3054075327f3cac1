//! What people say beside a running daemon: the real binary, on a store with one accepted launch.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use launchd::{
    core::{
        model::{
            activity::{KeySupport, Need},
            approval::{Approval, Gate, Grant},
            area::Phase,
            event::EventKind,
            launch::Launch,
            name::Actor,
        },
        review::claim::{NoEvidence, TooEarly, can_be_done, evidence},
    },
    edges::store::{NewEvent, Store, StoredRevision, sqlite::SqliteStore},
};

use crate::fixtures::{self, approval, at, empty_launch, id, milestone, once, state, task};

/// A folder with a store that knows the sample launch.
fn folder() -> (tempfile::TempDir, Launch) {
    folder_with(|_| {})
}

fn folder_with(change: impl Fn(&mut Launch)) -> (tempfile::TempDir, Launch) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("launchd.yaml"),
        "apiVersion: launchd/v1\nkind: Settings\nspec: { policy: { roles: { release-managers: [ana] } } }\n",
    )
    .unwrap();
    let mut launch = fixtures::atlas();
    change(&mut launch);
    let milestone = &mut launch.milestones[0];
    milestone.approvals = vec![Approval {
        name: "go_no_go".parse().unwrap(),
        from: "release-managers".into(),
        count: 2,
        gate: Gate::Completion,
        expires_seconds: None,
    }];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&folder.path().join(".launchd/state.db")).unwrap();
        let revision = launch.revision();
        let at = "2027-01-01T00:00:00Z".parse().unwrap();
        let kept = StoredRevision { revision: revision.clone(), accepted_at: at, launch: launch.clone().into() };
        store.keep_revision(None, kept).await.unwrap();
        let kind = EventKind::RevisionAccepted { revision };
        let new = NewEvent { at, launch: launch.name.clone(), actor: Actor::daemon(), kind };
        store.append(None, vec![new]).await.unwrap();
    });
    (folder, launch)
}

fn say(folder: &Path, args: &[&str]) -> (i32, String, String) {
    say_as("ana", folder, args)
}

fn say_as(actor: &str, folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    command.current_dir(folder).env_clear().env("LAUNCHD_ACTOR", actor).args(args);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_approval_shows_what_is_approved_and_needs_a_word() {
    let (folder, launch) = folder();
    let (name, milestone) = (launch.name.as_str(), launch.milestones[0].id.as_str());
    let (code, _, asked) = say(folder.path(), &["approve", name, milestone]);
    assert_eq!(code, 2, "{asked}");
    assert!(asked.contains("Fingerprint") && asked.contains("--yes"), "{asked}");
    let (code, answer, _) = say(folder.path(), &["approve", name, milestone, "go_no_go", "--yes"]);
    assert_eq!((code, answer.contains("1 of 2; 1 to go")), (0, true), "{answer}");
    let (code, _, problem) = say(folder.path(), &["approve", name, milestone, "--fingerprint", "0123456789ab"]);
    assert_eq!((code, problem.contains("not what was seen")), (1, true), "{problem}");
    let (code, answer, _) = say(folder.path(), &["approve", name, milestone, "--yes", "--reject"]);
    assert_eq!((code, answer.starts_with("Refused")), (0, true), "{answer}");
}

const TEAM: &str =
    "apiVersion: launchd/v1\nkind: Team\nmetadata: { name: legal }\nspec: { members: [lea], contact: x }\n";

#[test]
fn an_approval_is_given_by_those_who_are_listed_and_by_nobody_where_that_cannot_be_told() {
    let (folder, launch) = folder_with(|launch| {
        launch.milestones[1].approvals = vec![Approval {
            name: "terms".parse().unwrap(),
            from: "legal".into(),
            count: 1,
            gate: Gate::Completion,
            expires_seconds: None,
        }];
    });
    let (name, milestone) = (launch.name.as_str(), launch.milestones[1].id.as_str());
    let approve = |actor: &str| say_as(actor, folder.path(), &["approve", name, milestone, "terms", "--yes"]);
    let refused = |why: &str| {
        let (code, _, problem) = approve("mallory");
        assert_eq!((code, problem.contains(why)), (1, true), "{problem}");
    };
    refused("cannot be told");
    fs::create_dir(folder.path().join("launches")).unwrap();
    refused("nobody is listed");
    let team = folder.path().join("launches/legal.yaml");
    fs::write(&team, TEAM.replace("contact", "contakt")).unwrap();
    refused("cannot be told");
    fs::write(&team, TEAM.replace("[lea]", "[]")).unwrap();
    refused("nobody is listed");
    fs::write(&team, TEAM).unwrap();
    refused("one of them can: lea");
    let (code, answer, problem) = approve("lea");
    assert_eq!((code, answer.contains("stands")), (0, true), "{problem}");
}

/// Nothing that the milestone waits for is left.
fn its_turn_has_come(launch: &mut Launch, milestone: usize) {
    let milestone = &mut launch.milestones[milestone];
    (milestone.needs, milestone.start, milestone.phase) = (Vec::new(), None, Phase::PreLaunch);
    launch.activities.retain(|a| a.milestone != milestone.id);
}

#[test]
fn a_question_or_task_is_not_answered_before_its_turn_and_the_answer_says_what_comes_first() {
    let (folder, launch) = folder_with(|launch| {
        let needed = launch.milestones[0].id.clone();
        launch.milestones[1].needs = vec![Need::Milestone(needed)];
        let late = launch.milestones[1].id.to_string();
        launch.milestones[1].checks = vec![fixtures::asked("terms", None)];
        launch.activities.push(task("train", &late));
    });
    let (name, first) = (launch.name.as_str(), launch.milestones[0].id.as_str());
    for item in [format!("{}.terms", launch.milestones[1].id), "train".into()] {
        let (code, _, problem) = say(folder.path(), &["done", name, &item, "--evidence", "seen"]);
        assert_eq!(code, 1, "{problem}");
        for part in [&format!("it is not the turn of {item}"), first, &format!("launchd why {name} {item}")] {
            assert!(problem.contains(part), "{part}: {problem}");
        }
        let (code, _, problem) = say(folder.path(), &["block", name, &item, "--reason", "not so"]);
        assert_eq!(code, 0, "a stop is taken at any time: {problem}");
    }
}

#[test]
fn a_question_to_the_world_is_passed_by_nobody_s_word_before_the_world_was_asked() {
    let (folder, launch) = folder_with(|launch| {
        launch.milestones[1].checks = vec![fixtures::check("errors_low", "value < 0.01", 0)];
        its_turn_has_come(launch, 1);
    });
    let item = format!("{}.errors_low", launch.milestones[1].id);
    let (code, _, problem) = say(folder.path(), &["done", launch.name.as_str(), &item, "--evidence", "looks fine"]);
    assert_eq!((code, problem.contains("is asked of the world, and was not yet")), (1, true), "{problem}");
}

#[test]
fn a_question_is_answered_by_those_that_it_is_asked_of() {
    let (folder, launch) = folder_with(|launch| {
        launch.milestones[1].checks =
            vec![fixtures::asked("terms", Some("legal")), fixtures::asked("typos", Some("writers"))];
        its_turn_has_come(launch, 1);
    });
    let (name, milestone) = (launch.name.as_str(), launch.milestones[1].id.as_str());
    fs::create_dir(folder.path().join("launches")).unwrap();
    fs::write(folder.path().join("launches/legal.yaml"), TEAM).unwrap();
    let answer = |actor: &str, word: &str, check: &str| {
        let text = if word == "done" { "--evidence" } else { "--reason" };
        say_as(actor, folder.path(), &[word, name, &format!("{milestone}.{check}"), text, "seen"])
    };
    for word in ["done", "block"] {
        let (code, _, problem) = answer("mallory", word, "terms");
        assert_eq!((code, problem.contains("one of them can: lea")), (1, true), "{problem}");
        assert_eq!(answer("lea", word, "terms").0, 0);
        let (code, _, note) = answer("mallory", word, "typos");
        assert_eq!((code, note.contains("anybody can answer")), (0, true), "{note}");
    }
}

#[test]
fn what_is_public_is_not_said_to_be_done_before_its_embargo_or_without_its_approvals() {
    let public = |embargo: &'static str| {
        folder_with(move |launch| {
            let milestone = launch.milestones[0].id.clone();
            let activity = &mut launch.activities[0];
            activity.milestone = milestone;
            activity.effect = launchd::core::model::activity::EffectClass::Once;
            activity.embargo = Some(fixtures::at(embargo));
        })
    };
    let done = |folder: &Path, launch: &Launch| {
        say(folder, &["done", launch.name.as_str(), launch.activities[0].id.as_str(), "--evidence", "it is out"])
    };
    let (folder, launch) = public("2090-04-01");
    let (code, _, problem) = done(folder.path(), &launch);
    assert_eq!((code, problem.contains("embargo ends 2090-04-01")), (1, true), "{problem}");
    let (folder, launch) = public("2001-04-01");
    let (code, _, problem) = done(folder.path(), &launch);
    assert_eq!((code, problem.contains("approval go_no_go of milestone")), (1, true), "{problem}");
}

#[test]
fn a_name_that_was_mistyped_gets_a_suggestion() {
    let (folder, launch) = folder();
    let mistyped = format!("{}x", launch.name);
    let (code, _, problem) = say(folder.path(), &["pause", &mistyped]);
    assert_eq!(code, 2);
    assert!(problem.contains(&format!("did you mean `{}`?", launch.name)), "{problem}");
    let activity = launch.activities[0].id.as_str();
    let (_, _, problem) =
        say(folder.path(), &["block", launch.name.as_str(), &format!("{activity}x"), "--reason", "r"]);
    assert!(problem.contains(&format!("did you mean `{activity}`?")), "{problem}");
    let (_, _, problem) = say(folder.path(), &["pause", "../etc"]);
    assert!(problem.contains("cannot be the name of a launch"), "{problem}");
}

#[test]
fn what_people_say_is_in_the_events_and_the_audit_log_is_whole() {
    let (folder, launch) = folder();
    let (name, activity) = (launch.name.as_str(), launch.activities[0].id.as_str());
    for args in [
        &["pause", name, "--reason", "waiting for legal"][..],
        &["resume", name],
        &["block", name, activity, "--reason", "the video is wrong"],
        &["unblock", name, activity],
        &["done", name, activity, "--evidence", "https://example.com/proof"],
    ] {
        let (code, _, problem) = say(folder.path(), args);
        assert_eq!(code, 0, "{args:?}: {problem}");
    }
    let (_, lines, _) = say(folder.path(), &["events", name, "-o", "json"]);
    let kinds: Vec<String> = lines
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
        .map(|e| format!("{} by {}", e["event"].as_str().unwrap(), e["actor"].as_str().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [
            "revision_accepted by daemon",
            "paused by ana",
            "resumed by ana",
            "activity_blocked by ana",
            "activity_unblocked by ana",
            "done by ana"
        ]
    );
    let (_, text, _) = say(folder.path(), &["events", name, "-n", "1"]);
    assert!(text.contains("done: “https://example.com/proof”  (ana)"), "{text}");
    let (code, verdict, _) = say(folder.path(), &["audit", "verify"]);
    assert_eq!((code, verdict.starts_with("whole: 6 events")), (0, true), "{verdict}");
}

#[test]
fn a_milestone_is_not_done_by_a_word() {
    let (folder, launch) = folder();
    let milestone = launch.milestones[0].id.as_str();
    let (code, _, problem) = say(folder.path(), &["done", launch.name.as_str(), milestone, "--evidence", "trust me"]);
    assert_eq!((code, problem.contains("complete by themselves")), (2, true), "{problem}");
}

#[test]
fn a_retry_is_asked_for_and_nothing_is_in_doubt() {
    let (folder, launch) = folder();
    let (name, activity) = (launch.name.as_str(), launch.activities[0].id.as_str());
    let (code, text, _) = say(folder.path(), &["resolve", name, activity]);
    assert_eq!((code, text.contains("Nothing of")), (0, true), "{text}");
    let (code, text, _) = say(folder.path(), &["resolve", name, activity, "--retry"]);
    assert_eq!((code, text.contains("is tried again")), (0, true), "{text}");
}

#[test]
fn what_succeeded_is_not_tried_again_and_nothing_is_recorded() {
    let (folder, launch) = folder();
    let (name, activity) = (launch.name.as_str(), launch.activities[0].id.as_str());
    assert_eq!(say(folder.path(), &["done", name, activity, "--evidence", "https://example.com/proof"]).0, 0);
    let (code, _, problem) = say(folder.path(), &["resolve", name, activity, "--retry"]);
    assert_eq!((code, problem.contains("there is nothing to try again")), (1, true), "{problem}");
    let (_, events, _) = say(folder.path(), &["events", name, "-o", "json"]);
    assert!(!events.contains("retry_asked"), "{events}");
}

#[test]
fn a_second_pause_keeps_the_reason_of_the_first() {
    let (folder, launch) = folder();
    let name = launch.name.as_str();
    assert_eq!(say(folder.path(), &["pause", name, "--reason", "waiting for legal"]).0, 0);
    let (code, text, _) = say(folder.path(), &["pause", name, "--reason", "lunch"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("is already paused, by ana") && text.contains("waiting for legal"), "{text}");
    let (_, events, _) = say(folder.path(), &["events", name, "-o", "json"]);
    assert!(events.contains("waiting for legal") && !events.contains("lunch"), "{events}");
}

#[test]
fn new_writes_a_plan_once_and_init_leaves_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let new = [
        "new",
        "atlas-2",
        "--type",
        "major_release",
        "--target",
        "2027-04-01T09:00",
        "--title",
        "A \"quoted\": # title",
    ];
    for expected in ["wrote", "left"] {
        let (code, text, problem) = say(folder.path(), &["init"]);
        assert_eq!(code, 0, "{problem}");
        assert!(text.starts_with(expected), "{text}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join(".gitignore")).unwrap(), ".launchd/\n");
    assert_eq!(say(folder.path(), &new).0, 0);
    assert_eq!(say(folder.path(), &new).0, 1);
    let text = std::fs::read(folder.path().join("launches/atlas-2.yaml")).unwrap();
    let file = launchd::core::model::source::SourceFile { path: "launches/atlas-2.yaml".into(), bytes: text.into() };
    let loaded = launchd::core::manifest::resolve::load(&[file], &launchd::core::model::launch::Policy::default());
    let errors: Vec<_> = loaded.all_diagnostics().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(loaded.launches[0].launch.as_ref().unwrap().title, "A \"quoted\": # title");
}

#[test]
fn checklists_are_answered_by_people_where_launchd_sees_nothing_and_readiness_shows_it() {
    let (folder, launch) = folder();
    let name = launch.name.as_str();
    let (code, answer, problem) =
        say(folder.path(), &["done", name, "checklist.incident_response_defined", "--evidence", "https://wiki/rota"]);
    assert_eq!((code, answer.contains("is answered yes")), (0, true), "{problem}");
    let (code, _, problem) = say(folder.path(), &["done", name, "checklist.plan_created", "--evidence", "trust me"]);
    assert_eq!((code, problem.contains("answered by what launchd observes")), (1, true), "{problem}");
    let (code, _, problem) =
        say(folder.path(), &["done", name, "checklist.sales_plan", "--not-applicable", "--evidence", "free of charge"]);
    assert_eq!(code, 0, "{problem}");
    let (code, _, problem) = say(folder.path(), &["block", name, "checklist.reports_scheduled", "--reason", "nobody"]);
    assert_eq!(code, 0, "{problem}");
    let (code, _, _) = say(folder.path(), &["unblock", name, "checklist.reports_scheduled"]);
    assert_eq!(code, 0);
    let (code, _, problem) = say(folder.path(), &["done", name, "checklist.incident", "--evidence", "x"]);
    assert_eq!((code, problem.contains("no item of the checklists")), (2, true), "{problem}");
    let (_, audit, _) = say(folder.path(), &["events", name]);
    assert!(audit.contains("incident_response_defined: yes") && audit.contains("(ana)"), "{audit}");
}

#[test]
fn a_goal_is_judged_after_its_launch_and_not_before() {
    let goals = |launch: &mut Launch| launch.goals = vec![fixtures::goal("liked", None, "2090-04-15")];
    let (folder, launch) = folder_with(|launch| {
        goals(launch);
        launch.target = fixtures::at("2090-04-01");
    });
    let name = launch.name.as_str();
    let (code, _, problem) = say(folder.path(), &["done", name, "goal.liked", "--evidence", "a survey"]);
    assert_eq!((code, problem.contains("is about what comes after")), (1, true), "{problem}");
    let (folder, _) = folder_with(|launch| {
        goals(launch);
        launch.target = fixtures::at("2001-04-01");
    });
    let (code, answer, problem) = say(folder.path(), &["done", name, "goal.liked", "--evidence", "a survey"]);
    assert_eq!((code, answer.contains("is reached")), (0, true), "{problem}");
    let (code, answer, problem) = say(folder.path(), &["block", name, "goal.liked", "--reason", "two of ten"]);
    assert_eq!((code, answer.contains("is missed")), (0, true), "{problem}");
    let (code, _, problem) = say(folder.path(), &["done", name, "goal.likde", "--evidence", "a survey"]);
    assert_eq!((code, problem.contains("did you mean `liked`?")), (2, true), "{problem}");
}

#[test]
fn evidence_is_a_sentence_or_an_address_that_others_can_open() {
    for good in ["https://example.com/a", "mailto:ana@example.com", "price list: 14", "file: under A", "S3:bucket/key"]
    {
        assert_eq!(evidence(good), Ok(good));
    }
    assert_eq!(evidence("  "), Err(NoEvidence::Empty));
    assert_eq!(evidence(&"é".repeat(2001)), Err(NoEvidence::TooLong(2001)));
    for secret in ["https://ana:hunter2@example.com/a", "it is ghp_0123456789abcdefABCD", "Bearer abcdefghijklmnop"] {
        assert_eq!(evidence(secret), Err(NoEvidence::Secret), "{secret}");
    }
    for bad in ["javascript:alert(1)", "JavaScript:x", "file:///home/ana/x.pdf", "data:text/html,x", "vbscript:x"] {
        assert!(matches!(evidence(bad), Err(NoEvidence::Unsafe(_))), "{bad}");
    }
}

#[test]
fn what_is_public_can_be_said_to_be_done_after_its_embargo_and_with_its_sign_offs() {
    let mut launch = empty_launch("atlas");
    let mut day = milestone("launch_day", Phase::Launch, "2027-04-01T13:00", &[]);
    day.approvals = vec![approval("go", 1, Gate::Start)];
    launch.milestones = vec![day];
    let mut mail = once("mail", "launch_day", KeySupport::Opaque);
    mail.embargo = Some(at("2027-04-01T13:00"));
    launch.activities = vec![mail.clone(), task("tidy", "launch_day")];
    let own: Vec<_> = launch.activities.iter().collect();
    let content = launch.milestones[0].fingerprint(&own);
    let grant = Grant {
        by: Actor("ben".into()),
        at: at("2027-03-30"),
        granted: true,
        comment: None,
        revision: None,
        fingerprint: content,
    };
    let signed = EventKind::ApprovalAnswered { milestone: id("launch_day"), approval: id("go"), grant };
    let (before, after) = (at("2027-04-01T12:59"), at("2027-04-01T13:00"));
    let unsigned = state(&launch, before, vec![]);
    let signed = state(&launch, before, vec![signed]);
    let tidy = &launch.activities[1];
    for (activity, known, now, expected) in [
        (tidy, &unsigned, before, Ok(())),
        (&mail, &signed, before, Err(TooEarly::Embargo(after))),
        (&mail, &unsigned, after, Err(TooEarly::Approval(id("go")))),
        (&mail, &signed, after, Ok(())),
    ] {
        assert_eq!(can_be_done(activity, &launch, known, now), expected, "{} {now}", activity.id);
    }
}

#[test]
fn an_audit_names_what_was_altered_beside_the_log_and_says_what_to_do() {
    let altered = |sql: &str| {
        let (folder, _) = folder();
        rusqlite::Connection::open(folder.path().join(".launchd/state.db")).unwrap().execute_batch(sql).unwrap();
        let (code, verdict, problem) = say(folder.path(), &["audit", "verify"]);
        format!("{verdict}{problem}[exit {code}]\n")
    };
    let state = altered("UPDATE subjects SET body = '{\"paused\":{\"by\":\"eve\",\"at\":\"2027-01-01T00:00:00Z\"}}'");
    let revision = altered("UPDATE revisions SET body = replace(body, 'summary', 'sumnary')");
    insta::assert_snapshot!(
        "audit_of_an_altered_store",
        format!("# A row of the state\n{state}\n# A revision\n{revision}")
    );
}
