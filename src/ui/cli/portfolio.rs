//! `launchd portfolio`: all launches on one time line, and where they get in each other's way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clap::Args;

use super::{
    CommandResult, Exit, Session,
    completed::as_completed,
    desk::{Desk, Prepared, Selection, complain_of_unresolved, labels},
    output::Format,
    past,
    resources::{self, Wish},
    selection::refuse_unknown,
};
use crate::{
    core::portfolio::{Filter, Setting, overview},
    reconcile::Refresh,
    ui::{api, documents, render::portfolio},
};

const EXAMPLES: &str = "\
Examples:
  launchd portfolio                               what is to come, by launch day
  launchd portfolio --team marketing-team         where one team owns something
  launchd portfolio --from 2027-01-01 --until 2027-06-30 --label tier=1
  launchd portfolio --check                       exit 1 where launches collide, for CI
  launchd portfolio --capacity                    what is asked of each team, week by week, against what it has
  launchd portfolio --money --all                 planned, committed and spent, by currency and channel

Launches collide when the launch day of both falls into one week; the more so when they share an audience
(marketing.audiences), an owner, or, on the same day, a channel (marketing.channels, and the connectors of `once`
activities). A launch day or a `once` activity in a freeze collides with that. Each collision comes with the nearest
working day that would resolve it and, where another is near, asks no team for more than it has; and what moving there
would break. Nothing is moved.

--capacity counts every launch that is not over; --team shows one team, --from and --until choose weeks. --money adds up
the launches that fit, never two currencies. With --check, exit 1 where a team is asked for more than it has, or a launch
has promised or spent more than there is.";

/// Show all launches on one time line, and where they collide.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PortfolioArgs {
    /// Only launches with this label. May be given several times; all must fit.
    #[arg(long, short, value_name = "KEY=VALUE", conflicts_with = "capacity")]
    label: Vec<String>,
    /// Only launches that this team or person owns, in whole or a milestone of.
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Only launches on this day or later.
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// Only launches on this day or earlier.
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<NaiveDate>,
    /// Also launches that are complete or cancelled.
    #[arg(long, short)]
    all: bool,
    /// Show so many launches; the others are counted.
    #[arg(long, short = 'n', default_value_t = 40, value_name = "COUNT")]
    limit: usize,
    /// Exit 1 when launches collide.
    #[arg(long)]
    check: bool,
    /// What is asked of each team, week by week, over all launches.
    #[arg(long, conflicts_with = "money")]
    capacity: bool,
    /// What is planned, committed and spent, over all launches that fit.
    #[arg(long)]
    money: bool,
}

impl PortfolioArgs {
    fn filter(&self) -> Result<Filter, super::Problem> {
        let labels: BTreeMap<String, String> =
            labels(&self.label)?.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Ok(Filter { labels, team: self.team.clone(), from: self.from, until: self.until, all: self.all })
    }
}

/// A day as it is typed.
fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "it is no date; write year, month and day, as in 2027-03-18".to_owned())
}

pub async fn run(args: &PortfolioArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json, Format::Markdown])?;
    let filter = args.filter()?;
    let desk = Desk::look(session)?;
    let mut prepared = desk.prepare(session, &Selection::default(), Refresh::Never).await?;
    let all: Vec<_> = prepared.iter().map(|p| &p.wanted).collect();
    refuse_unknown(&all, &labels(&args.label)?)?;
    if args.all {
        prepared = as_completed(&desk, prepared).await?;
    }
    let known: Vec<_> = prepared.iter().filter_map(Prepared::known).collect();
    let wish = Wish { filter: &filter, limit: args.limit, check: args.check };
    if args.capacity {
        return resources::capacity(&desk, &known, wish, session).await;
    }
    if args.money {
        return Ok(resources::money(&desk, &known, wish, session));
    }
    // Programs get everything that fits.
    let limit = if session.out.is_json() { usize::MAX } else { args.limit };
    let learned = past::learned(desk.bench.engine.store.as_ref()).await?;
    let teams = desk.bench.files.teams();
    let setting = Setting { now: session.now(), learned: Some(&learned), teams: &teams };
    let overview = overview(&known, &filter, limit, setting);
    let view = session.view();
    let nothing = known.is_empty() && prepared.iter().any(Prepared::is_unresolved);
    session.out.print(&match session.out.format {
        Format::Human if nothing => String::new(),
        Format::Json => api::portfolio::document(&overview).pretty(),
        Format::Markdown => documents::portfolio::markdown(&overview, args.limit),
        _ => portfolio::human(&overview, args.limit, &view),
    });
    desk.complain(session);
    let told = complain_of_unresolved(&prepared, session);
    let collides = args.check && !overview.collisions.is_empty();
    // The time line was drawn of what there is, as `status` shows it.
    Ok(if collides || told != Exit::Done { Exit::NotAsAsked } else { Exit::Done })
}
