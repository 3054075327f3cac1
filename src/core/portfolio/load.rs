//! What all launches ask of teams by week, so that a move can be judged by whom it would overload.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{capacity::Entry, week::Week};
use crate::core::model::{
    launch::Launch,
    name::Name,
    team::{Teams, team_of},
};

/// A team that would be asked for more than it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overload {
    pub team: Name,
    pub title: String,
    /// The Monday of the week in which it is worst.
    pub week: NaiveDate,
    /// Person-days of that week.
    pub asked: Decimal,
    pub there: Decimal,
}

/// Person-days asked of each team that says what it has.
pub(super) struct Load<'a> {
    teams: &'a Teams,
    asked: HashMap<(&'a Name, Week), Decimal>,
}

impl<'a> Load<'a> {
    pub(super) fn of(launches: impl IntoIterator<Item = &'a Launch>, teams: &'a Teams) -> Self {
        let mut load = Self { teams, asked: HashMap::new() };
        // Without a team that says what it has, nothing is ever too much.
        if teams.values().any(|t| t.capacity.is_some()) {
            launches.into_iter().for_each(|launch| load.put(launch, 0));
        }
        load
    }

    /// Takes a launch away from where its plan has it.
    pub(super) fn take(&mut self, launch: &Launch) {
        for (key, days) in self.needs(launch, 0) {
            if let Some(asked) = self.asked.get_mut(&key) {
                *asked -= days;
            }
        }
    }

    /// Puts a launch so many days later than its plan has it.
    pub(super) fn put(&mut self, launch: &Launch, moved: i64) {
        for (key, days) in self.needs(launch, moved) {
            *self.asked.entry(key).or_default() += days;
        }
    }

    /// The worst that a launch does to a team when it comes so many days later, beside all that are put.
    pub(super) fn overload(&self, launch: &Launch, moved: i64) -> Option<Overload> {
        let found = self.needs(launch, moved).into_iter().filter_map(|((name, week), days)| {
            let team = self.teams.get(name)?;
            let there = team.capacity? * Decimal::from(week.worked(&launch.calendar).count_ones());
            let asked = self.asked.get(&(name, week)).copied().unwrap_or_default() + days;
            let (title, week) = (team.title.clone(), week.monday());
            (asked > there).then(|| Overload { team: name.clone(), title, week, asked, there })
        });
        found.max_by_key(|o| (o.asked - o.there, std::cmp::Reverse(o.week)))
    }

    fn needs(&self, launch: &Launch, moved: i64) -> BTreeMap<(&'a Name, Week), Decimal> {
        let mut needs = BTreeMap::new();
        for demand in launch.demands.iter().filter(|d| d.people > Decimal::ZERO && d.start < d.end) {
            let team = demand.team.as_deref().and_then(|name| team_of(self.teams, name));
            let Some(team) = team.filter(|t| t.capacity.is_some()).and_then(|t| self.teams.get_key_value(&t.name))
            else {
                continue;
            };
            for (week, days) in (Entry { launch, demand }).days_later(moved) {
                *needs.entry((team.0, week)).or_default() += demand.people * Decimal::from(days);
            }
        }
        needs
    }
}
