//! `launchd done`: a person's word that something is done, with evidence.

use clap::Args;
use serde_json::Value;

use super::{
    CommandResult, Exit, Problem, Session,
    authority::authorize,
    launch::{Item, ItemArgs, Known},
    output::Format,
};
use crate::core::{
    model::{
        activity::Activity,
        check::{Answer, Check, Question, Verdict},
        checklist::{ItemAnswer, Said},
        event::EventKind,
        fingerprint::Fingerprint,
        goal::Goal,
        measure::{Ending, Judgement},
        milestone::Milestone,
    },
    plan::{Target, before_turn, goals},
    review::{
        authority::Word,
        checklist::{self, ItemDefinition},
        claim::{self, NoEvidence, TooEarly},
    },
    schedule::format_duration,
};
use crate::ui::render::{
    blocker::{Scope, explain},
    words::address,
};

const EXAMPLES: &str = "\
Examples:
  launchd done atlas-2 train_support --evidence https://wiki.example.com/support-training
  launchd done atlas-2/product_readiness.price_final --evidence 'price list 14, signed by Dana'
  launchd done atlas-2 goal.activation --evidence https://bi.example.com/activation
  launchd done atlas-2 checklist.runbooks_documented --evidence https://wiki.example.com/runbooks

A check is written MILESTONE.CHECK, a goal goal.NAME: done says that it is reached, block that it is missed.
To take it back: launchd block.";

/// Say that a task is done or a goal reached, or answer a check with yes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoneArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// What shows it: an address or a sentence. It is kept in the audit log.
    #[arg(long, value_name = "URL|TEXT")]
    evidence: String,
    /// For checklist.ITEM: this launch does without it, and the evidence says why.
    #[arg(long)]
    not_applicable: bool,
}

pub async fn run(args: &DoneArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let (launch, item) = args.item.both()?;
    let evidence = evidence(&args.evidence)?;
    let known = Known::open(session, &launch).await?;
    let found = known.item(&item)?;
    let word = match found {
        Item::Goal(_) => "is reached",
        Item::Listed(_) if args.not_applicable => "is left out",
        Item::Listed(_) => "is answered yes",
        _ => "is done",
    };
    let kind = match found {
        Item::Activity(activity) => {
            refuse_too_early(session, &known, activity)?;
            if activity.uses.is_human() {
                refuse_before_turn(session, &known, Target::Activity(activity.id.clone())).await?;
            }
            EventKind::Done { activity: activity.id.clone(), evidence: Some(evidence.to_owned()) }
        }
        Item::Former(id) => EventKind::Done { activity: id.clone(), evidence: Some(evidence.to_owned()) },
        Item::Check(milestone, check) => {
            let kind = answer(session, &known, milestone, check, Verdict::Pass, evidence)?;
            let subject = Target::Check { milestone: milestone.id.clone(), check: check.name.clone() };
            refuse_before_turn(session, &known, subject).await?;
            kind
        }
        Item::Goal(goal) => judge(session, &known, goal, Ending::Reached, evidence)?,
        Item::Listed(listed) => {
            let said = if args.not_applicable { Said::NotApplicable } else { Said::Yes };
            item_answer(session, &known, listed, said, evidence)?
        }
        _ if args.not_applicable => {
            return Err(Problem::new(format!("{item} is no item of the checklists"))
                .why("only those can be left out here; a milestone is left out in the file: `cancelled: true`"));
        }
        Item::Milestone(milestone) => {
            return Err(Problem::new(format!(
                "{} is a milestone, and milestones complete by themselves",
                milestone.id
            ))
            .why("it is complete when its activities are, its checks pass and its approvals stand; never by a word")
            .hint(format!("launchd why {launch} {}", milestone.id)));
        }
    };
    known.say(session, vec![kind]).await?;
    session.out.print(&format!("{launch} {item} {word}. Evidence: {}\n", crate::ui::render::text::clean(evidence)));
    Ok(Exit::Done)
}

fn refuse_too_early(session: &Session<'_>, known: &Known, activity: &Activity) -> Result<(), Problem> {
    let launch = known.plan()?;
    let refused = Problem::new(format!("{} is public, and cannot be said to be done yet", activity.id)).not_as_asked();
    claim::can_be_done(activity, launch, &known.state, session.now()).map_err(|early| match early {
        TooEarly::Embargo(ends) => refused
            .why(format!("its embargo ends {}", ends.with_timezone(&launch.timezone).format("%Y-%m-%d %H:%M %Z")))
            .hint("if it is out already, move its `embargo` in the file, where everybody sees it"),
        TooEarly::Approval(approval) => refused
            .why(format!("approval {approval} of milestone {} does not stand", activity.milestone))
            .hint(format!("launchd approve {} {} {approval}", known.name, activity.milestone)),
    })
}

/// What the plan would hold back, nobody has done, and nobody can judge.
async fn refuse_before_turn(session: &Session<'_>, known: &Known, subject: Target) -> Result<(), Problem> {
    let plan = known.planned(session.now()).await?;
    let Some(blocker) = before_turn(&plan, &subject) else { return Ok(()) };
    let (launch, zone, view) = (&known.name, known.plan()?.timezone, session.view());
    let why = explain(blocker, Scope { launch, subject: &subject, zone, view: &view }).text;
    let name = address(&subject);
    Err(Problem::new(format!("it is not the turn of {name} yet"))
        .why(why)
        .hint(format!(
            "launchd why {launch} {name}; if it need not wait, say so in the file: `needs`, `start` or `not_before`"
        ))
        .not_as_asked())
}

/// The evidence as it is kept.
pub(super) fn evidence(text: &str) -> Result<&str, Problem> {
    claim::evidence(text).map_err(|why| match why {
        NoEvidence::Empty => {
            Problem::new("the evidence is empty").hint("an address, or a sentence that somebody can check later")
        }
        NoEvidence::Secret => Problem::new("the evidence holds a credential")
            .why("the record keeps it for ever, and `events` shows it to everybody")
            .hint("leave the password or token out of it; if the shell keeps a history, revoke it"),
        NoEvidence::TooLong(length) => Problem::new("the evidence is too long")
            .why(format!("it has {length} characters, and {} are kept", claim::LONGEST))
            .hint("write it where others can read it, and give the address"),
        NoEvidence::Unsafe(scheme) => Problem::new(format!("a `{scheme}:` address is no evidence"))
            .why("others could not open it, or should not")
            .hint("an address with https:// or mailto:, or a sentence that somebody can check later"),
    })
}

/// A person's verdict on a check.
pub(super) fn answer(
    session: &Session<'_>,
    known: &Known,
    milestone: &Milestone,
    check: &Check,
    verdict: Verdict,
    text: &str,
) -> Result<EventKind, Problem> {
    let from = match &check.question {
        Question::Person { from, .. } => from.as_deref(),
        _ => None,
    };
    if let Some(role) = from {
        authorize(session, &session.actor()?, role, Word::Answer, &format!("check {}", check.name))?;
    }
    if matches!(check.question, Question::Expression) {
        return Err(Problem::new(format!("check {} is decided by the launch itself", check.name))
            .why(format!("it passes when {}", check.pass.as_deref().unwrap_or("its expression says so"))));
    }
    // A stop is always a person's to call; a yes is not where the world can be asked.
    if verdict == Verdict::Pass && matches!(check.question, Question::Probe { .. }) {
        refuse_for_the_world(known, milestone, check)?;
    }
    let answer = Answer {
        at: session.now(),
        verdict,
        value: Value::Null,
        detail: Some(text.to_owned()),
        failure: None,
        by_person: true,
        question: Fingerprint::of(check),
    };
    Ok(EventKind::CheckAnswered { milestone: milestone.id.clone(), check: check.name.clone(), answer })
}

/// A person's answer to an item of the checklists.
pub(super) fn item_answer(
    session: &Session<'_>,
    known: &Known,
    listed: &ItemDefinition,
    said: Said,
    text: &str,
) -> Result<EventKind, Problem> {
    let launch = known.plan()?;
    let now = session.now();
    if said != Said::NotApplicable && checklist::is_observed(listed, launch, &known.state, now) {
        let item = checklist::answer(listed, launch, &known.state, now);
        let evidence = item.evidence.first();
        let part = evidence.and_then(|e| e.part.clone()).map(|p| format!(" {p}")).unwrap_or_default();
        return Err(Problem::new(format!("checklist.{} is answered by what launchd observes", listed.id))
            .why(evidence.map_or_else(String::new, |e| e.text.clone()))
            .hint(format!("launchd why {}{part}", known.name))
            .not_as_asked());
    }
    let answer = ItemAnswer { by: session.actor()?, at: now, answer: said, evidence: text.to_owned() };
    Ok(EventKind::ItemAnswered { item: listed.id.clone(), answer: Some(answer) })
}

/// A person's verdict on a goal.
pub(super) fn judge(
    session: &Session<'_>,
    known: &Known,
    goal: &Goal,
    ending: Ending,
    text: &str,
) -> Result<EventKind, Problem> {
    let launch = known.plan()?;
    let from = launch.target.min(goals::judged_at(launch, goal));
    if session.now() < from {
        let day = from.with_timezone(&launch.timezone).date_naive();
        return Err(Problem::new(format!("goal {} is about what comes after {day}", goal.name))
            .why("before the launch nobody can say what it brought")
            .not_as_asked());
    }
    let metric = goals::metric(launch, goal);
    let state = known.state.goals.get(&goal.name);
    let open = state.and_then(|s| s.judgement_of(goal)).is_some_and(|j| j.ending == Ending::Inconclusive);
    if let (Some(metric), false) = (metric, open)
        && let Some(last) = state.and_then(|s| s.samples_of(&metric.question()).last())
    {
        return Err(Problem::new(format!("goal {} is judged by its metric, which said {}", goal.name, last.value))
            .why("a person judges where there is no metric, or where it did not answer at the goal's date")
            .hint("to judge it without the metric, take `metric` out of the goal in the file")
            .not_as_asked());
    }
    let (at, by, goal_print) = (session.now(), session.actor()?, goal.fingerprint());
    let judgement = Judgement { at, by, ending, value: None, evidence: Some(text.to_owned()), goal: goal_print };
    Ok(EventKind::GoalJudged { goal: goal.name.clone(), judgement })
}

/// A person's yes is taken where the world was asked this very question and left it open, and nowhere else: it would stand
/// for good, and nobody would ask the world any more.
fn refuse_for_the_world(known: &Known, milestone: &Milestone, check: &Check) -> Result<(), Problem> {
    let state = known.state.milestones.get(&milestone.id).and_then(|m| m.checks.get(&check.name));
    let last = state.and_then(|s| s.last.as_ref()).filter(|a| a.question == Fingerprint::of(check));
    let told = match last.map(|a| a.verdict) {
        Some(Verdict::Inconclusive) => return Ok(()),
        Some(Verdict::Pass) => format!("check {} was answered by the world: pass", check.name),
        Some(Verdict::Fail) if last.is_some_and(|a| a.by_person) => {
            format!("check {} was stopped by a person, and is asked of the world again", check.name)
        }
        Some(Verdict::Fail) => format!("check {} was answered by the world: fail", check.name),
        None => format!("check {} is asked of the world, and was not yet", check.name),
    };
    let item = format!("{}.{}", milestone.id, check.name);
    Err(Problem::new(told)
        .why("a person decides only where that answer could not be told")
        .hint(match last {
            Some(_) => format!("it is asked again every {}", format_duration(check.every_seconds)),
            None => format!("`launchd why {} {item}` says when it is asked", known.name),
        })
        .not_as_asked())
}
