//! Launches planned while files are read: of those with nothing to say, only that stays in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tokio::runtime::Handle;

use super::{
    Session,
    desk::{Prepared, lifted},
};
use crate::{
    core::{
        model::{
            launch::{Launch, Revision},
            name::Name,
            state::LaunchState,
        },
        plan::plan,
    },
    reconcile::{Engine, Keeper, Quiet, Refresh, Want, Wanted},
    ui::render::View,
};

/// Plans launches as they are read. Nobody is called: what a look at the world would ask about is left.
pub struct Sieve<'s> {
    engine: &'s Engine,
    view: View,
    refresh: Refresh,
    runtime: Handle,
    /// Read when the first launch comes: where an index tells everything, none does. `None`: the store cannot be read.
    states: OnceLock<Option<BTreeMap<Name, LaunchState>>>,
    quiet: Mutex<BTreeMap<Name, Quiet>>,
}

impl<'s> Sieve<'s> {
    /// In a task of the runtime that the store's work is done on.
    pub fn new(engine: &'s Engine, session: &Session<'_>, refresh: Refresh) -> Self {
        let (view, runtime) = (session.view(), Handle::current());
        Self { engine, view, refresh, runtime, states: OnceLock::new(), quiet: Mutex::default() }
    }

    /// The launches that have nothing to say beside many others.
    pub fn quiet(self) -> BTreeMap<Name, Quiet> {
        self.quiet.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, launch: &Arc<Launch>, revision: &Revision) -> Option<Quiet> {
        let read = || self.runtime.block_on(self.engine.store.states()).ok();
        let states = self.states.get_or_init(read).as_ref()?;
        let want = Want::Launch { launch: Arc::clone(launch), revision: revision.clone() };
        let wanted = Wanted { name: launch.name.clone(), want };
        let state = lifted(&wanted, states.get(&launch.name).cloned().unwrap_or_default());
        // Whether another process has them under way is asked with those that speak.
        if state.activities.values().any(|a| a.open.is_some()) {
            return None;
        }
        let observed = self.engine.recollect(wanted.desired(), state, states);
        let plan = plan(wanted.desired(), &observed, self.engine.clock.now());
        Prepared { wanted, observed, plan }.quiet(true, &self.view).filter(|q| q.holds_without(self.refresh))
    }
}

impl Keeper for Sieve<'_> {
    fn keep(&self, launch: &Arc<Launch>, revision: &Revision, _: bool) -> bool {
        let Some(quiet) = self.look(launch, revision) else { return false };
        self.quiet.lock().unwrap_or_else(PoisonError::into_inner).insert(launch.name.clone(), quiet);
        true
    }
}
