//! How ready a launch is, from 0 to 100, and where each point comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::points;
use crate::core::model::{Timestamp, area::Phase, launch::Launch, milestone::Milestone, name::Id, state::LaunchState};

/// The score of one launch for the phase that it is in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Readiness {
    /// What the score is for: ready to launch, launched, or ready to be closed.
    pub phase: Phase,
    /// The sum of the items' points, rounded down: 100 is all of them.
    pub percent: u8,
    /// By list, in the order of [`List`]; what this launch does without is not among them.
    pub items: Vec<Item>,
}

/// One thing that brings points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    pub list: List,
    /// As commands take it: `product_readiness`, `checklist.alerts_configured`, `goal.signups`.
    pub name: String,
    pub title: String,
    pub standing: Standing,
    /// Of `of`. All items' `of` are 100 together.
    pub points: f64,
    pub of: f64,
    /// What was observed, in words.
    pub why: String,
    /// What brings the missing points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// What items are of one kind, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    Milestones,
    Approvals,
    Checks,
    Checklist,
    Goals,
    Risks,
    /// Nothing stands in the way: holds, pauses, freezes, effects in doubt.
    Way,
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// All points.
    Yes,
    /// Some.
    Partly,
    /// None, and its time has not come.
    NotYet,
    /// None.
    No,
}

/// What to do for more points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// A person says that it is so, with evidence: of this item.
    Done(String),
    Approve {
        milestone: Id,
        approval: Id,
    },
    /// The chain of causes of this item says it.
    Why(String),
    /// It is written into the plan.
    Write(String),
    Resume,
    /// The files are mended.
    Validate,
}

/// What each list counts for in each phase. A list without items counts for nothing, and the others for more.
fn weight(list: List, phase: Phase) -> u32 {
    match (phase, list) {
        (Phase::PreLaunch | Phase::Launch, List::Milestones) => 35,
        (Phase::PreLaunch | Phase::Launch, List::Approvals) => 15,
        (_, List::Checks) => 10,
        (_, List::Checklist) => 25,
        (Phase::PreLaunch | Phase::Launch, List::Goals) | (_, List::Risks | List::Way) => 5,
        (Phase::PostLaunch, List::Milestones) => 35,
        (Phase::PostLaunch, List::Approvals) => 5,
        (Phase::PostLaunch, List::Goals) => 25,
    }
}

/// What one thing is worth before weights: got of whole.
pub(super) struct Share {
    pub list: List,
    pub name: String,
    pub title: String,
    /// From 0 to 1.
    pub got: f64,
    /// Nothing is wrong; its time has not come.
    pub early: bool,
    pub why: String,
    pub next: Option<Next>,
}

/// The part of the launch that is under way: `launch` from T on, or once all before it is complete; `post_launch` once
/// the launch phase is complete.
pub fn phase(launch: &Launch, state: &LaunchState, now: Timestamp) -> Phase {
    let complete = |phase: Phase| {
        let done = |m: &Milestone| state.milestones.get(&m.id).is_some_and(|s| s.completed.is_some());
        launch.milestones.iter().filter(|m| m.phase == phase).all(done)
    };
    let (before, day) = (complete(Phase::PreLaunch), complete(Phase::Launch));
    match (before, day) {
        (true, true) if now >= launch.target => Phase::PostLaunch,
        (true, _) => Phase::Launch,
        _ if now >= launch.target => Phase::Launch,
        _ => Phase::PreLaunch,
    }
}

/// The readiness of one launch at an instant.
pub fn readiness(launch: &Launch, state: &LaunchState, now: Timestamp) -> Readiness {
    let phase = phase(launch, state, now);
    let shares = points::shares(launch, state, phase, now);
    let count = |list: List| shares.iter().filter(|s| s.list == list).count();
    let lists = [List::Milestones, List::Approvals, List::Checks, List::Checklist, List::Goals, List::Risks, List::Way];
    let whole: u32 = lists.iter().filter(|list| count(**list) > 0).map(|list| weight(*list, phase)).sum();
    let worth =
        |list: List| 100.0 * f64::from(weight(list, phase)) / f64::from(whole.max(1)) / count(list).max(1) as f64;
    let worth: BTreeMap<List, f64> = lists.iter().map(|list| (*list, worth(*list))).collect();
    let mut items: Vec<Item> = shares.iter().map(|share| item(share, worth[&share.list])).collect();
    items.sort_by_key(|item| item.list);
    let sum: f64 = items.iter().map(|item| item.points).sum();
    // Less than a full score is never shown as one.
    let percent = (sum + 1e-6).floor().clamp(0.0, 100.0) as u8;
    Readiness { phase, percent, items }
}

fn item(share: &Share, of: f64) -> Item {
    let got = share.got.clamp(0.0, 1.0);
    let standing = match (got, share.early) {
        (1.0, _) => Standing::Yes,
        (0.0, true) => Standing::NotYet,
        (0.0, false) => Standing::No,
        _ => Standing::Partly,
    };
    Item {
        list: share.list,
        name: share.name.clone(),
        title: share.title.clone(),
        standing,
        points: got * of,
        of,
        why: share.why.clone(),
        next: share.next.clone().filter(|_| got < 1.0),
    }
}

impl Readiness {
    /// What brings the most points, most first.
    pub fn next(&self) -> Vec<&Item> {
        let mut open: Vec<&Item> = self.items.iter().filter(|item| item.points < item.of).collect();
        open.sort_by(|a, b| (b.of - b.points).total_cmp(&(a.of - a.points)));
        open
    }

    /// Points and their maximum of one list.
    pub fn of_list(&self, list: List) -> (f64, f64) {
        let own = self.items.iter().filter(|item| item.list == list);
        own.fold((0.0, 0.0), |(points, of), item| (points + item.points, of + item.of))
    }
}
