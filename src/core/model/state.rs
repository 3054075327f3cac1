//! What launchd knows of one launch: the fold of its events.
//!
//! State changes only by [`LaunchState::fold`], so any store that keeps events and one row a subject agrees
//! with every other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    activity::{Compensation, EffectClass, KeySupport, Removal, Uses},
    approval::Grant,
    call::{IntentId, Verb},
    check::CheckState,
    checklist::ItemAnswer,
    event::{Event, EventKind, Subject},
    fingerprint::{ExternalKey, Fingerprint},
    launch::Revision,
    measure::GoalState,
    name::{Actor, Id},
    outcome::{Failure, Object, Outcome},
};

/// All that is stored of one launch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LaunchState {
    pub header: Header,
    pub activities: BTreeMap<Id, ActivityState>,
    pub milestones: BTreeMap<Id, MilestoneState>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub goals: BTreeMap<Id, GoalState>,
    /// What people said to items of the checklists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checklist: BTreeMap<Id, ItemAnswer>,
    /// The sequence number of the last event folded in; 0 before the first.
    pub version: u64,
}

/// The launch's own row.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// The revision that passes work towards, since when.
    pub accepted: Option<Revision>,
    pub accepted_at: Option<Timestamp>,
    /// The launch as it was promised first, which later dates are judged against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_accepted: Option<Revision>,
    /// Why the files cannot be followed at present.
    pub held: Option<Mark>,
    pub paused: Option<Mark>,
    pub cancelled: Option<Mark>,
    /// When the file left the source, if it did.
    pub removed: Option<Mark>,
    pub completed_at: Option<Timestamp>,
    /// The mass change that a person agreed to, by the fingerprint of its changes.
    pub confirmed: Option<Fingerprint>,
}

/// Something a person or the loop said, with who and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub by: Actor,
    pub at: Timestamp,
    /// Evidence, a reason, or a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What is known of one activity, whether or not the file still has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityState {
    /// The key of the object's present incarnation, once an intent was written.
    pub key: Option<ExternalKey>,
    /// How often the object was made anew on purpose.
    pub incarnation: u32,
    /// What launchd applied last.
    pub applied: Option<Applied>,
    /// The object as last seen.
    pub object: Option<Object>,
    pub seen_at: Option<Timestamp>,
    /// A look-up found the object gone, at that time.
    pub missing_since: Option<Timestamp>,
    /// Look-ups do not work at present; all else is as it was known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unseen: Option<Unseen>,
    /// An effect whose outcome is not known: intent without outcome, or an outcome in doubt.
    pub open: Option<Intent>,
    /// Tries of the present inputs that did not succeed.
    pub tries: Tries,
    /// Drift that was mended and came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unkept: Option<Unkept>,
    /// A person says that it is done, with evidence.
    pub done: Option<Mark>,
    /// A person asked for it although its moment was missed, or asked to try it again.
    pub asked: Option<Mark>,
    /// A person stopped it.
    pub blocked: Option<Mark>,
    /// Ended on purpose (closed, deleted, or forgotten) after it left the file or the launch was cancelled.
    pub ended: Option<Mark>,
}

/// Look-ups that do not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// The first that failed since they worked last.
    pub since: Timestamp,
    /// The present reason.
    pub failure: Failure,
}

/// Fields that a vendor, or somebody, changes back each time that they are mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unkept {
    pub fields: Vec<String>,
    /// Mended so many times, each within days of the one before.
    pub times: u32,
    pub last_at: Timestamp,
}

/// What was mended and stays for so long is kept.
const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(2);

/// What was applied, with all that is needed to end it when the file no longer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub uses: Uses,
    pub effect: EffectClass,
    pub key_support: KeySupport,
    pub with: Value,
    /// Of the desired inputs, templates unrendered: tells whether the file changed.
    pub inputs: Fingerprint,
    /// The comparable fields as read back right after: a later difference is drift, not the vendor's normalising.
    pub readback: BTreeMap<String, Value>,
    pub revision: Revision,
    pub at: Timestamp,
    pub on_remove: Removal,
    pub on_cancel: Compensation,
}

/// One effect, written to disk before it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub id: IntentId,
    pub activity: Id,
    pub verb: Verb,
    pub key: ExternalKey,
    pub incarnation: u32,
    pub uses: Uses,
    pub effect: EffectClass,
    pub key_support: KeySupport,
    pub object_id: Option<String>,
    /// As sent, less secrets.
    pub with: Value,
    pub inputs: Fingerprint,
    pub revision: Revision,
    pub attempt: u32,
    pub at: Timestamp,
    pub on_remove: Removal,
    pub on_cancel: Compensation,
    /// Set when an outcome said so; `None` while the process that opened it may still be waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Failure>,
    /// How often it was looked for since, and when last.
    #[serde(default)]
    pub probes: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed_at: Option<Timestamp>,
    /// The look-up said that this resource cannot be looked up.
    #[serde(default)]
    pub unobservable: bool,
    /// When the vendor may have seen the key first: its lifetime counts from here.
    pub key_since: Timestamp,
    /// It repeats a call whose outcome is not known, on the strength of its key: if this one certainly fails, that one
    /// may have happened all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeats: bool,
}

/// Tries of one set of inputs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tries {
    /// Which inputs; other inputs start again at zero.
    pub inputs: Option<Fingerprint>,
    pub count: u32,
    pub last_at: Option<Timestamp>,
    pub failure: Option<Failure>,
    /// The last outcome was a rejection: nothing happens until the inputs change.
    pub rejected: bool,
    /// The server's Retry-After of the last try.
    pub after_seconds: Option<u64>,
}

/// What is known of one milestone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MilestoneState {
    pub completed: Option<Mark>,
    pub blocked: Option<Mark>,
    /// Every person's latest answer, by approval.
    pub approvals: BTreeMap<Id, Vec<Grant>>,
    pub checks: BTreeMap<Id, CheckState>,
}

impl LaunchState {
    /// Whether it has objects that vendors can be asked about.
    pub fn is_seen_outside(&self) -> bool {
        self.activities.values().any(|a| a.applied.as_ref().is_some_and(|applied| !applied.uses.is_human()))
    }

    /// When each milestone that is complete came.
    pub fn completed(&self) -> impl Iterator<Item = (Id, Timestamp)> {
        self.milestones.iter().filter_map(|(id, m)| Some((id.clone(), m.completed.as_ref()?.at)))
    }

    /// Takes in one event and says whose row changed. Total: an event about something unknown makes its row.
    pub fn fold(&mut self, event: &Event) -> Subject {
        let subject = event.kind.subject();
        self.version = self.version.max(event.seq);
        match &subject {
            Subject::Launch => self.header.fold(event),
            Subject::Activity(id) => self.fold_activity(id, event),
            Subject::Milestone(id) => self.milestones.entry(id.clone()).or_default().fold(event),
            Subject::Goal(id) => self.goals.entry(id.clone()).or_default().fold(event),
            Subject::Checklist => self.fold_checklist(event),
        }
        subject
    }

    fn fold_checklist(&mut self, event: &Event) {
        match &event.kind {
            EventKind::ItemAnswered { item, answer: Some(answer) } => {
                self.checklist.insert(item.clone(), answer.clone());
            }
            EventKind::ItemAnswered { item, answer: None } => {
                self.checklist.remove(item);
            }
            _ => {}
        }
    }

    fn fold_activity(&mut self, id: &Id, event: &Event) {
        if let EventKind::Moved { from, .. } = &event.kind {
            if let Some(mut state) = self.activities.remove(from) {
                // What a person said of the new name already, holds.
                let there = self.activities.remove(id).unwrap_or_default();
                state.blocked = there.blocked.or(state.blocked);
                state.done = there.done.or(state.done);
                state.asked = there.asked.or(state.asked);
                self.activities.insert(id.clone(), state);
            }
            return;
        }
        self.activities.entry(id.clone()).or_default().fold(event);
    }
}

impl Header {
    fn fold(&mut self, event: &Event) {
        let mark = |text: Option<&String>| Some(Mark { by: event.actor.clone(), at: event.at, text: text.cloned() });
        match &event.kind {
            EventKind::RevisionAccepted { revision } => {
                self.first_accepted.get_or_insert_with(|| revision.clone());
                self.accepted = Some(revision.clone());
                self.accepted_at = Some(event.at);
                self.held = None;
                self.removed = None;
                self.completed_at = None;
            }
            EventKind::Held { reason } => self.held = mark(Some(reason)),
            EventKind::Released => self.held = None,
            EventKind::Removed { reason } => (self.removed, self.held) = (mark(Some(reason)), None),
            EventKind::Paused { reason } => self.paused = mark(reason.as_ref()),
            EventKind::Resumed { .. } => self.paused = None,
            EventKind::Cancelled { reason } => self.cancelled = mark(reason.as_ref()),
            EventKind::MassChangeConfirmed { changes } => self.confirmed = Some(changes.clone()),
            EventKind::LaunchCompleted => self.completed_at = Some(event.at),
            _ => {}
        }
    }
}

impl ActivityState {
    /// Whether anything was ever asked for under this name, or taken over. A failed look-up or what a person said of it
    /// is known of an activity that was never made, too.
    pub fn was_made(&self) -> bool {
        self.key.is_some() || self.applied.is_some() || self.object.is_some() || self.open.is_some()
    }

    fn fold(&mut self, event: &Event) {
        let mark = |text: Option<&String>| Some(Mark { by: event.actor.clone(), at: event.at, text: text.cloned() });
        match &event.kind {
            EventKind::IntentOpened { intent } => self.open_intent(intent, event),
            EventKind::OutcomeRecorded { outcome, .. } => self.record(outcome, event.at),
            EventKind::LookupFailed { failure, .. } => {
                let since = self.unseen.as_ref().map_or(event.at, |u| u.since);
                self.unseen = Some(Unseen { since, failure: failure.clone() });
            }
            EventKind::LookupMended { .. } => self.unseen = None,
            EventKind::Probed { unobservable, .. } => {
                self.unseen = None;
                if let Some(open) = &mut self.open {
                    open.probes += 1;
                    open.probed_at = Some(event.at);
                    open.unobservable = *unobservable;
                }
            }
            EventKind::Observed { object, .. } => {
                self.missing_since = object.is_none().then_some(event.at);
                if object.is_some() {
                    self.object.clone_from(object);
                }
                self.seen_at = Some(event.at);
                self.unseen = None;
            }
            EventKind::Adopted { applied, object, .. } => {
                self.applied = Some((**applied).clone());
                self.object = Some(object.clone());
                self.seen_at = Some(event.at);
                (self.open, self.missing_since, self.ended, self.unseen) = (None, None, None, None);
                self.tries = Tries::default();
            }
            EventKind::Done { evidence, .. } => self.done = mark(evidence.as_ref()),
            EventKind::Reopened { .. } => self.done = None,
            EventKind::ActivityBlocked { reason, .. } => self.blocked = mark(Some(reason)),
            EventKind::ActivityUnblocked { .. } => self.blocked = None,
            EventKind::DidNotHappen { seen, .. } => {
                (self.open, self.unseen) = (None, None);
                if !seen {
                    self.tries = Tries::default();
                }
            }
            EventKind::RetryAsked { .. } => {
                self.tries = Tries::default();
                self.asked = mark(None);
            }
            EventKind::Forgotten { reason, .. } => (self.ended, self.open) = (mark(Some(reason)), None),
            _ => {}
        }
    }

    fn open_intent(&mut self, intent: &Intent, event: &Event) {
        if self.tries.inputs.as_ref() != Some(&intent.inputs) {
            self.tries = Tries { inputs: Some(intent.inputs.clone()), ..Tries::default() };
        }
        if intent.verb == Verb::Create {
            self.ended = None;
            if intent.incarnation != self.incarnation {
                (self.object, self.done, self.applied) = (None, None, None);
            }
        }
        self.key = Some(intent.key.clone());
        self.incarnation = intent.incarnation;
        self.open = Some(Intent { id: IntentId(event.seq), ..intent.clone() });
    }

    fn record(&mut self, outcome: &Outcome, at: Timestamp) {
        let Some(intent) = self.open.take() else { return };
        if outcome.leaves_open(intent.repeats) {
            self.open = Some(Intent { doubt: outcome.failure().cloned(), ..intent.clone() });
        }
        match outcome {
            Outcome::Succeeded { object } => self.succeed(intent, object, at),
            Outcome::InDoubt { failure } => self.doubt(failure, at),
            Outcome::Rejected { failure } => self.fail(failure, at, true, None),
            Outcome::Retryable { failure, after_seconds } => self.fail(failure, at, false, *after_seconds),
        }
    }

    fn succeed(&mut self, intent: Intent, object: &Object, at: Timestamp) {
        self.tries = Tries::default();
        self.seen_at = Some(at);
        self.unseen = None;
        if matches!(intent.verb, Verb::Close | Verb::Delete) {
            let text = if intent.verb == Verb::Close { "closed" } else { "deleted" };
            self.ended = Some(Mark { by: Actor::daemon(), at, text: Some(text.into()) });
            self.object = (intent.verb == Verb::Close).then(|| object.clone());
            self.applied = None;
            return;
        }
        self.missing_since = None;
        self.unkept = self.mended(&intent, at);
        self.object = Some(object.clone());
        self.applied = Some(Applied {
            uses: intent.uses,
            effect: intent.effect,
            key_support: intent.key_support,
            with: intent.with,
            inputs: intent.inputs,
            readback: object.fields.clone(),
            revision: intent.revision,
            at,
            on_remove: intent.on_remove,
            on_cancel: intent.on_cancel,
        });
    }

    /// What an update mended that somebody else had changed, and how often in a row. `None` for what the file changed.
    fn mended(&self, intent: &Intent, at: Timestamp) -> Option<Unkept> {
        let before = self.applied.as_ref().filter(|a| intent.verb == Verb::Update && a.inputs == intent.inputs)?;
        let seen = &self.object.as_ref()?.fields;
        let drifted = before.readback.iter().filter(|(name, value)| seen.get(*name).is_some_and(|s| s != *value));
        let fields: Vec<String> = drifted.map(|(name, _)| name.clone()).collect();
        let again = self.unkept.as_ref().filter(|u| u.fields == fields && at - u.last_at < KEPT);
        let times = again.map_or(0, |u| u.times) + 1;
        (!fields.is_empty()).then_some(Unkept { fields, times, last_at: at })
    }

    /// One lost answer is found out about at once; a vendor that keeps failing is given time.
    fn doubt(&mut self, failure: &Failure, at: Timestamp) {
        if self.tries.failure.is_some() {
            self.fail(failure, at, false, None);
        } else {
            self.tries.failure = Some(failure.clone());
        }
    }

    fn fail(&mut self, failure: &Failure, at: Timestamp, rejected: bool, after_seconds: Option<u64>) {
        self.tries.count += 1;
        self.tries.last_at = Some(at);
        self.tries.failure = Some(failure.clone());
        self.tries.rejected = rejected;
        self.tries.after_seconds = after_seconds;
    }
}

impl MilestoneState {
    fn fold(&mut self, event: &Event) {
        let mark = |text: Option<&String>| Some(Mark { by: event.actor.clone(), at: event.at, text: text.cloned() });
        match &event.kind {
            EventKind::MilestoneCompleted { .. } => self.completed = mark(None),
            EventKind::MilestoneReopened { .. } => self.completed = None,
            EventKind::MilestoneBlocked { reason, .. } => self.blocked = mark(Some(reason)),
            EventKind::MilestoneUnblocked { .. } => self.blocked = None,
            EventKind::ApprovalAnswered { approval, grant, .. } => {
                let grants = self.approvals.entry(approval.clone()).or_default();
                grants.retain(|g| g.by != grant.by);
                grants.push(grant.clone());
            }
            EventKind::CheckAnswered { check, answer, .. } => {
                let state = self.checks.entry(check.clone()).or_default();
                let same = state.last.as_ref().is_some_and(|a| a.question == answer.question);
                let passes = answer.verdict == super::check::Verdict::Pass;
                state.passing_since =
                    if passes { state.passing_since.filter(|_| same).or(Some(answer.at)) } else { None };
                state.failures = if answer.failure.is_some() { state.failures + 1 } else { 0 };
                state.last = Some(answer.clone());
            }
            _ => {}
        }
    }
}
