//! Approvals as a go/no-go meeting sees them: who may decide, who did, and whether it still counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::core::{
    model::{
        Timestamp,
        approval::{Approval, Grant},
        fingerprint::Fingerprint,
        indexed::Indexed,
        name::{Actor, Id},
        team::Teams,
    },
    plan::standing,
    portfolio::Known,
};

/// One approval with everybody's answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    pub milestone: Id,
    pub milestone_title: String,
    pub approval: Id,
    /// The role or team that decides.
    pub from: String,
    pub want: u32,
    pub have: u32,
    pub stands: bool,
    /// The first of the standing answers to expire.
    pub expires_at: Option<Timestamp>,
    pub answers: Vec<Answer>,
    /// Who may answer and has not. Empty where nobody is listed for the role.
    pub awaited: Vec<String>,
    /// The milestone is complete: what was given is kept.
    pub settled: bool,
}

/// What one person said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub by: Actor,
    pub at: Timestamp,
    pub standing: Counts,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    Go,
    NoGo,
    /// It was given for another content of the milestone.
    Void,
    Expired,
}

/// Who may decide: the teams of the files, and the roles of the settings.
#[derive(Debug, Clone, Default)]
pub struct Deciders {
    pub teams: Teams,
    /// Members of roles, beside what teams say.
    pub roles: BTreeMap<String, Vec<String>>,
}

/// Every approval of a launch, in the order of its milestones.
pub fn decisions(known: &Known<'_>, deciders: &Deciders, now: Timestamp) -> Vec<Decision> {
    let mut all = Vec::new();
    let launch = Indexed::new(known.launch);
    for milestone in known.launch.milestones.iter().filter(|m| !m.approvals.is_empty()) {
        let members: Vec<_> = launch.activities_of(&milestone.id).collect();
        let fingerprint = milestone.fingerprint(&members);
        let state = known.state.milestones.get(&milestone.id);
        for approval in &milestone.approvals {
            let grants = state.and_then(|s| s.approvals.get(&approval.name)).map(Vec::as_slice).unwrap_or_default();
            let found = standing(approval, grants, &fingerprint, now);
            all.push(Decision {
                milestone: milestone.id.clone(),
                milestone_title: milestone.title.clone(),
                approval: approval.name.clone(),
                from: approval.from.clone(),
                want: approval.count,
                have: found.have,
                stands: found.stands(),
                expires_at: found.expires_at,
                answers: grants.iter().map(|g| answer(approval, g, &fingerprint, now)).collect(),
                awaited: awaited(&approval.from, grants, &fingerprint, deciders),
                settled: state.is_some_and(|s| s.completed.is_some()),
            });
        }
    }
    all
}

fn answer(approval: &Approval, grant: &Grant, fingerprint: &Fingerprint, now: Timestamp) -> Answer {
    let alone = standing(approval, std::slice::from_ref(grant), fingerprint, now);
    let standing = if grant.fingerprint != *fingerprint {
        Counts::Void
    } else if !grant.granted {
        Counts::NoGo
    } else if alone.expired > 0 {
        Counts::Expired
    } else {
        Counts::Go
    };
    Answer { by: grant.by.clone(), at: grant.at, standing, comment: grant.comment.clone() }
}

/// Members of the role or team, less those whose answer is about what is written now.
fn awaited(from: &str, grants: &[Grant], fingerprint: &Fingerprint, deciders: &Deciders) -> Vec<String> {
    let spoke = |name: &str, email: Option<&str>| {
        let is = |g: &&Grant| g.by.0 == name || Some(g.by.0.as_str()) == email;
        grants.iter().filter(is).any(|g| g.fingerprint == *fingerprint)
    };
    let of_settings = deciders.roles.get(from).into_iter().flatten();
    let mut people: BTreeSet<String> = of_settings.filter(|p| !spoke(p, None)).cloned().collect();
    for team in deciders.teams.values() {
        let named = team.name == *from || team.title == from;
        let role = team.roles.get(from);
        let members = team.members.iter().filter(|m| named || role.is_some_and(|r| r.contains(&m.name)));
        people.extend(members.filter(|m| !spoke(&m.name, m.email.as_deref())).map(|m| m.name.clone()));
        let others = role.into_iter().flatten().filter(|p| team.member(p).is_none() && !spoke(p, None));
        people.extend(others.cloned());
    }
    people.into_iter().collect()
}
