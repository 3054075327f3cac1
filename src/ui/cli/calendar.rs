//! `launchd calendar`: launches as an iCalendar file, for the calendars that people look at.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    desk::{Desk, Prepared, Selection},
    init,
    launch::unknown,
    output::Format,
    whole,
};
use crate::{
    core::model::{
        launch::Launch,
        milestone::Milestone,
        team::{Team, Teams, team_of},
    },
    edges::store::Store,
    reconcile::{Refresh, Want},
    ui::documents::calendar::{Shown, ics},
};

const EXAMPLES: &str = "\
Examples:
  launchd calendar > launches.ics                       every launch
  launchd calendar atlas-2 --out atlas-2.ics            one launch
  launchd calendar --team marketing-team                the milestones that a team owns or steps in for

Launch days, milestones and freezes become events; a due date without a time is a whole day, any other time is an instant
in UTC. An event keeps its identity while its launch and milestone keep their names: import the file again, or let
calendars subscribe to it, and what moved moves, what left the plan is cancelled, and nothing is there twice.";

/// How far back milestones that left the plan are remembered.
const REVISIONS: usize = 50;

/// Write launches as an iCalendar file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CalendarArgs {
    /// Launches [default: all].
    #[arg(value_name = "LAUNCH", conflicts_with = "all")]
    launches: Vec<String>,
    /// Every launch, as without a name.
    #[arg(long, short)]
    all: bool,
    /// Only milestones whose owner or backup is this team, one of its people or roles.
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Write it to a file instead of printing it. A file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One launch with what it was before.
struct Known {
    launch: Arc<Launch>,
    changed_at: crate::core::model::Timestamp,
    cancelled: bool,
    before: Vec<Arc<Launch>>,
}

pub async fn run(args: &CalendarArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let desk = Desk::look(session)?;
    let selection = Selection { launches: args.launches.clone(), ..Selection::default() };
    let prepared = desk.prepare(session, &selection, Refresh::Never).await?;
    let mut known = Vec::new();
    for one in &prepared {
        known.extend(look(one, &*desk.bench.engine.store, session).await?);
    }
    let teams = super::files::Files::of_source(session)?.judge(&session.settings).loaded.teams;
    let team = args.team.as_deref().map(|name| chosen(name, &teams, &known)).transpose()?;
    let shown: Vec<_> = known
        .iter()
        .map(|k| Shown {
            launch: &k.launch,
            changed_at: k.changed_at,
            cancelled: k.cancelled,
            before: k.before.iter().map(|l| &**l).collect(),
        })
        .collect();
    let owned = |_: &Launch, milestone: &Milestone| team.as_ref().is_some_and(|team| team.is_in(milestone, &teams));
    let text = ics(&title(&known, args, team.as_ref()), &shown, team.is_some().then_some(&owned));
    match &args.out {
        None => session.out.print(&text),
        Some(path) => {
            whole::replace(path, text.as_bytes()).map_err(|e| init::cannot("write", path, &e))?;
            let events = text.matches("BEGIN:VEVENT").count();
            session.out.note(&format!(
                "wrote {}: {}\n",
                path.display(),
                crate::ui::render::text::count(events, "event", "events")
            ));
        }
    }
    desk.complain(session);
    Ok(Exit::Done)
}

/// What the files and the store know of a launch; nothing of one that never was good.
async fn look(one: &Prepared, store: &dyn Store, session: &Session<'_>) -> Result<Option<Known>, Problem> {
    let kept = store.revisions(&one.wanted.name, REVISIONS).await?;
    let header = &one.observed.state.header;
    let accepted_at = |launch: &Launch| {
        let revision = launch.revision();
        header.accepted_at.filter(|_| header.accepted.as_ref() == Some(&revision))
    };
    let (launch, gone) = match &one.wanted.want {
        Want::Launch { launch, .. } | Want::Held { last_good: Some((launch, _)), .. } => (Arc::clone(launch), false),
        Want::Gone { .. } => match kept.first() {
            Some(newest) => (Arc::clone(&newest.launch), true),
            None => return Ok(None),
        },
        Want::Held { last_good: None, .. } => return Ok(None),
    };
    let ended = header.cancelled.as_ref().or(header.removed.as_ref().filter(|_| gone)).map(|mark| mark.at);
    let since = accepted_at(&launch).or_else(|| gone.then_some(header.accepted_at).flatten());
    Ok(Some(Known {
        changed_at: ended.max(since).unwrap_or_else(|| session.now()),
        cancelled: gone || header.cancelled.is_some(),
        before: kept.into_iter().map(|r| r.launch).collect(),
        launch,
    }))
}

/// Whose milestones are shown.
enum Whose {
    Team(Arc<Team>),
    /// A name that plans use, and no team has.
    Name(String),
}

impl Whose {
    fn is_in(&self, milestone: &Milestone, teams: &Teams) -> bool {
        [&milestone.owner, &milestone.backup].into_iter().flatten().any(|name| match self {
            Self::Name(own) => own == name,
            Self::Team(team) => team_of(teams, name).is_some_and(|found| found.name == team.name),
        })
    }
}

fn chosen(name: &str, teams: &Teams, known: &[Known]) -> Result<Whose, Problem> {
    if let Some(team) = team_of(teams, name) {
        return Ok(Whose::Team(Arc::clone(team)));
    }
    let milestones = known.iter().flat_map(|k| &k.launch.milestones);
    let mut names: Vec<String> = milestones.flat_map(|m| m.owner.iter().chain(&m.backup).cloned()).collect();
    if names.iter().any(|own| own == name) {
        return Ok(Whose::Name(name.to_owned()));
    }
    names.extend(teams.keys().map(ToString::to_string));
    names.sort();
    names.dedup();
    Err(unknown("team", name, &names))
}

fn title(known: &[Known], args: &CalendarArgs, team: Option<&Whose>) -> String {
    match (team, known) {
        (Some(Whose::Team(team)), _) => format!("{}: launches", team.title),
        (Some(Whose::Name(name)), _) => format!("{name}: launches"),
        (None, [only]) if !args.launches.is_empty() => only.launch.title.clone(),
        (None, _) => "Launches".to_owned(),
    }
}
