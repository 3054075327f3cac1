//! What finished launches teach: how late each kind of milestone was, against what was promised first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::model::{
    Timestamp,
    launch::{Launch, LaunchType},
    name::{Id, Name},
};

/// With fewer samples than this nothing is said: two halves of four are not a distribution.
pub const FEWEST: usize = 5;

/// What a launch promised when it was accepted first: as much of its revision as a comparison needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Promise {
    pub launch_type: LaunchType,
    pub milestones: Vec<Promised>,
}

/// One milestone of a promise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Promised {
    pub id: Id,
    pub due: Timestamp,
}

impl Promise {
    pub fn of(launch: &Launch) -> Self {
        let milestones = launch.milestones.iter().map(|m| Promised { id: m.id.clone(), due: m.due });
        Self { launch_type: launch.launch_type, milestones: milestones.collect() }
    }

    /// Due dates by milestone.
    pub fn dues(&self) -> BTreeMap<Id, Timestamp> {
        self.milestones.iter().map(|m| (m.id.clone(), m.due)).collect()
    }
}

/// A launch that is complete, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    pub launch: Name,
    pub promise: Promise,
    /// When each of its milestones came.
    pub completed: BTreeMap<Id, Timestamp>,
}

/// How late a kind of milestone was, in seconds; negative is early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Delay {
    pub p50_seconds: i64,
    pub p90_seconds: i64,
    /// How many finished milestones say so.
    pub samples: u32,
    /// Whether all of them were of the same launch type; otherwise of any type.
    pub same_type: bool,
}

/// Delays of finished milestones by their id, and by launch type.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    delays: BTreeMap<Id, Vec<(LaunchType, i64)>>,
}

impl Learned {
    /// Takes in a milestone that was promised for one instant and complete at another.
    pub fn add(&mut self, launch_type: LaunchType, milestone: &Id, promised: Timestamp, actual: Timestamp) {
        let delay = (actual - promised).num_seconds();
        self.delays.entry(milestone.clone()).or_default().push((launch_type, delay));
    }

    /// Of launches that are complete.
    pub fn of<'f>(finished: impl IntoIterator<Item = &'f Finished>) -> Self {
        let mut learned = Self::default();
        for Finished { launch: _, promise, completed } in finished {
            for Promised { id, due } in &promise.milestones {
                if let Some(at) = completed.get(id) {
                    learned.add(promise.launch_type, id, *due, *at);
                }
            }
        }
        learned
    }

    /// The delay to expect of a milestone: from launches of its type where there are [`FEWEST`], else from all.
    pub fn delay(&self, launch_type: LaunchType, milestone: &Id) -> Option<Delay> {
        let all = self.delays.get(milestone)?;
        let own = all.iter().filter(|(kind, _)| *kind == launch_type).map(|(_, delay)| *delay).collect();
        of(own, true).or_else(|| of(all.iter().map(|(_, delay)| *delay).collect(), false))
    }

    /// How many milestones were learned from.
    pub fn samples(&self) -> usize {
        self.delays.values().map(Vec::len).sum()
    }
}

fn of(mut delays: Vec<i64>, same_type: bool) -> Option<Delay> {
    if delays.len() < FEWEST {
        return None;
    }
    delays.sort_unstable();
    Some(Delay {
        p50_seconds: percentile(&delays, 50)?,
        p90_seconds: percentile(&delays, 90)?,
        samples: u32::try_from(delays.len()).unwrap_or(u32::MAX),
        same_type,
    })
}

/// The percentile of sorted values, between the two nearest ones in proportion: of n values, number 1 + (n − 1) × p ÷ 100.
/// That is definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50
/// (1996), and the PERCENTILE.INC of spreadsheets. Fractions of a second are dropped. `None` of no values.
pub fn percentile(sorted: &[i64], percent: u32) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    let hundredths = last * percent.min(100) as usize;
    let (low, part) = (hundredths / 100, (hundredths % 100) as i128);
    let below = sorted[low];
    let above = sorted[(low + 1).min(last)];
    let between = (i128::from(above) - i128::from(below)) * part / 100;
    i64::try_from(i128::from(below) + between).ok()
}
