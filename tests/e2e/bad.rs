//! A file that does not validate changes nothing: many kinds of bad files among good ones.

use std::fs;

use super::home::Home;

const PAGE: &str = "      activities:
        page: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: TITLE } } }
        build: { uses: exec/command, with: { command: [touch, made-by-NAME] } }
";

/// A plan that would have two effects, of one launch.
fn good(home: &Home, name: &str, title: &str) -> String {
    home.launch(name, &PAGE.replace("NAME", name).replace("TITLE", title))
}

/// Makes a bad file of a good plan.
type Fault = Box<dyn Fn(&str) -> Vec<u8>>;

/// Each way in which a file is bad, made from a good one.
fn faults() -> Vec<(&'static str, Fault)> {
    let replaced = |from: &'static str, to: &'static str| -> Fault {
        Box::new(move |text| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "`{from}` is not in the plan");
            changed.into_bytes()
        })
    };
    let added = |more: &'static str| -> Fault { Box::new(move |text| [text.as_bytes(), more.as_bytes()].concat()) };
    vec![
        ("unknown-field", replaced("owner: ana", "ownr: ana")),
        ("unknown-type", replaced("feature_update", "lunch")),
        ("unknown-version", replaced("launchd/v1", "launchd/v9")),
        ("unknown-profile", replaced("profile: bare", "profile: bear")),
        ("unknown-connector", replaced("webhook/object", "webhok/object")),
        ("unknown-input", replaced("on_remove: delete, with: {", "with: { colour: red,")),
        ("missing-input", replaced("body: { title", "boddy: { title")),
        ("half-a-text", replaced("with: { url", "with: { Hello, url")),
        ("unknown-need", replaced("uses: exec", "needs: [nothing], uses: exec")),
        ("cycle", replaced("uses: exec", "needs: [build], uses: exec")),
        ("no-such-day", replaced("owner: ana", "owner: ana\n  milestones: { x: { due: 2027-02-30 } }")),
        ("bad-template", replaced("[touch, made-by", "[touch, '{{ nobody.knows }}', made-by")),
        ("template-without-end", replaced("[touch, made-by", "[touch, '{{ launch.name', made-by")),
        (
            "a-secret",
            replaced(
                "owner: ana",
                "owner: ana\n  description: xoxb-123456789012-123456789012-abcdefghijklmnopqrstuvwx",
            ),
        ),
        ("duplicate-key", replaced("owner: ana", "owner: ana\n  owner: ben")),
        ("tab", replaced("  owner: ana", "\towner: ana")),
        ("unclosed", added("  x: [\n")),
        ("unknown-alias", added("  labels: *nowhere\n")),
        ("unknown-tag", added("  description: !!python/object:os.system id\n")),
        ("no-utf-8", Box::new(|text| [text.as_bytes(), b"# caf\xe9\n"].concat())),
        ("zero-bytes", Box::new(|text| [text.as_bytes(), &[0; 40]].concat())),
        ("cut", Box::new(|text| text.as_bytes()[..text.find("with:").unwrap() + 7].to_vec())),
        ("second-document-bad", added("---\napiVersion: launchd/v1\nkind: Launc\n")),
        ("same-name-twice", Box::new(|text| format!("{text}---\n{text}").into_bytes())),
        ("too-large", Box::new(|text| [text.as_bytes(), "#\n".repeat(3 << 20).as_bytes()].concat())),
        ("deep", Box::new(|text| format!("{text}  labels: {}\n", "[".repeat(5000)).into_bytes())),
        ("bomb", Box::new(|text| format!("{text}{}", bomb()).into_bytes())),
    ]
}

/// Aliases of aliases: a billion entries, were they written out.
fn bomb() -> String {
    let mut text = "  x0: &x0 [y, y, y, y, y, y, y, y, y, y]\n".to_owned();
    for n in 1..9 {
        let before = vec![format!("*x{}", n - 1); 10].join(", ");
        text += &format!("  x{n}: &x{n} [{before}]\n");
    }
    text
}

fn name(fault: &str) -> String {
    format!("bad-{fault}")
}

/// What was recorded of launches with bad files, beside that they are held.
fn recorded(home: &Home) -> Vec<String> {
    let of_bad = home.events().into_iter().filter(|e| e["launch"].as_str().unwrap().starts_with("bad-"));
    of_bad.filter(|e| e["event"] != "held").map(|e| format!("{} {}", e["launch"], e["event"])).collect()
}

fn made(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.path("")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut made: Vec<_> = entries.filter(|n| n.starts_with("made-by-")).collect();
    made.sort();
    made
}

#[test]
fn each_bad_file_is_told_and_none_of_them_has_any_effect() {
    let home = Home::new();
    for one in ["good-a", "good-b"] {
        home.write(&format!("launches/{one}.yaml"), &good(&home, one, "Atlas"));
    }
    for (fault, spoil) in faults() {
        let text = good(&home, &name(fault), "Atlas");
        let path = home.path(&format!("launches/{fault}.yaml"));
        fs::write(&path, spoil(&text)).unwrap();
        let ran = home.run(&["validate", path.to_str().unwrap()]);
        assert_ne!(ran.code, 0, "{fault} is not bad:\n{}{}", ran.out, ran.err);
    }
    let ran = home.ok(1, &["apply", "--yes"]);
    for (fault, _) in faults() {
        assert!(ran.err.contains(fault), "{fault} is not told:\n{}", ran.err);
    }
    assert_eq!(made(&home), ["made-by-good-a", "made-by-good-b"]);
    assert_eq!(home.server.writes().len(), 2, "{:?}", home.server.writes());
    assert_eq!(recorded(&home), Vec::<String>::new());
    let daemon = home.daemon();
    // A hundred good ones go on among them (P8).
    let names: Vec<_> = (0..100).map(|n| format!("good-{n:02}")).collect();
    for name in &names {
        home.write(&format!("launches/{name}.yaml"), &good(&home, name, "Atlas"));
    }
    home.server.until("the new ones are made", |w| w.effects.len() == 102);
    for name in &names {
        home.until(name, "it is written down", |l| l["status"] == "completed");
    }
    daemon.healthy("it is well", |h| h["running"] == 0);
    drop(daemon);
    assert_eq!(made(&home).len(), 102);
    assert_eq!(home.server.writes().len(), 102, "{:?}", home.server.writes());
    assert_eq!(recorded(&home), Vec::<String>::new());
    home.ok(0, &["audit", "verify"]);
}

#[test]
fn a_good_file_that_turns_bad_leaves_what_it_made_as_it_is() {
    let home = Home::new();
    for (fault, _) in faults() {
        home.write(&format!("launches/{fault}.yaml"), &good(&home, &name(fault), "before"));
    }
    home.ok(0, &["apply", "--yes"]);
    let objects = home.server.with(|w| w.objects.clone());
    let (writes, events) = (home.server.writes(), recorded(&home));
    assert_eq!(objects.len(), faults().len());
    for (fault, spoil) in faults() {
        // Were it followed, its page would be another.
        let text = good(&home, &name(fault), "after");
        fs::write(home.path(&format!("launches/{fault}.yaml")), spoil(&text)).unwrap();
    }
    home.ok(1, &["apply", "--yes"]);
    let daemon = home.daemon();
    home.write("launches/good.yaml", &good(&home, "good", "Atlas"));
    home.server.until("the good one is made", |w| w.objects.len() == objects.len() + 1);
    home.until("good", "it is written down", |l| l["status"] == "completed");
    drop(daemon);
    assert_eq!(home.server.writes().len(), writes.len() + 1, "only the good one wrote");
    home.server.with(|w| objects.iter().for_each(|(id, object)| assert_eq!(w.objects.get(id), Some(object))));
    assert_eq!(recorded(&home), events);
}
