//! What a vendor answers: a line with the call, then one answer after the other, over real HTTP on loopback.
//!
//! ```text
//! jira/issue observe
//! ===
//! 200
//! Link: <https://…>; rel="next"
//!
//! {"issues": []}
//! ```

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use launchd::{
    core::{
        manifest::connector::builtins,
        model::{
            activity::Uses,
            call::{Call, Verb},
            connector::{Connector, ConnectorSettings, HttpSettings, Reach},
            fingerprint::ExternalKey,
            name::Name,
        },
    },
    edges::executors::{Executor, http::HttpExecutor, secrets::FixedSecrets},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

pub fn try_on(bytes: &[u8]) {
    thread_local! {
        static VENDOR: RefCell<Option<Vendor>> = const { RefCell::new(None) };
    }
    VENDOR.with_borrow_mut(|vendor| vendor.get_or_insert_with(Vendor::start).try_on(bytes));
}

/// A server that answers what it was given.
struct Vendor {
    runtime: Runtime,
    base: String,
    answers: Answers,
    connectors: BTreeMap<Name, Arc<Connector>>,
    /// One for each connector, until an answer asks it to pause.
    executors: BTreeMap<Name, HttpExecutor>,
}

const SECRET: &str = "s3cr3t";

impl Vendor {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port on loopback");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let answers = Answers::default();
        let given = answers.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, given.clone()));
            }
        });
        Self { runtime, base, answers, connectors: builtins(), executors: BTreeMap::new() }
    }

    fn try_on(&mut self, bytes: &[u8]) {
        let mut parts = split(bytes);
        let line = String::from_utf8_lossy(parts.pop_front().unwrap_or_default()).into_owned();
        *self.answers.lock().expect("nobody panicked") = parts.into_iter().map(answer).collect();
        let call = self.call(&line);
        let name = call.uses.connector.clone();
        let has_credentials = !matches!(name.as_str(), "http" | "webhook");
        let executor = self.executors.remove(&name).unwrap_or_else(|| self.executor(&name, has_credentials));
        let told = self.runtime.block_on(async {
            match line.split_whitespace().nth(1) {
                Some("create") => format!("{:?}", executor.act(Verb::Create, &call).await),
                Some("update") => format!("{:?}", executor.act(Verb::Update, &call).await),
                Some("close") => format!("{:?}", executor.act(Verb::Close, &call).await),
                Some("delete") => format!("{:?}", executor.act(Verb::Delete, &call).await),
                Some("ask") => format!("{:?}", executor.ask(&call).await),
                _ => format!("{:?}", executor.observe(&call).await),
            }
        });
        // What was sent comes back as stars; what the call itself names is its own.
        assert!(!has_credentials || line.contains(SECRET) || !told.contains(SECRET), "a secret in {told}");
        if executor.pace().iter().all(|host| host.paused_for.is_none()) {
            self.executors.insert(name, executor);
        }
    }

    fn executor(&self, connector: &Name, has_credentials: bool) -> HttpExecutor {
        let settings = ConnectorSettings {
            base_url: has_credentials.then(|| self.base.clone()),
            credentials: ["email", "token", "api_key", "bot_token"]
                .into_iter()
                .map(|name| (name.to_owned(), "token".to_owned()))
                .collect(),
            reach: Reach::Private,
            ..ConnectorSettings::default()
        };
        let settings = HttpSettings { connectors: [(connector.clone(), settings)].into(), ..HttpSettings::default() };
        HttpExecutor::new(self.connectors.clone(), settings, Arc::new(FixedSecrets::new([("token", SECRET)])))
    }

    fn call(&self, line: &str) -> Call {
        let known = [
            ("jira/issue", json!({"project": "ATL", "issue_type": "Epic", "summary": "Atlas"})),
            ("jira/issue_count", json!({"jql": "project = ATL"})),
            ("linear/issue", json!({"team": "7a1b", "title": "Atlas"})),
            ("mailchimp/campaign", json!({"list": "customers", "subject": "It is here", "from_name": "Acme"})),
            ("mailchimp/report", json!({"campaign": "c1", "metric": "open_rate"})),
            ("slack/message", json!({"channel": "C024BE91L", "text": "Atlas is here"})),
            ("webhook/object", json!({"url": format!("{}/things", self.base), "body": {"n": 1}})),
            ("http/get", json!({"url": format!("{}/health", self.base)})),
        ];
        let wanted = line.split_whitespace().next().unwrap_or_default();
        let (uses, with) = known.iter().find(|(uses, _)| *uses == wanted).unwrap_or(&known[0]).clone();
        call(uses, with, line.split_whitespace().nth(2))
    }
}

fn call(uses: &str, with: Value, object: Option<&str>) -> Call {
    let (connector, resource) = uses.split_once('/').expect("two names");
    let (connector, resource) = (connector.parse().expect("a name"), resource.parse().expect("an id"));
    let launch: Name = "atlas".parse().expect("a name");
    Call {
        key: ExternalKey::new("test", &launch, &"epic".parse().expect("an id"), 0),
        launch,
        subject: "epic".into(),
        title: "Announce Atlas".into(),
        uses: Uses { connector, resource },
        object_id: object.map(str::to_owned),
        with,
        changed: Vec::new(),
        attempt: 1,
        now: "2027-03-18T08:00:00Z".parse().expect("a date"),
        due: None,
        timeout: Duration::from_millis(300),
        owner: None,
    }
}

/// The parts between lines of `===`.
fn split(bytes: &[u8]) -> VecDeque<&[u8]> {
    let mut parts = VecDeque::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(5).position(|w| w == b"\n===\n") {
        parts.push_back(&rest[..at]);
        rest = &rest[at + 5..];
    }
    parts.push_back(rest);
    parts
}

/// As it goes over the wire; its length is told truly, unless it tells it itself.
fn answer(part: &[u8]) -> Vec<u8> {
    let end = part.windows(2).position(|w| w == b"\n\n");
    let (head, body) = end.map_or((part, &b""[..]), |end| (&part[..end], &part[end + 2..]));
    let head = String::from_utf8_lossy(head).replace('\n', "\r\n");
    let length = match head.to_ascii_lowercase().contains("content-length") || head.contains("hunked") {
        true => String::new(),
        false => format!("\r\nContent-Length: {}", body.len()),
    };
    [format!("HTTP/1.1 {head}{length}\r\n\r\n").as_bytes(), body].concat()
}

/// Answers one request after the other; without an answer left, it hangs up.
async fn serve(stream: TcpStream, answers: Answers) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let next = answers.lock().expect("nobody panicked").pop_front();
        let Some(next) = next else { return Ok(()) };
        stream.write_all(&next).await?;
    }
}
