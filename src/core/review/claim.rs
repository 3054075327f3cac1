//! When somebody's word that something is done can be taken.
//!
//! In: the activity, its launch, what is known of it, an instant; or the evidence. Out: yes, or why not. What the plan would
//! hold back, nobody can have done by hand.

use crate::core::{
    manifest::secrets,
    model::{
        Timestamp,
        activity::{Activity, EffectClass},
        launch::Launch,
        link::Link,
        name::Id,
        state::LaunchState,
    },
    plan::standing,
};

/// Why an activity cannot have been done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooEarly {
    /// It is public, and its embargo ends then.
    Embargo(Timestamp),
    /// It is public, and this approval of its milestone does not stand.
    Approval(Id),
}

/// Why a text shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoEvidence {
    Empty,
    /// The record keeps it for ever, and shows it to everybody.
    Secret,
    /// So many characters.
    TooLong(usize),
    /// An address that others cannot open, or that does something when they do: its scheme.
    Unsafe(String),
}

/// Whether an activity may be said to be done. What is public cannot have been done by hand before its embargo, nor without
/// the sign-offs that it needs.
///
/// # Errors
/// It is too early.
pub fn can_be_done(activity: &Activity, launch: &Launch, state: &LaunchState, now: Timestamp) -> Result<(), TooEarly> {
    if activity.effect != EffectClass::Once {
        return Ok(());
    }
    if let Some(embargo) = activity.embargo.filter(|embargo| now < *embargo) {
        return Err(TooEarly::Embargo(embargo));
    }
    let Some(milestone) = launch.milestone(&activity.milestone) else { return Ok(()) };
    let own: Vec<_> = launch.activities_of(&milestone.id).collect();
    let content = milestone.fingerprint(&own);
    let given = state.milestones.get(&milestone.id).map(|m| &m.approvals);
    let missing = milestone.approvals.iter().find(|approval| {
        let grants = given.and_then(|g| g.get(&approval.name)).map(Vec::as_slice).unwrap_or_default();
        !standing(approval, grants, &content, now).stands()
    });
    missing.map_or(Ok(()), |approval| Err(TooEarly::Approval(approval.name.clone())))
}

/// Of an evidence, in characters; a longer text belongs where its address leads.
pub const LONGEST: usize = 2000;

/// The evidence as it is kept: a sentence, or an address that others can open.
///
/// # Errors
/// It shows nothing, or harms whoever follows it.
pub fn evidence(text: &str) -> Result<&str, NoEvidence> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NoEvidence::Empty);
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(NoEvidence::TooLong(length));
    }
    if secrets::is_told_in(text) {
        return Err(NoEvidence::Secret);
    }
    match Link::refused(text) {
        Some(scheme) => Err(NoEvidence::Unsafe(scheme)),
        None => Ok(text),
    }
}
