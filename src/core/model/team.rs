//! Teams: who is there, for how much, and which names mean them.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{name::Name, source::Location};

/// A team, as its file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    pub name: Name,
    /// What people read.
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// How many people can work on launches at the same time. `None`: the file says neither this nor who is a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Decimal>,
    /// How to reach the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The roles of the team with those who have them, the members' own roles included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Where it is written.
    pub at: Location,
}

/// One person of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The login or e-mail address by which answers are recorded.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The share of a week that goes to launches.
    pub capacity: Decimal,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// All teams, by name.
pub type Teams = BTreeMap<Name, Arc<Team>>;

/// How a name that a plan gives (`owner`, `backup`, `from`, `team`) means a team: the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answers {
    Name,
    Title,
    Member,
    Role,
}

impl Team {
    /// The member with this name or e-mail address.
    pub fn member(&self, person: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.name == person || m.email.as_deref() == Some(person))
    }

    /// The names and addresses of all who are meant by the team's name, its title, or one of its roles.
    /// `None`: the name means neither.
    pub fn people(&self, name: &str) -> Option<Vec<String>> {
        let known = |m: &Member| std::iter::once(&m.name).chain(&m.email).cloned().collect::<Vec<_>>();
        if self.name == *name || self.title == name {
            return Some(self.members.iter().flat_map(known).collect());
        }
        let people = self.roles.get(name)?;
        let of = |person: &String| self.member(person).map_or_else(|| vec![person.clone()], known);
        Some(people.iter().flat_map(of).collect())
    }

    fn answers(&self, name: &str) -> Option<Answers> {
        if self.name == *name {
            Some(Answers::Name)
        } else if self.title == name {
            Some(Answers::Title)
        } else if self.member(name).is_some() {
            Some(Answers::Member)
        } else {
            self.roles.contains_key(name).then_some(Answers::Role)
        }
    }
}

/// The team that a name means: a team by name or title, else the team of a member, else the team of a role.
/// Where several would do, the first by name.
pub fn team_of<'t>(teams: &'t Teams, name: &str) -> Option<&'t Arc<Team>> {
    if let Some(team) = teams.get(name) {
        return Some(team);
    }
    let found = teams.values().filter_map(|team| Some((team.answers(name)?, team)));
    found.min_by_key(|(how, _)| *how).map(|(_, team)| team)
}
