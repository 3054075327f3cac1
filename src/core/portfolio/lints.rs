//! What is known to go wrong between launches: more people asked of a team than it has, and dates before what they need.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::capacity::{Over, over_allocated};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    manifest::{
        across::edge_span,
        document::Kind,
        node::Span,
        place::{Step, place},
        problem::{Problem, Texts},
        read::{Document, FileDocuments},
        resolve::{Loaded, texts},
    },
    model::{
        Timestamp,
        activity::Need,
        launch::Launch,
        milestone::Milestone,
        name::{Id, Name},
    },
    schedule::{
        between::{Link, contradictions},
        cause::end,
    },
};

/// Every lint over all launches that resolve, as warnings.
pub fn lint(files: &[FileDocuments<'_>], loaded: &Loaded) -> Vec<Diagnostic> {
    let launches: Vec<&Launch> = loaded.launches.iter().filter_map(|l| l.launch.as_deref()).collect();
    let over = over_allocated(launches.iter().copied(), &loaded.teams, &BTreeMap::new());
    let late = contradictions(launches.iter().copied());
    if over.is_empty() && late.is_empty() {
        return Vec::new();
    }
    let documents = files.iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Launch);
    let places = Places {
        texts: texts(files),
        documents: documents.filter_map(|d| Some((d.name.as_ref()?, d))).collect(),
        launches: launches.into_iter().map(|l| (&l.name, l)).collect(),
    };
    let late = late.iter().filter_map(|(link, then)| places.too_early(link, *then));
    over.iter().filter_map(|over| places.diagnostic(over)).chain(late).collect()
}

/// Launches whose target date has passed, as notes: most of them happened, and stay in the files as a record.
pub fn passed(files: &[FileDocuments<'_>], loaded: &Loaded, now: Timestamp) -> Vec<Diagnostic> {
    let texts = texts(files);
    let documents: HashMap<&Name, &Document<'_>> = files
        .iter()
        .flat_map(|f| &f.documents)
        .filter(|d| d.kind == Kind::Launch)
        .filter_map(|d| Some((d.name.as_ref()?, d)))
        .collect();
    let over = loaded.launches.iter().filter_map(|l| l.launch.as_deref()).filter(|l| l.target < now);
    let note = |launch: &Launch| {
        let document = documents.get(&launch.name)?;
        let span = place(&document.node, &[Step::Key("spec"), Step::Key("target_date")]);
        let target = launch.target.with_timezone(&launch.timezone).format("%Y-%m-%d %H:%M");
        let days = match (now - launch.target).num_days() {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            n => format!("{n} days ago"),
        };
        let detail = format!("`{}` was to launch on {target}, {days}.", launch.name);
        let problem = Problem {
            severity: Severity::Note,
            ..Problem::warning("lint/target-passed", span, "a target date in the past", detail)
        };
        Some(texts.diagnostic(problem.hint("If it did, all is well. If the date is a slip, correct it: what is public and late is not caught up without a person.")))
    };
    over.filter_map(note).collect()
}

struct Places<'a> {
    texts: Texts<'a>,
    documents: HashMap<&'a Name, &'a Document<'a>>,
    launches: HashMap<&'a Name, &'a Launch>,
}

impl Places<'_> {
    fn diagnostic(&self, over: &Over) -> Option<Diagnostic> {
        let way = over.gives_way.as_ref().map(|way| (&way.launch, &way.discipline));
        let (launch, discipline) = way.or_else(|| over.by.first().map(|(l, d, _)| (l, d)))?;
        let mut problem = Problem::warning(
            "lint/over-allocated",
            self.span(launch, discipline),
            "more people asked of a team than it has",
            detail(over),
        )
        .hint(self.hint(over));
        for (other, asked, _) in over.by.iter().filter(|(l, d, _)| (l, d) != (launch, discipline)) {
            problem = problem.related(self.span(other, asked), format!("`{other}` asks too"));
        }
        Some(self.texts.diagnostic(problem))
    }

    /// Something is due before what it needs of another launch.
    fn too_early(&self, link: &Link<'_>, then: Timestamp) -> Option<Diagnostic> {
        let (launch, other) = (link.launch, *self.launches.get(link.on)?);
        let (from, to) = ((launch.name.clone(), link.item.clone()), (link.on.clone(), link.needs.clone()));
        let span = edge_span(self.documents.get(&launch.name)?, &from, &to);
        let mut problem = Problem::warning(
            "lint/due-before-other-launch",
            span,
            "due before what it needs of another launch",
            format!(
                "`{}/{}` is due {}, and `{}/{}`, which it needs, {}: {}.",
                from.0,
                from.1,
                end(link.due, launch.timezone),
                to.0,
                to.1,
                end(then, other.timezone),
                because(other, link.needs, link.due)
            ),
        )
        .hint(format!("Make `{}` due later, move `{}` or `{}`, or remove the dependency.", from.1, from.0, to.0));
        if let Some(document) = self.documents.get(link.on) {
            let path = [Step::Key("spec"), Step::Key("milestones"), Step::Key(link.needs.as_str())];
            let written = document.spec().and_then(|s| s.get("milestones")?.get(link.needs.as_str())).is_some();
            let span = if written { place(&document.node, &path) } else { document.span };
            problem = problem.related(span, format!("`{}/{}`", to.0, to.1));
        }
        Some(self.texts.diagnostic(problem))
    }

    /// The demand as the launch writes it; its name, where the profile does.
    fn span(&self, launch: &Name, discipline: &Id) -> Span {
        let Some(document) = self.documents.get(launch) else { return Span::default() };
        let own = document.spec().and_then(|spec| spec.get("resources")?.get(discipline.as_str()));
        match own {
            Some(_) => {
                let path = [Step::Key("spec"), Step::Key("resources"), Step::Key(discipline.as_str())];
                place(&document.node, &path)
            }
            None => document.span,
        }
    }

    fn hint(&self, over: &Over) -> String {
        let Some(way) = &over.gives_way else { return alone(over, self.demand(over)) };
        let launch = &way.launch;
        let why = match way.slack {
            Some(seconds) => format!("has the most slack, {} days", seconds.div_euclid(24 * 3600)),
            None => "is the last of them".to_owned(),
        };
        let weeks = |to: chrono::NaiveDate| match (to - way.start).num_weeks().abs() {
            1 => "a week".to_owned(),
            n => format!("{n} weeks"),
        };
        match (way.later, way.earlier) {
            (Some(later), _) => format!(
                "`{launch}` {why}: there is room for it from {later}, {} later. Move it, or its `start` under `resources`.",
                weeks(later)
            ),
            (None, Some(earlier)) => format!(
                "`{launch}` {why}: there is room for it from {earlier}, {} earlier. Set its `start` under `resources`.",
                weeks(earlier)
            ),
            (None, None) => {
                format!("`{launch}` {why}, and there is no room for it within half a year. Ask for fewer people.")
            }
        }
    }

    fn demand(&self, over: &Over) -> Option<Decimal> {
        let (launch, discipline, _) = over.by.first()?;
        let demand = self.launches.get(launch)?.demands.iter().find(|d| d.discipline == *discipline)?;
        Some(demand.people * demand.weeks)
    }
}

/// Links of a chain that are told.
const MOST_LINKS: usize = 6;

/// Why a milestone is due after an instant: each time the last need that is, down to one that has none.
fn because(launch: &Launch, needed: &Id, after: Timestamp) -> String {
    let dues: HashMap<&Id, &Milestone> = launch.milestones.iter().map(|m| (&m.id, m)).collect();
    let (mut at, mut parts) = (dues.get(needed).copied(), Vec::new());
    while let Some(milestone) = at.filter(|_| parts.len() < MOST_LINKS) {
        let later = milestone.needs.iter().filter_map(|need| match need {
            Need::Milestone(id) => dues.get(id).copied().filter(|m| m.due > after),
            _ => None,
        });
        at = later.max_by_key(|m| m.due);
        parts.push(match at {
            Some(next) => {
                format!("`{}` needs `{}`, due {}", milestone.id, next.id, end(next.due, launch.timezone))
            }
            None if milestone.fixed => format!("the date of `{}` is written out", milestone.id),
            None => format!(
                "`{}` counts from the target date of `{}`, {}",
                milestone.id,
                launch.name,
                end(launch.target, launch.timezone)
            ),
        });
    }
    parts.join("; ")
}

/// `Platform team has 5 people, and 7 are asked of it from 2027-03-08 to 2027-03-21: atlas-2 5, relay-update 2.`
fn detail(over: &Over) -> String {
    let (monday, sunday) = (over.first.monday(), over.last.sunday());
    let when = if over.first == over.last {
        format!("in the week of {monday}")
    } else {
        format!("at worst, between {monday} and {sunday}")
    };
    let asked: Vec<_> =
        over.by.iter().filter(|(.., n)| !n.is_zero()).map(|(l, _, n)| format!("`{l}` {}", figure(*n))).collect();
    let people = if over.capacity == Decimal::ONE { "person" } else { "people" };
    format!(
        "{} has {} {people}, and {} are asked of it {when}: {}.",
        over.title,
        over.capacity,
        figure(over.asked),
        asked.join(", ")
    )
}

/// With one digit, where it is not whole.
fn figure(people: Decimal) -> Decimal {
    people.round_dp(1).normalize()
}

/// One launch asks for more than there is: fewer people need longer.
fn alone(over: &Over, person_weeks: Option<Decimal>) -> String {
    let longer = person_weeks.filter(|_| over.capacity > Decimal::ZERO).map(|p| (p / over.capacity).ceil());
    match longer {
        Some(weeks) => {
            format!("Ask for {} people for {weeks} weeks, or write the team's new `capacity`.", over.capacity)
        }
        None => "Name another `team`, or write the team's `capacity`.".to_owned(),
    }
}
