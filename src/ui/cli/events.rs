//! `launchd events`: what happened, and what happens.

use std::collections::{BTreeMap, VecDeque};

use chrono_tz::Tz;
use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    launch::{self, Known},
    output::Format,
};
use crate::{
    core::model::{event::Event, name::Name},
    edges::store::Store,
    ui::{
        api::{self, Document},
        render::event,
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd events                     the last 50, of all launches
  launchd events atlas-2 --follow    of one launch, and what comes
  launchd events -o json --since 0   all of them, one JSON document a line";

/// Read from the store in pieces of so many.
const PAGE: usize = 1000;

/// Show what happened, oldest first.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EventsArgs {
    /// Only of this launch.
    launch: Option<String>,
    /// Go on with what comes, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// How many of the last ones.
    #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
    limit: usize,
    /// All after the event of this number, instead of the last ones.
    #[arg(long, value_name = "NUMBER", conflicts_with = "limit")]
    since: Option<u64>,
}

pub async fn run(args: &EventsArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let store = session.store()?;
    let launch = args.launch.as_deref().map(launch::name).transpose()?;
    if let Some(launch) = &launch {
        Known::open(session, launch).await?;
    }
    let mut show = Show { session, store: store.as_ref(), zones: BTreeMap::new() };
    let (mut last, tail) = match args.since {
        Some(since) => (since, None),
        None => (0, Some(args.limit)),
    };
    last = match tail {
        Some(limit) => show.tail(launch.as_ref(), limit).await?,
        None => show.all_after(launch.as_ref(), last).await?,
    };
    if !args.follow {
        if !session.out.is_json() && last > 0 {
            let of = launch.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
            session.out.note(&format!("What comes after these: launchd events {of}--since {last}\n"));
        }
        return Ok(Exit::Done);
    }
    loop {
        tokio::select! {
            () = store.changed() => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        }
        last = show.all_after(launch.as_ref(), last).await?;
    }
}

struct Show<'a> {
    session: &'a Session<'a>,
    store: &'a dyn Store,
    zones: BTreeMap<Name, Tz>,
}

impl Show<'_> {
    /// Prints everything after `last` and returns the number of the last one.
    async fn all_after(&mut self, launch: Option<&Name>, mut last: u64) -> Result<u64, Problem> {
        loop {
            let events = self.store.events(launch, last, PAGE).await?;
            let Some(newest) = events.last() else { return Ok(last) };
            last = newest.seq;
            self.print(&events).await?;
            self.session.out.whole()?;
        }
    }

    async fn tail(&mut self, launch: Option<&Name>, limit: usize) -> Result<u64, Problem> {
        // Numbers have no gap over all launches, so the last ones of all are known; of one they are counted.
        let head = self.store.launches().await?.iter().map(|row| row.version).max().unwrap_or(0);
        let mut last = if launch.is_some() { 0 } else { head.saturating_sub(limit as u64) };
        let mut kept: VecDeque<Event> = VecDeque::new();
        loop {
            let events = self.store.events(launch, last, PAGE).await?;
            let Some(newest) = events.last() else { break };
            last = newest.seq;
            kept.extend(events);
            while kept.len() > limit {
                kept.pop_front();
            }
        }
        self.print(kept.make_contiguous()).await?;
        Ok(last)
    }

    async fn print(&mut self, events: &[Event]) -> Result<(), Problem> {
        if self.session.out.is_json() {
            let lines: String =
                events.iter().map(|e| Document::new("Event", api::event::Event::from(e)).line()).collect();
            self.session.out.print(&lines);
            return Ok(());
        }
        for event in events {
            if !self.zones.contains_key(&event.launch) {
                let zone = zone(self.store, &event.launch).await?;
                self.zones.insert(event.launch.clone(), zone);
            }
        }
        let zone = |e: &Event| self.zones.get(&e.launch).copied().unwrap_or(Tz::UTC);
        self.session.out.print(&event::lines(events, zone, &self.session.view()));
        Ok(())
    }
}

/// The launch's time zone, as its accepted plan says; UTC before there is one.
pub(super) async fn zone(store: &dyn Store, launch: &Name) -> Result<Tz, Problem> {
    let Some(revision) = store.state(launch).await?.header.accepted else { return Ok(Tz::UTC) };
    Ok(store.revision(launch, &revision).await?.map_or(Tz::UTC, |kept| kept.launch.timezone))
}
