//! Revisions that nobody needs are let go by the real binary, by `apply` and by a running daemon.

use super::home::Home;

const TICKET: &str = "      activities:\n        ticket: { uses: desk/ticket, with: { summary: 'Notes 0' } }\n";

/// A folder whose store keeps the newest three revisions.
fn home() -> Home {
    let home = Home::new();
    let settings = std::fs::read_to_string(home.path("launchd.yaml")).unwrap();
    home.write("launchd.yaml", &settings.replace("spec:\n", "spec:\n  store: { revisions: { keep: 3 } }\n"));
    home
}

/// The launch of a text with another summary, and no other date.
fn plan(home: &Home, text: &str, number: usize) {
    home.save("launches/atlas.yaml", &text.replace("Notes 0", &format!("Notes {number}")));
}

/// How many revisions the store keeps, how many its events speak of, and the summary in the first one.
fn kept(home: &Home) -> (usize, usize, String) {
    let store = rusqlite::Connection::open(home.path(".launchd/state.db")).unwrap();
    let number = |sql: &str| store.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap() as usize;
    let first: String = store.query_row("SELECT body FROM revisions ORDER BY id LIMIT 1", [], |r| r.get(0)).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let summary = first["activities"][0]["with"]["value"]["summary"].as_str().unwrap_or_default().to_owned();
    let accepted = home.events().iter().filter(|e| e["event"] == "revision_accepted").count();
    (number("SELECT count(*) FROM revisions"), accepted, summary)
}

#[test]
fn apply_keeps_the_first_revision_and_the_newest_ones_and_the_whole_record() {
    let home = home();
    let text = home.launch("atlas", TICKET);
    for number in 0..8 {
        plan(&home, &text, number);
        home.ok(0, &["apply", "--yes"]);
    }
    assert_eq!(kept(&home), (4, 8, "Notes 0".to_owned()));
    home.ok(0, &["audit", "verify"]);
    // The last good one is there when the file breaks, and the first one for whoever compares with it.
    let good = std::fs::read_to_string(home.path("launches/atlas.yaml")).unwrap();
    home.save("launches/atlas.yaml", &good.replace("launch_type: feature_update", "launch_type: lunch"));
    let held = home.run(&["status", "atlas"]);
    assert!(held.out.contains("held at its last good revision"), "{held:?}");
    home.save("launches/atlas.yaml", &good);
    home.ok(0, &["graph", "atlas", "--gantt"]);
    home.ok(0, &["report", "atlas", "--kind", "post-launch", "-o", "json"]);
    // A revision that was let go is taken up as any other.
    plan(&home, &text, 2);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(kept(&home), (4, 9, "Notes 0".to_owned()));
}

#[test]
fn a_running_daemon_lets_go_of_them_as_people_edit() {
    let home = home();
    let text = home.launch("atlas", TICKET);
    plan(&home, &text, 0);
    let daemon = home.daemon();
    for number in 0..6 {
        plan(&home, &text, number);
        let summary = format!("Notes {number}");
        home.server.until("the edit is followed", |w| w.objects.values().any(|o| o["summary"] == *summary));
    }
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    let (revisions, accepted, first) = kept(&home);
    assert_eq!((revisions, accepted >= 6, first.as_str()), (4, true, "Notes 0"), "{log}");
    home.ok(0, &["audit", "verify"]);
}
