//! The daemon beside people who edit files.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use super::home::{Daemon, Home};

const TWO: &str = "      activities:
        page: { uses: webhook/object, on_remove: delete, with: { url: SERVER/objects, body: { title: Atlas } } }
        ticket: { uses: desk/ticket, with: { summary: Notes } }
        sign: { uses: human/task }
";

fn probe(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn editing_one_field_changes_just_that_however_the_file_is_saved() {
    let home = Home::new();
    home.plan("atlas", TWO);
    let daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    let before = home.server.writes().len();
    let edited = home.launch("atlas", &TWO.replace("Notes", "Release notes"));
    home.save("launches/atlas.yaml", &edited);
    home.server.until("the ticket is changed", |w| w.requests.iter().any(|r| r.starts_with("PATCH")));
    home.until("atlas", "it is written down", |l| {
        l["changes"].as_array().unwrap().iter().all(|c| c["action"] != "update")
    });
    // Which of the two got which number is the race of their creation.
    let writes = home.server.writes()[before..].to_vec();
    assert!(matches!(&writes[..], [only] if only.starts_with("PATCH /tickets/")), "{writes:?}");
    // In place, twice the same: nothing is wanted anew.
    home.write("launches/atlas.yaml", &edited);
    home.write("launches/atlas.yaml", &edited.replace("title: atlas", "title: Atlas the second"));
    home.until("atlas", "the new title is taken in", |l| l["title"] == "Atlas the second");
    assert_eq!(home.server.writes().len(), before + 1);
    drop(daemon);
}

#[test]
fn breaking_a_file_holds_its_launch_and_mending_it_goes_on() {
    let home = Home::new();
    home.plan("atlas", TWO);
    let daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    let (good, writes) = (home.launch("atlas", TWO), home.server.writes().len());
    home.save("launches/atlas.yaml", &good.replace("launch_type: feature_update", "launch_type: lunch"));
    daemon.until("held at the last good revision");
    let status = home.ok(0, &["status", "atlas"]);
    let all = format!("{}{}", status.out, status.err);
    assert!(all.contains("atlas.yaml:6:16"), "{all}");
    assert!(all.contains("feature_update"), "it says what is allowed: {all}");
    home.save("launches/atlas.yaml", &good.replace("summary: Notes", "summary: Mended"));
    home.server.until("the mended file is followed", |w| w.requests.iter().any(|r| r.starts_with("PATCH")));
    assert_eq!(home.server.writes().len(), writes + 1);
    assert_eq!(home.server.with(|w| w.objects.len()), 2);
}

#[test]
fn removing_a_file_ends_what_says_so_keeps_the_rest_and_restoring_it_takes_it_up_again() {
    let home = Home::new();
    home.plan("atlas", TWO);
    home.plan("other", "      activities:\n        sign: { uses: human/task }\n");
    let daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    home.until("other", "it was taken in", |l| l["observed_version"].as_u64() > Some(0));
    let text = fs::read_to_string(home.path("launches/atlas.yaml")).unwrap();
    fs::remove_file(home.path("launches/atlas.yaml")).unwrap();
    home.server.until("the page is deleted", |w| w.requests.iter().any(|r| r.starts_with("DELETE /objects/")));
    assert!(home.server.with(|w| w.objects.keys().all(|k| k.starts_with("/tickets/"))), "the ticket is kept");
    home.save("launches/atlas.yaml", &text);
    home.server.until("the page is there again", |w| w.objects.keys().any(|k| k.starts_with("/objects/")));
    home.until("atlas", "nothing is left to make", |l| {
        l["changes"].as_array().unwrap().iter().all(|c| c["action"] == "keep" || c["action"] == "await")
    });
    let tickets = home.server.with(|w| w.requests.iter().filter(|r| *r == "POST /tickets").count());
    assert_eq!(tickets, 1, "the ticket that was kept is followed again");
    drop(daemon);
}

#[test]
fn an_empty_folder_an_unreadable_file_and_a_missing_folder_remove_nothing() {
    let home = Home::new();
    home.plan("atlas", TWO);
    let daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    let writes = home.server.writes();
    fs::rename(home.path("launches"), home.path("elsewhere")).unwrap();
    daemon.until("could not be read completely");
    fs::create_dir(home.path("launches")).unwrap();
    daemon.until("looks like an empty checkout");
    home.write("launches/atlas.yaml", "kind: [\n");
    daemon.until("atlas.yaml:");
    let status = home.run(&["status", "atlas"]);
    assert!(format!("{}{}", status.out, status.err).contains("atlas.yaml:"), "{status:?}");
    fs::remove_dir_all(home.path("launches")).unwrap();
    fs::rename(home.path("elsewhere"), home.path("launches")).unwrap();
    home.save("launches/atlas.yaml", &home.launch("atlas", &TWO.replace("Notes", "Back")));
    home.server.until("the files are followed again", |w| w.requests.iter().any(|r| r.starts_with("PATCH")));
    assert_eq!(home.server.writes().len(), writes.len() + 1, "{:?}", home.server.writes());
}

#[test]
fn a_swapped_link_as_of_a_configmap_is_followed() {
    let home = Home::new();
    let shared = fs::read_to_string(home.path("launches/shared/own.yaml")).unwrap();
    fs::remove_dir_all(home.path("launches")).unwrap();
    for (version, summary) in [("..1", "First"), ("..2", "Second")] {
        home.write(&format!("launches/{version}/own.yaml"), &shared);
        let text = home.launch("atlas", &TWO.replace("Notes", summary));
        home.write(&format!("launches/{version}/atlas.yaml"), &text);
    }
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, home.path("launches").join(name)).unwrap();
    link("..1", "..data");
    link("..data/own.yaml", "own.yaml");
    link("..data/atlas.yaml", "atlas.yaml");
    let _daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    link("..2", "..data_tmp");
    fs::rename(home.path("launches/..data_tmp"), home.path("launches/..data")).unwrap();
    home.server.until("the new version is followed", |w| w.requests.iter().any(|r| r.starts_with("PATCH")));
    assert!(home.server.with(|w| w.objects.values().any(|o| o["summary"] == "Second")));
}

#[test]
fn a_second_process_is_told_who_works_and_the_probes_answer() {
    let home = Home::new();
    home.plan("atlas", TWO);
    let daemon = home.daemon();
    home.server.until("both are made", |w| w.effects.len() == 2);
    let address = daemon.address();
    assert!(probe(&address, "/livez").starts_with("HTTP/1.1 200"));
    assert!(probe(&address, "/readyz").starts_with("HTTP/1.1 200"));
    for args in [&["apply", "--yes"][..], &["daemon", "--listen", "127.0.0.1:0"]] {
        let second = home.ok(2, args);
        let process = format!("process {}", daemon.child.id());
        assert!(second.err.contains(&process) && second.err.contains("since"), "{}", second.err);
        assert!(second.err.contains("try: "), "it says what to do: {}", second.err);
    }
    let (code, log) = daemon.stop();
    assert_eq!(code, Some(0), "{log}");
    home.ok(0, &["apply", "--yes"]);
}

#[test]
fn a_daemon_that_comes_back_goes_on_where_the_last_one_left_off() {
    let home = Home::new();
    for n in 0..3 {
        home.plan(&format!("atlas-{n}"), TWO);
    }
    let daemon = home.daemon();
    home.server.until("all are made", |w| w.effects.len() == 6);
    let settled = |l: &serde_json::Value| {
        l["changes"].as_array().unwrap().iter().all(|c| c["action"] == "keep" || c["action"] == "await")
    };
    for n in 0..3 {
        home.until(&format!("atlas-{n}"), "nothing is left to make", settled);
    }
    assert_eq!(daemon.stop().0, Some(0));
    let (events, writes) = (home.events().len(), home.server.writes().len());
    let index = fs::read(home.path(".launchd/cache/files.index")).unwrap();
    let counts = String::from_utf8_lossy(&index).lines().nth(1).unwrap_or_default().to_owned();
    assert_eq!(counts, "4 files, 3 launches, 0 quiet, 3 at rest");
    // While nobody looked: one file was edited, one state was touched, and of one launch the store forgot the content.
    home.save("launches/atlas-0.yaml", &home.launch("atlas-0", &TWO.replace("Notes", "Release notes")));
    home.ok(0, &["done", "atlas-1", "sign", "--evidence", "https://desk.example/1"]);
    let store = rusqlite::Connection::open(home.path(".launchd/state.db")).unwrap();
    store.execute("DELETE FROM revisions WHERE launch = (SELECT id FROM launches WHERE name = 'atlas-2')", []).unwrap();
    let daemon = home.daemon();
    home.server.until("the edited file is followed", |w| w.requests.iter().any(|r| r.starts_with("PATCH")));
    home.until("atlas-1", "it is complete", |l| l["status"] == "completed");
    home.save("launches/atlas-2.yaml", &home.launch("atlas-2", &TWO.replace("Notes", "Other notes")));
    home.server.until("the third is followed", |w| w.requests.iter().filter(|r| r.starts_with("PATCH")).count() == 2);
    assert_eq!(home.server.writes().len(), writes + 2, "nothing is made anew: {:?}", home.server.writes());
    assert!(home.events().len() > events);
    assert!(!daemon.log().contains("missing in the store"), "{}", daemon.log());
}

#[test]
fn a_port_that_is_open_to_the_network_is_warned_of_and_one_on_loopback_is_not() {
    let home = Home::new();
    let open = Daemon::start(home.command(&["daemon", "--listen", "0.0.0.0:0"]));
    open.until("following");
    let said = open.until("open to the network");
    assert!(said.contains("WARN") && said.contains("/healthz") && said.contains("--listen 127.0.0.1:"), "{said}");
    drop(open);
    let log = home.daemon().log();
    assert!(!log.contains("open to the network"), "{log}");
}

#[cfg(target_os = "linux")]
#[test]
fn more_notices_than_the_system_keeps_hide_no_change() {
    let home = Home::new();
    let page =
        "      activities:\n        page: { uses: webhook/object, with: { url: SERVER/objects, body: { n: 1 } } }\n";
    home.plan("first", page);
    // Nobody reads a hidden folder, so what changes in it is no reason to look.
    home.write("launches/.noise/a", "x");
    let daemon = home.daemon();
    home.server.until("the first is made", |w| w.objects.len() == 1);
    daemon.healthy("it rests", |h| h["running"] == 0);
    let kept = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    daemon.signal(libc::SIGSTOP);
    // In turns: what the system would tell of one file again and again, it tells once.
    for n in 0..kept.trim().parse::<u32>().unwrap() {
        home.write(if n % 2 == 0 { "launches/.noise/a" } else { "launches/.noise/b" }, "x");
    }
    home.plan("second", page);
    daemon.signal(libc::SIGCONT);
    home.server.until("the second is made, too", |w| w.objects.len() == 2);
}
