//! `launchd audit`: whether the record is whole.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Session, output::Format};
use crate::ui::{
    api::Document,
    render::text::{Line, Page, Role, count},
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
    let exit = if report.is_whole() { Exit::Done } else { Exit::NotAsAsked };
    if session.out.is_json() {
        session.out.print(&Document::new("AuditReport", report).pretty());
        return Ok(exit);
    }
    let mut page = Page::new();
    let mut bad = |what: &str, why: &str| {
        page.push(Line::new().add(Role::Bad, "broken").plain(format!(": {what}")));
        page.push(Line::at(2).plain(why));
    };
    if let Some(seq) = report.broken_at {
        bad(
            &format!("event {seq} does not follow from the one before"),
            "It, or one before it, was changed, removed or added outside of launchd. Compare with a backup.",
        );
    }
    for launch in &report.altered_states {
        bad(
            &format!("what the store shows of {launch} is not what its events tell"),
            "Its rows were changed outside of launchd, or are damaged. The events are whole: restore the rest from a backup.",
        );
    }
    for (launch, revision) in &report.altered_revisions {
        bad(
            &format!("revision {revision} of {launch} has another content than it had when it was accepted"),
            "It was changed outside of launchd. Do not follow it: restore it from a backup.",
        );
    }
    if report.is_whole() {
        let number = count(usize::try_from(report.events).unwrap_or(usize::MAX), "event", "events");
        let text = format!(": {number}, each chained to the one before; states and revisions are as they tell");
        page.push(Line::new().add(Role::Good, "whole").plain(text));
    }
    page.push(Line::new().plain("head: ").add(Role::Name, report.head));
    session.out.print(&page.render(&session.view()));
    Ok(exit)
}
