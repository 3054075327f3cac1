//! Dates on which nobody works, or on which nothing may start.

use foldhash::HashMap;

use super::place_of;
use crate::core::{
    manifest::{
        lower::Input,
        node::Span,
        place::{Step, place},
        problem::Problem,
    },
    model::{
        Timestamp,
        activity::{Activity, EffectClass},
        area::Phase,
        launch::{Freeze, Launch},
        milestone::Milestone,
        name::Id,
    },
    schedule::{
        cause::{end, start},
        covering, next_free,
        target::is_due_after_target,
    },
};

/// Due dates on a holiday of the calendar, or inside a freeze. What falls on the date of its milestone is not told twice.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    problems.extend(at_midnight(launch, input));
    let milestones: HashMap<&Id, &Milestone> = launch.milestones.iter().map(|m| (&m.id, m)).collect();
    for milestone in &launch.milestones {
        let span = || place(input.tree, &[Step::Key("milestones"), Step::Key(milestone.id.as_str()), Step::Key("due")]);
        let id = milestone.id.as_str();
        problems.extend(on_holiday(launch, id, milestone.due, span));
        problems.extend(after_target(launch, milestone, span));
        if milestone.phase == Phase::Launch
            && let Some(freeze) = covering(milestone.due, &launch.freezes)
        {
            problems.push(in_freeze(launch, id, freeze, span()));
        }
    }
    for activity in &launch.activities {
        let milestone = milestones.get(&activity.milestone).copied();
        let is_own = milestone.is_none_or(|m| m.due != activity.due);
        if is_own {
            let span = || place_of(input, activity, Some("due"));
            problems.extend(on_holiday(launch, activity.id.as_str(), activity.due, span));
        }
        problems.extend(milestone.and_then(|m| opens_when_due(launch, m, activity, input)));
        let told = milestone.is_some_and(|m| m.phase == Phase::Launch && covering(m.due, &launch.freezes).is_some());
        if !told && let Some(freeze) = frozen(launch, activity, milestone) {
            problems.push(in_freeze(launch, activity.id.as_str(), freeze, place_of(input, activity, Some("due"))));
        }
    }
}

/// Something public goes out at the midnight that begins T's day, because nobody wrote a time.
fn at_midnight(launch: &Launch, input: &Input<'_>) -> Option<Problem> {
    let written = input.spec.target_date.as_ref()?.as_str();
    if written.contains([':', '{']) {
        return None;
    }
    let goes_out = |a: &&Activity| a.effect == EffectClass::Once && a.not_before == Some(launch.target);
    let first = launch.activities.iter().find(goes_out)?;
    let at = launch.target.with_timezone(&launch.timezone).format("%Y-%m-%d %H:%M %Z");
    let detail = format!("`{}` is public and goes out at {at}: `{written}` says no time of day.", first.id);
    let span = place(input.tree, &[Step::Key("target_date")]);
    Some(
        Problem::warning("lint/target-at-midnight", span, "public at midnight", detail).hint(format!(
            "Write the hour: `target_date: {written}T09:00`; or `{written}T00:00`, if midnight is meant."
        )),
    )
}

/// What is to be complete before the launch is due after it.
fn after_target(launch: &Launch, milestone: &Milestone, span: impl Fn() -> Span) -> Option<Problem> {
    if milestone.phase != Phase::PreLaunch || !is_due_after_target(launch, milestone.due) {
        return None;
    }
    let detail = format!(
        "`{}` is in pre_launch and due {}; the launch is {}, and waits for it.",
        milestone.id,
        end(milestone.due, launch.timezone),
        end(launch.target, launch.timezone)
    );
    Some(
        Problem::warning("lint/pre-launch-after-target", span(), "due after the launch that waits for it", detail)
            .hint("Make it due before the target date, or give it `phase: post_launch`."),
    )
}

/// An activity written under its milestone that may not begin before that is due. On launch day everything begins at T.
fn opens_when_due(launch: &Launch, milestone: &Milestone, activity: &Activity, input: &Input<'_>) -> Option<Problem> {
    let opens = activity.not_before.filter(|at| *at >= milestone.due && Some(*at) != activity.embargo)?;
    let in_window = super::written(input, activity).first().is_some_and(|area| area != "milestones");
    if in_window || milestone.phase == Phase::Launch {
        return None;
    }
    let detail = format!(
        "`{}` may begin {}, and `{}`, which it belongs to, is due {}.",
        activity.id,
        start(opens, launch.timezone),
        milestone.id,
        end(milestone.due, launch.timezone)
    );
    let span = place_of(input, activity, Some("start"));
    Some(
        Problem::warning(
            "lint/opens-when-due",
            span,
            "an activity that opens when its milestone is already due",
            detail,
        )
        .hint("Let it begin earlier, or make the milestone due later."),
    )
}

fn on_holiday(launch: &Launch, id: &str, due: Timestamp, span: impl Fn() -> Span) -> Option<Problem> {
    let local = due.with_timezone(&launch.timezone);
    let holiday = launch.calendar.holiday(local.date_naive())?;
    Some(
        Problem::warning(
            "lint/due-on-holiday",
            span(),
            "due on a holiday",
            format!("`{id}` is due on {}, which is {holiday}.", local.format("%A, %Y-%m-%d")),
        )
        .hint("Count in business days (`T-10bd`), or write another date."),
    )
}

/// The freeze that leaves an activity no time: from when it may start until after it is due something is on.
fn frozen<'l>(launch: &'l Launch, activity: &Activity, milestone: Option<&Milestone>) -> Option<&'l Freeze> {
    if activity.effect == EffectClass::Observe || activity.uses.is_human() {
        return None;
    }
    let start = activity.not_before.or(milestone.and_then(|m| m.start))?;
    let freezes = launch.freezes.iter().filter(|f| !f.except.contains(&activity.id));
    let (free, freeze) = next_free(start, freezes);
    freeze.filter(|_| free > activity.due)
}

fn in_freeze(launch: &Launch, id: &str, freeze: &Freeze, span: Span) -> Problem {
    let until = freeze.until.with_timezone(&launch.timezone);
    // A freeze until a day includes it, and ends with the midnight after it.
    let until = match until.time() == chrono::NaiveTime::MIN {
        true => format!("the end of {}", (until - chrono::TimeDelta::seconds(1)).format("%Y-%m-%d")),
        false => until.format("%Y-%m-%d %H:%M").to_string(),
    };
    let detail = format!("`{id}` is due while `{}` is on, until {until}.", freeze.name);
    Problem::warning("lint/due-in-freeze", span, "due in a freeze", detail)
        .hint("Move the date, or add this launch to the freeze's `except`.")
}
