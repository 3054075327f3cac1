//! Cancelling a launch: what was done is undone once, the last things first, whatever dies on the way.

use super::{
    home::{Daemon, Home},
    server::Moment,
};

/// A page, what is built on it, what is built on that, a message that cannot be taken back, and its correction.
const STACK: &str = "      activities:
        page: { uses: webhook/object, on_cancel: delete, with: { url: SERVER/objects, body: { n: 1 } } }
        ticket: { uses: desk/ticket, needs: [page], on_cancel: close, with: { summary: 'See {{ activities.page.id }}' } }
        kept: { uses: desk/ticket, needs: [page], with: { summary: Kept } }
        told:
          uses: webhook/call
          needs: [ticket]
          with: { url: SERVER/blind/told, body: { n: 1 } }
          on_cancel: { run: { uses: webhook/keyed_call, with: { url: SERVER/keyed/sorry, body: { n: 1 } } } }
        second: { uses: webhook/object, needs: [told], on_cancel: delete, with: { url: SERVER/objects, body: { n: 2 } } }
";

/// Writing requests after the first `before`, less the names that differ from run to run.
fn writes_after(home: &Home, before: usize) -> Vec<String> {
    let short = |request: &String| request.split('/').take(2).collect::<Vec<_>>().join("/");
    home.server.writes()[before..].iter().map(short).collect()
}

const BACKWARDS: [&str; 4] = ["DELETE /objects", "POST /keyed", "DELETE /tickets", "DELETE /objects"];

fn made() -> (Home, usize) {
    let home = Home::new();
    home.plan("atlas", STACK);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(home.server.with(|w| w.effects.len()), 5, "{:?}", home.server.writes());
    let before = home.server.writes().len();
    (home, before)
}

#[test]
fn each_thing_is_undone_once_the_last_ones_first_and_what_is_public_is_said() {
    let (home, before) = made();
    let refused = home.ok(2, &["cancel", "atlas"]);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    let said = home.ok(0, &["cancel", "atlas", "--yes", "--reason", "merged into borea"]);
    let order: Vec<_> = ["second", "told-on_cancel", "ticket", "page"].iter().map(|id| said.err.find(id)).collect();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{}", said.err);
    assert!(said.err.contains("told is public and cannot be taken back"), "{}", said.err);
    assert_eq!(home.server.writes().len(), before, "a word is written down, and nothing is done yet");
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(writes_after(&home, before), BACKWARDS);
    assert_eq!(home.status("atlas"), "cancelled");
    assert_eq!(home.server.with(|w| w.objects.values().map(|o| o["summary"].clone()).collect::<Vec<_>>()), ["Kept"]);
    home.ok(0, &["apply", "--yes"]);
    home.ok(0, &["cancel", "atlas", "--yes"]);
    home.ok(0, &["diff"]);
    assert_eq!(writes_after(&home, before), BACKWARDS, "nothing is undone twice");
    home.ok(0, &["audit", "verify"]);
}

#[test]
fn nothing_of_a_cancelled_launch_becomes_ready_not_even_when_its_file_is_gone() {
    let home = Home::new();
    home.plan("atlas", "      activities:\n        sign: { uses: human/task }\n");
    home.ok(0, &["apply", "--yes"]);
    assert!(home.ok(0, &["status", "atlas", "--readiness"]).out.contains(" % "));
    home.ok(0, &["cancel", "atlas", "--yes"]);
    let said = "atlas is cancelled, so nothing of it becomes ready.\n";
    assert_eq!(home.ok(0, &["status", "atlas", "--readiness"]).out, said);
    for page in [&["status", "atlas"][..], &["status"]] {
        let page = home.ok(0, page).out;
        assert!(page.contains("cancelled") && !page.contains('%'), "{page}");
    }
    std::fs::remove_file(home.path("launches/atlas.yaml")).unwrap();
    assert_eq!(home.ok(0, &["status", "atlas", "--readiness"]).out, said);
}

#[test]
fn what_cannot_be_undone_now_is_waited_for_before_what_it_was_built_on() {
    let (home, before) = made();
    home.server.mood("/tickets/", super::server::Mood::Status(409, Vec::new(), "{\"message\":\"locked\"}".into()));
    home.ok(0, &["cancel", "atlas", "--yes"]);
    home.run(&["apply", "--yes"]);
    let page = |home: &Home| home.server.with(|w| w.objects.keys().filter(|k| k.starts_with("/objects/")).count());
    assert_eq!(page(&home), 1, "the ticket still points to the page: {:?}", home.server.writes());
    let status = home.ok(0, &["status", "atlas"]);
    assert!(status.out.contains("locked") && status.out.contains("launchd resolve atlas ticket"), "{}", status.out);
    home.server.cheer_up();
    home.ok(0, &["resolve", "atlas", "ticket", "--retry"]);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(page(&home), 0);
    assert_eq!(writes_after(&home, before).iter().filter(|w| *w == "POST /keyed").count(), 1);
}

#[test]
fn whenever_it_is_killed_the_rest_is_undone_by_the_next_one_and_nothing_twice() {
    for at in 1..=8 {
        for moment in [Moment::Before, Moment::Done, Moment::Answered] {
            let (home, before) = made();
            home.ok(0, &["cancel", "atlas", "--yes"]);
            home.server.kill_at(at, moment);
            let args: &[&str] = if at % 2 == 0 {
                &["apply", "--yes", "--wait", "--timeout", "1s"]
            } else {
                &["daemon", "--listen", "127.0.0.1:0"]
            };
            let mut run = Daemon::start(home.command(args));
            home.server.victim(Some(run.child.id()));
            let undone = |w: &super::server::World| w.objects.len() == 1;
            home.server.until("it is struck or done", |w| w.kills == 1 || undone(w));
            // One that was done before the kill came is ended here.
            let _ = run.child.kill();
            run.child.wait().unwrap();
            home.server.spare();
            home.run(&["apply", "--yes", "--wait", "--timeout", "10s"]);
            let context = format!("{at} {moment:?} {:?} {:#?}", home.server.writes(), home.events());
            assert!(home.server.with(|w| undone(w)), "{context}");
            assert!(home.server.with(|w| w.effects.values().all(|n| *n == 1)), "{context}");
            assert_eq!(home.server.with(|w| w.effects.len()), 6, "{context}");
            let mut first_times = writes_after(&home, before);
            first_times.dedup();
            assert_eq!(first_times, BACKWARDS, "{context}");
            home.ok(0, &["diff"]);
        }
    }
}

/// A program that goes on until somebody writes to it, and what waits for it.
const SLOW: &str = "      activities:
        build:
          uses: exec/command
          with: { command: [cat, pipe] }
          on_cancel: { run: { uses: webhook/keyed_call, with: { url: SERVER/keyed/sorry, body: { n: 1 } } } }
        ticket: { uses: desk/ticket, needs: [build], on_cancel: close, with: { summary: Notes } }
";

#[test]
fn a_running_daemon_stops_what_it_is_at_and_undoes_what_it_did() {
    let home = Home::new();
    assert!(std::process::Command::new("mkfifo").arg(home.path("pipe")).status().unwrap().success());
    home.plan("atlas", SLOW);
    let daemon = home.daemon();
    home.until_written("intent_opened");
    home.ok(0, &["cancel", "atlas", "--yes"]);
    std::fs::write(home.path("pipe"), "done").unwrap();
    home.server.until("what the program did is undone", |w| w.effects.len() == 1);
    home.until("atlas", "it rests", |l| l["changes"].as_array().unwrap().iter().all(|c| c["action"] == "keep"));
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(writes_after(&home, 0), ["POST /keyed"], "the ticket was never made");
}

#[test]
fn a_file_that_leaves_after_the_cancellation_takes_no_undo_with_it() {
    let (home, before) = made();
    home.ok(0, &["cancel", "atlas", "--yes"]);
    std::fs::remove_file(home.path("launches/atlas.yaml")).unwrap();
    home.plan("other", "      activities:\n        sign: { uses: human/task }\n");
    home.run(&["apply", "--yes"]);
    assert_eq!(writes_after(&home, before), BACKWARDS);
    home.run(&["apply", "--yes"]);
    assert_eq!(writes_after(&home, before), BACKWARDS);
}

#[test]
fn what_was_paused_when_it_was_cancelled_is_undone_when_it_goes_on_and_says_so_until_then() {
    let (home, before) = made();
    home.ok(0, &["pause", "atlas", "--reason", "legal asks"]);
    let said = home.ok(0, &["cancel", "atlas", "--yes"]);
    assert!(said.err.contains("is paused, and nothing is undone before it goes on"), "{}", said.err);
    assert!(
        said.out.contains("`launchd resume atlas` lets the daemon or `launchd apply atlas` take 4 steps"),
        "{}",
        said.out
    );
    home.run(&["apply", "--yes"]);
    assert_eq!(home.server.writes().len(), before, "a pause holds back what undoes, too");
    let status = home.ok(0, &["status", "atlas"]).out;
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains("so 4 steps that undo what was done wait until it goes on"), "{status}");
    assert!(status.contains("launchd resume atlas"), "{status}");
    let why = home.ok(0, &["why", "atlas"]).out;
    assert!(why.contains("Cancelled, and paused by") && why.contains("launchd resume atlas"), "{why}");
    home.ok(0, &["resume", "atlas"]);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(writes_after(&home, before), BACKWARDS);
    let status = home.ok(0, &["status", "atlas"]).out;
    assert!(status.contains("cancelled by") && !status.contains("resume"), "{status}");
}
