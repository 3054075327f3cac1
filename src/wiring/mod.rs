//! The composition root: which implementation stands behind each trait.
//!
//! In: settings. Out: clock, store, source, engine. Imports everything. Deliberately absent: any logic of its own.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    core::{
        manifest::connector,
        model::{
            connector::{Connector, ExecutorKind},
            fingerprint::Fingerprint,
            name::{Actor, Name},
        },
    },
    edges::{
        clock::{Clock, SystemClock, VirtualClock},
        executors::{
            Executor, Executors,
            exec::ExecExecutor,
            http::HttpExecutor,
            human::HumanExecutor,
            secrets::{ReferencedSecrets, RememberedSecrets},
        },
        sources::directory::DirectorySource,
        store::{Store, StoreResult, sqlite::SqliteStore},
    },
    reconcile::{Engine, Files, Limits},
    settings::{ExecutorSettings, Settings, SettingsError},
    ui::cli::{Workbench, World},
};

/// Files and objects are looked at again after so long, whatever was or was not notified.
const RESYNC: Duration = Duration::from_secs(300);

/// This machine.
pub struct Machine {
    clock: Arc<dyn Clock>,
}

impl Default for Machine {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock::default()) }
    }
}

impl Machine {
    /// A machine whose clock stands still, for transcripts and demonstrations.
    pub fn at(now: crate::core::model::Timestamp) -> Self {
        Self { clock: Arc::new(VirtualClock::new(now)) }
    }
}

impl World for Machine {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn store(&self, settings: &Settings) -> StoreResult<Arc<dyn Store>> {
        Ok(Arc::new(SqliteStore::open(&settings.store.value)?))
    }

    fn existing_store(&self, settings: &Settings) -> StoreResult<Option<Arc<dyn Store>>> {
        let store = SqliteStore::open_existing(&settings.store.value)?;
        Ok(store.map(|store| Arc::new(store) as Arc<dyn Store>))
    }

    fn workbench(&self, settings: &Settings, store: Arc<dyn Store>, actor: Actor) -> Result<Workbench, SettingsError> {
        let connectors = builtin_connectors();
        let path = std::env::var("PATH").ok();
        let ExecutorSettings { http, exec, secrets } = settings.executors(&connectors, path.as_deref())?;
        let secrets = Arc::new(RememberedSecrets::new(Arc::new(ReferencedSecrets(secrets))));
        let http = Arc::new(HttpExecutor::new(connectors.clone(), http, secrets.clone()));
        let exec = Arc::new(ExecExecutor::new(exec, secrets));
        let edges = Edges { http: Arc::clone(&http), exec, human: Arc::new(HumanExecutor) };
        let installation = settings.installation.value.to_string();
        let mut engine = Engine::new(store, Arc::new(edges), self.clock(), installation, actor, kinds(&connectors));
        let concurrency = usize::try_from(settings.concurrency.value).unwrap_or(1).max(1);
        engine.limits = Limits { concurrency, ..Limits::default() };
        engine.retention = settings.retention.value;
        let engine = Arc::new(engine);
        let learn = {
            let engine = Arc::clone(&engine);
            move |own: BTreeMap<Name, Arc<Connector>>| {
                let mut all = connectors.clone();
                all.extend(own);
                engine.know(kinds(&all));
                http.replace_connectors(all);
            }
        };
        let source = Arc::new(DirectorySource::new(settings.source.value.clone(), RESYNC));
        let files = Files::new(source, settings.policy.value.clone(), Some(Box::new(learn)));
        let index = settings.store.value.with_file_name("cache").join("files.index");
        // What is refused shows in a plan.
        let refusing = Fingerprint::of(&(&settings.exec.allow, settings.secrets.keys().collect::<Vec<_>>()));
        let files = files.with_lints(settings.lints.clone()).with_index(index, &refusing);
        Ok(Workbench { engine, files: Arc::new(files) })
    }
}

/// The three ways to reach the world.
struct Edges {
    http: Arc<HttpExecutor>,
    exec: Arc<ExecExecutor>,
    human: Arc<HumanExecutor>,
}

impl Executors for Edges {
    fn executor(&self, kind: ExecutorKind) -> Arc<dyn Executor> {
        match kind {
            ExecutorKind::Http => Arc::clone(&self.http) as Arc<dyn Executor>,
            ExecutorKind::Exec => Arc::clone(&self.exec) as Arc<dyn Executor>,
            ExecutorKind::Human => Arc::clone(&self.human) as Arc<dyn Executor>,
        }
    }
}

fn builtin_connectors() -> BTreeMap<Name, Arc<Connector>> {
    connector::builtins()
}

fn kinds(connectors: &BTreeMap<Name, Arc<Connector>>) -> BTreeMap<Name, ExecutorKind> {
    connectors.iter().map(|(name, connector)| (name.clone(), connector.executor)).collect()
}
