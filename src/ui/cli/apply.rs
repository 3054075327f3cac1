//! `launchd apply`: does what `diff` shows, in that order.

use std::{fs, sync::Arc, time::Duration};

use chrono::TimeDelta;
use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    agree::{self, Agreed},
    clashes,
    desk::{self, Desk, Prepared, Selection},
    diff::{self, RefreshChoice},
    output::Format,
    saved::{SavedPlan, refuse_stale, saved},
};
use crate::{
    core::{
        model::area::Status,
        plan::{Blocker, Stop, waits_for_people},
        schedule::parse_duration,
    },
    edges::store::StoreError,
    reconcile::{Halt, LeaseKeeper, Refresh, Summary, Until},
    ui::render::{View, apply as page},
};

const EXAMPLES: &str = "\
Examples:
  launchd apply atlas-2                   shows the plan and asks
  launchd apply --yes                     in CI
  launchd apply plan.json                 exactly a saved plan, or nothing
  launchd apply atlas-2 --yes --wait --timeout 30m

Ctrl-C starts nothing more and lets what is under way finish. Exit code: 0 done, 1 something did not go through, 2 it could not run.";

/// Make the world match the files.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ApplyArgs {
    /// Launches, or the file of a saved plan.
    #[command(flatten)]
    selection: Selection,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Go on until every selected launch is complete or only people are waited for.
    /// It works on whole launches.
    #[arg(long, conflicts_with = "milestone")]
    wait: bool,
    /// How long --wait waits at most.
    #[arg(long, value_name = "DURATION", default_value = "10m", requires = "wait")]
    timeout: String,
    /// Agree to removing or changing more at once than the policy allows.
    #[arg(long)]
    allow_mass_change: bool,
    /// What to read back from vendors first.
    #[arg(long, value_enum, default_value_t)]
    refresh: RefreshChoice,
}

pub async fn run(args: &ApplyArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let timeout = parse_duration(&args.timeout)
        .map_err(|e| Problem::new(format!("`{}` is no length of time", args.timeout)).why(e.to_string()))?;
    let (selection, saved) = saved(&args.selection)?;
    let actor = session.actor()?;
    let store = session.world.store(&session.settings)?;
    let desk = Desk::open(session, Arc::clone(&store), actor.clone())?;
    desk.complain(session);
    let mut agreed = Agreed::default();
    if args.allow_mass_change {
        agreed = agree::agree(&selection, args.refresh.into(), args.yes, &desk, session).await?;
    }
    let halt = Halt::default();
    let (id, description) = holder(&actor.0, "apply");
    let keeper = match LeaseKeeper::acquire(store, session.world.clock(), &id, &description, halt.clone()).await {
        // What was agreed to is a person's word, which whoever is at work follows.
        Err(StoreError::Held { holder }) if agreed.any() => {
            session.out.note(&format!("{} carries it out.\n", holder.description.trim_end_matches(',')));
            return Ok(Exit::Done);
        }
        keeper => keeper?,
    };
    let keep = keeper.keep();
    let confirmed = args.yes || agreed.by_hand;
    let work = work(args, confirmed, &selection, saved, &desk, &keeper, &halt, timeout, session);
    let result = tokio::select! {
        result = work => result,
        error = keep => Err(error.into()),
        () = interrupted(&halt, session) => Ok(Exit::Interrupted),
    };
    keeper.release().await?;
    match result? {
        _ if halt.asked() => Ok(Exit::Interrupted),
        // Problems of other files do not hide that this run is not all that the files ask for.
        Exit::Done if !desk.is_whole() => Ok(Exit::NotAsAsked),
        exit => Ok(exit),
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one run, split so that the lease and Ctrl-C can end it")]
async fn work(
    args: &ApplyArgs,
    confirmed: bool,
    selection: &Selection,
    saved: Option<SavedPlan>,
    desk: &Desk,
    keeper: &LeaseKeeper,
    halt: &Halt,
    timeout: u64,
    session: &Session<'_>,
) -> CommandResult {
    let mut prepared = desk.prepare(session, selection, args.refresh.into()).await?;
    if let Some(saved) = &saved {
        refuse_stale(saved, &prepared)?;
    }
    for one in &mut prepared {
        desk::narrow(&mut one.plan, &selection.milestone)?;
    }
    let ready: usize = prepared.iter().map(|p| p.plan.ready().count()).sum();
    if !session.out.is_json() {
        let view = View { brief: true, ..session.view() };
        diff::show(&prepared, &clashes::moved(desk, &prepared, session).await?, view, session);
    }
    if ready > 0 && !confirmed && saved.is_none() {
        match session.out.confirm("\nApply these changes?") {
            Some(true) => {}
            Some(false) => {
                session.out.note("Nothing was changed.\n");
                return Ok(Exit::NotAsAsked);
            }
            None => {
                return Err(Problem::new("nobody is here to confirm").hint(
                    "--yes applies what is shown; or save it with `launchd diff --out plan.json` and apply that",
                ));
            }
        }
    }
    let view = session.out.error_view(session.now());
    let progress = page::Live::brief(session.out.clone(), view.clone());
    let mut summaries = Vec::new();
    for one in &prepared {
        let lease = keeper.lease();
        let engine = &desk.bench.engine;
        let summary = engine.apply(Some(&lease), &one.wanted, one.observed.clone(), &one.plan, &progress, halt).await?;
        summaries.push(summary);
    }
    // Passes of --wait have no summary of their own, so their lines say why.
    let live = page::Live::full(session.out.clone(), view);
    let waited = if args.wait { wait(&prepared, desk, keeper, halt, timeout, &live, session).await? } else { None };
    let unseen = waited != Some(true) && desk::complain_of_unseen(&prepared, session);
    let failed = unseen || summaries.iter().any(|s| s.failed() || s.taken_back);
    let troubled =
        report(&prepared, &summaries, selection, waited.is_some().then(|| live.done()), desk, session).await?;
    let stopped = prepared.iter().any(|p| matches!(p.plan.stop, Some(Stop::MassChange { .. })));
    Ok(if failed || troubled || stopped || waited == Some(false) { Exit::NotAsAsked } else { Exit::Done })
}

/// Passes until everything is complete or waits for people; `Some(false)` when the time ran out first.
async fn wait(
    prepared: &[Prepared],
    desk: &Desk,
    keeper: &LeaseKeeper,
    halt: &Halt,
    timeout: u64,
    progress: &page::Live,
    session: &Session<'_>,
) -> Result<Option<bool>, Problem> {
    let clock = session.world.clock();
    let end = clock.now() + TimeDelta::seconds(timeout.cast_signed());
    loop {
        let (mut open, mut asked) = (false, false);
        let mut next = end;
        for one in prepared.iter().filter(|p| p.wanted.is_followed()) {
            let lease = keeper.lease();
            let age = Refresh::OlderThan(Duration::from_secs(5));
            let report = desk.bench.engine.pass(Some(&lease), &one.wanted, age, Until::Settled, progress, halt).await?;
            let over = matches!(report.plan.status, Status::Completed | Status::Cancelled);
            asked |= !over && waits_for_people(&report.plan);
            open |= !over && !waits_for_people(&report.plan);
            next = next.min(report.next.unwrap_or(end)).min(clock.now() + TimeDelta::seconds(10));
        }
        if !open && asked {
            session.out.note("Only people are waited for by now; `launchd status` says who is asked for what.\n");
        }
        if !open || halt.asked() {
            return Ok(Some(!open));
        }
        if clock.now() >= end {
            session.out.note("The time to wait is over.\n");
            return Ok(Some(false));
        }
        let store = Arc::clone(&desk.bench.engine.store);
        tokio::select! {
            () = clock.sleep_until(next) => {}
            () = store.changed() => {}
        }
    }
}

/// Prints what came of it. Whether something is left that neither time nor the launch's own progress mends, of an earlier
/// run included.
async fn report(
    prepared: &[Prepared],
    summaries: &[Summary],
    selection: &Selection,
    waited: Option<usize>,
    desk: &Desk,
    session: &Session<'_>,
) -> Result<bool, Problem> {
    let mut after = Vec::new();
    for one in prepared {
        let mut planned = if waited.is_some() {
            desk.plan(one.wanted.clone(), Refresh::Due).await?
        } else {
            desk.plan_again(one).await?
        };
        let all = page::open(&planned.plan);
        desk::narrow(&mut planned.plan, &selection.milestone)?;
        let left_out = all - page::open(&planned.plan);
        after.push((planned, left_out));
    }
    let lines: Vec<page::Outcome<'_>> = prepared
        .iter()
        .zip(summaries)
        .zip(&after)
        .map(|((before, summary), (after, left_out))| page::Outcome {
            before: before.shown(),
            summary,
            after: after.shown(),
            left_out: *left_out,
        })
        .collect();
    let later = waited.unwrap_or(0);
    let json = session.out.is_json();
    let text = if json { page::json(&lines, later) } else { page::summary(&lines, later, &session.view()) };
    session.out.print(&text);
    let blocked = after.iter().flat_map(|(one, _)| &one.plan.changes).flat_map(|change| &change.blocked);
    Ok(blocked.into_iter().any(Blocker::is_trouble))
}

/// Ctrl-C: nothing more is started. A second one ends the process where it is; the journal knows what was under way.
async fn interrupted(halt: &Halt, session: &Session<'_>) {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if halt.asked() {
            return;
        }
        halt.ask();
        session.out.complain(
            "\nStopping: nothing more is started, and what is under way may finish. Ctrl-C again leaves at once.\n",
        );
    }
}

/// Names this process as an owner of the store.
pub(super) fn holder(actor: &str, what: &str) -> (String, String) {
    let host = fs::read_to_string("/etc/hostname").map(|h| h.trim().to_owned()).unwrap_or_else(|_| "this host".into());
    let process = std::process::id();
    let started =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map(|d| d.as_nanos()).unwrap_or_default();
    (format!("{host}:{process}:{started}"), format!("`launchd {what}` of {actor} on {host}, process {process},"))
}
