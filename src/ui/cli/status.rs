//! `launchd status`: where every launch stands.

use clap::Args;

use super::{
    CommandResult, Exit, Session,
    desk::{Desk, Prepared, Selection},
    output::Format,
};
use crate::{
    reconcile::Refresh,
    ui::{
        api,
        render::status::{self, Standing},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd status              one line a launch
  launchd status atlas-2      its milestones, and who is asked for what

Reads the files and the store; asks no vendor.";

/// Show where launches stand.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    #[command(flatten)]
    selection: Selection,
}

pub async fn run(args: &StatusArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let desk = Desk::look(session)?;
    let prepared = desk.prepare(session, &args.selection, Refresh::Never).await?;
    let view = session.view();
    if session.out.is_json() {
        let shown: Vec<_> = prepared.iter().map(Prepared::shown).collect();
        session.out.print(&api::plan::document(&shown, &view).pretty());
        return Ok(Exit::Done);
    }
    let headers: Vec<_> = prepared.iter().map(|p| p.header()).collect();
    let standings: Vec<_> = prepared
        .iter()
        .zip(&headers)
        .map(|(p, header)| Standing { shown: p.shown(), header, target: p.launch().map(|l| l.target) })
        .collect();
    match (args.selection.launches.as_slice(), standings.as_slice()) {
        ([_], [only]) => session.out.print(&status::detail(only, &view)),
        _ => session.out.print(&status::table(&standings, &view)),
    }
    desk.complain(session);
    Ok(Exit::Done)
}
