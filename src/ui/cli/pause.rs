//! `launchd pause` and `resume`: a whole launch stands still, and goes on.

use clap::Args;

use super::{
    CommandResult, Exit, Session,
    launch::{self, Known},
    output::Format,
};
use crate::{core::model::event::EventKind, ui::render::blocker::marked};

/// Let a launch stand still: nothing is started until it is resumed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  launchd pause atlas-2 --reason 'waiting for legal'\n\nWhat was started is finished. Dates go on."
)]
pub struct PauseArgs {
    launch: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Let a paused launch go on.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  launchd resume atlas-2\n\nMissed moments are caught up once, in order, within the grace window."
)]
pub struct ResumeArgs {
    launch: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub async fn pause(args: &PauseArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let name = launch::name(&args.launch)?;
    let known = Known::open(session, &name).await?;
    if let Some(mark) = &known.state.header.paused {
        let zone = known.accepted.as_ref().map_or(chrono_tz::UTC, |l| l.timezone);
        let whom = marked(mark, zone, &session.view());
        session.out.print(&format!("{name} is already paused, by {whom}. To go on: launchd resume {name}\n"));
        return Ok(Exit::Done);
    }
    known.say(session, vec![EventKind::Paused { reason: args.reason.clone() }]).await?;
    session.out.print(&format!("{name} is paused. To go on: launchd resume {name}\n"));
    Ok(Exit::Done)
}

pub async fn resume(args: &ResumeArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let name = launch::name(&args.launch)?;
    let known = Known::open(session, &name).await?;
    if known.state.header.paused.is_none() {
        session.out.print(&format!("{name} is not paused.\n"));
        return Ok(Exit::Done);
    }
    known.say(session, vec![EventKind::Resumed { reason: args.reason.clone() }]).await?;
    session.out.print(&format!("{name} goes on.\n"));
    Ok(Exit::Done)
}
