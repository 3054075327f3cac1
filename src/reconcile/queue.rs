//! Who is due when: one entry a launch, the earliest instant wins, never two passes for one launch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::core::model::{Timestamp, name::Name};

/// A schedule of passes. A value without a clock: the daemon asks it with the instant it has.
#[derive(Debug, Default)]
pub struct Queue {
    due: BTreeMap<Timestamp, BTreeSet<Name>>,
    at: HashMap<Name, Timestamp>,
    running: BTreeSet<Name>,
}

impl Queue {
    /// Asks for a pass of `launch` at `at`. An earlier wish stays; a later one is replaced.
    pub fn wake(&mut self, launch: &Name, at: Timestamp) {
        match self.at.get(launch) {
            Some(known) if *known <= at => return,
            Some(known) => {
                let known = *known;
                self.take(launch, known);
            }
            None => {}
        }
        self.at.insert(launch.clone(), at);
        self.due.entry(at).or_default().insert(launch.clone());
    }

    /// The launches that are due at `now` and not under way, at most `limit`; each counts as under way from here.
    pub fn start(&mut self, now: Timestamp, limit: usize) -> Vec<Name> {
        let mut started = Vec::new();
        for names in self.due.range(..=now).map(|(_, names)| names) {
            started.extend(names.iter().filter(|n| !self.running.contains(*n)).take(limit - started.len()).cloned());
            if started.len() >= limit {
                break;
            }
        }
        for name in &started {
            if let Some(at) = self.at.remove(name) {
                self.take(name, at);
            }
            self.running.insert(name.clone());
        }
        started
    }

    /// The pass of `launch` ended. What woke it meanwhile is still there.
    pub fn end(&mut self, launch: &Name) {
        self.running.remove(launch);
    }

    /// Forgets a launch's wish.
    pub fn forget(&mut self, launch: &Name) {
        if let Some(at) = self.at.remove(launch) {
            self.take(launch, at);
        }
    }

    /// The earliest instant at which a launch that is not under way is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.iter().find(|(_, names)| names.iter().any(|n| !self.running.contains(n))).map(|(at, _)| *at)
    }

    pub fn running(&self) -> usize {
        self.running.len()
    }

    fn take(&mut self, launch: &Name, at: Timestamp) {
        if let Some(names) = self.due.get_mut(&at) {
            names.remove(launch);
            if names.is_empty() {
                self.due.remove(&at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_earliest_wish_wins() {
        let mut queue = Queue::default();
        queue.wake(&name("a"), at(10));
        queue.wake(&name("a"), at(20));
        queue.wake(&name("a"), at(5));
        assert_eq!(queue.next(), Some(at(5)));
        assert_eq!(queue.start(at(5), 9), [name("a")]);
        queue.end(&name("a"));
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn a_launch_under_way_is_not_started_twice_and_not_lost() {
        let mut queue = Queue::default();
        queue.wake(&name("a"), at(1));
        assert_eq!(queue.start(at(1), 9).len(), 1);
        queue.wake(&name("a"), at(1));
        assert!(queue.start(at(2), 9).is_empty());
        assert_eq!(queue.next(), None);
        queue.end(&name("a"));
        assert_eq!(queue.start(at(2), 9), [name("a")]);
    }

    #[test]
    fn the_limit_leaves_the_rest_for_later() {
        let mut queue = Queue::default();
        for n in ["a", "b", "c"] {
            queue.wake(&name(n), at(1));
        }
        assert_eq!(queue.start(at(1), 2), [name("a"), name("b")]);
        assert_eq!(queue.start(at(1), 2), [name("c")]);
    }
}
