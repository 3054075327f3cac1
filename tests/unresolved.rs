//! A launch whose file has errors and of which nothing is known: no command says anything else of it.

use crate::cli::{GOOD, launchd, repository};

const BAD: &str = "\
apiVersion: launchd/v1
kind: Launch
metadata: { name: broken }
spec: { title: Broken, launch_type: feature_update, target_date: someday }
";

/// What a command prints on both streams, and how it ends.
fn told(files: &[(&str, &str)], args: &[&str]) -> (i32, String) {
    let home = repository(files);
    let (code, out, err) = launchd(home.path(), args);
    (code, out + &err)
}

#[test]
fn no_command_takes_a_launch_with_errors_and_no_history_for_one_that_ended() {
    let alone = [("launches/broken.yaml", BAD)];
    for (args, exit) in [
        (&["status"][..], 1),
        (&["status", "broken"], 1),
        (&["diff"], 2),
        (&["diff", "broken"], 2),
        (&["diff", "--refresh", "none"], 2),
        (&["why", "broken"], 2),
        (&["graph", "broken"], 2),
        (&["graph", "broken", "--gantt"], 2),
        (&["graph"], 2),
        (&["portfolio"], 1),
        (&["report"], 2),
        (&["report", "broken"], 2),
    ] {
        let (code, text) = told(&alone, args);
        assert_eq!(code, exit, "{args:?}: {text}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("no good revision of it is known"), "{args:?}: {text}");
        assert!(text.contains("launchd validate"), "{args:?}: {text}");
        for wrong in
            ["cancelled", "its file is gone", "No changes", "waits for nothing", "No launches yet", "No launch fits"]
        {
            assert!(!text.contains(wrong), "{args:?} says `{wrong}`: {text}");
        }
    }
}

#[test]
fn beside_good_launches_it_is_told_and_the_others_are_shown() {
    let both = [("launches/broken.yaml", BAD), ("launches/atlas.yaml", GOOD)];
    for args in [&["status"][..], &["graph"], &["portfolio"], &["report"]] {
        let (code, text) = told(&both, args);
        assert_eq!(code, 1, "{args:?}: {text}");
        assert!(text.contains("atlas-2") && text.contains("broken"), "{args:?}: {text}");
    }
}

#[test]
fn programs_are_told_too() {
    let home = repository(&[("launches/broken.yaml", BAD)]);
    let (_, out, _) = launchd(home.path(), &["diff", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["launches"][0]["stop"]["because"], "unresolved");
}
