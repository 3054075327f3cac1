//! `launchd why`: the chain of causes down to who or what can end the wait.

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    desk::{Desk, Selection, complain_of_unresolved, named},
    launch::{ItemArgs, unknown},
    output::Format,
};
use crate::{
    core::plan::{Plan, Target, text::target},
    reconcile::Refresh,
    ui::render::why,
};

const EXAMPLES: &str = "\
Examples:
  launchd why atlas-2                  what the whole launch waits for
  launchd why atlas-2/announce         down to the cause, with the command to type";

/// Say why something has not happened yet.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WhyArgs {
    #[command(flatten)]
    item: ItemArgs,
}

pub async fn run(args: &WhyArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let (name, item) = args.item.split()?;
    let desk = Desk::look(session)?;
    let selection = Selection { launches: vec![name.to_string()], ..Selection::default() };
    let prepared = desk.prepare(session, &selection, Refresh::Never).await?;
    let Some(one) = named(&prepared, &name) else { return Err(Problem::new(format!("{name} cannot be planned"))) };
    let (shown, view) = (one.shown(), session.view());
    if one.is_unresolved() {
        return Ok(complain_of_unresolved(&prepared, session));
    }
    if let Some(mark) = &one.header().held {
        let why = mark.text.as_deref().unwrap_or("its files cannot be followed");
        session.out.print(&format!("{name} is held at its last good revision: {why}\n\n"));
    }
    let text = match &item {
        None => why::launch(&shown, &view),
        Some(item) => why::item(&shown, &find(&one.plan, item)?, &view).unwrap_or_default(),
    };
    session.out.print(&text);
    Ok(Exit::Done)
}

fn find(plan: &Plan, item: &str) -> Result<Target, Problem> {
    let known: Vec<String> = plan.changes.iter().map(|c| target(&c.subject)).collect();
    let found = plan.changes.iter().find(|c| target(&c.subject) == item).map(|c| c.subject.clone());
    found.ok_or_else(|| unknown("part of this launch", item, &known))
}
