//! What can be typed.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, builder::styling};

use super::{
    apply, approve, audit, block, calendar, cancel, completions, connectors, daemon, diff, doctor, done, events,
    explain, graph, help, init, new,
    output::{Colour, Format},
    pause, portfolio, rehearse, render, report, resolve, schema, shift, status, validate, why,
};
use crate::settings::{Flags, VARIABLES};

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default())
    .placeholder(styling::AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  done (diff: no change)
  1  it ran, and something is not as asked (diff: there are changes)
  2  it could not run
diff --detailed-exitcode: 0 no change, 2 changes, 1 error";

/// GitOps for product launches: a reviewed plan file becomes a converged launch.
#[derive(Debug, Parser)]
#[command(name = "launchd", version, styles = STYLES, after_help = after_help(), max_term_width = help::WIDEST)]
#[command(propagate_version = true, disable_help_subcommand = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

fn after_help() -> String {
    let width = VARIABLES.iter().map(|v| v.name.len()).max().unwrap_or(0);
    let variables: Vec<String> = VARIABLES.iter().map(|v| format!("  {:width$}  {}", v.name, v.about)).collect();
    format!("Environment:\n{}\n\n{EXIT_CODES}", variables.join("\n"))
}

/// Flags that stand beside every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The settings file [default: launchd.yaml here or in a folder above].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The state file [default: .launchd/state.db beside the settings].
    #[arg(long, global = true, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// The folder of plan files [default: launches beside the settings].
    #[arg(long, global = true, value_name = "FOLDER")]
    pub source: Option<PathBuf>,
    /// The form of what is printed.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORM", hide_possible_values = true)]
    pub output: Format,
    /// When to colour: auto, always or never.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    pub color: Colour,
    /// Say more: -v what happens, -vv every request.
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say only results and problems.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Global {
    /// What settings are resolved from.
    pub fn flags(&self) -> Flags {
        let verbose = self.verbose;
        Flags { config: self.config.clone(), store: self.store.clone(), source: self.source.clone(), verbose }
    }
}

/// The commands, in the order in which a launch meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(init::InitArgs),
    New(new::NewArgs),
    Validate(validate::ValidateArgs),
    Render(render::RenderArgs),
    Diff(diff::DiffArgs),
    Apply(apply::ApplyArgs),
    Status(status::StatusArgs),
    Shift(shift::ShiftArgs),
    Portfolio(portfolio::PortfolioArgs),
    Report(report::ReportArgs),
    Calendar(calendar::CalendarArgs),
    Why(why::WhyArgs),
    Rehearse(rehearse::RehearseArgs),
    Daemon(daemon::DaemonArgs),
    Approve(approve::ApproveArgs),
    Done(done::DoneArgs),
    Block(block::BlockArgs),
    Unblock(block::UnblockArgs),
    Resolve(resolve::ResolveArgs),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Cancel(cancel::CancelArgs),
    Events(events::EventsArgs),
    Graph(graph::GraphArgs),
    Explain(explain::ExplainArgs),
    Schema(schema::SchemaArgs),
    Connectors(connectors::ConnectorsArgs),
    Doctor(doctor::DoctorArgs),
    Audit(audit::AuditArgs),
    Completions(completions::CompletionsArgs),
}
