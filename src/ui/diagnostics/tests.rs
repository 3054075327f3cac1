use std::sync::Arc;

use serde_json::Value;

use super::Report;
use crate::core::{
    diagnostic::Diagnostic,
    manifest::{
        node::FileId,
        read::{FileDocuments, read},
    },
    model::source::SourceFile,
};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), bytes: Arc::from(text.as_bytes()) }
}

fn report<'d>(read: &'d FileDocuments<'_>) -> Report<'d> {
    Report::new(&read.diagnostics).text(&read.path, read.text).under("launches")
}

const LAUNCH: &str =
    "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas-2 }\nspec:\n  launch_type: new_product\n";

#[test]
fn people_see_the_line_the_mark_and_what_to_do() {
    let file = file("a.yaml", &format!("{LAUNCH}  target_date: 2027-04-01\n  onwer: team\n"));
    let read = read(&file, FileId(0));
    let text = report(&read).human(false, 100);
    for part in [
        "error[schema/unknown-field]: unknown field",
        "--> launches/a.yaml:7:3",
        "7 |   onwer: team",
        "^^^^^ `spec` has no field `onwer`",
        "help: Did you mean `owner`?",
        "1 error in 1 file",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_secret_is_shown_by_no_renderer() {
    let secret = "hunter2-hunter2";
    let key = "-----BEGIN PRIVATE KEY-----";
    let text = format!(
        "{LAUNCH}  target_date: {secret}\n  milestones:\n    a: {{ activities: {{ b: {{ with: {{ password: {secret}, tokn: 1 }}, x: 1 }} }} }}\n\
         \x20   c: {{ description: \"{key} MIIEv\" }}\n  owner: [xoxb-123456789-abcdefghij]\n  password: {secret}\n"
    );
    let file = file("a.yaml", &text);
    let read = read(&file, FileId(0));
    let report = report(&read);
    assert!(read.diagnostics.iter().filter(|d| d.code == "secret/plain-text").count() >= 4, "{:#?}", read.diagnostics);
    for shown in [report.human(false, 200), report.human(true, 200), report.json(), report.sarif(), report.github()] {
        let shown = shown.replace(&format!("should be a date {secret}"), "");
        for hidden in ["xoxb-123456789", "MIIEv", "password: hunter2"] {
            assert!(!shown.contains(hidden), "{hidden} is in\n{shown}");
        }
    }
    assert!(report.human(false, 200).contains("••••••••"));
}

#[test]
fn json_has_a_version_and_counts() {
    let file = file("a.yaml", "kind: Lunch\n");
    let read = read(&file, FileId(0));
    let value: Value = serde_json::from_str(&report(&read).json()).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["summary"]["errors"], 1);
    assert_eq!(value["diagnostics"][0]["code"], "document/unknown-kind");
    assert_eq!(value["diagnostics"][0]["at"]["line"], 1);
}

#[test]
fn sarif_names_its_rules_and_encodes_its_paths() {
    let file = file("a b%.yaml", "kind: Lunch\n");
    let read = read(&file, FileId(0));
    let value: Value = serde_json::from_str(&report(&read).sarif()).unwrap();
    let run = &value["runs"][0];
    assert_eq!(value["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "document/unknown-kind");
    assert!(run["tool"]["driver"]["rules"][0]["help"]["markdown"].as_str().unwrap().contains("```yaml"));
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "launches/a%20b%25.yaml");
    assert_eq!(place["region"]["startColumn"], 7);
    assert_eq!(place["region"]["endColumn"], 12);
}

#[test]
fn a_workflow_command_stays_one_line_whatever_it_says() {
    let mut diagnostic = Diagnostic::error("yaml/syntax", "a, b: c", "100 %\nsecond\r::error::forged");
    diagnostic.hint = Some("do it".into());
    let text = Report::new([&diagnostic]).github();
    assert_eq!(text, "::error title=a%2C b%3A c [yaml/syntax]::100 %25%0Asecond%0D::error::forged%0Ado it\n");
}

#[test]
fn the_order_is_by_file_and_place_and_nothing_comes_twice() {
    let one = Diagnostic::error("yaml/syntax", "one", "1");
    let two = Diagnostic::warning("yaml/tab", "two", "2");
    let text = Report::new([&two, &one, &two]).json();
    let value: Value = serde_json::from_str(&text).unwrap();
    let codes: Vec<_> = value["diagnostics"].as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["yaml/syntax", "yaml/tab"]);
    assert_eq!(Report::new([&one, &two]).summary(), "1 error and 1 warning");
}

#[test]
fn a_terminal_is_not_steered_by_what_a_file_says() {
    let file = file("a.yaml", "kind: \"\\e]0;x\\a\"\n");
    let read = read(&file, FileId(0));
    let text = report(&read).human(false, 80);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}
