//! A plan of every kind of activity, by `apply` and by `daemon`.

use super::home::Home;

/// Programs, two kinds of objects, a message, people, checks and an approval.
const ALL: &str = "      activities:
        build:
          uses: exec/command
          with: { command: [echo, built] }
        page:
          uses: webhook/object
          needs: [build]
          with: { url: SERVER/objects, body: { title: Atlas, colour: blue } }
        ticket:
          uses: desk/ticket
          with: { summary: Write the notes }
        tell:
          uses: webhook/keyed_call
          needs: [page]
          with: { url: SERVER/keyed/tell, body: { text: 'ticket {{ activities.ticket.id }}' } }
        sign:
          uses: human/task
          with: { instructions: Sign the release }
      checks:
        - { name: up, http: SERVER/health, pass: value.ok }
        - { name: smoke, run: ['true'] }
      approvals:
        - { name: go, from: release-managers }
";

fn effects(home: &Home) -> Vec<u32> {
    home.server.with(|w| w.effects.values().copied().collect())
}

#[test]
fn apply_converges_a_plan_of_every_kind_and_a_second_one_makes_no_call() {
    let home = Home::new();
    home.plan("atlas", ALL);
    assert_eq!(home.ok(1, &["diff"]).code, 1);
    home.ok(2, &["diff", "--detailed-exitcode"]);
    assert_eq!(home.server.writes(), Vec::<String>::new(), "a diff only looks");
    let refused = home.ok(2, &["apply"]);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    home.ok(0, &["apply", "--yes"]);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(effects(&home), [1, 1], "the message waits for the approval");
    assert_eq!(home.status("atlas"), "delayed");
    home.ok(0, &["done", "atlas", "sign", "--evidence", "https://example.com/signed"]);
    home.ok(0, &["approve", "atlas", "ready", "go", "--yes"]);
    home.ok(0, &["apply", "--yes", "--wait", "--timeout", "1m"]);
    assert_eq!(home.status("atlas"), "completed");
    let (writes, events) = (home.server.writes(), home.events().len());
    let quiet = home.ok(0, &["apply", "--yes"]);
    assert!(!quiet.out.contains("create"), "{}", quiet.out);
    assert_eq!(home.server.writes(), writes, "nothing is sent again");
    assert_eq!(home.events().len(), events, "and nothing is written");
    home.ok(0, &["diff"]);
    home.ok(0, &["diff", "--detailed-exitcode"]);
    home.ok(0, &["audit", "verify"]);
    assert_eq!(effects(&home), [1, 1, 1]);
}

#[test]
fn a_saved_plan_is_applied_once_and_refused_when_stale() {
    let home = Home::new();
    home.plan(
        "atlas",
        "      activities:\n        page: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 1 } } }\n",
    );
    home.ok(1, &["diff", "--out", "plan.json"]);
    home.ok(0, &["apply", "plan.json"]);
    assert_eq!(effects(&home), [1]);
    let stale = home.ok(1, &["apply", "plan.json"]);
    assert!(stale.err.contains("stale"), "{}", stale.err);
    assert_eq!(home.server.writes().len(), 1);
}

#[test]
fn the_daemon_converges_the_same_plan_with_what_people_say_beside_it() {
    let home = Home::new();
    home.plan("atlas", ALL);
    let daemon = home.daemon();
    home.server.until("the objects are made", |w| w.effects.len() == 2);
    home.ok(0, &["done", "atlas", "sign", "--evidence", "signed"]);
    home.until("atlas", "the approval alone is missing", |l| {
        let text = l.to_string();
        !text.contains("launchd done atlas sign") && text.contains("launchd approve atlas ready go")
    });
    home.ok(0, &["approve", "atlas", "ready", "go", "--yes"]);
    home.until("atlas", "it is complete", |l| l["status"] == "completed");
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(effects(&home), [1, 1, 1]);
    let writes = home.server.writes();
    home.ok(0, &["diff"]);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(home.server.writes(), writes);
}

#[test]
fn what_a_vendor_changed_is_drift_and_is_mended() {
    let home = Home::new();
    home.plan("atlas", "      activities:\n        ticket: { uses: desk/ticket, with: { summary: Notes } }\n        sign: { uses: human/task }\n");
    home.ok(0, &["apply", "--yes"]);
    home.server.with(|w| w.objects.values_mut().next().unwrap()["summary"] = "Nonsense".into());
    let diff = home.ok(1, &["diff"]);
    assert!(diff.out.contains("Nonsense") && diff.out.contains("Notes"), "{}", diff.out);
    home.ok(0, &["apply", "--yes"]);
    let events = home.ok(0, &["events", "atlas"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(events.contains("somebody else changed summary \"Notes\" → \"Nonsense\""), "{events}");
    assert_eq!(home.server.with(|w| w.objects.values().next().unwrap()["summary"].clone()), "Notes");
    home.ok(0, &["diff"]);
}

#[test]
fn what_was_rejected_is_not_as_asked_however_often_it_is_applied() {
    let home = Home::new();
    let plan = |code: &str| {
        let command = format!("[sh, -c, 'exit {code}']");
        home.plan(
            "atlas",
            &format!("      activities:\n        say: {{ uses: exec/once, with: {{ command: {command} }} }}\n"),
        );
    };
    plan("1");
    home.ok(1, &["apply", "--yes"]);
    let again = home.ok(1, &["apply", "--yes"]);
    assert!(again.out.contains("Applied: 0 done, 1 waiting"), "{}", again.out);
    plan("0");
    home.ok(0, &["apply", "--yes"]);
}
