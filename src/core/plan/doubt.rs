//! Effects whose outcome is not known: looked for before anything else, never repeated blindly.

use chrono::TimeDelta;

use super::value::{Action, Blocker, Reason, Until};
use crate::core::model::{
    Timestamp,
    activity::{EffectClass, KeySupport},
    call::Verb,
    state::Intent,
};

/// What to do about an open intent.
pub(super) enum Doubt {
    /// Look for it, now or when `blocked` says.
    Look(Vec<Blocker>),
    /// The same call may be sent again: the key or the verb makes it one effect.
    Repeat,
    /// Only a person can tell.
    Ask(Blocker),
}

/// The rules of design.md §4, "Outcomes are types", and of promises P3 to P5.
pub(super) fn judge(intent: &Intent, now: Timestamp) -> Doubt {
    let key_alive = match intent.key_support {
        KeySupport::Header { lifetime_seconds } => {
            lifetime_seconds.is_none_or(|s| now < intent.key_since + TimeDelta::seconds(s.cast_signed()))
        }
        KeySupport::Probe { .. } | KeySupport::Opaque => false,
    };
    if key_alive && intent.verb == Verb::Create {
        return Doubt::Repeat;
    }
    if intent.key_support == KeySupport::Opaque && intent.verb == Verb::Create {
        return Doubt::Ask(in_doubt(intent));
    }
    let settled_at = intent.at + settle(intent);
    let looked = intent.probed_at.is_some_and(|at| at >= settled_at);
    if !looked && intent.probed_at.is_some() && !intent.unobservable {
        let wait = (now < settled_at).then_some(Blocker::Until { at: settled_at, why: Until::ProbeAgain });
        return Doubt::Look(wait.into_iter().collect());
    }
    if intent.probed_at.is_none() {
        return Doubt::Look(Vec::new());
    }
    // Looked for and not found, or not to be looked for at all.
    let idempotent = intent.verb != Verb::Create;
    if intent.effect == EffectClass::Converge && (idempotent || !intent.unobservable) {
        return Doubt::Repeat;
    }
    Doubt::Ask(in_doubt(intent))
}

fn settle(intent: &Intent) -> TimeDelta {
    match intent.key_support {
        KeySupport::Probe { settle_seconds } if intent.verb == Verb::Create => {
            TimeDelta::seconds(settle_seconds.cast_signed())
        }
        _ => TimeDelta::zero(),
    }
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
