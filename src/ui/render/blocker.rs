//! What holds something back, as a sentence, with who must do what and the command to type.

use chrono_tz::Tz;

use super::{View, text, time, words};
use crate::core::{
    model::{activity::Need, check::Verdict, name::Name, outcome::Failure, state::Mark},
    plan::{Blocker, Target, Until},
};

pub use crate::core::plan::{WaitsFor, waits_for};

/// A blocker in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// A sentence without a full stop: "approval go_no_go has 1 of 2, from release-managers".
    pub text: String,
    pub waits_for: WaitsFor,
    pub remedies: Vec<Remedy>,
}

/// What somebody can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// "to give it"; the command follows.
    pub lead: String,
    /// Complete; placeholders are in capitals. Empty where the remedy is no command.
    pub command: String,
}

/// What a blocker is about, and how to show times.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub launch: &'a Name,
    pub subject: &'a Target,
    pub zone: Tz,
    pub view: &'a View,
}

impl Scope<'_> {
    fn address(&self) -> String {
        words::address(self.subject)
    }

    fn command(&self, verb: &str, rest: &str) -> String {
        let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
        format!("launchd {verb} {} {}{rest}", self.launch, self.address())
    }

    fn remedy(&self, lead: &str, verb: &str, rest: &str) -> Remedy {
        Remedy { lead: lead.to_owned(), command: self.command(verb, rest) }
    }
}

/// Explains one blocker.
pub fn explain(blocker: &Blocker, scope: Scope<'_>) -> Explained {
    let (text, remedies) = words_of(blocker, scope);
    Explained { text, waits_for: waits_for(blocker), remedies }
}

type Words = (String, Vec<Remedy>);

fn words_of(blocker: &Blocker, scope: Scope<'_>) -> Words {
    let Scope { launch, zone, view, .. } = scope;
    match blocker {
        Blocker::Until { at, why } => only(until(why, &time::both(*at, zone, view))),
        Blocker::Needs { need } => needs(need),
        Blocker::Phase { phase, waiting_for, more } => only(format!(
            "the {} phase opens when {} complete",
            phase.to_string().replace('_', " "),
            match waiting_for.as_slice() {
                [one] if *more == 0 => format!("milestone {one} is"),
                many => format!("milestones {} are", text::list_of(many, 6, many.len() + more)),
            }
        )),
        Blocker::Approval { milestone, approval, from, have, want, void, expired, refused_by } => {
            let mut text = format!("approval {approval} of milestone {milestone} has {have} of {want}, from {from}");
            if *void > 0 {
                text += &format!("; {void} void, because the milestone changed after it was given");
            }
            if *expired > 0 {
                text += &format!("; {expired} expired");
            }
            if let Some(mark) = refused_by {
                text += &format!("; refused by {}", marked(mark, zone, view));
            }
            let command = format!("launchd approve {launch} {milestone} {approval}");
            (text, vec![Remedy { lead: "to give it".into(), command }])
        }
        Blocker::Unapproved { milestone } => (
            format!("policy asks for an approval of what is public, and milestone {milestone} names none"),
            vec![Remedy {
                lead: format!("add `approvals` to milestone {milestone} in the file"),
                command: String::new(),
            }],
        ),
        Blocker::Check { milestone, check, verdict, detail } => {
            let detail = detail.as_ref().map(|d| format!(": {d}")).unwrap_or_default();
            let text = format!("check {check} of milestone {milestone} {}{detail}", words::verdict(*verdict));
            let item = format!("{milestone}.{check}");
            let judge = |lead: &str, verb, rest| Remedy {
                lead: lead.into(),
                command: format!("launchd {verb} {launch} {item} {rest}"),
            };
            match verdict {
                Verdict::Inconclusive => (
                    text,
                    vec![
                        judge("if it is good", "done", "--evidence URL"),
                        judge("if it is not", "block", "--reason TEXT"),
                    ],
                ),
                Verdict::Fail => only(text),
                Verdict::Pass => only(text),
            }
        }
        Blocker::NotAsked { milestone, check } => {
            only(format!("check {check} of milestone {milestone} was not asked yet"))
        }
        Blocker::Refused { failure } => (
            format!("settings do not let it be done: {}", failed(failure)),
            vec![Remedy { lead: "change launchd.yaml, or what the file asks for".into(), command: String::new() }],
        ),
        Blocker::Person { who, what } => {
            let text = match who {
                Some(who) => format!("{who} is asked: {what}"),
                None => format!("a person is asked: {what}"),
            };
            let remedies = match scope.subject {
                Target::Check { .. } => vec![
                    scope.remedy("if it is good", "done", "--evidence URL"),
                    scope.remedy("if it is not", "block", "--reason TEXT"),
                ],
                Target::Goal(_) => vec![
                    scope.remedy("if it is", "done", "--evidence URL"),
                    scope.remedy("if it is not", "block", "--reason TEXT"),
                ],
                _ => vec![scope.remedy("when it is done", "done", "--evidence URL")],
            };
            (text, remedies)
        }
        Blocker::NotDone { url } => only(match url {
            Some(url) => format!("it is there, but not finished: {url}"),
            None => "it is there, but not finished".to_owned(),
        }),
        Blocker::Running { since } => {
            only(format!("it is running since {}, and its answer is awaited", time::both(*since, zone, view)))
        }
        Blocker::InDoubt { intent: _, since, failure, request } => {
            in_doubt(scope, *since, failure.as_ref(), request.as_deref())
        }
        Blocker::Rejected { failure, at } => {
            let when = at.map(|at| format!(" {}", time::relative(at, view.now))).unwrap_or_default();
            (
                format!("rejected{when}: {}", failed(failure)),
                vec![
                    Remedy {
                        lead: "change its inputs in the file, and it is tried again by itself".into(),
                        command: String::new(),
                    },
                    scope.remedy("if the cause was elsewhere and is repaired", "resolve", "--retry"),
                ],
            )
        }
        Blocker::Exhausted { failure, tries } => {
            let last = failure.as_ref().map(|f| format!("; the last time: {}", failed(f))).unwrap_or_default();
            (
                format!("tried {} without success{last}", text::count(*tries as usize, "time", "times")),
                vec![scope.remedy("when the cause is repaired", "resolve", "--retry")],
            )
        }
        Blocker::LookupFailed { failure, since, tries, again } => {
            let tried = if *tries > 1 { format!("; tried {tries} times") } else { String::new() };
            let text = format!(
                "launchd cannot look at it since {}, and concludes nothing from that: {}{tried}; next try {}",
                time::both(*since, zone, view),
                failed(failure),
                time::both(*again, zone, view),
            );
            (text, vec![Remedy { lead: mending(failure).into(), command: String::new() }])
        }
        Blocker::Marked { mark, milestone } => {
            let text = format!("blocked by {}", marked(mark, zone, view));
            let carrier = milestone.as_ref().map_or_else(|| scope.address(), ToString::to_string);
            (
                text,
                vec![Remedy { lead: "to release it".into(), command: format!("launchd unblock {launch} {carrier}") }],
            )
        }
        Blocker::Missed { due } => (
            format!("its moment was {} and is long past; a person decides", time::both(*due, zone, view)),
            vec![
                scope.remedy("to do it now after all", "resolve", "--retry"),
                scope.remedy("if it happened another way", "done", "--evidence URL"),
            ],
        ),
        Blocker::Held { mark } => (
            format!(
                "the files cannot be followed at present ({}), and it cannot be taken back",
                mark.text.as_deref().unwrap_or("held")
            ),
            vec![Remedy { lead: "to see every problem".into(), command: "launchd validate".into() }],
        ),
        Blocker::Input { path, detail } => (
            format!("its input {path} cannot be made from what is there: {detail}"),
            vec![Remedy { lead: "correct the template in the file".into(), command: String::new() }],
        ),
    }
}

/// What somebody can do about a look-up that fails; it is tried again by itself.
fn mending(failure: &Failure) -> &'static str {
    match failure.status {
        Some(401 | 403) => "give its connector a credential that is valid and may read this, in launchd.yaml",
        Some(429) => "nothing, if it ends soon; otherwise ask the vendor for a higher limit",
        Some(500..) => "nothing, if the vendor comes back soon; its status page may know more",
        _ => "repair what the message names; connectors and their credentials stand in launchd.yaml",
    }
}

fn only(text: String) -> Words {
    (text, Vec::new())
}

fn until(why: &Until, at: &str) -> String {
    match why {
        Until::WindowOpens => format!("its window opens {at}"),
        Until::Embargo => format!("embargo until {at}"),
        Until::FreezeEnds { name } => format!("the freeze {name} lasts until {at}"),
        Until::Retry { attempt, failure } => format!("attempt {attempt} failed ({failure}); tried again {at}"),
        Until::ProbeAgain => format!("launchd looks for it again {at}"),
        Until::Unkept { fields, times } => format!(
            "{} did not stay as written {times} times in a row; written again {at} (`ignore_drift` leaves it alone)",
            fields.join(", ")
        ),
        Until::LookAgain => format!("launchd looks at it again {at}"),
        Until::GoalSample { .. } => format!("measured again {at}"),
        Until::GoalJudged { .. } => format!("judged {at}"),
        Until::Target => format!("the launch is {at}, and its milestones do not complete before"),
        Until::CheckAgain { check } => format!("check {check} is asked again {at}"),
        Until::CheckHolds { check } => format!("check {check} passes and must keep passing until {at}"),
        Until::Due { milestone } => format!("milestone {milestone} is due {at}"),
        Until::ApprovalExpires { approval } => format!("approval {approval} expires {at}"),
    }
}

fn needs(need: &Need) -> Words {
    match need {
        Need::Activity(id) => only(format!("activity {id} comes first")),
        Need::Milestone(id) => only(format!("milestone {id} comes first")),
        Need::Foreign { launch, milestone } => {
            let command = format!("launchd why {launch} {milestone}");
            let text = format!("milestone {milestone} of launch {launch} comes first");
            (text, vec![Remedy { lead: "what that waits for".into(), command }])
        }
    }
}

fn in_doubt(
    scope: Scope<'_>,
    since: crate::core::model::Timestamp,
    failure: Option<&Failure>,
    request: Option<&str>,
) -> Words {
    let why = failure.map(|f| format!(" ({})", failed(f))).unwrap_or_default();
    let request = request.map(|r| format!("; look there for: {r}")).unwrap_or_default();
    (
        format!(
            "it was sent {} and no answer came{why}, so it may have happened; it is not repeated before a person says so{request}",
            time::both(since, scope.zone, scope.view),
        ),
        vec![
            scope.remedy("if it happened", "resolve", "--happened"),
            scope.remedy("if it did not", "resolve", "--did-not-happen"),
        ],
    )
}

/// `ann 2 hours ago: "not before legal agrees"`.
pub fn marked(mark: &Mark, zone: Tz, view: &View) -> String {
    let text = mark.text.as_ref().map(|t| format!(": “{t}”")).unwrap_or_default();
    format!("{} on {}{text}", mark.by, time::both(mark.at, zone, view))
}

/// A failure in one line: summary, status, and what the other side said.
pub fn failed(failure: &Failure) -> String {
    let Failure { summary, detail, status, request: _ } = failure;
    let status = status.filter(|s| !summary.contains(&s.to_string())).map(|s| format!(" ({s})")).unwrap_or_default();
    if detail.is_empty() || detail == summary {
        format!("{summary}{status}")
    } else {
        format!("{summary}{status}: {}", text::shorten(detail, 300))
    }
}
