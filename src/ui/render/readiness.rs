//! Readiness for people: a line with a bar, and the whole account of its points.

use chrono_tz::Tz;

use super::{
    View,
    status::bar,
    table::Table,
    text::{Line, Page, Role, count},
    time,
};
use crate::core::{
    model::{area::Phase, name::Name},
    review::{
        goals::{GoalOutlook, GoalVerdict},
        readiness::{Item, List, Next, Readiness, Standing},
        risks::{RiskOutlook, Severity, Watch},
    },
};

/// All that is told of one launch beside its plan.
#[derive(Debug, Clone)]
pub struct Review {
    pub readiness: Readiness,
    pub goals: Vec<GoalOutlook>,
    pub risks: Vec<RiskOutlook>,
}

/// So many of the open items are named under "For more points".
const MOST: usize = 7;

/// What the score is a share of.
fn of_what(phase: Phase) -> &'static str {
    match phase {
        Phase::PreLaunch => "ready to launch",
        Phase::Launch => "of the launch done",
        Phase::PostLaunch => "wrapped up",
    }
}

fn role(percent: f64) -> Role {
    if percent >= 80.0 { Role::Good } else { Role::Change }
}

/// `████░░░░ 41 % ready to launch`, for one launch's status.
pub fn line(readiness: &Readiness) -> Line {
    let percent = readiness.percent;
    Line::at(2)
        .add(role(f64::from(percent)), bar(usize::from(percent), 100, 16))
        .plain(format!(" {percent} % {}", of_what(readiness.phase)))
}

/// Where each point comes from, and what brings the missing ones.
pub fn account(launch: &Name, title: &str, review: &Review, zone: Tz, view: &View) -> String {
    let readiness = &review.readiness;
    let mut page = Page::new();
    let percent = readiness.percent;
    page.push(
        Line::new()
            .add(Role::Strong, launch.as_str())
            .plain(format!("  {title} · {percent} % {}", of_what(readiness.phase))),
    );
    page.push(
        Line::at(2)
            .add(role(f64::from(percent)), bar(usize::from(percent), 100, 32))
            .plain(format!(" {percent} of 100 points")),
    );
    page.gap();
    items(&mut page, readiness);
    next(&mut page, launch, readiness);
    log(&mut page, &review.risks);
    goals(&mut page, &review.goals, zone, view);
    page.render(view)
}

fn heading(list: List) -> &'static str {
    match list {
        List::Milestones => "Milestones",
        List::Approvals => "Approvals",
        List::Checks => "Checks",
        List::Checklist => "Checklists",
        List::Goals => "Goals",
        List::Risks => "Risks",
        List::Way => "In the way",
    }
}

/// The sign and how it is to be seen.
fn sign(standing: Standing) -> (&'static str, Role) {
    match standing {
        Standing::Yes => ("*", Role::Good),
        Standing::Partly => ("~", Role::Change),
        Standing::NotYet => (".", Role::Dim),
        Standing::No => ("!", Role::Bad),
    }
}

fn items(page: &mut Page, readiness: &Readiness) {
    let mut list = None;
    for item in &readiness.items {
        if list != Some(item.list) {
            if list.is_some() {
                page.gap();
            }
            list = Some(item.list);
            let (points, of) = readiness.of_list(item.list);
            let line = Line::at(2).add(Role::Strong, heading(item.list));
            page.push(line.add(Role::Dim, format!("  {points:.1} of {of:.1}")));
        }
        let (sign, role) = sign(item.standing);
        let line = Line::at(4).hang(20).add(role, format!("{sign} {:>4.1}", item.points));
        let line = line.add(Role::Dim, format!(" / {:>4.1}", item.of)).fill(20).plain(&item.title);
        page.push(line.add(Role::Dim, format!(": {}", item.why)));
    }
}

fn next(page: &mut Page, launch: &Name, readiness: &Readiness) {
    let open = readiness.next();
    if open.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "For more points:"));
    for item in open.iter().filter(|item| item.next.is_some()).take(MOST) {
        let missing = item.of - item.points;
        page.push(Line::at(4).hang(6).add(Role::Good, format!("+{missing:.1}")).plain(format!("  {}", item.title)));
        match what_to_do(launch, item) {
            Todo::Type(command) => page.push(Line::at(10).add(Role::Command, command)),
            Todo::Text(text) => page.push(Line::at(10).hang(10).plain(text)),
        }
    }
}

/// A command, or words where no command does it.
pub enum Todo {
    Type(String),
    Text(String),
}

/// How somebody gets the missing points of an item.
pub fn what_to_do(launch: &Name, item: &Item) -> Todo {
    match item.next.as_ref() {
        Some(Next::Done(what)) => Todo::Type(format!("launchd done {launch} {what} --evidence URL")),
        Some(Next::Approve { milestone, approval }) => {
            Todo::Type(format!("launchd approve {launch} {milestone} {approval}"))
        }
        Some(Next::Why(what)) if what == launch.as_str() => Todo::Type(format!("launchd why {launch}")),
        Some(Next::Why(what)) => Todo::Type(format!("launchd why {launch} {what}")),
        Some(Next::Resume) => Todo::Type(format!("launchd resume {launch}")),
        Some(Next::Validate) => Todo::Type("launchd validate".to_owned()),
        Some(Next::Write(what)) => Todo::Text(format!("write into the plan: {what}")),
        None => Todo::Text("it comes with time".to_owned()),
    }
}

fn severity(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Low => ("low", Role::Dim),
        Severity::Medium => ("medium", Role::Plain),
        Severity::High => ("high", Role::Change),
        Severity::Critical => ("critical", Role::Bad),
    }
}

/// The risk log: what happens, then the gravest.
fn log(page: &mut Page, risks: &[RiskOutlook]) {
    if risks.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "Risk log:"));
    for risk in risks {
        let (word, role) = severity(risk.severity);
        let line = match risk.watch {
            Watch::Triggered => Line::at(4).hang(6).add(Role::Bad, "! it happens: ").add(Role::Strong, &risk.title),
            _ => Line::at(4).hang(6).add(role, "- ").add(Role::Strong, &risk.title),
        };
        let owner = risk.owner.as_deref().unwrap_or("nobody");
        let levels = format!(": likelihood {}, impact {}; {owner} watches", risk.likelihood, risk.impact);
        page.push(line.plain("  ").add(role, word).add(Role::Dim, levels));
        let mitigation = risk.mitigation.as_deref().unwrap_or("nothing is written down");
        page.push(Line::at(8).hang(8).add(Role::Dim, "against it: ").plain(mitigation));
        if let Some(trigger) = &risk.trigger {
            let said = match &risk.watch {
                Watch::Triggered => " (true now)".to_owned(),
                Watch::Quiet => " (not so now)".to_owned(),
                Watch::Unknown(why) => format!(" ({why})"),
                Watch::Person => String::new(),
            };
            page.push(Line::at(8).hang(8).add(Role::Dim, "seen by: ").plain(trigger).add(Role::Dim, said));
        }
    }
}

fn verdict(verdict: GoalVerdict) -> (&'static str, &'static str, Role) {
    match verdict {
        GoalVerdict::NotYet => (".", "not yet", Role::Dim),
        GoalVerdict::OnTrack => ("~", "on track", Role::Good),
        GoalVerdict::Behind => ("!", "behind", Role::Change),
        GoalVerdict::Reached => ("*", "reached", Role::Good),
        GoalVerdict::Missed => ("!", "missed", Role::Bad),
        GoalVerdict::Inconclusive => ("?", "not known", Role::Change),
    }
}

/// Each goal with its way from the baseline to the target.
pub fn goals(page: &mut Page, goals: &[GoalOutlook], zone: Tz, view: &View) {
    if goals.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "Goals:"));
    let mut table = Table::at(4);
    for goal in goals {
        let (sign, word, role) = verdict(goal.verdict);
        let when = match &goal.judged {
            Some(judged) => format!("judged {}", time::date(judged.at, zone)),
            None => format!("by {}, {}", time::date(goal.by, zone), time::relative(goal.by, view.now)),
        };
        table.row([
            Line::new().add(role, format!("{sign} {word}")),
            Line::new().plain(when),
            way(goal),
            Line::new().plain(&goal.title),
        ]);
    }
    table.write(page);
}

/// `██████░░ 62`: the last figure on its way.
fn way(goal: &GoalOutlook) -> Line {
    let Some(last) = goal.last else { return Line::new() };
    let unit = goal.unit.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
    let percent = goal.progress_percent.unwrap_or(0.0);
    let (_, _, role) = verdict(goal.verdict);
    let full = if percent >= 100.0 { 8 } else { (percent / 100.0 * 8.0).floor() as usize };
    Line::new().add(role, bar(full, 8, 8)).plain(format!(" {}{unit}", last.value))
}

/// What a status says of goals and risks before they matter: how many, and what already happens.
pub fn brief(page: &mut Page, launch: &Name, review: &Review, zone: Tz, view: &View) {
    let begun = review.goals.iter().any(|g| g.last.is_some() || g.judged.is_some() || g.by <= view.now);
    if begun {
        goals(page, &review.goals, zone, view);
    }
    let happening: Vec<&RiskOutlook> = review.risks.iter().filter(|r| r.watch == Watch::Triggered).collect();
    if !happening.is_empty() {
        page.gap();
        page.push(Line::at(2).add(Role::Strong, "Risks that happen:"));
    }
    for risk in happening {
        let owner = risk.owner.as_deref().map(|o| format!(" ({o})")).unwrap_or_default();
        let line = Line::at(4).hang(6).add(Role::Bad, "! ").add(Role::Strong, &risk.title).add(Role::Dim, owner);
        page.push(line.plain(risk.mitigation.as_deref().map(|m| format!(": {m}")).unwrap_or_default()));
    }
    let mut rest = Vec::new();
    if !begun && !review.goals.is_empty() {
        let first = review.goals.iter().map(|g| g.by).min().unwrap_or(view.now);
        let number = count(review.goals.len(), "goal", "goals");
        rest.push(format!("{number}, the first judged {}", time::date(first, zone)));
    }
    let serious = review.risks.iter().filter(|r| r.severity >= Severity::High).count();
    if !review.risks.is_empty() {
        let number = count(review.risks.len(), "risk", "risks");
        rest.push(if serious > 0 { format!("{number}, {serious} serious") } else { number });
    }
    if !rest.is_empty() {
        page.gap();
        page.push(
            Line::at(2)
                .hang(4)
                .add(Role::Dim, format!("{}: ", rest.join("; ")))
                .add(Role::Command, format!("launchd status {launch} --readiness")),
        );
    }
}
