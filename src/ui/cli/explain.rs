//! `launchd explain`: what a field means, or the code of a problem.

use clap::Args;

use super::{CommandResult, Exit, Problem, Session, launch::unknown, output::Format};
use crate::{
    core::manifest::{
        codes::{self, Code},
        document::{Kind, schema},
    },
    ui::render::{
        explain::{self, Found},
        table::Table,
        text::{Line, Page, Role},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd explain launch
  launchd explain launch.spec.milestones
  launchd explain milestones.approvals.count     (launch.spec may be left out)
  launchd explain settings.spec.policy
  launchd explain schema/unknown-field           (a code, as validate shows it in brackets)
  launchd explain lint/                          (all codes that begin so)";

/// Explain a field of a file, or the code of a problem.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// A field's path, where names that you choose yourself, such as a milestone's, are left out; or a code.
    #[arg(value_name = "FIELD|CODE")]
    subject: String,
}

pub fn run(args: &ExplainArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    if args.subject.contains('/') {
        return code(&args.subject, session);
    }
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

/// A code of a problem; with a `/` at its end, all of its area.
fn code(subject: &str, session: &Session<'_>) -> CommandResult {
    let mut page = Page::new();
    let mut all: Vec<&Code> = codes::all().collect();
    all.sort_by_key(|code| code.code);
    if let Some(found) = codes::find(subject) {
        page.push(Line::new().hang(2).add(Role::Strong, found.code).plain(format!("  {}", found.meaning)));
        page.gap();
        page.push(Line::at(2).plain(found.explanation));
        for (title, role, sample) in [("Wrong", Role::Bad, found.wrong), ("Right", Role::Good, found.right)] {
            if !sample.is_empty() {
                page.gap();
                page.push(Line::at(2).add(role, title));
                sample.lines().for_each(|line| page.push(Line::at(4).verbatim().plain(line)));
            }
        }
    } else if subject.ends_with('/') && all.iter().any(|code| code.code.starts_with(subject)) {
        let mut table = Table::at(0);
        for code in all.iter().filter(|code| code.code.starts_with(subject)) {
            table.row([Line::new().add(Role::Name, code.code), Line::new().plain(code.meaning)]);
        }
        table.write(&mut page);
    } else {
        let known: Vec<String> = all.iter().map(|code| code.code.to_owned()).collect();
        return Err(unknown("code", subject, &known));
    }
    session.out.print(&page.render(&session.view()));
    Ok(Exit::Done)
}
