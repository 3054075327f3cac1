//! Webhooks and plain addresses: nothing is known of the other side.

use std::collections::BTreeMap;

use launchd::{
    core::model::{call::Verb, outcome::Sighting},
    edges::executors::Executor,
};
use serde_json::{Value, json};

use super::{
    call, executor_with, found, in_doubt, local, rejected,
    server::{Fault, Received, Reply, Server, Vendor},
    succeeded,
};

/// Keeps what is PUT, and notes every call.
#[derive(Default)]
struct Anything {
    kept: BTreeMap<String, Value>,
    calls: usize,
}

impl Vendor for Anything {
    fn answer(&mut self, r: &Received) -> Reply {
        match r.method.as_str() {
            "POST" => {
                self.calls += 1;
                Reply::new(202, json!({"accepted": true}))
            }
            "PUT" => {
                self.kept.insert(r.path.clone(), r.body.clone());
                Reply::new(200, r.body.clone())
            }
            "DELETE" => Reply::new(if self.kept.remove(&r.path).is_some() { 204 } else { 404 }, Value::Null),
            _ => match self.kept.get(&r.path) {
                Some(body) => Reply::new(200, body.clone()),
                None => Reply::new(404, Value::Null),
            },
        }
    }
}

#[tokio::test]
async fn a_webhook_is_called_once_with_its_key_and_a_lost_answer_stays_in_doubt() {
    let server = Server::start(Anything::default(), None).await;
    let hook = executor_with("webhook", local());
    let call = call(
        "webhook/call",
        json!({"url": format!("{}/hook?a=b", server.base), "body": {"text": "hi"}, "headers": {"X-From": "launchd"}}),
    );
    succeeded(hook.act(Verb::Create, &call).await);
    let seen = &server.take()[0];
    assert_eq!(seen.headers["idempotency-key"], call.key.as_str());
    assert_eq!((seen.headers["x-from"].as_str(), &seen.body), ("launchd", &json!({"text": "hi"})));
    server.fault("POST", Fault::DropAfterCommit);
    in_doubt(hook.act(Verb::Create, &call).await);
    assert_eq!(hook.observe(&call).await, Sighting::Unobservable);
    server.assert_clean();
}

#[tokio::test]
async fn an_object_is_put_kept_changed_and_deleted() {
    let server = Server::start(Anything::default(), None).await;
    let rest = executor_with("webhook", local());
    let mut call = call("webhook/object", json!({"url": format!("{}/things", server.base), "body": {"n": 1}}));
    assert_eq!(rest.observe(&call).await, Sighting::Absent);
    let made = succeeded(rest.act(Verb::Create, &call).await);
    call.object_id = Some(made.id.clone());
    assert_eq!(found(rest.observe(&call).await), made);
    server.vendor(|v| v.kept.values_mut().for_each(|o| o["n"] = json!(2)));
    assert_eq!(found(rest.observe(&call).await).fields["body"], json!({"n": 2}));
    call.with["body"] = json!({"n": 3});
    assert_eq!(succeeded(rest.act(Verb::Update, &call).await).fields["body"], json!({"n": 3}));
    succeeded(rest.act(Verb::Delete, &call).await);
    assert_eq!(rest.observe(&call).await, Sighting::Absent);
    server.assert_clean();
}

#[tokio::test]
async fn an_address_is_asked_and_not_found_is_an_answer() {
    let server = Server::start(Anything::default(), None).await;
    server.vendor(|v| v.kept.insert("/health".into(), json!({"up": true})));
    let http = executor_with("http", local());
    let up = http.ask(&call("http/get", json!({"url": format!("{}/health", server.base)}))).await.unwrap();
    assert_eq!((up.value, &up.outputs["status"]), (json!({"up": true}), &json!(200)));
    let none = http.ask(&call("http/get", json!({"url": format!("{}/none", server.base)}))).await.unwrap();
    assert_eq!(none.outputs["status"], 404);
}

#[tokio::test]
async fn a_plan_reaches_no_private_address_unless_settings_say_so() {
    let server = Server::start(Anything::default(), None).await;
    let hook = executor_with("webhook", launchd::core::model::connector::ConnectorSettings::default());
    for url in
        [server.base.clone(), server.base.replace("127.0.0.1", "localhost"), "http://169.254.169.254/latest".into()]
    {
        let failure = rejected(hook.act(Verb::Create, &call("webhook/call", json!({"url": url}))).await);
        assert!(failure.summary.contains("may not be reached"), "{failure:?}");
    }
    assert!(server.lines().is_empty());
}
