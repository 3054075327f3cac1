//! One pass as a task of the daemon: finds the content of what is wanted, and runs it.

use std::sync::Arc;

use super::{
    engine::{Engine, EngineError, Halt, Refresh},
    entries::Light,
    intake::{Want, Wanted},
    pass::{PassReport, Until},
    progress::Progress,
};
use crate::{
    core::model::{
        launch::{Launch, Policy, Revision},
        name::Name,
    },
    edges::store::Lease,
};

pub(super) type PassResult = (Name, Result<PassReport, EngineError>);

/// What one pass task needs.
pub(super) struct Work {
    pub engine: Arc<Engine>,
    pub lease: Lease,
    pub want: Light,
    /// A content that is at hand; the store has the others.
    pub cached: Option<(Arc<Launch>, Revision)>,
    pub policy: Policy,
    pub refresh: Refresh,
    pub progress: Arc<dyn Progress>,
    pub halt: Halt,
}

impl Work {
    pub async fn run(self, name: Name) -> PassResult {
        let result = self.pass(&name).await;
        (name, result)
    }

    async fn pass(&self, name: &Name) -> Result<PassReport, EngineError> {
        let policy = self.policy.clone();
        let want = match &self.want {
            Light::Launch(revision) => match self.content(name, revision).await? {
                Some(launch) => Want::Launch { launch, revision: revision.clone() },
                None => Want::Held { reason: "its revision is missing in the store".into(), last_good: None, policy },
            },
            Light::Held { reason, last_good } => {
                let content = match last_good {
                    Some(revision) => self.content(name, revision).await?.map(|l| (l, revision.clone())),
                    None => None,
                };
                Want::Held { reason: reason.clone(), last_good: content, policy }
            }
            Light::Gone => Want::Gone { policy },
        };
        let wanted = Wanted { name: name.clone(), want };
        let (lease, progress) = (Some(&self.lease), &*self.progress);
        self.engine.pass(lease, &wanted, self.refresh, Until::Settled, progress, &self.halt).await
    }

    async fn content(&self, name: &Name, revision: &Revision) -> Result<Option<Arc<Launch>>, EngineError> {
        if let Some((launch, known)) = &self.cached
            && known == revision
        {
            return Ok(Some(Arc::clone(launch)));
        }
        Ok(self.engine.store.revision(name, revision).await?.map(|kept| kept.launch))
    }
}
