//! People and money over launches as JSON.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::Document;
use crate::core::{
    model::Timestamp,
    portfolio::{
        capacity::{Capacity, Over, TeamLoad, Unassigned},
        money::Sum,
    },
};

/// `kind: Capacity`. Weeks are those of ISO 8601; what is asked and there in a week is counted in person-days.
#[derive(Debug, Serialize)]
pub struct Demand<'c> {
    pub at: Timestamp,
    pub teams: &'c [TeamLoad],
    /// Demands whose team is none of the files'.
    pub unassigned: &'c [Unassigned],
    /// Stretches of weeks in which a team is asked for more than it has.
    pub over_allocated: Vec<OverAllocated>,
}

/// People, in the worst of the weeks.
#[derive(Debug, Serialize)]
pub struct OverAllocated {
    pub team: String,
    pub capacity: Decimal,
    /// The Monday on which it begins, and the Sunday on which it ends.
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub asked: Decimal,
    pub excess: Decimal,
    pub by: Vec<By>,
    pub gives_way: Option<GivesWay>,
}

#[derive(Debug, Serialize)]
pub struct By {
    pub launch: String,
    pub discipline: String,
    pub people: Decimal,
}

/// The launch that can best give way, with the nearest starts at which there is room for it.
#[derive(Debug, Serialize)]
pub struct GivesWay {
    pub launch: String,
    pub discipline: String,
    pub slack_seconds: Option<i64>,
    pub start: NaiveDate,
    pub later: Option<NaiveDate>,
    pub earlier: Option<NaiveDate>,
}

/// `kind: Money`. Amounts are decimals in strings, exact.
#[derive(Debug, Serialize)]
pub struct Money<'s> {
    pub at: Timestamp,
    /// One for each currency.
    pub sums: &'s [Sum],
}

/// The document that `portfolio --capacity -o json` prints.
pub fn capacity<'c>(asked: &'c Capacity, over: &[Over], at: Timestamp) -> Document<Demand<'c>> {
    let Capacity { teams, unassigned } = asked;
    let over_allocated = over.iter().map(over_of).collect();
    Document::new("Capacity", Demand { at, teams, unassigned, over_allocated })
}

/// The document that `portfolio --money -o json` prints.
pub fn money(sums: &[Sum], at: Timestamp) -> Document<Money<'_>> {
    Document::new("Money", Money { at, sums })
}

/// One stretch of weeks.
pub fn over_of(over: &Over) -> OverAllocated {
    let Over { team, title: _, capacity, first, last, asked, excess, by, gives_way } = over;
    OverAllocated {
        team: team.to_string(),
        capacity: *capacity,
        from: first.monday(),
        until: last.sunday(),
        asked: *asked,
        excess: *excess,
        by: by
            .iter()
            .map(|(launch, discipline, people)| By {
                launch: launch.to_string(),
                discipline: discipline.to_string(),
                people: *people,
            })
            .collect(),
        gives_way: gives_way.as_ref().map(|way| GivesWay {
            launch: way.launch.to_string(),
            discipline: way.discipline.to_string(),
            slack_seconds: way.slack,
            start: way.start,
            later: way.later,
            earlier: way.earlier,
        }),
    }
}
