//! Milestones as they were first promised, as they are promised now, and as they came; and what made them late.

use std::collections::HashMap;

use serde::Serialize;

use crate::core::{
    model::{
        Timestamp,
        activity::Need,
        area::Phase,
        check::Verdict,
        event::{Event, EventKind},
        indexed::Indexed,
        launch::Launch,
        milestone::Milestone,
        name::{Actor, Id},
        outcome::Outcome,
        state::LaunchState,
    },
    portfolio::Known,
};

use super::history::words;

/// One milestone: baseline, promise, and what came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slip {
    pub milestone: Id,
    pub title: String,
    pub phase: Phase,
    pub owner: Option<String>,
    /// Its due date in the first accepted revision; `None` where that did not have it.
    pub baseline: Option<Timestamp>,
    pub due: Timestamp,
    pub actual: Option<Timestamp>,
    /// Actual, or now where it is overdue, against the baseline (the due date where there is none). Negative: early.
    pub late_seconds: i64,
    /// What it waited for last; only of what is late.
    pub cause: Option<Cause>,
}

/// What a late milestone waited for last.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Cause {
    /// The date itself was moved, by so many seconds.
    Moved {
        seconds: i64,
    },
    Milestone {
        id: Id,
        title: String,
    },
    Activity {
        id: Id,
        title: String,
        by: Actor,
    },
    Approval {
        name: Id,
        by: Actor,
    },
    Check {
        name: Id,
    },
    /// A person stopped it.
    Blocked {
        by: Actor,
        reason: Option<String>,
    },
}

/// Every milestone of a launch, in its order. `events` are the launch's, oldest first.
pub fn slips(known: &Known<'_>, baseline: Option<&Launch>, events: &[Event], now: Timestamp) -> Vec<Slip> {
    let first: HashMap<&Id, Timestamp> =
        baseline.into_iter().flat_map(|b| &b.milestones).map(|m| (&m.id, m.due)).collect();
    let launch = Indexed::new(known.launch);
    known.launch.milestones.iter().map(|m| slip(m, known, &launch, first.get(&m.id).copied(), events, now)).collect()
}

/// `first` is when it was first promised for.
fn slip(
    milestone: &Milestone,
    known: &Known<'_>,
    launch: &Indexed<'_>,
    first: Option<Timestamp>,
    events: &[Event],
    now: Timestamp,
) -> Slip {
    let actual = known.state.milestones.get(&milestone.id).and_then(|s| s.completed.as_ref()).map(|m| m.at);
    let promised = first.unwrap_or(milestone.due);
    let late = actual.unwrap_or_else(|| now.max(milestone.due)) - promised;
    let is_late = late.num_seconds() > 0 && (actual.is_some() || now > milestone.due || milestone.due > promised);
    let moved = milestone.due - promised;
    let cause = || match actual {
        // Within the promise as it was moved: the move is the cause.
        Some(at) if at <= milestone.due && moved.num_seconds() > 0 => {
            Some(Cause::Moved { seconds: moved.num_seconds() })
        }
        Some(at) => last_before(milestone, launch, events, at),
        None if moved.num_seconds() > 0 && now <= milestone.due => Some(Cause::Moved { seconds: moved.num_seconds() }),
        None => blocked(known.state, milestone),
    };
    Slip {
        milestone: milestone.id.clone(),
        title: milestone.title.clone(),
        phase: milestone.phase,
        owner: milestone.owner.clone(),
        baseline: first,
        due: milestone.due,
        actual,
        late_seconds: if is_late || actual.is_some() { late.num_seconds() } else { 0 },
        cause: if is_late { cause() } else { None },
    }
}

/// The id's words where it has none.
fn title(launch: &Indexed<'_>, id: &Id) -> String {
    let milestone = launch.milestone(id).map(|m| m.title.clone());
    milestone.or_else(|| launch.activity(id)?.title.clone()).unwrap_or_else(|| words(id))
}

fn blocked(state: &LaunchState, milestone: &Milestone) -> Option<Cause> {
    let mark = state.milestones.get(&milestone.id)?.blocked.as_ref()?;
    Some(Cause::Blocked { by: mark.by.clone(), reason: mark.text.clone() })
}

/// The last thing to come before a milestone was complete, of all that it waited for.
pub(super) fn last_before(
    milestone: &Milestone,
    launch: &Indexed<'_>,
    events: &[Event],
    complete: Timestamp,
) -> Option<Cause> {
    let is_own = |id: &Id| launch.activity(id).is_some_and(|a| a.milestone == milestone.id);
    let is_needed = |id: &Id| milestone.needs.iter().any(|n| matches!(n, Need::Milestone(m) if m == id));
    let cause = |event: &Event| -> Option<Cause> {
        let by = event.actor.clone();
        match &event.kind {
            EventKind::MilestoneCompleted { milestone: id } if is_needed(id) => {
                Some(Cause::Milestone { id: id.clone(), title: title(launch, id) })
            }
            EventKind::Done { activity: id, .. }
            | EventKind::OutcomeRecorded { activity: id, outcome: Outcome::Succeeded { .. }, .. }
            | EventKind::Adopted { activity: id, .. }
                if is_own(id) =>
            {
                Some(Cause::Activity { id: id.clone(), title: title(launch, id), by })
            }
            EventKind::Observed { activity: id, object: Some(object), .. } if object.done && is_own(id) => {
                Some(Cause::Activity { id: id.clone(), title: title(launch, id), by })
            }
            EventKind::ApprovalAnswered { milestone: id, approval, grant } if *id == milestone.id && grant.granted => {
                Some(Cause::Approval { name: approval.clone(), by: grant.by.clone() })
            }
            EventKind::CheckAnswered { milestone: id, check, answer }
                if *id == milestone.id && answer.verdict == Verdict::Pass =>
            {
                Some(Cause::Check { name: check.clone() })
            }
            EventKind::MilestoneUnblocked { milestone: id } if *id == milestone.id => {
                Some(Cause::Blocked { by, reason: None })
            }
            _ => None,
        }
    };
    events.iter().rev().filter(|e| e.at <= complete).find_map(cause)
}
