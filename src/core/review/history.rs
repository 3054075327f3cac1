//! What was done, by whom, with which evidence: events as the deeds that people tell each other.

use std::collections::HashMap;

use serde::Serialize;

use crate::core::{
    model::{
        Timestamp,
        activity::EffectClass,
        call::{IntentId, Verb},
        event::{Event, EventKind},
        launch::{Launch, Revision},
        name::{Actor, Id, Name},
        outcome::Outcome,
        state::{Header, Intent},
    },
    plan::{Change, Plan},
};

/// Something that happened to a launch and that people want to hear of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deed {
    pub at: Timestamp,
    pub launch: Name,
    pub by: Actor,
    pub what: What,
    /// The activity's or milestone's id; `None` for the launch itself.
    pub id: Option<Id>,
    /// What people read.
    pub title: String,
    /// Evidence, a reason or a comment, as it was given.
    pub evidence: Option<String>,
    /// Where the object is, or its name at the vendor.
    pub object: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    LaunchCompleted,
    Cancelled,
    Paused,
    Resumed,
    /// The files could not be followed from then on.
    Held,
    MilestoneCompleted,
    MilestoneReopened,
    Approved,
    Refused,
    /// A person said that it is done.
    Done,
    /// A `once` activity had its effect.
    WentOut,
    Created,
    Updated,
    Closed,
    Deleted,
    /// An existing object was taken over.
    Adopted,
    Blocked,
    Unblocked,
    /// The vendor said no.
    Rejected,
    /// A try failed and was, or will be, repeated.
    Retried,
    /// It was sent and no answer came.
    InDoubt,
    /// A person found out that an effect in doubt did not happen.
    DidNotHappen,
}

impl What {
    /// Something went wrong, or may have.
    pub fn is_incident(self) -> bool {
        matches!(
            self,
            Self::Held
                | Self::MilestoneReopened
                | Self::Refused
                | Self::Blocked
                | Self::Rejected
                | Self::Retried
                | Self::InDoubt
        )
    }

    /// Something was brought about.
    pub fn is_progress(self) -> bool {
        matches!(
            self,
            Self::LaunchCompleted
                | Self::MilestoneCompleted
                | Self::Approved
                | Self::Done
                | Self::WentOut
                | Self::Created
                | Self::Updated
                | Self::Closed
                | Self::Deleted
                | Self::Adopted
        )
    }
}

/// The revision that was worked towards when the launch was completed last; `None` while it never was.
pub fn completed_with(events: &[Event]) -> Option<&Revision> {
    let (mut accepted, mut completed) = (None, None);
    for event in events {
        match &event.kind {
            EventKind::RevisionAccepted { revision } => accepted = Some(revision),
            EventKind::LaunchCompleted => completed = accepted,
            _ => {}
        }
    }
    completed
}

/// Whether a launch is over, and its files ask for nothing again.
pub fn is_over(header: &Header, plan: &Plan) -> bool {
    header.completed_at.is_some() && plan.stop.is_none() && !plan.changes.iter().any(Change::writes)
}

/// The deeds among a launch's events, oldest first. `launch` gives titles; what it no longer has is called by its id.
pub fn deeds(launch: &Launch, events: &[Event]) -> Vec<Deed> {
    let titles = Titles::of(launch);
    let mut open: HashMap<IntentId, &Intent> = HashMap::new();
    let mut deeds = Vec::new();
    for event in events {
        if let EventKind::IntentOpened { intent } = &event.kind {
            open.insert(IntentId(event.seq), intent);
            continue;
        }
        deeds.extend(deed(event, &titles, &open));
    }
    deeds
}

fn deed(event: &Event, titles: &Titles<'_>, open: &HashMap<IntentId, &Intent>) -> Option<Deed> {
    let mut object = None;
    let (what, id, evidence) = match &event.kind {
        EventKind::LaunchCompleted => (What::LaunchCompleted, None, None),
        EventKind::Cancelled { reason } => (What::Cancelled, None, reason.clone()),
        EventKind::Paused { reason } => (What::Paused, None, reason.clone()),
        EventKind::Resumed { reason } => (What::Resumed, None, reason.clone()),
        EventKind::Held { reason } => (What::Held, None, Some(reason.clone())),
        EventKind::MilestoneCompleted { milestone } => (What::MilestoneCompleted, Some(milestone), None),
        EventKind::MilestoneReopened { milestone, reason } => {
            (What::MilestoneReopened, Some(milestone), Some(reason.clone()))
        }
        EventKind::ApprovalAnswered { milestone, approval, grant } => {
            object = Some(approval.to_string());
            let what = if grant.granted { What::Approved } else { What::Refused };
            (what, Some(milestone), grant.comment.clone())
        }
        EventKind::Done { activity, evidence } => (What::Done, Some(activity), evidence.clone()),
        EventKind::ActivityBlocked { activity: id, reason } | EventKind::MilestoneBlocked { milestone: id, reason } => {
            (What::Blocked, Some(id), Some(reason.clone()))
        }
        EventKind::ActivityUnblocked { activity: id } | EventKind::MilestoneUnblocked { milestone: id } => {
            (What::Unblocked, Some(id), None)
        }
        EventKind::DidNotHappen { activity, evidence, .. } => (What::DidNotHappen, Some(activity), evidence.clone()),
        EventKind::Adopted { activity, object: found, .. } => {
            object = Some(found.url.clone().unwrap_or_else(|| found.id.clone()));
            (What::Adopted, Some(activity), None)
        }
        EventKind::OutcomeRecorded { activity, intent, outcome } => {
            let intent = open.get(intent);
            let (what, evidence) = outcome_of(outcome, intent.copied());
            if let Outcome::Succeeded { object: made } = outcome {
                object = Some(made.url.clone().unwrap_or_else(|| made.id.clone()));
            }
            // A task is made for a person; what counts is when it is done.
            let is_task = intent.is_some_and(|i| i.uses.is_human());
            if is_task && what == What::Created {
                return None;
            }
            (what, Some(activity), evidence)
        }
        _ => return None,
    };
    let title = id.map_or_else(|| titles.launch.to_owned(), |id| titles.get(id));
    let (launch, by) = (event.launch.clone(), event.actor.clone());
    Some(Deed { at: event.at, launch, by, what, id: id.cloned(), title, evidence, object })
}

fn outcome_of(outcome: &Outcome, intent: Option<&Intent>) -> (What, Option<String>) {
    let failure = outcome.failure().map(|f| match f.detail.as_str() {
        "" => f.summary.clone(),
        detail => format!("{}: {detail}", f.summary),
    });
    let what = match outcome {
        Outcome::Succeeded { .. } => match intent.map(|i| (i.verb, i.effect)) {
            Some((Verb::Create, EffectClass::Once)) => What::WentOut,
            Some((Verb::Update, _)) => What::Updated,
            Some((Verb::Close, _)) => What::Closed,
            Some((Verb::Delete, _)) => What::Deleted,
            Some((Verb::Create, _)) | None => What::Created,
        },
        Outcome::Rejected { .. } => What::Rejected,
        Outcome::Retryable { .. } => What::Retried,
        Outcome::InDoubt { .. } => What::InDoubt,
    };
    (what, failure)
}

/// What people call the parts of a launch.
pub(super) struct Titles<'a> {
    launch: &'a str,
    parts: HashMap<&'a Id, &'a str>,
}

impl<'a> Titles<'a> {
    pub(super) fn of(launch: &'a Launch) -> Self {
        let activities = launch.activities.iter().filter_map(|a| Some((&a.id, a.title.as_deref()?)));
        let milestones = launch.milestones.iter().map(|m| (&m.id, m.title.as_str()));
        Self { launch: &launch.title, parts: activities.chain(milestones).collect() }
    }

    /// The title; the id's words where there is none.
    pub(super) fn get(&self, id: &Id) -> String {
        self.parts.get(id).map_or_else(|| words(id), |t| (*t).to_owned())
    }
}

/// `launch_page[emea]` → `Launch page (emea)`.
pub(super) fn words(id: &Id) -> String {
    let text = id.as_str().replace(['_', '-'], " ").replace('[', " (").replace(']', ")");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
