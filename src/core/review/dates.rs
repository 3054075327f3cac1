//! Each milestone's four dates side by side: promised first, due now, expected, and how it came.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use serde::Serialize;

use crate::core::{
    model::{Timestamp, name::Id},
    plan::MilestoneOutlook,
    schedule::forecast::{Forecast, MilestoneForecast},
};

/// The dates of one milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dates {
    pub milestone: Id,
    /// Its due date in the first accepted revision; `None` where that did not have it, or nothing was accepted yet.
    pub baseline: Option<Timestamp>,
    pub due: Timestamp,
    /// When it is expected to be complete, its actual date once it is; `None` where nothing can be told.
    pub forecast: Option<Timestamp>,
    pub actual: Option<Timestamp>,
    /// Days of the launch's zone from the first promise to what is known best: the actual date, else the forecast, else
    /// the due date. Negative: early.
    pub late_days: i64,
    /// Whole days by which it may still slip without making the launch late; `None` once it is complete, and where it is
    /// late already or nothing can be told.
    pub slack_days: Option<i64>,
    /// When it will be if things go as badly as one time in ten (P90), and how many finished launches say so; `None` where
    /// too few do, and once it is complete.
    pub p90: Option<Timestamp>,
    pub samples: Option<u32>,
}

impl Dates {
    /// The baseline, where it is another day than the due date.
    pub fn moved_from(&self, zone: Tz) -> Option<Timestamp> {
        self.baseline.filter(|at| days(*at, self.due, zone) != 0)
    }

    /// The forecast, where it is not complete yet and will not be on the day on which it is due.
    pub fn differs(&self, zone: Tz) -> Option<Timestamp> {
        self.forecast.filter(|at| self.actual.is_none() && days(self.due, *at, zone) != 0)
    }
}

/// The dates of all milestones, in their order. `baseline` has the due dates that were promised first.
pub fn dates(
    milestones: &[MilestoneOutlook],
    baseline: &BTreeMap<Id, Timestamp>,
    forecast: Option<&Forecast>,
    zone: Tz,
) -> Vec<Dates> {
    let foreseen: HashMap<&Id, &MilestoneForecast> =
        forecast.iter().flat_map(|f| &f.milestones).map(|m| (&m.id, m)).collect();
    let of = |outlook: &MilestoneOutlook| {
        let (due, actual) = (outlook.due, outlook.completed_at);
        let baseline = baseline.get(&outlook.id).copied();
        let foreseen = foreseen.get(&outlook.id);
        let expected = foreseen.map(|m| m.expected_finish);
        let slack = foreseen.map(|m| m.slack_seconds).filter(|s| actual.is_none() && (0..i64::MAX).contains(s));
        let best = actual.or(expected).unwrap_or(due);
        Dates {
            milestone: outlook.id.clone(),
            baseline,
            due,
            forecast: actual.or(expected),
            actual,
            late_days: days(baseline.unwrap_or(due), best, zone),
            slack_days: slack.map(|seconds| seconds / 86_400),
            p90: foreseen.filter(|_| actual.is_none()).and_then(|m| m.late_finish),
            samples: foreseen.filter(|_| actual.is_none()).and_then(|m| Some(m.learned?.samples)),
        }
    };
    milestones.iter().map(of).collect()
}

/// Days of the calendar from one instant to another.
fn days(from: Timestamp, to: Timestamp, zone: Tz) -> i64 {
    let day = |at: Timestamp| at.with_timezone(&zone).date_naive();
    (day(to) - day(from)).num_days()
}
