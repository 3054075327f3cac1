//! What is allowed and known to go wrong: a plan without owners, dependencies, monitoring or a post-launch part.

mod schedule;

use super::{
    lower::Input,
    place::{Step, place},
    problem::Problem,
};
use crate::core::{
    diagnostic::Severity,
    model::{
        activity::EffectClass,
        area::Phase,
        launch::Launch,
        risk::{Level, Risk},
    },
};

/// Reports every lint as a warning. Severities are a matter of settings.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let whole = place(input.own, &[Step::Key("metadata"), Step::Key("name")]);
    let at = |path: &[Step<'_>]| place(input.tree, path);
    let mut warn = |code, span, summary: &str, detail: String, hint: &str| {
        problems.push(Problem::warning(code, span, summary, detail).hint(hint));
    };
    for milestone in launch.milestones.iter().filter(|m| m.owner.is_none()) {
        warn(
            "lint/no-owner",
            at(&[Step::Key("milestones"), Step::Key(milestone.id.as_str())]),
            "a milestone without an owner",
            format!("Nobody answers for `{}`.", milestone.id),
            "Add `owner` to it, or to the launch.",
        );
    }
    let count = launch.milestones.len();
    let linked = launch.milestones.iter().any(|m| !m.needs.is_empty());
    if count > 1 && !linked {
        warn(
            "lint/no-dependencies",
            whole,
            "a plan without dependencies",
            format!("None of its {count} milestones needs another, so a delay of one is not seen in the next."),
            "Add `needs` to the milestones that wait for others.",
        );
    }
    let watched =
        launch.areas.get("monitoring").and_then(|m| m.get("metrics")?.as_array()).is_some_and(|m| !m.is_empty());
    if !watched && launch.metrics.is_empty() {
        warn(
            "lint/no-monitoring",
            whole,
            "a plan without monitoring",
            "Nothing says what is watched, so nobody will know how the launch goes.".to_owned(),
            "Add `monitoring: { metrics: [errors, uptime] }`.",
        );
    }
    if !launch.milestones.iter().any(|m| m.phase == Phase::PostLaunch) {
        warn(
            "lint/no-post-launch",
            whole,
            "a plan that ends on launch day",
            "It has no milestone after the target date: no review, no follow-up.".to_owned(),
            "Add a milestone such as `post_launch_review: { due: T+2w }`.",
        );
    }
    for activity in &launch.activities {
        let signed_off = launch.milestone(&activity.milestone).is_some_and(|m| !m.approvals.is_empty());
        if activity.effect == EffectClass::Once && !signed_off {
            let demanded = launch.policy.once_needs_approval;
            problems.push(
                Problem {
                    severity: if demanded { Severity::Error } else { Severity::Warning },
                    ..Problem::warning(
                    "lint/once-without-approval",
                    at(&[
                        Step::Key("milestones"),
                        Step::Key(activity.milestone.as_str()),
                        Step::Key("activities"),
                        Step::Key(activity.id.as_str()),
                    ]),
                    "public without a sign-off",
                    if demanded {
                        format!(
                            "`{}` cannot be taken back, and the settings' `once_needs_approval` asks for a sign-off before it.",
                            activity.id
                        )
                    } else {
                        format!("`{}` cannot be taken back, and nobody has to agree before it happens.", activity.id)
                    },
                )
                }
                .hint(format!("Add an approval to `{}`.", activity.milestone)),
            );
        }
    }
    holidays(launch, input, problems);
    schedule::schedule(launch, input, problems);
    risks(launch, input, problems);
}

/// Serious risks that nobody watches, or that nothing is done about.
fn risks(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
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

/// Due dates on a holiday of the calendar, or inside a freeze.
fn holidays(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let Some(calendar) = input.spec.calendar.as_ref().and_then(|c| input.library.calendars.get(c)) else { return };
    for milestone in &launch.milestones {
        let due = milestone.due.with_timezone(&launch.timezone);
        let span = || place(input.tree, &[Step::Key("milestones"), Step::Key(milestone.id.as_str()), Step::Key("due")]);
        if let Some(holiday) = calendar.work.holiday(due.date_naive()) {
            problems.push(
                Problem::warning(
                    "lint/due-on-holiday",
                    span(),
                    "due on a holiday",
                    format!("`{}` is due on {}, which is {holiday}.", milestone.id, due.format("%A, %Y-%m-%d")),
                )
                .hint("Count in business days (`T-10bd`), or write another date."),
            );
        }
        if milestone.phase == Phase::Launch
            && let Some(freeze) = crate::core::schedule::covering(milestone.due, &launch.freezes)
        {
            problems.push(
                Problem::warning(
                    "lint/due-in-freeze",
                    span(),
                    "due in a freeze",
                    format!(
                        "`{}` is due while `{}` is on, until {}.",
                        milestone.id,
                        freeze.name,
                        freeze.until.with_timezone(&launch.timezone).format("%Y-%m-%d %H:%M")
                    ),
                )
                .hint("Move the date, or add this launch to the freeze's `except`."),
            );
        }
    }
}
