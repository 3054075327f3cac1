//! `launchd diff`: what would be done now, and what is waited for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    CommandResult, Exit, Session, clashes,
    desk::{self, Desk, Prepared, Selection},
    output::Format,
    saved,
};
use crate::{
    core::portfolio::clashes::Moved,
    reconcile::Refresh,
    ui::{
        api,
        render::{View, markdown, plan as page, shift},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd diff                                every launch
  launchd diff atlas-2 --milestone launch_day
  launchd diff --label tier=1 -o json
  launchd diff --out plan.json                then: launchd apply plan.json
  launchd diff -o markdown                    for a comment on a pull request

Exit code: 0 nothing is to be done now, 1 something is (or cannot be), 2 it could not tell; --detailed-exitcode: 0, 2, 1.
What waits for its time, its turn or for people is shown and is no change; with --base every difference is one.";

/// Show what would change, and why.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArgs {
    #[command(flatten)]
    selection: Selection,
    /// Save the plan, so that `apply` does exactly this or nothing.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Terraform's exit codes: 0 no change, 2 changes, 1 error.
    #[arg(long)]
    detailed_exitcode: bool,
    /// What to read back from vendors: all objects, only what is about to be made, or nothing.
    #[arg(long, value_enum, default_value_t)]
    refresh: RefreshChoice,
    /// Compare with the files of this git revision instead of the world: no network, no credential, no program.
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["out", "refresh"])]
    base: Option<String>,
    /// Also list what stays as it is.
    #[arg(long, short)]
    all: bool,
}

/// How far the look at the world goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum RefreshChoice {
    #[default]
    All,
    Due,
    None,
}

impl From<RefreshChoice> for Refresh {
    fn from(choice: RefreshChoice) -> Self {
        match choice {
            RefreshChoice::All => Self::All,
            RefreshChoice::Due => Self::Due,
            RefreshChoice::None => Self::Never,
        }
    }
}

pub async fn run(args: &DiffArgs, session: &Session<'_>) -> CommandResult {
    let detailed = args.detailed_exitcode;
    let result = diff(args, session).await.and_then(|exit| session.out.whole().map(|()| exit));
    result.map_err(|mut problem| {
        problem.exit = Exit::Unknown { detailed };
        problem
    })
}

async fn diff(args: &DiffArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json, Format::Markdown])?;
    if let Some(base) = &args.base {
        return super::base::diff(base, &args.selection, args.detailed_exitcode, session).await;
    }
    if args.shows_changes_only(session) {
        let refresh = args.refresh.into();
        let mut desk = Desk::glance(session, refresh)?;
        desk.complain(session);
        let (prepared, silent) = desk.prepare_changed(session, refresh).await?;
        let shown: Vec<_> = prepared.iter().map(Prepared::shown).collect();
        session.out.print(&page::human_beside(&shown, silent, &session.view()));
        let shifts = clashes::moved(&desk, &prepared, session).await?;
        shifts.iter().for_each(|s| session.out.print(&format!("\n{}", shift::beside(s, &session.view()))));
        return Ok(args.exit(&desk, &prepared, session));
    }
    let desk = Desk::look(session)?;
    desk.complain(session);
    let mut prepared = desk.prepare(session, &args.selection, args.refresh.into()).await?;
    for one in &mut prepared {
        desk::narrow(&mut one.plan, &args.selection.milestone)?;
    }
    let shifts = clashes::moved(&desk, &prepared, session).await?;
    show(&prepared, &shifts, View { all: args.all, ..session.view() }, session);
    if let Some(path) = &args.out {
        saved::save(&prepared, path, session)?;
    }
    Ok(args.exit(&desk, &prepared, session))
}

impl DiffArgs {
    /// Whether launches as their files ask are only counted: then unchanged ones need no plan.
    fn shows_changes_only(&self, session: &Session<'_>) -> bool {
        let Selection { launches, milestone, label } = &self.selection;
        let human = !matches!(session.out.format, Format::Json | Format::Markdown);
        let whole = launches.is_empty() && milestone.is_empty() && label.is_empty();
        human && whole && !self.all && self.out.is_none()
    }

    fn exit(&self, desk: &Desk, prepared: &[Prepared], session: &Session<'_>) -> Exit {
        let detailed = self.detailed_exitcode;
        // A vendor that does not answer is never read as "no changes".
        let unseen = desk::complain_of_unseen(prepared, session);
        if unseen || !desk.is_whole() {
            return Exit::Unknown { detailed };
        }
        let changes = prepared.iter().any(|p| p.plan.has_changes());
        if changes { Exit::Changes { detailed } } else { Exit::Done }
    }
}

/// Prints plans, and how dates move, in the form that was asked for.
pub fn show(prepared: &[Prepared], shifts: &[Moved], view: View, session: &Session<'_>) {
    let shown: Vec<_> = prepared.iter().map(Prepared::shown).collect();
    session.out.print(&match session.out.format {
        Format::Json => api::shift::beside(&api::plan::document(&shown, &view), shifts),
        Format::Markdown => markdown::comment(&shown, &view) + &shift::markdown(shifts, &view),
        _ => shifts.iter().fold(page::human(&shown, &view), |text, s| text + "\n" + &shift::beside(s, &view)),
    });
}
