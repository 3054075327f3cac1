//! One word or sentence for each variant that people see. Matches are exhaustive: a new variant needs its words.

use super::text::Role;
use crate::core::{
    model::{activity::EffectClass, area::Status, check::Verdict},
    plan::{Action, Reason, Target, Until},
};

/// The sign in front of a change, so that colour is never the only one.
pub fn sign(action: Action) -> &'static str {
    match action {
        Action::Keep => "=",
        Action::Await => "…",
        Action::Create => "+",
        Action::Update => "~",
        Action::Close | Action::Delete => "-",
        Action::Adopt | Action::Move => ">",
        Action::Probe | Action::Check => "?",
        Action::Forget => ".",
        Action::Complete => "*",
        Action::Reopen => "!",
    }
}

pub fn role(action: Action) -> Role {
    match action {
        Action::Keep | Action::Forget => Role::Dim,
        Action::Create | Action::Complete => Role::Good,
        Action::Await | Action::Update | Action::Adopt | Action::Move | Action::Probe | Action::Check => Role::Change,
        Action::Close | Action::Delete | Action::Reopen => Role::Bad,
    }
}

/// What is done, as the first word of a line. At most eight columns.
pub fn verb(action: Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Await => "wait for",
        Action::Create => "create",
        Action::Update => "update",
        Action::Close => "close",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Probe => "look for",
        Action::Forget => "forget",
        Action::Move => "rename",
        Action::Check => "check",
        Action::Complete => "complete",
        Action::Reopen => "reopen",
    }
}

/// Why, behind the change's line.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotThere => "not there yet",
        Reason::Vanished => "it was there, and somebody removed it",
        Reason::AsWritten => "as written",
        Reason::FileChanged => "the file changed",
        Reason::Drifted => "somebody else changed it",
        Reason::FileChangedAndDrifted => "the file changed, and somebody else changed it too",
        Reason::TooLate => "the file changed, but this is public already and is not repeated",
        Reason::NotManaged => "launchd does not change it (`manage`, or the connector cannot)",
        Reason::Finished => "finished",
        Reason::NotFinished => "not finished yet",
        Reason::RemovedFromFile => "no longer in the file",
        Reason::LaunchRemoved => "its launch is no longer in the files",
        Reason::LaunchCancelled => "its launch was cancelled",
        Reason::AdoptAsked => "the file says `adopt`",
        Reason::OutcomeUnknown => "it was sent and no answer came: it may be there",
        Reason::Renamed => "renamed in the file",
        Reason::NotAnswered => "not asked yet",
        Reason::NotPassing => "it did not pass yet",
        Reason::HoldingFor => "it passes, and must keep passing",
        Reason::Passed => "passed",
        Reason::AllReached => "all that it waits for is there",
        Reason::NotReached => "not all that it waits for is there",
        Reason::NotMeasured => "not measured yet",
        Reason::Measured => "measured until its date",
        Reason::NotJudged => "a person judges it",
        Reason::Judged => "judged",
        Reason::NoLongerReached => "something it rests on is not there any more",
        // Its sign says that already.
        Reason::Added | Reason::Edited => "",
        Reason::Left => "no longer in the files",
    }
}

/// A change's address within its launch, as commands take it.
pub fn address(target: &Target) -> String {
    match target {
        Target::Activity(id) | Target::Milestone(id) => id.to_string(),
        Target::Check { milestone, check } => format!("{milestone}.{check}"),
        Target::Goal(id) => format!("goal.{id}"),
        Target::Launch => "launch".to_owned(),
    }
}

/// What sort of thing an address names.
pub fn kind(target: &Target) -> &'static str {
    match target {
        Target::Activity(_) => "activity",
        Target::Check { .. } => "check",
        Target::Milestone(_) => "milestone",
        Target::Goal(_) => "goal",
        Target::Launch => "launch",
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Planned => "planned",
        Status::InProgress => "in progress",
        Status::Completed => "completed",
        Status::Delayed => "delayed",
        Status::Cancelled => "cancelled",
    }
}

pub fn status_role(status: Status) -> Role {
    match status {
        Status::Planned => Role::Plain,
        Status::InProgress => Role::Change,
        Status::Completed => Role::Good,
        Status::Delayed => Role::Bad,
        Status::Cancelled => Role::Dim,
    }
}

/// In front of a milestone or launch, so that colour is never the only sign.
pub fn status_sign(status: Status) -> &'static str {
    match status {
        Status::Completed => "*",
        Status::InProgress => "~",
        Status::Planned => ".",
        Status::Delayed => "!",
        Status::Cancelled => "-",
    }
}

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passes",
        Verdict::Fail => "fails",
        Verdict::Inconclusive => "is inconclusive",
    }
}

/// Behind `uses`, where the class matters to a reader.
pub fn effect(effect: EffectClass) -> Option<&'static str> {
    match effect {
        EffectClass::Converge => None,
        EffectClass::Once => Some("once"),
        EffectClass::Observe => Some("read only"),
    }
}

/// What happens at an instant, as a sentence about its subject.
pub fn moment(why: &Until, subject: &str) -> String {
    match why {
        Until::WindowOpens => format!("the window of {subject} opens"),
        Until::Embargo => format!("the embargo of {subject} ends"),
        Until::FreezeEnds { name } => format!("the freeze {name} ends"),
        Until::Retry { attempt, .. } => format!("{subject} is tried again (attempt {})", attempt + 1),
        Until::ProbeAgain => format!("launchd looks for {subject} again"),
        Until::Unkept { fields, .. } => format!("{} of {subject} is written again", fields.join(", ")),
        Until::LookAgain => format!("launchd looks at {subject} again"),
        Until::Target => "the launch".to_owned(),
        Until::CheckAgain { check } => format!("check {check} is asked again"),
        Until::CheckHolds { check } => format!("check {check} has passed for long enough"),
        Until::Due { milestone } => format!("milestone {milestone} is due"),
        Until::ApprovalExpires { approval } => format!("approval {approval} expires"),
        Until::GoalSample { goal } => format!("goal {goal} is measured"),
        Until::GoalJudged { goal } => format!("goal {goal} is judged"),
    }
}
