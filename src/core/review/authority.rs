//! Who may answer for a role: one decision for every entrance.
//!
//! In: a role as the plan names it, the people that settings and teams list for it, the one who speaks. Out: yes, or why
//! not. What is not known is never a yes: a team that cannot be read has no members that could be told from others.

use std::collections::BTreeMap;

use crate::core::model::{name::Actor, team::Teams};

/// Everybody who is listed for any role.
#[derive(Debug, Clone, Copy)]
pub struct Roles<'a> {
    /// `policy.roles` of the settings.
    pub listed: &'a BTreeMap<String, Vec<String>>,
    /// The teams of the plan files; `None` where these cannot be read as a whole.
    pub teams: Option<&'a Teams>,
}

/// What is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A sign-off: only somebody who is listed gives it.
    Approval,
    /// An answer to a question. Where nobody is listed for its role, anybody may answer.
    Answer,
}

/// Why somebody may not speak for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The plan files cannot be read as a whole, and settings do not list this person: nobody can say who is meant.
    Unreadable,
    /// Neither settings nor a team list anybody; or a team has no members.
    Nobody,
    /// Others are; their names, sorted.
    Others(Vec<String>),
}

/// Whether somebody may speak for a role. `Ok(false)`: nobody is listed, and so anybody may.
///
/// # Errors
/// They may not.
pub fn authorize(actor: &Actor, role: &str, word: Word, roles: &Roles<'_>) -> Result<bool, Refusal> {
    let listed = roles.listed.get(role);
    if listed.is_some_and(|people| people.contains(&actor.0)) {
        return Ok(true);
    }
    let Some(teams) = roles.teams else { return Err(Refusal::Unreadable) };
    let of_teams: Vec<Vec<String>> = teams.values().filter_map(|team| team.people(role)).collect();
    let mut people: Vec<String> = listed.into_iter().flatten().cloned().chain(of_teams.concat()).collect();
    if people.is_empty() {
        return if word == Word::Answer { Ok(false) } else { Err(Refusal::Nobody) };
    }
    if people.contains(&actor.0) {
        return Ok(true);
    }
    people.sort();
    people.dedup();
    Err(Refusal::Others(people))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{
        source::Location,
        team::{Member, Team},
    };

    fn team(name: &str, people: &[&str], roles: &[(&str, &str)]) -> Teams {
        let member =
            |p: &&str| Member { name: (*p).into(), email: None, capacity: rust_decimal::Decimal::ONE, roles: vec![] };
        let roles = roles.iter().map(|(role, who)| ((*role).to_owned(), vec![(*who).to_owned()])).collect();
        let at = Location { file: "teams.yaml".into(), start: 0, end: 0, line: 1, column: 1 };
        let team = Team {
            name: name.parse().unwrap(),
            title: name.to_uppercase(),
            members: people.iter().map(member).collect(),
            capacity: None,
            contact: None,
            roles,
            at,
        };
        Teams::from([(team.name.clone(), team.into())])
    }

    #[test]
    fn role_word_and_what_is_known_decide() {
        let teams = team("release", &["ana", "ben"], &[("deciders", "ben")]);
        let settings = BTreeMap::from([("legal".to_owned(), vec!["lea".to_owned()]), ("empty".to_owned(), vec![])]);
        let known = Roles { listed: &settings, teams: Some(&teams) };
        let unread = Roles { listed: &settings, teams: None };
        let others = |names: &[&str]| Err(Refusal::Others(names.iter().map(|n| (*n).to_owned()).collect()));
        let table = [
            ("ana", "release", Word::Approval, known, Ok(true)),
            ("ana", "RELEASE", Word::Approval, known, Ok(true)),
            ("ben", "deciders", Word::Approval, known, Ok(true)),
            ("ana", "deciders", Word::Approval, known, others(&["ben"])),
            ("eve", "release", Word::Answer, known, others(&["ana", "ben"])),
            ("lea", "legal", Word::Approval, known, Ok(true)),
            ("eve", "legal", Word::Answer, known, others(&["lea"])),
            ("eve", "empty", Word::Answer, known, Ok(false)),
            ("eve", "empty", Word::Approval, known, Err(Refusal::Nobody)),
            ("eve", "nobody", Word::Approval, known, Err(Refusal::Nobody)),
            ("eve", "nobody", Word::Answer, known, Ok(false)),
            ("lea", "legal", Word::Approval, unread, Ok(true)),
            ("ana", "release", Word::Approval, unread, Err(Refusal::Unreadable)),
            ("eve", "nobody", Word::Answer, unread, Err(Refusal::Unreadable)),
        ];
        for (actor, role, word, roles, expected) in table {
            assert_eq!(authorize(&Actor(actor.into()), role, word, &roles), expected, "{actor} {role} {word:?}");
        }
    }
}
