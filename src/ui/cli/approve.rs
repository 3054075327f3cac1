//! `launchd approve`: a person's yes or no to a milestone as it is now.

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    authority::authorize,
    launch::{self, Known, unknown},
    output::Format,
};
use crate::{
    core::{
        model::{
            approval::{Approval, Grant},
            event::EventKind,
            fingerprint::Fingerprint,
            launch::Launch,
            milestone::Milestone,
        },
        plan::standing,
        review::authority::Word,
    },
    ui::render::approval,
};

const EXAMPLES: &str = "\
Examples:
  launchd approve atlas-2 launch_day go_no_go
  launchd approve atlas-2 launch_day --comment 'demo seen, numbers are good'
  launchd approve atlas-2 launch_day go_no_go --reject --comment 'legal is not done'

What is approved is shown first, with its fingerprint. When any of it changes later, the approval is void.
Off a terminal say --yes, or --fingerprint with the one that was shown: then exactly that is approved or nothing.";

/// Approve a milestone, or refuse it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ApproveArgs {
    /// The launch.
    launch: String,
    /// The milestone.
    milestone: String,
    /// The approval [default: the milestone's only one].
    approval: Option<String>,
    /// Refuse it: a no-go, which holds until the same person approves or the milestone changes.
    #[arg(long)]
    reject: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Only if the milestone still has this fingerprint.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
}

pub async fn run(args: &ApproveArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human])?;
    let known = Known::open(session, &launch::name(&args.launch)?).await?;
    let plan = known.plan()?;
    let milestone = known.milestone(&launch::id(&args.milestone)?)?;
    let approval = choose(milestone, args.approval.as_deref())?;
    let actor = session.actor()?;
    let what = format!("approval {}", approval.name);
    authorize(session, &actor, &approval.from, Word::Approval, &what)?;

    let activities: Vec<_> = plan.activities_of(&milestone.id).collect();
    let fingerprint = milestone.fingerprint(&activities);
    agree_on_content(args, &fingerprint)?;
    show(session, plan, milestone, approval, &known, &fingerprint);
    if args.fingerprint.is_none() && !args.yes {
        let question = if args.reject { "Refuse this?" } else { "Approve this?" };
        match session.out.confirm(&format!("{question} (as {actor})")) {
            Some(true) => {}
            Some(false) => {
                session.out.note("Nothing was written.\n");
                return Ok(Exit::NotAsAsked);
            }
            None => {
                return Err(Problem::new("nobody is here to confirm").hint(format!(
                    "--fingerprint {} approves exactly what is shown above; --yes, whatever it is",
                    fingerprint.short()
                )));
            }
        }
    }
    let now = session.now();
    let grant = Grant {
        by: actor,
        at: now,
        fingerprint: fingerprint.clone(),
        revision: known.state.header.accepted.clone(),
        granted: !args.reject,
        comment: args.comment.clone(),
    };
    let (milestone_id, approval_id) = (milestone.id.clone(), approval.name.clone());
    known
        .say(session, vec![EventKind::ApprovalAnswered { milestone: milestone_id, approval: approval_id, grant }])
        .await?;

    let state = known.store.state(&known.name).await?;
    let grants = state.milestones.get(&milestone.id).and_then(|m| m.approvals.get(&approval.name));
    let standing = standing(approval, grants.map(Vec::as_slice).unwrap_or_default(), &fingerprint, now);
    session.out.print(&approval::outcome(approval, &milestone.id, &standing, args.reject, &session.view()));
    Ok(Exit::Done)
}

fn choose<'m>(milestone: &'m Milestone, name: Option<&str>) -> Result<&'m Approval, Problem> {
    let known: Vec<String> = milestone.approvals.iter().map(|a| a.name.to_string()).collect();
    match (name, milestone.approvals.as_slice()) {
        (_, []) => Err(Problem::new(format!("milestone {} asks for no approval", milestone.id))
            .hint("add `approvals` to it in the launch's file")),
        (None, [only]) => Ok(only),
        (None, _) => Err(Problem::new(format!("milestone {} asks for several approvals", milestone.id))
            .hint(format!("name one: {}", known.join(", ")))),
        (Some(name), all) => all
            .iter()
            .find(|a| a.name == *name)
            .ok_or_else(|| unknown(&format!("approval of milestone {}", milestone.id), name, &known)),
    }
}

fn agree_on_content(args: &ApproveArgs, now: &Fingerprint) -> Result<(), Problem> {
    let Some(wanted) = args.fingerprint.as_deref() else { return Ok(()) };
    if wanted.len() >= now.short().len() && now.as_str().starts_with(&wanted.to_lowercase()) {
        return Ok(());
    }
    Err(Problem::new("the milestone is not what was seen")
        .why(format!("its fingerprint is {now} now, and {wanted} was to be approved"))
        .hint("look at it again, and approve the new fingerprint")
        .not_as_asked())
}

fn show(
    session: &Session<'_>,
    plan: &Launch,
    milestone: &Milestone,
    approval: &Approval,
    known: &Known,
    fingerprint: &Fingerprint,
) {
    let grants = known.state.milestones.get(&milestone.id).and_then(|m| m.approvals.get(&approval.name));
    let grants = grants.map(Vec::as_slice).unwrap_or_default();
    let standing = standing(approval, grants, fingerprint, session.now());
    let view = session.out.error_view(session.now());
    session.out.note(&approval::content(plan, milestone, approval, &standing, fingerprint, &view));
}
