//! Serious risks that nobody watches, or that nothing is done about.

use crate::core::{
    manifest::{
        lower::Input,
        place::{Step, place},
        problem::Problem,
    },
    model::{
        launch::Launch,
        risk::{Level, Risk},
    },
};

/// Serious risks that nobody watches, or that nothing is done about.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
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
