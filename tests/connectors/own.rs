//! A connector that a user writes beside the plan files: the same path from the file to the vendor as the catalog's.

use std::{collections::BTreeMap, sync::Arc};

use launchd::{
    core::{
        manifest::{
            library::Library,
            node::FileId,
            read::{FileDocuments, read},
            resolve::load,
        },
        model::{
            call::Verb,
            connector::{Connector, ConnectorSettings, HttpSettings, Reach},
            launch::Policy,
            name::{Actor, Name},
            source::SourceFile,
        },
    },
    edges::{
        clock::VirtualClock,
        executors::{Executor, Executors, http::HttpExecutor, human::HumanExecutor, secrets::FixedSecrets},
        store::memory::MemoryStore,
    },
    reconcile::{Engine, Halt, Refresh, Silent, Until, Want, Wanted},
};
use serde_json::{Value, json};

use super::{
    SECRET, call, found, rejected,
    server::{Fault, Received, Reply, Server, Vendor},
    settings, succeeded,
};

/// A small customer system: things with a name and a mark, listed over several pages.
pub const CRM: &str = r#"
apiVersion: launchd/v1
kind: Connector
metadata: { name: crm }
spec:
  title: Our CRM
  http:
    base_url: https://crm.example.com
    auth: { bearer: { token: token } }
    errors: { message: body.problem }
  resources:
    segment:
      title: segment
      effect: converge
      key: { probe: { settle_seconds: 0 } }
      with:
        type: object
        additionalProperties: false
        required: [name]
        properties:
          name: { description: What people call it., type: string }
      find:
        request: { path: /segments, query: { page: "{{ page.number }}" } }
        items: body.items
        where: item.mark == label
        pages: { number: body.more }
      read: { request: { path: "/segments/{{ object.id }}" } }
      create:
        - request: { method: POST, path: /segments, body: { name: "{{ with.name }}", mark: "{{ label }}" } }
          id: body.id
          item: body
      update:
        - request: { method: PUT, path: "/segments/{{ object.id }}", body: { name: "{{ with.name }}", mark: "{{ label }}" } }
          item: body
      delete:
        - request: { method: DELETE, path: "/segments/{{ object.id }}" }
      object:
        id: item.id
        fields: { name: item.name }
"#;

const LAUNCH: &str = r#"
apiVersion: launchd/v1
kind: Launch
metadata: { name: atlas }
spec:
  title: Atlas
  launch_type: feature_update
  target_date: 2027-04-01T09:00
  timezone: UTC
  milestones:
    customers_known:
      due: T-1w
      activities:
        segment:
          uses: crm/segment
          with: { name: "Buyers of {{ launch.title }}" }
"#;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), bytes: text.as_bytes().into() }
}

/// Every connector of these files, and those of the catalog.
pub fn connectors(text: &str) -> BTreeMap<Name, Arc<Connector>> {
    let file = file("launches/crm.yaml", text);
    let documents: [FileDocuments<'_>; 1] = [read(&file, FileId(1000))];
    let (library, problems) = Library::build(&documents);
    assert!(problems.is_empty() && !documents[0].is_broken(), "{problems:?} {:?}", documents[0].diagnostics);
    library.connectors.iter().map(|(name, entry)| (name.clone(), Arc::clone(&entry.connector))).collect()
}

/// The executor with a connector of the user's, pointed at a fake.
pub fn own(text: &str, settings: ConnectorSettings) -> HttpExecutor {
    let connectors = connectors(text);
    let name = connectors.values().find(|c| !c.builtin).unwrap().name.clone();
    let settings = HttpSettings { connectors: [(name, settings)].into(), ..HttpSettings::default() };
    HttpExecutor::new(connectors, settings, Arc::new(FixedSecrets::new([("token", SECRET)])))
}

#[derive(Default)]
struct Crm(BTreeMap<String, Value>);

impl Vendor for Crm {
    fn answer(&mut self, r: &Received) -> Reply {
        if r.headers.get("authorization").is_none_or(|a| *a != format!("Bearer {SECRET}")) {
            return Reply::new(401, json!({"problem": "who are you?"}));
        }
        let id = r.path.strip_prefix("/segments/").map(str::to_owned);
        match (r.method.as_str(), id) {
            ("POST", None) => {
                let id = format!("s{}", self.0.len() + 1);
                let mut made = r.body.clone();
                made["id"] = json!(id);
                self.0.insert(id, made.clone());
                Reply::new(201, made)
            }
            ("GET", None) => {
                let page: usize = r.query("page").unwrap().parse().unwrap();
                let items: Vec<_> = self.0.values().skip((page - 1) * 2).take(2).collect();
                Reply::new(200, json!({"items": items, "more": self.0.len() > page * 2}))
            }
            (_, Some(id)) if !self.0.contains_key(&id) => Reply::new(404, json!({"problem": "no such segment"})),
            ("PUT", Some(id)) => {
                let mut made = r.body.clone();
                made["id"] = json!(id);
                self.0.insert(id, made.clone());
                Reply::new(200, made)
            }
            ("DELETE", Some(id)) => {
                self.0.remove(&id);
                Reply::new(204, Value::Null)
            }
            (_, id) => Reply::new(200, self.0[&id.unwrap()].clone()),
        }
    }
}

#[tokio::test]
async fn a_connector_of_the_repository_works_like_one_of_the_catalog() {
    let server = Server::start(Crm::default(), None).await;
    let others = |n: usize| (format!("s{n}"), json!({"id": format!("s{n}"), "name": "x", "mark": "by hand"}));
    server.vendor(|v| v.0.extend((1..=5).map(others)));
    let crm = own(CRM, settings(&server.base, &["token"]));
    let mut call = call("crm/segment", json!({"name": "Buyers"}));
    server.fault("POST", Fault::DropAfterCommit);
    super::in_doubt(crm.act(Verb::Create, &call).await);
    let made = found(crm.observe(&call).await);
    assert_eq!((made.id.as_str(), &made.fields["name"]), ("s6", &json!("Buyers")), "found on the third page");
    call.object_id = Some(made.id);
    call.with["name"] = json!("All buyers");
    assert_eq!(succeeded(crm.act(Verb::Update, &call).await).fields["name"], "All buyers");
    succeeded(crm.act(Verb::Delete, &call).await);
    assert_eq!(crm.observe(&call).await, launchd::core::model::outcome::Sighting::Absent);
    server.fault("POST", Fault::Answer(Reply::new(422, json!({"problem": "the name is taken"}))));
    assert_eq!(rejected(crm.act(Verb::Create, &call).await).detail, "the name is taken");
    server.assert_clean();
}

struct Only(Arc<HttpExecutor>);

impl Executors for Only {
    fn executor(&self, kind: launchd::core::model::connector::ExecutorKind) -> Arc<dyn Executor> {
        match kind {
            launchd::core::model::connector::ExecutorKind::Http => self.0.clone(),
            _ => Arc::new(HumanExecutor),
        }
    }
}

#[tokio::test]
async fn a_launch_uses_a_connector_that_stands_beside_it() {
    let server = Server::start(Crm::default(), None).await;
    let loaded = load(&[file("launches/atlas.yaml", LAUNCH), file("launches/crm.yaml", CRM)], &Policy::default());
    let launch = loaded.launches[0].launch.clone().unwrap_or_else(|| panic!("{:?}", loaded.launches[0].diagnostics));
    let kinds = connectors(CRM).into_iter().map(|(name, c)| (name, c.executor)).collect();
    let clock = Arc::new(VirtualClock::new("2027-03-20T00:00:00Z".parse().unwrap()));
    let executors = Arc::new(Only(Arc::new(own(CRM, settings(&server.base, &["token"])))));
    let engine =
        Engine::new(Arc::new(MemoryStore::default()), executors, clock, "test", Actor("launchd".into()), kinds);
    let want = Want::Launch { revision: launch.revision(), launch: launch.clone() };
    let wanted = Wanted { name: launch.name.clone(), want };
    for _ in 0..2 {
        engine.pass(None, &wanted, Refresh::All, Until::Settled, &Silent, &Halt::default()).await.unwrap();
        let made = server.vendor(|v| v.0.values().map(|s| s["name"].clone()).collect::<Vec<_>>());
        assert_eq!(made, ["Buyers of Atlas"]);
    }
    // Somebody renames it by hand: it is put back.
    server.vendor(|v| v.0.values_mut().for_each(|s| s["name"] = json!("Renamed")));
    engine.pass(None, &wanted, Refresh::All, Until::Settled, &Silent, &Halt::default()).await.unwrap();
    assert_eq!(server.vendor(|v| v.0["s1"]["name"].clone()), "Buyers of Atlas");
    server.assert_clean();
}

#[tokio::test]
async fn a_secret_of_the_repositorys_connector_goes_only_where_settings_bind_it() {
    // Its own file names the host, and anybody's pull request could name another.
    let here = ConnectorSettings { base_url: None, ..settings("", &["token"]) };
    let failure = rejected(own(CRM, here).act(Verb::Create, &call("crm/segment", json!({"name": "x"}))).await);
    assert_eq!(failure.summary, "a secret may not be sent there");
    assert!(failure.detail.contains("say `hosts: [crm.example.com]` for it in launchd.yaml"), "{}", failure.detail);
    // Moved to a host that the secret is not bound to.
    let connectors = connectors(CRM);
    for (base, expected) in [
        ("https://crm.example.net", "say `hosts: [crm.example.net]`"),
        ("http://crm.example.com", "use an https:// address"),
    ] {
        let moved = HttpSettings {
            connectors: [("crm".parse().unwrap(), settings(base, &["token"]))].into(),
            secret_hosts: [("token".to_owned(), vec!["crm.example.com".to_owned()])].into(),
            ..HttpSettings::default()
        };
        let crm = HttpExecutor::new(connectors.clone(), moved, Arc::new(FixedSecrets::new([("token", SECRET)])));
        let failure = rejected(crm.act(Verb::Create, &call("crm/segment", json!({"name": "x"}))).await);
        assert!(failure.detail.contains(expected), "{base}: {}", failure.detail);
    }
}

#[tokio::test]
async fn addresses_inside_are_reached_only_if_settings_say_so() {
    let server = Server::start(Crm::default(), None).await;
    let port = server.base.rsplit(':').next().unwrap().to_owned();
    let refused = [
        (format!("http://127.0.0.1:{port}"), Reach::Public, "loopback"),
        (format!("http://[::ffff:127.0.0.1]:{port}"), Reach::Public, "loopback"),
        (format!("http://2130706433:{port}"), Reach::Public, "loopback"),
        (format!("http://localhost:{port}"), Reach::Public, "loopback"),
        ("http://10.1.2.3".to_owned(), Reach::Public, "private"),
        ("http://192.168.0.1:8080".to_owned(), Reach::Public, "private"),
        ("http://[fd00::1]".to_owned(), Reach::Public, "private"),
        ("http://169.254.169.254/latest".to_owned(), Reach::Public, "link-local"),
        ("http://169.254.169.254/latest".to_owned(), Reach::Private, "link-local"),
        ("http://[fd00:ec2::254]".to_owned(), Reach::Private, "link-local"),
        ("http://0.0.0.0".to_owned(), Reach::Any, "reserved"),
    ];
    for (url, reach, kind) in refused {
        let settings = ConnectorSettings { reach, ..ConnectorSettings::default() };
        let hook = super::executor_with("webhook", settings);
        let failure = rejected(hook.act(Verb::Create, &call("webhook/call", json!({"url": url}))).await);
        assert!(failure.summary.contains("may not be reached") && failure.detail.contains(kind), "{url}: {failure:?}");
        let told_how = failure.detail.contains("allow_private_network: true");
        assert_eq!(told_how, matches!(kind, "loopback" | "private"), "{url}: {}", failure.detail);
    }
    assert!(server.lines().is_empty(), "nothing was sent");
    let inside = ConnectorSettings { reach: Reach::Private, ..ConnectorSettings::default() };
    let hook = super::executor_with("webhook", inside);
    let url = format!("http://localhost:{port}/x");
    hook.act(Verb::Create, &call("webhook/call", json!({"url": url}))).await;
    assert_eq!(server.lines(), ["POST /x"], "settings allow it");
}
