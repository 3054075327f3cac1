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
    core::{
        model::{
            Timestamp,
            launch::{Launch, Policy, Revision},
            name::{Id, Name},
        },
        plan::{self, Desired},
    },
    edges::store::Lease,
};

pub(super) type PassResult = Result<PassReport, EngineError>;

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
    /// Something that ends by what is wanted waits until then: the files must still say so.
    pub unsure: Option<Timestamp>,
}

impl Work {
    pub async fn pass(&self, name: &Name) -> PassResult {
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
        let (want, recheck) = match self.unsure {
            Some(at) => match self.removal(name, &want).await? {
                Some(held) => (held, Some(at)),
                None => (want, None),
            },
            None => (want, None),
        };
        let wanted = Wanted { name: name.clone(), want };
        let (lease, progress) = (Some(&self.lease), &*self.progress);
        let report = self.engine.pass(lease, &wanted, self.refresh, Until::Settled, progress, &self.halt).await?;
        if report.replaced {
            // Nobody's effect waits for that.
            self.engine.retire(lease, name).await;
        }
        Ok(PassReport { recheck, ..report })
    }

    /// What to hold instead, when `want` would end something because the files no longer ask for it.
    async fn removal(&self, name: &Name, want: &Want) -> Result<Option<Want>, EngineError> {
        let state = self.engine.store.state(name).await?;
        let now = self.engine.clock.now();
        let reason = match want {
            Want::Held { .. } => return Ok(None),
            Want::Gone { .. } if state.version == 0 || state.header.removed.is_some() => return Ok(None),
            Want::Gone { .. } => "its document left the files; the launch ends when it does not come back".to_owned(),
            Want::Launch { revision, .. } if state.header.accepted.as_ref() == Some(revision) => return Ok(None),
            Want::Launch { launch, revision } => {
                let ends = plan::ends(Desired::Launch { launch, revision }, &state, now);
                if ends.is_empty() {
                    return Ok(None);
                }
                let ends: Vec<&str> = ends.iter().map(Id::as_str).collect();
                format!("its file no longer has {}, which ends when it does not come back", ends.join(", "))
            }
        };
        let last_good = match state.header.accepted {
            Some(revision) => self.content(name, &revision).await?.map(|launch| (launch, revision)),
            None => None,
        };
        Ok(Some(Want::Held { reason, last_good, policy: self.policy.clone() }))
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
