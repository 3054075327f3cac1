//! A merged spec becomes a desired launch: dates become instants, sugar becomes activities, names become references.
//!
//! In: a typed spec, the merged tree it was read from (for places), the library. Out: a launch and every problem.
//! Deliberately absent: merging, reading files, and stopping at the first problem.

mod activities;
mod activity;
mod areas;
mod budget;
mod checks;
mod dates;
mod demands;
mod endings;
mod figures;
mod freezes;
mod goals;
mod inputs;
mod milestones;
mod needs;
mod parameters;
mod resources;
mod risks;
mod support;
mod windows;
mod words;

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono_tz::Tz;
use serde_json::{Value, json};

pub(super) use activities::Origin;
use dates::start_of;
pub(super) use dates::{Edge, absolute};
pub(super) use parameters::defaults;
pub(super) use words::{humanize, inside, sentence, template_problem};

use super::{
    document::{Duration, Kind, LaunchSpec, Parameter, WorkText},
    graph,
    library::{CalendarEntry, Library, did_you_mean, unknown_zone},
    lint,
    loading::Told,
    node::{Node, Span},
    place::{Step, place},
    problem::Problem,
};
use crate::core::{
    model::{
        launch::{Launch, Policy},
        name::{Id, Name},
        source::Location,
        work::Work,
    },
    schedule::{Anchor, WorkCalendar, parse_duration, parse_work},
    template::{self, Context},
};

/// What a launch is lowered from.
pub(super) struct Input<'a> {
    pub name: &'a Name,
    pub labels: BTreeMap<String, String>,
    pub spec: &'a LaunchSpec,
    /// The merged spec, with places.
    pub tree: &'a Node<'a>,
    /// The launch's own document, for what it must say itself.
    pub own: &'a Node<'a>,
    /// Parameters of the profile chain, the nearest profile's last.
    pub parameters: Vec<(&'a Id, &'a Parameter)>,
    pub library: &'a Library<'a>,
    pub policy: &'a Policy,
    pub source: Location,
    /// Whether the library was asked for another launch.
    pub reaches: Cell<bool>,
}

/// The work of lowering one launch.
pub(super) struct Lowering<'a> {
    input: &'a Input<'a>,
    zone: Tz,
    target: Anchor,
    calendar: Option<&'a CalendarEntry>,
    work: Arc<WorkCalendar>,
    context: Context,
    /// Milestones whose date could not be told; it is taken for T.
    unsure: BTreeSet<&'a str>,
    /// Activities that are written and not made here, each with why not.
    left_out: BTreeMap<String, &'static str>,
    problems: Vec<Problem>,
}

/// Lowers a spec; `None` when it is too broken to go on at all.
pub(super) fn lower(input: &Input<'_>) -> (Option<Launch>, Vec<Problem>) {
    let mut problems = Vec::new();
    let Some(frame) = frame(input, &mut problems) else { return (None, problems) };
    let mut lowering = Lowering { problems, ..frame };
    let launch = lowering.run();
    (Some(launch), lowering.problems)
}

/// The parts that everything else counts from: zone, T, calendar, parameters.
fn frame<'a>(input: &'a Input<'a>, problems: &mut Vec<Problem>) -> Option<Lowering<'a>> {
    let spec = input.spec;
    let at = |field| place(input.tree, &[Step::Key(field)]);
    let calendar = spec.calendar.as_ref().and_then(|name| {
        let found = input.library.calendars.get(name);
        if input.library.broken.contains(&(Kind::Calendar, name.clone())) {
            problems.push(
                Problem::error(
                    "calendar/broken",
                    at("calendar"),
                    "a calendar with errors",
                    format!("The calendar `{name}` has errors of its own, so the dates of this launch cannot be told."),
                )
                .hint("Mend the calendar first."),
            );
        } else if found.is_none() {
            let known = input.library.calendars.keys().map(Name::as_str);
            problems.push(
                Problem::error(
                    "reference/unknown-calendar",
                    at("calendar"),
                    "unknown calendar",
                    format!("There is no `kind: Calendar` named `{name}`."),
                )
                .hint(did_you_mean(name.as_str(), known)),
            );
        }
        found
    });
    let zone = match spec.timezone.as_deref() {
        None => calendar.and_then(|c| c.zone).unwrap_or(Tz::UTC),
        Some(text) => text.parse().unwrap_or_else(|_| {
            problems.push(unknown_zone(text, at("timezone")));
            Tz::UTC
        }),
    };
    let parameters = parameters::parameters(input, problems);
    let context = Context::new().with("parameters", &parameters);
    let target = dates::target(input, zone, &context, problems)?;
    let near = |c: &CalendarEntry| c.work.around(target.day()).map_or_else(|| Arc::clone(&c.work), Arc::new);
    let work = calendar.map(near).unwrap_or_default();
    let (unsure, left_out) = (BTreeSet::new(), BTreeMap::new());
    Some(Lowering { input, zone, target, calendar, work, context, unsure, left_out, problems: Vec::new() })
}

impl<'a> Lowering<'a> {
    fn run(&mut self) -> Launch {
        let spec = self.input.spec;
        let name = self.input.name;
        let launch_type = spec.launch_type.unwrap_or(crate::core::model::launch::LaunchType::FeatureUpdate);
        let target = start_of(self.target, self.zone);
        let base = self.context.clone();
        let title = match &spec.title {
            Some(text) => self.text(text, &[Step::Key("title")], &base.with("launch", &json!({ "name": name }))),
            None => Cow::Owned(name.to_string()),
        };
        let facts = json!({
            "name": name,
            "title": title,
            "description": spec.description,
            "launch_type": launch_type,
            "target": target,
            "target_date": self.target.day().to_string(),
            "timezone": self.zone.name(),
            "owner": spec.owner,
            "labels": self.input.labels,
        });
        self.context = base.with("launch", &facts);
        let context = self.context.clone();
        let text = |lowering: &mut Self, text: &'a Option<String>, field| {
            text.as_ref().map(|t| lowering.text(t, &[Step::Key(field)], &context).into_owned())
        };
        let description = text(self, &spec.description, "description");
        let owner = text(self, &spec.owner, "owner");
        let backup = text(self, &spec.backup, "backup");
        self.person(owner.as_deref(), &[Step::Key("owner")]);
        self.person(backup.as_deref(), &[Step::Key("backup")]);

        let metrics = self.metrics();
        let mut drafts = self.milestones();
        let raw = self.collect(&mut drafts);
        let answers = self.checks_and_approvals(&drafts, &raw, &metrics);
        let (checks, asked) = answers.into_iter().map(|(c, a, asked)| ((c, a), asked)).unzip();
        let activities = self.activities(&drafts, &raw);
        let needs = self.milestone_needs(&drafts, &raw, asked);
        let goals = self.goals(&metrics, &drafts.dues);
        let risks = self.risks(&risks::Watched { metrics: &metrics, drafts: &drafts, raw: &raw, goals: &goals });
        let moved = self.moved(&raw);
        let freezes = self.freezes(&raw);
        let demands = self.demands();
        let budget = self.budget();
        self.service_targets();
        self.area_figures();
        self.channels();
        let areas = self.areas(&goals);
        let milestones = milestones::finish(drafts, needs, checks);
        let mut launch = Launch {
            name: name.clone(),
            labels: self.input.labels.clone(),
            title: title.into_owned(),
            description,
            launch_type,
            target,
            timezone: self.zone,
            calendar: Arc::clone(&self.work),
            owner,
            backup,
            milestones: Vec::new(),
            activities: Vec::new(),
            goals,
            metrics,
            risks,
            freezes,
            moved,
            demands,
            budget,
            areas,
            policy: self.input.policy.clone(),
            source: self.input.source.clone(),
        };
        graph::assemble(&mut launch, milestones, activities, self.input.tree, &self.unsure, &mut self.problems);
        if self.input.library.told == Told::Everything {
            lint::lint(&launch, self.input, &mut self.problems);
        }
        launch
    }

    fn span(&self, path: &[Step<'_>]) -> Span {
        place(self.input.tree, path)
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A text with its templates rendered; as it is, and reported, where that fails.
    fn text<'t>(&mut self, text: &'t str, path: &[Step<'_>], context: &Context) -> Cow<'t, str> {
        if !template::is_template(text) {
            return Cow::Borrowed(text);
        }
        match template::render(text, context) {
            Ok(Value::String(rendered)) => Cow::Owned(rendered),
            Ok(other) => Cow::Owned(other.to_string()),
            Err(error) => {
                let problem = template_problem(&error, text, self.span(path), context);
                self.problem(problem);
                Cow::Borrowed(text)
            }
        }
    }

    fn seconds(&mut self, duration: Option<&Duration>, path: &[Step<'_>]) -> Option<u64> {
        let written = duration?.as_str();
        let context = self.context.clone();
        let text = self.text(written, path, &context);
        match parse_duration(&text) {
            Ok(seconds) => Some(seconds),
            Err(error) => {
                let span = self.span(path);
                self.problem(
                    Problem::error("date/invalid-duration", span, "not a duration", format!("`{text}`: {error}."))
                        .hint("Write numbers with units, for example `10m`, `1h30m`, `7d` or `2w`."),
                );
                None
            }
        }
    }

    /// A length of time in which something is to happen, so at least a second.
    fn some_seconds(&mut self, duration: Option<&Duration>, path: &[Step<'_>]) -> Option<u64> {
        let seconds = self.seconds(duration, path)?;
        if seconds == 0 {
            let field = match path.last() {
                Some(Step::Key(field)) => *field,
                _ => "it",
            };
            let problem = Problem::error(
                "date/no-time",
                self.span(path),
                "no time at all",
                format!("`{field}` is over in the moment it begins, so nothing could ever come in time."),
            )
            .hint("Write a length such as `30s`, or take the line out for the default.");
            self.problem(problem);
        }
        Some(seconds)
    }

    fn work(&mut self, written: Option<&WorkText>, path: &[Step<'_>]) -> Option<Work> {
        let context = self.context.clone();
        let text = self.text(written?.as_str(), path, &context);
        let read = parse_work(&text);
        if let Err(error) = &read {
            let span = self.span(path);
            self.problem(
                Problem::error("date/invalid-duration", span, "not a duration", format!("`{text}`: {error}."))
                    .hint("Write `5d`, `2w`, `36h`, or `5bd` for business days."),
            );
        }
        read.ok()
    }

    fn id(&mut self, text: &str, path: &[Step<'_>]) -> Option<Id> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                let span = self.span(path);
                self.problem(Problem::error("name/invalid", span, "not an id", format!("`{text}`: {error}.")));
                None
            }
        }
    }

    /// Warns when a name looks like a slip of a team, member or role.
    fn person(&mut self, name: Option<&str>, path: &[Step<'_>]) {
        let people = &self.input.library.people;
        let Some(name) = name.filter(|n| !people.is_empty() && !people.contains(*n)) else { return };
        if let Some(near) = super::library::nearest(name, people.iter().map(String::as_str)) {
            let problem = Problem::warning(
                "reference/unknown-team",
                self.span(path),
                "unknown team or person",
                format!("`{name}` is no team, member or role of any `kind: Team`."),
            )
            .hint(format!("Did you mean `{near}`?"));
            self.problem(problem);
        }
    }
}
