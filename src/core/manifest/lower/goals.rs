//! Goals: a sentence, or a metric with a target, from when and until when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use rust_decimal::prelude::ToPrimitive;

use super::{Edge, Lowering, dates::Dues, start_of};
use crate::core::{
    manifest::{
        document::{self, Scalar, TextOr},
        library::did_you_mean,
        place::Step,
        problem::Problem,
    },
    model::{
        Timestamp,
        goal::{Comparison, Direction, EVERY_SECONDS, Goal, Target},
        launch::Metric,
        name::Id,
    },
};

/// A goal without a date is judged so long after T.
const BY: TimeDelta = TimeDelta::days(30);
/// Nothing is sampled more often.
const OFTEN: u64 = 60;

impl<'a> Lowering<'a> {
    pub(super) fn goals(&mut self, metrics: &BTreeMap<Id, Metric>, dues: &Dues<'_>) -> Vec<Goal> {
        let mut goals: Vec<Goal> = Vec::new();
        let mut names = BTreeSet::new();
        let context = self.context.clone();
        let by = Some(start_of(self.target, self.zone) + BY);
        for (i, doc) in self.input.spec.goals.iter().flatten().enumerate() {
            let path = [Step::Key("goals"), Step::Index(i)];
            let goal = match doc {
                TextOr::Text(sentence) => {
                    let title = self.text(sentence, &path, &context).into_owned();
                    if title.trim().is_empty() {
                        let problem = Problem::error(
                            "goal/empty",
                            self.span(&path),
                            "a goal that says nothing",
                            "A goal is a sentence that a person can judge, or a metric with a target.",
                        )
                        .hint("Write what is to be reached, or take the line out.");
                        self.problem(problem);
                        continue;
                    }
                    if let Some(first) = goals.iter().find(|g| g.title.trim() == title.trim()) {
                        let problem = Problem::warning(
                            "goal/twice",
                            self.span(&path),
                            "a goal that is there twice",
                            format!("`{}` says the same already.", first.name),
                        )
                        .hint("Take one of them out: each is judged, and counted, by itself.");
                        self.problem(problem);
                    }
                    let name = slug(&title, &names);
                    Goal {
                        name,
                        title,
                        metric: None,
                        target: None,
                        direction: None,
                        baseline: None,
                        unit: None,
                        start: None,
                        by,
                        every_seconds: EVERY_SECONDS,
                        owner: None,
                    }
                }
                TextOr::Full(full) => self.goal(full, &path, metrics, dues, by),
            };
            if !names.insert(goal.name.clone()) {
                let problem = Problem::error(
                    "name/duplicate-goal",
                    self.span(&path),
                    "two goals with one name",
                    format!("`{}` is used twice in this launch.", goal.name),
                );
                self.problem(problem);
                continue;
            }
            goals.push(goal);
        }
        goals
    }

    fn goal(
        &mut self,
        full: &'a document::Goal,
        path: &[Step<'_>; 2],
        metrics: &BTreeMap<Id, Metric>,
        dues: &Dues<'_>,
        by: Option<Timestamp>,
    ) -> Goal {
        let at = |field| [path[0], path[1], Step::Key(field)];
        let context = self.context.clone();
        let target = full.target.as_ref().and_then(|target| self.goal_target(target, &at("target")));
        let text = |lowering: &mut Self, text: &Option<String>, field| {
            text.as_ref().map(|t| lowering.text(t, &at(field), &context).into_owned())
        };
        let title = text(self, &full.title, "title");
        let words = super::humanize(full.name.as_str());
        let owner = text(self, &full.owner, "owner");
        self.person(owner.as_deref(), &at("owner"));
        let metric = full.metric.clone().filter(|metric| self.goal_metric(metric, &at("metric"), metrics));
        let unit = text(self, &full.unit, "unit")
            .or_else(|| target.as_ref()?.unit.as_deref().map(str::to_owned))
            .or_else(|| metrics.get(metric.as_ref()?.as_str())?.unit.clone());
        let made = || match (&target, &unit) {
            (Some(target), Some(unit)) => format!("{words}: {} {unit}", target.words()),
            (Some(target), None) => format!("{words}: {}", target.words()),
            (None, _) => words.clone(),
        };
        let title = title.unwrap_or_else(made);
        let by = match &full.by {
            Some(written) => self.date(written.as_str(), Edge::Due, &at("by"), dues),
            None => by,
        };
        let start = full.start.as_ref().and_then(|s| self.date(s.as_str(), Edge::Start, &at("start"), dues));
        // Sign-ups before the launch, judged on its day, are asked for on that day.
        let start = start.or(metric.is_some().then(|| start_of(self.target, self.zone)).min(by));
        let goal = Goal {
            name: full.name.clone(),
            title,
            direction: full.direction.or_else(|| target.as_ref()?.direction()),
            baseline: full.baseline.and_then(|b| b.0.to_f64()),
            every_seconds: self.seconds(full.every.as_ref(), &at("every")).unwrap_or(EVERY_SECONDS).max(OFTEN),
            metric,
            target,
            unit,
            start,
            by,
            owner,
        };
        self.goal_fits(&goal, full, path);
        goal
    }

    fn goal_target(&mut self, target: &Scalar, path: &[Step<'_>]) -> Option<Target> {
        let context = self.context.clone();
        let written = match target {
            Scalar::Text(text) => self.text(text, path, &context).into_owned(),
            Scalar::Number(number) => format!(">= {number}"),
            // A metric that yields true counts as 1.
            Scalar::Bool(value) => format!("== {}", u8::from(*value)),
        };
        match written.parse() {
            Ok(target) => {
                self.negative(&target, path);
                Some(target)
            }
            Err(error) => {
                let problem = Problem::error(
                    "goal/target",
                    self.span(path),
                    "not a target",
                    format!("`{written}`: {error}."),
                )
                .hint("Write a comparison or a range, for example `\">= 100\"`, `\"< 0.01\"` or `between 90 and 110`.");
                self.problem(problem);
                None
            }
        }
    }

    /// A minus that is most likely a slip: a figure below zero that is to be reached is reached by nothing at all.
    fn negative(&mut self, target: &Target, path: &[Step<'_>]) {
        let lowest = match target.comparison {
            Comparison::AtLeast(figure) | Comparison::Above(figure) | Comparison::Exactly(figure) => figure,
            Comparison::Between(low, _) => low,
            Comparison::AtMost(_) | Comparison::Below(_) => return,
        };
        if lowest < 0.0 {
            let detail = format!("`{target}` is reached already by nothing at all.");
            let problem = Problem::warning("goal/negative-target", self.span(path), "a target below zero", detail);
            self.problem(problem.hint("Take the minus out, or turn the lint off for a figure that can be below zero."));
        }
    }

    fn goal_metric(&mut self, metric: &Id, path: &[Step<'_>], metrics: &BTreeMap<Id, Metric>) -> bool {
        let known = metrics.contains_key(metric) || self.is_metric(metric);
        if !known {
            let near = did_you_mean(metric.as_str(), metrics.keys().map(Id::as_str));
            let problem = Problem::error(
                "reference/unknown-metric",
                self.span(path),
                "unknown metric",
                format!("This launch has no metric `{metric}` under `metrics`."),
            )
            .hint(format!("{near} Without `metric`, a person judges the goal.").trim());
            self.problem(problem);
        }
        known
    }

    /// Written, though it may be broken, which was said already.
    fn is_metric(&self, metric: &Id) -> bool {
        self.input.spec.metrics.as_ref().is_some_and(|m| m.get(metric.as_str()).is_some())
    }

    /// What makes a goal that nobody could judge.
    fn goal_fits(&mut self, goal: &Goal, full: &document::Goal, path: &[Step<'_>; 2]) {
        let name = &goal.name;
        let implied = goal.target.as_ref().and_then(Target::direction);
        let problem = if goal.metric.is_some() && full.target.is_none() && goal.direction.is_none() {
            Problem::error(
                "goal/no-target",
                self.span(path),
                "a goal without a target",
                format!("`{name}` gets figures, and nothing says which figure is good."),
            )
            .hint("Add for example `target: \">= 100\"`; or `direction: up`, to be better than the baseline.")
        } else if let (Some(written), Some(implied)) = (full.direction, implied)
            && written != implied
        {
            let (word, other) = if written == Direction::Up { ("up", "down") } else { ("down", "up") };
            let target = goal.target.as_ref().map(ToString::to_string).unwrap_or_default();
            Problem::error(
                "goal/direction",
                self.span(&[path[0], path[1], Step::Key("direction")]),
                "a direction against the target",
                format!("`{name}` says `direction: {word}`, and its target `{target}` asks for {other}."),
            )
            .hint("Leave `direction` out: the target implies it.")
        } else if let (Some(start), Some(by)) = (goal.start, goal.by)
            && start > by
        {
            let (start, by) = (self.show(start), self.show(by));
            Problem::error(
                "goal/dates",
                self.span(&[path[0], path[1], Step::Key("start")]),
                "a goal that is judged before it is measured",
                format!("`{name}` is measured from {start} on, and judged on {by}."),
            )
            .hint("Move `start` before `by`.")
        } else {
            return;
        };
        self.problem(problem);
    }
}

/// An id made from a sentence: its words, as many as fit.
fn slug(sentence: &str, taken: &BTreeSet<Id>) -> Id {
    let mut text = String::new();
    for word in sentence.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        if text.len() + word.len() > 48 {
            break;
        }
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(&word.to_ascii_lowercase());
    }
    if text.is_empty() {
        text.push_str("goal");
    }
    let numbered = (2..).map(|n| format!("{text}_{n}"));
    std::iter::once(text.clone())
        .chain(numbered)
        .filter_map(|t| t.parse::<Id>().ok())
        .find(|id| !taken.contains(id))
        .expect("there are more numbers than goals")
}
