//! The plan as a value: inspectable, storable, comparable. `apply` walks it and never makes another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::model::{
    Timestamp,
    activity::{EffectClass, Need, Uses},
    area::{Phase, Status},
    call::IntentId,
    check::Verdict,
    fingerprint::Fingerprint,
    launch::Revision,
    name::{Id, Name},
    outcome::Failure,
    state::Mark,
};

/// What will be done about one launch, computed from three inputs and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub launch: Name,
    pub title: String,
    /// The desired revision; `None` when the file is gone.
    pub revision: Option<Revision>,
    /// The state's version that this was computed from.
    pub observed: u64,
    pub now: Timestamp,
    /// Every activity, check, milestone and goal has exactly one, in the order in which apply walks them.
    pub changes: Vec<Change>,
    /// What a whole phase comes after, as indices into `changes`, said once: of the launch phase it is what completes the
    /// milestones before it; of a cancelled launch, what ends the launch phase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<usize>,
    pub milestones: Vec<MilestoneOutlook>,
    pub status: Status,
    /// Why nothing at all is done, whatever the changes say.
    pub stop: Option<Stop>,
    /// The next instant at which this plan would look different without anybody doing anything.
    pub next: Option<Moment>,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub subject: Target,
    /// For people: the activity's or milestone's title.
    pub title: String,
    pub milestone: Option<Id>,
    pub uses: Option<Uses>,
    pub effect: Option<EffectClass>,
    pub action: Action,
    pub reason: Reason,
    /// Field by field, for actions that write: before (as last applied) and after.
    pub fields: Vec<FieldChange>,
    /// What somebody else changed: as last read back, and as it is now. Shown apart from intent.
    pub drift: Vec<FieldChange>,
    /// Indices into `changes` that must succeed first.
    pub after: Vec<usize>,
    /// The plan's `gate` must succeed first, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_gate: bool,
    /// What holds it back. Empty: it runs as soon as `after` succeeded.
    pub blocked: Vec<Blocker>,
    /// Beyond it, nothing takes this back.
    pub point_of_no_return: bool,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Activity(Id),
    Check { milestone: Id, check: Id },
    Milestone(Id),
    Goal(Id),
    Launch,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// As it should be; nothing is done.
    Keep,
    /// It exists as written and is not finished yet: a person or the vendor is at work.
    Await,
    Create,
    Update,
    Close,
    Delete,
    /// Take over an object that exists.
    Adopt,
    /// Look for an effect whose outcome is not known.
    Probe,
    /// Leave the object as it is and stop following it.
    Forget,
    /// Rename in the state; nothing happens in the world.
    Move,
    /// Ask a check's question, or a goal's metric.
    Check,
    /// Record that a milestone or the launch is complete.
    Complete,
    /// Record that a milestone is not complete any more.
    Reopen,
}

/// Why. For people and tests; no decision is made on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is in the file and not in the world.
    NotThere,
    /// It was there, and somebody removed it.
    Vanished,
    AsWritten,
    /// The file differs from what was applied.
    FileChanged,
    /// The world differs from what was applied, and the file does not.
    Drifted,
    /// Both.
    FileChangedAndDrifted,
    /// The file differs, and the effect is public already: it is not repeated.
    TooLate,
    /// `manage: create_only` or `observe`, or the connector has no update.
    NotManaged,
    Finished,
    NotFinished,
    RemovedFromFile,
    LaunchRemoved,
    LaunchCancelled,
    /// The file says `adopt`.
    AdoptAsked,
    OutcomeUnknown,
    Renamed,
    /// A check: not asked yet, asked again, or its question changed.
    NotAnswered,
    NotPassing,
    HoldingFor,
    Passed,
    /// A milestone: everything it waits for is there.
    AllReached,
    NotReached,
    /// A complete milestone lost something it rests on.
    NoLongerReached,
    /// A goal: no figure yet.
    NotMeasured,
    /// A goal: figures come in until its date.
    Measured,
    /// A goal that a person judges.
    NotJudged,
    Judged,
    /// Between two states of the files: it came, it changed, it left.
    Added,
    Edited,
    Left,
}

/// One field's two values. Secrets appear by name only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// A path within `with`, e.g. `fields.summary`.
    pub path: String,
    pub before: Side,
    pub after: Side,
}

/// One side of a field's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Absent,
    Known(Value),
    /// Known after apply: the template that will make it.
    Later(String),
    /// A secret by its name in settings; its value is never shown.
    Secret(String),
}

/// What holds a change back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Blocker {
    /// Nothing to do but wait for an instant.
    Until { at: Timestamp, why: Until },
    /// Something that is not there yet and that this plan does not bring about by itself.
    Needs { need: Need },
    /// The launch phase opens when these milestones are complete, and so many more: at most [`TOLD`] are named, since every
    /// milestone of the phase repeats them.
    Phase {
        phase: Phase,
        waiting_for: Vec<Id>,
        #[serde(default)]
        more: usize,
    },
    Approval {
        milestone: Id,
        approval: Id,
        from: String,
        have: u32,
        want: u32,
        void: u32,
        expired: u32,
        refused_by: Option<Mark>,
    },
    /// Policy asks for an approval, and the milestone names none.
    Unapproved { milestone: Id },
    /// The files cannot be followed at present, and what cannot be taken back waits until they can.
    Held { mark: Mark },
    /// Settings will not let it be done: a program that they do not allow, a secret that they do not know.
    Refused { failure: Failure },
    /// A check that does not pass.
    Check { milestone: Id, check: Id, verdict: Verdict, detail: Option<String> },
    /// A check whose turn has not come: nobody was asked yet.
    NotAsked { milestone: Id, check: Id },
    /// A person is to do something: finish a task, judge a check.
    Person { who: Option<String>, what: String },
    /// The vendor has not finished.
    NotDone { url: Option<String> },
    /// Its effect is under way.
    Running { since: Timestamp },
    /// An effect may have happened, and only a person can tell.
    InDoubt { intent: IntentId, since: Timestamp, failure: Option<Failure>, request: Option<String> },
    /// The vendor said no to these inputs.
    Rejected { failure: Failure, at: Option<Timestamp> },
    /// Tried as often as allowed.
    Exhausted { failure: Option<Failure>, tries: u32 },
    /// The look-up failed; nothing is concluded from that.
    LookupFailed {
        failure: Failure,
        since: Timestamp,
        /// That are due by now, the first included.
        tries: u64,
        again: Timestamp,
    },
    /// A person stopped it, or the whole milestone.
    Marked { mark: Mark, milestone: Option<Id> },
    /// Its moment passed by more than the grace window; a person decides.
    Missed { due: Timestamp },
    /// The template for an input failed on the outputs there are.
    Input { path: String, detail: String },
}

/// How many are named of what a whole phase waits for.
pub const TOLD: usize = 20;

impl Blocker {
    /// Something went wrong or may have, and neither time nor the launch's own progress mends it.
    pub fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::Unapproved { .. }
                | Self::InDoubt { .. }
                | Self::Refused { .. }
                | Self::Rejected { .. }
                | Self::Exhausted { .. }
                | Self::LookupFailed { .. }
                | Self::Missed { .. }
                | Self::Input { .. }
        )
    }
}

/// Why an instant matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "until", rename_all = "snake_case")]
pub enum Until {
    WindowOpens,
    Embargo,
    FreezeEnds {
        name: String,
    },
    Retry {
        attempt: u32,
        failure: String,
    },
    ProbeAgain,
    /// What was written did not stay, so many times in a row.
    Unkept {
        fields: Vec<String>,
        times: u32,
    },
    /// A look-up failed and is repeated.
    LookAgain,
    /// T: a milestone of the launch phase is not complete before it.
    Target,
    CheckAgain {
        check: Id,
    },
    CheckHolds {
        check: Id,
    },
    Due {
        milestone: Id,
    },
    ApprovalExpires {
        approval: Id,
    },
    /// A goal's metric is asked for its next figure.
    GoalSample {
        goal: Id,
    },
    /// A goal's date.
    GoalJudged {
        goal: Id,
    },
}

/// The next instant that matters, with the reason a person would give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub why: Until,
    pub subject: Target,
}

/// Why a whole launch stands still.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stop", rename_all = "snake_case")]
pub enum Stop {
    Paused {
        mark: Mark,
    },
    /// Too much would change at once; a person must agree to exactly these changes.
    MassChange {
        affected: u32,
        existing: u32,
        percent: u32,
        limit_percent: u32,
        changes: Fingerprint,
    },
    /// Its file has errors, and no good revision of it is known: nothing can be said of it.
    Unresolved {
        reason: String,
    },
}

/// One milestone's status and why it is not complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MilestoneOutlook {
    pub id: Id,
    pub title: String,
    pub phase: Phase,
    pub status: Status,
    pub due: Timestamp,
    pub owner: Option<String>,
    pub done: u32,
    pub total: u32,
    pub completed_at: Option<Timestamp>,
}

impl Plan {
    /// The plan of a launch of which no good revision is known: nothing is done, and nothing is said to have ended.
    #[must_use]
    pub fn unresolved(self, reason: &str) -> Self {
        let stop = Some(Stop::Unresolved { reason: reason.to_owned() });
        Self { changes: Vec::new(), status: Status::Planned, stop, next: None, ..self }
    }

    /// Changes that do something and are not held back, in order. They may wait for each other.
    pub fn ready(&self) -> impl Iterator<Item = (usize, &Change)> {
        let stopped = self.stop.is_some();
        self.changes.iter().enumerate().filter(move |(_, c)| !stopped && c.acts() && c.blocked.is_empty())
    }

    /// Whether `diff` exits 1: something would be done now, or cannot be done. What waits for its time, its turn or
    /// for people is as it should be, so that a launch on its way is quiet between its moments.
    pub fn has_changes(&self) -> bool {
        let free = |before: &usize| self.changes.get(*before).is_some_and(|c| c.blocked.is_empty());
        let is_open = self.gate.iter().all(free);
        let leads_on = |c: &Change| (is_open || !c.after_gate) && c.after.iter().all(free);
        let due = |c: &Change| {
            c.writes() && (c.blocked.is_empty() && leads_on(c) || c.blocked.iter().any(Blocker::is_trouble))
        };
        self.stop.as_ref().is_some_and(|s| matches!(s, Stop::MassChange { .. })) || self.changes.iter().any(due)
    }

    /// Whether the launch is complete and every goal is judged: nothing more will ever happen by itself.
    pub fn is_over(&self) -> bool {
        let pending = |c: &Change| matches!(c.subject, Target::Goal(_)) && c.action != Action::Keep;
        self.status == Status::Completed && !self.changes.iter().any(pending)
    }

    /// Whether it tells what differs between two states of the files, and not what to do.
    pub fn is_difference(&self) -> bool {
        self.changes.iter().any(|c| matches!(c.reason, Reason::Added | Reason::Edited | Reason::Left))
    }

    /// How many [`Plan::before`] tells.
    pub fn count_before(&self, change: &Change) -> usize {
        let gate = if change.after_gate { self.gate.as_slice() } else { &[] };
        let twice = change.after.iter().filter(|i| gate.binary_search(i).is_ok()).count();
        change.after.len() + gate.len() - twice
    }

    /// What a change comes after, with what its whole phase does: its own first.
    pub fn before<'a>(&'a self, change: &'a Change) -> impl Iterator<Item = usize> + 'a {
        let gate = if change.after_gate { self.gate.as_slice() } else { &[] };
        // Both are in the plan's order.
        change.after.iter().chain(gate.iter().filter(|i| change.after.binary_search(i).is_err())).copied()
    }
}

impl Change {
    /// A change with nothing in its way and no fields.
    pub fn new(subject: Target, title: impl Into<String>, action: Action, reason: Reason) -> Self {
        Self {
            subject,
            title: title.into(),
            milestone: None,
            uses: None,
            effect: None,
            action,
            reason,
            fields: Vec::new(),
            drift: Vec::new(),
            after: Vec::new(),
            after_gate: false,
            blocked: Vec::new(),
            point_of_no_return: false,
        }
    }

    /// Anything but keeping and waiting.
    pub fn acts(&self) -> bool {
        !matches!(self.action, Action::Keep | Action::Await)
    }

    /// Asks an executor for an effect.
    pub fn has_effect(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update | Action::Close | Action::Delete)
    }

    /// Changes the world or what launchd follows of it; asking a check and completing a milestone do not.
    pub fn writes(&self) -> bool {
        self.has_effect() || matches!(self.action, Action::Adopt | Action::Probe | Action::Forget | Action::Move)
    }
}
