//! Checks: what was answered, whether it still holds, and when to ask again.

use chrono::TimeDelta;

use super::{
    decide::Decision,
    value::{Action, Blocker, Reason, Until},
};
use crate::core::{
    model::{
        Timestamp,
        check::{Check, CheckState, Question, Verdict},
        fingerprint::{ExternalKey, Fingerprint},
        milestone::Milestone,
        name::Name,
    },
    schedule,
};

/// What will be done about one check, before its milestone's activities are asked.
pub(super) fn decide(
    launch: &Name,
    milestone: &Milestone,
    check: &Check,
    state: Option<&CheckState>,
    now: Timestamp,
) -> Decision {
    let answer = state.and_then(|s| s.last.as_ref()).filter(|a| a.question == Fingerprint::of(check));
    let (Some(state), Some(answer)) = (state, answer) else { return first_time(check) };
    if answer.verdict == Verdict::Pass {
        return passing(check, state, answer.at, now);
    }
    let detail =
        answer.failure.as_ref().map(|f| format!("{}: {}", f.summary, f.detail)).or_else(|| answer.detail.clone());
    let why =
        Blocker::Check { milestone: milestone.id.clone(), check: check.name.clone(), verdict: answer.verdict, detail };
    if matches!(check.question, Question::Person { .. }) {
        return held(Reason::NotPassing, [why]);
    }
    let again = ask_again_at(launch, check, state, answer.at);
    if now >= again {
        return Decision::new(Action::Check, Reason::NotPassing);
    }
    held(Reason::NotPassing, [why, Blocker::Until { at: again, why: Until::CheckAgain { check: check.name.clone() } }])
}

fn first_time(check: &Check) -> Decision {
    match &check.question {
        Question::Person { prompt, from } => {
            held(Reason::NotAnswered, [Blocker::Person { who: from.clone(), what: prompt.clone() }])
        }
        Question::Probe { .. } | Question::Expression => Decision::new(Action::Check, Reason::NotAnswered),
    }
}

fn passing(check: &Check, state: &CheckState, last: Timestamp, now: Timestamp) -> Decision {
    let since = state.passing_since.unwrap_or(last);
    let until = since + TimeDelta::seconds(check.for_seconds.cast_signed());
    if last >= until {
        return Decision::new(Action::Keep, Reason::Passed);
    }
    let again = (last + TimeDelta::seconds(check.every_seconds.max(1).cast_signed())).min(until);
    if now >= again {
        return Decision::new(Action::Check, Reason::HoldingFor);
    }
    held(Reason::HoldingFor, [Blocker::Until { at: again, why: Until::CheckHolds { check: check.name.clone() } }])
}

/// Failed look-ups back off; answers are asked again at the check's own pace.
fn ask_again_at(launch: &Name, check: &Check, state: &CheckState, last: Timestamp) -> Timestamp {
    let every = TimeDelta::seconds(check.every_seconds.max(1).cast_signed());
    if state.failures == 0 {
        return last + every;
    }
    let retry = crate::core::model::activity::Retry {
        attempts: u32::MAX,
        base_seconds: check.every_seconds.max(1),
        max_seconds: check.every_seconds.max(1).saturating_mul(16),
    };
    let key = ExternalKey::new("check", launch, &check.name, 0);
    schedule::retry_at(retry, &key, state.failures, last, None)
}

fn held(reason: Reason, blocked: impl IntoIterator<Item = Blocker>) -> Decision {
    let mut decision = Decision::new(Action::Await, reason);
    decision.blocked.extend(blocked);
    decision
}

/// Whether this check, asked now and passing, would be enough: nothing has to hold for a while first.
pub(super) fn may_pass_now(check: &Check, state: Option<&CheckState>, now: Timestamp) -> bool {
    let held_for = TimeDelta::seconds(check.for_seconds.cast_signed());
    check.for_seconds == 0 || state.and_then(|s| s.passing_since).is_some_and(|since| now >= since + held_for)
}
