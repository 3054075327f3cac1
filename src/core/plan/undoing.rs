//! A cancelled launch: what was done is undone as `on_cancel` says, the last things first.

use super::{
    decide::{self, Decision},
    ending, inputs,
    order::{self, Node},
    planner::Planner,
    reach::Gate,
    value::{Action, Blocker, Plan, Reason, TOLD, Target},
};
use crate::core::model::{
    activity::{Activity, Compensation, Need},
    area::Status,
    launch::Launch,
};

/// The changes that end what stands at a place, or what was built on it.
struct Endings {
    changes: Vec<usize>,
    /// And those of the launch phase, which the plan says once.
    behind_phase: bool,
}

impl Endings {
    fn of_all<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let (mut changes, mut behind_phase) = (Vec::new(), false);
        for one in all {
            changes.extend_from_slice(&one.changes);
            behind_phase |= one.behind_phase;
        }
        changes.sort_unstable();
        changes.dedup();
        Self { changes, behind_phase }
    }
}

impl<'a> Planner<'a> {
    /// An ending waits for the endings of everything that was built on its activity, and goes on where those have none.
    /// Nobody's approval, window or freeze holds it back.
    pub(super) fn cancelled(mut self, launch: &'a Launch) -> Plan {
        self.group(launch);
        // By place in the walk.
        let mut endings: Vec<Endings> = Vec::new();
        let mut phase = Gate::default();
        for (node, built_on_it) in order::backwards(launch) {
            let first = Endings::of_all(built_on_it.iter().filter_map(|at| endings.get(*at)));
            endings.push(match node {
                Node::Activity(activity) => match self.undo(activity, &first, &phase) {
                    own if own.is_empty() => first,
                    changes => Endings { changes, behind_phase: false },
                },
                Node::Phase => {
                    phase = self.after(&first.changes);
                    phase.blocked.truncate(TOLD);
                    self.gate.clone_from(&phase.after);
                    Endings { changes: Vec::new(), behind_phase: !first.changes.is_empty() }
                }
                Node::Start(_) | Node::Check(..) | Node::Complete(_) => first,
            });
        }
        self.removed(launch);
        let outlooks = launch.milestones.iter().map(|m| super::milestones::outlook(&self, m)).collect();
        self.finish(outlooks, Status::Cancelled, &launch.policy)
    }

    /// Ends one activity after `first`, with what ends the launch phase. Returns what those before it have to wait for.
    fn undo(&mut self, activity: &'a Activity, first: &Endings, phase: &Gate) -> Vec<usize> {
        let state = self.state(&activity.id);
        let ending = ending::decide(state, Reason::LaunchCancelled, self.now, self.is_running(&activity.id))
            .unwrap_or_else(|| Decision::new(Action::Keep, Reason::LaunchCancelled));
        let mut own: Vec<usize> = self.end(activity, ending, first, phase).into_iter().collect();
        if let Some(Compensation::Run(undo)) = state.applied.as_ref().map(|a| &a.on_cancel) {
            let rendered = inputs::render(&undo.with, &self.context, true);
            let (state, running) = (self.state(&undo.id), self.is_running(&undo.id));
            let decision = decide::decide(undo, state, self.sighting(&undo.id), &rendered, self.now, running);
            own.extend(self.end(undo, decision, first, phase));
        }
        own
    }

    /// `None` where nothing is left to do.
    fn end(&mut self, activity: &Activity, decision: Decision, first: &Endings, phase: &Gate) -> Option<usize> {
        let is_over = decision.action == Action::Keep;
        // Finding out what became of an effect is never too early.
        let looks = matches!(decision.action, Action::Probe | Action::Await);
        let mut gate = if is_over || looks { Gate::default() } else { self.after(&first.changes) };
        if first.behind_phase && !is_over && !looks {
            gate.after_phase = !phase.after.is_empty();
            gate.blocked.extend(phase.blocked.iter().cloned());
        }
        let index = self.changes.len();
        self.push_activity(activity, decision, gate);
        (!is_over).then_some(index)
    }

    /// What is only looked for, or held back, is not ended by this plan.
    fn after(&self, first: &[usize]) -> Gate {
        let mut gate = Gate::default();
        for &index in first {
            let change = &self.changes[index];
            let ends = (change.has_effect() || change.action == Action::Forget) && change.blocked.is_empty();
            match &change.subject {
                Target::Activity(id) if !ends => {
                    gate.blocked.push(Blocker::Needs { need: Need::Activity(id.clone()) });
                }
                _ => gate.after.push(index),
            }
        }
        gate
    }
}
