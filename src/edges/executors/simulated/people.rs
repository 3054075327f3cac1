//! What people do in a rehearsal: they answer what the plan asks of them, some time later.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::SimulatedWorld;
use crate::core::{
    model::{
        Timestamp,
        approval::Grant,
        check::{Answer, Verdict},
        event::EventKind,
        fingerprint::Fingerprint,
        goal::Goal,
        launch::Launch,
        measure::{Ending, Judgement},
        name::{Actor, Id},
        outcome::Outcome,
        state::LaunchState,
    },
    plan::{Blocker, Change, Plan, Stop, Target},
};

/// Somebody says something at an instant; the driver appends it to the store then.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub at: Timestamp,
    pub by: Actor,
    pub kind: EventKind,
}

/// How long people take, and what they were asked already.
#[derive(Debug, Clone)]
pub struct SimulatedPeople {
    /// To finish a task, from when it was opened.
    pub task: TimeDelta,
    /// To approve, or to judge a check, from when it was asked.
    pub answer: TimeDelta,
    /// To find out about an effect in doubt, or to ask for another try.
    pub resolve: TimeDelta,
    /// Nobody approves longer before the moment than this.
    pub lead: TimeDelta,
    asked: BTreeSet<String>,
}

impl Default for SimulatedPeople {
    fn default() -> Self {
        Self {
            task: TimeDelta::days(1),
            answer: TimeDelta::hours(4),
            resolve: TimeDelta::hours(1),
            lead: TimeDelta::days(3),
            asked: BTreeSet::new(),
        }
    }
}

impl SimulatedPeople {
    /// What people will say to this plan, beyond what they already said or were asked. Deterministic.
    pub fn answers(&mut self, plan: &Plan, launch: &Launch, state: &LaunchState, world: &SimulatedWorld) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(Stop::Paused { mark }) = &plan.stop
            && self.first(format!("paused {}", mark.at))
        {
            said.push(Said {
                at: plan.now + self.resolve,
                by: mark.by.clone(),
                kind: EventKind::Resumed { reason: None },
            });
        }
        for change in &plan.changes {
            for blocker in &change.blocked {
                said.extend(self.respond(plan.now, change, blocker, launch, state, world));
            }
        }
        said.sort_by_key(|s| s.at);
        said
    }

    /// True the first time.
    fn first(&mut self, question: String) -> bool {
        self.asked.insert(question)
    }

    fn respond(
        &mut self,
        now: Timestamp,
        change: &Change,
        blocker: &Blocker,
        launch: &Launch,
        state: &LaunchState,
        world: &SimulatedWorld,
    ) -> Vec<Said> {
        let person = |who: &str| Actor(format!("simulated {who}"));
        let one = |at, by, kind| vec![Said { at, by, kind }];
        match (blocker, &change.subject) {
            (Blocker::Person { who, .. }, Target::Activity(id)) => {
                let incarnation = state.activities.get(id).map_or(0, |a| a.incarnation);
                if !self.first(format!("task {id} {incarnation}")) {
                    return Vec::new();
                }
                let at = now + self.task + TimeDelta::days(world.late_days(id.as_str()));
                let evidence = Some("rehearsed".to_owned());
                one(at, person(who.as_deref().unwrap_or("owner")), EventKind::Done { activity: id.clone(), evidence })
            }
            (Blocker::Person { who, .. }, Target::Check { milestone, check }) => {
                let asked = launch.milestone(milestone).and_then(|m| m.checks.iter().find(|c| c.name == *check));
                let Some(question) = asked.map(Fingerprint::of) else { return Vec::new() };
                if !self.first(format!("check {milestone}.{check} {question}")) {
                    return Vec::new();
                }
                let at = now + self.answer + TimeDelta::days(world.late_days(&format!("{milestone}.{check}")));
                let answer = Answer {
                    by_person: true,
                    at,
                    verdict: Verdict::Pass,
                    value: true.into(),
                    detail: Some("rehearsed".into()),
                    failure: None,
                    question,
                };
                let (milestone, check) = (milestone.clone(), check.clone());
                let kind = EventKind::CheckAnswered { milestone, check, answer };
                one(at, person(who.as_deref().unwrap_or("owner")), kind)
            }
            (Blocker::Person { who, .. }, Target::Goal(goal)) => {
                let asked = launch.goals.iter().find(|g| g.name == *goal).map(Goal::fingerprint);
                let Some(asked) = asked.filter(|_| self.first(format!("goal {goal}"))) else { return Vec::new() };
                let (at, by) = (now + self.answer, person(who.as_deref().unwrap_or("owner")));
                let (ending, evidence) = (Ending::Reached, Some("rehearsed".to_owned()));
                let judgement = Judgement { at, by: by.clone(), ending, value: None, evidence, goal: asked };
                one(at, by, EventKind::GoalJudged { goal: goal.clone(), judgement })
            }
            (Blocker::Approval { milestone, approval, from, want, refused_by: None, .. }, _) => {
                let Some(asked) = launch.milestone(milestone) else { return Vec::new() };
                let activities: Vec<_> = launch.activities_of(milestone).collect();
                let fingerprint = asked.fingerprint(&activities);
                // Deciders decide shortly before it matters, and again when what they said ran out.
                let near = now + self.lead;
                let far = change.blocked.iter().any(|b| matches!(b, Blocker::Until { at, .. } if *at > near));
                let far = far || change.blocked.iter().any(|b| matches!(b, Blocker::Phase { .. }));
                let given = state.milestones.get(milestone).and_then(|m| m.approvals.get(approval));
                let last = given.into_iter().flatten().map(|g| g.at).max();
                if far || !self.first(format!("approval {milestone}.{approval} {} {last:?}", fingerprint.as_str())) {
                    return Vec::new();
                }
                let at = now + self.answer + TimeDelta::days(world.late_days(&format!("{milestone}.{approval}")));
                // Each of them anew, under the same names: an answer replaces the same person's earlier one.
                (1..=*want)
                    .map(|number| {
                        let by = person(&format!("{from} {number}"));
                        let fingerprint = fingerprint.clone();
                        let revision = state.header.accepted.clone();
                        let grant = Grant { by: by.clone(), at, fingerprint, revision, granted: true, comment: None };
                        let (milestone, approval) = (milestone.clone(), approval.clone());
                        Said { at, by, kind: EventKind::ApprovalAnswered { milestone, approval, grant } }
                    })
                    .collect()
            }
            // Whoever stopped something lets it go on after a while.
            (Blocker::Approval { milestone, approval, refused_by: Some(mark), .. }, _) => {
                let Some(asked) = launch.milestone(milestone) else { return Vec::new() };
                if !self.first(format!("refused {milestone}.{approval} {}", mark.at)) {
                    return Vec::new();
                }
                let fingerprint = asked.fingerprint(&launch.activities_of(milestone).collect::<Vec<_>>());
                let (at, by) = (now + self.resolve, mark.by.clone());
                let revision = state.header.accepted.clone();
                let grant = Grant { by: by.clone(), at, fingerprint, revision, granted: true, comment: None };
                let (milestone, approval) = (milestone.clone(), approval.clone());
                one(at, by, EventKind::ApprovalAnswered { milestone, approval, grant })
            }
            (Blocker::Marked { mark, milestone: _ }, _) => {
                let own = |id: &Id| state.activities.get(id).is_some_and(|a| a.blocked.as_ref() == Some(mark));
                let kind = match (&change.subject, &change.milestone) {
                    (Target::Activity(id), _) if own(id) => EventKind::ActivityUnblocked { activity: id.clone() },
                    (Target::Milestone(id), _) | (_, Some(id)) => {
                        EventKind::MilestoneUnblocked { milestone: id.clone() }
                    }
                    _ => return Vec::new(),
                };
                if !self.first(format!("{} {}", kind.name(), mark.at)) {
                    return Vec::new();
                }
                one(now + self.resolve, mark.by.clone(), kind)
            }
            (Blocker::InDoubt { intent, .. }, Target::Activity(id)) => {
                let Some(open) = state.activities.get(id).and_then(|a| a.open.as_ref()) else { return Vec::new() };
                if !self.first(format!("in doubt {}", intent.0)) {
                    return Vec::new();
                }
                let (at, activity, intent) = (now + self.resolve, id.clone(), *intent);
                let kind = match world.made(&open.key, at) {
                    Some(object) => {
                        EventKind::OutcomeRecorded { activity, intent, outcome: Outcome::Succeeded { object } }
                    }
                    None => EventKind::DidNotHappen {
                        activity,
                        intent,
                        evidence: Some("looked; it is not there".into()),
                        seen: false,
                    },
                };
                one(at, person("owner"), kind)
            }
            (Blocker::Missed { .. }, Target::Activity(id)) => {
                if !self.first(format!("missed {id}")) {
                    return Vec::new();
                }
                one(now + self.resolve, person("owner"), EventKind::RetryAsked { activity: id.clone() })
            }
            (Blocker::Rejected { .. } | Blocker::Exhausted { .. }, Target::Activity(id)) => {
                let last = state.activities.get(id).and_then(|a| a.tries.last_at);
                // A vendor that always says no is not asked for ever.
                let mark = format!("again {id} ");
                let often = self.asked.iter().filter(|q| q.starts_with(&mark)).count() >= 3;
                if often || !self.first(format!("{mark}{last:?}")) {
                    return Vec::new();
                }
                one(now + self.resolve, person("owner"), EventKind::RetryAsked { activity: id.clone() })
            }
            _ => Vec::new(),
        }
    }
}
