//! Dates that leave no room for the work between them.

use std::collections::BTreeSet;

use crate::core::{
    diagnostic::Severity,
    manifest::{
        lower::Input,
        place::{Step, place},
        problem::Problem,
    },
    model::{launch::Launch, name::Id},
    schedule::{
        cause::{Cause, Why, end, sentence, start, takes},
        impossible::{Conflict, conflicts, squeezes},
    },
};

/// More of a kind than this are not read by anybody.
const MOST: usize = 25;

/// Nothing is said of a launch with errors: those come first.
pub(super) fn schedule(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    if problems.iter().any(|p| p.severity == Severity::Error) || !has_work(launch) {
        return;
    }
    let found = conflicts(launch);
    for conflict in found.iter().take(MOST) {
        problems.push(impossible(launch, input, conflict));
    }
    let zone = launch.timezone;
    let told: BTreeSet<&Id> = found.iter().flat_map(|c| c.chain.iter().map(|cause| &cause.item)).collect();
    for squeeze in squeezes(launch).into_iter().filter(|s| !told.contains(&s.milestone)).take(MOST) {
        let due = launch.milestone(&squeeze.milestone).map_or(squeeze.need_due, |m| m.due);
        let detail = format!(
            "`{}` is due {} and takes {}, so it has to begin {}; `{}`, which it needs, is due {}.",
            squeeze.milestone,
            end(due, zone),
            takes(squeeze.work),
            start(squeeze.begin, zone),
            squeeze.need,
            end(squeeze.need_due, zone)
        );
        let at = |id: &Id| place(input.tree, &milestone(id, "due"));
        problems.push(
            Problem::warning(
                "lint/too-close",
                at(&squeeze.milestone),
                "due dates closer together than the work",
                detail,
            )
            .hint(format!("Make `{}` due earlier, or `{}` later or shorter.", squeeze.need, squeeze.milestone))
            .related(at(&squeeze.need), format!("`{}` is due here", squeeze.need)),
        );
    }
}

/// Without durations, dates contradict each other only as errors that are told elsewhere, or by the target date.
fn has_work(launch: &Launch) -> bool {
    launch.milestones.iter().any(|m| m.duration.is_some() || m.due < launch.target)
        || launch.activities.iter().any(|a| a.duration.is_some())
}

fn impossible(launch: &Launch, input: &Input<'_>, conflict: &Conflict) -> Problem {
    let path = |item: &Id, field: &'static str| {
        let activity = launch.activity(item).filter(|_| launch.milestone(item).is_none());
        match activity {
            Some(activity) => {
                let home = Step::Key(activity.milestone.as_str());
                let written = [Step::Key("milestones"), home, Step::Key("activities"), Step::Key(activity.id.as_str())];
                place(input.tree, &[&written[..], &[Step::Key(field)]].concat())
            }
            None => place(input.tree, &[Step::Key("milestones"), Step::Key(item.as_str()), Step::Key(field)]),
        }
    };
    let own = conflict.activity.as_ref().unwrap_or(&conflict.milestone);
    let mut problem = Problem::warning(
        "lint/impossible-schedule",
        path(own, "due"),
        "impossible as written",
        format!("{}.", sentence(&conflict.chain, launch.timezone)),
    )
    .hint(match conflict.chain.last().map(|cause| &cause.why) {
        Some(Why::Target) => "Make it due on the target date or later, or set its `phase`.".to_owned(),
        _ => format!("Make `{own}` due later, begin earlier, or shorten what lies between."),
    });
    for cause in &conflict.chain {
        if let Some((field, words)) = related(cause) {
            problem = problem.related(path(&cause.item, field), words);
        }
    }
    problem
}

fn related(cause: &Cause) -> Option<(&'static str, String)> {
    match &cause.why {
        Why::NeededBy { item, .. } => Some(("duration", format!("`{}`, which `{item}` needs", cause.item))),
        Why::Starts { .. } => Some(("start", format!("`{}` begins here", cause.item))),
        _ => None,
    }
}

fn milestone<'s>(id: &'s Id, field: &'static str) -> [Step<'s>; 3] {
    [Step::Key("milestones"), Step::Key(id.as_str()), Step::Key(field)]
}
