//! Readiness, goals, risks and checklists as JSON.

use serde::Serialize;

use crate::{
    core::{
        model::{Timestamp, launch::Launch, name::Name, state::LaunchState},
        review::{
            checklist::{self, Checklist},
            goals::{self, GoalOutlook},
            readiness::{self, List, Next, Standing},
            risks::{self, RiskOutlook},
        },
    },
    ui::render::readiness::{Todo, what_to_do},
};

/// What is told of one launch beside its plan.
#[derive(Debug, Serialize)]
pub struct Review {
    pub readiness: Readiness,
    pub goals: Vec<GoalOutlook>,
    pub risks: Vec<RiskOutlook>,
    pub checklists: Vec<Checklist>,
}

/// The score, with every point.
#[derive(Debug, Serialize)]
pub struct Readiness {
    /// `pre_launch`, `launch` or `post_launch`: what the score is for.
    pub phase: crate::core::model::area::Phase,
    /// 0 to 100.
    pub percent: u8,
    pub items: Vec<Item>,
}

#[derive(Debug, Serialize)]
pub struct Item {
    pub list: List,
    pub name: String,
    pub title: String,
    /// `yes`, `partly`, `not_yet` or `no`.
    pub answer: Standing,
    pub points: f64,
    pub of: f64,
    pub why: String,
    pub next: Option<Next>,
    /// What to type for the missing points, where a command brings them.
    pub command: Option<String>,
}

/// Of one launch at an instant.
pub fn review(launch: &Launch, state: &LaunchState, now: Timestamp) -> Review {
    Review {
        readiness: readiness(&launch.name, readiness::readiness(launch, state, now)),
        goals: goals::goals(launch, state, now),
        risks: risks::risks(launch, state, now),
        checklists: checklist::checklists(launch, state, now),
    }
}

fn readiness(launch: &Name, told: readiness::Readiness) -> Readiness {
    let item = |item: readiness::Item| {
        let command = match what_to_do(launch, &item) {
            Todo::Type(command) if item.next.is_some() => Some(command),
            Todo::Type(_) | Todo::Text(_) => None,
        };
        let readiness::Item { list, name, title, standing, points, of, why, next } = item;
        Item { list, name, title, answer: standing, points, of, why, next, command }
    };
    Readiness { phase: told.phase, percent: told.percent, items: told.items.into_iter().map(item).collect() }
}
