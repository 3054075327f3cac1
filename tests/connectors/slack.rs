//! Slack: errors inside a 200, and hardly a key.

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
    contract::SwaggerNames,
    executor, found, in_doubt, rejected,
    server::{Contract, Fault, Received, Reply, Server, Vendor},
    succeeded,
};

struct Slack {
    messages: Vec<Value>,
    may_read: bool,
}

impl Default for Slack {
    fn default() -> Self {
        Self { messages: Vec::new(), may_read: true }
    }
}

impl Vendor for Slack {
    fn answer(&mut self, r: &Received) -> Reply {
        let error = |code: &str| Reply::new(200, json!({"ok": false, "error": code}));
        if !r.headers.get("authorization").is_some_and(|a| a.starts_with("Bearer ")) {
            return error("not_authed");
        }
        let channel = r.body["channel"].as_str().or(r.query("channel")).unwrap_or_default();
        if channel != "C024BE91L" {
            return error("channel_not_found");
        }
        let at = self.messages.iter().position(|m| m["ts"] == r.body["ts"]);
        match r.path.as_str() {
            "/api/chat.postMessage" => {
                let ts = format!("1700000000.{:06}", self.messages.len());
                let message =
                    json!({"type": "message", "ts": ts, "text": r.body["text"], "metadata": r.body["metadata"]});
                self.messages.insert(0, message.clone());
                Reply::new(200, json!({"ok": true, "channel": channel, "ts": ts, "message": message}))
            }
            "/api/conversations.history" if !self.may_read => error("missing_scope"),
            "/api/conversations.history" => {
                let until = r.query("latest").unwrap_or("9");
                let limit = r.query("limit").unwrap().parse().unwrap();
                let shown: Vec<_> =
                    self.messages.iter().filter(|m| m["ts"].as_str().unwrap() <= until).take(limit).collect();
                Reply::new(
                    200,
                    json!({"ok": true, "messages": shown, "has_more": false, "pin_count": 0,
                    "channel_actions_ts": null, "channel_actions_count": 0}),
                )
            }
            "/api/chat.update" => {
                let Some(i) = at else { return error("message_not_found") };
                self.messages[i]["text"] = r.body["text"].clone();
                Reply::new(
                    200,
                    json!({"ok": true, "channel": channel, "ts": r.body["ts"], "text": r.body["text"], "message": {"text": r.body["text"]}}),
                )
            }
            "/api/chat.delete" => {
                let Some(i) = at else { return error("message_not_found") };
                let gone = self.messages.remove(i);
                Reply::new(200, json!({"ok": true, "channel": channel, "ts": gone["ts"]}))
            }
            _ => error("unknown_method"),
        }
    }
}

fn contract() -> Option<Arc<dyn Contract>> {
    SwaggerNames::load(
        "slack",
        "slack_web_openapi_v2.json",
        "/api",
        &["metadata", "include_all_metadata", "unfurl_links"],
    )
    .map(|c| Arc::new(c) as Arc<dyn Contract>)
}

async fn start() -> (Server<Slack>, launchd::edges::executors::http::HttpExecutor) {
    let server = Server::start(Slack::default(), contract()).await;
    let slack = executor("slack", &format!("{}/api", server.base), &["bot_token"]);
    (server, slack)
}

fn message() -> Call {
    call("slack/message", json!({"channel": "C024BE91L", "text": "Atlas is *here*"}))
}

#[tokio::test]
async fn a_message_is_posted_kept_changed_and_deleted() {
    let (server, slack) = start().await;
    let mut call = message();
    assert_eq!(slack.observe(&call).await, Sighting::Unobservable, "an opaque key cannot be denied");
    let posted = succeeded(slack.act(Verb::Create, &call).await);
    assert_eq!(posted.id, "C024BE91L/1700000000.000000");
    assert_eq!(posted.url.as_deref(), Some("https://slack.com/archives/C024BE91L/p1700000000000000"));
    call.object_id = Some(posted.id.clone());
    assert_eq!(found(slack.observe(&call).await), posted);
    server.vendor(|v| v.messages[0]["text"] = json!("edited"));
    assert_eq!(found(slack.observe(&call).await).fields["text"], "edited");
    call.with["text"] = json!("Atlas is here, now");
    assert_eq!(succeeded(slack.act(Verb::Update, &call).await).fields["text"], "Atlas is here, now");
    succeeded(slack.act(Verb::Delete, &call).await);
    assert_eq!(slack.observe(&call).await, Sighting::Absent);
    succeeded(slack.act(Verb::Delete, &call).await);
    server.assert_clean();
}

#[tokio::test]
async fn a_lost_answer_is_confirmed_by_the_history_or_stays_in_doubt() {
    let (server, slack) = start().await;
    server.fault("chat.postMessage", Fault::DropAfterCommit);
    let failure = in_doubt(slack.act(Verb::Create, &message()).await);
    assert!(failure.request.unwrap().contains("Atlas is *here*"), "a person can tell what to look for");
    assert_eq!(found(slack.observe(&message()).await).id, "C024BE91L/1700000000.000000");
    server.vendor(|v| v.may_read = false);
    assert_eq!(slack.observe(&message()).await, Sighting::Unobservable, "a bot that may only write");
    assert_eq!(server.vendor(|v| v.messages.len()), 1);
    server.assert_clean();
}

#[tokio::test]
async fn errors_inside_a_200_are_told_by_their_code() {
    let (server, slack) = start().await;
    let mut elsewhere = message();
    elsewhere.with["channel"] = json!("C000000000");
    assert_eq!(rejected(slack.act(Verb::Create, &elsewhere).await).detail, "channel_not_found");
    let error = |code: &str| Fault::Answer(Reply::new(200, json!({"ok": false, "error": code})));
    server.fault("chat.postMessage", error("internal_error"));
    in_doubt(slack.act(Verb::Create, &message()).await);
    server.fault("chat.postMessage", error("ratelimited"));
    assert!(matches!(slack.act(Verb::Create, &message()).await, Outcome::Retryable { .. }));
    let busy = Reply::new(429, json!({"ok": false, "error": "ratelimited"})).header("Retry-After", 30);
    server.fault("chat.postMessage", Fault::Answer(busy));
    let Outcome::Retryable { after_seconds, .. } = slack.act(Verb::Create, &message()).await else { panic!() };
    assert_eq!(after_seconds, Some(30));
    assert_eq!(server.vendor(|v| v.messages.len()), 0);
    server.take();
    let Outcome::Retryable { after_seconds, .. } = slack.act(Verb::Create, &message()).await else { panic!() };
    assert!(after_seconds.is_some_and(|s| (25..=31).contains(&s)), "the whole host pauses: {after_seconds:?}");
    assert!(server.lines().is_empty(), "and nothing is sent");
    assert!(slack.pace()[0].paused_for.is_some());
}

#[test]
fn the_description_of_slack_refuses_wrong_requests() {
    let Some(contract) = SwaggerNames::load("slack", "slack_web_openapi_v2.json", "/api", &["metadata"]) else {
        return;
    };
    let request = |method: &str, path: &str, body: Value| Received {
        method: method.into(),
        path: path.into(),
        query: Vec::new(),
        headers: Default::default(),
        body,
    };
    for wrong in [
        request("POST", "/api/chat.postMessage", json!({"text": "no channel"})),
        request("POST", "/api/chat.postMessage", json!({"channel": "C", "txt": "x"})),
        request("POST", "/api/chat.update", json!({"channel": "C", "text": "no ts"})),
        request("POST", "/api/chat.delete", json!({"channel": "C", "time": 1})),
        request("POST", "/api/conversations.history", json!({})),
        request("GET", "/api/chat.postMessage", Value::Null),
    ] {
        assert!(contract.request(&wrong).is_err(), "{wrong:?}");
    }
}
