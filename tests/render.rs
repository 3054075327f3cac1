//! What people see of plans and events: goldens of hand-built values, every variant among them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod samples;

use chrono_tz::Tz;
use launchd::{
    core::{
        model::{
            Timestamp,
            activity::{EffectClass, Need, Uses},
            area::{Phase, Status},
            call::IntentId,
            check::Verdict,
            fingerprint::Fingerprint,
            name::{Actor, Id},
            outcome::Failure,
            state::{Header, Mark},
        },
        plan::{
            Action, Blocker, Change, FieldChange, MilestoneOutlook, Moment, Plan, Reason, Side, Stop, Target, Until,
        },
        review::dates::dates,
    },
    ui::{
        api,
        render::{
            View, blocker, markdown,
            plan::{Shown, human},
            status::{self, Standing},
            why, words,
        },
    },
};
use serde_json::{Value, json};

use samples::{actions, blockers, name, reasons};

const ZONE: Tz = Tz::America__New_York;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> Id {
    text.parse().unwrap()
}

fn view(width: usize) -> View {
    View { width, colour: false, all: false, brief: false, now: at("2027-03-15T13:00:00Z") }
}

fn mark(text: &str) -> Mark {
    Mark { by: Actor("ann".into()), at: at("2027-03-14T15:00:00Z"), text: Some(text.into()) }
}

fn failure() -> Failure {
    Failure {
        summary: "the vendor refused it".into(),
        detail: "project: 'ATL' does not exist or you do not have permission to view it".into(),
        status: Some(400),
        request: Some("POST https://example.atlassian.net/rest/api/3/issue".into()),
    }
}

fn change(subject: Target, uses: Option<(&str, &str)>, action: Action, reason: Reason) -> Change {
    Change {
        title: words::address(&subject),
        subject,
        milestone: Some(id("launch_day")),
        uses: uses.map(|(c, r)| Uses { connector: c.parse().unwrap(), resource: id(r) }),
        effect: Some(EffectClass::Converge),
        action,
        reason,
        fields: vec![],
        drift: vec![],
        after: vec![],
        after_gate: false,
        blocked: vec![],
        point_of_no_return: false,
    }
}

fn activity(name: &str, uses: (&str, &str), action: Action, reason: Reason) -> Change {
    change(Target::Activity(id(name)), Some(uses), action, reason)
}

fn field(path: &str, before: Side, after: Side) -> FieldChange {
    FieldChange { path: path.into(), before, after }
}

fn known(value: impl Into<Value>) -> Side {
    Side::Known(value.into())
}

fn plan(name: &str, changes: Vec<Change>) -> Plan {
    Plan {
        launch: name.parse().unwrap(),
        title: "Atlas 2.0".into(),
        revision: Some(Fingerprint::of("a revision")),
        observed: 41,
        now: view(80).now,
        changes,
        gate: vec![],
        milestones: vec![MilestoneOutlook {
            id: id("launch_day"),
            title: "Launch Day".into(),
            phase: Phase::Launch,
            status: Status::Planned,
            due: at("2027-04-01T13:00:00Z"),
            owner: Some("Launch Team".into()),
            done: 1,
            total: 4,
            completed_at: None,
        }],
        status: Status::InProgress,
        stop: None,
        next: Some(Moment {
            at: at("2027-03-18T13:00:00Z"),
            why: Until::WindowOpens,
            subject: Target::Activity(id("announce")),
        }),
    }
}

fn shown(plan: &Plan) -> Shown<'_> {
    Shown { plan, zone: ZONE }
}

/// A launch in the middle of its life: of everything something.
fn atlas() -> Plan {
    let mut epic = activity("epic", ("jira", "issue"), Action::Create, Reason::NotThere);
    epic.fields = vec![
        field("project", Side::Absent, known("ATL")),
        field("issue_type", Side::Absent, known("Epic")),
        field("summary", Side::Absent, known("Atlas 2.0: readiness")),
        field(
            "description",
            Side::Absent,
            known(
                "What must be true before we tell anybody.\n\n1. It installs.\n2. It upgrades.\n3. It rolls back.\n4. Support knows.\n5. Sales knows.\n6. Legal agreed.\n7. The price is right.\n8. The page is up.\n",
            ),
        ),
    ];
    let mut page = activity("landing_page", ("webhook", "request"), Action::Update, Reason::FileChangedAndDrifted);
    page.fields = vec![
        field("title", known("Atlas 2"), known("Atlas 2.0")),
        field(
            "body",
            known("Atlas is here.\n\nIt is fast.\nIt is safe.\nSign up now.\n"),
            known("Atlas is here.\n\nIt is very fast.\nIt is safe.\nSign up now.\nOr call us.\n"),
        ),
        field("draft", known(true), Side::Absent),
        field("tracking", Side::Absent, Side::Later("{{ activities.epic.url }}".into())),
        field("token", Side::Secret("site-token".into()), Side::Secret("site-token".into())),
        field(
            "headline",
            known("The most capable release of the analytics suite that your team already uses"),
            known("The most capable release of the analytics suite that your team will ever use"),
        ),
    ];
    page.drift = vec![field("title", known("Atlas 2"), known("ATLAS TWO!!"))];
    page.after = vec![0];
    let mut announce = activity("announce", ("mailchimp", "campaign"), Action::Create, Reason::NotThere);
    announce.effect = Some(EffectClass::Once);
    announce.point_of_no_return = true;
    announce.fields = vec![field("subject", Side::Absent, known("Atlas 2.0 is here"))];
    let approval = Blocker::Approval {
        milestone: id("launch_day"),
        approval: id("go_no_go"),
        from: "release-managers".into(),
        have: 1,
        want: 2,
        void: 1,
        expired: 0,
        refused_by: None,
    };
    announce.blocked = vec![approval.clone(), Blocker::Until { at: at("2027-04-01T13:00:00Z"), why: Until::Embargo }];
    let mut post = activity("post[emea]", ("slack", "message"), Action::Create, Reason::NotThere);
    post.effect = Some(EffectClass::Once);
    post.point_of_no_return = true;
    post.blocked = vec![approval, Blocker::Needs { need: Need::Activity(id("announce")) }];
    let old = activity("old_banner", ("webhook", "request"), Action::Close, Reason::RemovedFromFile);
    let kept = activity("faq", ("webhook", "request"), Action::Keep, Reason::AsWritten);
    plan("atlas-2", vec![epic, page, old, kept, announce, post])
}

#[test]
fn a_plan_reads_well_in_a_terminal() {
    let plan = atlas();
    insta::assert_snapshot!("atlas_80", human(&[shown(&plan)], &view(80)));
    insta::assert_snapshot!("atlas_120", human(&[shown(&plan)], &view(120)));
    insta::assert_snapshot!("atlas_all", human(&[shown(&plan)], &View { all: true, ..view(100) }));
}

#[test]
fn no_line_is_wider_than_the_terminal_but_commands() {
    let plan = atlas();
    for width in [60, 80, 120] {
        for line in human(&[shown(&plan)], &view(width)).lines().filter(|l| !l.contains("launchd ")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn the_same_plan_as_a_pull_request_comment_and_as_json() {
    let plan = atlas();
    insta::assert_snapshot!("atlas_markdown", markdown::comment(&[shown(&plan)], &view(80)));
    insta::assert_snapshot!("atlas_json", api::plan::document(&[shown(&plan)], &view(80)).pretty());
}

#[test]
fn launches_without_change_are_counted_and_not_listed() {
    let atlas = atlas();
    let still: Vec<Plan> = ["beacon", "comet", "dune"]
        .iter()
        .map(|n| plan(n, vec![activity("faq", ("webhook", "request"), Action::Keep, Reason::AsWritten)]))
        .collect();
    let mut paused = plan("echo", vec![activity("epic", ("jira", "issue"), Action::Create, Reason::NotThere)]);
    paused.stop = Some(Stop::Paused { mark: mark("waiting for legal") });
    let mut all = vec![shown(&atlas), shown(&paused)];
    all.extend(still.iter().map(shown));
    insta::assert_snapshot!("several", human(&all, &view(80)));
    insta::assert_snapshot!("one_unchanged", human(&[shown(&still[0])], &view(80)));
}

#[test]
fn a_mass_change_says_how_to_agree() {
    let mut plan = plan("atlas-2", vec![activity("epic", ("jira", "issue"), Action::Delete, Reason::LaunchRemoved)]);
    plan.revision = None;
    plan.stop = Some(Stop::MassChange {
        affected: 7,
        existing: 12,
        percent: 58,
        limit_percent: 30,
        changes: Fingerprint::of("changes"),
    });
    insta::assert_snapshot!("mass_change", human(&[shown(&plan)], &view(80)));
}

#[test]
fn every_action_has_its_sign_and_verb() {
    let changes = actions()
        .into_iter()
        .enumerate()
        .map(|(i, action)| activity(&format!("a{i}"), ("jira", "issue"), action, Reason::NotThere))
        .collect();
    let plan = plan("all-actions", changes);
    insta::assert_snapshot!(human(&[shown(&plan)], &View { all: true, ..view(80) }));
}

#[test]
fn every_reason_has_its_words() {
    let changes = reasons()
        .into_iter()
        .enumerate()
        .map(|(i, reason)| activity(&format!("a{i}"), ("jira", "issue"), Action::Keep, reason))
        .collect();
    let plan = plan("all-reasons", changes);
    insta::assert_snapshot!(human(&[shown(&plan)], &View { all: true, ..view(80) }));
}

#[test]
fn every_blocker_is_a_sentence_that_says_what_to_do() {
    let changes = blockers()
        .into_iter()
        .enumerate()
        .map(|(i, blocker)| {
            let name = format!("{}_{i}", name(&blocker));
            let mut change = activity(&name, ("jira", "issue"), Action::Create, Reason::NotThere);
            change.blocked = vec![blocker];
            change
        })
        .collect();
    let plan = plan("atlas-2", changes);
    insta::assert_snapshot!(human(&[shown(&plan)], &view(100)));
}

#[test]
fn each_activity_in_doubt_is_shown_with_its_own_commands() {
    let doubt = blockers().into_iter().find(|b| matches!(b, Blocker::InDoubt { .. })).unwrap();
    let changes = ["mail", "post"].map(|name| {
        let mut change = activity(name, ("jira", "issue"), Action::Create, Reason::NotThere);
        change.blocked = vec![doubt.clone()];
        change
    });
    let text = human(&[shown(&plan("atlas-2", changes.into()))], &view(100));
    for command in ["resolve atlas-2 mail --happened", "resolve atlas-2 post --happened"] {
        assert!(text.contains(command), "{command} is not in\n{text}");
    }
}

#[test]
fn what_a_blocked_milestone_holds_back_is_released_by_the_milestones_name() {
    let plan = plan("atlas-2", vec![]);
    let (view, subject) = (view(80), Target::Activity(id("announce")));
    let scope = blocker::Scope { launch: &plan.launch, subject: &subject, zone: ZONE, view: &view };
    let blocker = Blocker::Marked { mark: mark("the demo is wrong"), milestone: Some(id("launch_day")) };
    assert_eq!(blocker::explain(&blocker, scope).remedies[0].command, "launchd unblock atlas-2 launch_day");
}

#[test]
fn what_waits_for_a_person_says_what_to_type() {
    let plan = plan("atlas-2", vec![]);
    let subject = Target::Activity(id("announce"));
    for blocker in blockers() {
        let view = view(80);
        let scope = blocker::Scope { launch: &plan.launch, subject: &subject, zone: ZONE, view: &view };
        let explained = blocker::explain(&blocker, scope);
        if explained.waits_for == blocker::WaitsFor::Person {
            assert!(explained.remedies.iter().any(|r| r.command.starts_with("launchd ")), "{explained:?}");
        }
    }
}

#[test]
fn a_comment_stays_below_the_limit_and_says_what_was_cut() {
    let body: String = (0..2_000).map(|i| format!("line {i} of a long text\n")).collect();
    let plans: Vec<Plan> = (0..40)
        .map(|i| {
            let mut change = activity("page", ("webhook", "request"), Action::Update, Reason::FileChanged);
            change.fields = vec![field("body", known(body.clone()), known(body.replace("long", "short")))];
            plan(&format!("launch-{i}"), vec![change])
        })
        .collect();
    let shown: Vec<Shown<'_>> = plans.iter().map(shown).collect();
    let comment = markdown::comment(&shown, &view(80));
    assert!(comment.len() <= markdown::LIMIT, "{}", comment.len());
    assert!(comment.starts_with(markdown::MARKER));
    assert!(comment.contains("more launches. `launchd diff` shows all._"), "{}", &comment[comment.len() - 500..]);
    assert_eq!(comment.matches("<details").count(), comment.matches("</details>").count());
}

#[test]
fn hostile_text_reaches_neither_terminal_nor_markdown_alive() {
    let hostile = "</summary><script>x</script>\u{1b}]0;owned\u{7} ```\n@everyone [x](javascript:1)";
    let mut change = activity("page", ("webhook", "request"), Action::Create, Reason::NotThere);
    change.fields = vec![field("body", Side::Absent, known(hostile))];
    let mut plan = plan("atlas-2", vec![change]);
    plan.title = hostile.into();
    let terminal = human(&[shown(&plan)], &view(80));
    assert!(!terminal.contains('\u{1b}') && !terminal.contains('\u{7}'));
    let comment = markdown::comment(&[shown(&plan)], &view(80));
    let outside: String = comment.split("````").step_by(2).collect();
    assert!(!outside.contains("<script>") && !outside.contains("@everyone"), "{outside}");
}

#[test]
fn a_plans_json_is_versioned() {
    let plan = atlas();
    let value: Value = serde_json::from_str(&api::plan::document(&[shown(&plan)], &view(80)).pretty()).unwrap();
    assert_eq!((&value["version"], &value["kind"]), (&json!(1), &json!("Plan")));
}

/// A launch whose announcement waits through three steps for one person.
fn chain() -> Plan {
    let task = {
        let mut task = activity("train_support", ("human", "task"), Action::Await, Reason::NotFinished);
        task.blocked =
            vec![Blocker::Person { who: Some("Support Team".into()), what: "train the first-level team".into() }];
        task
    };
    let milestone = |name: &str, blocked| {
        let mut change = change(Target::Milestone(id(name)), None, Action::Await, Reason::NotReached);
        change.blocked = blocked;
        change
    };
    let ready = milestone("sales_readiness", vec![Blocker::Needs { need: Need::Activity(id("train_support")) }]);
    let phase = Blocker::Phase { phase: Phase::Launch, waiting_for: vec![id("sales_readiness")], more: 0 };
    let mut page = activity("landing_page", ("webhook", "request"), Action::Create, Reason::NotThere);
    page.blocked = vec![phase.clone()];
    let mut announce = activity("announce", ("mailchimp", "campaign"), Action::Create, Reason::NotThere);
    announce.effect = Some(EffectClass::Once);
    announce.after = vec![2];
    announce.blocked = vec![
        phase,
        Blocker::Until { at: at("2027-04-01T13:00:00Z"), why: Until::Embargo },
        Blocker::Needs { need: Need::Foreign { launch: "beacon".parse().unwrap(), milestone: id("launch_day") } },
    ];
    plan("atlas-2", vec![task, ready, page, announce])
}

#[test]
fn why_follows_the_chain_down_to_the_person() {
    let plan = chain();
    let answer = why::item(&shown(&plan), &Target::Activity(id("announce")), &view(80)).unwrap();
    insta::assert_snapshot!("why_item", answer);
    assert!(answer.contains("launchd done atlas-2 train_support --evidence"));
    insta::assert_snapshot!("why_launch", why::launch(&shown(&plan), &view(80)));
    assert_eq!(why::item(&shown(&plan), &Target::Activity(id("nothing")), &view(80)), None);
}

#[test]
fn why_ends_when_things_wait_for_each_other() {
    let mut a = activity("a", ("jira", "issue"), Action::Create, Reason::NotThere);
    a.blocked = vec![Blocker::Needs { need: Need::Activity(id("b")) }];
    let mut b = activity("b", ("jira", "issue"), Action::Create, Reason::NotThere);
    b.after = vec![0];
    let plan = plan("atlas-2", vec![a, b]);
    let answer = why::item(&shown(&plan), &Target::Activity(id("a")), &view(80)).unwrap();
    assert!(answer.contains("(see above)"), "{answer}");
}

#[test]
fn status_shows_where_launches_stand() {
    let mut plan = chain();
    let base = plan.milestones[0].clone();
    let outlook = |name: &str, phase, status, done, total, due: &str, completed: Option<&str>| MilestoneOutlook {
        id: id(name),
        phase,
        status,
        done,
        total,
        due: at(due),
        completed_at: completed.map(at),
        ..base.clone()
    };
    plan.milestones = vec![
        outlook(
            "product_readiness",
            Phase::PreLaunch,
            Status::Completed,
            3,
            3,
            "2027-03-18T03:59:59Z",
            Some("2027-03-14T10:00:00Z"),
        ),
        outlook("marketing_campaign_ready", Phase::PreLaunch, Status::Delayed, 2, 5, "2027-03-14T03:59:59Z", None),
        outlook("sales_readiness", Phase::PreLaunch, Status::InProgress, 0, 1, "2027-04-01T13:00:00Z", None),
        outlook("launch_day", Phase::Launch, Status::Planned, 0, 12, "2027-04-01T13:00:00Z", None),
    ];
    let (fine, held, paused) = (
        Header::default(),
        Header {
            held: Some(Mark {
                by: Actor::daemon(),
                at: at("2027-03-15T12:00:00Z"),
                text: Some("launches/beacon.yaml:12:7: unknown milestone `launch-day`".into()),
            }),
            ..Header::default()
        },
        Header { paused: Some(mark("waiting for legal")), ..Header::default() },
    );
    let mut done = plan_named(&plan, "comet-with-a-rather-long-name");
    done.status = Status::Completed;
    let (beacon, dune) = (plan_named(&plan, "beacon"), plan_named(&plan, "dune"));
    let target = Some(at("2027-04-01T13:00:00Z"));
    let promised = [(id("product_readiness"), at("2027-03-12T03:59:59Z"))].into();
    let dates = |plan: &Plan| dates(&plan.milestones, &promised, None, Tz::America__New_York);
    let (of_plan, of_beacon, of_done, of_dune) = (dates(&plan), dates(&beacon), dates(&done), dates(&dune));
    let standing = |plan, header, target, dates| Standing {
        shown: shown(plan),
        header,
        target,
        launched: None,
        forecast: None,
        readiness: None,
        dates,
    };
    let all = [
        standing(&plan, &fine, target, &of_plan),
        standing(&beacon, &held, target, &of_beacon),
        standing(&done, &fine, Some(at("2027-03-01T13:00:00Z")), &of_done),
        standing(&dune, &paused, None, &of_dune),
    ];
    insta::assert_snapshot!("status_table_80", status::table(&all, &view(80)));
    insta::assert_snapshot!("status_table_120", status::table(&all, &view(120)));
    for width in [60, 80, 120] {
        insta::assert_snapshot!(format!("status_detail_{width}"), status::detail(&all[1], None, &view(width)));
    }
    insta::assert_snapshot!("status_empty", status::table(&[], &view(80)));
}

#[test]
fn a_cancelled_launch_is_not_said_to_become_ready() {
    let plan = atlas();
    let standing = |header| Standing {
        shown: shown(&plan),
        header,
        target: None,
        launched: None,
        forecast: None,
        readiness: Some(42),
        dates: &[],
    };
    let cancelled = Header { cancelled: Some(mark("no market")), ..Header::default() };
    let running = Header::default();
    assert!(status::table(&[standing(&running)], &view(120)).contains("42 %"));
    let told = status::table(&[standing(&cancelled)], &view(120));
    assert!(!told.contains("42 %"), "{told}");
    let mut ended = plan_named(&plan, "ended");
    ended.milestones.iter_mut().for_each(|m| m.status = Status::Cancelled);
    let dates = dates(&ended.milestones, &[].into(), None, Tz::America__New_York);
    let told =
        status::detail(&Standing { shown: shown(&ended), dates: &dates, ..standing(&cancelled) }, None, &view(120));
    let row = told.lines().find(|l| l.contains("launch_day")).unwrap_or(&told);
    assert!(row.contains("cancelled") && !row.contains("/12"), "{told}");
}

fn plan_named(plan: &Plan, name: &str) -> Plan {
    Plan { launch: name.parse().unwrap(), ..plan.clone() }
}
