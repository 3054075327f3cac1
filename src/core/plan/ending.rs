//! Activities that the file no longer has, and launches that are gone or cancelled.

use super::{
    decide::{self, Decision},
    doubt::{self, Doubt},
    value::{Action, Reason},
};
use crate::core::{
    model::{
        Timestamp,
        activity::{Compensation, EffectClass, Removal, Retry},
        state::ActivityState,
    },
    plan::value::{Blocker, Until},
    schedule,
};

/// What will be done about an activity that is no longer asked for; `None` when there is nothing to end.
pub(super) fn decide(state: &ActivityState, reason: Reason, now: Timestamp, running: bool) -> Option<Decision> {
    if let Some(intent) = &state.open {
        if running {
            return Some(decide::running(intent));
        }
        return Some(match doubt::judge_unwanted(intent, now) {
            Doubt::Look(blocked) => with(Decision::new(Action::Probe, Reason::OutcomeUnknown), blocked),
            Doubt::Ask(blocker) => with(Decision::new(Action::Await, Reason::OutcomeUnknown), [blocker]),
            Doubt::DidNotHappen => Decision::new(Action::Forget, reason),
            Doubt::Repeat => {
                let (action, reason) = doubt::repeat(intent.verb);
                with(Decision::new(action, reason), obstacles(state, now))
            }
        });
    }
    let applied = state.applied.as_ref().filter(|_| state.ended.is_none())?;
    let removal = if reason == Reason::LaunchCancelled {
        match applied.on_cancel {
            Compensation::Keep | Compensation::Run(_) => Removal::Keep,
            Compensation::Close => Removal::Close,
            Compensation::Delete => Removal::Delete,
        }
    } else {
        applied.on_remove
    };
    // What is public stays public.
    let removal = if applied.effect == EffectClass::Once { Removal::Keep } else { removal };
    let gone = state.missing_since.is_some();
    let action = match removal {
        Removal::Keep if reason == Reason::LaunchCancelled => return Some(Decision::new(Action::Keep, reason)),
        Removal::Keep => Action::Forget,
        Removal::Close | Removal::Delete if gone => Action::Forget,
        Removal::Close => Action::Close,
        Removal::Delete => Action::Delete,
    };
    Some(with(Decision::new(action, reason), obstacles(state, now)))
}

fn obstacles(state: &ActivityState, now: Timestamp) -> Vec<Blocker> {
    let mut blocked = Vec::new();
    if let Some(mark) = &state.blocked {
        blocked.push(Blocker::Marked { mark: mark.clone(), milestone: None });
    }
    let tries = &state.tries;
    let (Some(last), Some(key), true) = (tries.last_at, &state.key, tries.count > 0) else { return blocked };
    if tries.rejected {
        blocked.extend(tries.failure.clone().map(|failure| Blocker::Rejected { failure, at: tries.last_at }));
        return blocked;
    }
    let at = schedule::retry_at(Retry::default(), key, tries.count, last, tries.after_seconds);
    if now < at {
        let failure = tries.failure.as_ref().map(|f| f.summary.clone()).unwrap_or_default();
        blocked.push(Blocker::Until { at, why: Until::Retry { attempt: tries.count + 1, failure } });
    }
    blocked
}

fn with(mut decision: Decision, blocked: impl IntoIterator<Item = Blocker>) -> Decision {
    decision.blocked.extend(blocked);
    decision
}
