//! `kill -9` at any request, before, amid and after its effect: each effect happens once all the same.

use super::{
    home::{Daemon, Home},
    server::Moment,
};

const EACH: &str = "      activities:
        page: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 1 } } }
        ticket: { uses: desk/ticket, with: { summary: Notes } }
        second: { uses: desk/ticket, needs: [page], with: { summary: More } }
        told: { uses: webhook/keyed_call, needs: [ticket], with: { url: SERVER/keyed/told, body: { n: 1 } } }
        blind: { uses: webhook/call, with: { url: SERVER/blind/first, body: { n: 1 } } }
        late: { uses: webhook/call, needs: [second], with: { url: SERVER/blind/late, body: { n: 1 } } }
";

/// A small generator with a fixed seed: the same kills in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn kills() -> u32 {
    std::env::var("LAUNCHD_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(30)
}

#[test]
fn whatever_is_killed_and_whenever_each_effect_happens_once() {
    let mut dice = Dice(7);
    let (wanted, mut struck, mut turn) = (kills(), 0, 0);
    while struck < wanted {
        let home = Home::new();
        home.plan("atlas", EACH);
        let mut schedule = Vec::new();
        // Three deaths before it may end in peace.
        for _ in 0..3 {
            let (at, moment) =
                (1 + dice.roll(8), [Moment::Before, Moment::Done, Moment::Answered][dice.roll(3) as usize]);
            schedule.push((at, moment));
            home.server.kill_at(at as usize, moment);
            turn += 1;
            let args: &[&str] = if turn % 2 == 0 {
                &["apply", "--yes", "--wait", "--timeout", "1s"]
            } else {
                &["daemon", "--listen", "127.0.0.1:0"]
            };
            let before = home.server.with(|w| w.kills);
            let mut run = Daemon::start(home.command(args));
            home.server.victim(Some(run.child.id()));
            if args[0] == "apply" {
                run.child.wait().unwrap();
            } else {
                settle(&home, before);
                // A daemon that had nothing left to ask was not struck.
                let _ = run.child.kill();
                run.child.wait().unwrap();
            }
            home.server.spare();
        }
        struck += home.server.with(|w| w.kills);
        finish(&home, &schedule);
    }
}

/// Until the daemon was struck, or has nothing left to do.
fn settle(home: &Home, before: u32) {
    loop {
        if home.server.with(|w| w.kills) > before {
            return;
        }
        let status = home.json(&["status", "atlas"]);
        let changes = status["launches"][0]["changes"].as_array().cloned().unwrap_or_default();
        let rest = |c: &serde_json::Value| {
            let started = status["launches"][0]["observed_version"].as_u64() > Some(0);
            started && (c["action"] == "keep" || c["blocked"].as_array().is_some_and(|b| !b.is_empty()))
        };
        if !changes.is_empty() && changes.iter().all(rest) {
            return;
        }
    }
}

/// Lets it end in peace, with a person's word on what only a person can tell.
fn finish(home: &Home, schedule: &[(u64, Moment)]) {
    let context = || format!("{schedule:?} {:#?} {:#?}", home.server.with(|w| w.requests.clone()), home.events());
    home.run(&["apply", "--yes", "--wait", "--timeout", "1s"]);
    let blind: Vec<u32> =
        home.server.with(|w| ["/blind/first", "/blind/late"].map(|k| w.effects.get(k).copied().unwrap_or(0)).into());
    for (activity, done) in ["blind", "late"].iter().zip(&blind) {
        let doubt = home.json(&["status", "atlas"])["launches"][0]["changes"]
            .as_array()
            .is_some_and(|c| c.iter().any(|c| c["address"] == *activity && c.to_string().contains("launchd resolve")));
        assert!(doubt || *done == 1, "{activity} neither happened nor is in doubt: {}", context());
        if doubt {
            let verdict = if *done == 1 { "--happened" } else { "--did-not-happen" };
            home.ok(0, &["resolve", "atlas", activity, verdict]);
        }
    }
    let end = home.run(&["apply", "--yes", "--wait", "--timeout", "10s"]);
    assert_eq!(end.code, 0, "{}\n{}\n{}", end.out, end.err, context());
    let effects = home.server.with(|w| w.effects.clone());
    assert_eq!(effects.values().copied().collect::<Vec<_>>(), [1; 6], "{effects:?} {}", context());
    let writes = home.server.writes();
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(home.server.writes(), writes, "nothing is sent again");
    home.ok(0, &["audit", "verify"]);
}
