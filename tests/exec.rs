//! Real programs through the real executor: what they are told, what their end means, and that nothing is left of them.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use launchd::{
    core::model::{
        activity::Uses,
        call::{Call, Verb},
        fingerprint::ExternalKey,
        outcome::{Object, Outcome, Sighting},
    },
    edges::executors::{
        Executor,
        exec::{ExecExecutor, ExecSettings},
        secrets::FixedSecrets,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A root with programs, and an executor that may run all of them, and `sh`.
struct Bench {
    root: TempDir,
    executor: ExecExecutor,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let settings = ExecSettings {
            allow: vec!["./*".into(), "sh".into(), "python3".into()],
            // The machine's own, since that is where its python3 is.
            path: std::env::var("PATH").unwrap(),
            // Some installations of Python choose their version by the home folder.
            env_allow: vec!["HOME".into()],
            directory: root.path().into(),
            timeout_max: Duration::from_secs(60),
        };
        let secrets = Arc::new(FixedSecrets::new([("token", "s3cr3t-canary-value")]));
        Self { executor: ExecExecutor::new(settings, secrets), root }
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn sample(&self, name: &str) {
        self.program(name, &fs::read_to_string(Path::new("examples/plugins").join(name)).unwrap());
    }

    async fn sh(&self, script: &str) -> Outcome {
        self.executor.act(Verb::Create, &call("command", json!({"command": ["sh", "-c", script]}))).await
    }
}

fn call(resource: &str, with: Value) -> Call {
    let (launch, activity) = ("atlas-2".parse().unwrap(), "smoke".parse().unwrap());
    Call {
        key: ExternalKey::new("main", &launch, &activity, 0),
        launch,
        subject: "smoke".into(),
        title: "Smoke test".into(),
        uses: Uses { connector: "exec".parse().unwrap(), resource: resource.parse().unwrap() },
        object_id: None,
        with,
        changed: Vec::new(),
        attempt: 1,
        now: "2027-03-18T08:00:00Z".parse().unwrap(),
        due: None,
        timeout: Duration::from_secs(30),
        owner: None,
    }
}

fn succeeded(outcome: Outcome) -> Object {
    match outcome {
        Outcome::Succeeded { object } => object,
        other => panic!("{other:?}"),
    }
}

fn found(sighting: Sighting) -> Object {
    match sighting {
        Sighting::Found { object } => object,
        other => panic!("{other:?}"),
    }
}

/// Processes whose command line holds `mark`.
fn running(mark: &str) -> usize {
    let out = Command::new("ps").args(["-eo", "stat,args"]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines().filter(|l| l.contains(mark) && !l.starts_with('Z')).count()
}

#[tokio::test]
async fn a_program_is_told_what_it_is_for_and_nothing_else_of_our_environment() {
    let bench = Bench::new();
    bench.program("tell.sh", "#!/bin/sh\nenv | sed 's/=.*//' | sort | tr '\\n' ' ' >&2\ncat > seen.json\nexit 1\n");
    let with = json!({"command": ["./tell.sh"], "env": {"REGION": "emea"}});
    let Outcome::Rejected { failure } = bench.executor.act(Verb::Create, &call("command", with)).await else {
        panic!()
    };
    let names: Vec<_> =
        failure.detail.split_whitespace().filter(|n| !["PWD", "_", "SHLVL", "OLDPWD"].contains(n)).collect();
    assert_eq!(
        names,
        [
            "HOME",
            "LAUNCHD_ACTIVITY",
            "LAUNCHD_ATTEMPT",
            "LAUNCHD_KEY",
            "LAUNCHD_LAUNCH",
            "LAUNCHD_RUN",
            "LAUNCHD_VERB",
            "PATH",
            "REGION"
        ]
    );
    assert_eq!(failure.status, Some(1));
    assert_eq!(failure.request.as_deref(), Some("./tell.sh"));
    let seen: Value = serde_json::from_slice(&fs::read(bench.root.path().join("seen.json")).unwrap()).unwrap();
    assert_eq!((&seen["version"], &seen["verb"], &seen["launch"]), (&json!(1), &json!("create"), &json!("atlas-2")));
    assert_eq!(seen["now"], "2027-03-18T08:00:00Z");
}

#[tokio::test]
async fn an_argument_is_never_read_by_a_shell() {
    let bench = Bench::new();
    bench.program("args.sh", "#!/bin/sh\nfor a in \"$@\"; do echo \"[$a]\"; done\n");
    let with = json!({"command": ["./args.sh", "a; touch evil", "$(touch evil)", "", 7]});
    let object = succeeded(bench.executor.act(Verb::Create, &call("command", with)).await);
    assert_eq!(object.outputs["stdout"], "[a; touch evil]\n[$(touch evil)]\n[]\n[7]");
    assert!(!bench.root.path().join("evil").exists());
}

#[tokio::test]
async fn the_exit_code_decides_and_a_document_says_more() {
    let bench = Bench::new();
    let object =
        succeeded(bench.sh(r#"echo '{"id":"B-7","url":"https://x.example/7","outputs":{"n":3},"done":false}'"#).await);
    assert_eq!((object.id.as_str(), object.url.as_deref(), object.done), ("B-7", Some("https://x.example/7"), false));
    assert_eq!(object.outputs["n"], 3);
    assert!(succeeded(bench.sh("true").await).done);

    let Outcome::Retryable { failure, after_seconds } =
        bench.sh(r#"echo '{"message":"busy","after_seconds":9}'; exit 75"#).await
    else {
        panic!()
    };
    assert_eq!((failure.detail.as_str(), after_seconds), ("busy", Some(9)));
    assert!(matches!(bench.sh("exit 76").await, Outcome::InDoubt { .. }));
    assert!(matches!(bench.sh("exit 2").await, Outcome::Rejected { .. }));
    assert!(matches!(bench.sh("kill -9 $$").await, Outcome::InDoubt { .. }), "it may have happened");
    let Outcome::Rejected { failure } = bench.sh("no-such-program-here").await else { panic!() };
    assert!(failure.summary.contains("not there"), "{failure:?}");
}

#[tokio::test]
async fn a_program_that_cannot_run_is_rejected_with_what_to_do() {
    let bench = Bench::new();
    fs::write(bench.root.path().join("plain.txt"), "x").unwrap();
    bench.program("no_interpreter", "#!/no/such/interpreter\n");
    for (program, what) in [
        ("./missing", "configured root"),
        ("./plain.txt", "chmod +x"),
        ("./no_interpreter", "#!/bin/sh"),
        ("perl6", "exec: allow:"),
        ("/bin/ls", "exec: allow:"),
        ("../x", "`..`"),
    ] {
        let outcome = bench.executor.act(Verb::Create, &call("command", json!({"command": [program]}))).await;
        let Outcome::Rejected { failure } = outcome else { panic!("{program}: {outcome:?}") };
        assert!(failure.detail.contains(what), "{program}: {failure:?}");
    }
}

#[tokio::test]
async fn a_program_that_prints_a_gigabyte_of_no_text_neither_hangs_nor_fills_memory() {
    let bench = Bench::new();
    let before = resident_kib();
    let outcome = bench.sh("head -c 1000000000 /dev/zero | tr '\\0' '\\377'; echo oops >&2; exit 1").await;
    let Outcome::Rejected { failure } = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.detail, "oops");
    assert!(resident_kib() < before + 64 * 1024, "{} KiB before, {} after", before, resident_kib());

    let object = succeeded(bench.sh("printf 'caf\\351'; head -c 3000000 /dev/zero | tr '\\0' x").await);
    assert!(object.outputs["stdout"].as_str().unwrap().starts_with("caf\u{fffd}xxx"));
}

/// The most memory that this process ever had resident, in KiB; 0 where that cannot be told.
fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_it_started_and_left_in_doubt() {
    let bench = Bench::new();
    bench.program("hang.sh", "#!/bin/sh\ntrap '' TERM\nsleep 987651 &\nsetsid sleep 987651 &\nsleep 987651\n");
    let mut call = call("command", json!({"command": ["./hang.sh"]}));
    call.timeout = Duration::from_millis(300);
    let started = Instant::now();
    let Outcome::InDoubt { failure } = bench.executor.act(Verb::Create, &call).await else { panic!() };
    assert!(failure.summary.contains("time limit of 300 ms"), "{failure:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(running("sleep 987651"), 0);
}

#[tokio::test]
async fn a_program_that_forks_and_exits_leaves_nobody_behind() {
    let bench = Bench::new();
    let script = "(sleep 987652 &) ; (setsid sleep 987652 >/dev/null 2>&1 </dev/null &) ; echo '{\"id\":\"left\"}'";
    assert_eq!(succeeded(bench.sh(script).await).id, "left");
    assert_eq!(running("sleep 987652"), 0);
}

#[tokio::test]
async fn a_program_that_closes_its_output_and_runs_on_is_still_limited() {
    let bench = Bench::new();
    let mut call = call("command", json!({"command": ["sh", "-c", "exec >&- 2>&- <&-; sleep 987653"]}));
    call.timeout = Duration::from_millis(300);
    assert!(matches!(bench.executor.act(Verb::Create, &call).await, Outcome::InDoubt { .. }));
    assert_eq!(running("sleep 987653"), 0);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_nothing_running() {
    let bench = Bench::new();
    let with = json!({"command": ["sh", "-c", "touch started; sleep 987654"]});
    let call = call("command", with);
    {
        let mut act = bench.executor.act(Verb::Create, &call);
        let started = bench.root.path().join("started");
        while !started.exists() {
            let _ = futures_util::poll!(&mut act);
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(running("987654"), 0);
}

#[tokio::test]
async fn a_program_that_does_not_read_a_large_input_is_not_waited_for() {
    let bench = Bench::new();
    let with = json!({"command": ["sh", "-c", "exit 0"], "stdin": "x".repeat(4_000_000)});
    succeeded(bench.executor.act(Verb::Create, &call("command", with)).await);
    let with = json!({"command": ["sh", "-c", "wc -c"], "stdin": "x".repeat(4_000_000)});
    let object = succeeded(bench.executor.act(Verb::Create, &call("command", with)).await);
    assert_eq!(object.outputs["stdout"].as_str().unwrap().trim(), "4000000");
}

#[tokio::test]
async fn a_secret_reaches_the_program_and_nothing_that_comes_back() {
    let bench = Bench::new();
    let script =
        "test \"$TOKEN\" = s3cr3t-canary-value || exit 9; cat; echo \"$TOKEN\"; printf %s \"$TOKEN\" | base64 >&2;
                  printf '%300s' \"$TOKEN\" >&2; head -c 395 /dev/zero | tr '\\0' y >&2; exit 1";
    let with =
        json!({"command": ["sh", "-c", script], "env": {"TOKEN": {"secret": "token"}}, "stdin": {"secret": "token"}});
    for resource in ["command", "plugin"] {
        let call = call(resource, with.clone());
        let text = format!("{:?}", bench.executor.act(Verb::Create, &call).await);
        // Not even the end of it, cut off by the shortening.
        assert!(!text.contains("value\"") && !text.contains("-canary") && !text.contains("valuey"), "{text}");
        assert!(!format!("{:?}", bench.executor.ask(&call).await).contains("canary"));
    }
    let missing = json!({"command": ["sh"], "env": {"TOKEN": {"secret": "other"}}});
    let Outcome::Rejected { failure } = bench.executor.act(Verb::Create, &call("command", missing)).await else {
        panic!()
    };
    assert!(failure.detail.contains("other: { env: NAME }"), "{failure:?}");
}

#[tokio::test]
async fn a_command_is_looked_for_only_by_its_observe_program_and_a_crash_of_that_is_no_absence() {
    let bench = Bench::new();
    let plain = call("command", json!({"command": ["sh"]}));
    assert_eq!(bench.executor.observe(&plain).await, Sighting::Unobservable);
    for (script, absent) in
        [("exit 3", true), ("echo '{\"absent\":true}'", true), ("exit 1", false), ("kill -9 $$", false)]
    {
        let with = json!({"command": ["sh"], "observe": ["sh", "-c", script]});
        let sighting = bench.executor.observe(&call("command", with)).await;
        assert_eq!(sighting == Sighting::Absent, absent, "{script}: {sighting:?}");
        assert!(absent || matches!(sighting, Sighting::Failed { .. }), "{script}: {sighting:?}");
    }
    let with = json!({"command": ["sh"], "observe": ["sh", "-c", "echo '{\"id\":\"7\",\"fields\":{\"a\":1}}'"]});
    assert_eq!(found(bench.executor.observe(&call("command", with)).await).fields["a"], 1);
}

#[tokio::test]
async fn a_question_is_answered_by_output_or_by_exit_code() {
    let bench = Bench::new();
    for (script, value) in [
        ("exit 0", json!(true)),
        ("echo broken; exit 1", json!(false)),
        ("echo 0.004", json!(0.004)),
        ("echo green", json!("green")),
        (r#"echo '{"value":12,"outputs":{"unit":"ms"}}'"#, json!(12)),
    ] {
        let reading = bench.executor.ask(&call("query", json!({"command": ["sh", "-c", script]}))).await.unwrap();
        assert_eq!(reading.value, value, "{script}");
        assert!(reading.outputs.contains_key("exit_code"));
    }
    for script in ["exit 75", "kill -9 $$", "no-such-program-here"] {
        assert!(
            bench.executor.ask(&call("query", json!({"command": ["sh", "-c", script]}))).await.is_err(),
            "{script}"
        );
    }
}

/// Both samples: created once whatever crashes, drift seen, changed, ended.
async fn converges(bench: &Bench, with: &dyn Fn(&str) -> Value, field: &str, tamper: &dyn Fn(&Path)) {
    let executor = &bench.executor;
    let first = with("one");
    assert_eq!(executor.observe(&call("plugin", first.clone())).await, Sighting::Absent);

    // The effect happens, and its program ends before it can say so.
    let mut crashing = first.clone();
    crashing["command"].as_array_mut().unwrap().insert(0, json!("./crash.sh"));
    let outcome = executor.act(Verb::Create, &call("plugin", crashing)).await;
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    let object = found(executor.observe(&call("plugin", first.clone())).await);
    assert_eq!(object.fields[field], "one");
    assert_eq!(object.id, call("plugin", Value::Null).key.as_str());
    assert_eq!(executor.ask(&call("plugin", first.clone())).await.unwrap().value, 1);

    // Somebody else changes it; the plan would see other fields than right after the effect.
    let folder = bench.root.path().join("objects");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    tamper(&file);
    assert_eq!(found(executor.observe(&call("plugin", first)).await).fields[field], "tampered");

    let mut update = call("plugin", with("two \"quoted\" \\ text"));
    update.object_id = Some(object.id);
    let object = succeeded(executor.act(Verb::Update, &update).await);
    assert_eq!(object.fields[field], "two \"quoted\" \\ text");
    assert_eq!(found(executor.observe(&update).await).fields, object.fields);

    succeeded(executor.act(Verb::Delete, &update).await);
    succeeded(executor.act(Verb::Delete, &update).await);
    assert_eq!(executor.observe(&update).await, Sighting::Absent);
}

const CRASH: &str = "#!/bin/sh\n\"$@\" >/dev/null\nkill -9 $$\n";

#[tokio::test]
async fn the_python_sample_converges_through_a_crash_and_a_drift() {
    let bench = Bench::new();
    bench.sample("notes.py");
    bench.program("crash.sh", CRASH);
    let with = |title: &str| json!({"command": ["./notes.py"], "env": {"NOTES_FOLDER": "objects"}, "title": title});
    converges(&bench, &with, "title", &|file| fs::write(file, r#"{"title":"tampered"}"#).unwrap()).await;
    let Outcome::Rejected { failure } = bench.executor.act(Verb::Create, &call("plugin", with(""))).await else {
        panic!()
    };
    assert_eq!(failure.detail, "a note needs a title");
}

#[tokio::test]
async fn the_shell_sample_converges_through_a_crash_and_a_drift() {
    let bench = Bench::new();
    bench.sample("banner.sh");
    bench.program("crash.sh", CRASH);
    let with =
        |text: &str| json!({"command": ["./banner.sh"], "env": {"BANNER_FOLDER": "objects", "BANNER_TEXT": text}});
    converges(&bench, &with, "text", &|file| fs::write(file, "tampered").unwrap()).await;
    let outcome = bench.executor.act(Verb::Close, &call("plugin", with("x"))).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_plugin_without_a_clear_answer_leaves_its_effect_in_doubt_and_its_look_failed() {
    let bench = Bench::new();
    for body in
        ["exit 1", "echo hello", "echo '{}'", r#"echo '{"outcome":"great"}'"#, r#"echo '{"outcome":"succeeded"}'"#]
    {
        bench.program("p.sh", &format!("#!/bin/sh\n{body}\n"));
        let call = call("plugin", json!({"command": ["./p.sh"]}));
        let outcome = bench.executor.act(Verb::Create, &call).await;
        assert!(matches!(outcome, Outcome::InDoubt { .. }), "{body}: {outcome:?}");
        assert!(matches!(bench.executor.observe(&call).await, Sighting::Failed { .. }), "{body}");
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_answered_with_what_is_wrong_with_it() {
    let bench = Bench::new();
    bench.program("lost.sh", "#!/no/such/shell\n");
    let long = "x".repeat(1 << 20);
    for (command, remedy) in [
        (json!(["sh", "-c", "exit 0", long]), "hand long texts over in `stdin`"),
        (json!(["./lost.sh"]), "a script needs a first line such as #!/bin/sh"),
    ] {
        let outcome = bench.executor.act(Verb::Create, &call("command", json!({ "command": command }))).await;
        let Outcome::Rejected { failure } = outcome else { panic!("{outcome:?}") };
        assert!(failure.detail.contains(remedy), "{}", failure.detail);
    }
}
