//! What brings points for readiness, each with what was observed.

use std::collections::HashMap;

use super::{
    checklist::{self, Answer, Evidence},
    goals::{GoalOutlook, GoalVerdict, goals},
    readiness::{List, Next, Share},
    risks::{RiskOutlook, Severity, Watch, risks},
};
use crate::core::{
    model::{
        Timestamp,
        area::Phase,
        check::{Question, Verdict},
        indexed::Indexed,
        launch::Launch,
        milestone::Milestone,
        name::Id,
        state::LaunchState,
    },
    plan::standing,
    schedule::{
        covering,
        forecast::{MilestoneForecast, forecast},
        stuck::{Stuck, stuck},
    },
};

/// Everything that counts in a phase.
pub(super) fn shares(launch: &Launch, state: &LaunchState, phase: Phase, now: Timestamp) -> Vec<Share> {
    let facts = Facts { launch: Indexed::new(launch), state, phase, now };
    let mut shares = facts.milestones();
    for milestone in facts.counted() {
        shares.extend(facts.approvals(milestone));
        shares.extend(facts.checks(milestone));
    }
    shares.extend(facts.checklists());
    shares.extend(facts.goals());
    shares.extend(risks(launch, state, now).iter().map(risk));
    shares.extend(facts.way());
    shares
}

struct Facts<'a> {
    launch: Indexed<'a>,
    state: &'a LaunchState,
    phase: Phase,
    now: Timestamp,
}

fn share(list: List, name: impl ToString, title: &str, got: f64, why: impl Into<String>) -> Share {
    let (name, title) = (name.to_string(), title.to_owned());
    Share { list, name, title, got, early: false, why: why.into(), next: None }
}

impl Share {
    fn early(self, early: bool) -> Self {
        Self { early, ..self }
    }
    fn next(self, next: Next) -> Self {
        Self { next: Some(next), ..self }
    }
}

impl Facts<'_> {
    /// The milestones of the phase, and before the launch is over those that lead to it.
    fn counted(&self) -> impl Iterator<Item = &Milestone> {
        let counts = |m: &&Milestone| match self.phase {
            Phase::PreLaunch | Phase::Launch => m.phase != Phase::PostLaunch,
            Phase::PostLaunch => m.phase == Phase::PostLaunch,
        };
        self.launch.milestones.iter().filter(counts)
    }

    fn milestones(&self) -> Vec<Share> {
        let forecast = forecast(&self.launch, self.state, self.now, None).ok();
        let in_phase = |m: &&Milestone| self.phase != Phase::PreLaunch || m.phase == Phase::PreLaunch;
        let foreseen = forecast.iter().flat_map(|f| &f.milestones).map(|m| (&m.id, m));
        let foreseen: HashMap<&Id, &MilestoneForecast> = foreseen.collect();
        self.counted().filter(in_phase).map(|m| self.milestone(m, foreseen.get(&m.id).copied())).collect()
    }

    fn milestone(&self, milestone: &Milestone, expected: Option<&MilestoneForecast>) -> Share {
        let whole = |got, why| share(List::Milestones, &milestone.id, &milestone.title, got, why);
        let day = |at: Timestamp| at.with_timezone(&self.launch.timezone).date_naive();
        if let Some(mark) = self.state.milestones.get(&milestone.id).and_then(|s| s.completed.as_ref()) {
            return whole(1.0, format!("complete since {}", day(mark.at)));
        }
        let why = Next::Why(milestone.id.to_string());
        let (got, text) = match expected {
            Some(f) if !f.stuck.is_empty() => (0.0, format!("stopped: {}", stopped(&f.stuck))),
            Some(f) if f.at_risk_days > 0 && self.now > milestone.due => {
                (0.0, format!("was due {}, expected {}", day(milestone.due), day(f.expected_finish)))
            }
            Some(f) if f.at_risk_days > 0 => {
                (0.0, format!("due {}, expected {} days late", day(milestone.due), f.at_risk_days))
            }
            _ if self.now > milestone.due => (0.0, format!("was due {}", day(milestone.due))),
            _ => (0.5, format!("on track for {} (half until it is complete)", day(milestone.due))),
        };
        whole(got, text).next(why)
    }

    fn approvals(&self, milestone: &Milestone) -> Vec<Share> {
        if milestone.approvals.is_empty() {
            return Vec::new();
        }
        let activities: Vec<_> = self.launch.activities_of(&milestone.id).collect();
        let state = self.state.milestones.get(&milestone.id);
        let complete = state.is_some_and(|s| s.completed.is_some());
        let each = milestone.approvals.iter().map(|approval| {
            let name = format!("{}.{}", milestone.id, approval.name);
            let title = format!("{} of {}", approval.name, milestone.title);
            let whole = |got, why| share(List::Approvals, &name, &title, got, why);
            if complete {
                return whole(1.0, "given when the milestone was completed".to_owned());
            }
            let grants = state.and_then(|s| s.approvals.get(&approval.name)).map(Vec::as_slice).unwrap_or_default();
            let fingerprint = milestone.fingerprint(&activities);
            let standing = standing(approval, grants, &fingerprint, self.now);
            let next = Next::Approve { milestone: milestone.id.clone(), approval: approval.name.clone() };
            if let Some(no) = &standing.refused_by {
                return whole(0.0, format!("{} said no", no.by)).next(next);
            }
            let mut why = format!("{} of {} from {}", standing.have, standing.want, approval.from);
            if standing.void > 0 {
                why.push_str(&format!(", {} void since the milestone changed", standing.void));
            }
            if standing.expired > 0 {
                why.push_str(&format!(", {} expired", standing.expired));
            }
            let got = f64::from(standing.have) / f64::from(standing.want.max(1));
            whole(got.min(1.0), why).early(self.now <= milestone.due).next(next)
        });
        each.collect()
    }

    fn checks(&self, milestone: &Milestone) -> Vec<Share> {
        let state = self.state.milestones.get(&milestone.id);
        let complete = state.is_some_and(|s| s.completed.is_some());
        let each = milestone.checks.iter().map(|check| {
            let name = format!("{}.{}", milestone.id, check.name);
            let title = format!("{} of {}", check.name, milestone.title);
            let last = state.and_then(|s| s.checks.get(&check.name)?.last.as_ref());
            let (got, why) = match last.map(|a| a.verdict) {
                _ if complete => (1.0, "passed when the milestone was completed"),
                Some(Verdict::Pass) => (1.0, "passes"),
                Some(Verdict::Fail) => (0.0, "fails"),
                Some(Verdict::Inconclusive) => (0.0, "could not be told"),
                None => (0.0, "not answered yet"),
            };
            let next = match &check.question {
                Question::Person { .. } => Next::Done(name.clone()),
                Question::Probe { .. } | Question::Expression => Next::Why(name.clone()),
            };
            share(List::Checks, &name, &title, got, why).early(last.is_none() && self.now <= milestone.due).next(next)
        });
        each.collect()
    }

    /// Of the phase; the lists of all phases before and after, but not on the day itself. Each item once.
    fn checklists(&self) -> Vec<Share> {
        let counts = |phase: Option<Phase>| match (self.phase, phase) {
            (own, Some(phase)) => own == phase,
            (Phase::Launch, None) => false,
            (_, None) => true,
        };
        let mut seen: Vec<Id> = Vec::new();
        let mut shares = Vec::new();
        for list in checklist::checklists(&self.launch, self.state, self.now).iter().filter(|l| counts(l.phase)) {
            for item in list.items.iter().filter(|i| i.answer != Answer::NotApplicable) {
                if seen.contains(&item.id) {
                    continue;
                }
                seen.push(item.id.clone());
                let name = format!("checklist.{}", item.id);
                let got = f64::from(u8::from(item.answer == Answer::Yes));
                let why = if item.evidence.is_empty() { "nobody said so yet".to_owned() } else { told(&item.evidence) };
                let share = share(List::Checklist, &name, &item.title, got, why).early(item.answer == Answer::NotYet);
                let part = item.evidence.first().and_then(|e| e.part.clone());
                shares.push(match (&item.ask, part) {
                    (Some(_), _) => share.next(Next::Done(name)),
                    (None, Some(part)) if !part.starts_with("goal.") => share.next(Next::Why(part)),
                    (None, _) if item.answer == Answer::No => share.next(Next::Write(item.title.to_lowercase())),
                    (None, _) => share,
                });
            }
        }
        shares
    }

    fn goals(&self) -> Vec<Share> {
        let goals = goals(&self.launch, self.state, self.now);
        if goals.is_empty() {
            let none =
                share(List::Goals, "goals", "Goals", 0.0, "the plan names none, so nobody can say what it brought");
            return vec![none.next(Next::Write("goals".into()))];
        }
        let each = goals.iter().map(|g| if self.phase == Phase::PostLaunch { judged(g) } else { measurable(g) });
        each.collect()
    }

    fn way(&self) -> Vec<Share> {
        let header = &self.state.header;
        let reason = |text: &Option<String>| text.clone().unwrap_or_else(|| "no reason given".into());
        let whole = |name: &str, title: &str, wrong: Option<String>, next: Next| {
            let got = f64::from(u8::from(wrong.is_none()));
            share(List::Way, name, title, got, wrong.unwrap_or_else(|| "no".into())).next(next)
        };
        let held = header.held.as_ref().map(|m| reason(&m.text));
        let paused = header.paused.as_ref().map(|m| format!("by {}: {}", m.by, reason(&m.text)));
        let found: Vec<Stuck> = stuck(&self.launch, self.state).into_iter().flatten().collect();
        let trouble = (!found.is_empty()).then(|| stopped(&found));
        let frozen = covering(self.launch.target, &self.launch.freezes).map(|f| f.name.clone());
        vec![
            whole("held", "Held at an older revision", held, Next::Validate),
            whole("paused", "Paused", paused, Next::Resume),
            whole("stuck", "Blocked, rejected or in doubt", trouble, Next::Why(self.launch.name.to_string())),
            whole("freeze", "A freeze at T", frozen, Next::Write("target_date".into())),
        ]
    }
}

/// Before its date a goal counts as far as it can be judged.
fn measurable(goal: &GoalOutlook) -> Share {
    let name = format!("goal.{}", goal.goal);
    let whole = |got, why: &str| share(List::Goals, &name, &goal.title, got, why);
    match (&goal.metric, &goal.target) {
        (Some(_), _) if goal.failure.is_some() => whole(0.5, "its metric did not answer").next(Next::Why(name.clone())),
        (Some(_), _) => whole(1.0, "it is measured by its metric"),
        (None, Some(_)) => whole(0.5, "a person judges it: it has no metric").next(Next::Write("metric".into())),
        (None, None) => whole(0.5, "a sentence, which a person judges").next(Next::Write("metric and target".into())),
    }
}

fn judged(goal: &GoalOutlook) -> Share {
    let name = format!("goal.{}", goal.goal);
    let (got, early, why) = match goal.verdict {
        GoalVerdict::Reached => (1.0, false, "reached"),
        GoalVerdict::OnTrack => (0.5, false, "on track (half until it is judged)"),
        GoalVerdict::Behind => (0.0, false, "behind"),
        GoalVerdict::Missed => (0.0, false, "missed"),
        GoalVerdict::Inconclusive => (0.0, false, "its metric did not answer; a person is asked"),
        GoalVerdict::NotYet => (0.0, true, "neither measured nor judged yet"),
    };
    let share = share(List::Goals, &name, &goal.title, got, why).early(early);
    match goal.verdict {
        GoalVerdict::Inconclusive => share.next(Next::Done(name)),
        GoalVerdict::NotYet if goal.metric.is_none() => share.next(Next::Done(name)),
        _ => share,
    }
}

/// A serious risk counts when somebody watches it, something is done about it, and it does not happen.
fn risk(risk: &RiskOutlook) -> Share {
    let whole = |got, why: String| share(List::Risks, &risk.name, &risk.title, got, why);
    let serious = risk.severity >= Severity::High;
    let mut missing = Vec::new();
    if risk.owner.is_none() {
        missing.push("owner");
    }
    if risk.mitigation.is_none() {
        missing.push("mitigation");
    }
    match (&risk.watch, missing.as_slice()) {
        (Watch::Triggered, _) => whole(0.0, format!("it happens: {}", risk.trigger.as_deref().unwrap_or_default())),
        (_, missing) if serious && !missing.is_empty() => {
            let next = Next::Write(missing.join(" and "));
            whole(if missing.len() == 1 { 0.5 } else { 0.0 }, format!("no {}", missing.join(" and no "))).next(next)
        }
        _ => whole(1.0, if serious { "watched and mitigated".into() } else { "not serious".into() }),
    }
}

fn stopped(stuck: &[Stuck]) -> String {
    let mut each: Vec<String> = stuck
        .iter()
        .map(|s| match s {
            Stuck::Blocked { item, by, .. } => format!("{item} is blocked by {by}"),
            Stuck::InDoubt { activity } => format!("{activity} is in doubt"),
            Stuck::Rejected { activity, .. } => format!("{activity} was rejected"),
            Stuck::NoGo { approval, by } => format!("{by} refused {approval}"),
            Stuck::Failing { check } => format!("{check} fails"),
        })
        .collect();
    each.dedup();
    each.join(", ")
}

fn told(evidence: &[Evidence]) -> String {
    let more = evidence.len().saturating_sub(2);
    let mut text = evidence.iter().take(2).map(|e| e.text.as_str()).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}
