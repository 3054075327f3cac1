//! When a milestone is complete, and how it and its launch stand.

use super::{
    approvals,
    planner::Planner,
    reach::{Gate, Reach},
    value::{Action, Blocker, Change, MilestoneOutlook, Moment, Reason, Target, Until},
};
use crate::core::model::{
    activity::Activity,
    area::{Phase, Status},
    check::Verdict,
    launch::Launch,
    milestone::Milestone,
    state::{LaunchState, Mark},
};

/// The milestone's own change: complete it, keep it so, reopen it, or say what it waits for.
pub(super) fn complete<'a>(
    planner: &mut Planner<'a>,
    launch: &'a Launch,
    milestone: &'a Milestone,
    gate: Gate,
) -> Change {
    let state = planner.observed.state.milestones.get(&milestone.id);
    let completed = state.and_then(|s| s.completed.as_ref());
    let target = Target::Milestone(milestone.id.clone());
    let mut change = Change {
        milestone: Some(milestone.id.clone()),
        ..Change::new(target, milestone.title.clone(), Action::Keep, Reason::Finished)
    };
    if completed.is_some() {
        if let Some(lost) = lost(planner, milestone) {
            change.action = Action::Reopen;
            change.reason = Reason::NoLongerReached;
            change.title = format!("{}: {} is not there any more", milestone.title, lost.id);
        }
        return change;
    }
    change.after = gate.after;
    change.after_gate = gate.after_phase;
    change.blocked = gate.blocked;
    wait_for_checks(planner, milestone, &mut change);
    change.blocked.extend(planner.missing_approvals(milestone, |_| true));
    if milestone.phase == Phase::Launch && launch.target > planner.now {
        change.blocked.push(Blocker::Until { at: launch.target, why: Until::Target });
    }
    remember_expiries(planner, milestone);
    (change.action, change.reason) = if change.blocked.is_empty() {
        (Action::Complete, Reason::AllReached)
    } else {
        (Action::Await, Reason::NotReached)
    };
    change
}

/// An activity of a complete milestone that has to be made (again): added to the file, or vanished.
fn lost<'a>(planner: &Planner<'a>, milestone: &Milestone) -> Option<&'a Activity> {
    planner.members(&milestone.id).iter().copied().find(|a| {
        let target = Target::Activity(a.id.clone());
        let making = planner.index.get(&target).is_some_and(|i| planner.changes[*i].action == Action::Create);
        making && planner.reached.get(&target) != Reach::Reached
    })
}

fn wait_for_checks(planner: &Planner<'_>, milestone: &Milestone, change: &mut Change) {
    for check in &milestone.checks {
        let target = Target::Check { milestone: milestone.id.clone(), check: check.name.clone() };
        match planner.reached.get(&target) {
            Reach::Reached => {}
            Reach::ThisPlan(index) => change.after.push(index),
            Reach::NotYet => {
                let own = planner.index.get(&target).map(|i| &planner.changes[*i]);
                let told = own.into_iter().flat_map(|c| c.blocked.iter());
                let mut said = false;
                for blocker in told {
                    let blocker = match blocker {
                        // The answer is given to the check, not to its milestone.
                        Blocker::Person { who, what } => Blocker::Check {
                            milestone: milestone.id.clone(),
                            check: check.name.clone(),
                            verdict: Verdict::Inconclusive,
                            detail: Some(match who {
                                Some(who) => format!("{who} is asked: {what}"),
                                None => what.clone(),
                            }),
                        },
                        // The milestone says by itself that it waits for T.
                        Blocker::Until { why: Until::Target, .. } => continue,
                        Blocker::Check { .. } | Blocker::Until { .. } => blocker.clone(),
                        _ => continue,
                    };
                    change.blocked.push(blocker);
                    said = true;
                }
                if !said {
                    let (milestone, check) = (milestone.id.clone(), check.name.clone());
                    change.blocked.push(Blocker::NotAsked { milestone, check });
                }
            }
        }
    }
    change.after.sort_unstable();
    change.after.dedup();
}

/// A standing approval that runs out is a moment that matters.
fn remember_expiries(planner: &mut Planner<'_>, milestone: &Milestone) {
    let Some(fingerprint) = planner.fingerprints.get(&milestone.id) else { return };
    let state = planner.observed.state.milestones.get(&milestone.id);
    for approval in &milestone.approvals {
        let grants = state.and_then(|s| s.approvals.get(&approval.name)).map(Vec::as_slice).unwrap_or_default();
        if let Some(at) = approvals::standing(approval, grants, fingerprint, planner.now).expires_at {
            planner.expiries.push(Moment {
                at,
                why: Until::ApprovalExpires { approval: approval.name.clone() },
                subject: Target::Milestone(milestone.id.clone()),
            });
        }
    }
}

/// A milestone's status with how much of it is there.
pub(super) fn outlook(planner: &Planner<'_>, milestone: &Milestone) -> MilestoneOutlook {
    let state = planner.observed.state.milestones.get(&milestone.id);
    let activities = planner.members(&milestone.id).iter().map(|a| Target::Activity(a.id.clone()));
    let checks =
        milestone.checks.iter().map(|c| Target::Check { milestone: milestone.id.clone(), check: c.name.clone() });
    let (mut done, mut total) = (0, 0);
    for target in activities.chain(checks) {
        total += 1;
        done += u32::from(planner.reached.get(&target) == Reach::Reached);
    }
    let completed = state.and_then(|s| s.completed.as_ref());
    let started = done > 0 || planner.members(&milestone.id).iter().any(|a| planner.state(&a.id).key.is_some());
    let cancelled = planner.observed.state.header.cancelled.is_some();
    MilestoneOutlook {
        id: milestone.id.clone(),
        title: milestone.title.clone(),
        phase: milestone.phase,
        status: status(completed, cancelled, started, planner.now > milestone.due),
        due: milestone.due,
        owner: milestone.owner.clone(),
        done,
        total,
        completed_at: completed.map(|mark| mark.at),
    }
}

fn status(completed: Option<&Mark>, cancelled: bool, started: bool, late: bool) -> Status {
    match (completed.is_some(), cancelled, late, started) {
        (true, ..) => Status::Completed,
        (_, true, ..) => Status::Cancelled,
        (_, _, true, _) => Status::Delayed,
        (.., true) => Status::InProgress,
        _ => Status::Planned,
    }
}

pub(super) fn launch_status(state: &LaunchState, milestones: &[MilestoneOutlook], changes: &[Change]) -> Status {
    let any = |status| milestones.iter().any(|m| m.status == status);
    if state.header.completed_at.is_some() && !changes.iter().any(|c| c.action == Action::Reopen) {
        Status::Completed
    } else if any(Status::Delayed) {
        Status::Delayed
    } else if any(Status::InProgress) || any(Status::Completed) {
        Status::InProgress
    } else {
        Status::Planned
    }
}
