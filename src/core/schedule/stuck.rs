//! What stops a milestone, whatever the dates say.

use std::collections::HashMap;

use serde::Serialize;

use crate::core::model::{
    check::Verdict,
    launch::Launch,
    milestone::Milestone,
    name::{Actor, Id},
    state::{ActivityState, LaunchState},
};

/// Something that somebody has to clear away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stuck {
    /// A person stopped the milestone or an activity of it.
    Blocked { item: Id, by: Actor, reason: Option<String> },
    /// It may have happened, and nobody knows.
    InDoubt { activity: Id },
    /// The vendor refuses it until the file changes.
    Rejected { activity: Id, summary: String },
    /// A person said no.
    NoGo { approval: Id, by: Actor },
    /// The last answer was a fail.
    Failing { check: Id },
}

/// For each milestone of a launch, in its order, all that stops it; nothing where it is complete.
pub fn stuck(launch: &Launch, state: &LaunchState) -> Vec<Vec<Stuck>> {
    let index: HashMap<&Id, usize> = launch.milestones.iter().enumerate().map(|(i, m)| (&m.id, i)).collect();
    let mut all: Vec<Vec<Stuck>> = launch.milestones.iter().map(|m| milestone(m, state)).collect();
    for desired in &launch.activities {
        if let Some(home) = index.get(&desired.milestone)
            && let Some(known) = state.activities.get(&desired.id)
        {
            activity(&desired.id, known, &mut all[*home]);
        }
    }
    for (found, milestone) in all.iter_mut().zip(&launch.milestones) {
        if state.milestones.get(&milestone.id).is_some_and(|known| known.completed.is_some()) {
            found.clear();
        }
    }
    all
}

fn milestone(milestone: &Milestone, state: &LaunchState) -> Vec<Stuck> {
    let mut found = Vec::new();
    let Some(known) = state.milestones.get(&milestone.id) else { return found };
    if let Some(mark) = &known.blocked {
        found.push(Stuck::Blocked { item: milestone.id.clone(), by: mark.by.clone(), reason: mark.text.clone() });
    }
    for approval in &milestone.approvals {
        let grants = known.approvals.get(&approval.name).into_iter().flatten();
        let no = grants.filter(|grant| !grant.granted).max_by_key(|grant| grant.at);
        found.extend(no.map(|grant| Stuck::NoGo { approval: approval.name.clone(), by: grant.by.clone() }));
    }
    for check in &milestone.checks {
        let last = known.checks.get(&check.name).and_then(|state| state.last.as_ref());
        if last.is_some_and(|answer| answer.verdict == Verdict::Fail) {
            found.push(Stuck::Failing { check: check.name.clone() });
        }
    }
    found
}

fn activity(id: &Id, known: &ActivityState, found: &mut Vec<Stuck>) {
    if known.done.is_some() {
        return;
    }
    if let Some(mark) = &known.blocked {
        found.push(Stuck::Blocked { item: id.clone(), by: mark.by.clone(), reason: mark.text.clone() });
    }
    if known.open.as_ref().is_some_and(|open| open.doubt.is_some()) {
        found.push(Stuck::InDoubt { activity: id.clone() });
    }
    if let Some(failure) = known.tries.failure.as_ref().filter(|_| known.tries.rejected) {
        found.push(Stuck::Rejected { activity: id.clone(), summary: failure.summary.clone() });
    }
}
