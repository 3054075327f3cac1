//! Which collisions moved dates make and resolve, beside how they move.

use std::collections::{BTreeSet, HashMap};

use super::{
    Problem, Session,
    desk::{Desk, Prepared},
    files::Files,
};
use crate::{
    core::{
        model::{launch::Launch, name::Name},
        portfolio::clashes::{Changed, Moved, World, changed},
        schedule::shift::Shift,
    },
    edges::store::Store,
    reconcile::Want,
};

/// Beside the difference of each launch, with all launches as they were and as they would be.
pub fn beside<'a>(
    shifts: Vec<Shift>,
    old: &HashMap<&'a Name, &'a Launch>,
    new: &HashMap<&'a Name, &'a Launch>,
    session: &Session<'_>,
) -> Vec<Moved> {
    if shifts.is_empty() {
        return Vec::new();
    }
    let now = session.now();
    let mut before = World::of(old.values().copied(), now);
    let mut after = World::of(new.values().copied(), now);
    let moved = |shift: Shift| {
        let pair = old.get(&shift.launch).zip(new.get(&shift.launch));
        let collisions = pair.map(|(old, new)| changed((*old, &mut before), (*new, &mut after))).unwrap_or_default();
        Moved { shift, collisions }
    };
    shifts.into_iter().map(moved).collect()
}

/// How dates of launches move against what was accepted last. All files are read again where any does, for only then it
/// matters what the launch comes to collide with.
///
/// # Errors
/// The files or the store cannot be read.
pub async fn moved(desk: &Desk, prepared: &[Prepared], session: &Session<'_>) -> Result<Vec<Moved>, Problem> {
    let shifts = desk.shifts(prepared, session).await?;
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    let store = desk.bench.engine.store.as_ref();
    let files = Files::of_source(session)?;
    let judged = files.judge(&session.settings);
    let launches = judged.loaded.launches.iter().filter_map(|l| l.launch.as_deref());
    let new: HashMap<&Name, &Launch> = launches.map(|l| (&l.name, l)).collect();
    let mut accepted = Vec::new();
    for shift in &shifts {
        let Some(one) = prepared.iter().find(|p| p.wanted.name == shift.launch) else { continue };
        let Want::Launch { launch, .. } = &one.wanted.want else { continue };
        if let Some(revision) = &one.observed.state.header.accepted
            && let Some(kept) = store.revision(&launch.name, revision).await?
        {
            accepted.push(kept.launch);
        }
    }
    let mut old = new.clone();
    old.extend(accepted.iter().map(|launch| (&launch.name, &**launch)));
    let mut moved = beside(shifts, &old, &new, session);
    forget_those_over(moved.iter_mut().map(|m| &mut m.collisions).collect(), store).await?;
    Ok(moved)
}

/// Nothing collides with a launch that is complete or cancelled, whatever its date says. Only those that are named are
/// looked up.
///
/// # Errors
/// The store cannot be read.
pub async fn forget_those_over(mut changes: Vec<&mut Changed>, store: &dyn Store) -> Result<(), Problem> {
    let named: BTreeSet<Name> = changes.iter().flat_map(|c| c.names()).cloned().collect();
    let mut over = BTreeSet::new();
    for name in named {
        let header = store.state(&name).await?.header;
        if header.completed_at.is_some() || header.cancelled.is_some() {
            over.insert(name);
        }
    }
    changes.iter_mut().for_each(|change| change.without(|name| over.contains(name)));
    Ok(())
}
