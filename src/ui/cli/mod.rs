//! The command line: what can be typed, and one file a command.
//!
//! In: argv. Out: text on standard output, problems and progress on standard error, an [`Exit`]. Imports `core`,
//! `edges`, `reconcile`, `settings` and the renderers. Deliberately absent: rules about launches, and building the
//! edges (see `wiring`).

mod agree;
mod apply;
mod approve;
mod args;
mod audit;
mod authority;
mod base;
mod block;
mod calendar;
mod cancel;
mod clashes;
mod completed;
mod completions;
mod connectors;
mod daemon;
mod desk;
mod diff;
mod doctor;
mod done;
mod events;
mod exit;
mod explain;
mod files;
mod graph;
mod help;
mod init;
mod interview;
mod launch;
pub mod logging;
mod new;
mod output;
mod past;
mod pause;
mod portfolio;
mod problem;
mod rehearse;
mod render;
mod report;
mod resolve;
mod resources;
mod retrospective;
mod saved;
mod schema;
mod selection;
mod shift;
mod sieve;
mod status;
mod validate;
mod whole;
mod why;
mod world;

pub use args::{Cli, Command, Global};
pub use exit::Exit;
pub use help::parse;
pub use output::{Colour, Format, Output};
pub use problem::Problem;
pub use world::{Session, Workbench, World};

/// What a command ends with.
pub type CommandResult = Result<Exit, Problem>;

/// Runs one command.
///
/// # Errors
/// Why it could not be done; the caller shows it and exits with its code.
pub async fn run(command: &Command, session: &Session<'_>) -> CommandResult {
    let exit = work(command, session).await?;
    session.out.whole()?;
    Ok(exit)
}

async fn work(command: &Command, session: &Session<'_>) -> CommandResult {
    if !matches!(command, Command::Daemon(_) | Command::Doctor(_)) && session.settings.log.is_some() {
        logging::check(&session.settings)?;
        logging::start(&session.settings, false);
    }
    match command {
        Command::Init(args) => init::run(args, session),
        Command::New(args) => new::run(args, session),
        Command::Validate(args) => validate::run(args, session),
        Command::Render(args) => render::run(args, session),
        Command::Diff(args) => diff::run(args, session).await,
        Command::Apply(args) => apply::run(args, session).await,
        Command::Status(args) => status::run(args, session).await,
        Command::Shift(args) => shift::run(args, session).await,
        Command::Portfolio(args) => portfolio::run(args, session).await,
        Command::Report(args) => report::run(args, session).await,
        Command::Calendar(args) => calendar::run(args, session).await,
        Command::Why(args) => why::run(args, session).await,
        Command::Rehearse(args) => rehearse::run(args, session).await,
        Command::Daemon(args) => daemon::run(args, session).await,
        Command::Approve(args) => approve::run(args, session).await,
        Command::Done(args) => done::run(args, session).await,
        Command::Block(args) => block::block(args, session).await,
        Command::Unblock(args) => block::unblock(args, session).await,
        Command::Resolve(args) => resolve::run(args, session).await,
        Command::Pause(args) => pause::pause(args, session).await,
        Command::Resume(args) => pause::resume(args, session).await,
        Command::Cancel(args) => cancel::run(args, session).await,
        Command::Events(args) => events::run(args, session).await,
        Command::Graph(args) => graph::run(args, session).await,
        Command::Schema(args) => schema::run(args, session),
        Command::Explain(args) => explain::run(args, session),
        Command::Connectors(args) => connectors::run(args, session),
        Command::Doctor(args) => doctor::run(args, session).await,
        Command::Audit(args) => audit::run(args, session).await,
        Command::Completions(args) => completions::run(args, session),
    }
}
