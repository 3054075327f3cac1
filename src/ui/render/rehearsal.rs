//! A rehearsed launch as a timeline: what happens when, who is asked what, and what would be late.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    View,
    event::{done, sentence},
    plan::Shown,
    text::{Line, Page, Role, count},
    time, why,
};
use crate::{
    core::model::{
        activity::{Activity, Uses},
        area::Status,
        call::Verb,
        check::Verdict,
        event::{Event, EventKind, Subject},
        launch::Launch,
        name::Id,
        outcome::Outcome,
    },
    reconcile::Rehearsed,
};

/// The whole run, day by day, with a closing judgement.
pub fn timeline(launch: &Launch, rehearsed: &Rehearsed, view: &View) -> String {
    let mut page = Page::new();
    let title = format!("Rehearsal of {} ({})", launch.title, launch.name);
    page.push(
        Line::new().add(Role::Strong, title).plain(format!(", T = {}", time::absolute(launch.target, launch.timezone))),
    );
    let mut day: Option<NaiveDate> = None;
    let mut effects = 0;
    let mut known = Known::default();
    for event in &rehearsed.events {
        effects += usize::from(is_effect(&event.kind));
        if !known.is_news(event) {
            continue;
        }
        let local = event.at.with_timezone(&launch.timezone);
        if day != Some(local.date_naive()) {
            day = Some(local.date_naive());
            page.gap();
            let heading = format!("{}  {}", local.format("%a %Y-%m-%d"), offset(launch, event));
            page.push(Line::new().add(Role::Strong, heading));
        }
        page.push(line(launch, event, &known));
    }
    page.gap();
    closing(&mut page, launch, rehearsed, effects, view);
    page.render(view)
}

/// `T-14d`.
fn offset(launch: &Launch, event: &Event) -> String {
    let zone = launch.timezone;
    let days =
        (event.at.with_timezone(&zone).date_naive() - launch.target.with_timezone(&zone).date_naive()).num_days();
    match days {
        0 => "T".into(),
        days => format!("T{days:+}d"),
    }
}

/// What was told so far, and what the events refer to by number.
#[derive(Default)]
struct Known {
    /// What each call was to do, by the intent's number.
    sent: BTreeMap<u64, (Verb, Uses)>,
    /// The last answer to each check.
    answers: BTreeMap<(Id, Id), (Verdict, serde_json::Value)>,
}

impl Known {
    /// Takes an event in. The journal's bookkeeping is no news, nor is a check that says the same again.
    fn is_news(&mut self, event: &Event) -> bool {
        match &event.kind {
            EventKind::IntentOpened { intent } => {
                self.sent.insert(event.seq, (intent.verb, intent.uses.clone()));
                false
            }
            EventKind::RevisionAccepted { .. } | EventKind::Observed { .. } => false,
            EventKind::GoalSampled { value, .. } => value.is_none(),
            EventKind::CheckAnswered { milestone, check, answer } => {
                let said = (answer.verdict, answer.value.clone());
                let before = self.answers.insert((milestone.clone(), check.clone()), said.clone());
                before != Some(said)
            }
            _ => true,
        }
    }

    /// What came of a call, by what it did: ids and addresses of simulated objects lead nowhere.
    fn effect(&self, kind: &EventKind) -> Option<String> {
        let EventKind::OutcomeRecorded { intent, outcome: Outcome::Succeeded { .. }, .. } = kind else { return None };
        let (verb, uses) = self.sent.get(&intent.0)?;
        let word = match verb {
            _ if uses.connector == *"exec" => "ran",
            verb => done(*verb),
        };
        Some(format!("{word} ({uses})"))
    }
}

fn line(launch: &Launch, event: &Event, known: &Known) -> Line {
    let words = sentence(&event.kind);
    let subject = match event.kind.subject() {
        Subject::Launch => launch.name.to_string(),
        Subject::Activity(id) => launch.activity(&id).map_or_else(|| id.to_string(), titled),
        Subject::Milestone(id) => id.to_string(),
        Subject::Goal(id) => launch.goals.iter().find(|g| g.name == id).map_or(id.to_string(), |g| g.title.clone()),
        Subject::Checklist => "checklist".to_owned(),
    };
    let at = event.at.with_timezone(&launch.timezone).format("%H:%M").to_string();
    let mut line = Line::at(2).hang(12).add(Role::Dim, at).plain("  ").add(words.role, format!("{} ", words.sign));
    let text = task(launch, event).or_else(|| known.effect(&event.kind)).unwrap_or(words.text);
    line = line.add(Role::Strong, subject).plain("  ").plain(text.replace(SIMULATED, ""));
    let who =
        event.actor.0.strip_prefix(SIMULATED).filter(|_| !matches!(event.kind, EventKind::ApprovalAnswered { .. }));
    if let Some(who) = who {
        line = line.add(Role::Dim, format!("  ({who})"));
    }
    if let EventKind::MilestoneCompleted { milestone } = &event.kind
        && let Some(late) = lateness(launch, milestone, event)
    {
        line = line.add(Role::Bad, format!("  late by {late}"));
    }
    line
}

/// How simulated people sign.
const SIMULATED: &str = "simulated ";

/// One of several of a `for_each` has the title of all, so its item is said.
fn titled(activity: &Activity) -> String {
    let Some(title) = &activity.title else { return activity.id.to_string() };
    match activity.id.as_str().split_once('[') {
        Some((_, item)) if !title.contains(item.trim_end_matches(']')) => {
            format!("{title} [{item}")
        }
        _ => title.clone(),
    }
}

/// A person's task is spoken of as one: its object is nothing but the entry in the journal.
fn task(launch: &Launch, event: &Event) -> Option<String> {
    let Subject::Activity(id) = event.kind.subject() else { return None };
    let activity = launch.activity(&id).filter(|a| a.uses.is_human())?;
    match &event.kind {
        kind if is_effect(kind) => Some(format!("asked of {}", activity.owner.as_deref().unwrap_or("its owner"))),
        EventKind::Done { .. } => Some("done".into()),
        _ => None,
    }
}

fn lateness(launch: &Launch, milestone: &Id, event: &Event) -> Option<String> {
    let due = launch.milestone(milestone)?.due;
    (event.at > due).then(|| time::length(event.at - due))
}

fn is_effect(kind: &EventKind) -> bool {
    matches!(kind, EventKind::OutcomeRecorded { outcome: Outcome::Succeeded { .. }, .. })
}

fn closing(page: &mut Page, launch: &Launch, rehearsed: &Rehearsed, effects: usize, view: &View) {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for event in &rehearsed.events {
        if let Some(who) = event.actor.0.strip_prefix(SIMULATED) {
            // Several who decide in one role are that role, counted.
            let numbered = |(_, number): &(&str, &str)| number.bytes().all(|b| b.is_ascii_digit());
            let who = who.rsplit_once(' ').filter(numbered).map_or(who, |(role, _)| role);
            *asked.entry(who.to_owned()).or_default() += 1;
        }
    }
    let done = rehearsed.plan.status == Status::Completed;
    let (role, word) = if done { (Role::Good, "Completes") } else { (Role::Bad, "Does not complete") };
    let completed = rehearsed.events.iter().rfind(|e| e.kind == EventKind::LaunchCompleted).map(|e| e.at);
    let end = time::absolute(completed.unwrap_or(rehearsed.ended_at), launch.timezone);
    page.push(Line::new().add(role, word).plain(if done { format!(" on {end}.") } else { format!(" by {end}.") }));
    page.push(Line::new().plain(format!("{} carried out.", count(effects, "effect", "effects"))));
    if !asked.is_empty() {
        let people: Vec<String> = asked.iter().map(|(who, n)| format!("{who} {n}×")).collect();
        page.push(Line::new().hang(2).plain(format!("People who are asked: {}.", people.join(", "))));
    }
    let late: Vec<String> = rehearsed
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::MilestoneCompleted { milestone } => {
                lateness(launch, milestone, event).map(|by| format!("{milestone} by {by}"))
            }
            _ => None,
        })
        .collect();
    page.push(match late.as_slice() {
        [] => Line::new().plain("Nothing is late."),
        late => Line::new().hang(2).add(Role::Bad, "Late: ").plain(format!("{}.", late.join(", "))),
    });
    if !done {
        page.gap();
        let shown = Shown { plan: &rehearsed.plan, zone: launch.timezone };
        for line in why::launch(&shown, view).lines() {
            page.push(Line::new().verbatim().plain(line));
        }
    }
}
