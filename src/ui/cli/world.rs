//! What commands get from the composition root, each opened only when a command asks for it.

use std::sync::Arc;

use crate::{
    core::model::{Timestamp, name::Actor},
    edges::{
        clock::Clock,
        store::{Store, StoreResult},
    },
    reconcile::{Engine, Files},
    settings::{Settings, SettingsError},
    ui::{
        cli::{output::Output, problem::Problem},
        render::View,
    },
};

/// The edges, built on demand: `validate` opens no store, `schema` reads no file.
pub trait World: Send + Sync {
    fn clock(&self) -> Arc<dyn Clock>;

    /// Opens the store, creating it where it is missing.
    ///
    /// # Errors
    /// It cannot be used.
    fn store(&self, settings: &Settings) -> StoreResult<Arc<dyn Store>>;

    /// Opens the store if there is one: a command that only shows something creates nothing.
    ///
    /// # Errors
    /// It cannot be used.
    fn existing_store(&self, settings: &Settings) -> StoreResult<Option<Arc<dyn Store>>>;

    /// Everything that a pass needs, on this store.
    ///
    /// # Errors
    /// What settings say of vendors, secrets or programs does not fit.
    fn workbench(&self, settings: &Settings, store: Arc<dyn Store>, actor: Actor) -> Result<Workbench, SettingsError>;
}

/// An engine on this machine's store and vendors, and the files that it follows.
pub struct Workbench {
    pub engine: Arc<Engine>,
    pub files: Arc<Files>,
}

/// One run of a command.
pub struct Session<'w> {
    pub settings: Settings,
    pub world: &'w dyn World,
    pub out: Output,
}

impl Session<'_> {
    /// The folder of plan files as people name it, before the paths in it.
    pub fn source_name(&self) -> String {
        let path = &self.settings.source.value;
        let here = std::env::current_dir().unwrap_or_default();
        path.strip_prefix(&here).unwrap_or(path).display().to_string()
    }

    pub fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// How results are shown.
    pub fn view(&self) -> View {
        self.out.view(self.now())
    }

    /// The store, which must be there.
    ///
    /// # Errors
    /// There is none yet, or it cannot be used.
    pub fn store(&self) -> Result<Arc<dyn Store>, Problem> {
        let path = &self.settings.store;
        self.world.existing_store(&self.settings)?.ok_or_else(|| {
            Problem::new("nothing was applied yet, so there is no state")
                .why(format!("there is no store at {} ({})", path.value.display(), path.origin))
                .hint("`launchd apply` or `launchd daemon` begins; --store names another store")
        })
    }

    /// Who does this.
    ///
    /// # Errors
    /// Nobody could be told. An empty identity is never accepted.
    pub fn actor(&self) -> Result<Actor, Problem> {
        match &self.settings.actor {
            Some(actor) => Ok(actor.value.clone()),
            None => Err(Problem::new("nobody could be told to do this")
                .why("neither LAUNCHD_ACTOR nor the login's name is set")
                .hint("set LAUNCHD_ACTOR to the person's name")),
        }
    }
}
