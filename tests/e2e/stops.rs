//! Stops beside the real binary: the command says that nothing more happens, and nothing more happens.

use std::time::Instant;

use serde_json::Value;

use super::{home::Home, server::PATIENCE};

/// A program that ends when somebody opens the pipe, and then something public.
const SLOW: &str = "      activities:
        slow: { uses: exec/command, with: { command: [cat, PIPE] } }
        public: { uses: webhook/call, needs: [slow], with: { url: SERVER/blind, body: {} } }
";

fn home() -> Home {
    let home = Home::new();
    home.plan("atlas", &SLOW.replace("PIPE", &home.pipe()));
    home
}

fn count(home: &Home, event: &str) -> usize {
    home.events().iter().filter(|e| e["event"] == event).count()
}

const STOPS: [&[&str]; 4] = [
    &["cancel", "atlas", "--yes"],
    &["pause", "atlas"],
    &["block", "atlas", "public", "--reason", "wrong"],
    &["block", "atlas", "ready", "--reason", "wrong"],
];

#[test]
fn a_stop_beside_the_daemon_stops_what_has_not_begun() {
    for stop in STOPS {
        let home = home();
        let daemon = home.daemon();
        home.until("atlas", "the program runs", |_| count(&home, "intent_opened") == 1);
        let why = home.ok(0, &["why", "atlas", "slow"]).out;
        assert!(why.contains("it is running since") && !why.contains("may have happened"), "{why}");
        home.ok(0, stop);
        home.open_pipe();
        home.until("atlas", "the program is over", |_| count(&home, "outcome_recorded") == 1);
        daemon.healthy("it rests", |h| h["running"] == 0);
        assert_eq!(home.server.writes(), Vec::<String>::new(), "{stop:?}");
        assert_eq!(count(&home, "intent_opened"), 1, "{stop:?}");
    }
}

#[test]
fn a_stop_beside_apply_stops_what_has_not_begun_and_apply_says_who_stopped_it() {
    for stop in STOPS {
        let home = home();
        let mut child = home.command(&["apply", "--yes", "-o", "json"]);
        let mut child =
            child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        // Nothing is known of the launch before its intent is there.
        let runs = |home: &Home| {
            let events = home.run(&["events", "-o", "json"]);
            events
                .out
                .lines()
                .filter_map(|l| serde_json::from_str::<Value>(l).ok())
                .any(|e| e["event"] == "intent_opened")
        };
        let end = Instant::now() + PATIENCE;
        while !runs(&home) {
            if Instant::now() >= end || child.try_wait().unwrap().is_some() {
                let _ = child.kill();
                panic!("waited in vain until the program runs: {:?}", child.wait_with_output());
            }
        }
        home.ok(0, stop);
        home.open_pipe();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{stop:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("not_tried") && text.contains("ana ") && text.contains("meanwhile"), "{stop:?}: {text}");
        assert_eq!(home.server.writes(), Vec::<String>::new(), "{stop:?}");
    }
}
