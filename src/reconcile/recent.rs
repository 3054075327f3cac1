//! Contents of launches, as far as they are worth their memory.

use std::{collections::HashMap, sync::Arc};

use crate::core::model::{
    launch::{Launch, Revision},
    name::Name,
};

/// The launches looked at last, so that a busy one is not read from the store for each pass.
pub(super) struct Recent {
    limit: usize,
    turn: u64,
    kept: HashMap<Name, (u64, Arc<Launch>, Revision)>,
}

impl Recent {
    pub fn new(limit: usize) -> Self {
        Self { limit, turn: 0, kept: HashMap::new() }
    }

    pub fn get(&mut self, name: &Name) -> Option<(Arc<Launch>, Revision)> {
        self.turn += 1;
        let (turn, launch, revision) = self.kept.get_mut(name)?;
        *turn = self.turn;
        Some((Arc::clone(launch), revision.clone()))
    }

    pub fn put(&mut self, name: Name, launch: Arc<Launch>, revision: Revision) {
        self.turn += 1;
        self.kept.insert(name, (self.turn, launch, revision));
        if self.kept.len() > self.limit.max(1) * 2 {
            // Dropping the older half at once keeps each put cheap.
            let mut turns: Vec<u64> = self.kept.values().map(|(turn, ..)| *turn).collect();
            turns.sort_unstable();
            let oldest = turns[turns.len() / 2];
            self.kept.retain(|_, (turn, ..)| *turn >= oldest);
        }
    }
}
