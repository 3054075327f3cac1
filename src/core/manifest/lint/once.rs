//! What cannot be taken back: public without a sign-off, or without a word on what happens when the launch is cancelled.

use super::{place_of, written};
use crate::core::{
    diagnostic::Severity,
    manifest::{lower::Input, problem::Problem},
    model::{
        activity::{Activity, Compensation, EffectClass},
        launch::Launch,
    },
};

pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let mut told = None;
    let mut without_rollback: Vec<&Activity> = Vec::new();
    for activity in launch.activities.iter().filter(|a| a.effect == EffectClass::Once) {
        let written = written(input, activity);
        // Instances of a `for_each` are written once, and told of once.
        if told.as_ref() == Some(&written) {
            continue;
        }
        if launch.milestone(&activity.milestone).is_none_or(|m| m.approvals.is_empty()) {
            problems.push(without_approval(launch, input, activity));
        }
        let mut keys = written.iter().map(String::as_str);
        let decided = keys.try_fold(input.tree, |node, key| node.get(key)).and_then(|a| a.get("on_cancel")).is_some();
        if activity.on_cancel == Compensation::Keep && !decided {
            without_rollback.push(activity);
        }
        told = Some(written);
    }
    problems.extend(no_rollback(input, &without_rollback));
}

fn without_approval(launch: &Launch, input: &Input<'_>, activity: &Activity) -> Problem {
    let demanded = launch.policy.once_needs_approval;
    let id = &activity.id;
    let detail = if demanded {
        format!("`{id}` cannot be taken back, and the settings' `once_needs_approval` asks for a sign-off before it.")
    } else {
        format!("`{id}` cannot be taken back, and nobody has to agree before it happens.")
    };
    let span = place_of(input, activity, None);
    let problem = Problem::warning("lint/once-without-approval", span, "public without a sign-off", detail);
    Problem { severity: if demanded { Severity::Error } else { Severity::Warning }, ..problem }
        .hint(format!("Add an approval to `{}`.", activity.milestone))
}

/// All of them at once: where one has no way back, most have none.
fn no_rollback(input: &Input<'_>, activities: &[&Activity]) -> Option<Problem> {
    let (first, others) = activities.split_first()?;
    let more = match others.len() {
        0 => "cannot be undone".to_owned(),
        1 => format!("and `{}` cannot be undone", others[0].id),
        n => format!("and {n} others cannot be undone"),
    };
    let problem = Problem::warning(
        "lint/no-rollback",
        place_of(input, first, None),
        "public without a way back",
        format!(
            "`{}` {more}, and nothing says what is done about it when the launch is cancelled afterwards.",
            first.id
        ),
    )
    .hint("Add `on_cancel: { run: … }` with what takes it back, such as a second message; or `on_cancel: keep`.");
    Some(others.iter().fold(problem, |p, a| p.related(place_of(input, a, None), format!("`{}` neither", a.id))))
}
