//! Tasks that each work for one launch, whose name is known however they end.

use std::{collections::HashMap, future::Future};

use tokio::task::{Id, JoinError, JoinSet};

use crate::core::model::name::Name;

pub(super) struct Tasks<T> {
    set: JoinSet<T>,
    launches: HashMap<Id, Name>,
}

impl<T: Send + 'static> Tasks<T> {
    pub fn new() -> Self {
        Self { set: JoinSet::new(), launches: HashMap::new() }
    }

    pub fn spawn(&mut self, launch: Name, task: impl Future<Output = T> + Send + 'static) {
        self.launches.insert(self.set.spawn(task).id(), launch);
    }

    /// The next that ends; an error is a panic. `None` while there is none. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<(Name, Result<T, JoinError>)> {
        let (id, result) = match self.set.join_next_with_id().await? {
            Ok((id, result)) => (id, Ok(result)),
            Err(error) => (error.id(), Err(error)),
        };
        Some((self.launches.remove(&id)?, result))
    }

    pub fn len(&self) -> usize {
        self.set.len()
    }

    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    pub fn abort_all(&mut self) {
        self.set.abort_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_told_with_its_launch() {
        let mut tasks = Tasks::new();
        tasks.spawn("good".parse().unwrap(), async { 1 });
        tasks.spawn("bad".parse().unwrap(), async { panic!("as a bug would") });
        let mut ended = HashMap::new();
        while let Some((launch, result)) = tasks.next().await {
            ended.insert(launch.to_string(), result.ok());
        }
        assert_eq!(ended, HashMap::from([("good".into(), Some(1)), ("bad".into(), None)]));
    }
}
