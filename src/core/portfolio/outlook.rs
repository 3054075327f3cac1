//! Forecasts of some of many launches: together with the launches that they wait for, and no others.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::overview::Known;
use crate::core::{
    model::{Timestamp, activity::Need, name::Name},
    schedule::{
        forecast::{Forecast, MilestoneForecast, forecast, forecasts},
        learned::Learned,
        nodes::Subject,
    },
};

/// What a forecast says of a launch in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// When the launch phase is expected to be complete.
    pub expected: Timestamp,
    /// Days of the launch's zone by which that is later than promised.
    pub late_days: i64,
    /// Milestones that are expected late, or that something stops.
    pub at_risk: usize,
    /// Of these, the ones that something stops, whatever the dates say.
    pub stuck: usize,
    /// When it will be if things go as badly as one time in ten (P90), where finished launches say something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Timestamp>,
    /// How many finished launches say so, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
}

impl Outlook {
    /// `None` for a launch without milestones.
    pub fn of(forecast: &Forecast) -> Option<Self> {
        let last = |f: &Forecast| f.critical_path.last().and_then(|id| f.milestone(id)).cloned();
        let end: MilestoneForecast = last(forecast).or_else(|| forecast.milestones.last().cloned())?;
        Some(Self {
            expected: end.expected_finish,
            late_days: end.at_risk_days,
            at_risk: forecast.at_risk().count(),
            stuck: forecast.at_risk().filter(|m| !m.stuck.is_empty()).count(),
            late: end.late_finish,
            samples: forecast.milestones.iter().filter_map(|m| m.learned).map(|l| l.samples).max(),
        })
    }
}

/// How many seconds a launch can be late without harm: the least slack of what is still to come; `None` where nothing says.
pub fn slack(forecast: &Forecast) -> Option<i64> {
    let open = forecast.milestones.iter().filter(|m| m.actual_finish.is_none());
    open.map(|m| m.slack_seconds).filter(|slack| *slack != i64::MAX).min()
}

/// Forecasts of the launches that are wanted, by name. One whose milestones wait for each other has none.
pub fn forecasts_of(
    all: &[Known<'_>],
    wanted: &HashSet<&Name>,
    now: Timestamp,
    learned: Option<&Learned>,
) -> HashMap<Name, Forecast> {
    let by_name: HashMap<&Name, &Known<'_>> = all.iter().map(|k| (&k.launch.name, k)).collect();
    let mut open: Vec<&Name> = wanted.iter().copied().collect();
    let mut chosen: HashSet<&Name> = HashSet::new();
    while let Some(name) = open.pop() {
        let Some(known) = by_name.get(name).filter(|_| chosen.insert(name)) else { continue };
        let milestones = known.launch.milestones.iter().flat_map(|m| &m.needs);
        let needs = milestones.chain(known.launch.activities.iter().flat_map(|a| &a.needs));
        open.extend(needs.filter_map(|need| match need {
            Need::Foreign { launch, .. } => by_name.get_key_value(launch).map(|(name, _)| *name),
            _ => None,
        }));
    }
    let chosen: Vec<&Known<'_>> = all.iter().filter(|k| chosen.contains(&k.launch.name)).collect();
    let subjects = || chosen.iter().map(|k| Subject { launch: k.launch, state: Some(k.state) }).collect();
    let together = forecasts(subjects(), now, learned);
    // Launches that wait for each other in a circle are looked at one by one, without each other.
    let found = together
        .unwrap_or_else(|_| chosen.iter().filter_map(|k| forecast(k.launch, k.state, now, learned).ok()).collect());
    found.into_iter().filter(|f| wanted.contains(&f.launch)).map(|f| (f.launch.clone(), f)).collect()
}
