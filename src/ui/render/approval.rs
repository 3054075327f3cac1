//! What a person approves, in full, and what came of it.

use super::{
    View,
    field::short,
    table::Table,
    text::{Line, Page, Role, shorten},
    time, words,
};
use crate::core::{
    model::{
        activity::Activity, approval::Approval, check::Question, fingerprint::Fingerprint, launch::Launch,
        milestone::Milestone, name::Id,
    },
    plan::{Side, Standing},
};

/// The milestone as its fingerprint covers it: dates, needs, checks, activities with their inputs.
pub fn content(
    launch: &Launch,
    milestone: &Milestone,
    approval: &Approval,
    standing: &Standing,
    fingerprint: &Fingerprint,
    view: &View,
) -> String {
    let zone = launch.timezone;
    let mut page = Page::new();
    page.push(Line::new().add(Role::Strong, format!("{} · {}", launch.name, milestone.id)).plain(format!(
        "  {}, due {}",
        milestone.title,
        time::both(milestone.due, zone, view)
    )));
    page.push(Line::at(2).hang(4).plain(state(approval, standing)));
    let activities: Vec<&Activity> = launch.activities_of(&milestone.id).collect();
    if !activities.is_empty() {
        page.gap();
        page.push(Line::at(2).add(Role::Strong, "Activities:"));
        for activity in activities {
            self::activity(&mut page, activity, zone, view);
        }
    }
    if !milestone.checks.is_empty() {
        page.gap();
        page.push(Line::at(2).add(Role::Strong, "Checks before it counts as complete:"));
        for check in &milestone.checks {
            let question = match &check.question {
                Question::Probe { uses, .. } => uses.to_string(),
                Question::Expression => "the launch itself".to_owned(),
                Question::Person { prompt, .. } => prompt.clone(),
            };
            let pass = check.pass.as_ref().map(|p| format!(", passes when {p}")).unwrap_or_default();
            page.push(Line::at(4).hang(6).add(Role::Name, check.name.as_str()).plain(format!("  {question}{pass}")));
        }
    }
    page.gap();
    page.push(
        Line::at(2)
            .plain("Fingerprint ")
            .add(Role::Strong, fingerprint.short())
            .plain(": when any of this changes, the approval is void."),
    );
    page.render(view)
}

fn state(approval: &Approval, standing: &Standing) -> String {
    let Standing { have, want, void, expired, refused_by, expires_at: _ } = standing;
    let mut text = format!("approval {} has {have} of {want}, from {}", approval.name, approval.from);
    if *void > 0 {
        text += &format!("; {void} void");
    }
    if *expired > 0 {
        text += &format!("; {expired} expired");
    }
    if let Some(mark) = refused_by {
        text += &format!("; refused by {}", mark.by);
    }
    text
}

fn activity(page: &mut Page, activity: &Activity, zone: chrono_tz::Tz, view: &View) {
    let effect = words::effect(activity.effect).map(|e| format!(" ({e})")).unwrap_or_default();
    let when = match activity.not_before {
        Some(at) => format!("from {}", time::absolute(at, zone)),
        None => format!("by {}", time::absolute(activity.due, zone)),
    };
    page.push(
        Line::at(4)
            .hang(6)
            .add(Role::Strong, activity.id.as_str())
            .plain(format!("  {}{effect}  ", activity.uses))
            .add(Role::Dim, when),
    );
    let mut table = Table::at(8);
    if let Some(inputs) = activity.with.value.as_object() {
        for (name, value) in inputs {
            let text = shorten(&short(&Side::Known(value.clone())), view.width.saturating_sub(30).max(20));
            table.row([Line::new().add(Role::Dim, name), Line::new().plain(text)]);
        }
    }
    table.write(page);
}

/// What the approval stands at after an answer.
pub fn outcome(approval: &Approval, milestone: &Id, standing: &Standing, refused: bool, view: &View) -> String {
    let Standing { have, want, .. } = standing;
    let name = &approval.name;
    let line = if refused {
        Line::new().add(Role::Bad, "Refused").plain(format!(
            ": {name} of {milestone} holds everything behind it back until the same person approves, or the milestone changes."
        ))
    } else if standing.stands() {
        Line::new().add(Role::Good, "Approved").plain(format!(": {name} of {milestone} stands, {have} of {want}."))
    } else if standing.refused_by.is_some() {
        Line::new()
            .add(Role::Change, "Approved")
            .plain(format!(": {name} of {milestone} has {have} of {want}, and somebody refused it."))
    } else {
        let missing = want.saturating_sub(*have);
        Line::new()
            .add(Role::Good, "Approved")
            .plain(format!(": {name} of {milestone} has {have} of {want}; {missing} to go."))
    };
    let mut page = Page::new();
    page.push(line);
    page.render(view)
}
