//! A merged spec becomes a desired launch: dates become instants, sugar becomes activities, names become references.
//!
//! In: a typed spec, the merged tree it was read from (for places), the library. Out: a launch and every problem.
//! Deliberately absent: merging, reading files, and stopping at the first problem.

mod activities;
mod checks;
mod dates;
mod goals;
mod inputs;
mod milestones;

use std::{borrow::Cow, collections::BTreeMap};

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

pub(super) use activities::Origin;
pub(super) use dates::Edge;

use super::{
    document::{Duration, LaunchSpec, Parameter, ParameterKind},
    graph,
    library::{CalendarEntry, Library, did_you_mean, unknown_zone},
    lint,
    node::{Node, Span},
    place::{Step, place},
    problem::Problem,
};
use crate::core::{
    model::{
        launch::{Freeze, Launch, Policy},
        name::{Id, Name},
        source::Location,
    },
    schedule::{Anchor, WorkCalendar, parse_duration},
    template::{self, Context, TemplateError, TemplateErrorKind},
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
}

/// The work of lowering one launch.
pub(super) struct Lowering<'a> {
    input: &'a Input<'a>,
    zone: Tz,
    target: Anchor,
    calendar: Option<&'a CalendarEntry>,
    work: Cow<'a, WorkCalendar>,
    context: Context,
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
        if found.is_none() {
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
    let parameters = parameters(input, problems);
    let context = Context::new().with("parameters", &parameters);
    let target = dates::target(input, zone, &context, problems)?;
    let work = calendar.map_or_else(|| Cow::Owned(WorkCalendar::default()), |c| Cow::Borrowed(&c.work));
    Some(Lowering { input, zone, target, calendar, work, context, problems: Vec::new() })
}

impl<'a> Lowering<'a> {
    fn run(&mut self) -> Launch {
        let spec = self.input.spec;
        let name = self.input.name;
        let launch_type = spec.launch_type.unwrap_or(crate::core::model::launch::LaunchType::FeatureUpdate);
        let target = dates::start_of(self.target, self.zone);
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
        let checks = self.checks_and_approvals(&drafts, &raw, &metrics);
        let activities = self.activities(&drafts, &raw);
        let needs = self.milestone_needs(&drafts, &raw);
        let goals = self.goals();
        let moved = self.moved(&raw);
        let freezes = self.freezes();
        let areas = self.areas(&drafts);
        let milestones = milestones::finish(drafts, needs, checks);
        let mut launch = Launch {
            name: name.clone(),
            labels: self.input.labels.clone(),
            title: title.into_owned(),
            description,
            launch_type,
            target,
            timezone: self.zone,
            owner,
            backup,
            milestones: Vec::new(),
            activities: Vec::new(),
            goals,
            metrics,
            freezes,
            moved,
            areas,
            policy: self.input.policy.clone(),
            source: self.input.source.clone(),
        };
        graph::assemble(&mut launch, milestones, activities, self.input.tree, &mut self.problems);
        lint::lint(&launch, self.input, &mut self.problems);
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

    fn freezes(&mut self) -> Vec<Freeze> {
        let Some(calendar) = self.calendar else { return Vec::new() };
        let zone = calendar.zone.unwrap_or(self.zone);
        let mut freezes = Vec::new();
        for (freeze, span) in calendar.freezes.iter().zip(&calendar.spans) {
            if freeze.except.iter().flatten().any(|e| e == self.input.name.as_str()) {
                continue;
            }
            let from = dates::absolute(freeze.from.as_str(), zone, Edge::Start);
            let until = dates::absolute(freeze.until.as_str(), zone, Edge::Due);
            match (from, until) {
                (Some(from), Some(until)) if from < until => {
                    freezes.push(Freeze { name: freeze.name.clone(), from, until });
                }
                _ => self.problem(
                    Problem::error(
                        "calendar/invalid-freeze",
                        *span,
                        "a freeze without a length",
                        format!(
                            "`{}` must run from one date to a later one; `{}` to `{}` does not.",
                            freeze.name, freeze.from, freeze.until
                        ),
                    )
                    .hint("Use absolute dates, for example `from: 2027-11-22` and `until: 2027-11-30`."),
                ),
            }
        }
        freezes
    }
}

/// A problem of a template, pointing into the text where the text stands in one piece in the file.
pub(super) fn template_problem(error: &TemplateError, text: &str, span: Span, context: &Context) -> Problem {
    let (code, summary) = match error.kind {
        TemplateErrorKind::Syntax => ("template/syntax", "a template that cannot be read"),
        TemplateErrorKind::Unknown => ("template/unknown-name", "unknown name in a template"),
        TemplateErrorKind::TooMuch => ("template/too-much", "a template that does too much"),
        TemplateErrorKind::Evaluation => ("template/failed", "a template that fails"),
    };
    let mut problem = Problem::error(code, inside(span, text, error.at.clone()), summary, sentence(&error.message));
    if error.kind == TemplateErrorKind::Unknown {
        let piece = error.at.clone().and_then(|r| text.get(r)).unwrap_or_default();
        let root = piece.split(['.', '[', ' ', '|']).next().unwrap_or_default();
        problem = problem.hint(if context.names().any(|n| n == root) {
            let members = template::render(&format!("{{{{ {root} | list | join(', ') }}}}"), context);
            match members {
                Ok(Value::String(list)) if !list.is_empty() => {
                    let step = piece.split('.').nth(1).unwrap_or_default();
                    let near = super::library::nearest(step, list.split(", "));
                    near.map_or_else(
                        || format!("`{root}` has: {list}."),
                        |near| format!("Did you mean `{root}.{near}`?"),
                    )
                }
                _ => format!("`{root}` has no such member."),
            }
        } else {
            did_you_mean(root, context.names().collect::<Vec<_>>().into_iter().chain(["activities"]))
        });
    }
    problem
}

/// The part of a scalar's span that a range of its text covers, if the scalar is written plainly on one line.
pub(super) fn inside(span: Span, text: &str, range: Option<std::ops::Range<usize>>) -> Span {
    let Some(range) = range else { return span };
    let quotes = match (span.end - span.start) as usize {
        n if n == text.len() => 0,
        n if n == text.len() + 2 => 1,
        _ => return span,
    };
    if text.contains(['\n', '\\', '\'', '"']) && quotes == 1 {
        return span;
    }
    let start = u32::try_from(range.start + quotes).unwrap_or(0);
    let length = u32::try_from(range.len().max(1)).unwrap_or(1);
    Span { start: span.start + start, end: (span.start + start + length).min(span.end), ..span }
}

/// A fragment as a sentence.
pub(super) fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// Parameter values: the launch's, else the defaults; each of its declared kind.
fn parameters(input: &Input<'_>, problems: &mut Vec<Problem>) -> Map<String, Value> {
    let given = input.spec.parameters.as_ref();
    let mut values = Map::new();
    for (id, parameter) in &input.parameters {
        let value = given.and_then(|g| g.get(id.as_str())).or(parameter.default.as_ref());
        let Some(value) = value else {
            problems.push(
                Problem::error(
                    "profile/missing-parameter",
                    place(input.own, &[Step::Key("spec"), Step::Key("parameters")]),
                    "missing parameter",
                    format!(
                        "The profile asks for `{id}`{}.",
                        parameter.description.as_ref().map(|d| format!(" ({d})")).unwrap_or_default()
                    ),
                )
                .hint(format!("Add `{id}` under `spec.parameters`.")),
            );
            values.insert(id.to_string(), Value::Null);
            continue;
        };
        if !fits(value, parameter.kind) {
            problems.push(Problem::error(
                "profile/parameter-type",
                place(input.tree, &[Step::Key("parameters"), Step::Key(id.as_str())]),
                "a parameter of the wrong type",
                format!("`{id}` must be {}, and `{value}` is not.", kind_words(parameter.kind)),
            ));
        }
        values.insert(id.to_string(), value.clone());
    }
    for name in given.iter().flat_map(|g| g.keys()) {
        if !values.contains_key(name) {
            let known = input.parameters.iter().map(|(id, _)| id.as_str());
            problems.push(
                Problem::error(
                    "reference/unknown-parameter",
                    place(input.tree, &[Step::Key("parameters"), Step::Key(name)]),
                    "unknown parameter",
                    format!("No profile of this launch has a parameter `{name}`."),
                )
                .hint(did_you_mean(name, known)),
            );
        }
    }
    values
}

fn fits(value: &Value, kind: ParameterKind) -> bool {
    match kind {
        ParameterKind::String => value.is_string(),
        ParameterKind::Number => value.is_number(),
        ParameterKind::Boolean => value.is_boolean(),
        ParameterKind::Date => value.as_str().is_some_and(|t| t.parse::<crate::core::schedule::WrittenDate>().is_ok()),
        ParameterKind::Duration => value.as_str().is_some_and(|t| parse_duration(t).is_ok()),
        ParameterKind::List => value.is_array(),
    }
}

fn kind_words(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::String => "a text",
        ParameterKind::Number => "a number",
        ParameterKind::Boolean => "true or false",
        ParameterKind::Date => "a date such as `T-2w` or `2027-03-18`",
        ParameterKind::Duration => "a duration such as `7d`",
        ParameterKind::List => "a list",
    }
}

/// `launch_day` as people read it: "Launch Day".
pub(super) fn humanize(id: &str) -> String {
    let words = id.split(['_', '-', ' ']).filter(|w| !w.is_empty());
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
