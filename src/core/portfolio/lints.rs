//! What is known to go wrong between launches: more people asked of a team than it has.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::capacity::{Over, over_allocated};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    manifest::{
        document::Kind,
        node::Span,
        place::{Step, place},
        problem::{Problem, Texts},
        read::{Document, FileDocuments},
        resolve::{Loaded, texts},
    },
    model::{
        Timestamp,
        launch::Launch,
        name::{Id, Name},
    },
};

/// Every lint over all launches that resolve, as warnings.
pub fn lint(files: &[FileDocuments<'_>], loaded: &Loaded) -> Vec<Diagnostic> {
    let launches: Vec<&Launch> = loaded.launches.iter().filter_map(|l| l.launch.as_deref()).collect();
    let over = over_allocated(launches.iter().copied(), &loaded.teams, &BTreeMap::new());
    if over.is_empty() {
        return Vec::new();
    }
    let documents = files.iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Launch);
    let places = Places {
        texts: texts(files),
        documents: documents.filter_map(|d| Some((d.name.as_ref()?, d))).collect(),
        launches: launches.into_iter().map(|l| (&l.name, l)).collect(),
    };
    over.iter().filter_map(|over| places.diagnostic(over)).collect()
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
