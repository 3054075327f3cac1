//! `launchd rehearse`: the whole launch on a virtual clock, against simulated vendors and people.

use std::sync::Arc;

use chrono::TimeDelta;
use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    desk::{Desk, Selection, named},
    output::Format,
};
use crate::{
    core::{
        model::{Timestamp, area::Status},
        schedule::{Anchor, DateError, WrittenDate},
    },
    edges::{
        clock::VirtualClock,
        executors::simulated::{CrashPlan, Fault, FaultError, FaultKind, Script, SimulatedPeople, SimulatedWorld},
        store::memory::MemoryStore,
    },
    reconcile::{Refresh, Rehearsal},
    ui::{
        api::{Document, event::Event},
        render::rehearsal,
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd rehearse atlas-2
  launchd rehearse atlas-2 --from 2027-03-01 --fault late:go_no_go=5
  launchd rehearse atlas-2 --fault lost-answer:announce --fault 'unavailable:epic@1..3'
  launchd rehearse atlas-2 --seed 7          faults by chance, the same for the same seed

It is the same engine as the daemon's. It needs no credential, calls nobody, and writes nothing.";

/// Run a whole launch in seconds, against a simulated world.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = faults())]
pub struct RehearseArgs {
    /// The launch.
    #[arg(value_name = "LAUNCH")]
    launch: String,
    /// The day or instant at which it begins [default: now].
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Something that goes wrong: NAME[:SUBJECT][=AMOUNT][@CALL]. May be given several times. A subject is an activity,
    /// or the check, approval or goal that somebody is late with; `*`, or none: any.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// Faults by chance beside the written ones.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

fn faults() -> String {
    let width = FaultKind::ALL.iter().map(|k| k.name().len()).max().unwrap_or(0);
    let lines: Vec<_> = FaultKind::ALL.iter().map(|k| format!("  {:width$}  {}", k.name(), k.description())).collect();
    format!("{EXAMPLES}\n\nFaults:\n{}", lines.join("\n"))
}

pub async fn run(args: &RehearseArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let name = super::launch::name(&args.launch)?;
    let mut written = Vec::new();
    for text in &args.fault {
        written.push((text, Fault::parse(text).map_err(|e| no_fault(text, &e))?));
    }
    let desk = Desk::look(session)?;
    desk.complain(session);
    let selection = Selection { launches: vec![args.launch.clone()], ..Selection::default() };
    let prepared = desk.prepare(session, &selection, Refresh::Never).await?;
    let launch = named(&prepared, &name).and_then(|p| p.launch());
    let Some(launch) = launch.cloned().map(Arc::new) else {
        return Err(Problem::new(format!("{name} cannot be rehearsed"))
            .hint("`launchd validate` says what is wrong with its file"));
    };
    let from = from(args.from.as_deref(), &launch, session)?;
    let about = |(text, fault): (&String, Fault)| fault.of(&launch).map_err(|e| no_fault(text, &e));
    let mut script = Script::new(written.into_iter().map(about).collect::<Result<_, _>>()?);
    if let Some(seed) = args.seed {
        script = script.by_chance(seed, 20, &FaultKind::PASSING, 200);
    }
    let world = SimulatedWorld::new(script, CrashPlan::new());
    world.learn(&launch);
    let last = launch.milestones.iter().map(|m| m.due).max().unwrap_or(launch.target).max(from);
    let mut run = Rehearsal {
        launch: Arc::clone(&launch),
        store: Arc::new(MemoryStore::default()),
        world,
        crash: CrashPlan::new(),
        people: SimulatedPeople::default(),
        clock: Arc::new(VirtualClock::new(from)),
        resync: Some(TimeDelta::hours(6)),
    };
    let rehearsed = run.run(last + TimeDelta::days(90)).await?;
    if session.out.is_json() {
        for event in &rehearsed.events {
            session.out.print(&Document::new("Event", Event::from(event)).line());
        }
    } else {
        session.out.print(&rehearsal::timeline(&launch, &rehearsed, &session.view()));
    }
    Ok(if rehearsed.plan.status == Status::Completed { Exit::Done } else { Exit::NotAsAsked })
}

fn no_fault(text: &str, error: &FaultError) -> Problem {
    let problem = Problem::new(format!("`{text}` is no fault")).why(error.to_string());
    match error {
        FaultError::Subject { hint, .. } => problem.hint(hint.clone()),
        FaultError::Several { .. } => problem.hint("write it with its milestone"),
        _ => problem,
    }
}

fn from(
    text: Option<&str>,
    launch: &crate::core::model::launch::Launch,
    session: &Session<'_>,
) -> Result<Timestamp, Problem> {
    let Some(text) = text else { return Ok(session.now()) };
    let bad = |why: String| {
        Problem::new(format!("`{text}` is no date to begin at")).why(why).hint("write 2027-03-01 or 2027-03-01T09:00")
    };
    let written = match text.parse::<WrittenDate>() {
        Ok(WrittenDate::Absolute(written)) => written,
        Ok(WrittenDate::Relative { .. }) => return Err(bad("a rehearsal begins on a day of the calendar".into())),
        Err(DateError::NoSuchDay(day)) => return Err(bad(format!("the calendar has no {day}"))),
        Err(error) => return Err(bad(error.to_string())),
    };
    let (at, _) = Anchor::of(written, launch.timezone).start(launch.timezone).map_err(|e| bad(e.to_string()))?;
    Ok(at)
}
