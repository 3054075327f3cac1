//! Serious risks that nobody watches, or that nothing is done about; triggers that cannot happen.

use crate::core::{
    manifest::{
        lower::Input,
        place::{Step, place},
        problem::Problem,
    },
    model::{
        launch::{Launch, Metric},
        risk::{Level, Risk, Trigger},
    },
    template,
};

/// Triggers that wait for a figure that nothing measures.
fn unmeasured(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let is_measured = |id: &str, metric: &Metric| {
        let by_goal = launch.goals.iter().any(|g| g.metric.as_ref().is_some_and(|m| m.as_str() == id));
        by_goal || launch.milestones.iter().flat_map(|m| &m.checks).any(|c| metric.is_asked_by(&c.question))
    };
    for (at, written) in input.spec.risks.iter().flatten().enumerate() {
        let Some(risk) = launch.risks.iter().find(|r| r.name == written.name) else { continue };
        let Some(Trigger::Expression(trigger)) = &risk.trigger else { continue };
        for name in template::expression_names(trigger).into_iter().flatten() {
            let Some(asked) = name.strip_prefix("metrics.").and_then(|rest| rest.split('.').next()) else { continue };
            let Some((id, metric)) = launch.metrics.iter().find(|(id, _)| id.as_str() == asked) else { continue };
            if is_measured(id.as_str(), metric) {
                continue;
            }
            let span = place(input.tree, &[Step::Key("risks"), Step::Index(at), Step::Key("trigger")]);
            // Another part of the trigger may still be true.
            let never = match trigger.split_whitespace().any(|word| word == "or") {
                true => format!("that part of the trigger of `{}` never is", risk.name),
                false => format!("`{}` never happens", risk.name),
            };
            let detail = format!("No goal and no check asks for `{id}`, so {never}.");
            let problem = Problem::warning("lint/unmeasured-metric", span, "a figure that nothing measures", detail);
            problems.push(problem.hint(format!("Add a goal or a check with `metric: {id}`.")));
        }
    }
}

/// Serious risks that nobody watches, or that nothing is done about.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    unmeasured(launch, input, problems);
    let serious = |risk: &Risk| {
        risk.likelihood.min(risk.impact) >= Level::Medium && risk.likelihood.max(risk.impact) == Level::High
    };
    for risk in launch.risks.iter().filter(|r| serious(r)) {
        let written = input.spec.risks.iter().flatten().position(|r| r.name == risk.name).unwrap_or(0);
        let span = place(input.tree, &[Step::Key("risks"), Step::Index(written)]);
        let levels = format!("likelihood {}, impact {}", risk.likelihood, risk.impact);
        if risk.owner.is_none() {
            problems.push(
                Problem::warning(
                    "lint/risk-without-owner",
                    span,
                    "a serious risk that nobody watches",
                    format!("`{}` ({levels}) has no owner.", risk.name),
                )
                .hint("Add `owner` to it."),
            );
        }
        if risk.mitigation.is_none() {
            problems.push(
                Problem::warning(
                    "lint/risk-without-mitigation",
                    span,
                    "a serious risk that nothing is done about",
                    format!("`{}` ({levels}) has no mitigation.", risk.name),
                )
                .hint("Add `mitigation`: what makes it less likely, or hurt less; or that it is accepted."),
            );
        }
    }
}
