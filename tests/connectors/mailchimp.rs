//! Mailchimp: a campaign of several steps, of which the last is public.

use std::sync::Arc;

use launchd::{
    core::model::{
        call::{Call, Verb},
        outcome::{Outcome, Sighting},
    },
    edges::executors::{Executor, http::HttpExecutor},
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
struct Mailchimp {
    campaigns: Vec<Value>,
    /// How often each campaign went out.
    sent: Vec<String>,
}

impl Vendor for Mailchimp {
    fn answer(&mut self, r: &Received) -> Reply {
        let problem = |status: u16, detail: &str| {
            Reply::new(
                status,
                json!({"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": "Invalid Resource",
                "status": status, "detail": detail, "instance": "ec3a8b1c"}),
            )
        };
        if !r.headers.get("authorization").is_some_and(|a| a.starts_with("Basic ")) {
            return problem(401, "Your API key may be invalid, or you've attempted to access the wrong datacenter.");
        }
        let parts: Vec<_> = r.path.strip_prefix("/3.0/").unwrap_or_default().split('/').collect();
        match (r.method.as_str(), &parts[..]) {
            ("GET", ["campaigns"]) => {
                let offset = r.query("offset").unwrap().parse().unwrap();
                // Small pages, so that the search has to turn them.
                let newest: Vec<_> = self.campaigns.iter().rev().skip(offset).take(2).collect();
                Reply::new(200, json!({"campaigns": newest, "total_items": self.campaigns.len()}))
            }
            ("POST", ["campaigns"]) => {
                let id = format!("c{}", self.campaigns.len());
                let campaign = json!({"id": id, "type": "regular", "status": "save", "emails_sent": 0,
                    "archive_url": format!("https://mailchi.mp/acme/{id}"), "settings": r.body["settings"], "recipients": r.body["recipients"]});
                self.campaigns.push(campaign.clone());
                Reply::new(200, campaign)
            }
            ("GET", ["reports", id]) => Reply::new(
                200,
                json!({"id": id, "emails_sent": 10, "opens": {"open_rate": 0.5, "unique_opens": 5},
                "clicks": {"click_rate": 0.1, "unique_clicks": 1}, "unsubscribed": 0, "bounces": {"hard_bounces": 0}}),
            ),
            (method, ["campaigns", id, more @ ..]) => {
                let Some(i) = self.campaigns.iter().position(|c| c["id"] == *id) else {
                    return problem(404, "The requested resource could not be found.");
                };
                let campaign = &mut self.campaigns[i];
                let draft = campaign["status"] == "save";
                match (method, more) {
                    ("GET", []) => return Reply::new(200, campaign.clone()),
                    ("DELETE", []) => {
                        self.campaigns.remove(i);
                        return Reply::new(204, Value::Null);
                    }
                    ("POST", ["actions", "unschedule"]) if campaign["status"] == "schedule" => {
                        campaign["status"] = json!("save")
                    }
                    _ if !draft => return problem(400, "Cannot change a campaign that is not a draft."),
                    ("PATCH", []) => {
                        for (name, value) in r.body["settings"].as_object().unwrap() {
                            campaign["settings"][name] = value.clone();
                        }
                        return Reply::new(200, campaign.clone());
                    }
                    ("PUT", ["content"]) => {
                        campaign["content_type"] = json!("html");
                        return Reply::new(200, json!({"html": r.body["html"]}));
                    }
                    ("POST", ["actions", _]) if campaign.get("content_type").is_none() => {
                        return problem(400, "Your Campaign is not ready to send.");
                    }
                    ("POST", ["actions", "schedule"]) => campaign["status"] = json!("schedule"),
                    ("POST", ["actions", "send"]) => {
                        campaign["status"] = json!("sending");
                        self.sent.push((*id).to_owned());
                    }
                    _ => return problem(405, "The requested method and resource are not compatible."),
                }
                Reply::new(204, Value::Null)
            }
            _ => problem(404, "dead link"),
        }
    }
}

fn contract() -> Option<Arc<dyn Contract>> {
    OpenApi::load("mailchimp", "marketing-openapi.json", "/3.0").map(|c| Arc::new(c) as Arc<dyn Contract>)
}

async fn start() -> (Server<Mailchimp>, HttpExecutor) {
    let server = Server::start(Mailchimp::default(), contract()).await;
    let mailchimp = executor("mailchimp", &format!("{}/3.0", server.base), &["api_key"]);
    (server, mailchimp)
}

fn newsletter(resource: &str) -> Call {
    call(
        &format!("mailchimp/{resource}"),
        json!({
            "list": "a6b5da1054", "subject": "Atlas 2.0 is here", "preview_text": "Look", "from_name": "Acme", "reply_to": "a@acme.example",
            "html": "<p>Hello</p>", "segment": 7,
        }),
    )
}

#[tokio::test]
async fn a_campaign_is_sent_once_and_observed_until_it_went_out() {
    let (server, mailchimp) = start().await;
    let mut call = newsletter("campaign");
    assert_eq!(mailchimp.observe(&call).await, Sighting::Absent);
    let sending = succeeded(mailchimp.act(Verb::Create, &call).await);
    assert!(!sending.done, "it is being sent");
    assert_eq!(sending.fields["subject"], "Atlas 2.0 is here");
    call.object_id = Some(sending.id.clone());
    assert_eq!(found(mailchimp.observe(&call).await), sending);
    server.vendor(|v| v.campaigns[0]["status"] = json!("sent"));
    assert!(found(mailchimp.observe(&call).await).done);
    call.object_id = None;
    assert!(succeeded(mailchimp.act(Verb::Create, &call).await).done, "asked again, it is found and left alone");
    assert_eq!(server.vendor(|v| v.sent.clone()), ["c0"]);
    server.assert_clean();
}

/// Wherever a create is cut, looking and trying again ends with one campaign that went out once.
#[tokio::test]
async fn a_campaign_that_was_cut_short_is_finished_and_never_sent_twice() {
    for step in ["POST /3.0/campaigns", "PUT /3.0/campaigns/c3/content", "POST /3.0/campaigns/c3/actions/send"] {
        for fault in [
            Fault::DropAfterCommit,
            Fault::DropBefore,
            Fault::Answer(Reply::new(500, Value::Null)),
            Fault::Answer(Reply::new(429, Value::Null)),
        ] {
            let (server, mailchimp) = start().await;
            server.vendor(|v| {
                for _ in 0..3 {
                    v.campaigns.push(
                        json!({"id": "old", "status": "sent", "settings": {"title": "another one"}, "recipients": {}}),
                    );
                }
            });
            server.fault(step, fault.clone());
            let first = mailchimp.act(Verb::Create, &newsletter("campaign")).await;
            let hurt = matches!(first, Outcome::InDoubt { .. } | Outcome::Retryable { .. });
            assert!(hurt, "{step} {fault:?}: {first:?}");
            match mailchimp.observe(&newsletter("campaign")).await {
                Sighting::Found { object } => assert_eq!(object.id, "c3"),
                Sighting::Partial { .. } | Sighting::Absent => {
                    succeeded(mailchimp.act(Verb::Create, &newsletter("campaign")).await);
                }
                other => panic!("{step} {fault:?}: {other:?}"),
            }
            assert_eq!(server.vendor(|v| v.campaigns.len()), 4, "{step} {fault:?}");
            assert_eq!(server.vendor(|v| v.sent.clone()), ["c3"], "{step} {fault:?}");
            server.assert_clean();
        }
    }
}

#[tokio::test]
async fn a_copy_made_by_hand_is_not_taken_for_the_campaign() {
    let (server, mailchimp) = start().await;
    succeeded(mailchimp.act(Verb::Create, &newsletter("campaign")).await);
    server.vendor(|v| {
        let mut copy = v.campaigns[0].clone();
        copy["id"] = json!("copy");
        copy["status"] = json!("save");
        copy["settings"]["title"] = json!(format!("{} (copy 01)", copy["settings"]["title"].as_str().unwrap()));
        v.campaigns.push(copy);
    });
    assert_eq!(found(mailchimp.observe(&newsletter("campaign")).await).id, "c0");
    server.assert_clean();
}

#[tokio::test]
async fn a_scheduled_campaign_can_be_taken_back() {
    let (server, mailchimp) = start().await;
    let mut call = newsletter("campaign");
    call.with["send_at"] = json!("2027-04-01T13:15:00Z");
    let scheduled = succeeded(mailchimp.act(Verb::Create, &call).await);
    assert_eq!(scheduled.outputs["status"], "schedule");
    call.object_id = Some(scheduled.id);
    succeeded(mailchimp.act(Verb::Close, &call).await);
    assert_eq!(server.vendor(|v| v.campaigns[0]["status"].clone()), "save");
    assert!(server.vendor(|v| v.sent.is_empty()));
    server.assert_clean();
}

#[tokio::test]
async fn a_draft_is_created_kept_changed_reviewed_and_sent() {
    let (server, mailchimp) = start().await;
    server.fault("PATCH", Fault::DropBefore);
    let first = mailchimp.act(Verb::Create, &newsletter("draft")).await;
    assert!(matches!(first, Outcome::InDoubt { .. }), "{first:?}");
    assert!(matches!(mailchimp.observe(&newsletter("draft")).await, Sighting::Partial { .. }));
    let mut call = newsletter("draft");
    let draft = succeeded(mailchimp.act(Verb::Create, &call).await);
    assert_eq!(server.vendor(|v| v.campaigns.len()), 1);
    call.object_id = Some(draft.id.clone());
    assert_eq!(found(mailchimp.observe(&call).await), draft);
    server.vendor(|v| v.campaigns[0]["settings"]["subject_line"] = json!("typo"));
    assert_eq!(found(mailchimp.observe(&call).await).fields["subject"], "typo");
    assert_eq!(succeeded(mailchimp.act(Verb::Update, &call).await).fields["subject"], "Atlas 2.0 is here");

    let send = super::call("mailchimp/send", json!({"campaign": draft.id}));
    assert_eq!(mailchimp.observe(&send).await, Sighting::Absent);
    server.fault("actions/send", Fault::DropAfterCommit);
    in_doubt(mailchimp.act(Verb::Create, &send).await);
    assert_eq!(found(mailchimp.observe(&send).await).id, draft.id);
    let report = super::call("mailchimp/report", json!({"campaign": draft.id, "metric": "open_rate"}));
    assert_eq!(mailchimp.ask(&report).await.unwrap().value, json!(0.5));
    assert_eq!(server.vendor(|v| v.sent.len()), 1);
    server.assert_clean();
}

#[tokio::test]
async fn a_campaign_without_content_is_refused_in_mailchimps_words() {
    let (server, mailchimp) = start().await;
    let problem = json!({"type": "t", "title": "Invalid Resource", "status": 400, "detail": "The list has no members.", "instance": "i"});
    server.fault("POST /3.0/campaigns", Fault::Answer(Reply::new(400, problem)));
    let failure = rejected(mailchimp.act(Verb::Create, &newsletter("campaign")).await);
    assert_eq!(failure.detail, "Invalid Resource: The list has no members.");
    server.assert_clean();
}

#[test]
fn the_description_of_mailchimp_refuses_wrong_requests() {
    let Some(contract) = OpenApi::load("mailchimp", "marketing-openapi.json", "/3.0") else { return };
    let request = |method: &str, path: &str, query: &[(&str, &str)], body: Value| Received {
        method: method.into(),
        path: path.into(),
        query: query.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        headers: Default::default(),
        body,
    };
    for wrong in [
        request("POST", "/3.0/campaigns", &[], json!({"settings": {}})),
        request("POST", "/3.0/campaigns", &[], json!({"type": "newsletter"})),
        request("GET", "/3.0/campaigns", &[("limit", "1")], Value::Null),
        request("PATCH", "/3.0/campaigns/x", &[], json!({"settings": 1})),
        request("PUT", "/3.0/campaigns/x/content", &[], json!({"html": 1})),
        request("POST", "/3.0/campaigns/x/actions/schedule", &[], json!({})),
        request("POST", "/3.0/campaigns/x/actions/launch", &[], Value::Null),
        request("POST", "/campaigns/x/actions/send", &[], Value::Null),
        request("POST", "/3.0/campaigns/x/actions/unschedule", &[], json!({"a": 1})),
        request("GET", "/3.0/reports/x", &[("metric", "opens")], Value::Null),
    ] {
        assert!(contract.request(&wrong).is_err(), "{wrong:?}");
    }
}
