//! A vendor that cannot be asked: it is said, with since when and what to do, once, until it can be asked again.

use super::{home::Home, server::Mood};

const TICKET: &str = "      activities:
        ticket: { uses: desk/ticket, with: { summary: Notes } }
";

fn count(home: &Home, event: &str) -> usize {
    home.events().iter().filter(|e| e["event"] == event).count()
}

#[test]
fn a_lookup_that_fails_is_told_everywhere_and_goes_away_with_the_next_good_one() {
    let home = Home::new();
    home.server.mood("/tickets", Mood::Status(401, Vec::new(), "{\"message\": \"who are you\"}".into()));
    home.plan("atlas", TICKET);
    let daemon = home.daemon();
    daemon.until("cannot be looked at");
    let health = daemon.healthy("it is told", |h| h["lookups_failing"] == 1);
    let unseen = &health["unseen"][0];
    assert_eq!((unseen["launch"].as_str(), unseen["activity"].as_str()), (Some("atlas"), Some("ticket")));
    assert!(unseen["since"].is_string() && unseen["again"].is_string(), "{unseen}");
    for text in [home.ok(0, &["status", "atlas"]).out, home.ok(0, &["why", "atlas", "ticket"]).out] {
        for part in ["cannot look at it since", "401", "next try", "credential"] {
            assert!(text.contains(part), "`{part}` in {text}");
        }
    }
    let status = home.json(&["status", "atlas"]);
    assert_eq!(status["summary"]["waiting_for_a_repair"], 1, "{status:#}");
    // Tried again and again, written down once: something else wakes the launch, and no try is due by that.
    let asked = home.server.with(|w| w.requests.len());
    home.ok(0, &["pause", "atlas"]);
    home.ok(0, &["resume", "atlas"]);
    daemon.healthy("it rests", |h| h["running"] == 0);
    assert_eq!((home.server.with(|w| w.requests.len()), count(&home, "lookup_failed")), (asked, 1));
    home.server.cheer_up();
    home.server.until("it is made", |w| w.effects.len() == 1);
    home.until("atlas", "nothing is amiss", |l| l["status"] == "completed");
    assert_eq!((count(&home, "lookup_failed"), count(&home, "lookup_mended")), (1, 1));
    daemon.healthy("nothing is amiss", |h| h["lookups_failing"] == 0);
    assert!(!home.ok(0, &["status", "atlas"]).out.contains("cannot look"));
}
