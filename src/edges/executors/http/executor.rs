//! The executor: each call gets its session, and nothing leaves it with a secret in it.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;

use super::{
    auth::Tokens,
    client::Clients,
    limits::{HostPace, Limits},
    session::Session,
};
use crate::{
    core::model::{
        call::{Call, Verb},
        connector::{Connector, ConnectorSettings, HttpSettings},
        name::Name,
        outcome::{Failure, Outcome, Reading, Sighting},
    },
    edges::executors::{
        Executor,
        secrets::{Scrubber, SecretSource, unknown},
    },
};

/// Runs every connector whose executor is `http`.
pub struct HttpExecutor {
    connectors: RwLock<Arc<BTreeMap<Name, Arc<Connector>>>>,
    pub(super) settings: HttpSettings,
    pub(super) secrets: Arc<dyn SecretSource>,
    pub(super) shared: Shared,
}

/// What calls share.
#[derive(Default)]
pub(super) struct Shared {
    pub clients: Clients,
    pub limits: Limits,
    pub tokens: Tokens,
}

impl HttpExecutor {
    pub fn new(
        connectors: BTreeMap<Name, Arc<Connector>>,
        settings: HttpSettings,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self { connectors: RwLock::new(Arc::new(connectors)), settings, secrets, shared: Shared::default() }
    }

    /// From the next call on, these connectors count: a repository's own may change while launchd runs.
    pub fn replace_connectors(&self, connectors: BTreeMap<Name, Arc<Connector>>) {
        *self.connectors.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(connectors);
    }

    /// How much is asked of each host now, and which of them asked for a pause.
    pub fn pace(&self) -> Vec<HostPace> {
        self.shared.limits.snapshot()
    }

    fn connector(&self, call: &Call) -> Result<Arc<Connector>, Failure> {
        let connectors = self.connectors.read().unwrap_or_else(PoisonError::into_inner).clone();
        connectors.get(&call.uses.connector).cloned().ok_or_else(|| {
            Failure::new("there is no such connector", format!("`{}` is not known here", call.uses.connector))
        })
    }

    fn settings(&self, connector: &Connector) -> ConnectorSettings {
        self.settings.connectors.get(&connector.name).cloned().unwrap_or_default()
    }

    async fn look(&self, call: &Call, scrubber: &mut Scrubber) -> Result<Sighting, Failure> {
        let connector = self.connector(call)?;
        let settings = self.settings(&connector);
        let mut session = Session::new(self, &connector, &settings, call, scrubber).map_err(|t| t.failure)?;
        session.observe().await.map_err(|t| t.failure)
    }

    async fn effect(&self, verb: Verb, call: &Call, scrubber: &mut Scrubber) -> Outcome {
        let connector = match self.connector(call) {
            Ok(connector) => connector,
            Err(failure) => return Outcome::Rejected { failure },
        };
        let settings = self.settings(&connector);
        let mut session = match Session::new(self, &connector, &settings, call, scrubber) {
            Ok(session) => session,
            Err(trouble) => return trouble.into_outcome(),
        };
        match session.act(verb).await {
            Ok(object) => Outcome::Succeeded { object },
            Err(trouble) => trouble.into_outcome(),
        }
    }

    async fn question(&self, call: &Call, scrubber: &mut Scrubber) -> Result<Reading, Failure> {
        let connector = self.connector(call)?;
        let settings = self.settings(&connector);
        let mut session = Session::new(self, &connector, &settings, call, scrubber).map_err(|t| t.failure)?;
        session.ask().await.map_err(|t| t.failure)
    }
}

#[async_trait]
impl Executor for HttpExecutor {
    async fn observe(&self, call: &Call) -> Sighting {
        let mut scrubber = self.secrets.scrubber();
        let sighting = self.look(call, &mut scrubber).await.unwrap_or_else(|failure| Sighting::Failed { failure });
        scrubber.sighting(&sighting)
    }

    fn refuses(&self, with: &serde_json::Value) -> Option<Failure> {
        unknown(with, &*self.secrets).map(Failure::from)
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        let mut scrubber = self.secrets.scrubber();
        let outcome = self.effect(verb, call, &mut scrubber).await;
        scrubber.outcome(&outcome)
    }

    async fn ask(&self, call: &Call) -> Result<Reading, Failure> {
        let mut scrubber = self.secrets.scrubber();
        match self.question(call, &mut scrubber).await {
            Ok(reading) => Ok(scrubber.reading(&reading)),
            Err(failure) => Err(scrubber.failure(&failure)),
        }
    }
}
