//! Launches as an iCalendar file (RFC 5545): launch days, milestones and freezes, as calendars of other programs show them.
//!
//! An event keeps its UID for as long as its launch and milestone keep their names, and its SEQUENCE grows with every
//! accepted revision. So a file that is imported again moves the events that are there, and doubles none.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::{
    core::model::{
        Timestamp,
        launch::{Freeze, Launch},
        milestone::Milestone,
        name::Name,
    },
    ui::render::text::clean,
};

/// 2020-01-01T00:00:00Z, in seconds since the epoch: minutes since then are a SEQUENCE that fits its 31 bits.
const EPOCH: i64 = 1_577_836_800;

/// One launch with what its calendar needs to know.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    pub launch: &'a Launch,
    /// Since when it is as it is.
    pub changed_at: Timestamp,
    /// It will not happen, or is gone from the files: calendars take its events out.
    pub cancelled: bool,
    /// What it was before, newest first: milestones that are gone are cancelled in calendars that still have them.
    pub before: Vec<&'a Launch>,
}

/// Which milestones of a launch are shown.
pub type Wanted<'w> = &'w dyn Fn(&Launch, &Milestone) -> bool;

/// The file. `title` is how calendars call it; launch days are left out when only some milestones are wanted.
pub fn ics(title: &str, launches: &[Shown<'_>], wanted: Option<Wanted<'_>>) -> String {
    let mut calendar = Calendar::empty();
    let version = env!("CARGO_PKG_VERSION");
    for (name, value) in [
        ("VERSION", "2.0"),
        ("PRODID", &format!("-//launchd//launchd {version}//EN")),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", &clean(title)),
    ] {
        calendar.append_property(Property::new(name, value));
    }
    let mut freezes = Freezes::default();
    for shown in launches {
        if wanted.is_none() {
            calendar.push(launch_day(shown));
        }
        let mut has_any = wanted.is_none();
        for milestone in shown.launch.milestones.iter().filter(|m| wanted.is_none_or(|w| w(shown.launch, m))) {
            has_any = true;
            calendar.push(milestone_event(shown, shown.launch, milestone, shown.cancelled));
        }
        for (launch, milestone) in gone(shown).into_iter().filter(|(l, m)| wanted.is_none_or(|w| w(l, m))) {
            calendar.push(milestone_event(shown, launch, milestone, true));
        }
        if has_any && !shown.cancelled {
            freezes.add(shown);
        }
    }
    freezes.write(&mut calendar);
    calendar.to_string()
}

/// Milestones of earlier revisions that the launch has no more, each as it was last.
fn gone<'a>(shown: &Shown<'a>) -> Vec<(&'a Launch, &'a Milestone)> {
    let mut gone: Vec<(&Launch, &Milestone)> = Vec::new();
    for launch in &shown.before {
        for milestone in &launch.milestones {
            let is_known =
                shown.launch.milestone(&milestone.id).is_some() || gone.iter().any(|(_, m)| m.id == milestone.id);
            if !is_known {
                gone.push((launch, milestone));
            }
        }
    }
    gone
}

fn launch_day(shown: &Shown<'_>) -> Event {
    let launch = shown.launch;
    let mut event =
        event(shown, &format!("{}.launch", launch.name), &format!("{} launches", launch.title), shown.cancelled);
    at(&mut event, launch.target, launch.timezone, NaiveTime::MIN);
    let mut lines: Vec<String> = launch.description.iter().cloned().collect();
    lines.extend(people(launch.owner.as_deref(), launch.backup.as_deref()));
    lines.push(format!("Launch: {} ({})", launch.name, launch.launch_type.as_str()));
    event.description(&text(&lines));
    event.categories([launch.name.as_str(), "launch"]);
    event.done()
}

fn milestone_event(shown: &Shown<'_>, launch: &Launch, milestone: &Milestone, cancelled: bool) -> Event {
    let uid = format!("{}.milestone.{}", launch.name, milestone.id);
    let mut event = event(shown, &uid, &format!("{}: {}", launch.title, milestone.title), cancelled);
    at(&mut event, milestone.due, launch.timezone, END_OF_DAY);
    let mut lines: Vec<String> = milestone.description.iter().cloned().collect();
    lines.extend(people(milestone.owner.as_deref(), milestone.backup.as_deref()));
    let needs: Vec<_> = milestone.needs.iter().map(ToString::to_string).collect();
    if !needs.is_empty() {
        lines.push(format!("Needs: {}", needs.join(", ")));
    }
    lines.push(format!("Milestone: {} of {}", milestone.id, launch.name));
    event.description(&text(&lines));
    event.categories([launch.name.as_str(), &milestone.phase.to_string()]);
    event.done()
}

/// The last second of a day is what a bare date means as a due date.
const END_OF_DAY: NaiveTime = match NaiveTime::from_hms_opt(23, 59, 59) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

fn event(shown: &Shown<'_>, uid: &str, summary: &str, cancelled: bool) -> Event {
    let mut event = Event::new();
    event.uid(&format!("{uid}@launchd")).summary(&clean(summary));
    event.status(if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    stamped(&mut event, shown.changed_at);
    // A due date takes nobody's time.
    event.add_property("TRANSP", "TRANSPARENT");
    event
}

fn stamped(event: &mut Event, changed_at: Timestamp) {
    let sequence = (changed_at.timestamp() - EPOCH).div_euclid(60).max(0);
    event.sequence(u32::try_from(sequence).unwrap_or(u32::MAX / 2)).timestamp(changed_at).last_modified(changed_at);
}

/// A whole day when the time is the one that a bare date stands for; else an instant, in UTC.
fn at(event: &mut Event, at: Timestamp, zone: Tz, bare: NaiveTime) {
    let local = at.with_timezone(&zone);
    if local.time() == bare {
        days(event, local.date_naive(), local.date_naive() + TimeDelta::days(1));
    } else {
        event.starts::<DateTime<Utc>>(at).ends::<DateTime<Utc>>(at + TimeDelta::minutes(30));
    }
}

fn days(event: &mut Event, first: NaiveDate, after: NaiveDate) {
    event.starts(first).ends(after);
}

fn people(owner: Option<&str>, backup: Option<&str>) -> Vec<String> {
    let line = |word: &str, name: Option<&str>| name.map(|name| format!("{word}: {name}"));
    line("Owner", owner).into_iter().chain(line("Backup", backup)).collect()
}

/// Lines of text without control characters.
fn text(lines: &[String]) -> String {
    let lines = lines.iter().flat_map(|l| l.lines()).map(clean);
    lines.collect::<Vec<_>>().join("\n")
}

/// The freezes of all launches, each once.
#[derive(Default)]
struct Freezes<'a>(BTreeMap<FreezeKey<'a>, (Tz, Timestamp)>);

/// What tells a freeze from others: its beginning, name, calendar and end.
type FreezeKey<'a> = (Timestamp, &'a str, Option<&'a Name>, Timestamp);

impl<'a> Freezes<'a> {
    fn add(&mut self, shown: &Shown<'a>) {
        for Freeze { calendar, name, from, until, .. } in &shown.launch.freezes {
            let entry = self
                .0
                .entry((*from, name, calendar.as_ref(), *until))
                .or_insert((shown.launch.timezone, shown.changed_at));
            entry.1 = entry.1.max(shown.changed_at);
        }
    }

    /// A freeze is known by its calendar, name and year, and by its number where a year has several of that name. Without
    /// the calendar its number would depend on which other launches are in the file.
    fn write(self, calendar: &mut Calendar) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for ((from, name, of, until), (zone, changed_at)) in self.0 {
            let (first, end) = (from.with_timezone(&zone), until.with_timezone(&zone));
            let words: String =
                name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
            let of = of.map(|name| format!("{name}.")).unwrap_or_default();
            let key = format!("freeze.{of}{words}.{}", first.format("%Y"));
            let count = counts.entry(key.clone()).or_default();
            *count += 1;
            let key = if *count > 1 { format!("{key}.{count}") } else { key };
            let mut event = Event::new();
            event.uid(&format!("{key}@launchd")).summary(&clean(&format!("Freeze: {name}")));
            event.status(EventStatus::Confirmed);
            stamped(&mut event, changed_at);
            if first.time() == NaiveTime::MIN && end.time() == NaiveTime::MIN {
                days(&mut event, first.date_naive(), end.date_naive());
            } else {
                event.starts::<DateTime<Utc>>(from).ends::<DateTime<Utc>>(until);
            }
            event.description("No activity with an outside effect starts.").categories(["freeze"]);
            event.add_property("TRANSP", "TRANSPARENT");
            calendar.push(event.done());
        }
    }
}
