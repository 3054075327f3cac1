//! What a team sends around: one launch in the middle of its life as each document, in each form.

use launchd::{
    core::{
        model::{
            Timestamp,
            activity::{Compensation, KeySupport},
            approval::{Gate, Grant},
            area::Phase,
            call::{IntentId, Verb},
            event::{Event, EventKind},
            launch::Launch,
            name::Actor,
            observed::Observed,
            outcome::{Failure, Object, Outcome},
            resources::Budget,
            risk::{Level, Risk, Trigger},
            state::LaunchState,
            team::{Member, Team},
        },
        plan::{Desired, Plan, plan},
        portfolio::Known,
        review::{
            decisions::Deciders,
            history::What,
            report::{Kind, Material, Report, Setting, report},
            slips::Cause,
        },
    },
    ui::{
        api::Document,
        documents::{self, html, markdown, terminal},
        render::View,
    },
};
use rust_decimal::Decimal;

use crate::fixtures::{activity, approval, at, empty_launch, id, milestone, name, once, task, uses};

/// A launch with everything that a report tells of. T is 1 April 2027, 09:00 UTC.
fn atlas() -> Launch {
    let mut launch = empty_launch("atlas-2");
    launch.title = "Atlas 2.0".into();
    launch.description = Some("The planner that every team of a company can share.".into());
    launch.owner = Some("atlas-launch".into());
    launch.backup = Some("product-operations".into());
    launch.milestones = vec![
        milestone("product_readiness", Phase::PreLaunch, "2027-03-18T17:00", &[]),
        milestone("campaign_ready", Phase::PreLaunch, "2027-03-25T17:00", &["product_readiness"]),
        milestone("launch_day", Phase::Launch, "2027-04-01T17:00", &["campaign_ready"]),
        milestone("review", Phase::PostLaunch, "2027-04-15T17:00", &["launch_day"]),
    ];
    for (milestone, title) in
        launch.milestones.iter_mut().zip(["Product Readiness", "Campaign Ready", "Launch Day", "Post-Launch Review"])
    {
        milestone.title = title.into();
    }
    launch.milestones[2].approvals = vec![approval("go_no_go", 2, Gate::Start)];
    let mut announce = once("announce", "launch_day", KeySupport::Probe { settle_seconds: 60 });
    announce.title = Some("Announcement to all customers".into());
    announce.uses = uses("mailchimp/campaign");
    announce.with.value = serde_json::json!({ "list": "3fa1c0", "subject": "Atlas 2.0 is here", "html": "<h1>x</h1>" });
    announce.on_cancel = Compensation::Run(Box::new({
        let mut sorry = once("sorry", "launch_day", KeySupport::Opaque);
        sorry.title = Some("Apology".into());
        sorry
    }));
    let mut trained = task("sales_trained", "campaign_ready");
    trained.title = Some("Sales team is trained".into());
    trained.due = at("2027-03-25T17:00");
    let mut epic = activity("epic", "product_readiness", serde_json::json!({ "summary": "Atlas" }));
    epic.title = Some("Epic in the tracker".into());
    launch.activities = vec![epic, trained, announce];
    launch.risks = vec![
        Risk {
            name: id("press_leak"),
            title: "A journalist publishes before the embargo".into(),
            likelihood: Level::Low,
            impact: Level::High,
            owner: Some("marketing-team".into()),
            mitigation: Some("Briefings under embargo, in the last week only.".into()),
            trigger: Some(Trigger::Words("an article, or a question about it".into())),
        },
        Risk {
            name: id("capacity"),
            title: "More sign-ups than the queue can take".into(),
            likelihood: Level::High,
            impact: Level::High,
            owner: None,
            mitigation: None,
            trigger: None,
        },
    ];
    let share = |text: &str| text.parse::<Decimal>().unwrap();
    launch.budget = Some(Budget {
        total: share("120000"),
        currency: "USD".into(),
        digits: 2,
        allocation: [(id("paid_advertising"), share("0.6")), (id("pr_relations"), share("0.4"))].into(),
        committed: [(id("paid_advertising"), share("54000"))].into(),
        spent: [(id("paid_advertising"), share("31250.50")), (id("pr_relations"), share("50000"))].into(),
    });
    launch
}

fn deciders() -> Deciders {
    let member = |name: &str| Member { name: name.into(), email: None, capacity: Decimal::ONE, roles: vec![] };
    let team = Team {
        name: name("atlas-launch"),
        title: "Atlas launch team".into(),
        members: vec![member("Ana Ruiz"), member("Ben Okoro")],
        capacity: None,
        contact: None,
        roles: [("release-managers".to_owned(), vec!["Ana Ruiz".to_owned(), "Ben Okoro".to_owned()])].into(),
        at: empty_launch("x").source,
    };
    Deciders { teams: [(name("atlas-launch"), std::sync::Arc::new(team))].into(), ..Deciders::default() }
}

/// What happened, each at its time.
struct Story {
    launch: Launch,
    baseline: Launch,
    events: Vec<Event>,
}

impl Story {
    fn new() -> Self {
        let launch = atlas();
        let mut baseline = launch.clone();
        // The campaign was promised three days earlier at first.
        baseline.milestones[1].due = at("2027-03-22T17:00");
        Self { launch, baseline, events: Vec::new() }
    }

    fn event(&mut self, when: &str, who: &str, kind: EventKind) -> u64 {
        let seq = self.events.len() as u64 + 1;
        self.events.push(Event { seq, at: at(when), launch: self.launch.name.clone(), actor: Actor(who.into()), kind });
        seq
    }

    fn effect(&mut self, when: &str, activity: &str, outcome: Outcome) {
        let desired = self.launch.activity(&id(activity)).unwrap().clone();
        let intent = launchd::core::model::state::Intent {
            id: IntentId(0),
            activity: desired.id.clone(),
            verb: Verb::Create,
            key: launchd::core::model::fingerprint::ExternalKey::new("test", &self.launch.name, &desired.id, 0),
            incarnation: 0,
            uses: desired.uses.clone(),
            effect: desired.effect,
            key_support: desired.key,
            object_id: None,
            with: desired.with.value.clone(),
            inputs: desired.inputs_fingerprint(),
            revision: self.launch.revision(),
            attempt: 1,
            at: at(when),
            on_remove: desired.on_remove,
            on_cancel: desired.on_cancel.clone(),
            doubt: None,
            probes: 0,
            probed_at: None,
            unobservable: false,
            key_since: at(when),
            repeats: false,
        };
        let seq = self.event(when, "daemon", EventKind::IntentOpened { intent });
        let kind = EventKind::OutcomeRecorded { activity: desired.id, intent: IntentId(seq), outcome };
        self.event(when, "daemon", kind);
    }

    fn grant(&mut self, when: &str, who: &str, granted: bool, comment: Option<&str>) {
        let milestone = &self.launch.milestones[2];
        let members: Vec<&_> = self.launch.activities_of(&milestone.id).collect();
        let grant = Grant {
            by: Actor(who.into()),
            at: at(when),
            fingerprint: milestone.fingerprint(&members),
            revision: None,
            granted,
            comment: comment.map(Into::into),
        };
        let kind = EventKind::ApprovalAnswered { milestone: id("launch_day"), approval: id("go_no_go"), grant };
        self.event(when, who, kind);
    }

    fn complete(&mut self, when: &str, milestone: &str) {
        self.event(when, "daemon", EventKind::MilestoneCompleted { milestone: id(milestone) });
    }

    /// Up to 23 March: the product was five days late, and the campaign waits for the training.
    fn until_march() -> Self {
        let mut story = Self::new();
        let url = Some("https://tracker.example.com/ATL-1".to_owned());
        let refused = Failure::new("the vendor is busy", "503 Service Unavailable");
        story.effect("2027-03-10T09:00", "epic", Outcome::Retryable { failure: refused, after_seconds: None });
        story.effect(
            "2027-03-17T09:00",
            "epic",
            Outcome::Succeeded { object: Object { id: "ATL-1".into(), url, done: true, ..Object::default() } },
        );
        story.complete("2027-03-23T08:00", "product_readiness");
        story.grant("2027-03-23T10:00", "Ana Ruiz", true, Some("fine with me"));
        story
    }

    /// Up to 20 April: everything happened.
    fn until_april() -> Self {
        let mut story = Self::until_march();
        let evidence = Some("https://wiki.example.com/training".to_owned());
        story.event("2027-03-29T15:00", "cleo", EventKind::Done { activity: id("sales_trained"), evidence });
        story.complete("2027-03-29T15:01", "campaign_ready");
        story.grant("2027-03-31T10:00", "Ben Okoro", true, None);
        story.effect("2027-04-01T09:00", "announce", Outcome::InDoubt { failure: Failure::new("no answer came", "") });
        let sent = Object {
            id: "c-77".into(),
            url: Some("https://mail.example.com/c-77".into()),
            done: true,
            ..Object::default()
        };
        story.effect("2027-04-01T09:10", "announce", Outcome::Succeeded { object: sent });
        story.complete("2027-04-01T17:00", "launch_day");
        story.complete("2027-04-14T12:00", "review");
        story.event("2027-04-14T12:00", "daemon", EventKind::LaunchCompleted);
        story
    }

    fn state(&self) -> LaunchState {
        let mut state = LaunchState::default();
        self.events.iter().for_each(|e| {
            state.fold(e);
        });
        state
    }

    fn report(&self, kind: Kind, now: &str) -> Report {
        let now = at(now);
        let state = self.state();
        let plan = planned(&self.launch, &state, now);
        let known = Known { launch: &self.launch, state: &state, plan: &plan };
        let material = Material { known, events: &self.events, baseline: Some(&self.baseline) };
        report(kind, &[material], Setting { now, deciders: &deciders(), learned: None, others: &[] })
    }
}

fn planned(launch: &Launch, state: &LaunchState, now: Timestamp) -> Plan {
    let observed = Observed { state: state.clone(), ..Observed::default() };
    plan(Desired::Launch { launch, revision: &launch.revision() }, &observed, now)
}

fn view(width: usize) -> View {
    View { width, colour: false, all: false, brief: false, now: at("2027-03-23T12:00") }
}

/// Each document in each form that people read.
fn assert_documents(name: &str, report: &Report) {
    let document = documents::report(report, None);
    insta::assert_snapshot!(format!("{name}_markdown"), markdown::render(&document));
    insta::assert_snapshot!(format!("{name}_terminal"), terminal::render(&document, &view(80)));
    insta::assert_snapshot!(format!("{name}_html"), body(&html::render(&document)));
}

/// A page without its style, which says nothing of the document.
fn body(page: &str) -> &str {
    page.split_once("</head>").unwrap().1
}

#[test]
fn the_weekly_status_tells_what_was_done_what_comes_and_what_is_in_the_way() {
    let report = Story::until_march().report(Kind::Weekly, "2027-03-23T12:00");
    assert_documents("weekly", &report);
    let done: Vec<What> = report.launches[0].deeds.iter().map(|d| d.what).collect();
    // The failed try of 10 March is more than a week ago.
    assert_eq!(done, [What::Created, What::MilestoneCompleted, What::Approved]);
}

#[test]
fn the_packet_for_the_decision_names_who_decides_what_goes_out_and_how_to_take_it_back() {
    let report = Story::until_march().report(Kind::GoNoGo, "2027-03-29T12:00");
    assert_documents("go_no_go", &report);
    let decision = &report.launches[0].decisions[0];
    assert_eq!(
        (decision.have, decision.want, decision.awaited.as_slice()),
        (1, 2, ["Ben Okoro".to_owned()].as_slice())
    );
}

#[test]
fn a_no_go_is_the_first_thing_that_the_packet_says() {
    let mut story = Story::until_march();
    story.grant("2027-03-24T10:00", "Ben Okoro", false, Some("the queue is not ready"));
    let text = markdown::render(&documents::report(&story.report(Kind::GoNoGo, "2027-03-29T12:00"), None));
    assert!(text.contains("There is a no-go: go_no_go.") && text.contains("the queue is not ready"), "{text}");
}

#[test]
fn the_review_compares_promises_with_what_came_and_says_why() {
    let report = Story::until_april().report(Kind::PostLaunch, "2027-04-20T12:00");
    assert_documents("post_launch", &report);
    let slips = &report.launches[0].milestones;
    let days: Vec<i64> = slips.iter().map(|s| s.late_seconds / 86_400).collect();
    assert_eq!(days, [4, 6, 0, -1]);
    assert!(matches!(&slips[0].cause, Some(Cause::Activity { id, .. }) if id.as_str() == "epic"));
    assert!(matches!(&slips[1].cause, Some(Cause::Activity { by, .. }) if by.0 == "cleo"));
}

#[test]
fn a_review_of_a_launch_that_never_was_applied_is_short_and_true() {
    let mut story = Story::new();
    story.launch = empty_launch("nothing");
    story.baseline = story.launch.clone();
    for kind in [Kind::Weekly, Kind::GoNoGo, Kind::PostLaunch] {
        let report = story.report(kind, "2027-03-23T12:00");
        let text = markdown::render(&documents::report(&report, None));
        assert!(text.contains("The nothing launch") && text.len() < 2500, "{text}");
    }
}

#[test]
fn over_no_launch_the_weekly_status_is_one_sentence() {
    let empty =
        report(Kind::Weekly, &[], Setting { now: at("2027-03-23"), deciders: &deciders(), learned: None, others: &[] });
    insta::assert_snapshot!("weekly_of_nothing", markdown::render(&documents::report(&empty, None)));
}

#[test]
fn over_a_thousand_launches_the_weekly_status_stays_a_document() {
    let story = Story::until_march();
    let now = at("2027-03-23T12:00");
    let state = story.state();
    let launches: Vec<Launch> = (0..1000)
        .map(|n: i64| {
            let mut launch = story.launch.clone();
            launch.name = name(&format!("l{n}"));
            launch.target += chrono::TimeDelta::days(n % 300);
            launch
        })
        .collect();
    let plans: Vec<Plan> = launches.iter().map(|l| planned(l, &state, now)).collect();
    let known = launches.iter().zip(&plans).map(|(launch, plan)| Known { launch, state: &state, plan });
    let material: Vec<Material<'_>> =
        known.map(|known| Material { known, events: &story.events, baseline: None }).collect();
    let whole = report(Kind::Weekly, &material, Setting { now, deciders: &deciders(), learned: None, others: &[] });
    let text = markdown::render(&documents::report(&whole, None));
    assert!(text.starts_with("# Launches: weekly status\n"), "{text:.200}");
    assert!(text.lines().count() < 1500, "{}", text.lines().count());
}

#[test]
fn the_report_for_programs_is_versioned_and_holds_every_fact() {
    let report = Story::until_march().report(Kind::Weekly, "2027-03-23T12:00");
    let json: serde_json::Value = serde_json::from_str(&Document::new("Report", &report).pretty()).unwrap();
    assert_eq!((&json["version"], &json["kind"], &json["report"]), (&1.into(), &"Report".into(), &"weekly".into()));
    let facts = &json["launches"][0];
    for field in
        ["summary", "deeds", "next", "milestones", "asks", "decisions", "outgoing", "forecast", "risks", "budget"]
    {
        assert!(!facts[field].is_null(), "{field}");
    }
    assert_eq!(facts["deeds"][1]["by"], "daemon");
    assert_eq!(facts["outgoing"][0]["rollback"]["rollback"], "run");
}

/// Everything that anybody can write, in one text.
const HOSTILE: &str = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> [x](javascript:alert(3)) `code` \
                       **b** | cell | @team #1 &amp; \u{202e}\u{1b}[31m\n# heading\n- item";

fn hostile_story() -> Story {
    let mut story = Story::until_april();
    for launch in [&mut story.launch, &mut story.baseline] {
        launch.title = HOSTILE.into();
        launch.description = Some(HOSTILE.into());
        launch.owner = Some(HOSTILE.into());
        for milestone in &mut launch.milestones {
            milestone.title = HOSTILE.into();
            milestone.owner = Some(HOSTILE.into());
            milestone.approvals.iter_mut().for_each(|a| a.from = HOSTILE.into());
        }
        for activity in &mut launch.activities {
            activity.title = Some(HOSTILE.into());
            activity.owner = Some(HOSTILE.into());
        }
        for risk in &mut launch.risks {
            (risk.title, risk.mitigation, risk.owner) = (HOSTILE.into(), Some(HOSTILE.into()), Some(HOSTILE.into()));
        }
    }
    story.launch.activities[2].with.value = serde_json::json!({ "list": HOSTILE, "subject": HOSTILE });
    let evil =
        ["javascript:alert(1)", "https://example.com/\"onmouseover=alert(1)", HOSTILE, "data:text/html,<script>"];
    for evidence in evil {
        let kind = EventKind::Done { activity: id("sales_trained"), evidence: Some(evidence.into()) };
        story.event("2027-03-24T15:00", HOSTILE, kind);
    }
    story.event(
        "2027-03-24T16:00",
        HOSTILE,
        EventKind::MilestoneBlocked { milestone: id("review"), reason: HOSTILE.into() },
    );
    story
}

#[test]
fn nothing_that_anybody_wrote_becomes_markup() {
    for (kind, now) in
        [(Kind::Weekly, "2027-03-24T20:00"), (Kind::GoNoGo, "2027-03-24T20:00"), (Kind::PostLaunch, "2027-04-20T12:00")]
    {
        let report = hostile_story().report(kind, now);
        let document = documents::report(&report, None);
        let page = html::render(&document);
        let tags: std::collections::BTreeSet<&str> =
            page.split('<').skip(1).map(|t| t.split([' ', '>', '\n']).next().unwrap_or_default()).collect();
        let known = [
            "!DOCTYPE", "/a", "/body", "/code", "/dd", "/div", "/dl", "/dt", "/h1", "/h2", "/h3", "/head", "/header",
            "/html", "/li", "/main", "/p", "/span", "/strong", "/style", "/table", "/tbody", "/td", "/th", "/thead",
            "/title", "/tr", "/ul", "a", "body", "code", "dd", "div", "dl", "dt", "h1", "h2", "h3", "head", "header",
            "html", "li", "main", "meta", "p", "span", "strong", "style", "table", "tbody", "td", "th", "thead",
            "title", "tr", "ul",
        ];
        let unknown: Vec<_> = tags.iter().filter(|t| !known.contains(t)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        for bad in ["href=\"javascript", "href=\"data", "onmouseover=alert(1)\"", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(&format!(" {bad}")) && !page.contains(&format!("\"{bad}")), "{bad}");
        }
        let links = page.matches("href=\"").count();
        let safe = page.matches("href=\"https://").count();
        assert_eq!(links, safe);
        let text = markdown::render(&document);
        for bad in ["<script", "<img", "](javascript", "](data", "@team", " #1 ", "\n# heading", "**b**", "\u{1b}"] {
            assert!(!text.contains(bad), "{bad}");
        }
        let shown = terminal::render(&document, &view(80));
        assert!(!shown.contains(['\u{1b}', '\u{202e}']));
    }
}

#[test]
fn every_table_of_a_markdown_report_has_as_many_cells_in_every_row() {
    let text =
        markdown::render(&documents::report(&hostile_story().report(Kind::PostLaunch, "2027-04-20T12:00"), None));
    let mut width = None;
    for line in text.lines() {
        if !line.starts_with('|') {
            width = None;
            continue;
        }
        let cells = line.matches('|').count();
        assert_eq!(*width.get_or_insert(cells), cells, "{line}");
    }
}

#[test]
fn without_a_kind_a_report_is_what_the_phase_asks_for() {
    let launch = atlas();
    for (now, kind) in [
        ("2027-02-01T09:00", Kind::Weekly),
        ("2027-03-25T08:00", Kind::Weekly),
        ("2027-03-25T09:00", Kind::GoNoGo),
        ("2027-04-01T08:59", Kind::GoNoGo),
        ("2027-04-01T09:00", Kind::PostLaunch),
    ] {
        assert_eq!(Kind::by_phase(&launch, at(now)), kind, "{now}");
    }
}
