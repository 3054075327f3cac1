//! `launchd status`: where every launch stands.

use std::collections::{BTreeMap, HashMap};

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    completed::as_completed,
    desk::{Desk, Prepared, Selection},
    output::Format,
    past,
};
use crate::{
    core::{
        model::{
            Timestamp,
            name::{Id, Name},
        },
        portfolio::forecasts_of,
        review::{
            self as core,
            dates::{Dates, dates},
        },
        schedule::{forecast::Forecast, learned::Promise, target::launched},
    },
    reconcile::Refresh,
    ui::{
        api,
        render::{
            readiness::{self, Review},
            status::{self, Standing},
        },
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd status              one line a launch
  launchd status atlas-2      its milestones, each as it was promised first (baseline), is due, is expected (forecast)
                              and came (actual), and who is asked for what
  launchd status atlas-2 --readiness
                              how ready it is, where each point comes from, and its risks

Reads the files and the store; asks no vendor.";

/// Show where launches stand.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    #[command(flatten)]
    selection: Selection,
    /// How ready one launch is: each point with its reason, what brings more, the risk log and the goals.
    #[arg(long)]
    readiness: bool,
}

/// What is told of a launch beside its plan.
fn review(one: &Prepared) -> Option<Review> {
    let (launch, state, now) = (one.launch()?, &one.observed.state, one.plan.now);
    Some(Review {
        readiness: core::readiness::readiness(launch, state, now),
        goals: core::goals::goals(launch, state, now),
        risks: core::risks::risks(launch, state, now),
    })
}

pub async fn run(args: &StatusArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let desk = Desk::look(session)?;
    let mut prepared = desk.prepare(session, &args.selection, Refresh::Never).await?;
    if !args.selection.launches.is_empty() {
        prepared = as_completed(&desk, prepared).await?;
    }
    let view = session.view();
    if args.readiness && !session.out.is_json() {
        return account(&desk, &prepared, session);
    }
    let forecasts = forecasts(&desk, &prepared, session).await?;
    let dates = side_by_side(&desk, &prepared, &forecasts, session.out.is_json()).await?;
    if session.out.is_json() {
        let reviewed =
            |p: &Prepared| p.launch().map(|launch| api::review::review(launch, &p.observed.state, p.plan.now));
        let plans = prepared.iter().map(|p| (p.shown(), reviewed(p))).collect();
        session.out.print(&api::plan::standing(plans, &dates, &view).pretty());
        return Ok(Exit::Done);
    }
    let now = session.now();
    let ready = |p: &Prepared| {
        let known = p.known().filter(|k| !k.is_over());
        known.map(|k| core::readiness::readiness(k.launch, k.state, now).percent)
    };
    let headers: Vec<_> = prepared.iter().map(|p| p.header()).collect();
    let standings: Vec<_> = prepared
        .iter()
        .zip(&headers)
        .zip(&dates)
        .map(|((p, header), dates)| Standing {
            shown: p.shown(),
            header,
            target: p.launch().map(|l| l.target),
            launched: p.launch().and_then(|l| launched(l, &p.observed.state)),
            forecast: forecasts.get(&p.wanted.name),
            readiness: ready(p),
            dates,
        })
        .collect();
    match (args.selection.launches.as_slice(), standings.as_slice()) {
        ([_], [only]) => session.out.print(&status::detail(only, review(&prepared[0]).as_ref(), &view)),
        _ => session.out.print(&status::table(&standings, &view)),
    }
    desk.complain(session);
    // The page says it of each of them.
    Ok(if prepared.iter().any(Prepared::is_unresolved) { Exit::NotAsAsked } else { Exit::Done })
}

/// The score of one launch, point by point.
fn account(desk: &Desk, prepared: &[Prepared], session: &Session<'_>) -> CommandResult {
    let [one] = prepared else {
        return Err(Problem::new("readiness of which launch?").hint("launchd status LAUNCH --readiness"));
    };
    if one.observed.state.header.cancelled.is_some() {
        session.out.print(&format!("{} is cancelled, so nothing of it becomes ready.\n", one.wanted.name));
        return Ok(Exit::Done);
    }
    let Some((launch, review)) = one.launch().zip(review(one)) else {
        return Err(Problem::new(format!("{} has no plan to judge", one.wanted.name)));
    };
    let view = session.view();
    session.out.print(&readiness::account(&launch.name, &launch.title, &review, launch.timezone, &view));
    desk.complain(session);
    Ok(Exit::Done)
}

/// Of the launches that are not over.
async fn forecasts(
    desk: &Desk,
    prepared: &[Prepared],
    session: &Session<'_>,
) -> Result<HashMap<Name, Forecast>, Problem> {
    let known: Vec<_> = prepared.iter().filter_map(Prepared::known).collect();
    let others = desk.awaited(session, prepared).await?;
    let all: Vec<_> = known.iter().copied().chain(others.iter().filter_map(Prepared::known)).collect();
    let wanted = known.iter().filter(|k| !k.is_over()).map(|k| &k.launch.name).collect();
    let learned = past::learned(desk.bench.engine.store.as_ref()).await?;
    Ok(forecasts_of(&all, &wanted, session.now(), Some(&learned)))
}

/// The four dates of each milestone, launch by launch. A table of launches shows none, and programs get `all`.
async fn side_by_side(
    desk: &Desk,
    prepared: &[Prepared],
    forecasts: &HashMap<Name, Forecast>,
    all: bool,
) -> Result<Vec<Vec<Dates>>, Problem> {
    let store = desk.bench.engine.store.as_ref();
    let promises = match prepared {
        [only] => {
            let first = past::baseline(store, &only.wanted.name, &only.observed.state).await?;
            first.map(|launch| (only.wanted.name.clone(), Promise::of(&launch))).into_iter().collect()
        }
        _ if all => store.promises().await?,
        _ => BTreeMap::new(),
    };
    let none = BTreeMap::new();
    let of = |one: &Prepared| {
        let dues: Option<BTreeMap<Id, Timestamp>> = promises.get(&one.wanted.name).map(Promise::dues);
        let forecast = forecasts.get(&one.wanted.name);
        dates(&one.plan.milestones, dues.as_ref().unwrap_or(&none), forecast, one.zone())
    };
    Ok(prepared.iter().map(of).collect())
}
