//! Everything that a launch may refer to: profiles, calendars, teams, connectors, and the other launches.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use super::{
    document::{self, Freeze, Kind, Parameter, Table, Weekday},
    ical::Imports,
    loading::Told,
    lower::{self, Edge},
    node::{Node, Span},
    place::{Step, place},
    problem::Problem,
    profiles::Base,
    read::typed,
};
use crate::core::{
    model::{
        activity::Uses,
        connector::{Connector, Resource},
        name::{Id, Name},
        team::{Team, Teams},
    },
    schedule::WorkCalendar,
};
use chrono::NaiveDate;
use chrono_tz::Tz;

/// A profile before it is merged.
#[derive(Debug)]
pub struct ProfileEntry<'a> {
    pub extends: Option<Name>,
    pub extends_span: Span,
    pub parameters: Table<Parameter>,
    pub root: &'a Node<'a>,
}

impl<'a> ProfileEntry<'a> {
    /// Reads a profile's own part; its spec stays a tree until it is merged.
    ///
    /// # Errors
    /// Its parameters do not fit.
    pub fn read(root: &'a Node<'a>) -> Result<Self, Box<Problem>> {
        let parameters = match root.get("parameters").filter(|p| !p.is_null()) {
            None => Table::default(),
            Some(node) => typed(node)?,
        };
        lower::defaults(root, &parameters)?;
        Ok(Self {
            extends: root.get("extends").and_then(Node::as_str).and_then(|n| n.parse().ok()),
            extends_span: place(root, &[Step::Key("extends")]),
            parameters,
            root,
        })
    }
}

/// A calendar, read.
#[derive(Debug)]
pub struct CalendarEntry {
    pub zone: Option<Tz>,
    pub work: Arc<WorkCalendar>,
    pub freezes: Vec<Freeze>,
    /// Where each freeze stands, for problems of its dates.
    pub spans: Vec<Span>,
}

impl CalendarEntry {
    /// Reads a calendar, as far as it can be understood, with what cannot. `tree` is where `spec` was read from.
    pub(super) fn read(
        tree: &Node<'_>,
        spec: document::CalendarSpec,
        imports: &mut Imports<'_>,
    ) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let at = |path: &[Step<'_>]| place(tree, path);
        let zone = spec.timezone.as_deref().and_then(|text| {
            let span = at(&[Step::Key("timezone")]);
            text.parse().map_err(|_| problems.push(unknown_zone(text, span))).ok()
        });
        let mut holidays = match &spec.import {
            None => BTreeMap::new(),
            Some(file) => {
                let days = imports.holidays(file, at(&[Step::Key("import")]), &mut problems);
                days.map_err(|problem| problems.push(*problem)).unwrap_or_default()
            }
        };
        for (i, holiday) in spec.holidays.iter().flatten().enumerate() {
            match holiday.date.as_str().parse::<NaiveDate>() {
                Ok(day) => {
                    holidays.insert(day, holiday.name.clone().unwrap_or_else(|| "holiday".to_owned()));
                }
                Err(_) => problems.push(
                    Problem::error(
                        "date/invalid",
                        at(&[Step::Key("holidays"), Step::Index(i), Step::Key("date")]),
                        "not a date",
                        format!("`{}` is no day of the calendar.", holiday.date),
                    )
                    .hint("Write it as YEAR-MONTH-DAY, for example 2027-12-25."),
                ),
            }
        }
        let days = spec.working_days.as_deref().unwrap_or(&WORK_WEEK);
        let work = WorkCalendar::new(days.iter().map(|d| weekday(*d)), holidays).unwrap_or_else(|_| {
            problems.push(
                Problem::error(
                    "calendar/no-working-day",
                    at(&[Step::Key("working_days")]),
                    "a calendar without a working day",
                    "No day of the week is worked, so no business day can be counted.",
                )
                .hint("List at least one day, or leave `working_days` out for Monday to Friday."),
            );
            WorkCalendar::default()
        });
        let freezes = spec.freezes.unwrap_or_default();
        let spans: Vec<_> = (0..freezes.len()).map(|i| at(&[Step::Key("freezes"), Step::Index(i)])).collect();
        for (i, (freeze, span)) in freezes.iter().zip(&spans).enumerate() {
            if freezes[..i].iter().any(|f| f.name == freeze.name) {
                problems.push(freeze_twice(freeze, *span));
            }
            let zone = zone.unwrap_or(Tz::UTC);
            let from = lower::absolute(freeze.from.as_str(), zone, Edge::Start);
            let until = lower::absolute(freeze.until.as_str(), zone, Edge::Due);
            if from.zip(until).is_none_or(|(from, until)| from >= until) {
                problems.push(freeze_without_length(freeze, *span));
            }
        }
        (Self { zone, work: Arc::new(work), freezes, spans }, problems)
    }
}

fn freeze_twice(freeze: &Freeze, span: Span) -> Problem {
    let detail = format!(
        "Another freeze of this calendar is called `{}` too, and which one is waited for cannot be told.",
        freeze.name
    );
    Problem::warning("calendar/freeze-twice", span, "two freezes with one name", detail).hint("Rename one of them.")
}

fn freeze_without_length(freeze: &Freeze, span: Span) -> Problem {
    Problem::error(
        "calendar/invalid-freeze",
        span,
        "a freeze without a length",
        format!(
            "`{}` must run from one date to a later one; `{}` to `{}` does not.",
            freeze.name, freeze.from, freeze.until
        ),
    )
    .hint("Use absolute dates, for example `from: 2027-11-22` and `until: 2027-11-30`.")
}

/// A launch as others see it.
#[derive(Debug)]
pub struct LaunchEntry<'a> {
    /// Its spec, where another launch needs one of its milestones.
    pub own: Option<&'a Node<'a>>,
    pub name_span: Span,
}

/// A connector with its schemas, compiled when they are first needed.
#[derive(Debug)]
pub struct ConnectorEntry {
    pub connector: Arc<Connector>,
    schemas: BTreeMap<Id, OnceLock<Result<jsonschema::Validator, String>>>,
}

impl ConnectorEntry {
    pub fn new(connector: Connector) -> Self {
        let schemas = connector.resources.keys().map(|id| (id.clone(), OnceLock::new())).collect();
        Self { connector: Arc::new(connector), schemas }
    }

    /// The compiled schema of a resource's `with`; `None` when there is no such resource.
    pub fn schema(&self, resource: &Id) -> Option<Result<&jsonschema::Validator, &str>> {
        let cell = self.schemas.get(resource)?;
        let schema = &self.connector.resources.get(resource)?.with;
        let compiled = cell.get_or_init(|| jsonschema::validator_for(schema).map_err(|e| e.to_string()));
        Some(compiled.as_ref().map_err(String::as_str))
    }
}

/// Everything that a launch may refer to. Built once for all files, then only read, from any thread.
#[derive(Debug, Default)]
pub struct Library<'a> {
    pub profiles: BTreeMap<Name, ProfileEntry<'a>>,
    pub calendars: BTreeMap<Name, CalendarEntry>,
    pub teams: Teams,
    pub connectors: BTreeMap<Name, Arc<ConnectorEntry>>,
    pub launches: BTreeMap<Name, LaunchEntry<'a>>,
    /// Names of teams, their members and roles: who may be an owner or give an approval.
    pub people: BTreeSet<String>,
    /// Profiles merged with what they extend, by name.
    pub bases: BTreeMap<String, Base<'a>>,
    /// Documents with errors of their own: what refers to them is held, and not told that they do not exist.
    pub broken: BTreeSet<(Kind, Name)>,
    /// What is to be said of the launches that are resolved with it.
    pub told: Told,
}

impl<'a> Library<'a> {
    /// The connector and resource that `uses` names.
    ///
    /// # Errors
    /// Which of the two is unknown, and what there is instead.
    pub fn resource(&self, uses: &Uses) -> Result<(&ConnectorEntry, &Resource), Unknown<'_>> {
        let entry = self.connectors.get(&uses.connector).ok_or_else(|| Unknown {
            what: "connector",
            name: uses.connector.to_string(),
            known: self.connectors.keys().map(Name::as_str).collect(),
        })?;
        let resource = entry.connector.resources.get(&uses.resource).ok_or_else(|| Unknown {
            what: "resource",
            name: uses.resource.to_string(),
            known: entry.connector.resources.keys().map(Id::as_str).collect(),
        })?;
        Ok((entry, resource))
    }

    /// Adds a team with the names that mean it, its members or roles.
    pub fn add_team(&mut self, team: Team) {
        self.people.insert(team.name.to_string());
        self.people.insert(team.title.clone());
        for member in &team.members {
            self.people.insert(member.name.clone());
            self.people.extend(member.email.clone());
        }
        for (role, people) in &team.roles {
            self.people.insert(role.clone());
            self.people.extend(people.iter().cloned());
        }
        self.teams.entry(team.name.clone()).or_insert_with(|| Arc::new(team));
    }
}

const WORK_WEEK: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

fn weekday(day: Weekday) -> chrono::Weekday {
    match day {
        Weekday::Mon => chrono::Weekday::Mon,
        Weekday::Tue => chrono::Weekday::Tue,
        Weekday::Wed => chrono::Weekday::Wed,
        Weekday::Thu => chrono::Weekday::Thu,
        Weekday::Fri => chrono::Weekday::Fri,
        Weekday::Sat => chrono::Weekday::Sat,
        Weekday::Sun => chrono::Weekday::Sun,
    }
}

/// A name that nothing answers to, with what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown<'l> {
    pub what: &'static str,
    pub name: String,
    pub known: Vec<&'l str>,
}

impl Unknown<'_> {
    /// "Did you mean …?", or what there is.
    pub fn hint(&self) -> String {
        did_you_mean(&self.name, self.known.iter().copied())
    }
}

/// A hint for a name that is not there: the nearest one, else a few of those there are.
pub fn did_you_mean<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("Did you mean `{near}`?");
    }
    let mut some: Vec<_> = known.collect();
    some.sort_unstable();
    let rest = some.len().saturating_sub(12);
    some.truncate(12);
    match (some.is_empty(), rest) {
        (true, _) => "There is none yet.".to_owned(),
        (false, 0) => format!("There are: {}.", some.join(", ")),
        (false, n) => format!("There are, among {n} more: {}.", some.join(", ")),
    }
}

/// The known name that `name` is most likely a slip of.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let close = |candidate: &str| {
        let distance = strsim::damerau_levenshtein(name, candidate);
        let swapped = name.replace('-', "_") == candidate.replace('-', "_");
        if swapped { 0 } else { distance }
    };
    // A long text is no slip of a name, and the distance would cost its square.
    if name.len() > 80 {
        return None;
    }
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    known.map(|k| (close(k), k)).filter(|(d, _)| *d <= allowed).min().map(|(_, k)| k)
}

pub(super) fn unknown_zone(text: &str, span: Span) -> Problem {
    Problem::error(
        "date/unknown-timezone",
        span,
        "unknown time zone",
        format!("`{text}` is not a zone of the IANA time zone database."),
    )
    .hint(nearest_zone(text).map_or_else(
        || "Write a region and a city, for example `America/New_York` or `Europe/Berlin`.".to_owned(),
        |near| format!("Did you mean `{near}`?"),
    ))
}

/// The time zone that was most likely meant: `new york` is America/New_York.
pub fn nearest_zone(text: &str) -> Option<&'static str> {
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let known = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let is_city = |name: &&str| name.rsplit('/').next().is_some_and(|city| plain(city) == plain(text));
    let is_same = |name: &&str| plain(name) == plain(text);
    known().find(is_same).or_else(|| known().find(is_city)).or_else(|| nearest(text, known()))
}
