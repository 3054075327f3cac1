//! `launchd new` in front of a person: what is missing is asked for on a terminal, and nowhere else.

use std::{fs, path::Path, process::Command};

use rexpect::session::{PtySession, spawn_command};

use crate::cli::launchd;

const FILES: &str = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: tier-2 }\nextends: feature-update\nparameters:\n  \
                     channel: { type: string, description: The channel that hears of it. }\n  regions: { type: list }\n  days: { type: number, default: 7 }\n\
                     spec: { description: \"{{ parameters.channel }}\" }\n---\napiVersion: launchd/v1\nkind: Team\nmetadata: { name: platform-team }\nspec: {}\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("launches")).unwrap();
    fs::write(folder.path().join("launches/shared.yaml"), FILES).unwrap();
    folder
}

/// The real program on a terminal of its own.
fn on_a_terminal(folder: &Path, args: &[&str]) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    command
        .current_dir(folder)
        .env_clear()
        .env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z")
        .env("NO_COLOR", "1")
        .args(args);
    spawn_command(command, Some(20_000)).unwrap()
}

/// Waits for a question, and answers it.
fn answer(terminal: &mut PtySession, question: &str, line: &str) {
    terminal.exp_string(question).unwrap();
    terminal.send_line(line).unwrap();
}

#[test]
fn every_question_has_a_default_or_is_asked_again_until_the_answer_can_be() {
    let folder = folder();
    let mut terminal = on_a_terminal(folder.path(), &["new"]);
    let terminal = &mut terminal;
    answer(terminal, "Name (e.g. atlas-2): ", "Atlas");
    answer(terminal, "Name (e.g. atlas-2): ", "");
    terminal.exp_string("this has to be said").unwrap();
    answer(terminal, "Name (e.g. atlas-2): ", "relay-3");
    answer(terminal, "Profile (tier-2; empty for that of the type): ", "teir-2");
    terminal.exp_string("did you mean `tier-2`?").unwrap();
    answer(terminal, "Profile", "tier-2");
    // The type is that of the built-in profile that tier-2 extends.
    answer(terminal, "Target date, T (e.g. 2027-04-01T09:00): ", "2027-02-29");
    terminal.exp_string("`2027-02-29` is no date").unwrap();
    answer(terminal, "Target date", "2020-04-01");
    terminal.exp_string("2020-04-01 is over").unwrap();
    answer(terminal, "Target date", "2027-04-01");
    answer(terminal, "Time zone (e.g. America/New_York) [UTC]: ", "Europe/Berln");
    terminal.exp_string("did you mean `Europe/Berlin`?").unwrap();
    answer(terminal, "Time zone", "");
    answer(terminal, "Title [Relay 3]: ", "");
    answer(terminal, "Owner (platform-team): ", "platfrom-team");
    terminal.exp_string("did you mean `platform-team`?").unwrap();
    answer(terminal, "Owner", "platform-team");
    answer(terminal, "channel (The channel that hears of it): ", "C0RELAY");
    answer(terminal, "regions", "emea, amer");
    terminal.exp_string("wrote launches/relay-3.yaml").unwrap();
    terminal.exp_eof().unwrap();
    let text = fs::read_to_string(folder.path().join("launches/relay-3.yaml")).unwrap();
    for line in [
        "  launch_type: feature_update\n",
        "  profile: tier-2\n",
        "    channel: \"C0RELAY\"\n",
        "    regions: [\"emea\",\"amer\"]\n",
        "  target_date: 2027-04-01T09:00\n",
        "  timezone: UTC\n",
        "  title: \"Relay 3\"\n",
        "  owner: \"platform-team\"\n",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    let (code, _, told) = launchd(folder.path(), &["validate"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn off_a_terminal_nothing_is_asked_and_what_is_missing_is_named() {
    let folder = folder();
    let target = ["--target", "2027-04-01"];
    for (args, told) in [
        (vec!["new"], "NAME is missing"),
        (vec!["new", "a"], "--type is missing"),
        (vec!["new", "a", "--type", "beta_launch"], "--target is missing"),
        ([&["new", "a", "--profile", "teir-2"][..], &target].concat(), "did you mean `tier-2`?"),
        ([&["new", "a", "--profile", "tier-2"][..], &target].concat(), "--set channel=… is missing"),
        ([&["new", "a", "--profile", "tier-2", "--set", "chanel=C"][..], &target].concat(), "did you mean `channel`?"),
        (
            [&["new", "a", "--type", "beta_launch", "--owner", "platform-tem"][..], &target].concat(),
            "did you mean `platform-team`?",
        ),
        (vec!["new", "a", "--type", "beta_launch", "--target", "2020-01-01"], "is over"),
    ] {
        let (code, out, err) = launchd(folder.path(), &args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(told), "{args:?}: {err}");
    }
    let given =
        [&["new", "a", "--profile", "tier-2", "--set", "channel=C1", "--set", "regions=emea"][..], &target].concat();
    let (code, _, err) = launchd(folder.path(), &given);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn answers_that_look_like_templates_are_kept_as_they_were_typed() {
    let folder = folder();
    let args = ["new", "braces", "--type", "feature_update", "--target", "2027-05-01", "--title", "a {{ x }} {# b"];
    let (code, _, problem) = launchd(folder.path(), &[&args[..], &["--owner", "{% c"]].concat());
    assert_eq!(code, 0, "{problem}");
    let (code, said, _) = launchd(folder.path(), &["validate"]);
    assert_eq!(code, 0, "{said}");
    let (_, shown, _) = launchd(folder.path(), &["render", "braces"]);
    assert!(shown.contains("title: \"a {{ x }} {# b\"") && shown.contains("owner: \"{% c\""), "{shown}");
    let (code, _, problem) =
        launchd(folder.path(), &["new", "none", "--target", "2027-05-01", "--type", "feature_update", "--title", " "]);
    assert_eq!((code, problem.contains("the title is empty")), (2, true), "{problem}");
}
