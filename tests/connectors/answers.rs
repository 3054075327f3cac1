//! What each kind of answer means, over the wire: pages, keys, tokens, and vendors that misbehave.

use std::time::Duration;

use launchd::{
    core::model::{
        call::{Call, Verb},
        connector::{
            ConnectorSettings,
            http::{Auth, RefreshTokenAuth},
        },
        outcome::{Outcome, Sighting},
    },
    edges::executors::Executor,
};
use serde_json::{Value, json};

use super::{
    call, executor_with, found, in_doubt, local,
    own::own,
    rejected,
    server::{Fault, Received, Reply, Server, Vendor},
    settings, succeeded,
};

/// A connector whose search goes over pages in one of the ways there are.
fn paged(pages: &str, query: &str) -> String {
    format!(
        r#"
apiVersion: launchd/v1
kind: Connector
metadata: {{ name: lists }}
spec:
  title: Lists
  http: {{}}
  resources:
    thing:
      title: thing
      effect: converge
      key: {{ probe: {{ settle_seconds: 0 }} }}
      with: {{ type: object, additionalProperties: false, properties: {{}} }}
      find:
        request: {{ path: /things, query: {{ {query} }} }}
        items: body.things
        where: item.mark == label
        pages: {pages}
      create: [{{ request: {{ method: POST, path: /things }} }}]
      object: {{ id: item.id }}
"#
    )
}

/// Seven things, two a page, reached in every way.
struct Pages {
    label: String,
    /// Where the Link header points, instead of here.
    elsewhere: Option<String>,
    endless: bool,
}

impl Vendor for Pages {
    fn answer(&mut self, r: &Received) -> Reply {
        let number = |name: &str| r.query(name).and_then(|v| v.parse::<usize>().ok());
        let first = match (number("offset"), number("page"), r.query("cursor")) {
            (Some(offset), _, _) => offset,
            (_, Some(page), _) => (page - 1) * 2,
            (_, _, Some(cursor)) => cursor.strip_prefix("after ").unwrap().parse().unwrap(),
            _ => 0,
        };
        let mark = |n: usize| if n == 6 && !self.endless { self.label.clone() } else { "other".into() };
        let things: Vec<_> = (first..first + 2).map(|n| json!({"id": n, "mark": mark(n)})).collect();
        let more = self.endless || first + 2 < 8;
        let next = more.then(|| format!("after {}", first + 2));
        let reply = Reply::new(200, json!({"things": things, "next": next, "more": more}));
        let host = self.elsewhere.clone().unwrap_or_default();
        match more {
            true => reply.header("Link", format!("<{host}/things?cursor=after+{}>; rel=\"next\"", first + 2)),
            false => reply,
        }
    }
}

const WAYS: [(&str, &str); 4] = [
    ("{ cursor: body.next }", "cursor: '{{ page.cursor }}'"),
    ("link", ""),
    ("{ number: body.more }", "page: '{{ page.number }}'"),
    ("{ offset: body.more }", "offset: '{{ page.offset }}'"),
];

fn thing() -> Call {
    call("lists/thing", json!({}))
}

async fn pages(endless: bool, elsewhere: Option<String>) -> Server<Pages> {
    Server::start(Pages { label: format!("launchd-{}", thing().key), elsewhere, endless }, None).await
}

#[tokio::test]
async fn an_object_is_found_on_a_later_page_in_every_way_of_paging() {
    for (way, query) in WAYS {
        let server = pages(false, None).await;
        let lists = own(&paged(way, query), settings(&server.base, &[]));
        assert_eq!(found(lists.observe(&thing()).await).id, "6", "{way}");
        assert_eq!(server.lines().len(), 4, "{way}");
        let mut other = thing();
        other.key = call("lists/thing", json!({})).key;
        server.vendor(|v| v.label = "another".into());
        assert_eq!(lists.observe(&other).await, Sighting::Absent, "{way}: only after the last page");
        assert_eq!(server.lines().len(), 4, "{way}");
    }
}

#[tokio::test]
async fn a_page_that_fails_and_a_list_without_end_are_never_absence() {
    for (way, query) in WAYS {
        let server = pages(true, None).await;
        let lists = own(&paged(way, query), settings(&server.base, &[]));
        let Sighting::Failed { failure } = lists.observe(&thing()).await else { panic!("{way}") };
        assert_eq!(failure.summary, "the search has no end", "{way}");
        assert_eq!(server.lines().len(), 50, "{way}");
    }
    let server = pages(false, None).await;
    let lists = own(&paged("link", ""), settings(&server.base, &[]));
    server.fault(
        "GET",
        Fault::Answer(Reply::new(200, json!({"things": []})).header("Link", "</things?cursor=after+2>; rel=next")),
    );
    server.fault("GET", Fault::Answer(Reply::new(500, Value::Null)));
    assert!(matches!(lists.observe(&thing()).await, Sighting::Failed { .. }));
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked() {
    let elsewhere = pages(false, None).await;
    let server = pages(false, Some(elsewhere.base.clone())).await;
    let lists = own(&paged("link", ""), settings(&server.base, &[]));
    let Sighting::Failed { failure } = lists.observe(&thing()).await else { panic!() };
    assert!(failure.detail.contains("on another host"), "{failure:?}");
    assert!(elsewhere.lines().is_empty());
}

/// Accepts anything once for each key, and says which keys it knows.
#[derive(Default)]
struct Keyed(Vec<String>);

impl Vendor for Keyed {
    fn answer(&mut self, r: &Received) -> Reply {
        let key = r.headers.get("idempotency-key").cloned().unwrap_or_default();
        if !self.0.contains(&key) {
            self.0.push(key);
        }
        Reply::new(200, json!({"ok": true}))
    }
}

#[tokio::test]
async fn a_repeated_call_carries_the_key_of_the_first() {
    for resource in ["webhook/keyed_call", "webhook/call"] {
        let server = Server::start(Keyed::default(), None).await;
        let hook = executor_with("webhook", local());
        let mut call = call(resource, json!({"url": format!("{}/x", server.base), "body": {"n": 1}}));
        server.fault("POST", Fault::DropAfterCommit);
        in_doubt(hook.act(Verb::Create, &call).await);
        call.attempt = 2;
        call.now += chrono::TimeDelta::hours(1);
        succeeded(hook.act(Verb::Create, &call).await);
        let keys: Vec<_> = server.take().iter().map(|r| r.headers["idempotency-key"].clone()).collect();
        assert_eq!(keys, [call.key.as_str(), call.key.as_str()], "{resource}");
        assert_eq!(server.vendor(|v| v.0.len()), 1, "{resource}: the vendor sees one");
        let mut other = call;
        other.key = launchd::core::model::fingerprint::ExternalKey::new(
            "test",
            &"atlas".parse().unwrap(),
            &"epic".parse().unwrap(),
            1,
        );
        succeeded(hook.act(Verb::Create, &other).await);
        assert_eq!(server.vendor(|v| v.0.len()), 2, "{resource}: another incarnation is another effect");
    }
}

/// Gives a token for a refresh token that it rotates each time, and takes each refresh token once.
struct Rotating(u32);

impl Vendor for Rotating {
    fn answer(&mut self, r: &Received) -> Reply {
        if r.path == "/token" {
            let form = r.body.as_str().unwrap_or_default().to_owned();
            let first = if self.0 == 0 { "first%2Brefresh".to_owned() } else { format!("rotated-refresh-{}", self.0) };
            let good = form.contains("grant_type=refresh_token")
                && form.contains(&format!("refresh_token={first}"))
                && form.contains("client_id=me")
                && !form.contains("client_secret")
                && form.contains("scope=read+write");
            if !good {
                return Reply::new(400, json!({"error": "invalid_grant", "error_description": format!("not {form}")}));
            }
            self.0 += 1;
            let refresh = format!("rotated-refresh-{}", self.0);
            let token = format!("access-token-{}", self.0);
            return Reply::new(200, json!({"access_token": token, "refresh_token": refresh, "expires_in": 3600}));
        }
        let good = r.headers.get("authorization").is_some_and(|a| *a == format!("Bearer access-token-{}", self.0));
        if good { Reply::new(200, json!({"count": 7})) } else { Reply::new(401, json!({"errorMessages": ["old"]})) }
    }
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_and_its_successor_kept() {
    use launchd::{
        core::{manifest::connector::builtins, model::connector::HttpSettings},
        edges::executors::{http::HttpExecutor, secrets::FixedSecrets},
    };
    let server = Server::start(Rotating(0), None).await;
    let jira = ConnectorSettings {
        base_url: Some(server.base.clone()),
        auth: Some(Auth::Oauth2RefreshToken(RefreshTokenAuth {
            token_url: "/token".into(),
            client_id: "id".into(),
            client_secret: None,
            refresh_token: "refresh".into(),
            scopes: vec!["read".into(), "write".into()],
        })),
        credentials: [("id".to_owned(), "client".to_owned()), ("refresh".to_owned(), "refresh".to_owned())].into(),
        ..ConnectorSettings::default()
    };
    let settings = HttpSettings { connectors: [("jira".parse().unwrap(), jira)].into(), ..HttpSettings::default() };
    let secrets = FixedSecrets::new([("client", "me"), ("refresh", "first+refresh")]);
    let jira = HttpExecutor::new(builtins(), settings, std::sync::Arc::new(secrets));
    let count = call("jira/issue_count", json!({"jql": "x"}));
    assert_eq!(jira.ask(&count).await.unwrap().value, json!(7));
    assert_eq!(jira.ask(&count).await.unwrap().value, json!(7));
    assert_eq!(server.lines().iter().filter(|l| l.contains("/token")).count(), 1, "kept until it expires");
    // Refused: renewed with the rotated refresh token, not the one of the settings.
    server.fault("approximate-count", Fault::Answer(Reply::new(401, json!({"errorMessages": ["revoked"]}))));
    assert_eq!(jira.ask(&count).await.unwrap().value, json!(7));
    assert_eq!(server.vendor(|v| v.0), 2);
    // Then its own server no longer takes it: a person must sign in anew, and no token is told.
    server.vendor(|v| v.0 = 40);
    let failure = jira.ask(&count).await.unwrap_err();
    assert_eq!(failure.summary, "the token server refused the credentials");
    let told = format!("{failure:?}");
    assert!(!told.contains("rotated-refresh") && told.contains("(secret refresh token)"), "{told}");
    server.assert_clean();
}

/// Says yes to everything.
struct Yes;

impl Vendor for Yes {
    fn answer(&mut self, _: &Received) -> Reply {
        Reply::new(200, json!({"up": true}))
    }
}

fn post(base: &str) -> Call {
    call("webhook/call", json!({"url": format!("{base}/x")}))
}

#[tokio::test]
async fn each_answer_is_what_the_executor_promises_it_to_be() {
    let server = Server::start(Yes, None).await;
    let hook = executor_with("webhook", local());
    let http = executor_with("http", local());
    let get = call("http/get", json!({"url": format!("{}/x", server.base)}));
    let elsewhere = Server::start(Yes, None).await;
    let answer = |status: u16| Fault::Answer(Reply::new(status, json!({"error": "told"})));
    let with = |status: u16, name: &str, value: &str| {
        Fault::Answer(Reply::new(status, json!({"error": "told"})).header(name, value))
    };
    let away = format!("{}/y", elsewhere.base);
    let cases = [
        (answer(400), "rejected"),
        (answer(401), "rejected"),
        (answer(403), "rejected"),
        (answer(404), "rejected"),
        (answer(409), "rejected"),
        (answer(422), "rejected"),
        (with(302, "Location", &away), "rejected"),
        (with(307, "Location", &away), "rejected"),
        (with(307, "Location", "/there"), "rejected"),
        (with(303, "Location", &away), "in_doubt"),
        (answer(408), "retryable -"),
        (answer(425), "retryable -"),
        (answer(429), "retryable -"),
        (with(429, "Retry-After", "0"), "retryable 0"),
        (with(429, "Retry-After", "soon"), "retryable -"),
        (with(503, "Retry-After", "0"), "retryable 0"),
        (answer(500), "in_doubt"),
        (answer(502), "in_doubt"),
        (answer(503), "in_doubt"),
        (Fault::DropBefore, "in_doubt"),
        (Fault::DropAfterCommit, "in_doubt"),
        (Fault::CutShort, "in_doubt"),
        (Fault::Endless, "in_doubt"),
        (Fault::SilentAfterCommit, "in_doubt"),
    ];
    for (fault, expected) in cases {
        let told = format!("{fault:?}");
        let mut call = post(&server.base);
        if matches!(fault, Fault::SilentAfterCommit) {
            call.timeout = Duration::from_millis(100);
        }
        server.fault("POST", fault.clone());
        let said = match hook.act(Verb::Create, &call).await {
            Outcome::Succeeded { .. } => "succeeded".to_owned(),
            Outcome::Rejected { failure } => {
                assert!(failure.request.is_some(), "{told}: {failure:?}");
                "rejected".to_owned()
            }
            Outcome::Retryable { after_seconds, .. } => {
                format!("retryable {}", after_seconds.map_or("-".to_owned(), |s| s.to_string()))
            }
            Outcome::InDoubt { failure } => {
                assert!(failure.request.is_some_and(|r| r.starts_with("POST http")), "{told}");
                "in_doubt".to_owned()
            }
        };
        assert_eq!(said, expected, "{told}");
    }
    assert!(elsewhere.lines().is_empty(), "no redirect is followed");
    server.take();
    // A question is no effect: whatever happens to it, it failed, and nothing is in doubt. Only its status is an answer.
    for fault in [Fault::DropBefore, Fault::CutShort, Fault::Endless] {
        server.fault("GET", fault);
        assert!(http.ask(&get).await.is_err());
    }
    server.assert_clean();
}

#[tokio::test]
async fn a_pause_that_a_vendor_asks_for_holds_its_host_and_no_other() {
    let (server, other) = (Server::start(Yes, None).await, Server::start(Yes, None).await);
    let hook = executor_with("webhook", local());
    server.fault("POST", Fault::Answer(Reply::new(429, Value::Null).header("Retry-After", 120)));
    let Outcome::Retryable { after_seconds, .. } = hook.act(Verb::Create, &post(&server.base)).await else { panic!() };
    assert_eq!(after_seconds, Some(120));
    let again = hook.act(Verb::Create, &post(&server.base)).await;
    let Outcome::Retryable { failure, after_seconds } = again else { panic!("{again:?}") };
    assert!(failure.detail.contains("nothing was sent") && after_seconds.is_some_and(|s| (115..=121).contains(&s)));
    assert_eq!(server.lines().len(), 1);
    succeeded(hook.act(Verb::Create, &post(&other.base)).await);
    let shown = hook.pace();
    let pace = shown.iter().find(|p| server.base.ends_with(&p.origin["http://".len()..])).unwrap();
    assert!(pace.paused_for.is_some_and(|p| p.as_secs() > 100) && pace.in_flight == 0, "{pace:?}");
}

#[tokio::test]
async fn an_answer_is_read_only_as_far_as_settings_allow() {
    let server = Server::start(Yes, None).await;
    let small = ConnectorSettings { max_body_bytes: Some(50), ..local() };
    let http = executor_with("http", small);
    let get = call("http/get", json!({"url": format!("{}/x", server.base)}));
    assert_eq!(http.ask(&get).await.unwrap().value, json!({"up": true}));
    server.fault("GET", Fault::Answer(Reply::new(200, json!("x".repeat(100)))));
    let failure = http.ask(&get).await.unwrap_err();
    assert!(failure.detail.contains("longer than 50 bytes"), "{failure:?}");
    // Of a refusal what matters is the refusal, however long it is.
    let hook = executor_with("webhook", ConnectorSettings { max_body_bytes: Some(50), ..local() });
    server.fault("POST", Fault::Answer(Reply::new(400, json!("x".repeat(100)))));
    rejected(hook.act(Verb::Create, &post(&server.base)).await);
    server.assert_clean();
}
