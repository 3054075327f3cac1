//! What is asked of each team: a row a team, a column a week, and a mark where it is too much.

use std::collections::BTreeMap;

use chrono::Datelike;
use rust_decimal::Decimal;

use super::{
    View,
    text::{Line, Page, Role, count, shorten},
};
use crate::core::portfolio::{
    capacity::{Capacity, TeamLoad, Unassigned, WeekLoad},
    week::Week,
};

/// Columns of one week: a figure such as `12.5`, and its mark.
const CELL: usize = 6;
/// A year; more weeks than that are not looked at week by week.
const MOST_WEEKS: usize = 53;

/// All teams, in as many blocks of weeks as the width asks for. Empty when nothing is asked of anybody.
pub fn render(capacity: &Capacity, view: &View) -> String {
    let mut page = Page::new();
    let title_width = capacity.teams.iter().map(|t| t.title.chars().count()).max().unwrap_or(0).clamp(4, 24);
    let left = title_width + 2 + "PEOPLE".len();
    let fits = (view.width.saturating_sub(left) / CELL).max(4);
    for weeks in all_weeks(&capacity.teams).chunks(fits) {
        page.gap();
        heading(weeks, title_width, &mut page);
        for team in &capacity.teams {
            page.push(row(team, weeks, title_width));
        }
    }
    if !capacity.unassigned.is_empty() {
        page.gap();
        unassigned(&capacity.unassigned, &mut page);
    }
    page.render(view)
}

/// The weeks in which anything is asked of anybody, with those in between; `None` stands for a long gap.
fn all_weeks(teams: &[TeamLoad]) -> Vec<Option<Week>> {
    let mut asked: Vec<Week> = teams.iter().flat_map(|t| t.weeks.iter().map(|w| w.week)).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut weeks: Vec<Option<Week>> = Vec::new();
    for week in asked {
        match weeks.last().copied().flatten() {
            Some(last) if (week.monday() - last.monday()).num_weeks() > 4 => weeks.push(None),
            Some(last) => {
                let between = std::iter::successors(Some(last.next()), |w| Some(w.next()));
                weeks.extend(between.take_while(|w| *w < week).map(Some));
            }
            None => {}
        }
        weeks.push(Some(week));
    }
    weeks.truncate(MOST_WEEKS);
    weeks
}

/// The months, and below them the day on which each week begins.
fn heading(weeks: &[Option<Week>], title_width: usize, page: &mut Page) {
    let start = title_width + 2 + "PEOPLE".len();
    let (mut months, mut days) = (Line::new(), Line::new().add(Role::Dim, "TEAM").to_column(title_width + 2));
    days = days.add(Role::Dim, "PEOPLE");
    let mut month = None;
    for (i, week) in weeks.iter().enumerate() {
        let Some(week) = week else { continue };
        let monday = week.monday();
        let column = start + i * CELL;
        let own = (monday.year(), monday.month());
        if month.replace(own) != Some(own) {
            let format = if i == 0 || monday.month() == 1 { "%b %Y" } else { "%b" };
            months = months.to_column(column + 3).add(Role::Dim, monday.format(format).to_string());
        }
        days = days.to_column(column + 3).add(Role::Dim, monday.format("%d").to_string());
    }
    page.push(months);
    page.push(days);
}

fn row(team: &TeamLoad, weeks: &[Option<Week>], title_width: usize) -> Line {
    let loads: BTreeMap<Week, &WeekLoad> = team.weeks.iter().map(|w| (w.week, w)).collect();
    let capacity = team.capacity.map_or_else(|| "?".to_owned(), figure);
    let mut line = Line::new().add(Role::Strong, shorten(&team.title, title_width)).to_column(title_width + 2);
    line = line.plain(format!("{capacity:>6}"));
    for week in weeks {
        let Some(load) = week.and_then(|week| loads.get(&week)) else {
            let nothing = if week.is_some() { "·" } else { "…" };
            line = line.add(Role::Dim, format!("{nothing:>0$} ", CELL - 1));
            continue;
        };
        let people = figure(load.asked / Decimal::from(team.days_a_week.max(1)));
        let cell = format!("{people:>0$}", CELL - 1);
        line = match load.there {
            Some(there) if load.asked > there => line.add(Role::Bad, format!("{cell}!")),
            Some(there) if load.asked == there => line.add(Role::Change, format!("{cell} ")),
            _ => line.plain(format!("{cell} ")),
        };
    }
    line
}

fn unassigned(unassigned: &[Unassigned], page: &mut Page) {
    let mut by_team: BTreeMap<&str, Vec<&Unassigned>> = BTreeMap::new();
    for one in unassigned {
        by_team.entry(one.team.as_deref().unwrap_or(one.discipline.as_str())).or_default().push(one);
    }
    for (team, asked) in by_team {
        let of = |u: &&Unassigned| format!("{} ({} people, {} weeks)", u.launch, figure(u.people), figure(u.weeks));
        let some: Vec<_> = asked.iter().take(3).map(of).collect();
        let more = if asked.len() > 3 {
            format!(", and {}", count(asked.len() - 3, "other", "others"))
        } else {
            String::new()
        };
        page.push(
            Line::new()
                .add(Role::Dim, format!("No team answers to {team}, which is asked by {}{more}.", some.join(", ")))
                .hang(2),
        );
    }
}

/// With one digit, where it is not whole.
fn figure(people: Decimal) -> String {
    people.round_dp(1).normalize().to_string()
}
