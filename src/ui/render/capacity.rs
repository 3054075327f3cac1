//! What is asked of each team: a row a team, a column a week, and a mark where it is too much.

use std::collections::BTreeMap;

use chrono::Datelike;
use rust_decimal::Decimal;

use super::{
    View,
    text::{Line, Page, Role, count, list, shorten},
};
use crate::core::portfolio::{
    capacity::{Capacity, Over, TeamLoad, Unassigned, WeekLoad},
    week::Week,
};

/// Columns of one week: a figure such as `12.5`, and its mark.
const CELL: usize = 6;
/// A year; more weeks than that are not looked at week by week.
const MOST_WEEKS: usize = 53;

/// All teams, and below them where more is asked than there is.
pub fn page(capacity: &Capacity, over: &[Over], view: &View) -> String {
    if capacity.teams.is_empty() && capacity.unassigned.is_empty() {
        return "Nothing is asked of any team. A launch says what it takes under `resources`.\n".to_owned();
    }
    let mut page = Page::new();
    let legend = "people asked for, by the Monday of the week; ! more than there are, · nobody asked";
    page.push(Line::new().add(Role::Dim, legend).hang(2));
    let mut text = page.render(view) + &render(capacity, view);
    if over.is_empty() {
        return text;
    }
    let mut page = Page::new();
    page.gap();
    page.push(Line::new().add(Role::Strong, "Asked for more than there is:"));
    for one in over {
        let line = Line::at(2).hang(4).add(Role::Bad, "! ").add(Role::Strong, &one.title);
        page.push(line.plain(sentence(one)));
        if let Some(way) = way_out(one) {
            page.push(Line::at(4).hang(4).add(Role::Dim, way));
        }
    }
    text.push('\n');
    text + &page.render(view)
}

/// ` has 5 people, and 6 are asked of it in the week of 2027-03-29: atlas-2 4, relay 2`, behind the team's title.
pub fn sentence(over: &Over) -> String {
    let (monday, sunday) = (over.first.monday(), over.last.sunday());
    let when = if over.first == over.last {
        format!("in the week of {monday}")
    } else {
        format!("at worst, between {monday} and {sunday}")
    };
    let by: Vec<String> = over
        .by
        .iter()
        .filter(|(.., n)| !n.is_zero())
        .map(|(launch, _, n)| format!("{launch} {}", figure(*n)))
        .collect();
    let people = if over.capacity == Decimal::ONE { "person" } else { "people" };
    let (has, asked) = (figure(over.capacity), figure(over.asked));
    format!(" has {has} {people}, and {asked} are asked of it {when}: {}", list(&by, 5))
}

/// Which launch could best give way, and where there is room for it.
pub fn way_out(over: &Over) -> Option<String> {
    let way = over.gives_way.as_ref()?;
    let why = match way.slack {
        Some(seconds) if seconds >= 86_400 => {
            let days = usize::try_from(seconds / 86_400).unwrap_or(0);
            format!("has the most slack, {}", count(days, "day", "days"))
        }
        _ => "can best give way".to_owned(),
    };
    let weeks = |to: chrono::NaiveDate| {
        count(usize::try_from((to - way.start).num_weeks().abs()).unwrap_or(0), "week", "weeks")
    };
    Some(match (way.later, way.earlier) {
        (Some(to), _) => format!("{} {why}: there is room for it from {to}, {} later", way.launch, weeks(to)),
        (None, Some(to)) => format!("{} {why}: there is room for it from {to}, {} earlier", way.launch, weeks(to)),
        (None, None) => format!("{} {why}, and there is no room for it within half a year", way.launch),
    })
}

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
