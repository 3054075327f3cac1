//! Which collisions moved dates make and resolve, beside how they move.

use std::collections::{BTreeSet, HashMap};

use super::{
    Problem, Session,
    desk::{Desk, Prepared},
};
use crate::{
    core::{
        model::{launch::Launch, name::Name},
        portfolio::{
            clashes::{Changed, Moved, World, changed},
            impact,
        },
        schedule::shift::Shift,
    },
    edges::store::Store,
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

/// How dates of launches move against what was accepted last. What moves of one launch may break another, or collide with
/// it, so all of them are looked at, as they were and as they will be, where any date moves.
///
/// # Errors
/// The files or the store cannot be read.
pub async fn moved(desk: &Desk, prepared: &[Prepared], session: &Session<'_>) -> Result<Vec<Moved>, Problem> {
    let (mut shifts, accepted) = desk.shifts(prepared, session).await?;
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    let launches = desk.all_launches(session)?;
    let new: HashMap<&Name, &Launch> = launches.iter().map(|l| (&l.name, &**l)).collect();
    let mut old = new.clone();
    old.extend(accepted.iter().map(|launch| (&launch.name, &**launch)));
    impact::across(&mut shifts, &in_order(&old), &in_order(&new), &desk.bench.files.teams());
    let mut moved = beside(shifts, &old, &new, session);
    forget_those_over(moved.iter_mut().map(|m| &mut m.collisions).collect(), desk.bench.engine.store.as_ref()).await?;
    Ok(moved)
}

fn in_order<'l>(launches: &HashMap<&Name, &'l Launch>) -> Vec<&'l Launch> {
    let mut all: Vec<&Launch> = launches.values().copied().collect();
    all.sort_unstable_by_key(|launch| &launch.name);
    all
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
