//! The people that a launch takes: `resources`, dated.

use chrono::TimeDelta;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{Edge, Lowering, dates::Dues};
use crate::core::{
    manifest::{
        document::{self, MOST_PEOPLE},
        library::did_you_mean,
        place::Step,
        problem::Problem,
    },
    model::{
        name::{Id, Name},
        resources::Demand,
        team::team_of,
    },
    schedule::Shift,
    template,
};

const SECONDS_A_DAY: i64 = 24 * 3600;
const DAYS_A_WEEK: i64 = 7;
/// Ten years; a longer demand is a slip.
const MOST_WEEKS: u32 = 520;

impl<'a> Lowering<'a> {
    /// Every demand that says how many people it is about, for how long.
    pub(super) fn demands(&mut self) -> Vec<Demand> {
        let written: Vec<_> = self.input.spec.resources.iter().flat_map(|t| t.iter()).collect();
        written.into_iter().filter_map(|(discipline, demand)| self.demand(discipline, demand)).collect()
    }

    fn demand(&mut self, discipline: &'a Id, written: &'a document::Demand) -> Option<Demand> {
        let path = [Step::Key("resources"), Step::Key(discipline.as_str())];
        let field = |name| [path[0], path[1], Step::Key(name)];
        let (Some(people), Some(weeks)) = (written.people, written.weeks) else {
            let missing = if written.people.is_none() { "people" } else { "weeks" };
            let problem = Problem::warning(
                "resources/incomplete",
                self.span(&path),
                "a demand without a figure",
                format!("`{discipline}` does not say `{missing}`, so it is not counted."),
            )
            .hint("Write both, for example `{ people: 2, weeks: 4 }`.");
            self.problem(problem);
            return None;
        };
        let people = self.figure(people.0, MOST_PEOPLE, &field("people"))?;
        let weeks = self.figure(weeks.0, MOST_WEEKS, &field("weeks"))?;
        let seconds = (weeks * Decimal::from(DAYS_A_WEEK * SECONDS_A_DAY)).round().to_i64()?;
        let (days, rest) = (seconds / SECONDS_A_DAY, seconds % SECONDS_A_DAY);
        let (start, end) = match &written.start {
            Some(text) => {
                let anchor = self.anchor(text.as_str(), &field("start"), &Dues::default())?;
                let start = self.instant(anchor, Edge::Start, &field("start"))?;
                let end = anchor.shifted(&[Shift::Days(days)], self.zone, &self.work).ok()?;
                (start, end.start(self.zone).ok()?.0 + TimeDelta::seconds(rest))
            }
            None => {
                let end = self.target.start(self.zone).ok()?.0;
                let start = self.target.shifted(&[Shift::Days(-days)], self.zone, &self.work).ok()?;
                (start.start(self.zone).ok()?.0 - TimeDelta::seconds(rest), end)
            }
        };
        let team = self.demanded_team(discipline, written);
        Some(Demand { discipline: discipline.clone(), people, weeks, team, start, end })
    }

    /// The team as written; else the owner of the area of that name; else the team named after the discipline.
    fn demanded_team(&mut self, discipline: &'a Id, written: &'a document::Demand) -> Option<String> {
        let spec = self.input.spec;
        if let Some(team) = &written.team {
            let path = [Step::Key("resources"), Step::Key(discipline.as_str()), Step::Key("team")];
            let context = self.context.clone();
            let team = self.text(team, &path, &context).into_owned();
            if team_of(&self.input.library.teams, &team).is_none() && !template::is_template(&team) {
                self.unknown_team(&team, &path);
            }
            return Some(team);
        }
        let area = match discipline.as_str() {
            "marketing" => spec.marketing.as_ref().and_then(|a| a.owner.clone()),
            "sales" => spec.sales.as_ref().and_then(|a| a.owner.clone()),
            "support" => spec.support.as_ref().and_then(|a| a.owner.clone()),
            _ => None,
        };
        Some(area.unwrap_or_else(|| format!("{discipline}-team")))
    }

    fn unknown_team(&mut self, team: &str, path: &[Step<'_>]) {
        let known = self.input.library.teams.keys().map(Name::as_str);
        let problem = Problem::warning(
            "reference/unknown-team",
            self.span(path),
            "unknown team or person",
            format!(
                "`{team}` is no team, member or role of any `kind: Team`, so nobody can say whether it has the people."
            ),
        )
        .hint(did_you_mean(team, known));
        self.problem(problem);
    }

    /// A figure from nought to `most`; `None`, and reported, when it is none.
    fn figure(&mut self, figure: Decimal, most: u32, path: &[Step<'_>; 3]) -> Option<Decimal> {
        let why = if figure < Decimal::ZERO {
            "it cannot be negative".to_owned()
        } else if figure > Decimal::from(most) {
            format!("more than {most} is a slip")
        } else {
            return Some(figure.normalize());
        };
        let Step::Key(field) = path[2] else { return None };
        let problem = Problem::error(
            "resources/invalid-figure",
            self.span(path),
            "an impossible figure",
            format!("`{field}` is {figure}, and {why}."),
        )
        .hint("Write how many people for how many weeks, for example `{ people: 2, weeks: 4 }`.");
        self.problem(problem);
        None
    }
}
