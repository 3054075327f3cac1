//! Jira Cloud: found by a label, closed by a transition.

use std::sync::Arc;

use launchd::{
    core::model::{
        call::{Call, Verb},
        outcome::{Outcome, Sighting},
    },
    edges::executors::Executor,
};
use serde_json::{Value, json};

use super::{
    call,
    contract::OpenApi,
    executor, found, in_doubt, rejected,
    server::{Contract, Fault, Received, Reply, Server, Vendor},
    succeeded,
};

#[derive(Default)]
struct Jira {
    issues: Vec<Value>,
    /// Issues that the search does not show yet.
    lag: usize,
}

impl Jira {
    fn status(done: bool) -> Value {
        let (name, key) = if done { ("Done", "done") } else { ("To Do", "new") };
        json!({"name": name, "id": "1", "statusCategory": {"key": key}})
    }
}

impl Vendor for Jira {
    fn answer(&mut self, r: &Received) -> Reply {
        let error = |status, text: &str| Reply::new(status, json!({"errorMessages": [text], "errors": {}}));
        if !r.headers.get("authorization").is_some_and(|a| a.starts_with("Basic ")) {
            return error(401, "You are not authenticated.");
        }
        let rest = r.path.strip_prefix("/rest/api/3/").unwrap_or_default();
        let parts: Vec<_> = rest.split('/').collect();
        let at = |id: &str, issues: &[Value]| issues.iter().position(|i| i["key"] == id);
        match (r.method.as_str(), &parts[..]) {
            ("POST", ["search", "jql"]) => {
                let jql = r.body["jql"].as_str().unwrap();
                let label = jql.split('"').nth(1).unwrap();
                let seen = self.issues.iter().take(self.issues.len().saturating_sub(self.lag));
                let hits: Vec<_> =
                    seen.filter(|i| i["fields"]["labels"].as_array().unwrap().contains(&json!(label))).collect();
                Reply::new(200, json!({"issues": hits, "isLast": true}))
            }
            ("POST", ["search", "approximate-count"]) => Reply::new(200, json!({"count": self.issues.len()})),
            ("POST", ["issue"]) => {
                let mut fields = r.body["fields"].clone();
                if fields["summary"].as_str().is_none_or(str::is_empty) {
                    return Reply::new(
                        400,
                        json!({"errorMessages": [], "errors": {"summary": "You must specify a summary of the issue."}}),
                    );
                }
                fields["status"] = Self::status(false);
                let number = self.issues.len() + 1;
                let (id, key) = (format!("{}", 10_000 + number), format!("ATL-{number}"));
                let me = format!("https://acme.atlassian.net/rest/api/3/issue/{id}");
                self.issues.push(json!({"id": id, "key": key, "self": me, "fields": fields}));
                Reply::new(201, json!({"id": id, "key": key, "self": me})).header("X-RateLimit-Remaining", 99)
            }
            (method, ["issue", id, more @ ..]) => {
                let Some(i) = at(id, &self.issues) else {
                    return error(404, "Issue does not exist or you do not have permission to see it.");
                };
                match (method, more) {
                    ("GET", []) => Reply::new(200, self.issues[i].clone()),
                    ("DELETE", []) => {
                        self.issues.remove(i);
                        Reply::new(204, Value::Null)
                    }
                    ("PUT", []) => {
                        for (name, value) in r.body["fields"].as_object().unwrap() {
                            self.issues[i]["fields"][name] = value.clone();
                        }
                        Reply::new(204, Value::Null)
                    }
                    ("GET", ["transitions"]) => Reply::new(
                        200,
                        json!({"transitions": [
                            {"id": "11", "name": "Start", "to": {"name": "Doing", "statusCategory": {"key": "indeterminate"}}},
                            {"id": "31", "name": "Finish", "to": Self::status(true)},
                        ]}),
                    ),
                    ("POST", ["transitions"]) if r.body["transition"]["id"] == "31" => {
                        self.issues[i]["fields"]["status"] = Self::status(true);
                        Reply::new(204, Value::Null)
                    }
                    _ => error(400, "It is not on the appropriate screen, or unknown."),
                }
            }
            _ => error(404, "dead link"),
        }
    }
}

fn contract() -> Option<Arc<dyn Contract>> {
    OpenApi::load("jira", "platform-swagger-v3.json", "").map(|c| Arc::new(c) as Arc<dyn Contract>)
}

fn epic() -> Call {
    call(
        "jira/issue",
        json!({
            "project": "ATL", "issue_type": "Epic", "summary": "Atlas: readiness", "description": "First.\n\nSecond.",
            "labels": ["q2"], "due_date": "2027-03-18", "components": ["api"], "fields": {"customfield_1": "x"},
        }),
    )
}

#[tokio::test]
async fn an_issue_is_created_kept_changed_and_closed() {
    let server = Server::start(Jira::default(), contract()).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    let mut call = epic();
    assert_eq!(jira.observe(&call).await, Sighting::Absent);
    let created = succeeded(jira.act(Verb::Create, &call).await);
    assert_eq!(created.url.as_deref(), Some("https://acme.atlassian.net/browse/ATL-1"));
    call.object_id = Some(created.id.clone());
    assert_eq!(found(jira.observe(&call).await), created, "read back right after, nothing drifted");
    for field in ["summary", "description", "labels", "due_date", "components"] {
        assert_eq!(created.fields[field], call.with[field], "{field}");
    }
    assert!(!created.done);

    server.vendor(|v| v.issues[0]["fields"]["summary"] = json!("renamed by a person"));
    let drifted = found(jira.observe(&call).await);
    assert_eq!(drifted.fields["summary"], "renamed by a person");
    assert_eq!(drifted.fields["description"], created.fields["description"]);
    call.with["summary"] = json!("Atlas: ready");
    assert_eq!(succeeded(jira.act(Verb::Update, &call).await).fields["summary"], "Atlas: ready");
    let label = server.vendor(|v| v.issues[0]["fields"]["labels"].clone());
    assert!(label.as_array().unwrap().len() == 2, "an update keeps launchd's own label: {label}");

    assert!(succeeded(jira.act(Verb::Close, &call).await).done);
    server.take();
    assert!(succeeded(jira.act(Verb::Close, &call).await).done);
    assert!(server.lines().iter().all(|l| l.starts_with("GET")), "a closed issue is not moved again");
    succeeded(jira.act(Verb::Delete, &call).await);
    assert_eq!(jira.observe(&call).await, Sighting::Absent);
    succeeded(jira.act(Verb::Delete, &call).await);
    server.assert_clean();
}

#[tokio::test]
async fn an_issue_whose_answer_was_lost_is_found_by_its_label() {
    for fault in [Fault::DropAfterCommit, Fault::CutShort, Fault::Endless] {
        let server = Server::start(Jira::default(), contract()).await;
        let jira = executor("jira", &server.base, &["email", "token"]);
        server.fault("POST /rest/api/3/issue", fault.clone());
        let failure = in_doubt(jira.act(Verb::Create, &epic()).await);
        assert!(failure.request.unwrap().starts_with("POST http://127.0.0.1"), "{fault:?}");
        server.vendor(|v| v.lag = 1);
        assert_eq!(jira.observe(&epic()).await, Sighting::Absent, "the search lags");
        server.vendor(|v| v.lag = 0);
        assert_eq!(found(jira.observe(&epic()).await).id, "ATL-1");
        assert_eq!(server.vendor(|v| v.issues.len()), 1);
        server.assert_clean();
    }
}

#[tokio::test]
async fn a_label_that_only_looks_alike_is_not_ours() {
    let server = Server::start(Jira::default(), contract()).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    succeeded(jira.act(Verb::Create, &epic()).await);
    let mut other = epic();
    other.key = launchd::core::model::fingerprint::ExternalKey::new(
        "test",
        &"atlas".parse().unwrap(),
        &"other".parse().unwrap(),
        0,
    );
    assert_eq!(jira.observe(&other).await, Sighting::Absent);
    server.assert_clean();
}

#[tokio::test]
async fn jira_says_which_field_it_refuses() {
    let server = Server::start(Jira::default(), contract()).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    let mut call = epic();
    call.with["summary"] = json!("");
    let failure = rejected(jira.act(Verb::Create, &call).await);
    assert!(failure.detail.contains("summary You must specify a summary"), "{}", failure.detail);
    assert_eq!(failure.status, Some(400));
    server.assert_clean();
}

#[tokio::test]
async fn a_missing_credential_is_named() {
    let server = Server::start(Jira::default(), None).await;
    let jira = executor("jira", &server.base, &["email"]);
    let Outcome::Rejected { failure } = jira.act(Verb::Create, &epic()).await else { panic!() };
    assert!(failure.detail.contains("Jira Cloud needs the credential `token`"), "{}", failure.detail);
    assert!(server.lines().is_empty());
}

#[tokio::test]
async fn a_number_of_issues_is_a_reading() {
    let server = Server::start(Jira::default(), contract()).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    succeeded(jira.act(Verb::Create, &epic()).await);
    let reading = jira.ask(&call("jira/issue_count", json!({"jql": "project = ATL"}))).await.unwrap();
    assert_eq!(reading.value, json!(1));
    server.assert_clean();
}

#[test]
fn the_description_of_jira_refuses_wrong_requests() {
    let Some(contract) = OpenApi::load("jira", "platform-swagger-v3.json", "") else { return };
    let request = |method: &str, path: &str, query: &[(&str, &str)], body: Value| Received {
        method: method.into(),
        path: path.into(),
        query: query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        headers: Default::default(),
        body,
    };
    let wrong = [
        request("POST", "/rest/api/3/issue", &[], json!({"fields": ["summary"]})),
        request("POST", "/rest/api/3/issue", &[], Value::Null),
        request("PUT", "/rest/api/3/issue/ATL-1", &[], json!({"fields": "summary"})),
        request("POST", "/rest/api/3/issue/ATL-1/transitions", &[], json!({"transition": {"id": 31}})),
        request("GET", "/rest/api/3/issue/ATL-1", &[("feilds", "status")], Value::Null),
        request("GET", "/rest/api/3/issue/ATL-1/transition", &[], Value::Null),
        request("POST", "/rest/api/3/search/jql", &[], json!({"jql": "x", "max": 1})),
        request("POST", "/rest/api/3/search/approximate-count", &[], json!({"jql": 1})),
    ];
    for request in wrong {
        assert!(contract.request(&request).is_err(), "{request:?}");
    }
    let create = request("POST", "/rest/api/3/issue", &[], Value::Null);
    assert!(contract.response(&create, &Reply::new(201, json!({"id": 1}))).is_err());
}
