//! `launchd audit`: whether the record is whole.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Session, output::Format};
use crate::{
    edges::store::AuditReport,
    ui::{
        api::Document,
        render::text::{Line, Page, Role, count},
    },
};

const EXAMPLES: &str = "\
Example:
  launchd audit verify

Each event is chained to the one before by its hash, so a changed or missing event shows. A record whose end was cut
off does not show by itself: keep the printed head somewhere else (a git tag, a ticket) and compare it later.";

/// Examine the audit log.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Walk the chain of hashes from the first event to the last.
    #[command(after_help = EXAMPLES)]
    Verify,
}

pub async fn run(args: &AuditArgs, session: &Session<'_>) -> CommandResult {
    let AuditCommand::Verify = args.command;
    session.out.only(&[Format::Human, Format::Json])?;
    let report = session.store()?.verify().await?;
    let exit = if report.broken_at.is_some() { Exit::NotAsAsked } else { Exit::Done };
    if session.out.is_json() {
        session.out.print(&Document::new("AuditReport", report).pretty());
        return Ok(exit);
    }
    let AuditReport { events, head, broken_at } = report;
    let mut page = Page::new();
    let number = count(usize::try_from(events).unwrap_or(usize::MAX), "event", "events");
    match broken_at {
        None => {
            page.push(Line::new().add(Role::Good, "whole").plain(format!(": {number}, each chained to the one before")))
        }
        Some(seq) => {
            page.push(
                Line::new()
                    .add(Role::Bad, "broken")
                    .plain(format!(": event {seq} does not follow from the one before")),
            );
            page.push(Line::at(2).plain(
                "It, or one before it, was changed, removed or added outside of launchd. Compare with a backup.",
            ));
        }
    }
    page.push(Line::new().plain("head: ").add(Role::Name, head));
    session.out.print(&page.render(&session.view()));
    Ok(exit)
}
