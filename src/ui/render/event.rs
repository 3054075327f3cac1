//! Events as lines: the history, and `events --follow`.

use chrono_tz::Tz;

use super::{
    View,
    blocker::failed,
    field::short,
    text::{Line, Page, Role, shorten},
};
use crate::core::{
    model::{
        call::Verb,
        check::Verdict,
        checklist::Said,
        event::{Event, EventKind, Subject},
        measure::{Ending, Judgement},
        outcome::Outcome,
    },
    plan::{FieldChange, drift},
};

/// A value is cut here: the diff shows the whole of it.
const LONGEST_VALUE: usize = 48;

/// What happened, in words, and how it is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub sign: &'static str,
    pub role: Role,
    pub text: String,
}

fn say(sign: &'static str, role: Role, text: impl Into<String>) -> Sentence {
    Sentence { sign, role, text: text.into() }
}

/// One event in words; the subject is named before it.
pub fn sentence(kind: &EventKind) -> Sentence {
    let with = |text: &str, reason: Option<&String>| match reason {
        Some(reason) => format!("{text}: “{reason}”"),
        None => text.to_owned(),
    };
    match kind {
        EventKind::RevisionAccepted { revision } => {
            say(">", Role::Strong, format!("revision {} accepted", revision.short()))
        }
        EventKind::Held { reason } => say("!", Role::Bad, format!("held at the last good revision: {reason}")),
        EventKind::Released => say("*", Role::Good, "follows its file again"),
        EventKind::Removed { reason } => say("-", Role::Bad, format!("left the files: {reason}")),
        EventKind::Paused { reason } => say("!", Role::Change, with("paused", reason.as_ref())),
        EventKind::Resumed { reason } => say(">", Role::Good, with("resumed", reason.as_ref())),
        EventKind::Cancelled { reason } => say("!", Role::Bad, with("cancelled", reason.as_ref())),
        EventKind::MassChangeConfirmed { changes } => {
            say("*", Role::Change, format!("mass change {} agreed to", changes.short()))
        }
        EventKind::LaunchCompleted => say("*", Role::Good, "launch completed"),
        EventKind::IntentOpened { intent } => {
            let again = if intent.attempt > 1 { format!(", attempt {}", intent.attempt) } else { String::new() };
            say(".", Role::Dim, format!("about to {} {}{again}", intent.verb.as_str(), intent.uses))
        }
        EventKind::OutcomeRecorded { outcome, intent: _, activity: _ } => outcome_of(outcome),
        EventKind::Probed { .. } => say("?", Role::Dim, "looked for it, not found yet"),
        EventKind::Observed { object: Some(object), was, .. } if !was.is_empty() => {
            let fields: Vec<String> = drift(was, &object.fields, &[]).iter().map(moved).collect();
            let done = if object.done { "; seen finished" } else { "" };
            say("~", Role::Change, format!("somebody else changed {}{done}", fields.join(", ")))
        }
        EventKind::Observed { object: Some(object), .. } => {
            let done = if object.done { "finished" } else { "changed" };
            say("?", Role::Dim, format!("seen {done}: {}", object.url.as_deref().unwrap_or(&object.id)))
        }
        EventKind::Observed { object: None, .. } => say("!", Role::Bad, "seen gone"),
        EventKind::LookupFailed { failure, .. } => {
            say("!", Role::Bad, format!("cannot be looked at; nothing is concluded from that: {}", failed(failure)))
        }
        EventKind::LookupMended { .. } => say("*", Role::Good, "can be looked at again"),
        EventKind::Adopted { object, .. } => {
            say(">", Role::Good, format!("taken over: {}", object.url.as_deref().unwrap_or(&object.id)))
        }
        EventKind::Done { evidence, .. } => say("*", Role::Good, with("done", evidence.as_ref())),
        EventKind::Reopened { reason, .. } => say("!", Role::Change, with("not done any more", reason.as_ref())),
        EventKind::ActivityBlocked { reason, .. } | EventKind::MilestoneBlocked { reason, .. } => {
            say("!", Role::Bad, with("blocked", Some(reason)))
        }
        EventKind::ActivityUnblocked { .. } | EventKind::MilestoneUnblocked { .. } => say(">", Role::Good, "unblocked"),
        EventKind::DidNotHappen { evidence, .. } => {
            say("*", Role::Change, with("it did not happen, and may be tried again", evidence.as_ref()))
        }
        EventKind::RetryAsked { .. } => say(">", Role::Change, "to be tried again"),
        EventKind::Forgotten { reason, .. } => say(".", Role::Dim, format!("no longer followed: {reason}")),
        EventKind::Moved { from, to } => say(">", Role::Change, format!("renamed from {from} to {to}")),
        EventKind::MilestoneCompleted { .. } => say("*", Role::Good, "milestone completed"),
        EventKind::MilestoneReopened { reason, .. } => {
            say("!", Role::Bad, format!("milestone not complete any more: {reason}"))
        }
        EventKind::ApprovalAnswered { approval, grant, .. } => {
            let (sign, role, word) =
                if grant.granted { ("*", Role::Good, "approved") } else { ("!", Role::Bad, "refused") };
            say(sign, role, with(&format!("{approval} {word} by {}", grant.by), grant.comment.as_ref()))
        }
        EventKind::CheckAnswered { check, answer, .. } => {
            let (sign, role, word) = match answer.verdict {
                Verdict::Pass => ("*", Role::Good, "passes"),
                Verdict::Fail => ("!", Role::Bad, "fails"),
                Verdict::Inconclusive => ("?", Role::Change, "is inconclusive"),
            };
            let by = if answer.by_person { ", says a person" } else { "" };
            let detail = answer.failure.as_ref().map(failed).or_else(|| answer.detail.clone());
            let value = if answer.value.is_null() { String::new() } else { format!(" with {}", answer.value) };
            let detail = detail.map(|d| format!(": {d}")).unwrap_or_default();
            say(sign, role, format!("check {check} {word}{value}{by}{detail}"))
        }
        EventKind::GoalSampled { value: Some(value), .. } => say("?", Role::Dim, format!("measured: {value}")),
        EventKind::GoalSampled { value: None, failure, .. } => {
            let why = failure.as_ref().map_or_else(|| "no figure".to_owned(), failed);
            say("~", Role::Change, format!("could not be measured: {why}"))
        }
        EventKind::GoalJudged { judgement, .. } => judged(judgement),
        EventKind::ItemAnswered { item, answer: Some(answer) } => {
            let (sign, role, word) = match answer.answer {
                Said::Yes => ("*", Role::Good, "yes"),
                Said::No => ("!", Role::Bad, "no"),
                Said::NotApplicable => (".", Role::Dim, "not applicable"),
            };
            say(sign, role, with(&format!("{item}: {word}"), Some(&answer.evidence)))
        }
        EventKind::ItemAnswered { item, answer: None } => say("!", Role::Change, format!("{item}: answer taken back")),
    }
}

/// A field's change in one line, in the words of the diff.
fn moved(field: &FieldChange) -> String {
    let short = |side| shorten(&short(side), LONGEST_VALUE);
    format!("{} {} → {}", field.path, short(&field.before), short(&field.after))
}

fn judged(judgement: &Judgement) -> Sentence {
    let Judgement { at: _, by: _, ending, value, evidence, goal: _ } = judgement;
    // A figure speaks for itself.
    let told = match (value, evidence) {
        (Some(value), _) => format!(" with {value}"),
        (None, Some(evidence)) => format!(": “{evidence}”"),
        (None, None) => String::new(),
    };
    let (sign, role, word) = match ending {
        Ending::Reached => ("*", Role::Good, "goal reached"),
        Ending::Missed => ("!", Role::Bad, "goal missed"),
        Ending::Inconclusive => ("?", Role::Change, "goal could not be judged"),
    };
    say(sign, role, format!("{word}{told}"))
}

fn outcome_of(outcome: &Outcome) -> Sentence {
    match outcome {
        Outcome::Succeeded { object } => {
            say("*", Role::Good, format!("succeeded: {}", object.url.as_deref().unwrap_or(&object.id)))
        }
        Outcome::Rejected { failure } => say("!", Role::Bad, format!("rejected: {}", failed(failure))),
        Outcome::Retryable { failure, after_seconds } => {
            let after = after_seconds.map(|s| format!(", not before {s} s")).unwrap_or_default();
            say("~", Role::Change, format!("failed, to be tried again{after}: {}", failed(failure)))
        }
        Outcome::InDoubt { failure } => say("?", Role::Bad, format!("in doubt: {}", failed(failure))),
    }
}

/// Past tense of an effect, for closing summaries.
pub fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "updated",
        Verb::Close => "closed",
        Verb::Delete => "deleted",
    }
}

/// One line: when, which, what, and who if it was a person.
pub fn line(event: &Event, zone: Tz) -> Line {
    let Sentence { sign, role, text } = sentence(&event.kind);
    let subject = match event.kind.subject() {
        Subject::Launch => event.launch.to_string(),
        Subject::Activity(id) | Subject::Milestone(id) => format!("{}/{id}", event.launch),
        Subject::Goal(id) => format!("{}/goal.{id}", event.launch),
        Subject::Checklist => format!("{}/checklist", event.launch),
    };
    let at = event.at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %Z").to_string();
    let mut line = Line::new()
        .add(Role::Dim, at)
        .plain("  ")
        .add(role, format!("{sign} "))
        .add(Role::Strong, subject)
        .plain("  ")
        .hang(26)
        .plain(text);
    if event.actor.0 != "daemon" {
        line = line.add(Role::Dim, format!("  ({})", event.actor));
    }
    line
}

/// Several events, oldest first.
pub fn lines(events: &[Event], zone: impl Fn(&Event) -> Tz, view: &View) -> String {
    let mut page = Page::new();
    for event in events {
        page.push(line(event, zone(event)));
    }
    page.render(view)
}
