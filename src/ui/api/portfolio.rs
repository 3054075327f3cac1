//! The portfolio as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Document;
use crate::{
    core::{
        model::{
            Timestamp,
            area::Status,
            launch::{Freeze, LaunchType},
        },
        portfolio::{self, Collision, Move, Outlook, Overview, Stretch},
    },
    ui::render::portfolio as words,
};

/// `kind: Portfolio`.
#[derive(Debug, Serialize)]
pub struct Portfolio {
    pub at: Timestamp,
    /// By T, then by name.
    pub launches: Vec<Entry>,
    pub collisions: Vec<Clash>,
}

#[derive(Debug, Serialize)]
pub struct Entry {
    pub launch: String,
    pub title: String,
    pub labels: BTreeMap<String, String>,
    pub launch_type: LaunchType,
    pub owner: Option<String>,
    pub status: Status,
    pub target: Timestamp,
    pub timezone: String,
    pub milestones_done: usize,
    pub milestones_total: usize,
    pub phases: Vec<Stretch>,
    pub freezes: Vec<Freeze>,
    /// Null: the launch is over, or its milestones wait for each other.
    pub forecast: Option<Outlook>,
    /// Percent; null as for the forecast.
    pub readiness: Option<u8>,
}

#[derive(Debug, Serialize)]
pub struct Clash {
    pub launches: Vec<String>,
    /// The Monday of the week that they share.
    pub week: chrono::NaiveDate,
    pub text: String,
    pub reasons: Vec<portfolio::Reason>,
    /// Taken together with those of the collisions before, they resolve it. `to` is null where no day is free.
    pub moves: Vec<Move>,
}

/// The document that `portfolio -o json` prints: everything that fits, however much.
pub fn document(overview: &Overview) -> Document<Portfolio> {
    let Overview { now, entries, collisions } = overview;
    Document::new(
        "Portfolio",
        Portfolio {
            at: *now,
            launches: entries.iter().map(entry).collect(),
            collisions: collisions.iter().map(clash).collect(),
        },
    )
}

fn entry(entry: &portfolio::Entry) -> Entry {
    let portfolio::Entry {
        launch,
        title,
        labels,
        launch_type,
        owner,
        status,
        target,
        zone,
        milestones,
        stretches,
        freezes,
        outlook,
        readiness,
    } = entry;
    Entry {
        launch: launch.to_string(),
        title: title.clone(),
        labels: labels.clone(),
        launch_type: *launch_type,
        owner: owner.clone(),
        status: *status,
        target: *target,
        timezone: zone.name().to_owned(),
        milestones_done: milestones.0,
        milestones_total: milestones.1,
        phases: stretches.clone(),
        freezes: freezes.clone(),
        forecast: *outlook,
        readiness: *readiness,
    }
}

fn clash(collision: &Collision) -> Clash {
    Clash {
        launches: collision.launches.iter().map(ToString::to_string).collect(),
        week: collision.week,
        text: words::sentence(collision),
        reasons: collision.reasons.clone(),
        moves: collision.moves.clone(),
    }
}
