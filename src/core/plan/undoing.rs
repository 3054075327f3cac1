//! A cancelled launch: what was done is undone as `on_cancel` says, the last things first.

use super::{
    decide::{self, Decision},
    ending, inputs,
    order::{self, Node},
    planner::Planner,
    reach::Gate,
    value::{Action, Blocker, Plan, Reason, Target},
};
use crate::core::model::{
    activity::{Activity, Compensation, Need},
    area::Status,
    launch::Launch,
};

impl<'a> Planner<'a> {
    /// An ending waits for the endings of everything that was built on its activity, and goes on where those have none.
    /// Nobody's approval, window or freeze holds it back.
    pub(super) fn cancelled(mut self, launch: &'a Launch) -> Plan {
        self.group(launch);
        // By place in the walk: the changes that end what stands there, or what was built on it.
        let mut endings: Vec<Vec<usize>> = Vec::new();
        for (node, built_on_it) in order::backwards(launch) {
            let mut first: Vec<usize> =
                built_on_it.iter().filter_map(|at| endings.get(*at)).flatten().copied().collect();
            first.sort_unstable();
            first.dedup();
            let own = match node {
                Node::Activity(activity) => self.undo(activity, &first),
                Node::Start(_) | Node::Check(..) | Node::Complete(_) => Vec::new(),
            };
            endings.push(if own.is_empty() { first } else { own });
        }
        self.removed(launch);
        let outlooks = launch.milestones.iter().map(|m| super::milestones::outlook(&self, m)).collect();
        self.finish(outlooks, Status::Cancelled, &launch.policy)
    }

    /// Ends one activity after the changes `first`. Returns what those before it have to wait for.
    fn undo(&mut self, activity: &'a Activity, first: &[usize]) -> Vec<usize> {
        let state = self.state(&activity.id);
        let ending = ending::decide(state, Reason::LaunchCancelled, self.now, self.is_running(&activity.id))
            .unwrap_or_else(|| Decision::new(Action::Keep, Reason::LaunchCancelled));
        let mut own: Vec<usize> = self.end(activity, ending, first).into_iter().collect();
        if let Some(Compensation::Run(undo)) = state.applied.as_ref().map(|a| &a.on_cancel) {
            let rendered = inputs::render(&undo.with, &self.context, true);
            let (state, running) = (self.state(&undo.id), self.is_running(&undo.id));
            let decision = decide::decide(undo, state, self.sighting(&undo.id), &rendered, self.now, running);
            own.extend(self.end(undo, decision, first));
        }
        own
    }

    /// `None` where nothing is left to do.
    fn end(&mut self, activity: &Activity, decision: Decision, first: &[usize]) -> Option<usize> {
        let is_over = decision.action == Action::Keep;
        // Finding out what became of an effect is never too early.
        let looks = matches!(decision.action, Action::Probe | Action::Await);
        let gate = if is_over || looks { Gate::default() } else { self.after(first) };
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
