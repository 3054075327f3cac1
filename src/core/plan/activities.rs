//! One activity of the walk: what is done about it, and what holds that back.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{
    approvals,
    decide::{self, Decision},
    inputs::{self, Rendered},
    planner::{Desired, Planner},
    reach::{Gate, Reach},
    value::{Action, Blocker, Change, Target, Until},
};
use crate::core::{
    model::{
        activity::{Activity, CompleteWhen, EffectClass, Need},
        approval,
        launch::Launch,
        milestone::Milestone,
        state::ActivityState,
    },
    schedule,
};

impl<'a> Planner<'a> {
    pub(super) fn activity(&mut self, launch: &'a Launch, activity: &'a Activity) {
        let rendered = inputs::render(&activity.with, &self.context, self.outputs_known(activity));
        let state = self.state(&activity.id);
        let running = self.is_running(&activity.id);
        let decision = decide::decide(activity, state, self.sighting(&activity.id), &rendered, self.now, running);
        let gate = self.activity_gate(launch, activity, state, &decision, &rendered);
        self.push_activity(activity, decision, gate);
    }

    /// What holds an effect back beside its own obstacles. Looking, adopting and keeping are never held back.
    fn activity_gate(
        &self,
        launch: &'a Launch,
        activity: &'a Activity,
        state: &ActivityState,
        decision: &Decision,
        rendered: &Rendered,
    ) -> Gate {
        let mut gate = Gate::default();
        let effect = matches!(decision.action, Action::Create | Action::Update);
        if !effect {
            return gate;
        }
        let milestone = self.milestones.get(&activity.milestone).copied();
        if decision.action == Action::Create {
            gate = self.gates.get(&activity.milestone).cloned().unwrap_or_default();
            self.reached.require(&mut gate, &activity.needs, self.observed);
            self.wait_for_time(activity, state, &mut gate);
        } else {
            self.reached.require(&mut gate, &activity.needs, self.observed);
            if !decide::has_later(&decision.fields) {
                // An object that exists keeps following its file while something it once needed is open again.
                gate.blocked.clear();
            }
        }
        debug_assert!(rendered.later.is_empty() || !activity.needs.is_empty(), "a deferred input implies a need");
        let refused = self.observed.refused.get(&activity.id);
        gate.blocked.extend(refused.map(|failure| Blocker::Refused { failure: failure.clone() }));
        self.wait_for_freeze(launch, activity, &mut gate);
        if let Some(milestone) = milestone {
            self.wait_for_people(launch, milestone, activity, &mut gate);
        }
        gate
    }

    /// Whether every activity that `activity` needs has its outputs.
    fn outputs_known(&self, activity: &Activity) -> bool {
        let known = |need: &Need| match need {
            Need::Activity(id) => inputs::outputs(self.state(id)).is_some(),
            Need::Milestone(_) | Need::Foreign { .. } => true,
        };
        activity.with.deferred.is_empty() || activity.needs.iter().all(known)
    }

    fn wait_for_time(&self, activity: &Activity, state: &ActivityState, gate: &mut Gate) {
        let Some(opens) = activity.not_before else { return };
        if opens > self.now {
            let why = if activity.embargo == Some(opens) { Until::Embargo } else { Until::WindowOpens };
            gate.blocked.push(Blocker::Until { at: opens, why });
            return;
        }
        let Desired::Launch { launch, .. } = self.desired else { return };
        let grace = TimeDelta::seconds(launch.policy.grace_seconds.cast_signed());
        let tried = state.tries.count > 0 || state.open.is_some() || state.asked.is_some();
        if activity.effect == EffectClass::Once && !tried && self.now > opens + grace {
            gate.blocked.push(Blocker::Missed { due: opens });
        }
    }

    fn wait_for_freeze(&self, launch: &Launch, activity: &Activity, gate: &mut Gate) {
        if activity.uses.is_human() {
            return;
        }
        let freezes = launch.freezes.iter().filter(|f| !f.except.contains(&activity.id));
        if let (at, Some(freeze)) = schedule::next_free(self.now, freezes) {
            gate.blocked.push(Blocker::Until { at, why: Until::FreezeEnds { name: freeze.name.clone() } });
        }
    }

    fn wait_for_people(&self, launch: &Launch, milestone: &Milestone, activity: &Activity, gate: &mut Gate) {
        let once = activity.effect == EffectClass::Once;
        gate.blocked.extend(self.missing_approvals(milestone, |g| once || g == approval::Gate::Start));
        if let (true, Some(mark)) = (once, &self.observed.state.header.held) {
            gate.blocked.push(Blocker::Held { mark: mark.clone() });
        }
        if once && launch.policy.once_needs_approval && milestone.approvals.is_empty() {
            gate.blocked.push(Blocker::Unapproved { milestone: milestone.id.clone() });
        }
    }

    pub(super) fn missing_approvals(
        &self,
        milestone: &Milestone,
        wanted: impl Fn(approval::Gate) -> bool,
    ) -> Vec<Blocker> {
        let Some(fingerprint) = self.fingerprints.get(&milestone.id) else { return Vec::new() };
        let state = self.observed.state.milestones.get(&milestone.id);
        approvals::missing(milestone, state, fingerprint, self.now, wanted)
    }

    pub(super) fn push_activity(&mut self, activity: &Activity, mut decision: Decision, mut gate: Gate) {
        if self.moved.contains_key(&activity.id) {
            // Renames stand first, in the order of the file.
            let rename = Target::Activity(activity.id.clone());
            gate.after.extend(self.changes.iter().take(self.moved.len()).position(|c| c.subject == rename));
        }
        let mut needed: BTreeSet<String> = BTreeSet::new();
        for blocker in gate.blocked {
            // A milestone's needs and window are often its activity's own. Needs may be thousands.
            let is_new = match &blocker {
                Blocker::Needs { need } => needed.insert(need.to_string()),
                other => !decision.blocked.contains(other),
            };
            if is_new {
                decision.blocked.push(blocker);
            }
        }
        gate.after.sort_unstable();
        gate.after.dedup();
        let index = self.changes.len();
        let reach = match decision.action {
            Action::Keep => Reach::Reached,
            Action::Create | Action::Update | Action::Adopt
                if decision.blocked.is_empty() && activity.complete_when == CompleteWhen::Exists =>
            {
                Reach::ThisPlan(index)
            }
            _ => Reach::NotYet,
        };
        let title = activity.title.clone().unwrap_or_else(|| activity.id.to_string());
        let change = Change {
            milestone: Some(activity.milestone.clone()),
            uses: Some(activity.uses.clone()),
            effect: Some(activity.effect),
            point_of_no_return: activity.effect == EffectClass::Once && decision.action == Action::Create,
            fields: decision.fields,
            drift: decision.drift,
            after: gate.after,
            after_gate: gate.after_phase,
            blocked: decision.blocked,
            ..Change::new(Target::Activity(activity.id.clone()), title, decision.action, decision.reason)
        };
        self.push(change, reach);
    }
}
