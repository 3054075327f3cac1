//! What the commands print: transcripts of the real binary on a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

/// Runs in a folder, with nothing in the environment but who and when.
pub fn launchd(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    command.current_dir(folder).env_clear();
    command.env("LAUNCHD_ACTOR", "ana").env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z").args(args);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder.display().to_string(), "[FOLDER]");
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Each command with what it printed and its exit code, as a person would see it.
pub fn transcript(folder: &Path, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for args in commands {
        let (code, out, err) = launchd(folder, args);
        text += &format!("$ launchd {}\n{out}{err}", args.join(" "));
        if code != 0 {
            text += &format!("[exit {code}]\n");
        }
        text += "\n";
    }
    text
}

pub const GOOD: &str = "\
apiVersion: launchd/v1
kind: Launch
metadata:
  name: atlas-2
spec:
  title: Atlas 2.0
  launch_type: feature_update
  target_date: 2027-04-01T09:00
  timezone: America/New_York
  owner: ana
  milestones:
    launch_day:
      approvals: [{ name: go, from: release-managers }]
      activities:
        tell:
          uses: slack/message
          with: { channel: C0LAUNCHES, text: \"{{ launch.title }} is here\" }
";

/// A repository with these files.
pub fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn good_files_are_said_to_be_good_and_bad_ones_shown_line_by_line() {
    let bad =
        GOOD.replace("owner: ana", "ownr: ana").replace("slack/message", "slack/mesage").replace("atlas-2", "atlas-3");
    let folder = repository(&[("launches/atlas-2.yaml", GOOD), ("launches/atlas-3.yaml", &bad)]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            &["validate", "launches/atlas-2.yaml"],
            &["validate"],
            &["validate", "-o", "github"],
            &["render", "atlas-3"],
            &["render", "atlas-4"],
            &["render", "atlas-2", "-o", "sarif"],
        ]
    ));
}

#[test]
fn the_machine_forms_of_validate_agree_on_the_number_of_problems() {
    let bad = GOOD.replace("owner: ana", "ownr: ana");
    let folder = repository(&[("launches/atlas-2.yaml", &bad)]);
    let (code, json, _) = launchd(folder.path(), &["validate", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["version"]), (1, &serde_json::json!(1)));
    let problems = json["diagnostics"].as_array().unwrap();
    assert_eq!(problems[0]["at"]["file"], "launches/atlas-2.yaml");
    let (_, sarif, _) = launchd(folder.path(), &["validate", "-o", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), problems.len());
    let (_, github, _) = launchd(folder.path(), &["validate", "-o", "github"]);
    assert_eq!(github.lines().count(), problems.len());
}

#[test]
fn warnings_pass_unless_strict_and_settings_weigh_them() {
    let folder = repository(&[(
        "launches/atlas-2.yaml",
        &GOOD.replace("      approvals: [{ name: go, from: release-managers }]\n", ""),
    )]);
    let validate = |args: &[&str]| launchd(folder.path(), &[&["validate"], args].concat());
    let (code, text, _) = validate(&[]);
    assert_eq!((code, text.contains("warning[lint/")), (0, true), "{text}");
    assert_eq!(validate(&["--strict"]).0, 1);
    let code_of = text.split("warning[").nth(1).unwrap().split(']').next().unwrap().to_owned();
    let settings = format!("apiVersion: launchd/v1\nkind: Settings\nspec:\n  lints: {{ {code_of}: error }}\n");
    fs::write(folder.path().join("launchd.yaml"), settings).unwrap();
    let (code, text, _) = validate(&[]);
    assert_eq!((code, text.contains(&format!("error[{code_of}]"))), (1, true), "{text}");
    // What holds a launch for one command holds it for all.
    let (code, _, text) = launchd(folder.path(), &["diff", "--refresh", "none"]);
    assert_eq!((code, text.contains(&format!("error[{code_of}]"))), (2, true), "{text}");
}

#[test]
fn a_place_after_a_masked_value_on_its_line_is_told_by_the_columns_of_the_file() {
    let home = tempfile::tempdir().unwrap();
    let spec = "spec: { connectors: { jira: { auth: { password: \"hunter2hunter2\" } } }, nonsense: 1 }";
    let head = "apiVersion: launchd/v1\nkind: Settings\nmetadata: { name: x }";
    fs::write(home.path().join("launchd.yaml"), format!("{head}\n{spec}\n")).unwrap();
    let (code, out, err) = launchd(home.path(), &["validate"]);
    let text = out + &err;
    let column = spec.find("nonsense").unwrap() + 1;
    assert!(code != 0 && text.contains(&format!("launchd.yaml:4:{column}\n")), "{text}");
    assert!(text.contains("nonsense: 1 }\n") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_wrong_settings_file_is_shown_with_its_lines() {
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec:\n  sorce: { path: launches }\n";
    let folder = repository(&[("launches/atlas-2.yaml", GOOD), ("launchd.yaml", settings)]);
    let (code, _, text) = launchd(folder.path(), &["validate"]);
    assert_eq!(code, 2);
    assert!(text.contains("sorce: { path: launches }") && text.contains("launchd.yaml:4:3"), "{text}");
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec:\n  connectors: { slak: {} }\n";
    fs::write(folder.path().join("launchd.yaml"), settings).unwrap();
    let (code, text, _) = launchd(folder.path(), &["validate"]);
    assert_eq!((code, text.contains("settings/unknown-connector") && text.contains("slack")), (0, true), "{text}");
}

#[test]
fn a_launch_is_shown_as_it_was_resolved_with_where_each_value_came_from() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    insta::assert_snapshot!(transcript(folder.path(), &[&["render", "atlas-2", "--explain"]]));
    let (_, json, _) = launchd(folder.path(), &["render", "atlas-2", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["launch"]["target"], "2027-04-01T13:00:00Z");
}

#[test]
fn a_value_of_a_parameter_is_explained_by_the_template_and_by_where_its_value_was_given() {
    let profile = "apiVersion: launchd/v1\nkind: Profile\nmetadata: { name: own }\nextends: feature-update\nparameters:\n  \
                   channel: { type: string, default: C0RELAY01 }\n  say: { type: string }\nspec:\n  milestones:\n    launch_day:\n      \
                   activities:\n        post:\n          uses: slack/message\n          with:\n            \
                   channel: \"{{ parameters.channel }}\"\n            text: \"{{ parameters.say }}\"\n";
    let launch = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas }\nspec:\n  launch_type: feature_update\n  \
                  profile: own\n  target_date: 2027-04-01T09:00\n  parameters: { say: Out now }\n";
    let folder = repository(&[("launches/own.yaml", profile), ("launches/atlas.yaml", launch)]);
    let (code, text, err) = launchd(folder.path(), &["render", "atlas", "--explain"]);
    assert_eq!(code, 0, "{err}");
    for (value, place) in [
        ("channel: C0RELAY01", "launches/own.yaml:15, with channel of launches/own.yaml:6"),
        ("text: Out now", "launches/own.yaml:16, with say of launches/atlas.yaml:8"),
    ] {
        let line = text.lines().find(|l| l.contains(value)).unwrap_or_else(|| panic!("{value}: {text}"));
        assert!(line.ends_with(place), "{line}");
    }
}

#[test]
fn connectors_codes_and_fields_are_explained() {
    let folder = repository(&[]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            &["connectors"],
            &["connectors", "jira"],
            &["connectors", "slack/message"],
            &["connectors", "jirra"],
            &["explain", "schema/unknown-field"],
            &["explain", "schema/unknown-feild"],
            &["explain", "milestones.approvals.count"],
        ]
    ));
}

#[test]
fn a_new_repository_validates_from_the_start() {
    let folder = repository(&[]);
    insta::assert_snapshot!(transcript(
        folder.path(),
        &[
            &["init"],
            &["validate"],
            &["new", "atlas-2", "--type", "major_release", "--target", "2027-04-01", "--owner", "ana"],
            &["validate"],
            &["new", "atlas-2", "--type", "major_release", "--target", "2027-04-01"],
            &["new", "../etc", "--type", "major_release", "--target", "2027-04-01"],
            &["new", "b", "--type", "major_release", "--target", "soon"],
        ]
    ));
}

#[test]
fn what_cannot_be_read_is_told_and_nothing_outside_is() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD), ("secret.yaml", "password: hunter2\n")]);
    std::os::unix::fs::symlink("../secret.yaml", folder.path().join("launches/link.yaml")).unwrap();
    fs::write(folder.path().join("launches/huge.yaml"), vec![b'#'; 5 << 20]).unwrap();
    let (code, text, _) = launchd(folder.path(), &["validate"]);
    assert_eq!(code, 1);
    assert!(text.contains("launches/link.yaml") && text.contains("launches/huge.yaml"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let (code, _, text) = launchd(folder.path(), &["validate", "missing"]);
    assert_eq!((code, text.contains("no such file or folder")), (2, true), "{text}");
    let (code, _, text) = launchd(folder.path(), &["validate", "--source", "missing"]);
    assert_eq!((code, text.contains("--source")), (2, true), "{text}");
    let (code, _, text) = launchd(folder.path(), &["render", "../secret"]);
    assert_eq!((code, text.contains("cannot be the name of a launch")), (2, true), "{text}");
}

#[test]
fn the_doctor_says_what_is_missing_and_never_a_value() {
    let settings = "apiVersion: launchd/v1\nkind: Settings\nspec:\n  connectors:\n    slack: { auth: { scheme: bearer, token: { env: SLACK_TOKEN } } }\n";
    let folder = repository(&[("launches/atlas-2.yaml", GOOD), ("launchd.yaml", settings)]);
    let (code, text, _) = launchd(folder.path(), &["doctor"]);
    assert_eq!((code, text.contains("SLACK_TOKEN, which is not set")), (1, true), "{text}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    command.current_dir(folder.path()).env_clear().env("SLACK_TOKEN", "xoxb-canary").arg("doctor");
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(text.contains("slack has an address and credentials") && !text.contains("canary"), "{text}");
}

#[test]
fn a_clock_that_is_no_instant_is_refused() {
    let folder = repository(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
    let output = command.current_dir(folder.path()).env("LAUNCHD_CLOCK", "noon").arg("connectors").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), text.contains("LAUNCHD_CLOCK is no instant")), (Some(2), true), "{text}");
}

#[test]
fn a_rehearsal_says_why_it_cannot_begin_on_a_day() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    let rehearse = |day: &str| launchd(folder.path(), &["rehearse", "atlas-2", "--from", day]);
    for (day, why) in [
        ("2027-02-30", "the calendar has no 2027-02-30"),
        ("2027-13-01T09:00", "the calendar has no 2027-13-01"),
        ("2027-03-01T25:00", "it is no date"),
        ("soon", "a rehearsal begins on a day of the calendar"),
        ("T-2w", "a rehearsal begins on a day of the calendar"),
        ("", "it is empty"),
    ] {
        let (code, _, text) = rehearse(day);
        assert_eq!((code, text.contains(why)), (2, true), "{day}: {text}");
        assert!(text.contains("write 2027-03-01 or 2027-03-01T09:00"), "{text}");
    }
    for day in ["2027-03-01", "2027-03-01T09:00", "2027-03-01T09:00:30", "2027-03-01T09:00Z"] {
        assert_eq!(rehearse(day).0, 0, "{day}");
    }
}

#[test]
fn a_fault_is_about_something_that_the_launch_has() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    let rehearse = |fault: &str| launchd(folder.path(), &["rehearse", "atlas-2", "--fault", fault]);
    for (fault, said) in [
        ("late:nope", "`nope` is no activity, check, approval or goal of atlas-2"),
        ("rejected:tel", "Did you mean `tell`?"),
        ("late:gp", "Did you mean `go`?"),
    ] {
        let (code, out, problem) = rehearse(fault);
        assert_eq!((code, out.as_str(), problem.contains(said)), (2, "", true), "{fault}: {problem}");
    }
    assert!(!rehearse("late:*=0").1.contains("Late:"));
    for fault in ["late:go=9", "late:launch_day.go=9"] {
        let (code, out, problem) = rehearse(fault);
        assert!(code < 2 && out.contains("Late: launch_day by 6 days"), "{fault}: {out}{problem}");
    }
}

#[test]
fn what_is_no_saved_plan_is_said_to_be_none_and_nothing_is_changed() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    let (code, _, text) = launchd(folder.path(), &["diff", "--refresh", "none", "--out", "plan.json"]);
    assert_eq!((code, text.contains("Saved")), (0, true), "{text}");
    let plan = fs::read_to_string(folder.path().join("plan.json")).unwrap();
    let other_shape = plan.replacen("\"changes\"", "\"chances\"", 1);
    for (name, text) in [
        ("shorter.json", &plan[..plan.len() / 2]),
        ("newer.json", &plan.replacen("\"version\": 1", "\"version\": 7", 1)),
        ("edited.json", &other_shape),
        ("shown.json", "{ \"version\": 1, \"kind\": \"Plan\" }"),
        ("package.json", "{ \"name\": \"atlas\" }"),
        ("list.json", "[1, 2]"),
        ("text.json", "plan: no\n"),
        ("empty.json", ""),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::create_dir(folder.path().join("folder.json")).unwrap();
    let names = ["missing", "folder", "shorter", "newer", "edited", "shown", "package", "list", "text", "empty"];
    let files: Vec<_> = names.iter().map(|name| format!("{name}.json")).collect();
    let mut commands: Vec<Vec<&str>> = files.iter().map(|file| vec!["apply", file.as_str(), "--yes"]).collect();
    commands.push(vec!["apply", "launches/atlas-2.yaml", "--yes"]);
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(transcript(folder.path(), &commands));
    assert!(!folder.path().join(".launchd").exists());
}

#[test]
fn a_selection_that_nothing_fits_is_refused_and_a_saved_plan_is_applied_whole_or_not_at_all() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    let (code, _, text) = launchd(folder.path(), &["diff", "--refresh", "none", "--out", "plan.json"]);
    assert_eq!(code, 0, "{text}");
    let plan: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("plan.json")).unwrap()).unwrap();
    let none = serde_json::json!({ "version": plan["version"], "kind": plan["kind"], "plans": [] });
    fs::write(folder.path().join("none.json"), none.to_string()).unwrap();
    for args in [
        &["diff", "-l", "tier=9", "--out", "tier.json"][..],
        &["apply", "--yes", "-l", "tier=9"],
        &["status", "-l", "tier=9"],
        &["apply", "none.json"],
        &["apply", "plan.json", "-l", "tier=1"],
        &["apply", "plan.json", "-m", "launch_day"],
    ] {
        let (code, out, problem) = launchd(folder.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {problem}");
    }
    assert!(!folder.path().join("tier.json").exists());
}

#[test]
fn a_rehearsal_tells_what_a_team_would_talk_about() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("launches"), &folder.path().join("launches"));
    insta::assert_snapshot!(transcript(folder.path(), &[&["rehearse", "orbit-beta"], &["rehearse", "atlas-2"]]));
}

/// A folder's files, in a new folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { assert!(fs::copy(&path, &to).is_ok()) }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_a_full_disk_lost_is_told_and_a_reader_that_went_away_is_not() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    let run = |args: &[&str], out: std::process::Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
        command.current_dir(folder.path()).env_clear().env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z");
        let output = command.args(args).stdout(out).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for args in [
        "calendar",
        "schema launch",
        "render atlas-2",
        "report -o html",
        "graph -o svg",
        "validate -o sarif",
        "diff --refresh none",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, told) = run(&args, full.into());
        assert_eq!(code, 2, "{args:?}: {told}");
        assert!(told.contains("the output could not be written"), "{args:?}: {told}");
        assert!(told.contains("No space left on device"), "{args:?}: {told}");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(run(&["diff", "--refresh", "none", "--detailed-exitcode"], full.into()).0, 1, "0 would be no changes");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run(&["schema", "launch"], writer.into()), (0, String::new()));
}

#[test]
fn a_picture_is_not_written_under_an_ending_that_promises_another_form() {
    let folder = repository(&[("launches/atlas-2.yaml", GOOD)]);
    for name in ["plan.png", "plan.html", "plan"] {
        let (code, _, err) = launchd(folder.path(), &["graph", "--out", name]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(".svg, .mmd, .dot, .json or .txt"), "{err}");
        assert!(!folder.path().join(name).exists());
    }
    let (code, _, err) = launchd(folder.path(), &["graph", "--out", "plan.TXT"]);
    assert_eq!(code, 0, "{err}");
}
