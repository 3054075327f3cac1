//! What a picture is made of: a launch, what is known of it, and its dates.

use std::collections::{BTreeMap, BTreeSet};

use super::text::clean;
use crate::core::{
    model::{
        Timestamp,
        activity::{Activity, Need},
        area::{Phase, Status},
        launch::Launch,
        milestone::Milestone,
        name::{Id, Name},
    },
    plan::{Action, Change, MilestoneOutlook, Plan, Target},
};

/// One launch to draw.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub launch: &'a Launch,
    /// How it stands: its milestones' statuses, and what holds its activities back.
    pub plan: &'a Plan,
    /// The dates that were agreed upon first.
    pub baseline: Option<&'a Launch>,
    /// When the milestones of other launches that it needs were completed.
    pub foreign: Option<&'a BTreeMap<(Name, Id), Timestamp>>,
}

/// When a milestone is worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    pub start: Timestamp,
    pub due: Timestamp,
    /// When it will be done, as far as can be told; when it was, if it is.
    pub expected: Timestamp,
    pub critical: bool,
    /// Whole days by which it will be late, and why.
    pub late_days: i64,
    pub why: Option<String>,
}

/// What is drawn of an activity's state.
pub fn activity_status(subject: &Subject<'_>, activity: &Activity) -> Status {
    let target = Target::Activity(activity.id.clone());
    let change = subject.plan.changes.iter().find(|c| c.subject == target);
    let settled = |c: &Change| c.action == Action::Keep && c.blocked.is_empty();
    match change {
        Some(change) if settled(change) => Status::Completed,
        _ if subject.plan.status == Status::Cancelled => Status::Cancelled,
        _ if activity.due < subject.plan.now => Status::Delayed,
        Some(change) if change.action == Action::Await => Status::InProgress,
        _ => Status::Planned,
    }
}

/// An activity's title, with the item that it was made for.
pub fn title_of(activity: &Activity) -> String {
    let id = activity.id.as_str();
    let title = clean(activity.title.as_deref().unwrap_or(id));
    match id.split_once('[').map(|(_, item)| item.trim_end_matches(']')) {
        Some(item) if !title.to_lowercase().contains(&item.to_lowercase()) => format!("{title} ({item})"),
        _ => title,
    }
}

impl<'a> Subject<'a> {
    pub fn outlook(&self, id: &Id) -> Option<&'a MilestoneOutlook> {
        self.plan.milestones.iter().find(|m| m.id == *id)
    }

    /// The dates of every milestone.
    pub fn times(&self) -> BTreeMap<&'a Id, Times> {
        let critical = self.critical();
        let mut all: BTreeMap<&Id, Times> = BTreeMap::new();
        for milestone in &self.launch.milestones {
            let times = self.time(milestone, critical.contains(&milestone.id), &all);
            all.insert(&milestone.id, times);
        }
        all
    }

    fn time(&self, milestone: &Milestone, critical: bool, before: &BTreeMap<&Id, Times>) -> Times {
        let needed = || own_needs(milestone).filter_map(|id| before.get(id));
        let latest = needed().map(|t| t.due).max();
        let start = milestone.start.or(latest).unwrap_or(milestone.due).min(milestone.due);
        let now = self.plan.now;
        let done = self.outlook(&milestone.id).and_then(|m| m.completed_at);
        let held = needed().map(|t| t.expected).max().unwrap_or(start);
        let expected = done.unwrap_or_else(|| milestone.due.max(now).max(held));
        let late_days = (expected - milestone.due).num_days();
        Times { start, due: milestone.due, expected, critical, late_days, why: None }
    }

    /// From the milestone of T back along the needs that are due last.
    fn critical(&self) -> BTreeSet<Id> {
        let milestones = &self.launch.milestones;
        let launch = milestones.iter().filter(|m| m.phase == Phase::Launch);
        let last = launch.min_by_key(|m| (m.due - self.launch.target).abs());
        let mut next = last.or(milestones.last());
        let mut chain = BTreeSet::new();
        while let Some(milestone) = next.filter(|m| !chain.contains(&m.id)) {
            chain.insert(milestone.id.clone());
            next = own_needs(milestone).filter_map(|id| self.launch.milestone(id)).max_by_key(|m| m.due);
        }
        chain
    }
}

/// The milestones of its own launch that a milestone needs.
pub fn own_needs(milestone: &Milestone) -> impl Iterator<Item = &Id> {
    milestone.needs.iter().filter_map(|need| match need {
        Need::Milestone(id) => Some(id),
        Need::Activity(_) | Need::Foreign { .. } => None,
    })
}
