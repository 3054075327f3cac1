//! `launchd explain`: what a field means.

use clap::Args;

use super::{CommandResult, Exit, Problem, Session, launch::unknown, output::Format};
use crate::{
    core::manifest::document::{Kind, schema},
    ui::render::explain::{self, Found},
};

const EXAMPLES: &str = "\
Examples:
  launchd explain launch
  launchd explain launch.spec.milestones
  launchd explain milestones.approvals.count     (launch.spec may be left out)
  launchd explain settings.spec.policy";

/// Explain a field of a file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// A field's path; names that you choose yourself, such as a milestone's, are left out.
    #[arg(value_name = "FIELD")]
    subject: String,
}

pub fn run(args: &ExplainArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let path: Vec<&str> = args.subject.split('.').filter(|s| !s.is_empty()).collect();
    let Some((first, rest)) = path.split_first() else {
        return Err(Problem::new("which field?").hint("launchd explain launch.spec"));
    };
    let kind = Kind::ALL.into_iter().find(|k| k.as_str().eq_ignore_ascii_case(first));
    let (kind, path) = match kind {
        Some(kind) => (kind, rest.to_vec()),
        // Most questions are about a launch's spec, so that much may be left out.
        None => (Kind::Launch, std::iter::once("spec").chain(path.iter().copied().filter(|s| *s != "spec")).collect()),
    };
    let schema = schema(kind);
    match explain::find(&schema, &path) {
        Found::Field(field) => {
            let address = std::iter::once(kind.as_str().to_lowercase()).chain(path.iter().map(|s| (*s).to_owned()));
            let address = address.collect::<Vec<_>>().join(".");
            session.out.print(&explain::render(&address, &field, &session.view()));
            Ok(Exit::Done)
        }
        Found::Missing { after, name, known } => {
            let whole = std::iter::once(kind.as_str().to_lowercase()).chain(after).collect::<Vec<_>>().join(".");
            Err(unknown(&format!("field of {whole}"), &name, &known))
        }
    }
}
