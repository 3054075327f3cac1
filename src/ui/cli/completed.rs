//! Launches that are over, judged by the files that they completed with, whatever the files say today.

use super::{
    Problem,
    desk::{Desk, Prepared},
    past,
};
use crate::{
    core::{
        model::event::Event,
        review::history::{completed_with, is_over},
    },
    reconcile::{Refresh, Want, Wanted},
};

/// Of launches that are complete, the plan of the revision that they completed with; the others as they are, and those
/// whose files ask for something again or cannot be followed.
///
/// # Errors
/// The store cannot be read.
pub async fn as_completed(desk: &Desk, prepared: Vec<Prepared>) -> Result<Vec<Prepared>, Problem> {
    let mut judged = Vec::with_capacity(prepared.len());
    for one in prepared {
        let followed = matches!(one.wanted.want, Want::Launch { .. });
        if !followed || !is_over(&one.observed.state.header, &one.plan) {
            judged.push(one);
            continue;
        }
        let events = past::events(desk.bench.engine.store.as_ref(), &one.wanted.name).await?;
        judged.push(as_it_completed(desk, &one, &events).await?);
    }
    Ok(judged)
}

/// One of them, by all of its events.
///
/// # Errors
/// The store cannot be read.
pub async fn as_it_completed(desk: &Desk, one: &Prepared, events: &[Event]) -> Result<Prepared, Problem> {
    let name = &one.wanted.name;
    let kept = match completed_with(events) {
        Some(revision) => desk.bench.engine.store.revision(name, revision).await?,
        None => None,
    };
    let wanted = match kept {
        Some(kept) => {
            let revision = kept.launch.revision();
            Wanted { name: name.clone(), want: Want::Launch { launch: kept.launch, revision } }
        }
        None => one.wanted.clone(),
    };
    desk.plan(wanted, Refresh::Never).await
}
