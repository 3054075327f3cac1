//! Milestones that wait for one person, whoever steps in when that person is away.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::core::{
    manifest::{
        lower::Input,
        place::{Step, place},
        problem::Problem,
    },
    model::{
        launch::Launch,
        milestone::Milestone,
        team::{Team, team_of},
    },
};

/// Named at most; of more it is said how many.
const MOST: usize = 6;

/// Says once for a launch which of its milestones rest on one person.
pub(super) fn lint(launch: &Launch, input: &Input<'_>, problems: &mut Vec<Problem>) {
    let mut alone: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for milestone in &launch.milestones {
        if let Some(owner) = milestone.owner.as_deref().filter(|owner| rests_on(milestone, owner, input)) {
            alone.entry(owner).or_default().push(milestone.id.as_str());
        }
    }
    if alone.is_empty() {
        return;
    }
    let told: Vec<String> = alone.iter().map(|(owner, ids)| format!("`{owner}` for {}", listed(ids))).collect();
    let problem = Problem::warning(
        "lint/no-backup",
        place(input.own, &[Step::Key("metadata"), Step::Key("name")]),
        "milestones that rest on one person",
        format!("Nobody steps in when they are away: {}.", told.join("; ")),
    );
    problems.push(problem.hint("Add `backup` to these milestones, or to the launch for all of them."));
}

/// Whether the owner is one person, as far as the teams say, and nobody else is named.
fn rests_on(milestone: &Milestone, owner: &str, input: &Input<'_>) -> bool {
    let is_other = milestone.backup.as_deref().is_some_and(|backup| backup != owner);
    !is_other && team_of(&input.library.teams, owner).is_some_and(|team| is_one(team, owner))
}

/// Of a team, what its file says: its members, or else its capacity. One that says neither is not judged.
fn is_one(team: &Team, name: &str) -> bool {
    if team.member(name).is_some() {
        return true;
    }
    if team.name != *name && team.title != name {
        return team.roles.get(name).is_some_and(|people| people.len() < 2);
    }
    match (team.members.len(), team.capacity) {
        (0, Some(capacity)) => capacity < Decimal::TWO,
        (0, None) => false,
        (members, _) => members < 2,
    }
}

fn listed(ids: &[&str]) -> String {
    let named: Vec<String> = ids.iter().take(MOST).map(|id| format!("`{id}`")).collect();
    match ids.len().saturating_sub(MOST) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
