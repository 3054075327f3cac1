//! What finished launches say about the profile that they were made from: measured slips, and a patch of the profile.
//!
//! In: a profile's milestones as written, the finished launches that were made from it. Out: a [`Lesson`], and the text of
//! a patch. Imports `manifest` for reading and editing the profile's file. Deliberately absent: reading files or stores,
//! and applying the patch.

pub mod measure;
pub mod patch;
pub mod propose;
pub mod template;

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use crate::core::{
    manifest::node::Node,
    model::{
        Timestamp,
        event::Event,
        launch::Launch,
        name::{Id, Name},
        state::LaunchState,
    },
    review::history::completed_with,
    schedule::learned::FEWEST,
};

pub use propose::{Change, Field, Why};
pub use template::Template;

/// A launch that is complete, with all that is remembered of it.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Every accepted revision with when it was accepted, the first promise first. Never empty.
    pub revisions: Vec<(Timestamp, Arc<Launch>)>,
    pub state: LaunchState,
    /// Oldest first.
    pub events: Vec<Event>,
}

impl Finished {
    /// The revision that it completed with: what the files said later is nothing that it was made from.
    pub fn completed_with(&self) -> Option<&Launch> {
        let revision = completed_with(&self.events);
        let kept = revision.and_then(|r| self.revisions.iter().find(|(_, launch)| launch.revision() == *r));
        kept.or_else(|| self.revisions.last()).map(|(_, launch)| &**launch)
    }
}

/// What the finished launches of one profile teach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lesson {
    pub profile: Name,
    /// The file that the profile is written in; `None` for a built-in one.
    pub file: Option<String>,
    /// The finished launches that were made from it.
    pub launches: Vec<Name>,
    /// How many milestones of a kind have to be measured before anything is proposed.
    pub needed: usize,
    /// One for each milestone of the profile, as they are written there.
    pub findings: Vec<Finding>,
    /// What is proposed; empty where there is nothing to propose.
    pub changes: Vec<Change>,
    /// What a plan has to say so that it starts from the new profile; `None` where the profile itself is changed.
    pub plan_line: Option<String>,
    /// Changes that could not be written into the file: they are to be made by hand.
    pub by_hand: Vec<Id>,
}

impl Lesson {
    /// Of a profile, its merged `spec`, and the finished launches that were made from it; `file` is where it is written.
    pub fn of(profile: Name, file: Option<String>, spec: &Node<'_>, finished: &[Finished]) -> Self {
        let template = Template::of(spec);
        let findings = measure::findings(&template, finished);
        let changes = propose::propose(&template, &findings);
        let names = finished.iter().filter_map(|f| f.revisions.last()).map(|(_, launch)| launch.name.clone());
        let launches = names.collect();
        Self { profile, file, launches, needed: FEWEST, findings, changes, plan_line: None, by_hand: Vec::new() }
    }

    /// The most samples that any of its milestones has.
    pub fn samples(&self) -> usize {
        self.findings.iter().map(|f| f.samples).max().unwrap_or(0)
    }
}

/// One kind of milestone: planned against actual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub milestone: Id,
    pub title: String,
    /// What the profile promises, as it is written.
    pub due: String,
    /// How many launches were promised what the profile promises now.
    pub samples: usize,
    /// How many were promised something else: an older profile, or a date of their own. They are not counted.
    pub other_promises: usize,
    /// Against the promise that stood when it came due; `None` without samples.
    pub late: Option<Figures>,
    /// The same without what it lost to waiting for what it needs.
    pub own: Option<Figures>,
    /// In how many of the samples something that waits for it was late too.
    pub passed_on: usize,
    /// What the late ones waited for last, by kind, with how often.
    pub causes: BTreeMap<Reason, usize>,
    pub verdict: Verdict,
}

/// Half of the samples are below the first, nine of ten below the second; seconds, negative is early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    pub p50_seconds: i64,
    pub p90_seconds: i64,
}

/// What a late milestone waited for last, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Work,
    Milestone,
    Approval,
    Check,
    Block,
    /// Nothing on record tells.
    Unknown,
}

/// What the figures of a milestone mean for the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Fewer samples than are needed to say anything.
    TooFew { have: usize, need: usize },
    /// At the median, it is less than a day late.
    InTime,
    /// It is late because of what it waits for: that is what has to change.
    Inherited,
    /// It is late, and what waits for it was in time nevertheless.
    Harmless,
    /// Its own work takes so many days longer than is planned for it.
    Overruns { days: i64 },
}

/// What a retrospective over several profiles comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retrospective {
    /// `retrospective`, as the other reports say what they are.
    pub report: &'static str,
    pub at: Timestamp,
    pub lessons: Vec<Lesson>,
    /// One for each file that changes.
    pub patches: Vec<FilePatch>,
}

/// A unified diff of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilePatch {
    /// Relative to the folder that the patch is applied in.
    pub path: String,
    /// The file is not there yet.
    pub is_new: bool,
    pub text: String,
}
