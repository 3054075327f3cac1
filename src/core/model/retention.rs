//! Which kept revisions of a launch are still needed by anybody, and which may go.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Timestamp,
    fingerprint::Fingerprint,
    launch::{Launch, Revision},
    name::Id,
    state::LaunchState,
};

/// How many revisions of a launch are kept beside those that something refers to. From settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The newest so many, counting those that are needed anyway.
    pub newest: u32,
    /// None that a newer one took the place of longer ago than this.
    pub seconds: u64,
}

impl Default for Retention {
    /// Fifty, as far back as `launchd calendar` remembers milestones that left the plan; half a year.
    fn default() -> Self {
        Self { newest: 50, seconds: 180 * 24 * 3600 }
    }
}

/// A kept revision, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRevision {
    pub revision: Revision,
    /// Rises each time that one of the launch's revisions is taken up, also one that was kept before.
    pub turn: u64,
    /// When it was last taken up.
    pub taken_at: Timestamp,
    /// See [`dates`].
    pub dates: Fingerprint,
}

/// Names what a launch promises: its target date, and the milestones with their dates.
pub fn dates(launch: &Launch) -> Fingerprint {
    let milestones: BTreeMap<&Id, Timestamp> = launch.milestones.iter().map(|m| (&m.id, m.due)).collect();
    Fingerprint::of(&(launch.target, milestones))
}

impl Retention {
    /// The revisions that may go, of those in `kept`: all of the launch's, in the order in which they were kept first.
    ///
    /// Never among them, whatever their number and age: the one that was taken up last, which a pass may be about to
    /// accept; the accepted one, at which a launch is held when its file breaks; the first ones, and each at which a
    /// date came or went, against which forecasts and slips are judged; those in force when a person answered an
    /// approval; and those that an effect in doubt was made from. A saved plan needs none: it is applied from the
    /// files, and refused when their revision is another one.
    pub fn surplus(self, kept: &[KeptRevision], state: &LaunchState, now: Timestamp) -> Vec<Revision> {
        let needed = needed(state);
        let mut newest_first: Vec<&KeptRevision> = kept.iter().collect();
        newest_first.sort_by_key(|one| Reverse(one.turn));
        let replaced = newest_first.windows(2).enumerate();
        let beyond: BTreeSet<&Revision> = replaced
            .filter(|(n, pair)| self.is_beyond(n + 1, pair[0].taken_at, now))
            .map(|(_, pair)| &pair[1].revision)
            .collect();
        let undated = kept.windows(2).filter(|pair| pair[0].dates == pair[1].dates).map(|pair| &pair[1].revision);
        undated.filter(|revision| beyond.contains(revision) && !needed.contains(revision)).cloned().collect()
    }

    /// Whether one with so many newer ones, the next of which took its place at `at`, is past number or age.
    fn is_beyond(self, newer: usize, at: Timestamp, now: Timestamp) -> bool {
        let seconds = u64::try_from((now - at).num_seconds()).unwrap_or(0);
        newer >= usize::try_from(self.newest).unwrap_or(usize::MAX) || seconds > self.seconds
    }
}

/// Everything that what is known of the launch refers to.
fn needed(state: &LaunchState) -> BTreeSet<&Revision> {
    let header = &state.header;
    let in_doubt = state.activities.values().filter_map(|a| a.open.as_ref()).map(|intent| &intent.revision);
    let answers = state.milestones.values().flat_map(|m| m.approvals.values().flatten());
    let answered = answers.filter_map(|grant| grant.revision.as_ref());
    in_doubt.chain(answered).chain(&header.accepted).chain(&header.first_accepted).collect()
}
