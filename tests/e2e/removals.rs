//! Files that are empty or half there for a moment, and removals that are meant.

use std::fs;

use serde_json::Value;

use super::home::{Daemon, Home};

const TWO: &str = "      activities:
        page: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: Page } } }
        tail: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: Tail } } }
";

const ONE: &str = "      activities:
        page: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: Page } } }
";

/// Two launches in one file, and one beside it.
fn home() -> (Home, Daemon, String) {
    let home = Home::new();
    let both = format!("{}---\n{}", home.launch("atlas", TWO), home.launch("borealis", ONE));
    home.write("launches/both.yaml", &both);
    home.plan("other", ONE);
    home.plan("stays", "      activities:\n        sign: { uses: human/task }\n");
    let daemon = home.daemon();
    home.server.until("all are made", |w| w.effects.len() == 4);
    for launch in ["atlas", "borealis", "other"] {
        home.until(launch, "nothing is left to make", settled);
    }
    (home, daemon, both)
}

fn settled(launch: &Value) -> bool {
    launch["changes"].as_array().unwrap().iter().all(|c| c["action"] == "keep")
}

fn count(home: &Home, event: &str, launch: &str) -> usize {
    home.events().iter().filter(|e| e["event"] == event && e["launch"] == launch).count()
}

fn deletions(home: &Home) -> usize {
    home.server.writes().iter().filter(|r| r.starts_with("DELETE")).count()
}

#[test]
fn an_empty_file_holds_its_launches_and_removes_nothing_however_long_it_stays() {
    let (home, daemon, both) = home();
    let writes = home.server.writes().len();
    home.write("launches/both.yaml", "# saved in two steps\n\n");
    for launch in ["atlas", "borealis"] {
        home.until(launch, "it is held", |_| count(&home, "held", launch) == 1);
        let status = home.ok(0, &["status", launch]).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(status.contains("both.yaml is empty") && status.contains("delete the file"), "{status}");
    }
    // What is really gone goes meanwhile, and the delay of removals has passed for all.
    fs::remove_file(home.path("launches/other.yaml")).unwrap();
    home.server.until("the removed one ends", |w| w.requests.iter().any(|r| r.starts_with("DELETE")));
    assert_eq!(deletions(&home), 1);
    let told = home.run(&["validate"]);
    assert!(told.out.contains("document/empty-file") || told.err.contains("document/empty-file"), "{told:?}");
    // By hand there is one reading only, and it holds as well.
    drop(daemon);
    home.run(&["apply", "--yes"]);
    assert_eq!(deletions(&home), 1);
    let _daemon = home.daemon();
    home.write("launches/both.yaml", &both);
    for launch in ["atlas", "borealis"] {
        home.until(launch, "it goes on", |_| count(&home, "released", launch) == 1);
        home.until(launch, "as it was", settled);
    }
    assert_eq!(home.server.writes().len(), writes + 1, "{:?}", home.server.writes());
}

#[test]
fn half_a_file_that_is_valid_removes_nothing_when_the_rest_follows() {
    let (home, _daemon, both) = home();
    let writes = home.server.writes().len();
    // Without the second document and the last activity of the first.
    home.write("launches/both.yaml", &home.launch("atlas", ONE));
    for launch in ["atlas", "borealis"] {
        home.until(launch, "it is held", |_| count(&home, "held", launch) == 1);
    }
    home.write("launches/both.yaml", &both);
    for launch in ["atlas", "borealis"] {
        home.until(launch, "it goes on", |_| count(&home, "released", launch) == 1);
        home.until(launch, "as it was", settled);
    }
    assert_eq!(home.server.writes().len(), writes, "{:?}", home.server.writes());
    assert_eq!((count(&home, "removed", "borealis"), count(&home, "revision_accepted", "atlas")), (0, 1));
}

#[test]
fn what_is_still_gone_after_the_delay_ends() {
    let (home, _daemon, _) = home();
    home.write("launches/both.yaml", &home.launch("atlas", ONE));
    home.server.until("both ends came", |w| w.requests.iter().filter(|r| r.starts_with("DELETE")).count() == 2);
    let events = home.events();
    for (launch, end) in [("atlas", "revision_accepted"), ("borealis", "removed")] {
        let of = |e: &&Value| e["launch"] == launch;
        let held = events.iter().filter(of).find(|e| e["event"] == "held").expect("it waited");
        let ended = events.iter().filter(of).rfind(|e| e["event"] == end).unwrap();
        let at = |e: &Value| e["at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert!(at(ended) - at(held) >= chrono::TimeDelta::milliseconds(500), "{launch}: {held} {ended}");
    }
}

#[test]
fn an_edit_that_ends_nothing_is_followed_at_once() {
    let (home, _daemon, both) = home();
    home.write("launches/both.yaml", &both.replace("title: Tail", "title: Tale"));
    home.server.until("it is changed", |w| w.objects.values().any(|o| o["title"] == "Tale"));
    assert_eq!(count(&home, "held", "atlas"), 0);
}
