//! `launchd resolve`: a person says what became of an effect that launchd cannot tell.

use clap::{ArgGroup, Args};

use super::{
    CommandResult, Exit, Problem, Session,
    done::evidence,
    launch::{Item, ItemArgs, Known},
    output::Format,
};
use crate::{
    core::model::{
        event::EventKind,
        name::Id,
        outcome::{Object, Outcome},
        state::{ActivityState, Intent},
    },
    ui::render::{
        intent,
        text::{clean, count},
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd resolve atlas-2 announce                     show what is known
  launchd resolve atlas-2 announce --happened --url https://us1.campaign-archive.com/?id=42
  launchd resolve atlas-2 announce --did-not-happen    it may be sent then
  launchd resolve atlas-2 epic --retry                 after a rejection whose cause is repaired";

/// Say whether an effect in doubt happened, or ask for another try.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("answer"))]
pub struct ResolveArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// It happened.
    #[arg(long, group = "answer")]
    happened: bool,
    /// It certainly did not happen, and may be tried again.
    #[arg(long, group = "answer")]
    did_not_happen: bool,
    /// Try again: after a rejection, after the last allowed try, or after a missed moment.
    #[arg(long, group = "answer")]
    retry: bool,
    /// The vendor's id of the object, if it happened.
    #[arg(long, value_name = "ID", requires = "happened")]
    id: Option<String>,
    /// Its address, if it happened.
    #[arg(long, value_name = "URL", requires = "happened")]
    url: Option<String>,
    /// What shows it. It is kept in the audit log.
    #[arg(long, value_name = "URL|TEXT")]
    evidence: Option<String>,
}

pub async fn run(args: &ResolveArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let (launch, item) = args.item.both()?;
    let known = Known::open(session, &launch).await?;
    args.url.iter().chain(&args.evidence).try_for_each(|text| evidence(text).map(drop))?;
    if args.id.as_deref().is_some_and(|id| id.trim().is_empty()) {
        return Err(Problem::new("the id is empty")
            .why("the object is looked up by it from now on")
            .hint("the vendor's id of the object; or leave `--id` out"));
    }
    let id = match known.item(&item)? {
        Item::Activity(activity) => &activity.id,
        Item::Former(id) => id,
        Item::Milestone(_) | Item::Check(..) | Item::Goal(_) | Item::Listed(_) => {
            return Err(Problem::new(format!("{item} is no activity, so nothing of it can be in doubt"))
                .hint(format!("launchd why {launch} {item}")));
        }
    };
    let unknown = ActivityState::default();
    let state = known.state.activities.get(id).unwrap_or(&unknown);
    if args.retry {
        return retry(session, &known, id, state).await;
    }
    let Some(open) = &state.open else {
        session.out.print(&intent::settled(&launch, id, state, &session.view()));
        return Ok(if args.happened || args.did_not_happen { Exit::NotAsAsked } else { Exit::Done });
    };
    let kind = if args.happened {
        let outcome = Outcome::Succeeded { object: object(args, open, state) };
        EventKind::OutcomeRecorded { activity: id.clone(), intent: open.id, outcome }
    } else if args.did_not_happen {
        EventKind::DidNotHappen { activity: id.clone(), intent: open.id, evidence: args.evidence.clone(), seen: false }
    } else {
        let zone = known.accepted.as_ref().map_or(chrono_tz::UTC, |l| l.timezone);
        session.out.print(&intent::doubt(&launch, id, open, zone, &session.view()));
        return Ok(Exit::NotAsAsked);
    };
    let what = if args.happened { "happened" } else { "did not happen, and may be tried again" };
    known.say(session, vec![kind]).await?;
    session.out.print(&format!("{launch} {id}: it {what}.\n"));
    Ok(Exit::Done)
}

/// What a person saw of the object; what they did not say stays as it was known.
fn object(args: &ResolveArgs, open: &Intent, state: &ActivityState) -> Object {
    let before = state.object.clone().unwrap_or_default();
    let id = args.id.as_deref().map(clean).or_else(|| open.object_id.clone());
    Object {
        id: id.unwrap_or_else(|| open.key.to_string()),
        url: args.url.as_deref().map(clean).or(before.url),
        done: true,
        ..before
    }
}

async fn retry(session: &Session<'_>, known: &Known, id: &Id, state: &ActivityState) -> CommandResult {
    if let Some(open) = &state.open {
        return Err(Problem::new(format!("{id} may have happened, so it is not tried again just like that"))
            .why(format!("it was sent at {} and no answer came", open.at.format("%Y-%m-%d %H:%M UTC")))
            .hint(format!("if it happened: launchd resolve {} {id} --happened", known.name))
            .hint(format!("if it did not: launchd resolve {} {id} --did-not-happen", known.name))
            .not_as_asked());
    }
    if state.tries.count == 0 && (state.applied.is_some() || state.done.is_some()) {
        return Err(Problem::new(format!("{id} succeeded, so there is nothing to try again"))
            .hint(format!("launchd why {} {id}", known.name))
            .not_as_asked());
    }
    known.say(session, vec![EventKind::RetryAsked { activity: id.clone() }]).await?;
    let tries = match state.tries.count {
        0 => String::new(),
        n => format!(" after {}", count(n as usize, "try", "tries")),
    };
    session.out.print(&format!("{} {id} is tried again{tries}.\n", known.name));
    Ok(Exit::Done)
}
