//! `diff --base`: a pull request as the difference between two states of the files.

use std::{fs, path::Path, process::Command};

use crate::cli::{GOOD, launchd, repository, transcript};

pub fn git(root: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").arg("-C").arg(root).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// These files as the commit `main`.
fn committed(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = repository(files);
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-q", "-m", "first"]);
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    fs::write(folder.join(path), text).unwrap();
}

/// Without the revisions, which change with every field that a launch may have.
pub fn without_revisions(text: &str) -> String {
    let mut parts = text.split("revision ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "revision [REVISION]" + &part[12..])
}

const DIFF: &[&str] = &["diff", "--base", "main"];

#[test]
fn a_pull_request_is_shown_as_what_it_changes_to_a_terminal_and_to_reviewers() {
    let folder = committed(&[("launches/atlas-2.yaml", GOOD)]);
    let changed = GOOD.replace("target_date: 2027-04-01T09:00", "target_date: 2027-04-08T09:00").replace(
        "is here\" }\n",
        "is out\" }\n        ask: { title: Ask three customers how it went, needs: [tell] }\n",
    );
    write(folder.path(), "launches/atlas-2.yaml", &changed);
    write(folder.path(), "launches/relay.yaml", &GOOD.replace("atlas-2", "relay").replace("Atlas 2.0", "Relay"));
    let text = transcript(folder.path(), &[DIFF, &["diff", "--base", "main", "-o", "markdown"]]);
    insta::assert_snapshot!(without_revisions(&text));
}

#[test]
fn a_launch_that_left_the_files_is_said_to_have_left_and_one_with_an_error_is_not() {
    let folder = committed(&[
        ("launches/atlas-2.yaml", GOOD),
        ("launches/relay.yaml", &GOOD.replace("atlas-2", "relay")),
        ("launches/orbit.yaml", &GOOD.replace("atlas-2", "orbit")),
    ]);
    fs::remove_file(folder.path().join("launches/relay.yaml")).unwrap();
    let (code, text, _) = launchd(folder.path(), DIFF);
    assert_eq!((code, text.contains("relay"), text.contains("removed")), (1, true, true), "{text}");
    write(folder.path(), "launches/orbit.yaml", &GOOD.replace("atlas-2", "orbit").replace("owner: ana", "ownr: ana"));
    let (code, text, errors) = launchd(folder.path(), DIFF);
    assert_eq!(code, 2, "{text}{errors}");
    assert!(errors.contains("launches/orbit.yaml:10:3") && !text.contains("orbit"), "{errors}{text}");
    // A file that is no YAML may hold any launch: none of them left.
    write(folder.path(), "launches/orbit.yaml", "a: [\n");
    let (code, text, errors) = launchd(folder.path(), DIFF);
    assert_eq!(code, 2, "{text}{errors}");
    assert!(!text.contains("gone"), "{text}");
}

#[test]
fn a_base_that_had_errors_is_said_to_have_been_no_base() {
    let folder = committed(&[("launches/atlas-2.yaml", &GOOD.replace("owner: ana", "ownr: ana"))]);
    write(folder.path(), "launches/atlas-2.yaml", GOOD);
    let (code, text, errors) = launchd(folder.path(), DIFF);
    assert_eq!(code, 1, "{text}{errors}");
    assert!(errors.contains("atlas-2 has errors at main, so all of it is shown as new"), "{errors}");
}

#[test]
fn a_warning_that_settings_call_an_error_is_one_for_a_pull_request_too() {
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec:\n  lints: { lint/once-without-approval: error }\n";
    let folder = committed(&[("launches/atlas-2.yaml", GOOD), ("launchd.yaml", settings)]);
    let unapproved = GOOD.replace("      approvals: [{ name: go, from: release-managers }]\n", "");
    let unapproved = unapproved.replace("is here", "is out");
    write(folder.path(), "launches/atlas-2.yaml", &unapproved);
    let (code, text, errors) = launchd(folder.path(), DIFF);
    assert_eq!(code, 2, "{text}{errors}");
    assert!(errors.contains("error[lint/once-without-approval]") && !text.contains("atlas-2"), "{errors}{text}");
    write(folder.path(), "launchd.yaml", &settings.replace(": error", ": off"));
    let (code, text, errors) = launchd(folder.path(), DIFF);
    assert_eq!((code, errors.as_str()), (1, ""), "{text}");
    // That nobody is asked any more is what a reviewer must see.
    assert!(text.contains("- approvals.go  \"1 from release-managers\""), "{text}");
}

#[test]
fn every_part_of_a_plan_that_changes_is_a_difference() {
    let plan = GOOD
        .replace("      activities:\n", "      checks: [{ name: up, ask: Is it up?, from: ana }]\n      activities:\n");
    let folder = committed(&[("launches/atlas-2.yaml", &plan)]);
    assert_eq!(launchd(folder.path(), DIFF).0, 0);
    for (from, to, told) in [
        ("title: Atlas 2.0", "title: Atlas 2", "title"),
        ("owner: ana", "owner: ben", "owner"),
        ("owner: ana", "owner: ana\n  goals: [Everybody likes it]", "goals."),
        ("owner: ana", "owner: ana\n  marketing: { budget: { total: 12, currency: USD } }", "marketing.budget.total"),
        ("from: release-managers", "from: release-managers, count: 2", "1 from release-managers"),
        ("from: release-managers", "from: release-managers, gate: completion", "with other details"),
        ("ask: Is it up?, from: ana", "ask: Is it up?, from: ben", "Is it up? (ben)"),
        ("C0LAUNCHES", "C0OTHERS", "C0OTHERS"),
        ("uses: slack/message", "owner: ben\n          uses: slack/message", "ben"),
        ("uses: slack/message", "due: T+2d\n          uses: slack/message", "due"),
        ("    launch_day:", "    launch_day:\n      due: T+1d", "due"),
        ("    launch_day:", "    rest: { due: T+9d }\n    launch_day:", "create    rest"),
        ("        tell:", "        say:", "forget    tell"),
    ] {
        let changed = plan.replacen(from, to, 1);
        assert_ne!(changed, plan);
        write(folder.path(), "launches/atlas-2.yaml", &changed);
        let (code, text, errors) = launchd(folder.path(), DIFF);
        assert_eq!(code, 1, "{to}: {text}{errors}");
        assert!(text.contains(told), "{to}:\n{text}");
    }
}
