//! What a vendor can do wrong, and what may never get out.

use std::time::Duration;

use launchd::{
    core::model::{
        call::Verb,
        connector::http::{Auth, ClientCredentialsAuth},
        outcome::{Outcome, Sighting},
    },
    edges::executors::Executor,
};
use serde_json::{Value, json};

use super::{
    SECRET, call, executor, executor_with, in_doubt, local, rejected,
    server::{Fault, Received, Reply, Server, Vendor},
    settings,
};

/// Says the same to everyone, and repeats what it was told.
struct Parrot(u16);

impl Vendor for Parrot {
    fn answer(&mut self, r: &Received) -> Reply {
        let told: Vec<_> = r.headers.values().cloned().collect();
        Reply::new(self.0, json!({"errorMessages": [format!("{told:?} {}", r.body)]}))
    }
}

fn issue() -> launchd::core::model::call::Call {
    call(
        "jira/issue",
        json!({"project": "ATL", "issue_type": "Task", "summary": "x", "description": {"secret": "token"}}),
    )
}

#[tokio::test]
async fn a_vendor_that_repeats_the_secret_does_not_give_it_away() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    for status in [400, 401, 500, 200] {
        let server = Server::start(Parrot(status), None).await;
        let jira = executor("jira", &server.base, &["email", "token"]);
        let outcome = jira.act(Verb::Create, &issue()).await;
        let sighting = jira.observe(&issue()).await;
        let seen = format!("{outcome:?} {sighting:?}");
        let sent = format!("{:?}", server.take());
        let basic = STANDARD.encode(format!("{SECRET}:{SECRET}"));
        assert!(sent.contains(&basic) && sent.contains(SECRET), "the vendor did get it");
        let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        for form in [SECRET, &encoded, &basic] {
            assert!(!seen.contains(form), "{status}: {seen}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(Parrot(200), None).await;
    let server = Server::start(Parrot(200), None).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    for status in [301, 302, 307, 308] {
        let reply = Reply::new(status, Value::Null).header("Location", format!("{}/x", elsewhere.base));
        server.fault("POST", Fault::Answer(reply.clone()));
        rejected(jira.act(Verb::Create, &issue()).await);
        server.fault("POST", Fault::Answer(reply));
        assert!(matches!(jira.observe(&issue()).await, Sighting::Failed { .. }));
    }
    assert!(elsewhere.lines().is_empty());
    server.assert_clean();
}

#[tokio::test]
async fn a_vendor_out_of_reach_or_silent_is_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let jira = executor("jira", &format!("http://{closed}"), &["email", "token"]);
    assert!(matches!(jira.act(Verb::Create, &issue()).await, Outcome::Retryable { .. }), "nothing was sent");
    let server = Server::start(Parrot(200), None).await;
    let jira = executor("jira", &server.base, &["email", "token"]);
    server.fault("POST", Fault::SilentAfterCommit);
    let mut hasty = issue();
    hasty.timeout = Duration::from_millis(200);
    in_doubt(jira.act(Verb::Create, &hasty).await);
    server.fault("POST", Fault::Other("<html>proxy</html>"));
    in_doubt(jira.act(Verb::Create, &issue()).await);
    server.fault("POST", Fault::Other("<html>proxy</html>"));
    assert!(matches!(jira.observe(&issue()).await, Sighting::Failed { .. }), "never read as absence");
    server.fault("POST", Fault::Endless);
    assert!(matches!(jira.observe(&issue()).await, Sighting::Failed { .. }));
    server.assert_clean();
}

/// Gives out a new token each time, and accepts only the newest.
struct TokenServer(u32);

impl Vendor for TokenServer {
    fn answer(&mut self, r: &Received) -> Reply {
        if r.path == "/token" {
            self.0 += 1;
            return Reply::new(200, json!({"access_token": format!("fetched-token-{}", self.0), "expires_in": 3600}));
        }
        if r.headers.get("authorization").is_none_or(|a| *a != format!("Bearer fetched-token-{}", self.0)) {
            return Reply::new(401, json!({"errorMessages": ["expired"]}));
        }
        Reply::new(200, json!({"count": 7}))
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_kept_and_renewed_once_when_refused() {
    let server = Server::start(TokenServer(0), None).await;
    let mut settings = settings(&server.base, &["id", "secret"]);
    settings.auth = Some(Auth::Oauth2ClientCredentials(ClientCredentialsAuth {
        token_url: "/token".into(),
        client_id: "id".into(),
        client_secret: "secret".into(),
        scopes: vec!["read".into()],
    }));
    let jira = executor_with("jira", settings);
    let count = call("jira/issue_count", json!({"jql": "x"}));
    for _ in 0..2 {
        assert_eq!(jira.ask(&count).await.unwrap().value, json!(7));
    }
    assert_eq!(server.lines().iter().filter(|l| l.contains("/token")).count(), 1);
    // Revoked behind our back.
    server.vendor(|v| v.0 = 41);
    assert_eq!(jira.ask(&count).await.unwrap().value, json!(7));
    assert_eq!(server.lines().len(), 3, "refused, fetched, sent again");
    server.fault("approximate-count", Fault::Answer(Reply::new(401, json!({"errorMessages": ["no"]}))));
    server.fault("approximate-count", Fault::Answer(Reply::new(401, json!({"errorMessages": ["fetched-token-43"]}))));
    let failure = jira.ask(&count).await.unwrap_err();
    assert!(failure.summary.contains("does not accept the credentials"), "{failure:?}");
    assert!(!format!("{failure:?}").contains("fetched-token-43"));
    server.assert_clean();
}

#[tokio::test]
async fn a_secret_of_the_plan_goes_only_where_settings_bind_it() {
    let hook = executor_with("webhook", local());
    let with = json!({"url": "https://hooks.example.com/x", "headers": {"Authorization": {"secret": "token"}}});
    let failure = rejected(hook.act(Verb::Create, &call("webhook/call", with)).await);
    assert!(failure.detail.contains("say `hosts: [hooks.example.com]`"), "{}", failure.detail);
    let clear = json!({"url": "http://hooks.example.com/x", "headers": {"Authorization": {"secret": "token"}}});
    let failure = rejected(hook.act(Verb::Create, &call("webhook/call", clear)).await);
    assert!(failure.detail.contains("unencrypted"), "{}", failure.detail);
}
