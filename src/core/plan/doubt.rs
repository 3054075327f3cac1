//! Effects whose outcome is not known: looked for before anything else, never repeated blindly.

use chrono::TimeDelta;

use super::value::{Action, Blocker, Reason, Until};
use crate::core::model::{
    Timestamp,
    activity::{EffectClass, KeySupport},
    call::Verb,
    fingerprint::Fingerprint,
    state::{ActivityState, Intent},
};

/// What to do about an open intent.
pub(super) enum Doubt {
    /// Look for it, now or when `blocked` says.
    Look(Vec<Blocker>),
    /// The same call may be sent again: the key or the verb makes it one effect.
    Repeat,
    /// Only a person can tell.
    Ask(Blocker),
    /// It was looked for long enough: there is nothing to end.
    DidNotHappen,
}

/// A call that was on its way when its sender died has arrived after so long.
const ARRIVES: TimeDelta = TimeDelta::minutes(1);

/// The rules of design.md §4, "Outcomes are types", and of promises P3 to P5.
///
/// `repeats` as [`repeats`] says.
pub(super) fn judge(intent: &Intent, now: Timestamp, repeats: bool) -> Doubt {
    if repeats {
        return Doubt::Repeat;
    }
    if intent.key_support == KeySupport::Opaque && intent.verb == Verb::Create {
        return Doubt::Ask(in_doubt(intent));
    }
    let Some(looked_at) = intent.probed_at else { return Doubt::Look(Vec::new()) };
    if !intent.unobservable
        && let Some(at) = looks(intent).find(|at| looked_at < *at)
    {
        let wait = (now < at).then_some(Blocker::Until { at, why: Until::ProbeAgain });
        return Doubt::Look(wait.into_iter().collect());
    }
    // Looked for and not found, or not to be looked for at all.
    let idempotent = intent.verb != Verb::Create;
    if intent.effect == EffectClass::Converge && (idempotent || !intent.unobservable) {
        return Doubt::Repeat;
    }
    Doubt::Ask(in_doubt(intent))
}

/// The same once the activity is not wanted any more: what was asked for is not asked for again, unless it is the ending
/// itself.
pub(super) fn judge_unwanted(intent: &Intent, now: Timestamp) -> Doubt {
    if intent.verb != Verb::Create {
        return judge(intent, now, false);
    }
    if intent.key_support == KeySupport::Opaque || intent.unobservable {
        return Doubt::Ask(in_doubt(intent));
    }
    let Some(looked_at) = intent.probed_at else { return Doubt::Look(Vec::new()) };
    match looks(intent).chain([intent.at + ARRIVES]).filter(|at| looked_at < *at).min() {
        Some(at) if now < at => Doubt::Look(vec![Blocker::Until { at, why: Until::ProbeAgain }]),
        Some(_) => Doubt::Look(Vec::new()),
        None => Doubt::DidNotHappen,
    }
}

/// Whether the very call of an open intent is sent once more: a key stands for what it was sent with, and a vendor answers
/// for that whatever comes with it now. What the file changed since is updated after that. A public effect cannot be, so
/// that its old words are not said once there are new ones; and what was rejected is not said again once it was corrected.
pub(super) fn repeats(intent: &Intent, wanted: &Fingerprint, state: &ActivityState, now: Timestamp) -> bool {
    let as_it_was = intent.inputs == *wanted || (intent.effect == EffectClass::Converge && !state.tries.rejected);
    as_it_was && rests_on_key(intent, now)
}

/// Whether the vendor still knows the key of a create, so that sending it again is one effect.
fn rests_on_key(intent: &Intent, now: Timestamp) -> bool {
    let KeySupport::Header { lifetime_seconds } = intent.key_support else { return false };
    let alive = |seconds: u64| now < intent.key_since + TimeDelta::seconds(seconds.cast_signed());
    intent.verb == Verb::Create && lifetime_seconds.is_none_or(alive)
}

fn looks(intent: &Intent) -> impl Iterator<Item = Timestamp> {
    let create = intent.verb == Verb::Create;
    let after = if create { intent.key_support.looks(intent.effect) } else { Vec::new() };
    after.into_iter().map(|seconds| intent.at + TimeDelta::seconds(seconds.cast_signed()))
}

fn in_doubt(intent: &Intent) -> Blocker {
    Blocker::InDoubt {
        intent: intent.id,
        since: intent.at,
        request: intent.doubt.as_ref().and_then(|f| f.request.clone()),
        failure: intent.doubt.clone(),
    }
}

/// The action that repeats an intent's verb.
pub(super) fn repeat(verb: Verb) -> (Action, Reason) {
    let action = match verb {
        Verb::Create => Action::Create,
        Verb::Update => Action::Update,
        Verb::Close => Action::Close,
        Verb::Delete => Action::Delete,
    };
    (action, Reason::OutcomeUnknown)
}
