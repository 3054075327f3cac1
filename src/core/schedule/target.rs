//! On which side of T a due date lies, and when a launch really happened.
//!
//! A target date that is a bare date begins with its day, and what is due at it has until the end of that day.

use serde::Serialize;

use super::{forecast::days_late, nodes::deadline};
use crate::core::model::{Timestamp, area::Phase, launch::Launch, state::LaunchState};

/// Whether something is due when the launch happens.
pub fn is_due_at_target(launch: &Launch, due: Timestamp) -> bool {
    due == launch.target || is_end_of_its_day(launch, due)
}

/// Whether something is due only after the launch.
pub fn is_due_after_target(launch: &Launch, due: Timestamp) -> bool {
    due > launch.target && !is_end_of_its_day(launch, due)
}

fn is_end_of_its_day(launch: &Launch, due: Timestamp) -> bool {
    let wall = |at: Timestamp| at.with_timezone(&launch.timezone).naive_local();
    let (target, day) = (wall(launch.target), wall(due).date());
    target.time() == chrono::NaiveTime::MIN && target.date() == day && deadline(due) > due.timestamp()
}

/// When a launch really happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Launched {
    pub at: Timestamp,
    /// Days of the launch's zone after it was promised; 0: in time.
    pub late_days: i64,
}

/// When the milestones that decide T were complete: those of the launch phase that are due at T, else the first due.
/// `None` while one of them is not, or where there is none.
pub fn launched(launch: &Launch, state: &LaunchState) -> Option<Launched> {
    let phase = || launch.milestones.iter().filter(|m| m.phase == Phase::Launch);
    let mut deciding: Vec<_> = phase().filter(|m| is_due_at_target(launch, m.due)).collect();
    if deciding.is_empty() {
        deciding.extend(phase().min_by_key(|m| m.due));
    }
    let ends = deciding.iter().map(|m| Some(state.milestones.get(&m.id)?.completed.as_ref()?.at));
    let at = ends.collect::<Option<Vec<_>>>()?.into_iter().max()?;
    let due = deciding.iter().map(|m| m.due).max()?;
    Some(Launched { at, late_days: days_late(launch, due, at) })
}
