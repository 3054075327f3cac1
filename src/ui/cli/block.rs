//! `launchd block` and `unblock`: a person stops a part of a launch, and lets it go on.

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    done::{answer, item_answer, judge},
    launch::{Item, ItemArgs, Known},
    output::Format,
};
use crate::core::model::{check::Verdict, checklist::Said, event::EventKind, measure::Ending, name::Id};

const EXAMPLES: &str = "\
Examples:
  launchd block atlas-2 announce --reason 'the demo video is wrong'
  launchd block atlas-2 launch_day --reason 'the venue is flooded'
  launchd unblock atlas-2 announce

A blocked activity starts nothing; a blocked milestone starts nothing in it and does not complete.
A blocked check (MILESTONE.CHECK) fails, a blocked goal (goal.NAME) is missed,
a blocked item of the checklists (checklist.ITEM) is answered no, and unblock takes the answer back. `launchd pause` stops a whole launch.";

/// Stop an activity or a milestone, answer a check with no, or say that a goal is missed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BlockArgs {
    #[command(flatten)]
    item: ItemArgs,
    /// Why. It is shown wherever somebody waits for it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Let a blocked activity or milestone go on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  launchd unblock atlas-2 announce")]
pub struct UnblockArgs {
    #[command(flatten)]
    item: ItemArgs,
}

pub async fn block(args: &BlockArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let (launch, item) = args.item.both()?;
    let reason = args.reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Problem::new("the reason is empty").hint("say in a few words what must change first"));
    }
    let known = Known::open(session, &launch).await?;
    let kind = match known.item(&item)? {
        Item::Activity(activity) => EventKind::ActivityBlocked { activity: activity.id.clone(), reason },
        Item::Former(id) => EventKind::ActivityBlocked { activity: id.clone(), reason },
        Item::Milestone(milestone) => EventKind::MilestoneBlocked { milestone: milestone.id.clone(), reason },
        Item::Check(milestone, check) => answer(session, &known, milestone, check, Verdict::Fail, &reason)?,
        Item::Goal(goal) => {
            let kind = judge(session, &known, goal, Ending::Missed, &reason)?;
            known.say(session, vec![kind]).await?;
            session.out.print(&format!(
                "{launch} {item} is missed. If it is reached after all: launchd done {launch} {item}\n"
            ));
            return Ok(Exit::Done);
        }
        Item::Listed(listed) => {
            let kind = item_answer(session, &known, listed, Said::No, &reason)?;
            known.say(session, vec![kind]).await?;
            session
                .out
                .print(&format!("{launch} {item}: no. When it is so: launchd done {launch} {item} --evidence URL\n"));
            return Ok(Exit::Done);
        }
    };
    known.say(session, vec![kind]).await?;
    session.out.print(&format!("{launch} {item} is blocked. To release it: launchd unblock {launch} {item}\n"));
    Ok(Exit::Done)
}

pub async fn unblock(args: &UnblockArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let (launch, item) = args.item.both()?;
    let known = Known::open(session, &launch).await?;
    let blocked = |id: &Id| known.state.activities.get(id).is_some_and(|s| s.blocked.is_some());
    let (kind, is_blocked) = match known.item(&item)? {
        Item::Activity(activity) => {
            (EventKind::ActivityUnblocked { activity: activity.id.clone() }, blocked(&activity.id))
        }
        Item::Former(id) => (EventKind::ActivityUnblocked { activity: id.clone() }, blocked(id)),
        Item::Milestone(milestone) => (
            EventKind::MilestoneUnblocked { milestone: milestone.id.clone() },
            known.state.milestones.get(&milestone.id).is_some_and(|s| s.blocked.is_some()),
        ),
        Item::Listed(listed) => {
            let answered = known.state.checklist.contains_key(&listed.id);
            (EventKind::ItemAnswered { item: listed.id.clone(), answer: None }, answered)
        }
        Item::Goal(_) => {
            return Err(Problem::new(format!("{item} is a goal, and is judged"))
                .hint(format!("when it is reached: launchd done {launch} {item} --evidence URL")));
        }
        Item::Check(..) => {
            return Err(Problem::new(format!("{item} is a check, and is answered"))
                .hint(format!("when it is good: launchd done {launch} {item} --evidence URL")));
        }
    };
    if !is_blocked {
        session.out.print(&format!("{launch} {item} is not blocked.\n"));
        return Ok(Exit::Done);
    }
    known.say(session, vec![kind]).await?;
    session.out.print(&format!("{launch} {item} goes on.\n"));
    Ok(Exit::Done)
}
