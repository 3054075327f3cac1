//! Lets go of revisions that nobody needs any more: of a launch when it takes up a new one, and of all once a day.

use std::collections::BTreeMap;

use super::engine::Engine;
use crate::{core::model::name::Name, edges::store::Lease};

impl Engine {
    /// Of one launch. A failure is only logged: what stays is in nobody's way, and the next time is soon.
    pub(super) async fn retire(&self, lease: Option<&Lease>, launch: &Name) {
        match self.store.retire(lease, launch, self.retention, self.clock.now()).await {
            Ok(0) => {}
            Ok(gone) => tracing::debug!(%launch, gone, "old revisions were let go"),
            Err(error) => tracing::warn!(%launch, %error, "old revisions could not be let go"),
        }
    }

    /// Of every launch: revisions also grow too old where nothing new is taken up.
    pub(super) async fn retire_all(&self, lease: Option<&Lease>) {
        let kept = match self.store.kept().await {
            Ok(kept) => kept,
            Err(error) => return tracing::warn!(%error, "old revisions could not be looked for"),
        };
        let mut launches: BTreeMap<&Name, u32> = BTreeMap::new();
        for (launch, _) in &kept {
            *launches.entry(launch).or_default() += 1;
        }
        // The first and the newest always stay.
        for (launch, _) in launches.into_iter().filter(|(_, count)| *count > 2) {
            self.retire(lease, launch).await;
        }
    }
}
