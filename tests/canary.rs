//! A secret stays where it is used: whole launches through the real engine, store and executors, against vendors that
//! repeat it in every way and programs that print it; then everything that launchd keeps or shows is searched.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use launchd::{
    core::{
        manifest::connector::builtins,
        model::{
            activity::{Activity, EffectClass, Inputs, KeySupport},
            area::Phase,
            check::{Check, Question},
            connector::{ConnectorSettings, ExecSettings, ExecutorKind, HttpSettings, Reach},
            launch::Launch,
            name::Actor,
            state::{Header, LaunchState},
        },
        plan::{Desired, Plan, plan, text},
        review::dates::dates,
    },
    edges::{
        clock::{Clock, VirtualClock},
        executors::{
            Executor, Executors,
            exec::ExecExecutor,
            http::HttpExecutor,
            human::HumanExecutor,
            secrets::{FixedSecrets, RememberedSecrets},
        },
        store::{Store, sqlite::SqliteStore},
    },
    reconcile::{Engine, Halt, PassReport, Refresh, Silent, Until, Want, Wanted},
    ui::{
        api,
        render::{
            View, event, markdown,
            plan::{Shown, human},
            status::{self, Standing},
            why,
        },
    },
};
use serde_json::{Value, json};

use crate::{
    connectors::server::{Fault, Received, Reply, Server, Vendor},
    fixtures::*,
};

/// One for each way in: a credential, a value of a request, an environment variable of a program.
const SECRETS: [(&str, &str); 3] = [
    ("credential", "Cr3d/q8Zk+Vw7 &Lm2=NpYtR5xHs'JgDf4uBe"),
    ("header", "Hd9r/tWv3+Kx6 &Qz1=MbGyU8nCa'SjRf7wLe"),
    ("variable", "Va5r/pXm2+Jt4 &Hc9=DkWzN7qGb'YsEu3vTo"),
];

fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(n, _)| *n == name).unwrap().1
}

/// Every piece of every form in which a secret could be told.
struct Canary(BTreeSet<Vec<u8>>);

/// A shorter piece could stand there by chance.
const PIECE: usize = 9;

impl Canary {
    fn new() -> Self {
        let mut forms = Vec::new();
        for (_, raw) in SECRETS {
            forms.push(raw.to_owned());
            forms.push(raw.to_uppercase());
            forms.push(url::form_urlencoded::byte_serialize(raw.as_bytes()).collect::<String>());
            forms.push(
                raw.bytes()
                    .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
                    .collect(),
            );
            for before in ["", "a", "ab"] {
                // What stands before and after touches three characters on each side.
                for text in
                    [STANDARD.encode(format!("{before}{raw}")), URL_SAFE_NO_PAD.encode(format!("{before}{raw}"))]
                {
                    forms.push(text[4..text.len() - 4].to_owned());
                }
            }
        }
        Self(forms.iter().flat_map(|f| f.as_bytes().windows(PIECE).map(<[u8]>::to_vec)).collect())
    }

    #[track_caller]
    fn is_not_in(&self, place: &str, bytes: &[u8]) {
        let hit = bytes.windows(PIECE).position(|w| self.0.contains(w));
        if let Some(at) = hit {
            let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 100)];
            panic!("a secret is in {place}: …{}…", String::from_utf8_lossy(around));
        }
    }
}

/// Answers everything with the secrets it was sent, in turn as a success and as every kind of failure.
struct Echo {
    turn: usize,
    heard: String,
}

impl Vendor for Echo {
    fn answer(&mut self, r: &Received) -> Reply {
        const STATUSES: [u16; 12] = [400, 200, 401, 500, 429, 201, 403, 503, 302, 409, 200, 422];
        self.turn += 1;
        self.heard += &format!("{:?} {}\n", r.headers, r.body);
        let (mut told, mut cut): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (name, raw) in SECRETS {
            // A vendor can repeat what it heard, in this call or in an earlier one.
            let heard = match name {
                "credential" => self.heard.contains("authorization"),
                _ => self.heard.contains(&raw[..8]),
            };
            if !heard {
                continue;
            }
            let encoded: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
            cut.extend([raw.to_uppercase(), raw[..14].to_owned(), raw[8..].to_uppercase()]);
            told.extend([raw.to_owned(), STANDARD.encode(raw), STANDARD.encode(format!("u:{raw}")), encoded]);
        }
        if told.is_empty() {
            told.resize(4, "nothing".to_owned());
        }
        let pad = "x".repeat(self.turn * 17 % 320);
        let all = format!("{pad}{} {:?}", told.join(" | "), r.headers.get("authorization"));
        let item = json!({
            "id": told[self.turn % told.len()], "key": all, "self": all, "self_link": all, "ts": all, "text": all,
            "fields": {"summary": all, "labels": [all], "status": {"name": all}}, "value": all, all.clone(): all,
        });
        let mut body = item.clone();
        body["ok"] = json!(!self.turn.is_multiple_of(3));
        let status = STATUSES[self.turn % STATUSES.len()];
        // Who refuses may shorten what was sent, or write it in capitals.
        let error = if status >= 400 { format!("{} | {all}", cut.join(" | ")) } else { all.clone() };
        body["error"] = json!(error);
        body["errorMessages"] = json!([error]);
        body["issues"] = json!([item]);
        body["messages"] = json!([item]);
        body["channel"] = json!(all);
        body["message"] = item;
        Reply::new(status, body)
            .header("X-Echo", &all)
            .header("Location", format!("https://{}.example.com/{}", told[3].replace('%', "-"), told[3]))
            .header("Retry-After", if self.turn.is_multiple_of(2) { "0".to_owned() } else { told[3].clone() })
    }
}

struct World {
    http: Arc<HttpExecutor>,
    exec: Arc<ExecExecutor>,
}

impl Executors for World {
    fn executor(&self, kind: ExecutorKind) -> Arc<dyn Executor> {
        match kind {
            ExecutorKind::Http => self.http.clone(),
            ExecutorKind::Exec => self.exec.clone(),
            ExecutorKind::Human => Arc::new(HumanExecutor),
        }
    }
}

fn world(base: &str, folder: &Path) -> World {
    let secrets = Arc::new(RememberedSecrets::new(Arc::new(FixedSecrets::new(SECRETS))));
    let at = |roles: &[&str]| ConnectorSettings {
        base_url: Some(base.to_owned()),
        credentials: roles.iter().map(|r| ((*r).to_owned(), "credential".to_owned())).collect(),
        reach: Reach::Private,
        ..ConnectorSettings::default()
    };
    let connectors = [
        (name("jira"), at(&["email", "token"])),
        (name("slack"), at(&["bot_token"])),
        (name("linear"), at(&["api_key"])),
        (name("webhook"), at(&[])),
        (name("http"), at(&[])),
    ];
    let http = HttpSettings { connectors: connectors.into(), ..HttpSettings::default() };
    let exec = ExecSettings { allow: vec!["sh".into()], directory: folder.into(), ..ExecSettings::default() };
    let http = Arc::new(HttpExecutor::new(builtins(), http, secrets.clone()));
    let exec = Arc::new(ExecExecutor::new(exec, secrets));
    World { http, exec }
}

fn using(text: &str, resource: &str, with: Value) -> Activity {
    let connectors = builtins();
    let uses = uses(resource);
    let kind = &connectors[&uses.connector].resources[&uses.resource];
    let (effect, key, updatable) = (kind.effect, kind.key, kind.can_update);
    Activity { uses, effect, key, updatable, timeout_seconds: 5, ..activity(text, "ready", with) }
}

fn asking(text: &str, resource: &str, with: Value) -> Check {
    let question = Question::Probe { uses: uses(resource), with: Inputs { value: with, ..Inputs::default() } };
    Check { question, every_seconds: 60, timeout_seconds: 5, ..check(text, "value == 'never'", 0) }
}

/// Several of each kind, so that each meets many of the answers.
fn launch(base: &str) -> Launch {
    let mut launch = empty_launch("canary");
    launch.milestones = vec![milestone("ready", Phase::PreLaunch, "2027-03-31", &[])];
    let authorized = json!({"Authorization": {"secret": "header"}});
    let script = |end: &str| {
        let print = r#"printf '%s' "$TOKEN" | base64 >&2; printf 'it is %s\n' "$TOKEN" >&2; "#;
        let object = r#"printf '{"id":"%s","message":"%s","outputs":{"a":"%s"}}' "$TOKEN" "$TOKEN" "$TOKEN"; "#;
        json!({"command": ["sh", "-c", format!("{print}{object}{end}")], "env": {"TOKEN": {"secret": "variable"}}})
    };
    for n in 0..6 {
        let id = |kind: &str| format!("{kind}_{n}");
        launch.activities.extend([
            using(
                &id("issue"),
                "jira/issue",
                json!({"project": "ATL", "issue_type": "Task", "summary": format!("n {n}"), "description": {"secret": "header"}}),
            ),
            using(&id("ticket"), "linear/issue", json!({"team": "T", "title": {"secret": "header"}})),
            using(
                &id("post"),
                "slack/message",
                json!({"channel": "C024BE91L", "text": {"secret": "header"}}),
            ),
            using(&id("call"), "webhook/call", json!({"url": format!("{base}/{n}"), "headers": authorized})),
            using(
                &id("keyed"),
                "webhook/keyed_call",
                json!({"url": format!("{base}/{n}"), "body": {"pad": "y".repeat(200 + 13 * n), "token": {"secret": "header"}}}),
            ),
            using(
                &id("object"),
                "webhook/object",
                json!({"url": format!("{base}/{n}"), "headers": authorized, "body": {"a": {"secret": "header"}}}),
            ),
            using(&id("program"), "exec/command", script(["exit 0", "exit 1", "exit 75", "exit 76", "kill -9 $$", "exit 127"][n])),
        ]);
    }
    launch.milestones[0].checks = vec![
        asking("metric", "http/get", json!({"url": format!("{base}/metric"), "headers": authorized})),
        asking("jql", "jira/issue_count", json!({"jql": "x"})),
        asking("query", "exec/query", script("exit 0")),
        asking("failing", "exec/query", script("exit 1")),
    ];
    for activity in &mut launch.activities {
        if activity.effect == EffectClass::Once {
            activity.not_before = None;
        }
    }
    launch
}

/// All that is logged, however little.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every form in which a plan and a state are shown.
fn shown(plan: &Plan, header: &Header, events: &[launchd::core::model::event::Event]) -> String {
    let zone = chrono_tz::UTC;
    let view = View { width: 120, colour: true, all: true, brief: false, now: plan.now };
    let shown = Shown { plan, zone };
    let dates = dates(&plan.milestones, &std::collections::BTreeMap::new(), None, zone);
    let standing =
        Standing { shown, header, target: None, launched: None, forecast: None, readiness: None, dates: &dates };
    let mut all = text::canonical(plan);
    all += &human(&[shown], &view);
    all += &markdown::comment(&[shown], &view);
    all += &api::plan::document(&[shown], &view).pretty();
    all += &status::detail(&standing, None, &view);
    all += &why::launch(&shown, &view);
    for change in &plan.changes {
        all += &why::item(&shown, &change.subject, &view).unwrap_or_default();
    }
    all += &event::lines(events, |_| zone, &view);
    all
}

#[tokio::test]
async fn no_secret_reaches_anything_that_is_kept_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Echo { turn: 0, heard: String::new() }, None).await;
    for fault in [Fault::DropAfterCommit, Fault::CutShort, Fault::Other("<html>no</html>"), Fault::DropBefore] {
        server.fault("POST", fault);
    }
    let world = world(&server.base, folder.path());
    let kinds = builtins().into_iter().map(|(name, c)| (name, c.executor)).collect();
    let store = Arc::new(SqliteStore::open(&folder.path().join("state/state.db")).unwrap());
    let clock = Arc::new(VirtualClock::new(at("2027-03-29")));
    let engine = Engine::new(store.clone(), Arc::new(world), clock.clone(), "test", Actor("launchd".into()), kinds);
    let launch = Arc::new(launch(&server.base));
    let wanted = Wanted {
        name: launch.name.clone(),
        want: Want::Launch { launch: launch.clone(), revision: launch.revision() },
    };

    let canary = Canary::new();
    let mut reports: Vec<PassReport> = Vec::new();
    let halt = Halt::default();
    for _ in 0..12 {
        let pass = engine.pass(None, &wanted, Refresh::All, Until::OneWalk, &Silent, &halt);
        let report = pass.await.unwrap();
        let next = report.next.unwrap_or(clock.now());
        clock.advance_to(next.max(clock.now() + chrono::TimeDelta::minutes(5)));
        reports.push(report);
    }

    let events = store.events(None, 0, usize::MAX).await.unwrap();
    let state = store.state(&launch.name).await.unwrap();
    for report in &reports {
        for plan in report.walks.iter().map(|(p, _)| p).chain([&report.plan]) {
            canary.is_not_in("a plan", serde_json::to_string(plan).unwrap().as_bytes());
            canary.is_not_in("what people are shown", shown(plan, &state.header, &events).as_bytes());
        }
        canary.is_not_in("the summary of a walk", format!("{:?}", report.walks).as_bytes());
    }
    let told = serde_json::to_string(&events).unwrap();
    canary.is_not_in("the events", told.as_bytes());
    canary.is_not_in("the state", serde_json::to_string(&state).unwrap().as_bytes());
    canary.is_not_in("the log", &log.0.lock().unwrap());
    let on_disk = |when: &str| {
        let mut read = 0;
        for entry in fs::read_dir(folder.path().join("state")).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            canary.is_not_in(&format!("{} {when}", path.display()), &bytes);
            read += bytes.len();
        }
        read
    };
    assert!(on_disk("while it is open") > told.len() / 2, "the write-ahead log is there too");
    drop((engine, store));
    on_disk("after it was closed");

    // It was all tried: the vendor got each secret, echoed it, and launchd noticed.
    let heard = server.vendor(|v| v.heard.clone());
    for name in ["credential", "header"] {
        let escaped = secret(name);
        let basic = STANDARD.encode(format!("{escaped}:{escaped}"));
        assert!(heard.contains(escaped) || heard.contains(&basic), "{name} was never sent");
        assert!(told.contains(&format!("(secret {name})")), "{name} was never echoed");
    }
    assert!(told.contains("(secret variable)"), "no program printed its variable");
    for outcome in ["succeeded", "rejected", "retryable", "in_doubt"] {
        assert!(told.contains(&format!("\"outcome\":\"{outcome}\"")), "nothing ended {outcome}");
    }
    assert!(!log.0.lock().unwrap().is_empty(), "nothing was logged at the finest level");
}

#[test]
fn the_search_finds_a_secret_in_every_form_and_a_piece_of_it() {
    let canary = Canary::new();
    let found = |text: &str| std::panic::catch_unwind(|| Canary::new().is_not_in("x", text.as_bytes())).is_err();
    for (_, raw) in SECRETS {
        let encoded: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
        let basic = STANDARD.encode(format!("someone:{raw}"));
        for text in [raw, &raw[..12], &raw[20..], &encoded, &basic, &URL_SAFE_NO_PAD.encode(raw)] {
            assert!(found(&format!("before {text} after")), "{text}");
        }
    }
    canary.is_not_in("a text without", b"nothing of the kind, and (secret credential) is none");
}

#[test]
fn another_secret_is_a_change_that_shows_names_only() {
    let old = launch("https://hooks.example.com");
    let mut new = old.clone();
    new.activities.retain(|a| a.id == id("object_0"));
    let mut before = new.clone();
    before.activities[0].with.value["headers"]["Authorization"] = json!({"secret": "older"});
    let events = {
        use launchd::core::{
            model::{
                call::IntentId,
                event::EventKind,
                outcome::{Object, Outcome},
            },
            plan::{Action, Change, Reason, Target, effect::Subject},
        };
        let activity = &before.activities[0];
        let subject = Subject::desired(&before.name, activity, activity.with.value.clone(), &before.revision());
        let change = Change::new(Target::Activity(activity.id.clone()), "", Action::Create, Reason::NotThere);
        let (intent, _) = subject.effect(&change, &Default::default(), "main", at("2027-03-29")).unwrap();
        let outcome = Outcome::Succeeded { object: Object { id: "1".into(), done: true, ..Object::default() } };
        vec![
            EventKind::IntentOpened { intent },
            EventKind::OutcomeRecorded { activity: activity.id.clone(), intent: IntentId(1), outcome },
        ]
    };
    let state: LaunchState = state(&before, at("2027-03-29"), events);
    let header = state.header.clone();
    let observed = launchd::core::model::observed::Observed { state, ..Default::default() };
    let plan = plan(Desired::Launch { launch: &new, revision: &new.revision() }, &observed, at("2027-03-30"));
    let field = plan.changes.iter().flat_map(|c| &c.fields).find(|f| f.path == "headers.Authorization");
    assert!(field.is_some(), "a changed reference is a change: {}", text::canonical(&plan));
    let all = shown(&plan, &header, &[]);
    assert!(all.contains("older") && all.contains("header"), "{all}");
    Canary::new().is_not_in("a diff", all.as_bytes());
    assert_eq!(new.activities[0].key, KeySupport::Header { lifetime_seconds: None });
}
