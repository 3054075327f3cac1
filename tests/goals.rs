//! Goals from their first figure to the judgement, in the real engine and as values.

use std::sync::Arc;

use chrono::TimeDelta;
use launchd::{
    core::{
        model::{
            Timestamp,
            area::{Phase, Status},
            event::EventKind,
            launch::Launch,
            measure::{Ending, GoalState},
            observed::Observed,
        },
        plan::{Action, Blocker, Change, Desired, Plan, Target, Until, plan},
    },
    edges::{
        clock::VirtualClock,
        executors::simulated::{CrashPlan, Fault, FaultKind, Script, SimulatedPeople, SimulatedWorld},
        store::{Store, memory::MemoryStore},
    },
    reconcile::{Rehearsal, Rehearsed},
};
use serde_json::json;

use crate::fixtures::*;

/// One milestone, done by a person in March; one goal with figures and one without.
fn launch() -> Launch {
    let mut launch = empty_launch("measured");
    launch.milestones = vec![milestone("ready", Phase::PreLaunch, "2027-03-31", &[])];
    launch.activities = vec![task("train", "ready")];
    launch.metrics = [(id("customers"), metric("warehouse/customers"))].into();
    launch.goals = vec![goal("customers", Some(">= 100"), "2027-04-11T09:00"), goal("liked", None, "2027-04-15")];
    launch
}

struct Run {
    ended: Rehearsed,
    world: SimulatedWorld,
    store: Arc<MemoryStore>,
    rehearsal: Rehearsal,
}

impl Run {
    async fn of(launch: Launch, script: Script, figure: Option<serde_json::Value>) -> Self {
        let (store, crash) = (Arc::new(MemoryStore::default()), CrashPlan::new());
        let world = SimulatedWorld::new(script, crash.clone());
        world.learn(&launch);
        if let Some(figure) = figure {
            world.answer(&launch.name, "goal.customers", figure);
        }
        let mut rehearsal = Rehearsal {
            launch: Arc::new(launch),
            store: Arc::clone(&store) as Arc<dyn Store>,
            world: world.clone(),
            crash,
            people: SimulatedPeople::default(),
            clock: Arc::new(VirtualClock::new(at("2027-03-29"))),
            resync: Some(TimeDelta::hours(6)),
        };
        let ended = rehearsal.run(at("2027-06-01")).await.unwrap();
        Self { ended, world, store, rehearsal }
    }

    fn goal(&self, name: &str) -> GoalState {
        self.store.image().state(&self.rehearsal.launch.name).goals[&id(name)].clone()
    }

    fn asked(&self, name: &str) -> Vec<Timestamp> {
        let sampled = |kind: &EventKind| matches!(kind, EventKind::GoalSampled { goal, .. } if *goal == id(name));
        self.ended.events.iter().filter(|e| sampled(&e.kind)).map(|e| e.at).collect()
    }
}

fn block_on<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run)
}

#[test]
fn a_metric_is_asked_daily_from_t_and_the_figure_at_the_date_decides() {
    block_on(async {
        let run = Run::of(launch(), Script::default(), Some(json!(120))).await;
        let days: Vec<_> = (0..=10).map(|n| target() + TimeDelta::days(n)).collect();
        assert_eq!(run.asked("customers"), days);
        let judged = run.goal("customers").judged.unwrap();
        assert_eq!((judged.ending, judged.value, judged.at), (Ending::Reached, Some(120.0), at("2027-04-11T09:00")));
        assert_eq!(judged.evidence.as_deref(), Some("warehouse/customers answered 120"));
    });
}

#[test]
fn a_figure_short_of_the_target_is_a_missed_goal_and_the_launch_is_complete_all_the_same() {
    block_on(async {
        let run = Run::of(launch(), Script::default(), Some(json!(99))).await;
        assert_eq!(run.goal("customers").judged.unwrap().ending, Ending::Missed);
        assert_eq!(run.ended.plan.status, Status::Completed);
        let completed = run.ended.events.iter().find(|e| e.kind == EventKind::LaunchCompleted).unwrap();
        assert!(completed.at < target(), "a goal held the launch back until {}", completed.at);
    });
}

#[test]
fn once_all_goals_are_judged_nobody_is_asked_any_more() {
    block_on(async {
        let mut run = Run::of(launch(), Script::default(), None).await;
        assert!(run.ended.plan.is_over());
        let before = (run.world.calls(), run.ended.events.len());
        for _ in 0..50 {
            run.rehearsal.clock.advance(TimeDelta::days(1));
            let again = run.rehearsal.run(at("2027-12-01")).await.unwrap();
            assert_eq!((run.world.calls(), again.events.len()), before);
        }
    });
}

#[test]
fn a_metric_that_does_not_answer_is_asked_less_and_less_often_and_in_the_end_a_person_is() {
    block_on(async {
        let fault = Fault { last: 10_000, ..Fault::once(FaultKind::LookupFailed, "goal.customers") };
        let run = Run::of(launch(), Script::new(vec![fault]), None).await;
        let (asked, state) = (run.asked("customers"), run.goal("customers"));
        assert!(asked.len() < 60, "{} questions", asked.len());
        assert!(asked.windows(2).all(|w| w[1] - w[0] >= TimeDelta::seconds(45)), "{asked:?}");
        let inconclusive = run.ended.events.iter().any(
            |e| matches!(&e.kind, EventKind::GoalJudged { judgement, .. } if judgement.ending == Ending::Inconclusive),
        );
        assert!(inconclusive);
        assert_eq!(state.judged.unwrap().evidence.as_deref(), Some("rehearsed"));
        assert!(asked.last().unwrap() < &at("2027-04-13"));
    });
}

#[test]
fn an_answer_that_is_no_number_is_no_figure() {
    block_on(async {
        let run = Run::of(launch(), Script::default(), Some(json!({ "count": 120 }))).await;
        let failure = run.ended.events.iter().find_map(|e| match &e.kind {
            EventKind::GoalSampled { failure, .. } => failure.clone(),
            _ => None,
        });
        assert_eq!(failure.unwrap().summary, "the answer is not a number");
        assert!(run.goal("customers").samples.is_empty());
    });
}

#[test]
fn a_metric_picks_its_number_out_of_an_answer_that_says_more() {
    block_on(async {
        let mut launch = launch();
        launch.metrics.get_mut("customers").unwrap().pick = Some("value.data.count".into());
        let answer = json!({ "data": { "count": 120 } });
        let run = Run::of(launch.clone(), Script::default(), Some(answer)).await;
        assert_eq!(run.goal("customers").judged.unwrap().value, Some(120.0));
        let run = Run::of(launch, Script::default(), Some(json!({ "data": {} }))).await;
        let failure = run.ended.events.iter().find_map(|e| match &e.kind {
            EventKind::GoalSampled { failure, .. } => failure.clone(),
            _ => None,
        });
        assert_eq!(failure.unwrap().summary, "find `value.data.count` in the answer");
    });
}

fn planned(launch: &Launch, kinds: Vec<EventKind>, now: &str) -> Plan {
    let state = state(launch, target(), kinds);
    let revision = launch.revision();
    plan(Desired::Launch { launch, revision: &revision }, &Observed { state, ..Observed::default() }, at(now))
}

fn change<'p>(plan: &'p Plan, goal: &str) -> &'p Change {
    plan.changes.iter().find(|c| c.subject == Target::Goal(id(goal))).unwrap()
}

fn sampled(launch: &Launch, value: Option<f64>, last: bool) -> EventKind {
    let question = launch.metrics[&id("customers")].question();
    EventKind::GoalSampled { goal: id("customers"), question, value, failure: None, last }
}

#[test]
fn before_t_a_goal_waits_and_its_first_figure_is_a_moment_of_the_plan() {
    let mut launch = launch();
    (launch.milestones, launch.activities) = (Vec::new(), Vec::new());
    let plan = planned(&launch, Vec::new(), "2027-03-30");
    assert_eq!(change(&plan, "customers").action, Action::Await);
    assert_eq!(plan.next.unwrap().why, Until::GoalSample { goal: id("customers") });
}

#[test]
fn a_person_is_asked_at_the_date_and_not_before() {
    let before = planned(&launch(), Vec::new(), "2027-04-14");
    assert!(
        matches!(&change(&before, "liked").blocked[..], [Blocker::Until { at: by, .. }] if *by == at("2027-04-15"))
    );
    let after = planned(&launch(), Vec::new(), "2027-04-15");
    assert!(matches!(&change(&after, "liked").blocked[..], [Blocker::Person { who: Some(who), what }]
            if who == "ana" && what.contains("liked")));
}

#[test]
fn figures_of_another_question_and_judgements_of_another_target_do_not_count() {
    let mut launch = launch();
    let known = vec![sampled(&launch, Some(5.0), false)];
    assert_eq!(change(&planned(&launch, known.clone(), "2027-04-01T10:00"), "customers").action, Action::Await);
    launch.metrics.insert(id("customers"), metric("warehouse/signups"));
    assert_eq!(change(&planned(&launch, known, "2027-04-01T10:00"), "customers").action, Action::Check);
}

#[test]
fn while_a_launch_is_paused_no_metric_is_asked() {
    let plan = planned(&launch(), vec![EventKind::Paused { reason: None }], "2027-04-02");
    assert_eq!(plan.ready().count(), 0);
}
