//! While one call does not come back, its launch hears and does everything else.

use super::home::{Daemon, Home};

/// A program that ends when somebody opens the pipe, and what does not need it.
const SLOW: &str = "      activities:
        slow: { uses: exec/command, with: { command: [cat, PIPE] } }
        after: { uses: webhook/object, needs: [slow], with: { url: SERVER/after, body: { title: After } } }
        page: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: Page } } }
        sign: { uses: human/task }
        public: { uses: webhook/call, needs: [sign], with: { url: SERVER/blind, body: {} } }
";

fn home() -> (Home, Daemon) {
    let home = Home::new();
    home.plan("atlas", &plan(&home.pipe()));
    let daemon = home.daemon();
    home.until("atlas", "the program runs and the page is there", |_| {
        count(&home, "slow", "intent_opened") == 1 && count(&home, "page", "outcome_recorded") == 1
    });
    (home, daemon)
}

fn plan(pipe: &str) -> String {
    SLOW.replace("PIPE", pipe)
}

fn count(home: &Home, activity: &str, event: &str) -> usize {
    home.events().iter().filter(|e| e["event"] == event && e["id"] == activity).count()
}

/// Nothing came of the program yet, and it was begun once.
fn still_runs(home: &Home) {
    assert_eq!((count(home, "slow", "intent_opened"), count(home, "slow", "outcome_recorded")), (1, 0));
    let why = home.ok(0, &["why", "atlas", "slow"]).out;
    assert!(why.contains("it is running since") && !why.contains("may have happened"), "{why}");
}

/// The program ends, and what waited for it goes on.
fn ends_well(home: &Home, daemon: &Daemon) {
    home.open_pipe();
    home.until("atlas", "what needs it is there", |_| count(home, "after", "outcome_recorded") == 1);
    daemon.healthy("it rests", |h| h["running"] == 0);
    assert_eq!((count(home, "slow", "intent_opened"), count(home, "slow", "outcome_recorded")), (1, 1));
    assert!(home.server.with(|w| w.effects.values().all(|n| *n == 1)));
}

#[test]
fn what_a_person_says_is_followed_at_once() {
    let (home, daemon) = home();
    home.ok(0, &["done", "atlas", "sign", "--evidence", "signed"]);
    home.until("atlas", "it is public", |_| count(&home, "public", "outcome_recorded") == 1);
    still_runs(&home);
    ends_well(&home, &daemon);
}

#[test]
fn an_edit_is_followed_at_once_and_what_leaves_the_file_goes() {
    let (home, daemon) = home();
    let pipe = home.path("pipe").to_str().unwrap().to_owned();
    let edited = plan(&pipe).replace("title: Page", "title: Another");
    home.save("launches/atlas.yaml", &home.launch("atlas", &edited));
    home.server.until("the page is another", |w| w.objects.values().any(|o| o["title"] == "Another"));
    still_runs(&home);
    let without: String = edited.lines().filter(|l| !l.contains(" page:")).map(|l| format!("{l}\n")).collect();
    home.save("launches/atlas.yaml", &home.launch("atlas", &without));
    home.server.until("the page goes", |w| w.requests.iter().any(|r| r.starts_with("DELETE")));
    still_runs(&home);
    ends_well(&home, &daemon);
}

#[test]
fn a_new_name_for_what_is_under_way_waits_for_its_answer_and_makes_nothing_twice() {
    let (home, daemon) = home();
    let pipe = home.path("pipe").to_str().unwrap().to_owned();
    let renamed = plan(&pipe).replace("slow:", "long:").replace("[slow]", "[long]");
    let renamed = format!("{}  moved: [{{ from: slow, to: long }}]\n", home.launch("atlas", &renamed));
    home.save("launches/atlas.yaml", &renamed);
    home.until("atlas", "the new file is followed", |l| {
        l["changes"].as_array().unwrap().iter().any(|c| c["address"] == "long")
    });
    still_runs_as(&home, "long");
    home.open_pipe();
    home.until("atlas", "what needs it is there", |_| count(&home, "after", "outcome_recorded") == 1);
    daemon.healthy("it rests", |h| h["running"] == 0);
    let intents = count(&home, "slow", "intent_opened") + count(&home, "long", "intent_opened");
    assert_eq!((intents, count(&home, "slow", "outcome_recorded")), (1, 1));
}

fn still_runs_as(home: &Home, name: &str) {
    let why = home.ok(0, &["why", "atlas", name]).out;
    assert!(why.contains("it is running since") && !why.contains("may have happened"), "{why}");
}

#[test]
fn a_cancel_leaves_it_alone_and_the_stop_of_the_daemon_waits_for_its_answer() {
    let (home, daemon) = home();
    home.ok(0, &["cancel", "atlas", "--yes"]);
    home.until("atlas", "it is cancelled", |l| l["status"] == "cancelled");
    still_runs(&home);
    daemon.terminate();
    home.open_pipe();
    assert_eq!(daemon.stop().0, Some(0));
    assert_eq!((count(&home, "slow", "intent_opened"), count(&home, "slow", "outcome_recorded")), (1, 1));
    assert_eq!(count(&home, "after", "intent_opened"), 0);
}
