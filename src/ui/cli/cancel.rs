//! `launchd cancel`: a launch ends, and what was done for it is undone as its plan says.

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    launch::{self, Known},
    output::Format,
};
use crate::{
    core::model::event::EventKind,
    ui::render::{cancel, text::count},
};

const EXAMPLES: &str = "\
Example:
  launchd cancel atlas-2 --reason 'merged into atlas-3'

What each activity does then stands in its `on_cancel`; the default is to leave its object as it is.
Nothing is undone that is public already. A cancelled launch does not come back: plan it under a new name.";

/// Cancel a launch for good.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CancelArgs {
    launch: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: &CancelArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let name = launch::name(&args.launch)?;
    let known = Known::open(session, &name).await?;
    if known.state.header.cancelled.is_some() {
        session.out.print(&format!("{name} is cancelled already.\n"));
        return Ok(Exit::Done);
    }
    let (text, undone) = cancel::consequences(&name, &known.state, &session.out.error_view(session.now()));
    session.out.note(&text);
    if !args.yes {
        match session.out.confirm(&format!("Cancel {name} for good?")) {
            Some(true) => {}
            Some(false) => {
                session.out.note("Nothing was written.\n");
                return Ok(Exit::NotAsAsked);
            }
            None => return Err(Problem::new("nobody is here to confirm").hint("--yes cancels without asking")),
        }
    }
    known.say(session, vec![EventKind::Cancelled { reason: args.reason.clone() }]).await?;
    let next = if undone == 0 {
        String::new()
    } else {
        format!(" {} undone by the daemon or `launchd apply {name}`.", count(undone, "object is", "objects are"))
    };
    session.out.print(&format!("{name} is cancelled.{next}\n"));
    Ok(Exit::Done)
}
