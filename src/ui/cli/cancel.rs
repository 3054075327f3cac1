//! `launchd cancel`: a launch ends, and what was done for it is undone as its plan says.

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    launch::{self, Known},
    output::Format,
};
use crate::{
    core::{
        model::{
            event::{Event, EventKind},
            name::Actor,
            observed::Observed,
        },
        plan::{Desired, Plan, plan},
    },
    ui::render::{cancel, text::count},
};

const EXAMPLES: &str = "\
Example:
  launchd cancel atlas-2 --reason 'merged into atlas-3'

What each activity does then stands in its `on_cancel`; the default is to leave its object as it is. The last things are
undone first, and each thing once. What is public stays public: it is named before you are asked. A cancelled launch does not come back: plan it under a new name.";

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
    let planned = as_cancelled(&known, session);
    session.out.note(&cancel::consequences(&name, &planned, &known.state, &session.out.error_view(session.now())));
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
    let steps = cancel::undone(&planned);
    let next = match (steps, cancel::is_paused(&planned)) {
        (0, _) => String::new(),
        (_, false) => {
            format!(" {} taken by the daemon or `launchd apply {name}`.", count(steps, "step is", "steps are"))
        }
        (_, true) => format!(
            " It is paused, so nothing is undone yet: `launchd resume {name}` lets the daemon or `launchd apply {name}` \
             take {}.",
            count(steps, "step", "steps")
        ),
    };
    session.out.print(&format!("{name} is cancelled.{next}\n"));
    Ok(Exit::Done)
}

/// What would be done about the launch if it were cancelled now. Asks no vendor.
fn as_cancelled(known: &Known, session: &Session<'_>) -> Plan {
    let mut state = known.state.clone();
    let (seq, kind) = (state.version, EventKind::Cancelled { reason: None });
    state.fold(&Event { seq, at: session.now(), launch: known.name.clone(), actor: Actor::daemon(), kind });
    let observed = Observed { state, ..Observed::default() };
    match &known.accepted {
        Some(launch) => plan(Desired::Launch { launch, revision: &launch.revision() }, &observed, session.now()),
        None => {
            plan(Desired::Gone { name: &known.name, policy: &session.settings.policy.value }, &observed, session.now())
        }
    }
}
