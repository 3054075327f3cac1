//! A person agrees to a mass change: exactly to the one that is planned now, also beside a daemon, which it wakes.

use super::{
    Problem, Session, clashes,
    desk::{Desk, Prepared, Selection},
    diff,
};
use crate::{
    core::{model::event::EventKind, plan::Stop},
    edges::store::NewEvent,
    reconcile::Refresh,
    ui::render::{View, text::count},
};

/// What was agreed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreed {
    launches: usize,
    /// On a terminal, by a yes to what was shown.
    pub by_hand: bool,
}

impl Agreed {
    pub fn any(self) -> bool {
        self.launches > 0
    }
}

/// Shows the mass changes that the selected launches are stopped by, asks unless `yes`, and writes the agreement down: an
/// event without the lease, as every word of people, bound to the fingerprint of the very changes.
///
/// # Errors
/// Nobody is here to confirm, or the store cannot be used.
pub async fn agree(
    selection: &Selection,
    refresh: Refresh,
    yes: bool,
    desk: &Desk,
    session: &Session<'_>,
) -> Result<Agreed, Problem> {
    let mut stopped = desk.prepare(session, selection, refresh).await?;
    stopped.retain(|one| matches!(one.plan.stop, Some(Stop::MassChange { .. })));
    if stopped.is_empty() {
        return Ok(Agreed::default());
    }
    if !session.out.is_json() {
        let view = View { brief: true, ..session.view() };
        diff::show(&stopped, &clashes::moved(desk, &stopped, session).await?, view, session);
    }
    let by_hand = !yes && confirmed(session)?;
    if !yes && !by_hand {
        return Ok(Agreed::default());
    }
    let actor = session.actor()?;
    for one in &stopped {
        let Some(Stop::MassChange { changes, affected, .. }) = &one.plan.stop else { continue };
        let kind = EventKind::MassChangeConfirmed { changes: changes.clone() };
        let event = NewEvent { at: session.now(), launch: one.wanted.name.clone(), actor: actor.clone(), kind };
        desk.bench.engine.store.append(None, vec![event]).await?;
        session.out.note(&said(one, *affected));
    }
    Ok(Agreed { launches: stopped.len(), by_hand })
}

fn said(one: &Prepared, affected: u32) -> String {
    let changes = count(affected as usize, "object", "objects");
    format!(
        "Agreed: {} may remove or change {changes} at once, and nothing else than what is shown.\n",
        one.wanted.name
    )
}

fn confirmed(session: &Session<'_>) -> Result<bool, Problem> {
    session.out.confirm("\nAgree to changing this much at once?").ok_or_else(|| {
        Problem::new("nobody is here to confirm").hint("--yes agrees to what is shown by `launchd diff` now")
    })
}
