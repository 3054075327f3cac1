//! Sentences of reports: dates, distances, deeds, causes.

use chrono_tz::Tz;

use super::block::{Inline, Item, Tone, dim, evidence, object, plain, strong};
use crate::{
    core::{
        model::{Timestamp, area::Status},
        review::{
            history::{Deed, What},
            report::{Coming, Summary, Upcoming},
            slips::{Cause, Slip},
        },
        schedule::{stuck::Stuck, target::Launched},
    },
    ui::render::{text::count, time},
};

/// `Thu 1 April 2027`.
pub fn day(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %B %Y").to_string()
}

/// `1 April`.
pub fn short_day(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %B").to_string()
}

/// `1 Apr 2027`.
pub fn table_day(at: Timestamp, zone: Tz) -> String {
    // It does not break over lines.
    at.with_timezone(&zone).format("%-d\u{a0}%b\u{a0}%Y").to_string()
}

/// `Thu 1 April 2027, 09:00 EDT`.
pub fn moment(at: Timestamp, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %B %Y, %H:%M %Z").to_string()
}

/// `in 17 days`, `tomorrow`, `today`, `3 days ago`, by the days of the calendar.
pub fn away(at: Timestamp, now: Timestamp, zone: Tz) -> String {
    let date = |at: Timestamp| at.with_timezone(&zone).date_naive();
    match (date(at) - date(now)).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        n if n > 0 => format!("in {}", days(n)),
        n => format!("{} ago", days(-n)),
    }
}

pub fn days(n: i64) -> String {
    count(usize::try_from(n).unwrap_or(0), "day", "days")
}

/// `3 days late`, `2 days early`, `on time`; less than half a day is on time.
pub fn lateness(seconds: i64) -> (Tone, String) {
    let days_late = (seconds.abs() + 43_200) / 86_400;
    match (seconds >= 0, days_late) {
        (_, 0) => (Tone::Good, "on time".to_owned()),
        (true, n) => (Tone::Bad, format!("{} late", days(n))),
        (false, n) => (Tone::Good, format!("{} early", days(n))),
    }
}

/// `+5 d`, `−2 d`, `0 d`: to the nearest day.
pub fn signed_days(seconds: i64) -> String {
    match (seconds.signum(), (seconds.abs() + 43_200) / 86_400) {
        (_, 0) => "0 d".to_owned(),
        (-1, n) => format!("−{n} d"),
        (_, n) => format!("+{n} d"),
    }
}

pub fn status_tone(status: Status) -> Tone {
    match status {
        Status::Planned | Status::Cancelled => Tone::Neutral,
        Status::InProgress => Tone::Warn,
        Status::Completed => Tone::Good,
        Status::Delayed => Tone::Bad,
    }
}

/// Where the launch stands, in one or two sentences.
pub fn standing(summary: &Summary, now: Timestamp) -> (Tone, String) {
    let Summary { title, status, target, launched, timezone, milestones_done, milestones_total, stopped, .. } = summary;
    let when = format!("{} ({})", moment(*target, *timezone), away(*target, now, *timezone));
    let done = match (milestones_done, milestones_total) {
        (_, 0) => "It has no milestones".to_owned(),
        (done, total) if done == total => format!("All {total} milestones are complete"),
        (0, total) => format!("None of its {} is complete yet", count(*total, "milestone", "milestones")),
        (done, total) => format!(
            "{done} of {} {} complete",
            count(*total, "milestone", "milestones"),
            if *done == 1 { "is" } else { "are" }
        ),
    };
    let (in_time, launches) = match launched {
        Some(Launched { at, late_days }) => {
            let day = format!("launched on {} ({})", moment(*at, *timezone), away(*at, now, *timezone));
            let late = match usize::try_from(*late_days).unwrap_or(0) {
                0 => String::new(),
                n => format!(", {} late", count(n, "day", "days")),
            };
            (late.is_empty(), day + &late)
        }
        None if *target > now => (true, format!("launches on {when}")),
        None => (false, format!("was to launch on {when} and has not yet")),
    };
    let good = if in_time { Tone::Good } else { Tone::Warn };
    let (tone, text) = match status {
        Status::Planned => (Tone::Neutral, format!("{title} is planned for {when}. {done}.")),
        Status::InProgress => (good, format!("{title} {launches}. {done}.")),
        Status::Delayed => (Tone::Bad, format!("{title} is behind its plan. It {launches}. {done}.")),
        Status::Completed if launched.is_none() => (Tone::Good, format!("{title} is complete.")),
        Status::Completed => (good, format!("{title} is complete. It {launches}.")),
        Status::Cancelled => (Tone::Neutral, format!("{title} was cancelled. It was to launch on {when}.")),
    };
    match stopped {
        Some(why) => (Tone::Bad, format!("{text} It stands still: {why}.")),
        None => (tone, text),
    }
}

/// One deed: when, what, by whom, with its evidence.
pub fn deed(deed: &Deed, zone: Tz) -> Item {
    let Deed { at, launch: _, by, what, id: _, title, evidence: said, object: thing } = deed;
    let by = if by.0 == "daemon" { String::new() } else { format!(" by {by}") };
    let (tone, tail) = told(*what, &by);
    let mut text = vec![dim(at.with_timezone(&zone).format("%a %-d %b, %H:%M: ").to_string())];
    let is_decision = matches!(what, What::Approved | What::Refused);
    if matches!(what, What::MilestoneCompleted | What::MilestoneReopened) {
        text.push(plain("milestone "));
    }
    match thing.as_ref().filter(|_| is_decision) {
        Some(approval) => text.extend([strong(approval), plain(format!(" of {title}"))]),
        None => text.push(strong(title)),
    }
    text.push(plain(tail));
    let is_failure = matches!(what, What::Rejected | What::Retried | What::InDoubt | What::Held);
    match said {
        Some(said) if is_failure => text.push(plain(format!(": {said}"))),
        Some(said) => text.extend([plain(": "), evidence(said)]),
        None => {}
    }
    if let Some(thing) = thing.as_ref().filter(|_| !is_decision) {
        text.extend([plain(" → "), object(thing)]);
    }
    Item::new(text).tone(tone)
}

/// What happened to something, as the rest of a sentence about it.
fn told(what: What, by: &str) -> (Tone, String) {
    let (tone, text) = match what {
        What::LaunchCompleted | What::MilestoneCompleted => (Tone::Good, " is complete"),
        What::Cancelled => return (Tone::Bad, format!(" was cancelled{by}")),
        What::Paused => return (Tone::Warn, format!(" was paused{by}")),
        What::Resumed => return (Tone::Neutral, format!(" was resumed{by}")),
        What::Held => (Tone::Bad, " was held at its last good revision"),
        What::MilestoneReopened => (Tone::Bad, " is not complete any more"),
        What::Approved => return (Tone::Good, format!(" was approved{by}")),
        What::Refused => return (Tone::Bad, format!(" was refused{by}")),
        What::Done => return (Tone::Good, format!(" was done{by}")),
        What::WentOut => (Tone::Good, " went out"),
        What::Created => (Tone::Good, " was created"),
        What::Updated => (Tone::Good, " was updated"),
        What::Closed => (Tone::Neutral, " was closed"),
        What::Deleted => (Tone::Neutral, " was deleted"),
        What::Adopted => (Tone::Good, " was found and taken over"),
        What::Blocked => return (Tone::Bad, format!(" was blocked{by}")),
        What::Unblocked => return (Tone::Neutral, format!(" was released{by}")),
        What::Rejected => (Tone::Bad, " was rejected by the other side"),
        What::Retried => (Tone::Warn, " failed and was tried again"),
        What::InDoubt => (Tone::Bad, " was sent, and it could not be told whether it arrived"),
        What::DidNotHappen => return (Tone::Neutral, format!(" was found not to have happened{by}")),
    };
    (tone, text.to_owned())
}

/// Something that comes.
pub fn upcoming(one: &Upcoming, zone: Tz) -> Item {
    let Upcoming { at, what, id: _, title, owner } = one;
    let tail = match what {
        Coming::Launch => " launches",
        Coming::MilestoneDue => " is due",
        Coming::TaskDue => " is to be done",
        Coming::GoesOut => " may go out",
        Coming::GoalJudged => " is judged",
    };
    let lead = match what {
        Coming::MilestoneDue => "milestone ",
        Coming::GoalJudged => "the goal ",
        _ => "",
    };
    let mut text = vec![
        dim(at.with_timezone(&zone).format("%a %-d %b, %H:%M: ").to_string()),
        plain(lead),
        strong(title),
        plain(tail),
    ];
    if let Some(owner) = owner {
        text.push(plain(format!(", {owner}")));
    }
    text.retain(|i| !matches!(i, Inline::Plain(t) if t.is_empty()));
    let tone = if matches!(what, Coming::Launch | Coming::GoesOut) { Tone::Warn } else { Tone::Neutral };
    Item::new(text).tone(tone)
}

/// What stops a milestone, as a sentence.
pub fn stuck(stuck: &Stuck) -> String {
    match stuck {
        Stuck::Blocked { item, by, reason: Some(reason) } => format!("{item} was blocked by {by}: “{reason}”."),
        Stuck::Blocked { item, by, reason: None } => format!("{item} was blocked by {by}."),
        Stuck::InDoubt { activity } => format!("{activity} was sent, and nobody knows whether it arrived."),
        Stuck::Rejected { activity, summary } => format!("{activity} was rejected: {summary}."),
        Stuck::NoGo { approval, by } => format!("{by} said no to {approval}."),
        Stuck::Failing { check } => format!("The check {check} fails."),
    }
}

/// Why a milestone is late, as the end of a sentence.
pub fn cause(slip: &Slip) -> String {
    match &slip.cause {
        None if slip.late_seconds <= 0 || slip.actual.is_none() => String::new(),
        None => "nothing on record tells".to_owned(),
        Some(Cause::Moved { seconds }) => {
            format!("its date was moved by {}", days((seconds.abs() + 43_200) / 86_400))
        }
        Some(Cause::Milestone { title, .. }) => format!("waited for the milestone {title}"),
        Some(Cause::Activity { title, by, .. }) if by.0 == "daemon" => format!("waited for {title}"),
        Some(Cause::Activity { title, by, .. }) => format!("waited for {title}, done by {by}"),
        Some(Cause::Approval { name, by }) => format!("waited for the approval {name}, given by {by}"),
        Some(Cause::Check { name }) => format!("waited for the check {name} to pass"),
        Some(Cause::Blocked { by, reason: Some(reason) }) => format!("blocked by {by}: {reason}"),
        Some(Cause::Blocked { by, reason: None }) => format!("was blocked until {by} released it"),
    }
}

/// An hour and a minute in the zone, where the day is told elsewhere.
pub fn clock(at: Timestamp, zone: Tz) -> String {
    time::absolute(at, zone)
}
