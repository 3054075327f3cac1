//! (desired, observed, now) → the canonical text of a plan.

use std::collections::BTreeMap;

use launchd::core::{
    model::{
        Timestamp,
        activity::{Compensation, EffectClass, KeySupport, Need, Removal},
        approval::Grant,
        area::{Phase, Status},
        call::{IntentId, Verb},
        check::{Answer, Verdict},
        event::{Event, EventKind},
        fingerprint::Fingerprint,
        launch::{Freeze, Launch, Moved},
        name::Actor,
        observed::Observed,
        outcome::{Failure, Object, Outcome, Sighting},
        state::{Intent, LaunchState},
    },
    plan::{Action, Blocker, Desired, Plan, Stop, Target, Until, effect::Subject, plan, text},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::*;

fn planned(launch: &Launch, observed: &Observed, now: Timestamp) -> Plan {
    plan(Desired::Launch { launch, revision: &launch.revision() }, observed, now)
}

#[test]
fn a_revision_is_of_all_that_is_asked_for_and_not_of_where_it_is_written() {
    let launch = atlas();
    let mut other = launch.clone();
    (other.source.file, other.source.line) = ("elsewhere.yaml".into(), 70);
    assert_eq!(other.revision(), launch.revision());
    let written = serde_json::to_string(&launch).unwrap();
    let place = format!(",\"source\":{}}}", serde_json::to_string(&launch.source).unwrap());
    assert!(written.ends_with(&place), "`source` is no longer the last field of a launch");
    other.policy.grace_seconds += 1;
    assert_ne!(other.revision(), launch.revision(), "the field before `source` counts");
    other = launch.clone();
    other.title.push('!');
    assert_ne!(other.revision(), launch.revision());
}

/// The one boundary of these goldens.
fn golden(launch: &Launch, state: LaunchState, now: &str) -> String {
    text::canonical(&planned(launch, &Observed { state, ..Observed::default() }, at(now)))
}

/// The events of an effect that was asked for, with its outcome.
fn applied(launch: &Launch, activity: &str, outcome: Option<Outcome>, when: &str) -> Vec<EventKind> {
    let activity = launch.activity(&id(activity)).unwrap();
    let with = activity.with.value.clone();
    let subject = Subject::desired(&launch.name, activity, with, &launch.revision());
    let change = launchd::core::plan::Change::new(
        launchd::core::plan::Target::Activity(activity.id.clone()),
        "",
        Action::Create,
        launchd::core::plan::Reason::NotThere,
    );
    let (intent, _) = subject.effect(&change, &Default::default(), "main", at(when)).unwrap();
    let mut events = vec![EventKind::IntentOpened { intent }];
    if let Some(outcome) = outcome {
        events.push(EventKind::OutcomeRecorded { activity: activity.id.clone(), intent: IntentId(1), outcome });
    }
    events
}

fn object(fields: Value) -> Object {
    let fields: BTreeMap<String, Value> = serde_json::from_value(fields).unwrap();
    Object {
        id: "T-1".into(),
        url: Some("https://tracker.example/T-1".into()),
        fields,
        done: true,
        ..Object::default()
    }
}

fn succeeded(fields: Value) -> Option<Outcome> {
    Some(Outcome::Succeeded { object: object(fields) })
}

fn epic_there(launch: &Launch) -> Vec<EventKind> {
    applied(launch, "epic", succeeded(json!({ "summary": "Atlas" })), "2027-03-01")
}

#[test]
fn a_new_launch_makes_what_is_due_and_says_what_the_rest_waits_for() {
    insta::assert_snapshot!(golden(&atlas(), LaunchState::default(), "2027-03-01"));
}

#[test]
fn on_launch_day_the_announcement_waits_for_the_approval_alone() {
    let launch = atlas();
    let mut events = epic_there(&launch);
    events.push(EventKind::MilestoneCompleted { milestone: id("readiness") });
    insta::assert_snapshot!(golden(&launch, state(&launch, at("2027-03-01"), events), "2027-04-01T10:00"));
}

#[test]
fn an_approval_lets_the_announcement_go_until_what_was_approved_changes() {
    let mut launch = atlas();
    let day = id("launch_day");
    let own: Vec<_> = launch.activities_of(&day).collect();
    let fingerprint = launch.milestone(&id("launch_day")).unwrap().fingerprint(&own);
    let grant = Grant {
        by: Actor("ana".into()),
        at: at("2027-04-01"),
        fingerprint,
        revision: None,
        granted: true,
        comment: None,
    };
    let mut events = epic_there(&launch);
    events.push(EventKind::MilestoneCompleted { milestone: id("readiness") });
    events.push(EventKind::ApprovalAnswered { milestone: id("launch_day"), approval: id("go_no_go"), grant });
    let approved = state(&launch, at("2027-03-01"), events);
    let announce = |launch: &Launch| {
        let observed = Observed { state: approved.clone(), ..Observed::default() };
        let plan = planned(launch, &observed, at("2027-04-01T10:00"));
        plan.changes.into_iter().find(|c| c.title == "announce").unwrap()
    };
    assert_eq!(announce(&launch).blocked, []);
    assert!(announce(&launch).point_of_no_return);
    launch.activities[1].with.value["subject"] = json!("It is nearly here");
    assert!(matches!(announce(&launch).blocked[..], [Blocker::Approval { have: 0, void: 1, .. }]));
}

#[test]
fn nothing_of_the_launch_phase_starts_before_its_day_has_its_go() {
    let mut launch = atlas();
    launch.milestones.push(milestone("launch_week", Phase::Launch, "2027-04-07T23:59", &[]));
    launch.activities.push(activity("mail", "launch_week", json!({})));
    // What the day itself rests upon, and what comes before it, is not held.
    launch.milestones.push(milestone("soak", Phase::Launch, "2027-03-31", &[]));
    launch.activities.push(activity("watch", "soak", json!({})));
    let mut events = epic_there(&launch);
    events.push(EventKind::MilestoneCompleted { milestone: id("readiness") });
    let held = |launch: &Launch, more: Vec<EventKind>, name: &str| {
        let all = events.iter().cloned().chain(more).collect();
        let state = state(launch, at("2027-03-01"), all);
        let plan = planned(launch, &Observed { state, ..Observed::default() }, at("2027-04-01T10:00"));
        plan.changes.into_iter().find(|c| c.subject == Target::Activity(id(name))).unwrap().blocked
    };
    assert_eq!(held(&launch, vec![], "watch"), []);
    assert!(
        matches!(&held(&launch, vec![], "mail")[..], [Blocker::Approval { milestone, .. }] if milestone.as_str() == "launch_day")
    );

    let day = id("launch_day");
    let own: Vec<_> = launch.activities_of(&day).collect();
    let fingerprint = launch.milestone(&day).unwrap().fingerprint(&own);
    let (by, at) = (Actor("ana".into()), at("2027-04-01"));
    let grant = Grant { by: by.clone(), at, fingerprint, revision: None, granted: true, comment: None };
    let answered = |granted| {
        let grant = Grant { granted, ..grant.clone() };
        EventKind::ApprovalAnswered { milestone: id("launch_day"), approval: id("go_no_go"), grant }
    };
    assert_eq!(held(&launch, vec![answered(true)], "mail"), []);
    let refused = held(&launch, vec![answered(false)], "mail");
    assert!(matches!(&refused[..], [Blocker::Approval { refused_by: Some(_), .. }]), "{refused:?}");
    let block = EventKind::MilestoneBlocked { milestone: id("launch_day"), reason: "legal".into() };
    let blocked = held(&launch, vec![answered(true), block], "mail");
    assert!(matches!(&blocked[..], [Blocker::Marked { .. }]), "{blocked:?}");
}

#[test]
fn equal_is_kept_a_changed_file_is_an_update_and_a_changed_world_is_drift() {
    let mut launch = atlas();
    let there = state(&launch, at("2027-03-01"), epic_there(&launch));
    let seen = |fields: Value| BTreeMap::from([(id("epic"), Sighting::Found { object: object(fields) })]);
    let mut told = Vec::new();
    let mut tell = |launch: &Launch, sightings| {
        let observed = Observed { state: there.clone(), sightings, ..Observed::default() };
        let plan = planned(launch, &observed, at("2027-03-02"));
        told.push(
            text::canonical(&plan)
                .lines()
                .skip(1)
                .take_while(|l| !l.contains("errors_low"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    };
    tell(&launch, seen(json!({ "summary": "Atlas" })));
    tell(&launch, seen(json!({ "summary": "Renamed by hand" })));
    launch.activities[0].with.value["summary"] = json!("Atlas 2");
    tell(&launch, seen(json!({ "summary": "Atlas" })));
    tell(&launch, seen(json!({ "summary": "Renamed by hand" })));
    insta::assert_snapshot!(told.join("\n--\n"));
}

#[test]
fn drift_that_comes_back_each_time_is_mended_ever_more_rarely_and_told() {
    let launch = atlas();
    let mut there = state(&launch, at("2027-03-01"), epic_there(&launch));
    let EventKind::IntentOpened { mut intent } = epic_there(&launch).remove(0) else { unreachable!("made as one") };
    intent.verb = Verb::Update;
    let (mut seq, mut now) = (10, at("2027-03-02"));
    let mut tell = |there: &mut LaunchState, at, kind| {
        seq += 1;
        there.fold(&Event { seq, at, launch: launch.name.clone(), actor: Actor::daemon(), kind });
    };
    let other = json!({ "summary": "As the vendor likes it" });
    let mut waits = Vec::new();
    for _ in 0..6 {
        let kind =
            EventKind::Observed { activity: id("epic"), object: Some(object(other.clone())), was: BTreeMap::new() };
        tell(&mut there, now, kind);
        let plan = planned(&launch, &Observed { state: there.clone(), ..Observed::default() }, now);
        let epic = plan.changes.into_iter().find(|c| c.title == "epic").unwrap();
        assert_eq!(epic.action, Action::Update);
        if let [Blocker::Until { at, why: Until::Unkept { fields, times } }] = &epic.blocked[..] {
            assert_eq!(fields[..], ["summary".to_owned()]);
            waits.push((*times, (*at - now).num_hours()));
            now = *at;
        } else {
            assert_eq!(epic.blocked, []);
        }
        tell(&mut there, now, EventKind::IntentOpened { intent: intent.clone() });
        let (activity, outcome) = (id("epic"), succeeded(json!({ "summary": "Atlas" })).unwrap());
        tell(&mut there, now, EventKind::OutcomeRecorded { activity, intent: IntentId(1), outcome });
    }
    let times: Vec<_> = waits.iter().map(|(times, _)| *times).collect();
    assert_eq!(times, [3, 4, 5]);
    assert!(waits.is_sorted_by(|a, b| a.1 <= b.1) && waits[2].1 >= 3, "{waits:?}");
    // Days later it is somebody else's change, mended at once.
    let later = now + chrono::TimeDelta::days(9);
    let kind = EventKind::Observed { activity: id("epic"), object: Some(object(other)), was: BTreeMap::new() };
    tell(&mut there, later, kind);
    let plan = planned(&launch, &Observed { state: there.clone(), ..Observed::default() }, later);
    assert_eq!(plan.changes.iter().find(|c| c.title == "epic").unwrap().blocked, []);
}

#[test]
fn a_failed_look_up_is_never_taken_as_absence() {
    let launch = atlas();
    let failure = Failure::new("reach the tracker", "connection refused");
    let sightings = BTreeMap::from([(id("epic"), Sighting::Failed { failure })]);
    for known in [Vec::new(), epic_there(&launch)] {
        let observed = Observed {
            state: state(&launch, at("2027-03-01"), known),
            sightings: sightings.clone(),
            ..Observed::default()
        };
        let plan = planned(&launch, &observed, at("2027-03-02"));
        assert!(plan.ready().all(|(_, c)| !c.has_effect()), "{}", text::canonical(&plan));
    }
}

#[test]
fn an_effect_in_doubt_is_looked_for_first_and_only_then_judged_by_its_class() {
    let mut launch = atlas();
    launch.milestones[1].approvals.clear();
    let decide = |key: KeySupport, once: bool, probed: bool, unobservable: bool, now: &str| {
        let mut launch = launch.clone();
        let which = usize::from(once);
        launch.activities[which].key = key;
        let id = launch.activities[which].id.clone();
        let mut events = applied(&launch, id.as_str(), None, "2027-04-01T10:00");
        if probed {
            events.push(EventKind::Probed { activity: id.clone(), intent: IntentId(1), unobservable });
        }
        let mut state = state(&launch, at("2027-04-01T10:01"), events);
        state.milestones.entry("readiness".parse().unwrap()).or_default();
        let plan = planned(&launch, &Observed { state, ..Observed::default() }, at(now));
        let change =
            plan.changes.iter().find(|c| c.subject == launchd::core::plan::Target::Activity(id.clone())).unwrap();
        let asks = change.blocked.iter().any(|b| matches!(b, Blocker::InDoubt { .. }));
        (change.action, asks)
    };
    let (probe, header, opaque) = (
        KeySupport::Probe { settle_seconds: 5 },
        KeySupport::Header { lifetime_seconds: Some(1800) },
        KeySupport::Opaque,
    );
    // Nothing is repeated before it was looked for.
    assert_eq!(decide(probe, false, false, false, "2027-04-01T10:02"), (Action::Probe, false));
    assert_eq!(decide(probe, true, false, false, "2027-04-01T10:02"), (Action::Probe, false));
    // Not found: what converges is made again, what is public asks a person.
    assert_eq!(decide(probe, false, true, false, "2027-04-01T10:02"), (Action::Create, false));
    assert_eq!(decide(probe, true, true, false, "2027-04-01T10:02"), (Action::Await, true));
    // A living key may be sent again at once; past its lifetime it is looked for first, and if that cannot be, a person is asked.
    assert_eq!(decide(header, true, false, false, "2027-04-01T10:02"), (Action::Create, false));
    assert_eq!(decide(header, true, false, false, "2027-04-01T10:31"), (Action::Probe, false));
    assert_eq!(decide(header, true, true, true, "2027-04-01T10:31"), (Action::Await, true));
    assert_eq!(decide(header, false, true, true, "2027-04-01T10:31"), (Action::Await, true));
    // Neither: at most once.
    assert_eq!(decide(opaque, false, false, false, "2027-04-01T10:02"), (Action::Await, true));
}

#[test]
fn a_create_is_repeated_only_when_a_second_look_found_nothing_either() {
    let mut launch = atlas();
    launch.activities.truncate(1);
    launch.activities[0].key = KeySupport::Probe { settle_seconds: 60 };
    // Intent and lost answer at 10:00:00, then looks at these seconds.
    let after = |looks: &[i64], second: i64| {
        let start = at("2027-04-01T10:00");
        let mut state = state(&launch, start, applied(&launch, "epic", None, "2027-04-01T10:00"));
        for (n, look) in looks.iter().enumerate() {
            state.fold(&Event {
                seq: 10 + n as u64,
                at: start + chrono::TimeDelta::seconds(*look),
                launch: launch.name.clone(),
                actor: Actor::daemon(),
                kind: EventKind::Probed { activity: id("epic"), intent: IntentId(1), unobservable: false },
            });
        }
        let now = start + chrono::TimeDelta::seconds(second);
        let plan = planned(&launch, &Observed { state, ..Observed::default() }, now);
        let epic = plan.changes.into_iter().find(|c| c.subject == Target::Activity(id("epic"))).unwrap();
        let wait = epic.blocked.iter().find_map(|b| match b {
            Blocker::Until { at, why: Until::ProbeAgain } => Some((*at - start).num_seconds()),
            _ => None,
        });
        (epic.action, wait)
    };
    assert_eq!(after(&[], 0), (Action::Probe, None));
    assert_eq!(after(&[1], 1), (Action::Probe, Some(60)));
    assert_eq!(after(&[1], 60), (Action::Probe, None));
    assert_eq!(after(&[1, 60], 60), (Action::Probe, Some(600)));
    assert_eq!(after(&[1, 60], 600), (Action::Probe, None));
    assert_eq!(after(&[1, 60, 600], 600), (Action::Create, None));
    // Away for a day: one look is enough, since it is late enough.
    assert_eq!(after(&[86_400], 86_400), (Action::Create, None));
}

#[test]
fn a_rejection_waits_for_the_file_and_a_retry_for_its_time() {
    let mut launch = atlas();
    let rejected =
        applied(&launch, "epic", Some(Outcome::rejected("create the issue", "no such project")), "2027-03-01");
    let plan_of = |launch: &Launch, events: &[EventKind], now: &str| {
        let state = state(launch, at("2027-03-01"), events.to_vec());
        planned(launch, &Observed { state, ..Observed::default() }, at(now))
    };
    let refused = plan_of(&launch, &rejected, "2027-03-09");
    assert!(matches!(refused.changes[0].blocked[..], [Blocker::Rejected { .. }]));
    let retryable = applied(&launch, "epic", Some(Outcome::retryable("create the issue", "busy")), "2027-03-01");
    let soon = plan_of(&launch, &retryable, "2027-03-01T00:00");
    assert!(matches!(soon.changes[0].blocked[..], [Blocker::Until { why: Until::Retry { attempt: 2, .. }, .. }]));
    assert!(soon.next.is_some_and(|n| matches!(n.why, Until::Retry { .. })));
    assert_eq!(plan_of(&launch, &retryable, "2027-03-01T00:05").changes[0].blocked, []);
    launch.activities[0].with.value["summary"] = json!("In another project");
    assert_eq!(plan_of(&launch, &rejected, "2027-03-09").changes[0].blocked, []);
}

#[test]
fn what_left_the_file_ends_as_it_said_when_it_was_applied() {
    for (removal, action) in
        [(Removal::Keep, Action::Forget), (Removal::Close, Action::Close), (Removal::Delete, Action::Delete)]
    {
        let mut launch = atlas();
        launch.activities[0].on_remove = removal;
        let there = state(&launch, at("2027-03-01"), epic_there(&launch));
        launch.activities.clear();
        let observed = Observed { state: there, ..Observed::default() };
        let inside = planned(&launch, &observed, at("2027-03-02"));
        let gone = plan(Desired::Gone { name: &launch.name, policy: &launch.policy }, &observed, at("2027-03-02"));
        for plan in [inside, gone] {
            let epic = plan.changes.iter().find(|c| c.title == "epic").unwrap();
            assert_eq!(epic.action, action);
        }
    }
}

#[test]
fn a_rename_moves_the_state_and_nothing_else() {
    let mut launch = atlas();
    let there = state(&launch, at("2027-03-01"), epic_there(&launch));
    launch.activities.truncate(1);
    launch.activities[0].id = id("tracking_issue");
    launch.moved = vec![Moved { from: id("epic"), to: id("tracking_issue") }];
    let plan = planned(&launch, &Observed { state: there, ..Observed::default() }, at("2027-03-02"));
    let actions: Vec<_> = plan.changes.iter().map(|c| (c.action, text::target(&c.subject))).collect();
    assert_eq!(actions[0], (Action::Move, "tracking_issue".into()));
    assert_eq!(actions[1], (Action::Keep, "tracking_issue".into()));
    assert!(!plan.changes.iter().any(launchd::core::plan::Change::has_effect));
}

#[test]
fn a_rename_is_followed_whatever_is_known_of_the_new_name_short_of_an_object() {
    let mut launch = atlas();
    let mut events = epic_there(&launch);
    launch.activities.truncate(1);
    launch.activities[0].id = id("story");
    launch.moved = vec![Moved { from: id("epic"), to: id("story") }];
    // It was looked for before it was known as the old one, and a person stopped it under its new name.
    let failure = Failure::new("the search answered 503", "come back later");
    events.push(EventKind::LookupFailed { activity: id("story"), failure });
    events.push(EventKind::ActivityBlocked { activity: id("story"), reason: "wrong".into() });
    let mut there = state(&launch, at("2027-03-01"), events);
    let plan = planned(&launch, &Observed { state: there.clone(), ..Observed::default() }, at("2027-03-02"));
    assert_eq!(plan.changes[0].action, Action::Move);
    assert!(!plan.changes.iter().any(launchd::core::plan::Change::has_effect));
    assert!(!plan.changes.iter().any(|c| c.action == Action::Forget));
    let (seq, launch) = (99, launch.name);
    let kind = EventKind::Moved { from: id("epic"), to: id("story") };
    there.fold(&Event { seq, at: at("2027-03-02"), launch, actor: Actor::daemon(), kind });
    let story = &there.activities[&id("story")];
    assert!(story.blocked.is_some() && story.applied.is_some() && !there.activities.contains_key(&id("epic")));
}

#[test]
fn what_is_under_way_is_awaited_under_its_new_name_too_and_when_it_is_no_longer_wanted() {
    let mut launch = atlas();
    let open = epic_there(&launch).remove(0);
    let (there, running) = (state(&launch, at("2027-03-01"), vec![open]), [id("epic")].into());
    let observed = Observed { state: there, running, ..Observed::default() };
    launch.activities.truncate(1);
    launch.activities[0].id = id("story");
    let gone = planned(&launch, &observed, at("2027-03-02"));
    launch.moved = vec![Moved { from: id("epic"), to: id("story") }];
    let renamed = planned(&launch, &observed, at("2027-03-02"));
    for (plan, name) in [(gone, "epic"), (renamed, "story")] {
        let change = plan.changes.iter().find(|c| text::target(&c.subject) == name).unwrap();
        assert_eq!(change.action, Action::Await);
        assert!(matches!(change.blocked[..], [Blocker::Running { .. }]), "{name}");
        assert!(!plan.changes.iter().any(|c| c.action == Action::Move));
    }
}

#[test]
fn what_is_sent_again_under_its_key_is_what_was_sent_before_and_public_words_are_not_once_they_changed() {
    for (effect, action) in [(EffectClass::Converge, Action::Create), (EffectClass::Once, Action::Probe)] {
        let mut launch = atlas();
        launch.activities.truncate(1);
        launch.activities[0].key = KeySupport::Header { lifetime_seconds: None };
        launch.activities[0].effect = effect;
        let there = state(&launch, at("2027-03-01"), vec![epic_there(&launch).remove(0)]);
        launch.activities[0].with.value = json!({ "summary": "Another" });
        let plan = planned(&launch, &Observed { state: there.clone(), ..Observed::default() }, at("2027-03-02"));
        let change = plan.changes.iter().find(|c| c.title == "epic").unwrap();
        assert_eq!(change.action, action);
        let (epic, revision) = (&launch.activities[0], launch.revision());
        let subject = Subject::desired(&launch.name, epic, epic.with.value.clone(), &revision);
        let known = &there.activities[&epic.id];
        let sent = subject.effect(change, known, "main", at("2027-03-02"));
        assert_eq!(sent.is_some(), effect == EffectClass::Converge);
        if let Some((intent, call)) = sent {
            let before = known.open.as_ref().unwrap();
            assert!(intent.repeats && intent.key == before.key && intent.inputs == before.inputs);
            assert_eq!(call.with, json!({ "summary": "Atlas" }));
        }
    }
}

#[test]
fn what_was_rejected_after_a_lost_answer_goes_on_once_the_file_is_corrected() {
    let mut launch = atlas();
    launch.activities.truncate(1);
    launch.activities[0].key = KeySupport::Header { lifetime_seconds: None };
    let EventKind::IntentOpened { intent } = epic_there(&launch).remove(0) else { unreachable!("made as one") };
    let repeat = EventKind::IntentOpened { intent: Intent { repeats: true, ..intent.clone() } };
    let outcome = Outcome::rejected("the tracker says no", "summary is too short");
    let answer = EventKind::OutcomeRecorded { activity: id("epic"), intent: IntentId(2), outcome };
    let looked = EventKind::Probed { activity: id("epic"), intent: IntentId(2), unobservable: false };
    let events = vec![EventKind::IntentOpened { intent }, repeat, answer, looked];
    let there = state(&launch, at("2027-03-01"), events);
    let observed = Observed { state: there.clone(), ..Observed::default() };
    let epic = |launch: &Launch| planned(launch, &observed, at("2027-03-02")).changes.remove(0);
    assert!(matches!(epic(&launch).blocked[..], [Blocker::Rejected { .. }]));
    launch.activities[0].with.value = json!({ "summary": "Long enough" });
    let (change, revision) = (epic(&launch), launch.revision());
    assert_eq!((change.action, &change.blocked[..]), (Action::Create, &[][..]));
    let wanted = Subject::desired(&launch.name, &launch.activities[0], json!({ "summary": "Long enough" }), &revision);
    let (intent, call) = wanted.effect(&change, &there.activities[&id("epic")], "main", at("2027-03-02")).unwrap();
    assert!(!intent.repeats && call.with == json!({ "summary": "Long enough" }));
}

#[test]
fn a_create_without_an_answer_that_is_not_wanted_any_more_is_looked_for_and_then_forgotten() {
    let mut launch = atlas();
    launch.activities[0].key = KeySupport::Header { lifetime_seconds: None };
    let open = epic_there(&launch).remove(0);
    let start = at("2027-03-01");
    let looked = EventKind::Probed { activity: id("epic"), intent: IntentId(1), unobservable: false };
    let mut there = state(&launch, start, vec![open]);
    launch.activities.clear();
    let plan = |there: &LaunchState, now| {
        let observed = Observed { state: there.clone(), ..Observed::default() };
        planned(&launch, &observed, now).changes.into_iter().find(|c| c.title == "epic")
    };
    let tell = |there: &mut LaunchState, seq, at, kind| {
        there.fold(&Event { seq, at, launch: launch.name.clone(), actor: Actor::daemon(), kind });
    };
    assert_eq!(plan(&there, start).unwrap().action, Action::Probe);
    tell(&mut there, 2, start, looked.clone());
    // A call that was on its way may still arrive; looking again at once would find nothing new.
    let soon = plan(&there, at("2027-03-01T00:00")).unwrap();
    assert!(matches!(soon.blocked[..], [Blocker::Until { why: Until::ProbeAgain, .. }]), "{:?}", soon.blocked);
    assert_eq!(plan(&there, at("2027-03-01T00:05")).unwrap().blocked, []);
    tell(&mut there, 3, at("2027-03-01T00:05"), looked);
    assert_eq!(plan(&there, at("2027-03-01T00:05")).unwrap().action, Action::Forget);
    tell(&mut there, 4, at("2027-03-01T00:05"), EventKind::Forgotten { activity: id("epic"), reason: "never".into() });
    assert_eq!(plan(&there, at("2027-03-01T00:06")), None);
}

#[test]
fn a_freeze_holds_effects_back_and_its_end_is_the_next_moment() {
    let mut launch = atlas();
    launch.freezes = vec![Freeze {
        calendar: None,
        name: "quarter end".into(),
        from: at("2027-03-01"),
        until: at("2027-03-03"),
        except: Vec::new(),
    }];
    let plan = planned(&launch, &Observed::default(), at("2027-03-02"));
    assert!(plan.ready().next().is_none());
    assert_eq!(plan.next.unwrap().at, at("2027-03-03"));
    let after = planned(&launch, &Observed::default(), at("2027-03-03"));
    assert_eq!(after.changes[0].blocked, []);
}

#[test]
fn a_missed_announcement_is_caught_up_within_the_grace_window_and_asks_after_it() {
    let mut launch = empty_launch("late");
    launch.milestones = vec![milestone("day", Phase::Launch, "2027-04-01", &[])];
    launch.activities = vec![once("announce", "day", KeySupport::Opaque)];
    let blocked = |now: &str| planned(&launch, &Observed::default(), at(now)).changes[0].blocked.clone();
    assert!(matches!(blocked("2027-04-01T08:59")[..], [Blocker::Until { why: Until::Embargo, .. }]));
    assert_eq!(blocked("2027-04-01T09:00"), []);
    assert_eq!(blocked("2027-04-02T08:00"), []);
    assert!(matches!(blocked("2027-04-02T09:01")[..], [Blocker::Missed { .. }]));
}

#[test]
fn many_changes_at_once_stop_and_ask_for_exactly_these_changes() {
    let mut launch = empty_launch("big");
    launch.milestones = vec![milestone("m", Phase::PreLaunch, "2027-04-01", &[])];
    launch.activities = (0..10).map(|n| activity(&format!("a{n}"), "m", json!({ "summary": n }))).collect();
    let mut events = Vec::new();
    for n in 0..10 {
        events.extend(applied(&launch, &format!("a{n}"), succeeded(json!({ "summary": n })), "2027-03-01"));
    }
    let there = state(&launch, at("2027-03-01"), events);
    for activity in &mut launch.activities[..4] {
        activity.with.value = json!({ "summary": "changed" });
    }
    let observed = Observed { state: there, ..Observed::default() };
    let stopped = planned(&launch, &observed, at("2027-03-02"));
    let Some(Stop::MassChange { affected: 4, existing: 10, percent: 40, changes, .. }) = &stopped.stop else {
        panic!("{:?}", stopped.stop)
    };
    assert!(stopped.ready().next().is_none());
    let mut agreed = observed.clone();
    agreed.state.header.confirmed = Some(changes.clone());
    let agreed_plan = planned(&launch, &agreed, at("2027-03-02"));
    assert_eq!(agreed_plan.ready().filter(|(_, c)| c.has_effect()).count(), 4);
    launch.activities[4].with.value = json!({ "summary": "one more" });
    assert!(planned(&launch, &agreed, at("2027-03-02")).stop.is_some(), "agreed to four, not to five");
}

#[test]
fn three_changes_are_judged_by_their_share_and_two_are_not() {
    let mut launch = empty_launch("small");
    launch.milestones = vec![milestone("m", Phase::PreLaunch, "2027-04-01", &[])];
    launch.activities = (0..4).map(|n| activity(&format!("a{n}"), "m", json!({ "summary": n }))).collect();
    let events = (0..4)
        .flat_map(|n| applied(&launch, &format!("a{n}"), succeeded(json!({ "summary": n })), "2027-03-01"))
        .collect::<Vec<_>>();
    let observed = Observed { state: state(&launch, at("2027-03-01"), events), ..Observed::default() };
    for (changed, stops) in [(2, false), (3, true)] {
        for activity in &mut launch.activities[..changed] {
            activity.with.value = json!({ "summary": "changed" });
        }
        let plan = planned(&launch, &observed, at("2027-03-02"));
        assert_eq!(plan.stop.is_some(), stops, "{changed} of 4");
    }
}

#[test]
fn a_check_passes_only_after_holding_for_its_time() {
    let mut launch = atlas();
    launch.milestones[0].checks = vec![check("errors_low", "value < 0.01", 600)];
    let question = Fingerprint::of(&launch.milestones[0].checks[0]);
    let answer = |minute: i64, verdict| EventKind::CheckAnswered {
        milestone: id("readiness"),
        check: id("errors_low"),
        answer: Answer {
            by_person: true,
            at: at("2027-03-01") + chrono::TimeDelta::minutes(minute),
            verdict,
            value: json!(0),
            detail: None,
            failure: None,
            question: question.clone(),
        },
    };
    let action = |answers: Vec<EventKind>, now: &str| {
        let mut events = epic_there(&launch);
        events.extend(answers);
        let state = state(&launch, at("2027-03-01"), events);
        let plan = planned(&launch, &Observed { state, ..Observed::default() }, at(now));
        plan.changes.iter().find(|c| c.title.contains("errors_low")).unwrap().action
    };
    assert_eq!(action(vec![], "2027-03-01T00:00"), Action::Check);
    assert_eq!(action(vec![answer(0, Verdict::Pass)], "2027-03-01T00:00"), Action::Await);
    assert_eq!(action(vec![answer(0, Verdict::Pass)], "2027-03-01T00:01"), Action::Check);
    assert_eq!(action(vec![answer(0, Verdict::Pass), answer(10, Verdict::Pass)], "2027-03-01T00:10"), Action::Keep);
    let broken = vec![answer(0, Verdict::Pass), answer(5, Verdict::Fail), answer(10, Verdict::Pass)];
    assert_eq!(action(broken, "2027-03-01T00:10"), Action::Await);
}

#[test]
fn while_the_files_cannot_be_followed_nothing_public_goes_out() {
    let mut launch = empty_launch("held");
    launch.milestones = vec![milestone("day", Phase::Launch, "2027-04-01", &[])];
    launch.activities = vec![once("announce", "day", KeySupport::Opaque), activity("page", "day", json!({ "x": 1 }))];
    let held =
        state(&launch, at("2027-03-01"), vec![EventKind::Held { reason: "launches/a.yaml:3:1: not YAML".into() }]);
    let plan = planned(&launch, &Observed { state: held, ..Observed::default() }, at("2027-04-01T10:00"));
    let ready: Vec<_> = plan.ready().map(|(_, c)| c.title.as_str()).collect();
    assert_eq!(ready, ["page"]);
}

#[test]
fn a_milestone_past_its_due_date_is_delayed() {
    let plan = planned(&atlas(), &Observed::default(), at("2027-03-19"));
    assert_eq!(plan.milestones[0].status, Status::Delayed);
    assert_eq!(plan.status, Status::Delayed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_three_inputs_give_the_same_plan_twice_with_everything_after_what_it_waits_for(
        edges in proptest::collection::vec((0usize..12, 0usize..12), 0..30),
        day in 0i64..60,
        happened in proptest::collection::vec((0usize..12, 0u8..5), 0..20),
    ) {
        let launch = random_launch(&edges);
        let mut events = Vec::new();
        for (which, outcome) in happened {
            let outcome = match outcome {
                0 => None,
                1 => succeeded(json!({ "n": which })),
                2 => Some(Outcome::rejected("no", "no")),
                3 => Some(Outcome::retryable("busy", "busy")),
                _ => Some(Outcome::in_doubt("timeout", "timeout")),
            };
            events.extend(applied(&launch, &format!("a{which}"), outcome, "2027-03-01"));
        }
        let observed = Observed { state: state(&launch, at("2027-03-01"), events), ..Observed::default() };
        let now = at("2027-03-01") + chrono::TimeDelta::days(day);
        let first = planned(&launch, &observed, now);
        prop_assert_eq!(&first, &planned(&launch, &observed, now));
        prop_assert_eq!(first.changes.iter().filter(|c| matches!(c.subject, launchd::core::plan::Target::Activity(_))).count(), 12);
        for (index, change) in first.changes.iter().enumerate() {
            prop_assert!(change.after.iter().all(|before| *before < index));
        }
        prop_assert!(first.next.is_none_or(|n| n.at > now));
    }
}

/// Twelve activities in three milestones, with needs from later to earlier ones only.
fn random_launch(edges: &[(usize, usize)]) -> Launch {
    let mut launch = empty_launch("random");
    launch.milestones = vec![
        milestone("m0", Phase::PreLaunch, "2027-03-10", &[]),
        milestone("m1", Phase::Launch, "2027-04-01", &["m0"]),
        milestone("m2", Phase::PostLaunch, "2027-04-15", &["m1"]),
    ];
    launch.activities =
        (0..12).map(|n| activity(&format!("a{n}"), &format!("m{}", n / 4), json!({ "n": n }))).collect();
    for &(a, b) in edges {
        if b < a {
            launch.activities[a].needs.push(launchd::core::model::activity::Need::Activity(id(&format!("a{b}"))));
        }
    }
    launch
}

/// So many milestones before the launch and as many in it, all at T, each with one activity or none.
fn flat(half: usize, with_work: bool) -> Launch {
    let mut launch = empty_launch("flat");
    for number in 0..2 * half {
        let phase = if number < half { Phase::PreLaunch } else { Phase::Launch };
        let name = format!("m{number}");
        launch.milestones.push(milestone(&name, phase, "2027-04-01T09:00", &[]));
        if with_work {
            launch.activities.push(activity(&format!("a{number}"), &name, json!({})));
        }
    }
    launch
}

/// Everything that a plan repeats for each of its changes.
fn told(plan: &Plan) -> usize {
    let names = |blocker: &Blocker| match blocker {
        Blocker::Phase { waiting_for, .. } => waiting_for.len(),
        _ => 1,
    };
    let of = |c: &launchd::core::plan::Change| c.after.len() + c.blocked.iter().map(names).sum::<usize>();
    plan.gate.len() + plan.changes.iter().map(of).sum::<usize>()
}

#[test]
fn the_launch_phase_of_a_flat_plan_comes_after_everything_before_it_and_the_plan_says_so_once() {
    let small = planned(&flat(3, false), &Observed::default(), at("2027-04-02"));
    let last = small.changes.iter().find(|c| c.subject == Target::Milestone(id("m5"))).unwrap();
    let before: Vec<_> = small.before(last).map(|i| text::target(&small.changes[i].subject)).collect();
    assert_eq!((before.join(" ").as_str(), last.action), ("m0 m1 m2", Action::Complete));
    assert_eq!(small.count_before(last), 3);

    let large = planned(&flat(10_000, false), &Observed::default(), at("2027-04-02"));
    assert_eq!((large.gate.len(), large.changes.len()), (10_000, 20_001));
    assert!(told(&large) <= 3 * 20_000, "{}", told(&large));
}

#[test]
fn a_phase_that_waits_for_thousands_names_a_few_of_them_and_counts_the_rest() {
    let mut launch = flat(10_000, true);
    launch.activities.iter_mut().for_each(|a| a.not_before = Some(at("2027-03-31")));
    launch.milestones.last_mut().unwrap().needs = vec![Need::Milestone(id("m1"))];
    let plan = planned(&launch, &Observed::default(), at("2027-03-01"));
    let phase = |name: &str| {
        let change = plan.changes.iter().find(|c| c.subject == Target::Milestone(id(name))).unwrap();
        let found = change.blocked.iter().find_map(|b| match b {
            Blocker::Phase { waiting_for, more, .. } => Some((waiting_for.clone(), *more)),
            _ => None,
        });
        found.unwrap()
    };
    let (named, more) = phase("m10000");
    assert_eq!((named.first().unwrap().as_str(), named.len() + more), ("m0", 10_000));
    let (named, more) = phase("m19999");
    assert!(!named.contains(&id("m1")), "what it needs by itself is told by itself");
    assert_eq!(named.len() + more, 9_999);
    assert!(told(&plan) <= 30 * 20_000, "{}", told(&plan));
}

#[test]
fn undoing_a_large_flat_launch_says_once_what_comes_before_the_first_phase() {
    let mut launch = flat(60, true);
    launch.activities.iter_mut().for_each(|a| a.on_cancel = Compensation::Close);
    let mut events = Vec::new();
    for (number, activity) in launch.activities.iter().enumerate() {
        let kept = applied(&launch, activity.id.as_str(), succeeded(json!({})), "2027-03-01");
        events.extend(kept.into_iter().map(|kind| match kind {
            EventKind::OutcomeRecorded { activity, outcome, .. } => {
                EventKind::OutcomeRecorded { activity, intent: IntentId(2 * number as u64 + 1), outcome }
            }
            kind => kind,
        }));
    }
    events.push(EventKind::Cancelled { reason: None });
    let state = state(&launch, at("2027-03-01"), events);
    let plan = planned(&launch, &Observed { state, ..Observed::default() }, at("2027-03-02"));
    let first = plan.changes.iter().find(|c| c.subject == Target::Activity(id("a0"))).unwrap();
    assert_eq!((first.action, plan.gate.len(), plan.count_before(first)), (Action::Close, 60, 60));
    assert!(told(&plan) <= 3 * 120, "{}", told(&plan));
}
