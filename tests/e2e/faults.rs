//! Bad input and bad days: a clear error, an exit code, and nothing lost.

use std::{fs, os::unix::fs::symlink};

use super::{
    home::{Home, Ran, mode},
    server::Mood,
};

const PAGE: &str = "      activities:\n        page: { uses: webhook/object, timeout: 2s, with: { url: SERVER/objects, body: { n: 1 } } }\n";

/// Every error says what, and what to do.
fn says(ran: &Ran, parts: &[&str]) {
    let all = format!("{}\n{}", ran.out, ran.err).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(all.contains(part), "no `{part}` in: {}\n{}", ran.out, ran.err);
    }
    assert!(!all.contains("panicked"), "{all}");
}

#[test]
fn a_missing_folder_and_a_file_in_its_place_are_named() {
    let home = Home::new();
    fs::remove_dir_all(home.path("launches")).unwrap();
    for command in [&["diff"][..], &["apply", "--yes"], &["status"]] {
        says(&home.ok(2, command), &["the folder of plan files is missing", "try: "]);
    }
    fs::write(home.path("launches"), "").unwrap();
    says(&home.ok(2, &["diff"]), &["the source is no folder", "try: "]);
}

#[test]
fn an_unreadable_file_is_named_and_nothing_is_removed() {
    let home = Home::new();
    home.plan("atlas", PAGE);
    home.ok(0, &["apply", "--yes"]);
    mode(&home.path("launches/atlas.yaml"), 0o000);
    let ran = home.run_bound(&["apply", "--yes"]);
    assert_ne!(ran.code, 0);
    says(&ran, &["atlas.yaml", "could not be read"]);
    assert_eq!(home.server.with(|w| w.objects.len()), 1);
}

#[test]
fn a_store_that_cannot_be_used_says_why() {
    let home = Home::new();
    home.plan("atlas", PAGE);
    home.ok(0, &["apply", "--yes"]);
    let store = home.path(".launchd/state.db");
    let pragma = |text: &str| {
        let database = rusqlite::Connection::open(&store).unwrap();
        database.query_row(text, [], |_| Ok(())).or_else(|_| database.execute_batch(text)).unwrap();
    };
    // Closing the last connection moves the log into the file.
    pragma("PRAGMA wal_checkpoint(TRUNCATE)");
    let good = fs::read(&store).unwrap();
    pragma("PRAGMA user_version = 99");
    let newer = fs::read(&store).unwrap();
    let ran = home.ok(2, &["apply", "--yes"]);
    says(&ran, &["newer launchd", "try: "]);
    assert_eq!(fs::read(&store).unwrap(), newer, "it is not touched");
    for bytes in [&b"not a database at all, but long enough to look like one. "[..].repeat(40), &good[..2000].to_vec()]
    {
        fs::write(&store, bytes).unwrap();
        for command in [&["apply", "--yes"][..], &["diff"], &["status"]] {
            let ran = home.ok(2, command);
            says(&ran, &["try: "]);
        }
        assert_eq!(&fs::read(&store).unwrap(), bytes, "it is not touched");
    }
    fs::write(&store, &good).unwrap();
    mode(&home.path(".launchd"), 0o500);
    mode(&store, 0o400);
    let ran = home.run_bound(&["apply", "--yes"]);
    says(&ran, &["can only be read", "try: "]);
    assert_eq!(ran.code, 2, "{ran:?}");
    mode(&home.path(".launchd"), 0o700);
    mode(&store, 0o600);
    home.ok(0, &["apply", "--yes"]);
    assert_eq!(home.server.writes().len(), 1, "nothing was lost, and nothing was sent again");
}

#[test]
fn a_vendor_on_a_bad_day_is_reported_and_asked_again() {
    let answer = |status, headers, body: &str| Mood::Status(status, headers, body.to_owned());
    let moods = [
        (answer(500, vec![], "{}"), "(500)"),
        (answer(429, vec![("retry-after", "1".into())], "{}"), "(429)"),
        (answer(429, vec![], "{}"), "(429)"),
        (answer(302, vec![("location", "http://198.51.100.7/".into())], ""), "redirects to 198.51.100.7"),
        (Mood::Silent, "page"),
        (Mood::Endless, "page"),
        (Mood::Liar, "page"),
    ];
    for (mood, expected) in moods {
        let home = Home::new();
        home.plan("atlas", PAGE);
        home.server.mood("/objects", mood.clone());
        let ran = home.run(&["apply", "--yes"]);
        says(&ran, &[expected]);
        assert_eq!(ran.code, 1, "{mood:?} is not what was asked for:\n{}\n{}", ran.out, ran.err);
        assert_eq!(home.server.with(|w| w.effects.len()), 0);
        home.server.cheer_up();
        home.run(&["resolve", "atlas", "page", "--retry"]);
        home.ok(0, &["apply", "--yes"]);
        assert_eq!(home.server.with(|w| w.effects.values().sum::<u32>()), 1, "{mood:?}");
    }
}

#[test]
fn a_vendor_that_is_down_is_never_read_as_no_changes() {
    let home = Home::new();
    home.plan("atlas", PAGE);
    home.ok(0, &["apply", "--yes"]);
    home.ok(0, &["apply", "--yes"]);
    home.plan("other", "      activities:\n        page: { uses: webhook/object, with: { url: 'http://127.0.0.1:1/objects', body: { n: 1 } } }\n");
    let ran = home.run(&["apply", "--yes", "other"]);
    says(&ran, &["cannot be reached"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    fs::remove_file(home.path("launches/other.yaml")).unwrap();
    home.plan("third", "      activities:\n        page: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 3 } } }\n        sign: { uses: human/task }\n");
    home.ok(0, &["apply", "--yes", "third"]);
    home.server.mood("/objects", Mood::Status(500, vec![], "{}".into()));
    let ran = home.run(&["diff", "third"]);
    assert_eq!(ran.code, 2, "it could not tell:\n{}\n{}", ran.out, ran.err);
}

#[test]
fn an_error_inside_a_good_answer_is_an_error() {
    let home = Home::new();
    let own = fs::read_to_string(home.path("launches/shared/own.yaml")).unwrap();
    let own = own.replace(
        "http: { base_url: \"http://127.0.0.1\" }",
        "http: { base_url: \"http://127.0.0.1\", errors: { when: body.error, message: body.error } }",
    );
    home.write("launches/shared/own.yaml", &own);
    home.plan("atlas", "      activities:\n        ticket: { uses: desk/ticket, with: { summary: Notes } }\n");
    home.server.mood("/tickets", Mood::Status(200, vec![], r#"{"error": "no such queue", "tickets": []}"#.into()));
    let ran = home.run(&["apply", "--yes"]);
    says(&ran, &["no such queue"]);
    assert_eq!(ran.code, 1);
}

#[test]
fn programs_that_hang_shout_or_fail_are_ended_and_named() {
    for (command, expected) in [
        ("[sleep, '600']", "did not end within its time limit of 1s (`timeout` in the plan"),
        ("[sh, -c, 'sleep 600 & sleep 600']", "did not end within its time limit"),
        ("[sh, -c, 'yes | head -c 20000000']", "noisy"),
        ("[sh, -c, 'printf \"\\\\377\\\\376\"; exit 4']", "4"),
        ("[no-such-program]", "no-such-program"),
    ] {
        let home = Home::new();
        let text = format!(
            "      activities:\n        noisy: {{ uses: exec/command, timeout: 1s, with: {{ command: {command} }} }}\n"
        );
        home.plan("atlas", &text);
        let ran = home.run(&["apply", "--yes"]);
        says(&ran, &["noisy"]);
        if !command.contains("yes") {
            assert_eq!(ran.code, 1, "{command}\n{}\n{}", ran.out, ran.err);
            says(&ran, &[expected]);
        }
    }
}

#[test]
fn a_program_that_settings_do_not_allow_never_runs() {
    let home = Home::new();
    let settings = fs::read_to_string(home.path("launchd.yaml")).unwrap();
    home.write("launchd.yaml", &settings.replace("allow: ['**']", "allow: [./ci/*]"));
    home.plan("atlas", "      activities:\n        make: { uses: exec/command, with: { command: [touch, made] } }\n");
    let ran = home.ok(1, &["apply", "--yes"]);
    says(&ran, &["touch"]);
    assert!(!home.path("made").exists());
}

#[test]
fn names_and_links_never_lead_out_of_the_folder() {
    let home = Home::new();
    home.write("outside.yaml", &home.launch("outside", PAGE));
    home.plan("atlas", PAGE);
    symlink(home.path("outside.yaml"), home.path("launches/linked.yaml")).unwrap();
    let ran = home.run(&["diff"]);
    says(&ran, &["linked.yaml"]);
    assert!(!ran.out.contains("outside/") && !ran.out.contains("create outside"), "{}", ran.out);
    fs::remove_file(home.path("launches/linked.yaml")).unwrap();
    for name in ["../atlas", "a/../b", "Atlas", ".."] {
        let ran = home.ok(2, &["status", name]);
        says(&ran, &[name]);
        assert_eq!(home.run(&["new", name, "--type", "beta_launch", "--target", "2027-01-01"]).code, 2);
    }
    home.write("launches/evil.yaml", &home.launch("../evil", PAGE));
    let ran = home.ok(2, &["diff"]);
    says(&ran, &["evil.yaml:3", "../evil"]);
}

#[test]
fn a_full_disk_says_so_and_sends_nothing() {
    // A store on a disk without room needs a mount; a limit on the size of files is the same to SQLite, and needs no root.
    let home = Home::new();
    home.plan("atlas", PAGE);
    let mut command = std::process::Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_launchd");
    command.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" apply --yes", binary]);
    let output = command.current_dir(home.path("")).env("LAUNCHD_ACTOR", "ana").output().unwrap();
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert_eq!(ran.code, 2, "{ran:?}");
    says(&ran, &["error: ", "try: "]);
    assert_eq!(home.server.writes(), Vec::<String>::new());
    fs::remove_dir_all(home.path(".launchd")).unwrap();
    home.ok(0, &["apply", "--yes"]);
}

#[test]
fn what_could_not_be_looked_at_is_a_repair_and_never_ready() {
    let home = Home::new();
    home.plan("atlas", PAGE);
    home.server.mood("/objects", Mood::Status(503, vec![], "{}".into()));
    let ran = home.run(&["apply", "--yes"]);
    says(&ran, &["1 waiting (1 for a repair)", "page could not be looked at", "`launchd why atlas` says"]);
    assert!(!ran.out.contains("for a person") && !ran.out.contains("More is ready"), "{}", ran.out);
    let json = home.json(&["diff"]);
    assert_eq!(
        (&json["summary"]["waiting_for_a_repair"], &json["summary"]["waiting_for_a_person"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn a_failure_has_its_reason_once() {
    let home = Home::new();
    home.plan(
        "atlas",
        "      activities:\n        make: { uses: exec/command, with: { command: [sh, -c, 'exit 3'] } }\n",
    );
    let ran = home.ok(1, &["apply", "--yes"]);
    let said = |text: &str| text.matches("ended with exit code 3").count();
    assert_eq!((said(&ran.err), said(&ran.out)), (0, 1), "{}\n{}", ran.err, ran.out);
    says(&ran, &["make failed", "failed: the program ended with exit code 3"]);
}

#[test]
fn waiting_counts_what_was_done_while_waiting() {
    let home = Home::new();
    let plan = "      activities:
        tell: { uses: exec/command, with: { command: [echo, told] } }
      checks:
        - { name: high, http: SERVER/value, pass: value > 5, every: 1s }
";
    home.plan("atlas", plan);
    let waiting = home.command(&["apply", "--yes", "--wait", "--timeout", "1m"]);
    let mut waiting =
        { waiting }.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    home.server.until("it is asked", |w| w.requests.iter().any(|r| r == "GET /value"));
    home.server.with(|w| w.objects.insert("/value".into(), 7.into()));
    assert!(waiting.wait().unwrap().success());
    let mut text = String::new();
    std::io::Read::read_to_string(&mut waiting.stdout.take().unwrap(), &mut text).unwrap();
    // The program before the wait; the check, the milestone and the launch in it.
    assert!(text.contains("Applied: 4 done"), "{text}");
}

/// Four pages in one milestone, a task in another.
const FOUR: &str = "      activities:
        a: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 1 } } }
        b: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 2 } } }
        c: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 3 } } }
        d: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 4 } } }
    later:
      due: T
      activities:
        sign: { uses: human/task }
        seal: { uses: human/task }
";

#[test]
fn a_vendor_that_asks_for_fewer_requests_is_told_of_once() {
    let home = Home::new();
    home.plan("atlas", FOUR);
    home.ok(0, &["apply", "--yes"]);
    for headers in [Vec::new(), vec![("retry-after", "3600".into())]] {
        // Where it asks for a pause, what came first was answered, and the rest is not sent at all: two reasons at most.
        home.server.mood("/objects/", Mood::Status(429, headers, "{}".into()));
        let ran = home.run(&["diff"]);
        says(&ran, &["activities could not be looked at: atlas/", "fewer requests (429)"]);
        assert!(ran.err.matches("could not be looked at").count() <= 2, "{}", ran.err);
    }
}

#[test]
fn an_apply_of_one_milestone_counts_what_was_asked_for_and_names_the_rest_apart() {
    let home = Home::new();
    home.plan("atlas", FOUR);
    let ran = home.ok(0, &["apply", "--yes", "-m", "ready"]);
    says(&ran, &["Applied: 5 done. 2 activities of other milestones left out."]);
    let said = ran.out.split_once("Applied").unwrap_or_default().1;
    assert!(!said.contains("waiting"), "{said}");
    let summary = home.json(&["apply", "--yes", "-m", "ready"])["summary"].clone();
    assert_eq!((&summary["waiting"], &summary["left_out"]), (&0.into(), &2.into()), "{summary}");
    says(&home.ok(2, &["apply", "--yes", "--wait", "-m", "ready"]), &["--wait", "--milestone"]);
    says(&home.ok(0, &["apply", "--yes"]), &["2 waiting"]);
}
