//! What is reached already, what this plan reaches, and what waits for something else.

use foldhash::HashMap;

use super::value::{Blocker, Target};
use crate::core::model::{activity::Need, name::Id, observed::Observed};

/// How near something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is there.
    Reached,
    /// It is there once this change of the plan succeeded.
    ThisPlan(usize),
    /// It waits for time, people or the world.
    NotYet,
}

/// How near everything is that was walked so far.
#[derive(Default)]
pub(super) struct Reached {
    known: HashMap<Target, Reach>,
}

/// What must come first: changes of this plan, and what this plan does not bring about.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    pub after: Vec<usize>,
    /// It stands behind the phase's gate.
    pub after_phase: bool,
    pub blocked: Vec<Blocker>,
}

impl Reached {
    pub(super) fn set(&mut self, target: Target, reach: Reach) {
        self.known.insert(target, reach);
    }

    pub(super) fn milestone(&self, id: &Id) -> Reach {
        self.get(&Target::Milestone(id.clone()))
    }

    pub(super) fn get(&self, target: &Target) -> Reach {
        self.known.get(target).copied().unwrap_or(Reach::NotYet)
    }

    pub(super) fn need(&self, need: &Need, observed: &Observed) -> Reach {
        match need {
            Need::Activity(id) => self.get(&Target::Activity(id.clone())),
            Need::Milestone(id) => self.milestone(id),
            Need::Foreign { launch, milestone } => {
                let there = observed.foreign.contains_key(&(launch.clone(), milestone.clone()));
                if there { Reach::Reached } else { Reach::NotYet }
            }
        }
    }

    /// Adds `needs` to `gate`.
    pub(super) fn require(&self, gate: &mut Gate, needs: &[Need], observed: &Observed) {
        for need in needs {
            match self.need(need, observed) {
                Reach::Reached => {}
                Reach::ThisPlan(change) => gate.after.push(change),
                Reach::NotYet => gate.blocked.push(Blocker::Needs { need: need.clone() }),
            }
        }
    }
}
