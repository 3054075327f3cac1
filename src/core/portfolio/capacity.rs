//! Who is asked for how much: the demands of all launches by team and week, against what each team has.
//!
//! Counted in person-days, exactly. Five people for four weeks are five people on every working day of those weeks; a
//! holiday of the launch's calendar counts neither as asked nor, where it is one for everybody who asks, as there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    claims::plus,
    room::{Room, room},
    week::Week,
};
use crate::core::model::{
    launch::Launch,
    name::{Id, Name},
    resources::Demand,
    team::{Teams, team_of},
};

/// What is asked of every team.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Capacity {
    /// Teams that something is asked of, by name.
    pub teams: Vec<TeamLoad>,
    /// Demands whose team is none of the files': nobody can say whether they fit.
    pub unassigned: Vec<Unassigned>,
}

/// What is asked of one team.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TeamLoad {
    pub team: Name,
    pub title: String,
    /// People. `None`: the team's file does not say, so nothing is too much.
    pub capacity: Option<Decimal>,
    /// Working days of a week without holidays.
    pub days_a_week: u32,
    /// The weeks in which something is asked, in order.
    pub weeks: Vec<WeekLoad>,
}

/// What is asked of a team in one week, in person-days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeekLoad {
    pub week: Week,
    pub asked: Decimal,
    /// `None`: not known.
    pub there: Option<Decimal>,
    /// Largest first.
    pub by: Vec<Asked>,
}

/// One demand's part of a week, in person-days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    pub launch: Name,
    pub discipline: Id,
    pub asked: Decimal,
}

/// A demand that no team answers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unassigned {
    pub launch: Name,
    pub discipline: Id,
    /// The name that would have to mean a team.
    pub team: Option<String>,
    pub people: Decimal,
    pub weeks: Decimal,
}

/// A stretch of weeks in which a team is asked for more than it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Over {
    pub team: Name,
    pub title: String,
    /// People the team has.
    pub capacity: Decimal,
    pub first: Week,
    pub last: Week,
    /// People asked for in the worst week.
    pub asked: Decimal,
    /// People too many in the worst week.
    pub excess: Decimal,
    /// Who asks in these weeks, with the people asked for in the worst one; most first.
    #[serde(serialize_with = "who")]
    pub by: Vec<(Name, Id, Decimal)>,
    /// The launch that can best give way, when there are several: the one with the most slack, else the one whose
    /// target date is the latest.
    pub gives_way: Option<GivesWay>,
}

fn who<S: serde::Serializer>(by: &[(Name, Id, Decimal)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Who<'b> {
        launch: &'b Name,
        discipline: &'b Id,
        people: Decimal,
    }
    serializer.collect_seq(by.iter().map(|(launch, discipline, people)| Who { launch, discipline, people: *people }))
}

/// How a launch would give way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GivesWay {
    pub launch: Name,
    pub discipline: Id,
    /// Seconds, where it is known.
    pub slack: Option<i64>,
    /// When its demand starts now.
    pub start: NaiveDate,
    /// The nearest later start, in whole weeks from now, at which there is room for it.
    pub later: Option<NaiveDate>,
    /// The nearest earlier one.
    pub earlier: Option<NaiveDate>,
}

/// One demand of a team, with its days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'l> {
    pub launch: &'l Launch,
    pub demand: &'l Demand,
}

/// Adds up what these launches ask of the teams. Leave out the launches that are over.
pub fn capacity<'l>(launches: impl IntoIterator<Item = &'l Launch>, teams: &Teams) -> Capacity {
    let (by_team, unassigned) = entries(launches, teams);
    let load = |(name, entries): (&Name, &Vec<Entry<'_>>)| {
        let team = &teams[name];
        let (days_a_week, weeks) = weeks(entries, team.capacity);
        TeamLoad { team: name.clone(), title: team.title.clone(), capacity: team.capacity, days_a_week, weeks }
    };
    Capacity { teams: by_team.iter().map(load).collect(), unassigned }
}

/// Every stretch of weeks in which a team is asked for more than it has, with who could give way. `slack` is what is
/// known of how many seconds a launch can be late without harm.
pub fn over_allocated<'l>(
    launches: impl IntoIterator<Item = &'l Launch>,
    teams: &Teams,
    slack: &BTreeMap<Name, i64>,
) -> Vec<Over> {
    let (by_team, _) = entries(launches, teams);
    let mut found = Vec::new();
    for (name, entries) in &by_team {
        let team = &teams[name];
        let Some(capacity) = team.capacity else { continue };
        let (days_a_week, weeks) = weeks(entries, Some(capacity));
        let over: Vec<&WeekLoad> = weeks.iter().filter(|w| w.there.is_some_and(|there| w.asked > there)).collect();
        for stretch in over.chunk_by(|one, next| one.week.next() == next.week) {
            found.extend(over_of(name, &team.title, capacity, days_a_week, stretch).map(|over| {
                let gives_way = gives_way(&over, entries, capacity, slack);
                Over { gives_way, ..over }
            }));
        }
    }
    found
}

fn over_of(name: &Name, title: &str, capacity: Decimal, days_a_week: u32, stretch: &[&WeekLoad]) -> Option<Over> {
    let excess = |w: &WeekLoad| w.asked - w.there.unwrap_or_default();
    let people = |days: Decimal| (days / Decimal::from(days_a_week.max(1))).normalize();
    let worst = stretch.iter().rev().max_by_key(|w| excess(w))?;
    let mut by: Vec<_> = worst.by.iter().map(|a| (a.launch.clone(), a.discipline.clone(), people(a.asked))).collect();
    for asked in stretch.iter().flat_map(|w| &w.by) {
        if by.iter().all(|(launch, discipline, _)| (launch, discipline) != (&asked.launch, &asked.discipline)) {
            by.push((asked.launch.clone(), asked.discipline.clone(), Decimal::ZERO));
        }
    }
    Some(Over {
        team: name.clone(),
        title: title.to_owned(),
        capacity,
        first: stretch.first()?.week,
        last: stretch.last()?.week,
        asked: people(worst.asked),
        excess: people(excess(worst)),
        by,
        gives_way: None,
    })
}

fn gives_way(over: &Over, entries: &[Entry<'_>], capacity: Decimal, slack: &BTreeMap<Name, i64>) -> Option<GivesWay> {
    let launches: BTreeSet<&Name> = over.by.iter().map(|(launch, ..)| launch).collect();
    if launches.len() < 2 {
        return None;
    }
    let known = |e: &Entry<'_>| slack.get(&e.launch.name).copied();
    let of_these = |e: &&Entry<'_>| over.by.iter().any(|(l, d, _)| *l == e.launch.name && *d == e.demand.discipline);
    let rank = |e: &&Entry<'_>| (known(e), e.launch.target, e.launch.name.clone());
    let entry = entries.iter().filter(of_these).max_by_key(rank)?;
    let Room { start, later, earlier } = room(entry, entries, capacity);
    let (launch, discipline) = (entry.launch.name.clone(), entry.demand.discipline.clone());
    Some(GivesWay { launch, discipline, slack: known(entry), start, later, earlier })
}

type ByTeam<'l> = BTreeMap<Name, Vec<Entry<'l>>>;

fn entries<'l>(launches: impl IntoIterator<Item = &'l Launch>, teams: &Teams) -> (ByTeam<'l>, Vec<Unassigned>) {
    let mut by_team = ByTeam::new();
    let mut unassigned = Vec::new();
    let mut known: BTreeMap<&str, Option<&Name>> = BTreeMap::new();
    for launch in launches {
        for demand in launch.demands.iter().filter(|d| d.people > Decimal::ZERO && d.start < d.end) {
            let find = |name: &'l str| team_of(teams, name).map(|t| &t.name);
            let team = demand.team.as_deref().and_then(|name| *known.entry(name).or_insert_with(|| find(name)));
            match team {
                Some(team) => by_team.entry(team.clone()).or_default().push(Entry { launch, demand }),
                None => unassigned.push(Unassigned {
                    launch: launch.name.clone(),
                    discipline: demand.discipline.clone(),
                    team: demand.team.clone(),
                    people: demand.people,
                    weeks: demand.weeks,
                }),
            }
        }
    }
    (by_team, unassigned)
}

/// The weeks of a team's demands, and the working days of its fullest usual week.
pub(super) fn weeks(entries: &[Entry<'_>], capacity: Option<Decimal>) -> (u32, Vec<WeekLoad>) {
    let days_a_week = entries.iter().map(|e| e.launch.calendar.days_a_week()).max().unwrap_or(5);
    let mut weeks: BTreeMap<Week, (u8, Vec<Asked>)> = BTreeMap::new();
    for entry in entries {
        for (week, days) in entry.days(0) {
            let (worked, by) = weeks.entry(week).or_default();
            *worked |= week.worked(&entry.launch.calendar);
            let asked = entry.demand.people * Decimal::from(days);
            let (launch, discipline) = (entry.launch.name.clone(), entry.demand.discipline.clone());
            by.push(Asked { launch, discipline, asked: asked.normalize() });
        }
    }
    let load = |(week, (worked, mut by)): (Week, (u8, Vec<Asked>))| {
        by.sort_by(|a, b| b.asked.cmp(&a.asked).then_with(|| a.launch.cmp(&b.launch)));
        let asked = by.iter().map(|a| a.asked).sum::<Decimal>().normalize();
        let there = capacity.map(|people| (people * Decimal::from(worked.count_ones())).normalize());
        WeekLoad { week, asked, there, by }
    };
    (days_a_week, weeks.into_iter().map(load).collect())
}

impl Entry<'_> {
    /// The first day and the day after the last, in the launch's zone, moved by whole weeks.
    pub fn span(&self, moved: i64) -> (NaiveDate, NaiveDate) {
        let day = |at: crate::core::model::Timestamp| {
            let day = at.with_timezone(&self.launch.timezone).date_naive();
            chrono::TimeDelta::try_weeks(moved).and_then(|d| day.checked_add_signed(d)).unwrap_or(day)
        };
        let (first, end) = (day(self.demand.start), day(self.demand.end));
        // Less than a day is a day.
        (first, end.max(first.succ_opt().unwrap_or(first)))
    }

    /// The working days of each week that the demand covers, moved by whole weeks. Weeks without any are left out.
    pub fn days(&self, moved: i64) -> BTreeMap<Week, u32> {
        self.worked(self.span(moved))
    }

    /// The same, moved by days.
    pub fn days_later(&self, moved: i64) -> BTreeMap<Week, u32> {
        let (first, end) = self.span(0);
        self.worked((plus(first, moved), plus(end, moved)))
    }

    fn worked(&self, (first, end): (NaiveDate, NaiveDate)) -> BTreeMap<Week, u32> {
        let mut days = BTreeMap::new();
        for day in first.iter_days().take_while(|d| *d < end).filter(|d| self.launch.calendar.is_working_day(*d)) {
            *days.entry(Week::of(day)).or_insert(0) += 1;
        }
        days
    }
}
