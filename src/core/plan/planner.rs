//! Walks the graph once and writes down one change for each node.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};

use super::{
    checks,
    decide::Decision,
    goals, inputs, milestones, moments,
    order::{self, Node},
    phase::Decider,
    reach::{Gate, Reach, Reached},
    threshold,
    value::{Action, Blocker, Change, Moment, Plan, Reason, Stop, Target, Until},
};
use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, Need},
        area::{Phase, Status},
        check::{Check, Question},
        fingerprint::Fingerprint,
        launch::{Launch, Policy, Revision},
        milestone::Milestone,
        name::{Id, Name},
        observed::Observed,
        outcome::Sighting,
        state::ActivityState,
    },
    template::Context,
};

/// Compares what is asked for with what is observed, at an instant.
///
/// Total: any three inputs give a plan. It is a function of them alone, so equal inputs give equal plans.
pub fn plan(desired: Desired<'_>, observed: &Observed, now: Timestamp) -> Plan {
    let planner = Planner::new(desired, observed, now);
    match desired {
        Desired::Launch { launch, .. } if observed.state.header.cancelled.is_some() => planner.cancelled(launch),
        Desired::Launch { launch, .. } => planner.launch(launch),
        Desired::Gone { .. } => planner.gone(),
    }
}

/// What the files ask for.
#[derive(Debug, Clone, Copy)]
pub enum Desired<'a> {
    /// With its revision, which is costly to compute and known to whoever holds the launch.
    Launch { launch: &'a Launch, revision: &'a Revision },
    /// The launch left the files; its objects end as each one's `on_remove` said when it was applied.
    Gone { name: &'a Name, policy: &'a Policy },
}

pub(super) struct Planner<'a> {
    pub(super) desired: Desired<'a>,
    pub(super) observed: &'a Observed,
    pub(super) now: Timestamp,
    pub(super) changes: Vec<Change>,
    /// As in [`Plan`].
    pub(super) gate: Vec<usize>,
    pub(super) reached: Reached,
    /// What opens each milestone's activities.
    pub(super) gates: HashMap<&'a Id, Gate>,
    pub(super) fingerprints: HashMap<&'a Id, Fingerprint>,
    pub(super) expiries: Vec<Moment>,
    /// Where each target's change stands.
    pub(super) index: HashMap<Target, usize>,
    pub(super) milestones: HashMap<&'a Id, &'a Milestone>,
    members: HashMap<&'a Id, Vec<&'a Activity>>,
    /// Old ids by new ones, of renames that the state does not know yet.
    pub(super) moved: BTreeMap<&'a Id, &'a Id>,
    pub(super) context: Context,
    /// The milestones before the launch phase that this plan does not complete, as written.
    pub(super) unready: Vec<&'a Id>,
    pub(super) deciding: Vec<Decider<'a>>,
}

impl<'a> Planner<'a> {
    fn new(desired: Desired<'a>, observed: &'a Observed, now: Timestamp) -> Self {
        let context = match desired {
            Desired::Launch { launch, .. } if launch.activities.iter().any(|a| !a.with.deferred.is_empty()) => {
                inputs::context(launch, &observed.state)
            }
            _ => Context::new(),
        };
        Self {
            desired,
            observed,
            now,
            changes: Vec::new(),
            gate: Vec::new(),
            reached: Reached::default(),
            gates: HashMap::new(),
            fingerprints: HashMap::new(),
            expiries: Vec::new(),
            index: HashMap::new(),
            milestones: HashMap::new(),
            members: HashMap::new(),
            moved: BTreeMap::new(),
            context,
            unready: Vec::new(),
            deciding: Vec::new(),
        }
    }

    fn launch(mut self, launch: &'a Launch) -> Plan {
        self.group(launch);
        self.moves(launch);
        for node in order::order(launch) {
            match node {
                Node::Phase => self.before_phase(launch),
                Node::Start(milestone) => self.start(milestone),
                Node::Activity(activity) => self.activity(launch, activity),
                Node::Check(milestone, check) => self.check(milestone, check),
                Node::Complete(milestone) => self.complete(launch, milestone),
            }
        }
        self.removed(launch);
        self.launch_completion(launch);
        self.goals(launch);
        let outlooks = launch.milestones.iter().map(|m| milestones::outlook(&self, m)).collect::<Vec<_>>();
        let status = milestones::launch_status(&self.observed.state, &outlooks, &self.changes);
        self.finish(outlooks, status, &launch.policy)
    }

    pub(super) fn group(&mut self, launch: &'a Launch) {
        self.milestones = launch.milestones.iter().map(|m| (&m.id, m)).collect();
        for activity in &launch.activities {
            self.members.entry(&activity.milestone).or_default().push(activity);
        }
    }

    /// The activities of a milestone.
    pub(super) fn members(&self, milestone: &Id) -> &[&'a Activity] {
        self.members.get(milestone).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn push(&mut self, change: Change, reach: Reach) {
        self.reached.set(change.subject.clone(), reach);
        self.index.insert(change.subject.clone(), self.changes.len());
        self.changes.push(change);
    }

    fn gone(mut self) -> Plan {
        let Desired::Gone { policy, .. } = self.desired else { unreachable!("called for a launch that is gone") };
        let reason = if self.observed.state.header.cancelled.is_some() {
            Reason::LaunchCancelled
        } else {
            Reason::LaunchRemoved
        };
        self.end_all(&BTreeSet::new(), reason);
        self.finish(Vec::new(), Status::Cancelled, policy)
    }

    pub(super) fn finish(
        self,
        milestones: Vec<super::value::MilestoneOutlook>,
        status: Status,
        policy: &Policy,
    ) -> Plan {
        let header = &self.observed.state.header;
        let stop = match &header.paused {
            Some(mark) => Some(Stop::Paused { mark: mark.clone() }),
            None => threshold::judge(&self.changes, &self.observed.state, policy),
        };
        let (launch, title, revision) = match self.desired {
            Desired::Launch { launch, revision } => (launch.name.clone(), launch.title.clone(), Some(revision.clone())),
            Desired::Gone { name, .. } => (name.clone(), name.to_string(), None),
        };
        let next = moments::next(&self.changes, &milestones, &self.expiries, self.now);
        Plan {
            launch,
            title,
            revision,
            observed: self.observed.state.version,
            now: self.now,
            changes: self.changes,
            gate: self.gate,
            milestones,
            status,
            stop,
            next,
        }
    }

    /// Renames that the state does not know yet come first; nothing happens in the world.
    fn moves(&mut self, launch: &'a Launch) {
        let known = &self.observed.state.activities;
        for moved in &launch.moved {
            let unmade = known.get(&moved.to).is_none_or(|state| !state.was_made());
            if known.contains_key(&moved.from) && unmade && launch.activity(&moved.to).is_some() {
                self.moved.insert(&moved.to, &moved.from);
                // The answer to a call under way will be written down under the old name.
                if self.observed.running.contains(&moved.from) {
                    continue;
                }
                let title = format!("{} is now called {}", moved.from, moved.to);
                self.changes.push(Change::new(
                    Target::Activity(moved.to.clone()),
                    title,
                    Action::Move,
                    Reason::Renamed,
                ));
            }
        }
    }

    fn start(&mut self, milestone: &'a Milestone) {
        let mut gate = Gate::default();
        self.reached.require(&mut gate, &milestone.needs, self.observed);
        if milestone.phase == Phase::Launch {
            self.wait_for_phase(milestone, &mut gate);
            // Nobody is to think of the go while the phase is not open.
            if self.unready.is_empty() {
                self.wait_for_go(milestone, &mut gate);
            }
        }
        if let Some(at) = milestone.start.filter(|at| *at > self.now) {
            gate.blocked.push(Blocker::Until { at, why: Until::WindowOpens });
        }
        if let Some(mark) = self.observed.state.milestones.get(&milestone.id).and_then(|s| s.blocked.as_ref()) {
            gate.blocked.push(Blocker::Marked { mark: mark.clone(), milestone: Some(milestone.id.clone()) });
        }
        if !milestone.approvals.is_empty() {
            let fingerprint = milestone.fingerprint(self.members(&milestone.id));
            self.fingerprints.insert(&milestone.id, fingerprint);
        }
        self.gates.insert(&milestone.id, gate);
    }

    fn check(&mut self, milestone: &'a Milestone, check: &'a Check) {
        let own = self.observed.state.milestones.get(&milestone.id);
        let state = own.and_then(|s| s.checks.get(&check.name));
        let completed = own.is_some_and(|s| s.completed.is_some());
        let mut decision = checks::decide(self.name(), milestone, check, state, self.now);
        if completed && decision.action != Action::Keep {
            decision = Decision::new(Action::Keep, Reason::Passed);
        }
        let gate = self.question_gate(milestone, check, &mut decision);
        decision.blocked.extend(gate.blocked);
        let index = self.changes.len();
        let reach = match decision.action {
            Action::Keep => Reach::Reached,
            Action::Check if decision.blocked.is_empty() && checks::may_pass_now(check, state, self.now) => {
                Reach::ThisPlan(index)
            }
            _ => Reach::NotYet,
        };
        let subject = Target::Check { milestone: milestone.id.clone(), check: check.name.clone() };
        let uses = match &check.question {
            Question::Probe { uses, .. } => Some(uses.clone()),
            Question::Expression | Question::Person { .. } => None,
        };
        let title = format!("{}: {}", milestone.title, check.name);
        let change = Change {
            milestone: Some(milestone.id.clone()),
            uses,
            after: gate.after,
            after_gate: gate.after_phase,
            blocked: decision.blocked,
            ..Change::new(subject, title, decision.action, decision.reason)
        };
        self.push(change, reach);
    }

    /// What a milestone's checks wait for: its own needs and every activity.
    pub(super) fn members_gate(&self, milestone: &Milestone) -> Gate {
        let mut gate = self.gates.get(&milestone.id).cloned().unwrap_or_default();
        for activity in self.members(&milestone.id) {
            match self.reached.get(&Target::Activity(activity.id.clone())) {
                Reach::Reached => {}
                Reach::ThisPlan(change) => gate.after.push(change),
                Reach::NotYet => gate.blocked.push(Blocker::Needs { need: Need::Activity(activity.id.clone()) }),
            }
        }
        gate.after.sort_unstable();
        gate.after.dedup();
        gate
    }

    fn complete(&mut self, launch: &'a Launch, milestone: &'a Milestone) {
        let gate = self.members_gate(milestone);
        let change = milestones::complete(self, launch, milestone, gate);
        let index = self.changes.len();
        let reach = match change.action {
            Action::Keep => Reach::Reached,
            Action::Complete if change.blocked.is_empty() => Reach::ThisPlan(index),
            _ => Reach::NotYet,
        };
        self.push(change, reach);
    }

    fn launch_completion(&mut self, launch: &'a Launch) {
        let header = &self.observed.state.header;
        if header.completed_at.is_some() || launch.milestones.is_empty() {
            return;
        }
        let mut after = Vec::new();
        for milestone in &launch.milestones {
            match self.reached.milestone(&milestone.id) {
                Reach::Reached => {}
                Reach::ThisPlan(change) => after.push(change),
                Reach::NotYet => return,
            }
        }
        let done = Change::new(Target::Launch, launch.title.clone(), Action::Complete, Reason::AllReached);
        self.changes.push(Change { after, ..done });
    }

    /// Last: nothing waits for them.
    fn goals(&mut self, launch: &'a Launch) {
        for goal in &launch.goals {
            let decision = goals::decide(launch, goal, self.observed.state.goals.get(&goal.name), self.now);
            let uses = goals::metric(launch, goal).map(|m| m.uses.clone());
            let subject = Target::Goal(goal.name.clone());
            let change = Change::new(subject, goal.title.clone(), decision.action, decision.reason);
            self.changes.push(Change { uses, blocked: decision.blocked, ..change });
        }
    }

    /// T, of a launch that is wanted.
    pub(super) fn target(&self) -> Option<Timestamp> {
        match self.desired {
            Desired::Launch { launch, .. } => Some(launch.target),
            Desired::Gone { .. } => None,
        }
    }

    fn name(&self) -> &'a Name {
        match self.desired {
            Desired::Launch { launch, .. } => &launch.name,
            Desired::Gone { name, .. } => name,
        }
    }

    /// An activity's stored state, under its old id where the file renamed it.
    pub(super) fn state(&self, id: &Id) -> &'a ActivityState {
        static UNKNOWN: std::sync::LazyLock<ActivityState> = std::sync::LazyLock::new(ActivityState::default);
        let known = self.moved.get(id).copied().unwrap_or(id);
        self.observed.state.activities.get(known).unwrap_or(&UNKNOWN)
    }

    /// Whether a live process waits for the answer to an effect of this activity.
    pub(super) fn is_running(&self, id: &Id) -> bool {
        self.observed.running.contains(self.moved.get(id).copied().unwrap_or(id))
    }

    pub(super) fn sighting(&self, id: &Id) -> Option<&'a Sighting> {
        self.observed.sightings.get(id)
    }
}
