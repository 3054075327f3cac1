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
    insta::assert_snapshot!(transcript(folder.path(), &[DIFF, &["diff", "--base", "main", "-o", "markdown"]]));
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
    assert_eq!((code, text.contains("relay"), text.contains("its file is gone")), (1, true, true), "{text}");
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
}
