//! What holds the launch phase back: that everything before it is ready, and that its own day has its go.

use std::collections::BTreeSet;

use super::{
    approvals,
    planner::Planner,
    reach::{Gate, Reach},
    value::{Blocker, TOLD},
};
use crate::core::model::{
    Timestamp, activity::Need, approval, area::Phase, launch::Launch, milestone::Milestone, name::Id, state::Mark,
};

/// A milestone of the launch phase, up to T, that holds back the rest of it.
pub(super) struct Decider<'a> {
    milestone: &'a Milestone,
    /// Sign-offs that hold a start and do not stand.
    unsigned: Vec<Blocker>,
    block: Option<&'a Mark>,
}

impl<'a> Planner<'a> {
    /// What opens the launch phase, found once when everything before it was walked.
    pub(super) fn before_phase(&mut self, launch: &'a Launch) {
        for earlier in launch.milestones.iter().filter(|m| m.phase == Phase::PreLaunch) {
            match self.reached.milestone(&earlier.id) {
                Reach::Reached => {}
                Reach::ThisPlan(change) => self.gate.push(change),
                Reach::NotYet => self.unready.push(&earlier.id),
            }
        }
        self.gate.sort_unstable();
        let day = |at: Timestamp| at.with_timezone(&launch.timezone).date_naive();
        let first = |m: &&Milestone| m.phase == Phase::Launch && day(m.due) <= day(launch.target);
        let deciders = launch.milestones.iter().filter(first).map(|m| self.decider(m));
        self.deciding = deciders.filter(|d| !d.unsigned.is_empty() || d.block.is_some()).collect();
    }

    fn decider(&self, milestone: &'a Milestone) -> Decider<'a> {
        let state = self.observed.state.milestones.get(&milestone.id).filter(|s| s.completed.is_none());
        let is_complete = self.observed.state.milestones.contains_key(&milestone.id) && state.is_none();
        let asks = milestone.approvals.iter().any(|a| a.gate == approval::Gate::Start);
        let mut unsigned = Vec::new();
        if asks && !is_complete {
            let fingerprint = milestone.fingerprint(self.members(&milestone.id));
            let starts = |gate| gate == approval::Gate::Start;
            unsigned = approvals::missing(milestone, state, &fingerprint, self.now, starts);
        }
        Decider { milestone, unsigned, block: state.and_then(|s| s.blocked.as_ref()) }
    }

    /// What a milestone of the launch phase waits for because of its phase, beside what it needs by itself.
    pub(super) fn wait_for_phase(&self, milestone: &Milestone, gate: &mut Gate) {
        let is_before = |id: &Id| self.milestones.get(id).is_some_and(|m| m.phase == Phase::PreLaunch);
        let told: BTreeSet<&Id> = gate
            .blocked
            .iter()
            .filter_map(|b| match b {
                Blocker::Needs { need: Need::Milestone(id) } if is_before(id) => Some(id),
                _ => None,
            })
            .collect();
        let untold = self.unready.iter().copied().filter(|id| !told.contains(id));
        let waiting_for: Vec<Id> = untold.take(TOLD).cloned().collect();
        let more = self.unready.len().saturating_sub(told.len() + waiting_for.len());
        gate.after_phase = !self.gate.is_empty();
        if !waiting_for.is_empty() {
            gate.blocked.push(Blocker::Phase { phase: milestone.phase, waiting_for, more });
        }
    }

    /// What is public in the launch phase comes after its day's go: a milestone without sign-offs of its own, as the
    /// window of an area has none, waits for those of the milestones up to T that are due no later and do not need it.
    /// A block on one of them holds every later one.
    pub(super) fn wait_for_go(&self, milestone: &Milestone, gate: &mut Gate) {
        let before = gate.blocked.len();
        for Decider { milestone: decider, unsigned, block } in &self.deciding {
            let is_later = decider.due > milestone.due || decider.id == milestone.id;
            if is_later || self.rests_upon(decider, &milestone.id) {
                continue;
            }
            if milestone.approvals.is_empty() {
                gate.blocked.extend(unsigned.iter().cloned());
            }
            gate.blocked
                .extend(block.map(|mark| Blocker::Marked { mark: mark.clone(), milestone: Some(decider.id.clone()) }));
            if gate.blocked.len() - before >= TOLD {
                return;
            }
        }
    }

    /// Whether a milestone needs another one, directly or through others.
    fn rests_upon(&self, milestone: &Milestone, other: &Id) -> bool {
        let (mut open, mut seen) = (vec![milestone], BTreeSet::new());
        while let Some(next) = open.pop() {
            for need in &next.needs {
                let Need::Milestone(id) = need else { continue };
                if id == other {
                    return true;
                }
                if seen.insert(id) {
                    open.extend(self.milestones.get(id));
                }
            }
        }
        false
    }
}
