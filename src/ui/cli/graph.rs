//! `launchd graph`: what waits for what, and when.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use super::{
    CommandResult, Problem, Session,
    completed::as_completed,
    desk::{Desk, Prepared, Selection, complain_of_unresolved},
    launch::unknown,
    output::Format,
    past, whole,
};
use crate::{
    core::{
        model::{
            activity::Need,
            launch::Launch,
            name::{Id, Name},
        },
        portfolio::forecasts_of,
        schedule::forecast::Forecast,
    },
    reconcile::Refresh,
    ui::{
        api,
        pictures::{Gantt, Graph, MOST_DRAWN, Subject},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd graph atlas-2                        what waits for what, as a tree
  launchd graph atlas-2 --out atlas.svg        a picture, in the form that the file's name says
  launchd graph atlas-2 --gantt                on a time line
  launchd graph atlas-2 --gantt --out plan.svg with forecast, critical path, baseline and freezes
  launchd graph -o mermaid                     every launch, for a Markdown page
  launchd graph atlas-2 -o dot | dot -Tpdf     for Graphviz

Reads the files and the store; asks no vendor.";

/// Draw launches: milestones and what they need, or a Gantt chart.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GraphArgs {
    #[command(flatten)]
    selection: Selection,
    /// On a time line, as a Gantt chart.
    #[arg(long)]
    gantt: bool,
    /// With the activities of each milestone.
    #[arg(long)]
    activities: bool,
    /// Write to this file; its ending says the form: .svg, .mmd, .dot, .json, .txt.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub async fn run(args: &GraphArgs, session: &Session<'_>) -> CommandResult {
    let format = form(args, session)?;
    let desk = Desk::look(session)?;
    let selection = Selection { milestone: Vec::new(), ..args.selection.clone() };
    let prepared = as_completed(&desk, desk.prepare(session, &selection, Refresh::Never).await?).await?;
    let launches: Vec<(Launch, &Prepared)> = prepared.iter().filter_map(|p| Some((p.launch()?.clone(), p))).collect();
    let launches = narrowed(launches, &args.selection.milestone)?;
    let drawn: usize = launches.iter().map(|(launch, _)| launch.milestones.len()).sum();
    if format == Format::Svg && drawn > MOST_DRAWN {
        return Err(Problem::new(format!("{drawn} milestones are too many for one picture"))
            .why(format!("at most {MOST_DRAWN} are drawn"))
            .hint("name a launch, or a milestone with --milestone; -o json, mermaid and dot have all of them"));
    }
    let baselines = match args.gantt {
        true => baselines(&desk, &launches).await?,
        false => vec![None; launches.len()],
    };
    let forecasts = foresee(&desk, &prepared, session).await?;
    let subjects: Vec<Subject<'_>> = launches
        .iter()
        .enumerate()
        .map(|(at, (launch, prepared))| Subject {
            launch,
            plan: &prepared.plan,
            forecast: forecasts.get(&launch.name),
            baseline: baselines[at].as_deref(),
            foreign: Some(&prepared.observed.foreign),
        })
        .collect();
    let text = if args.gantt {
        let gantt = Gantt::of(&subjects, args.activities);
        match format {
            Format::Svg => gantt.svg(),
            Format::Mermaid => gantt.mermaid(),
            Format::Json => api::graph::gantt(&gantt),
            _ => gantt.text(&session.view()),
        }
    } else {
        let graph = Graph::of(&subjects, args.activities);
        match format {
            Format::Svg => graph.svg(),
            Format::Mermaid => graph.mermaid(),
            Format::Dot => graph.dot(),
            Format::Json => api::graph::graph(&graph),
            _ => graph.tree(&session.view()),
        }
    };
    match &args.out {
        // A picture of nothing would say that there is nothing.
        _ if launches.is_empty() && !prepared.is_empty() => {}
        None => session.out.print(&text),
        Some(path) => write(path, &text, session)?,
    }
    desk.complain(session);
    Ok(complain_of_unresolved(&prepared, session))
}

/// `-o`, or what the file's name says.
fn form(args: &GraphArgs, session: &Session<'_>) -> Result<Format, Problem> {
    let ending = args.out.as_ref().and_then(|p| p.extension()).and_then(|e| e.to_str()).map(str::to_lowercase);
    let format = match (session.out.format, ending.as_deref()) {
        (Format::Human, Some("svg")) => Format::Svg,
        (Format::Human, Some("mmd" | "mermaid")) => Format::Mermaid,
        (Format::Human, Some("dot" | "gv")) => Format::Dot,
        (Format::Human, Some("json")) => Format::Json,
        (Format::Human, ending) if args.out.is_some() && ending != Some("txt") => return Err(no_form(args)),
        (format, _) => format,
    };
    let known: &[Format] = match args.gantt {
        true => &[Format::Human, Format::Svg, Format::Mermaid, Format::Json],
        false => &[Format::Human, Format::Svg, Format::Mermaid, Format::Dot, Format::Json],
    };
    let mut out = session.out.clone();
    out.format = format;
    out.only(known)?;
    Ok(format)
}

/// A file whose name promises what is not drawn, such as a bitmap.
fn no_form(args: &GraphArgs) -> Problem {
    let name = args.out.iter().map(|p| p.display().to_string()).collect::<String>();
    let endings = if args.gantt { ".svg, .mmd, .json or .txt" } else { ".svg, .mmd, .dot, .json or .txt" };
    Problem::new(format!("the ending of `{name}` is none of a form that is drawn"))
        .hint(format!("end the name with {endings}, or say the form with -o"))
}

/// Keeps the named milestones of each launch, and what they wait for.
fn narrowed<'p>(
    mut launches: Vec<(Launch, &'p Prepared)>,
    wanted: &[String],
) -> Result<Vec<(Launch, &'p Prepared)>, Problem> {
    for text in wanted {
        if !launches.iter().any(|(l, _)| l.milestones.iter().any(|m| m.id == **text)) {
            let known: BTreeSet<String> =
                launches.iter().flat_map(|(l, _)| l.milestones.iter().map(|m| m.id.to_string())).collect();
            return Err(unknown("milestone", text, &known.into_iter().collect::<Vec<_>>()));
        }
    }
    if !wanted.is_empty() {
        launches.iter_mut().for_each(|(launch, _)| keep_only(launch, wanted));
        launches.retain(|(l, _)| !l.milestones.is_empty());
    }
    Ok(launches)
}

fn keep_only(launch: &mut Launch, wanted: &[String]) {
    let mut kept: BTreeSet<Id> = BTreeSet::new();
    let mut open: Vec<Id> =
        launch.milestones.iter().map(|m| m.id.clone()).filter(|id| wanted.iter().any(|w| *id == **w)).collect();
    while let Some(id) = open.pop() {
        if let Some(milestone) = launch.milestone(&id).filter(|_| kept.insert(id.clone())) {
            open.extend(milestone.needs.iter().filter_map(|need| match need {
                Need::Milestone(id) => Some(id.clone()),
                Need::Activity(id) => launch.activity(id).map(|a| a.milestone.clone()),
                Need::Foreign { .. } => None,
            }));
        }
    }
    launch.milestones.retain(|m| kept.contains(&m.id));
    launch.activities.retain(|a| kept.contains(&a.milestone));
}

/// When milestones will be done, as `status` says it: with the launches that these wait for, and with what finished ones
/// teach. Nothing where they wait for each other, which `validate` tells.
async fn foresee(
    desk: &Desk,
    prepared: &[Prepared],
    session: &Session<'_>,
) -> Result<HashMap<Name, Forecast>, Problem> {
    let others = desk.awaited(session, prepared).await?;
    let all: Vec<_> = prepared.iter().chain(&others).filter_map(Prepared::known).collect();
    let wanted = prepared.iter().filter_map(Prepared::launch).map(|l| &l.name).collect();
    let learned = past::learned(desk.bench.engine.store.as_ref()).await?;
    Ok(forecasts_of(&all, &wanted, session.now(), Some(&learned)))
}

/// Each launch as it was accepted first, where that is kept.
async fn baselines(desk: &Desk, launches: &[(Launch, &Prepared)]) -> Result<Vec<Option<Arc<Launch>>>, Problem> {
    let store = &*desk.bench.engine.store;
    let mut found = Vec::with_capacity(launches.len());
    for (launch, prepared) in launches {
        found.push(past::baseline(store, &launch.name, &prepared.observed.state).await?);
    }
    Ok(found)
}

fn write(path: &Path, text: &str, session: &Session<'_>) -> Result<(), Problem> {
    whole::replace(path, text.as_bytes()).map_err(|e| {
        Problem::new(format!("the picture could not be written to {}", path.display())).why(e.to_string())
    })?;
    session.out.note(&format!("Wrote {}.\n", path.display()));
    Ok(())
}
