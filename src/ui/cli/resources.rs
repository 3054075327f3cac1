//! `launchd portfolio --capacity` and `--money`: people and money over all launches.

use super::{CommandResult, Exit, Problem, Session, desk::Desk, launch::unknown, output::Format, past};
use crate::{
    core::{
        model::{
            name::Name,
            team::{Teams, team_of},
        },
        portfolio::{
            Filter, Known,
            capacity::{Capacity, Over, capacity as demand, over_allocated},
            forecasts_of,
            money::totals,
            slack,
        },
    },
    ui::{
        api,
        documents::{markdown, resources as page, terminal},
        render::capacity as words,
    },
};

/// What was asked for beside the form.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'f> {
    pub filter: &'f Filter,
    /// So many launches are listed; the others are counted.
    pub limit: usize,
    /// Exit 1 where something is exceeded.
    pub check: bool,
}

/// What is asked of each team against what it has. Every launch that is not over counts: a demand that a filter hides is
/// asked all the same.
pub async fn capacity(desk: &Desk, known: &[Known<'_>], wish: Wish<'_>, session: &Session<'_>) -> CommandResult {
    let teams = desk.bench.files.teams();
    let only = wish.filter.team.as_deref().map(|name| team(name, &teams)).transpose()?;
    let coming: Vec<&Known<'_>> = known.iter().filter(|k| !k.is_over()).collect();
    let learned = past::learned(desk.bench.engine.store.as_ref()).await?;
    let wanted = coming.iter().map(|k| &k.launch.name).collect();
    let forecasts = forecasts_of(known, &wanted, session.now(), Some(&learned));
    let slacks = forecasts.iter().filter_map(|(name, forecast)| Some((name.clone(), slack(forecast)?))).collect();
    let launches = || coming.iter().map(|k| k.launch);
    let mut asked = demand(launches(), &teams);
    let mut over = over_allocated(launches(), &teams, &slacks);
    narrow(&mut asked, &mut over, only, wish.filter);
    let view = session.view();
    session.out.print(&match session.out.format {
        Format::Json => api::resources::capacity(&asked, &over, session.now()).pretty(),
        Format::Markdown => markdown::render(&page::capacity(&asked, &over, &view)),
        _ => words::page(&asked, &over, &view),
    });
    desk.complain(session);
    Ok(if wish.check && !over.is_empty() { Exit::NotAsAsked } else { Exit::Done })
}

/// Planned, committed and spent of the launches that fit.
pub fn money(desk: &Desk, known: &[Known<'_>], wish: Wish<'_>, session: &Session<'_>) -> Exit {
    let sums = totals(known.iter().filter(|k| wish.filter.fits(k)).map(|k| k.launch));
    session.out.print(&match session.out.format {
        Format::Json => api::resources::money(&sums, session.now()).pretty(),
        Format::Markdown => markdown::render(&page::money(&sums, wish.limit)),
        _ => terminal::render(&page::money(&sums, wish.limit), &session.view()),
    });
    desk.complain(session);
    let is_exceeded = sums.iter().any(|sum| sum.exceeded().next().is_some());
    if wish.check && is_exceeded { Exit::NotAsAsked } else { Exit::Done }
}

fn team<'t>(name: &str, teams: &'t Teams) -> Result<&'t Name, Problem> {
    let known: Vec<String> = teams.keys().map(ToString::to_string).collect();
    team_of(teams, name).map(|team| &team.name).ok_or_else(|| unknown("team", name, &known))
}

/// Leaves out the other teams, and the weeks outside.
fn narrow(asked: &mut Capacity, over: &mut Vec<Over>, only: Option<&Name>, filter: &Filter) {
    let is_wanted = |team: &Name| only.is_none_or(|only| only == team);
    asked.teams.retain(|t| is_wanted(&t.team));
    over.retain(|o| is_wanted(&o.team));
    if only.is_some() {
        asked.unassigned.clear();
    }
    for team in &mut asked.teams {
        team.weeks.retain(|w| {
            filter.from.is_none_or(|from| w.week.sunday() >= from)
                && filter.until.is_none_or(|until| w.week.monday() <= until)
        });
    }
    over.retain(|o| {
        filter.from.is_none_or(|from| o.last.sunday() >= from)
            && filter.until.is_none_or(|until| o.first.monday() <= until)
    });
}
