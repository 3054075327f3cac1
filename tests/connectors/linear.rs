//! Linear: GraphQL, and an id that the client chooses.

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
    contract::GraphQlSchema,
    executor, found, in_doubt, rejected,
    server::{Contract, Fault, Received, Reply, Server, Vendor},
    succeeded,
};

#[derive(Default)]
struct Linear {
    issues: Vec<Value>,
}

impl Linear {
    fn state(kind: &str) -> Value {
        json!({"name": if kind == "completed" { "Done" } else { "Todo" }, "type": kind})
    }

    fn set(issue: &mut Value, input: &Value) {
        for (from, to) in
            [("title", "title"), ("description", "description"), ("priority", "priority"), ("dueDate", "dueDate")]
        {
            if let Some(value) = input.get(from) {
                issue[to] = value.clone();
            }
        }
        for (from, to) in [("assigneeId", "assignee"), ("projectId", "project"), ("parentId", "parent")] {
            if let Some(value) = input.get(from) {
                issue[to] = json!({"id": value});
            }
        }
        if let Some(labels) = input.get("labelIds").and_then(Value::as_array) {
            issue["labels"] = json!({"nodes": labels.iter().map(|l| json!({"id": l})).collect::<Vec<_>>()});
        }
        if input["stateId"] == "done-state" {
            issue["state"] = Self::state("completed");
        }
    }
}

impl Vendor for Linear {
    fn answer(&mut self, r: &Received) -> Reply {
        let error = |status, text: &str, code: &str| {
            Reply::new(
                status,
                json!({"data": null, "errors": [{"message": text, "extensions": {"code": code, "userPresentableMessage": text}}]}),
            )
        };
        if r.headers.get("authorization").is_none_or(|a| a.starts_with("Bearer")) {
            return error(401, "Authentication required, not authenticated", "AUTHENTICATION_ERROR");
        }
        let (query, vars) = (r.body["query"].as_str().unwrap(), &r.body["variables"]);
        let at = |issues: &[Value]| issues.iter().position(|i| i["id"] == vars["id"]);
        let done =
            |name: &str, id: &Value| Reply::new(200, json!({"data": {name: {"success": true, "issue": {"id": id}}}}));
        if query.contains("issueCreate") {
            let input = &vars["input"];
            if self.issues.iter().any(|i| i["id"] == input["id"]) {
                return error(200, "Entity with this id exists", "INPUT_ERROR");
            }
            let mut issue = json!({
                "id": input["id"], "identifier": "ATL-1", "url": "https://linear.app/acme/issue/ATL-1", "title": "", "description": null,
                "priority": 0, "dueDate": null, "assignee": null, "labels": {"nodes": []}, "project": null, "parent": null,
                "state": Self::state("unstarted"), "team": {"id": input["teamId"]},
            });
            Self::set(&mut issue, input);
            self.issues.push(issue);
            done("issueCreate", &input["id"]).header("X-RateLimit-Requests-Remaining", 1499)
        } else if query.contains("issueUpdate") {
            let Some(i) = at(&self.issues) else { return error(200, "Entity not found: Issue", "INPUT_ERROR") };
            Self::set(&mut self.issues[i], &vars["input"]);
            done("issueUpdate", &vars["id"])
        } else if query.contains("issueDelete") {
            self.issues.retain(|i| i["id"] != vars["id"]);
            Reply::new(200, json!({"data": {"issueDelete": {"success": true}}}))
        } else if query.contains("workflowStates") {
            let states = json!([{"id": "late-state", "name": "Shipped", "position": 9.0}, {"id": "done-state", "name": "Done", "position": 3.0}]);
            Reply::new(200, json!({"data": {"workflowStates": {"nodes": states}}}))
        } else {
            let nodes: Vec<_> = at(&self.issues).map(|i| self.issues[i].clone()).into_iter().collect();
            Reply::new(200, json!({"data": {"issues": {"nodes": nodes}}}))
        }
    }
}

fn contract() -> Option<Arc<dyn Contract>> {
    GraphQlSchema::load("linear", "schema.graphql").map(|c| Arc::new(c) as Arc<dyn Contract>)
}

fn issue() -> Call {
    call(
        "linear/issue",
        json!({
            "team": "9cfb482a-81e3-4154-b5b9-2c805e70a02d", "title": "Write the guide", "description": "For **all**.", "priority": 2,
            "due_date": "2027-03-18", "labels": ["l1"],
        }),
    )
}

#[tokio::test]
async fn an_issue_is_created_kept_changed_and_closed() {
    let server = Server::start(Linear::default(), contract()).await;
    let linear = executor("linear", &server.base, &["api_key"]);
    let mut call = issue();
    assert_eq!(linear.observe(&call).await, Sighting::Absent);
    let created = succeeded(linear.act(Verb::Create, &call).await);
    assert_eq!(created.id, call.key.uuid());
    assert_eq!(created.outputs["identifier"], "ATL-1");
    call.object_id = Some(created.id.clone());
    assert_eq!(found(linear.observe(&call).await), created);
    for field in ["title", "description", "priority", "due_date", "labels"] {
        assert_eq!(created.fields[field], call.with[field], "{field}");
    }
    server.vendor(|v| v.issues[0]["priority"] = json!(4));
    assert_eq!(found(linear.observe(&call).await).fields["priority"], 4);
    call.with["title"] = json!("Write the whole guide");
    let updated = succeeded(linear.act(Verb::Update, &call).await);
    assert_eq!((&updated.fields["title"], &updated.fields["priority"]), (&json!("Write the whole guide"), &json!(2)));
    assert!(!updated.done);
    assert!(succeeded(linear.act(Verb::Close, &call).await).done);
    succeeded(linear.act(Verb::Delete, &call).await);
    assert_eq!(linear.observe(&call).await, Sighting::Absent);
    server.assert_clean();
}

#[tokio::test]
async fn a_create_that_is_repeated_makes_no_second_issue() {
    let server = Server::start(Linear::default(), contract()).await;
    let linear = executor("linear", &server.base, &["api_key"]);
    server.fault("POST /", Fault::DropAfterCommit);
    in_doubt(linear.act(Verb::Create, &issue()).await);
    let again = succeeded(linear.act(Verb::Create, &issue()).await);
    assert_eq!(found(linear.observe(&issue()).await), again);
    assert_eq!(server.vendor(|v| v.issues.len()), 1);
    server.assert_clean();
}

#[tokio::test]
async fn errors_inside_a_200_are_told_by_their_code() {
    let server = Server::start(Linear::default(), contract()).await;
    let linear = executor("linear", &server.base, &["api_key"]);
    let error = |code: &str, status| {
        Fault::Answer(Reply::new(status, json!({"errors": [{"message": "no", "extensions": {"code": code}}]})))
    };
    server.fault("POST /", error("RATELIMITED", 400));
    assert!(matches!(linear.act(Verb::Create, &issue()).await, Outcome::Retryable { .. }));
    server.fault("POST /", error("INPUT_ERROR", 200));
    assert_eq!(rejected(linear.act(Verb::Create, &issue()).await).detail, "no (INPUT_ERROR)");
    server.fault("POST /", Fault::Answer(Reply::new(200, json!({"data": null}))));
    assert!(matches!(linear.observe(&issue()).await, Sighting::Failed { .. }), "an empty answer is no absence");
    let mut gone = issue();
    gone.object_id = Some("11111111-1111-4111-8111-111111111111".into());
    rejected(linear.act(Verb::Update, &gone).await);
    server.assert_clean();
}

#[test]
fn the_schema_of_linear_refuses_wrong_requests() {
    let Some(contract) = GraphQlSchema::load("linear", "schema.graphql") else { return };
    let request = |query: &str, variables: Value| Received {
        method: "POST".into(),
        path: "/".into(),
        query: Vec::new(),
        headers: Default::default(),
        body: json!({"query": query, "variables": variables}),
    };
    let create = "mutation M($input: IssueCreateInput!) { issueCreate(input: $input) { success } }";
    for wrong in [
        request("query Q { issues { nodes { titel } } }", json!({})),
        request(create, json!({})),
        request(create, json!({"input": {"title": "no team"}})),
        request(create, json!({"input": {"teamId": "t", "titel": "x"}})),
        request("mutation M { issueUpdate(id: \"x\") { success } }", json!({})),
        request("mutation M { issueDelete { success } }", json!({})),
        request("query Q { workflowStates(filter: { kind: 1 }) { nodes { id } } }", json!({})),
    ] {
        assert!(contract.request(&wrong).is_err(), "{}", wrong.body);
    }
    let good = request(create, json!({"input": {"teamId": "t", "title": "x"}}));
    contract.request(&good).unwrap();
    for body in [
        json!({"data": {"issueCreate": {"success": null}}}),
        json!({"data": {}}),
        json!({"data": {"issueCreate": {"success": true, "x": 1}}}),
    ] {
        assert!(contract.response(&good, &Reply::new(200, body.clone())).is_err(), "{body}");
    }
}
