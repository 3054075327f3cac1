//! The composition root: which implementation stands behind each trait.

use std::sync::Arc;

use crate::{
    edges::{
        clock::{Clock, SystemClock},
        store::{Store, StoreResult, sqlite::SqliteStore},
    },
    settings::Settings,
    ui::cli::World,
};

/// This machine.
#[derive(Default)]
pub struct Machine {
    clock: Arc<SystemClock>,
}

impl World for Machine {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn store(&self, settings: &Settings) -> StoreResult<Arc<dyn Store>> {
        Ok(Arc::new(SqliteStore::open(&settings.store.value)?))
    }

    fn existing_store(&self, settings: &Settings) -> StoreResult<Option<Arc<dyn Store>>> {
        let store = SqliteStore::open_existing(&settings.store.value)?;
        Ok(store.map(|store| Arc::new(store) as Arc<dyn Store>))
    }
}
