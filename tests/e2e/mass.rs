//! A change that is too large stops, says so, and goes on once a person agrees, also beside the daemon.

use std::{fmt::Write, fs};

use super::{home::Home, server::World};

fn many() -> String {
    let mut text = "      activities:\n".to_owned();
    for n in 0..12 {
        let line = format!(
            "        page_{n}: {{ uses: webhook/object, on_remove: delete, with: {{ url: SERVER/objects, body: {{ n: {n} }} }} }}\n"
        );
        write!(text, "{line}").unwrap();
    }
    text
}

#[test]
fn a_mass_change_is_agreed_to_beside_the_daemon() {
    let home = Home::new();
    home.plan("atlas", &many());
    home.plan("other", "      activities:\n        sign: { uses: human/task }\n");
    let daemon = home.daemon();
    home.server.until("all are made", |w| w.effects.len() == 12);
    fs::remove_file(home.path("launches/atlas.yaml")).unwrap();
    home.until("atlas", "it is taken as removed", |_| home.events().iter().any(|e| e["event"] == "removed"));
    daemon.healthy("it rests", |h| h["running"] == 0);
    assert!(home.server.writes().iter().all(|r| !r.starts_with("DELETE")), "nothing ends without a word");
    for text in [home.ok(0, &["status", "atlas"]).out, home.ok(0, &["why", "atlas"]).out] {
        assert!(text.contains("12 of 12") && text.contains("100 %"), "by how much: {text}");
        assert!(text.contains("launchd apply atlas --allow-mass-change"), "how to agree: {text}");
        assert!(!text.contains("waits for nothing"), "{text}");
    }
    assert!(home.ok(0, &["status"]).out.contains("stopped"));
    // Nobody is asked without a terminal.
    let refused = home.ok(2, &["apply", "atlas", "--allow-mass-change"]);
    assert!(refused.err.contains("nobody is here to confirm"), "{}", refused.err);
    let agreed = home.ok(0, &["apply", "atlas", "--allow-mass-change", "--yes"]);
    let said = format!("{}{}", agreed.out, agreed.err);
    assert!(said.contains("12 objects") && said.contains("launchd daemon"), "{said}");
    home.server.until("all end", |w| w.objects.is_empty());
    home.ok(0, &["audit", "verify"]);
}

#[test]
fn many_launches_that_come_and_change_at_once_are_each_followed_once() {
    const LAUNCHES: usize = 70;
    let home = Home::new();
    let profile = home.path("launches/shared/own.yaml");
    let own = fs::read_to_string(&profile).unwrap();
    let say = |text: &str| {
        let text = own.replacen("spec:\n", &format!("spec:\n  description: {text}\n"), 1);
        home.save("launches/shared/own.yaml", &text);
    };
    say("first");
    let page = "      activities:\n        page: { uses: webhook/object, with: { url: SERVER/objects, body: { text: '{{ launch.description }}' } } }\n";
    for n in 0..LAUNCHES {
        home.plan(&format!("launch-{n:02}"), page);
    }
    // One of them is there twice, and is not followed.
    fs::copy(home.path("launches/launch-07.yaml"), home.path("launches/twice.yaml")).unwrap();
    let daemon = home.daemon();
    let all = |world: &World, text: &str| world.objects.values().filter(|o| o["text"] == text).count();
    home.server.until("all but the one are made", |w| all(w, "first") == LAUNCHES - 1);
    say("second");
    home.server.until("all but the one are changed", |w| all(w, "second") == LAUNCHES - 1);
    daemon.healthy("it rests", |h| h["running"] == 0);
    assert_eq!(home.server.writes().len(), 2 * (LAUNCHES - 1));
    home.ok(0, &["audit", "verify"]);
}
