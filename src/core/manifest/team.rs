//! `kind: Team` to a team: capacities added up, roles of members and roles of the team in one list.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    document::{self, TextOr},
    node::Node,
    place::{Step, place},
    problem::{Problem, Texts},
    read::typed,
};
use crate::core::model::{
    name::Name,
    team::{Member, Team},
};

/// Reads a team, with what is worth a word about it.
///
/// # Errors
/// It cannot be used: what is wrong with it.
pub fn read(root: &Node<'_>, name: &Name, texts: &Texts<'_>) -> Result<(Team, Vec<Problem>), Vec<Problem>> {
    let document: document::Team = typed(root).map_err(|p| vec![*p])?;
    let spec = document.spec;
    let at = |path: &[Step<'_>]| place(root, &[&[Step::Key("spec")], path].concat());
    let mut problems = Vec::new();
    let mut members = Vec::new();
    let mut roles: BTreeMap<String, Vec<String>> = spec.roles.unwrap_or_default();
    for written in spec.members.into_iter().flatten() {
        let member = match written {
            TextOr::Text(name) => Member { name, email: None, capacity: Decimal::ONE, roles: Vec::new() },
            TextOr::Full(full) => Member {
                name: full.name,
                email: full.email,
                capacity: full.capacity.map_or(Decimal::ONE, |c| c.0.normalize()),
                roles: full.roles.unwrap_or_default(),
            },
        };
        for role in &member.roles {
            let people = roles.entry(role.clone()).or_default();
            if !people.contains(&member.name) {
                people.push(member.name.clone());
            }
        }
        members.push(member);
    }
    let written = spec.capacity.map(|c| c.0.normalize());
    let summed = (!members.is_empty()).then(|| members.iter().map(|m| m.capacity).sum::<Decimal>().normalize());
    let capacity = written.or(summed);
    if capacity.is_some_and(|c| c.is_zero()) {
        let field = if written.is_some() { "capacity" } else { "members" };
        problems.push(
            Problem::warning(
                "team/no-capacity",
                at(&[Step::Key(field)]),
                "a team without capacity",
                format!("`{name}` has nobody who can work on a launch, so whatever a launch asks of it is too much."),
            )
            .hint("Write how many people can work on launches at the same time, or take `capacity` out."),
        );
    }
    let title = spec.title.unwrap_or_else(|| name.to_string());
    let at = texts.location(place(root, &[Step::Key("metadata"), Step::Key("name")]));
    Ok((Team { name: name.clone(), title, members, capacity, contact: spec.contact, roles, at }, problems))
}
