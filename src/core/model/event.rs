//! What happened: the journal, the audit log and the live stream are these events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    approval::Grant,
    call::IntentId,
    check::{Answer, Verdict},
    checklist::ItemAnswer,
    fingerprint::Fingerprint,
    launch::{Moved, Revision},
    measure::Judgement,
    name::{Actor, Id, Name},
    outcome::{Failure, Object, Outcome},
    state::{Applied, Intent},
};

/// One thing that happened, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Given by the store: 1, 2, 3 … over all launches, without a gap. 0 before it is stored.
    pub seq: u64,
    pub at: Timestamp,
    pub launch: Name,
    pub actor: Actor,
    pub kind: EventKind,
}

/// Whose row an event changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Launch,
    Activity(Id),
    Milestone(Id),
    Goal(Id),
    /// All answers to the checklists.
    Checklist,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    // The launch.
    RevisionAccepted {
        revision: Revision,
    },
    /// The files cannot be followed: invalid, unreadable, or they ask for too much at once.
    Held {
        reason: String,
    },
    /// They can be followed again, at the same revision as before.
    Released,
    Removed {
        reason: String,
    },
    Paused {
        reason: Option<String>,
    },
    Resumed {
        reason: Option<String>,
    },
    Cancelled {
        reason: Option<String>,
    },
    MassChangeConfirmed {
        changes: Fingerprint,
    },
    LaunchCompleted,

    // One activity.
    /// Written before the effect. The event's `seq` becomes the intent's id.
    IntentOpened {
        intent: Intent,
    },
    OutcomeRecorded {
        activity: Id,
        intent: IntentId,
        outcome: Outcome,
    },
    /// An open intent was looked for and not found, or cannot be looked for at all.
    Probed {
        activity: Id,
        intent: IntentId,
        unobservable: bool,
    },
    /// A look-up told something new; `None` means that the object is gone.
    Observed {
        activity: Id,
        object: Option<Object>,
        /// The fields that are not as they were seen before, with what they were: nobody here changed them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        was: BTreeMap<String, Value>,
    },
    /// Look-ups do not work, for this reason. Written once for each reason, and not for each try.
    LookupFailed {
        activity: Id,
        failure: Failure,
    },
    /// They work again.
    LookupMended {
        activity: Id,
    },
    /// An existing object was taken over: by `adopt`, or because an open intent turned out to have happened.
    Adopted {
        activity: Id,
        applied: Box<Applied>,
        object: Object,
    },
    Done {
        activity: Id,
        evidence: Option<String>,
    },
    Reopened {
        activity: Id,
        reason: Option<String>,
    },
    ActivityBlocked {
        activity: Id,
        reason: String,
    },
    ActivityUnblocked {
        activity: Id,
    },
    /// It was found out that an effect in doubt did not happen; it may be tried again.
    DidNotHappen {
        activity: Id,
        intent: IntentId,
        evidence: Option<String>,
        /// A look of launchd says so, and no person: it is tried again as after any other failure.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        seen: bool,
    },
    /// A person asks to try a rejected or exhausted effect again, or to catch up a missed one.
    RetryAsked {
        activity: Id,
    },
    /// The object is left as it is and no longer followed.
    Forgotten {
        activity: Id,
        reason: String,
    },
    Moved {
        from: Id,
        to: Id,
    },

    // One milestone.
    MilestoneCompleted {
        milestone: Id,
    },
    /// It was complete, and something it rests on is not any more.
    MilestoneReopened {
        milestone: Id,
        reason: String,
    },
    MilestoneBlocked {
        milestone: Id,
        reason: String,
    },
    MilestoneUnblocked {
        milestone: Id,
    },
    ApprovalAnswered {
        milestone: Id,
        approval: Id,
        grant: Grant,
    },
    CheckAnswered {
        milestone: Id,
        check: Id,
        answer: Answer,
    },

    // One goal.
    /// Its metric was asked: a figure, or why there is none.
    GoalSampled {
        goal: Id,
        /// Of the metric as it was asked.
        question: Fingerprint,
        value: Option<f64>,
        failure: Option<Failure>,
        /// Asked at the goal's date or after it: this figure decides.
        last: bool,
    },
    GoalJudged {
        goal: Id,
        judgement: Judgement,
    },

    // The checklists.
    /// A person answered an item; `None` takes the answer back.
    ItemAnswered {
        item: Id,
        answer: Option<ItemAnswer>,
    },
}

impl EventKind {
    pub fn subject(&self) -> Subject {
        match self {
            Self::RevisionAccepted { .. }
            | Self::Held { .. }
            | Self::Released
            | Self::Removed { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Cancelled { .. }
            | Self::MassChangeConfirmed { .. }
            | Self::LaunchCompleted => Subject::Launch,
            Self::IntentOpened { intent } => Subject::Activity(intent.activity.clone()),
            Self::OutcomeRecorded { activity, .. }
            | Self::Probed { activity, .. }
            | Self::Observed { activity, .. }
            | Self::LookupFailed { activity, .. }
            | Self::LookupMended { activity }
            | Self::Adopted { activity, .. }
            | Self::Done { activity, .. }
            | Self::Reopened { activity, .. }
            | Self::ActivityBlocked { activity, .. }
            | Self::ActivityUnblocked { activity }
            | Self::DidNotHappen { activity, .. }
            | Self::RetryAsked { activity }
            | Self::Forgotten { activity, .. } => Subject::Activity(activity.clone()),
            Self::Moved { to, .. } => Subject::Activity(to.clone()),
            Self::MilestoneCompleted { milestone }
            | Self::MilestoneReopened { milestone, .. }
            | Self::MilestoneBlocked { milestone, .. }
            | Self::MilestoneUnblocked { milestone }
            | Self::ApprovalAnswered { milestone, .. }
            | Self::CheckAnswered { milestone, .. } => Subject::Milestone(milestone.clone()),
            Self::GoalSampled { goal, .. } | Self::GoalJudged { goal, .. } => Subject::Goal(goal.clone()),
            Self::ItemAnswered { .. } => Subject::Checklist,
        }
    }

    /// The row that stops existing, where an event moves one.
    pub fn vacates(&self) -> Option<Subject> {
        match self {
            Self::Moved { from, .. } => Some(Subject::Activity(from.clone())),
            _ => None,
        }
    }

    /// Whether a person takes back with it what a plan made before may rest upon. Nothing of such a plan is started any
    /// more: the store itself refuses it, so that a stop holds from the moment in which it is acknowledged.
    pub fn takes_back(&self) -> bool {
        match self {
            Self::Paused { .. }
            | Self::Cancelled { .. }
            | Self::ActivityBlocked { .. }
            | Self::MilestoneBlocked { .. }
            | Self::Reopened { .. } => true,
            Self::ApprovalAnswered { grant, .. } => !grant.granted,
            Self::CheckAnswered { answer, .. } => answer.by_person && answer.verdict != Verdict::Pass,
            _ => false,
        }
    }

    /// The event's name as it is stored and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RevisionAccepted { .. } => "revision_accepted",
            Self::Held { .. } => "held",
            Self::Released => "released",
            Self::Removed { .. } => "removed",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Cancelled { .. } => "cancelled",
            Self::MassChangeConfirmed { .. } => "mass_change_confirmed",
            Self::LaunchCompleted => "launch_completed",
            Self::IntentOpened { .. } => "intent_opened",
            Self::OutcomeRecorded { .. } => "outcome_recorded",
            Self::Probed { .. } => "probed",
            Self::Observed { .. } => "observed",
            Self::LookupFailed { .. } => "lookup_failed",
            Self::LookupMended { .. } => "lookup_mended",
            Self::Adopted { .. } => "adopted",
            Self::Done { .. } => "done",
            Self::Reopened { .. } => "reopened",
            Self::ActivityBlocked { .. } => "activity_blocked",
            Self::ActivityUnblocked { .. } => "activity_unblocked",
            Self::DidNotHappen { .. } => "did_not_happen",
            Self::RetryAsked { .. } => "retry_asked",
            Self::Forgotten { .. } => "forgotten",
            Self::Moved { .. } => "moved",
            Self::MilestoneCompleted { .. } => "milestone_completed",
            Self::MilestoneReopened { .. } => "milestone_reopened",
            Self::MilestoneBlocked { .. } => "milestone_blocked",
            Self::MilestoneUnblocked { .. } => "milestone_unblocked",
            Self::ApprovalAnswered { .. } => "approval_answered",
            Self::CheckAnswered { .. } => "check_answered",
            Self::GoalSampled { .. } => "goal_sampled",
            Self::GoalJudged { .. } => "goal_judged",
            Self::ItemAnswered { .. } => "item_answered",
        }
    }
}

impl From<Moved> for EventKind {
    fn from(moved: Moved) -> Self {
        Self::Moved { from: moved.from, to: moved.to }
    }
}
