//! Whose turn it is: what people are not asked before, and cannot have answered.

use super::{
    decide::Decision,
    planner::Planner,
    reach::Gate,
    value::{Action, Blocker, Plan, Reason, Target, Until},
};
use crate::core::model::{
    area::Phase,
    check::{Check, Question},
    milestone::Milestone,
};

impl Planner<'_> {
    /// What holds back a check that is about to be asked: its milestone's own needs and every activity. Nobody is asked
    /// about what is not there, and nobody whether the launch itself went well before it is.
    pub(super) fn question_gate(&self, milestone: &Milestone, check: &Check, decision: &mut Decision) -> Gate {
        let by_person = matches!(check.question, Question::Person { .. }) && decision.reason == Reason::NotAnswered;
        if decision.action != Action::Check && !by_person {
            return Gate::default();
        }
        let mut gate = self.members_gate(milestone);
        let refused = self.observed.refused_checks.get(&(milestone.id.clone(), check.name.clone()));
        gate.blocked.extend(refused.map(|failure| Blocker::Refused { failure: failure.clone() }));
        if by_person {
            if let Some(at) = self.target().filter(|at| milestone.phase == Phase::Launch && *at > self.now) {
                gate.blocked.push(Blocker::Until { at, why: Until::Target });
            }
            if !gate.blocked.is_empty() {
                decision.blocked.clear();
            }
        }
        gate
    }
}

/// Why a task or a question is not asked of people yet: what its turn waits for. `None`: it is asked, or was answered.
pub fn before_turn<'p>(plan: &'p Plan, subject: &Target) -> Option<&'p Blocker> {
    let change = plan.changes.iter().find(|c| c.subject == *subject)?;
    let unasked = change.action == Action::Create || change.reason == Reason::NotAnswered;
    change.blocked.iter().filter(|_| unasked).find(|b| {
        matches!(
            b,
            Blocker::Needs { .. }
                | Blocker::Phase { .. }
                | Blocker::Until { why: Until::WindowOpens | Until::Embargo | Until::Target, .. }
        )
    })
}
