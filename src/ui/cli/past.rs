//! What the store remembers: a launch's events and first promise, and what finished launches teach.

use std::sync::Arc;

use super::Problem;
use crate::{
    core::{
        model::{event::Event, launch::Launch, name::Name, state::LaunchState},
        review::retrospective::Finished,
        schedule::learned::Learned,
    },
    edges::store::Store,
};

/// Events are read in pieces of so many.
const PAGE: usize = 1000;

/// All events of a launch, oldest first.
///
/// # Errors
/// The store cannot be read.
pub async fn events(store: &dyn Store, launch: &Name) -> Result<Vec<Event>, Problem> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |e| e.seq);
        let page = store.events(Some(launch), after, PAGE).await?;
        let is_last = page.len() < PAGE;
        events.extend(page);
        if is_last {
            return Ok(events);
        }
    }
}

/// The launch as it was first accepted; `None` before that.
///
/// # Errors
/// The store cannot be read.
pub async fn baseline(store: &dyn Store, launch: &Name, state: &LaunchState) -> Result<Option<Arc<Launch>>, Problem> {
    let kept = match &state.header.first_accepted {
        Some(first) => store.revision(launch, first).await?,
        None => None,
    };
    Ok(kept.map(|kept| kept.launch))
}

/// How late each kind of milestone was in launches that are complete, against what was promised first.
///
/// # Errors
/// The store cannot be read.
pub async fn learned(store: &dyn Store) -> Result<Learned, Problem> {
    Ok(Learned::of(&store.finished().await?))
}

/// Every launch that is complete, with all that is remembered of it, by name.
///
/// # Errors
/// The store cannot be read.
pub async fn finished(store: &dyn Store) -> Result<Vec<Finished>, Problem> {
    let mut all = Vec::new();
    for one in store.finished().await? {
        let newest_first = store.revisions(&one.launch, usize::MAX).await?.into_iter();
        let revisions = newest_first.rev().map(|kept| (kept.accepted_at, kept.launch)).collect();
        let state = store.state(&one.launch).await?;
        all.push(Finished { revisions, state, events: events(store, &one.launch).await? });
    }
    Ok(all)
}
