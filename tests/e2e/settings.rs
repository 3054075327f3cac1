//! Settings that refuse what a plan asks for, and settings that change.

use std::fs;

use super::home::{Home, Ran};

/// All that was said, in one line.
fn text(ran: &Ran) -> String {
    format!("{}{}", ran.out, ran.err).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn change_settings(home: &Home, from: &str, to: &str) {
    let settings = fs::read_to_string(home.path("launchd.yaml")).unwrap();
    assert!(settings.contains(from), "{settings}");
    home.save("launchd.yaml", &settings.replace(from, to));
}

fn count(home: &Home, event: &str) -> usize {
    home.events().iter().filter(|e| e["event"] == event).count()
}

#[test]
fn a_daemon_says_that_its_settings_changed_and_have_no_effect_before_it_is_started_anew() {
    let home = Home::new();
    let daemon = home.daemon();
    change_settings(&home, "installation: e2e", "installation: other");
    let line = daemon.until("the settings changed");
    assert!(line.contains("WARN") && line.contains("launchd.yaml") && line.contains("restart it"), "{line}");
}

#[test]
fn a_secret_that_settings_do_not_know_is_told_before_it_is_asked_for_and_nothing_is_tried() {
    let home = Home::new();
    home.plan(
        "atlas",
        "      activities:\n        tell: { uses: webhook/keyed_call, with: { url: { secret: hoook } } }\n",
    );
    let judged = text(&home.ok(1, &["validate"]));
    assert!(judged.contains("[reference/unknown-secret]") && judged.contains("`hoook`"), "{judged}");
    let refused = "settings do not let it be done: a secret is missing: no secret `hoook` in the settings";
    let shown = text(&home.ok(1, &["diff"]));
    assert!(shown.contains(refused) && shown.contains("0 to create") && shown.contains("for a repair"), "{shown}");
    let applied = text(&home.ok(1, &["apply", "--yes"]));
    assert!(applied.contains(refused) && applied.contains("0 done, 1 waiting"), "{applied}");
    assert_eq!((count(&home, "intent_opened"), home.server.writes()), (0, Vec::new()));
    home.write("hook.txt", &format!("http://{}/keyed/hook", home.server.address));
    change_settings(&home, "installation: e2e", "installation: e2e\n  secrets: { hoook: { file: hook.txt } }");
    home.ok(0, &["validate"]);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(home.server.writes().len(), 1, "{:?}", home.server.writes());
}

const PROGRAMS: &str = "      activities:
        build: { uses: exec/command, with: { command: ['true'] } }
        later: { uses: exec/command, start: T+2d, due: T+3d, with: { command: ['true', later] } }
";

#[test]
fn a_program_that_settings_refuse_from_now_on_is_told_where_it_is_still_to_run_and_goes_on_when_they_allow_it() {
    let home = Home::new();
    home.plan("atlas", PROGRAMS);
    home.ok(0, &["apply", "--yes"]);
    let refused = "settings do not let it be done: the program is not allowed by settings";
    let before = text(&home.ok(0, &["diff"]));
    assert!(before.contains("later") && !before.contains(refused), "{before}");
    change_settings(&home, "allow: ['**']", "allow: ['ci/*']");
    let shown = text(&home.ok(1, &["diff"]));
    assert_eq!(shown.matches(refused).count(), 1, "what was done is not done again: {shown}");
    home.save("launches/atlas.yaml", &home.launch("atlas", &PROGRAMS.replace("['true']", "['true', again]")));
    let shown = text(&home.ok(1, &["diff"]));
    assert_eq!(shown.matches(refused).count(), 2, "{shown}");
    home.ok(1, &["apply", "--yes"]);
    assert_eq!(count(&home, "intent_opened"), 1);
    change_settings(&home, "allow: ['ci/*']", "allow: ['**']");
    let shown = text(&home.ok(1, &["diff"]));
    assert!(shown.contains("1 to update") && !shown.contains(refused), "{shown}");
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(count(&home, "intent_opened"), 2);
}
