//! `launchd report`: what a team sends around.

use chrono::TimeDelta;
use clap::{Args, ValueEnum};

use super::{
    CommandResult, Exit, Problem, Session,
    completed::as_it_completed,
    desk::{Desk, Prepared, Selection, complain_of_unresolved},
    output::Format,
    past, retrospective,
};
use crate::{
    core::{
        model::Timestamp,
        portfolio::Known,
        review::{
            decisions::Deciders,
            report::{Kind, Material, Report, Setting, report},
        },
    },
    reconcile::Refresh,
    ui::{
        api::Document,
        documents::{self, html, markdown, terminal},
        pictures::{MOST_DRAWN, Subject, gantt_svg},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd report                                        the weekly status of all launches
  launchd report atlas-2                                what its phase asks for
  launchd report atlas-2 --kind go-no-go -o html > packet.html
  launchd report atlas-2 --kind post-launch -o markdown
  launchd report --kind retrospective                   what finished launches took against their profiles
  launchd report --kind retrospective -o patch | git apply

A retrospective compares the finished launches of each profile (of the launch's profile, where one is named) with what the
profile promises, and proposes a patch of it: of the very file it is written in, or a profile over a built-in one. -o patch
prints nothing else, and exits 1 where there is nothing to propose.

Without --kind: the go/no-go packet in the week before the launch day, the post-launch review after it, otherwise the
weekly status. The HTML is one file that needs nothing else, in light and dark, and prints on A4.";

/// Write a report: weekly status, go/no-go packet, post-launch review or retrospective.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// The launch [default: all, as a weekly status].
    #[arg(value_name = "LAUNCH")]
    launch: Option<String>,
    /// Which report.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only launches with this label. May be given several times; all must fit.
    #[arg(long, short, value_name = "KEY=VALUE", conflicts_with = "launch")]
    label: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// What was done, what comes, what is in the way.
    Weekly,
    /// Everything that the decision rests on.
    GoNoGo,
    /// What came of it.
    PostLaunch,
    /// What finished launches took, and a patch of their profile.
    Retrospective,
}

impl KindArg {
    /// The report over launches, each by itself; a retrospective is none.
    fn kind(self) -> Option<Kind> {
        match self {
            Self::Weekly => Some(Kind::Weekly),
            Self::GoNoGo => Some(Kind::GoNoGo),
            Self::PostLaunch => Some(Kind::PostLaunch),
            Self::Retrospective => None,
        }
    }
}

/// A chart of more launches is a tapestry.
const MOST_PICTURED: usize = 12;

pub async fn run(args: &ReportArgs, session: &Session<'_>) -> CommandResult {
    if args.kind == Some(KindArg::Retrospective) {
        return retrospective::run(args.launch.as_deref(), &args.label, session).await;
    }
    session.out.only(&[Format::Human, Format::Markdown, Format::Html, Format::Json])?;
    if args.launch.is_none() && args.kind.is_some_and(|k| k != KindArg::Weekly) {
        return Err(Problem::new("which launch?")
            .why("only the weekly status and the retrospective are made over all launches")
            .hint("name the launch: `launchd report LAUNCH --kind …`; `launchd status` lists them"));
    }
    let desk = Desk::look(session)?;
    let selection = Selection {
        launches: args.launch.iter().cloned().collect(),
        label: args.label.clone(),
        ..Selection::default()
    };
    let mut prepared = desk.prepare(session, &selection, Refresh::Never).await?;
    let ending = complain_of_unresolved(&prepared, session);
    if ending == Exit::CouldNotRun {
        desk.complain(session);
        return Ok(ending);
    }
    if args.launch.is_none() {
        prepared.retain(|p| p.known().is_some_and(|k| !k.is_over() || ended_lately(p, session.now())));
    }
    let now = session.now();
    let kind = kind(args, &prepared, now)?;
    let store = desk.bench.engine.store.as_ref();
    let mut pasts = Vec::with_capacity(prepared.len());
    for one in &mut prepared {
        let (name, state) = (&one.wanted.name, &one.observed.state);
        let events = if state.version == 0 { Vec::new() } else { past::events(store, name).await? };
        let baseline = past::baseline(store, name, state).await?;
        if state.header.completed_at.is_some() {
            *one = as_it_completed(&desk, one, &events).await?;
        }
        pasts.push((events, baseline));
    }
    let others = desk.awaited(session, &prepared).await?;
    let others: Vec<Known<'_>> = others.iter().filter_map(Prepared::known).collect();
    let told = prepared.iter().zip(&pasts);
    let material: Vec<Material<'_>> = told
        .filter_map(|(one, (events, baseline))| {
            Some(Material { known: one.known()?, events, baseline: baseline.as_deref() })
        })
        .collect();
    let (deciders, learned) = (deciders(&desk, session), past::learned(store).await?);
    let setting = Setting { now, deciders: &deciders, learned: Some(&learned), others: &others };
    let report = report(kind, &material, setting);
    let page = || documents::report(&report, picture(&material, &report));
    session.out.print(&match session.out.format {
        Format::Json => Document::new("Report", &report).pretty(),
        Format::Markdown => markdown::render(&page()),
        Format::Html => html::render(&page()),
        _ => terminal::render(&page(), &session.view()),
    });
    desk.complain(session);
    Ok(ending)
}

/// The Gantt chart, where it is small enough to be read.
fn picture(material: &[Material<'_>], report: &Report) -> Option<String> {
    let told = material.iter().zip(&report.launches);
    let subjects: Vec<Subject<'_>> = told
        .map(|(m, facts)| Subject {
            launch: m.known.launch,
            plan: m.known.plan,
            forecast: facts.forecast.as_ref(),
            baseline: m.baseline,
            foreign: None,
        })
        .collect();
    let rows: usize = subjects.iter().map(|s| s.launch.milestones.len()).sum();
    let fits = !subjects.is_empty() && subjects.len() <= MOST_PICTURED && rows <= MOST_DRAWN;
    fits.then(|| gantt_svg(&subjects))
}

/// Who may decide, as the files and the settings say.
fn deciders(desk: &Desk, session: &Session<'_>) -> Deciders {
    Deciders { teams: desk.bench.files.teams(), roles: session.settings.roles.value.clone() }
}

fn kind(args: &ReportArgs, prepared: &[Prepared], now: Timestamp) -> Result<Kind, Problem> {
    let Some(name) = &args.launch else { return Ok(Kind::Weekly) };
    let launch = prepared.first().and_then(Prepared::launch).ok_or_else(|| {
        let problem = Problem::new(format!("of {name} there is no plan to report on"));
        problem.why("its file is gone").hint("`launchd events` shows what happened to it")
    })?;
    Ok(args.kind.and_then(KindArg::kind).unwrap_or_else(|| Kind::by_phase(launch, now)))
}

/// A launch that ended in this week is still told of.
fn ended_lately(one: &Prepared, now: Timestamp) -> bool {
    let header = &one.observed.state.header;
    let ended = header.completed_at.or_else(|| header.cancelled.as_ref().map(|m| m.at));
    ended.is_some_and(|at| now - at <= TimeDelta::days(7))
}
