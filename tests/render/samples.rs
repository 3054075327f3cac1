//! One sample or more of everything that has words of its own.

use std::iter::successors;

use super::*;

/// Every action, in an order that the compiler keeps complete.
pub fn actions() -> Vec<Action> {
    let next = |action: &Action| match action {
        Action::Keep => Some(Action::Await),
        Action::Await => Some(Action::Create),
        Action::Create => Some(Action::Update),
        Action::Update => Some(Action::Close),
        Action::Close => Some(Action::Delete),
        Action::Delete => Some(Action::Adopt),
        Action::Adopt => Some(Action::Probe),
        Action::Probe => Some(Action::Forget),
        Action::Forget => Some(Action::Move),
        Action::Move => Some(Action::Check),
        Action::Check => Some(Action::Complete),
        Action::Complete => Some(Action::Reopen),
        Action::Reopen => None,
    };
    successors(Some(Action::Keep), next).collect()
}

pub fn reasons() -> Vec<Reason> {
    let next = |reason: &Reason| match reason {
        Reason::NotThere => Some(Reason::Vanished),
        Reason::Vanished => Some(Reason::AsWritten),
        Reason::AsWritten => Some(Reason::FileChanged),
        Reason::FileChanged => Some(Reason::Drifted),
        Reason::Drifted => Some(Reason::FileChangedAndDrifted),
        Reason::FileChangedAndDrifted => Some(Reason::TooLate),
        Reason::TooLate => Some(Reason::NotManaged),
        Reason::NotManaged => Some(Reason::Finished),
        Reason::Finished => Some(Reason::NotFinished),
        Reason::NotFinished => Some(Reason::RemovedFromFile),
        Reason::RemovedFromFile => Some(Reason::LaunchRemoved),
        Reason::LaunchRemoved => Some(Reason::LaunchCancelled),
        Reason::LaunchCancelled => Some(Reason::AdoptAsked),
        Reason::AdoptAsked => Some(Reason::OutcomeUnknown),
        Reason::OutcomeUnknown => Some(Reason::Renamed),
        Reason::Renamed => Some(Reason::NotAnswered),
        Reason::NotAnswered => Some(Reason::NotPassing),
        Reason::NotPassing => Some(Reason::HoldingFor),
        Reason::HoldingFor => Some(Reason::Passed),
        Reason::Passed => Some(Reason::AllReached),
        Reason::AllReached => Some(Reason::NotReached),
        Reason::NotReached => Some(Reason::NoLongerReached),
        Reason::NoLongerReached => Some(Reason::NotMeasured),
        Reason::NotMeasured => Some(Reason::Measured),
        Reason::Measured => Some(Reason::NotJudged),
        Reason::NotJudged => Some(Reason::Judged),
        Reason::Judged => Some(Reason::Added),
        Reason::Added => Some(Reason::Edited),
        Reason::Edited => Some(Reason::Left),
        Reason::Left => None,
    };
    successors(Some(Reason::NotThere), next).collect()
}

/// One sample or more of every blocker; the match below names each, so that a new one fails to compile here.
pub fn blockers() -> Vec<Blocker> {
    let later = at("2027-03-18T13:00:00Z");
    let untils = [
        Until::WindowOpens,
        Until::Embargo,
        Until::FreezeEnds { name: "quarter end".into() },
        Until::Retry { attempt: 2, failure: "503 from the vendor".into() },
        Until::ProbeAgain,
        Until::Unkept { fields: vec!["summary".into()], times: 3 },
        Until::LookAgain,
        Until::Target,
        Until::CheckAgain { check: id("errors_low") },
        Until::CheckHolds { check: id("errors_low") },
        Until::Due { milestone: id("launch_day") },
        Until::ApprovalExpires { approval: id("go_no_go") },
    ];
    let approval = |void, expired, refused_by| Blocker::Approval {
        milestone: id("launch_day"),
        approval: id("go_no_go"),
        from: "release-managers".into(),
        have: 0,
        want: 2,
        void,
        expired,
        refused_by,
    };
    let check = |verdict, detail: Option<&str>| Blocker::Check {
        milestone: id("launch_day"),
        check: id("errors_low"),
        verdict,
        detail: detail.map(Into::into),
    };
    let mut all: Vec<Blocker> = untils.into_iter().map(|why| Blocker::Until { at: later, why }).collect();
    all.extend([
        Blocker::Needs { need: Need::Activity(id("epic")) },
        Blocker::Needs { need: Need::Milestone(id("product_readiness")) },
        Blocker::Needs { need: Need::Foreign { launch: "beacon".parse().unwrap(), milestone: id("launch_day") } },
        Blocker::Phase { phase: Phase::Launch, waiting_for: vec![id("product_readiness")], more: 0 },
        Blocker::Phase {
            phase: Phase::Launch,
            waiting_for: vec![id("product_readiness"), id("sales_readiness")],
            more: 0,
        },
        Blocker::Phase { phase: Phase::Launch, waiting_for: vec![id("product_readiness")], more: 49_999 },
        approval(0, 0, None),
        approval(1, 1, Some(mark("not before legal agrees"))),
        Blocker::Unapproved { milestone: id("launch_day") },
        Blocker::Held { mark: mark("launches/atlas.yaml:3:1: a tab cannot indent YAML") },
        check(Verdict::Fail, Some("0.03 is not < 0.01")),
        check(Verdict::Inconclusive, None),
        check(Verdict::Pass, None),
        Blocker::NotAsked { milestone: id("launch_day"), check: id("errors_low") },
        Blocker::Refused { failure: Failure::new("the program is not allowed by settings", "add a line") },
        Blocker::Person { who: Some("Support Team".into()), what: "train the first-level team".into() },
        Blocker::Person { who: None, what: "is the price list final?".into() },
        Blocker::NotDone { url: Some("https://example.atlassian.net/browse/ATL-7".into()) },
        Blocker::NotDone { url: None },
        Blocker::Running { since: at("2027-03-15T12:00:00Z") },
        Blocker::InDoubt {
            intent: IntentId(17),
            since: at("2027-03-15T12:00:00Z"),
            failure: Some(Failure::new("the connection was closed before an answer", "")),
            request: Some("POST https://us1.api.mailchimp.com/3.0/campaigns/42/actions/send".into()),
        },
        Blocker::InDoubt { intent: IntentId(17), since: at("2027-03-15T12:00:00Z"), failure: None, request: None },
        Blocker::Rejected { failure: failure(), at: Some(at("2027-03-15T12:00:00Z")) },
        Blocker::Exhausted { failure: Some(failure()), tries: 10 },
        Blocker::LookupFailed {
            failure: Failure::new("no answer within 30 s", ""),
            since: at("2027-03-15T12:00:00Z"),
            tries: 6,
            again: later,
        },
        Blocker::Marked { mark: mark("the demo video is wrong"), milestone: None },
        Blocker::Missed { due: at("2027-03-10T13:00:00Z") },
        Blocker::Input { path: "fields.link".into(), detail: "activities.epic has no output `link`".into() },
    ]);
    all
}

/// Names each blocker, so that a new one fails to compile until [`blockers`] has it.
pub fn name(blocker: &Blocker) -> &'static str {
    match blocker {
        Blocker::Until { .. } => "until",
        Blocker::Needs { .. } => "needs",
        Blocker::Phase { .. } => "phase",
        Blocker::Approval { .. } => "approval",
        Blocker::Unapproved { .. } => "unapproved",
        Blocker::Held { .. } => "held",
        Blocker::Check { .. } => "check",
        Blocker::NotAsked { .. } => "not_asked",
        Blocker::Refused { .. } => "refused",
        Blocker::Person { .. } => "person",
        Blocker::NotDone { .. } => "not_done",
        Blocker::Running { .. } => "running",
        Blocker::InDoubt { .. } => "in_doubt",
        Blocker::Rejected { .. } => "rejected",
        Blocker::Exhausted { .. } => "exhausted",
        Blocker::LookupFailed { .. } => "lookup_failed",
        Blocker::Marked { .. } => "marked",
        Blocker::Missed { .. } => "missed",
        Blocker::Input { .. } => "input",
    }
}
