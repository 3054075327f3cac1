//! The risk log as written: levels, and triggers that are words or an expression.

use std::collections::BTreeMap;

use super::{Lowering, activities::RawList, milestones::Drafts, template_problem};
use crate::core::{
    manifest::{library::did_you_mean, place::Step, problem::Problem},
    model::{
        goal::Goal,
        launch::Metric,
        name::Id,
        risk::{Level, Risk, Trigger},
    },
    template,
};

/// The names that a trigger's expression may use.
const SUPPLIED: [&str; 5] = ["launch", "milestones", "activities", "metrics", "goals"];

/// What a launch has under each of them.
pub(super) struct Watched<'w, 'a> {
    pub metrics: &'w BTreeMap<Id, Metric>,
    pub drafts: &'w Drafts<'a>,
    pub raw: &'w RawList<'a>,
    pub goals: &'w [Goal],
}

impl<'a> Lowering<'a> {
    pub(super) fn risks(&mut self, watched: &Watched<'_, 'a>) -> Vec<Risk> {
        let mut risks: Vec<Risk> = Vec::new();
        let context = self.context.clone();
        for (i, doc) in self.input.spec.risks.iter().flatten().enumerate() {
            let path = [Step::Key("risks"), Step::Index(i)];
            let at = |field| [path[0], path[1], Step::Key(field)];
            if risks.iter().any(|r| r.name == doc.name) {
                let problem = Problem::error(
                    "name/duplicate-risk",
                    self.span(&path),
                    "two risks with one name",
                    format!("`{}` is used twice in this launch.", doc.name),
                );
                self.problem(problem);
                continue;
            }
            let text = |lowering: &mut Self, text: &Option<String>, field| {
                text.as_ref().map(|t| lowering.text(t, &at(field), &context).into_owned())
            };
            let owner = text(self, &doc.owner, "owner");
            self.person(owner.as_deref(), &at("owner"));
            let risk = Risk {
                name: doc.name.clone(),
                title: text(self, &doc.title, "title").unwrap_or_else(|| super::humanize(doc.name.as_str())),
                likelihood: doc.likelihood.unwrap_or(Level::Medium),
                impact: doc.impact.unwrap_or(Level::Medium),
                owner,
                mitigation: text(self, &doc.mitigation, "mitigation"),
                trigger: doc.trigger.as_ref().map(|t| self.trigger(t, &at("trigger"), watched)),
            };
            risks.push(risk);
        }
        risks
    }

    /// An expression is what compares something, or names something that launchd observes; everything else is words.
    fn trigger(&mut self, text: &str, path: &[Step<'_>], watched: &Watched<'_, 'a>) -> Trigger {
        let names = template::expression_names(text);
        let observed = |name: &String| SUPPLIED.contains(&name.split('.').next().unwrap_or_default());
        let compares = ["<", ">", "==", "!="].iter().any(|sign| text.contains(sign));
        let is_expression = names.as_ref().is_ok_and(|names| compares || names.iter().any(observed));
        if !is_expression {
            // `metrics.error_rate >` is a slip of an expression; a sentence with the word metrics is none.
            if let Err(error) = &names
                && compares
            {
                let problem = template_problem(error, text, self.span(path), &self.context.clone());
                self.problem(problem);
            }
            let context = self.context.clone();
            return Trigger::Words(self.text(text, path, &context).into_owned());
        }
        for name in names.iter().flatten() {
            self.watched(name, path, watched);
        }
        Trigger::Expression(text.to_owned())
    }

    /// Names that nothing will supply.
    fn watched(&mut self, name: &str, path: &[Step<'_>], watched: &Watched<'_, 'a>) {
        let mut steps = name.split('.');
        let (root, member) = (steps.next().unwrap_or_default(), steps.next());
        let known: Vec<&str> = match root {
            "metrics" => watched.metrics.keys().map(Id::as_str).collect(),
            "milestones" => watched.drafts.list.iter().map(|d| d.id.as_str()).collect(),
            "goals" => watched.goals.iter().map(|g| g.name.as_str()).collect(),
            "activities" => watched.raw.known().collect(),
            "launch" => return,
            _ => SUPPLIED.to_vec(),
        };
        let asked = if SUPPLIED.contains(&root) { member } else { Some(root) };
        let Some(asked) = asked.filter(|a| !known.contains(a)) else { return };
        let problem = Problem::error(
            "risk/trigger",
            self.span(path),
            "a trigger that nothing can set off",
            format!("`{name}` is nothing that this launch observes."),
        )
        .hint(did_you_mean(asked, known.into_iter()));
        self.problem(problem);
    }
}
