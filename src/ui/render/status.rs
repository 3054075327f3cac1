//! `status`: where every launch stands, and who is asked for what.

use chrono_tz::Tz;

use super::{
    View,
    blocker::{WaitsFor, marked},
    change::remedies,
    plan::{self, Shown, next},
    readiness::{self, Review},
    table::Table,
    text::{Line, Page, Role, count, list, shorten},
    time, why, words,
};
use crate::core::{
    model::{
        Timestamp,
        area::{Phase, Status},
        state::{Header, Mark},
    },
    plan::MilestoneOutlook,
};

/// One launch's standing.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub shown: Shown<'a>,
    pub header: &'a Header,
    /// T of the revision worked towards.
    pub target: Option<Timestamp>,
}

/// Why a launch is not simply followed, in one word, and the whole sentence.
fn condition(standing: &Standing<'_>, view: &View) -> Option<(&'static str, String, Option<String>)> {
    let Header { held, paused, cancelled, removed, .. } = standing.header;
    let launch = &standing.shown.plan.launch;
    let zone = standing.shown.zone;
    let by = |mark: &Mark| marked(mark, zone, view);
    let since = |mark: &Mark| time::both(mark.at, zone, view);
    let reason = |mark: &Mark| mark.text.clone().unwrap_or_default();
    if let Some(mark) = cancelled {
        return Some(("cancelled", format!("cancelled by {}", by(mark)), None));
    }
    if let Some(mark) = held {
        let text = format!("held at its last good revision since {}: {}", since(mark), reason(mark));
        return Some(("held", text, Some("launchd validate".to_owned())));
    }
    if let Some(mark) = paused {
        return Some(("paused", format!("paused by {}", by(mark)), Some(format!("launchd resume {launch}"))));
    }
    if let Some(mark) = removed {
        return Some(("removed", format!("left the files {}: {}", since(mark), reason(mark)), None));
    }
    if standing.shown.plan.stop.is_some() {
        return Some((
            "stopped",
            "it would change more than is allowed without asking".to_owned(),
            Some(format!("launchd diff {launch}")),
        ));
    }
    None
}

/// One line a launch.
pub fn table(standings: &[Standing<'_>], view: &View) -> String {
    let mut page = Page::new();
    if standings.is_empty() {
        page.push(Line::new().plain("No launches yet. `launchd new` writes a plan, and `launchd validate` checks it."));
        return page.render(view);
    }
    let mut table = Table::at(0).heading(["LAUNCH", "STATUS", "TARGET", "MILESTONES", "WAITS FOR"]);
    for standing in standings {
        table.row(row(standing, view));
    }
    table.write(&mut page);
    page.render(view)
}

/// From here on there is room for bars.
const WIDE: usize = 100;

fn row(standing: &Standing<'_>, view: &View) -> [Line; 5] {
    let plan = standing.shown.plan;
    let (word, role) = match condition(standing, view) {
        Some((word, ..)) => (word, Role::Alert),
        None => (words::status(plan.status), words::status_role(plan.status)),
    };
    let target = match standing.target {
        Some(at) if view.width < WIDE => time::date(at, standing.shown.zone),
        Some(at) => format!("{} {}", time::date(at, standing.shown.zone), brief(at, view)),
        None => "–".to_owned(),
    };
    let done = plan.milestones.iter().filter(|m| m.status == Status::Completed).count();
    [
        Line::new().add(Role::Strong, shorten(plan.launch.as_str(), view.width / 4)),
        Line::new().add(role, word),
        Line::new().plain(target),
        progress(done, plan.milestones.len(), view),
        Line::new().plain(waits(standing, view)),
    ]
}

/// `████░░░░ 2/4`, or `2/4` where it is narrow.
fn progress(done: usize, total: usize, view: &View) -> Line {
    let numbers = format!("{done}/{total}");
    if view.width < WIDE {
        return Line::new().plain(numbers);
    }
    Line::new().add(Role::Good, bar(done, total, 8)).plain(format!(" {numbers}"))
}

/// `(T-17d)`: short enough for a table.
fn brief(at: Timestamp, view: &View) -> String {
    let days = (at - view.now).num_days();
    if days >= 0 { format!("(T-{days}d)") } else { format!("(T+{}d)", -days) }
}

/// The shortest honest answer to "what are we waiting for?"
fn waits(standing: &Standing<'_>, view: &View) -> String {
    let plan = standing.shown.plan;
    if matches!(plan.status, Status::Completed | Status::Cancelled) {
        return String::new();
    }
    let roots = why::roots(&standing.shown, view);
    let number = |w: WaitsFor| roots.iter().filter(|r| r.explained.waits_for == w).count();
    let mut parts = Vec::new();
    match number(WaitsFor::Repair) {
        0 => {}
        n => parts.push(count(n, "repair", "repairs")),
    }
    match number(WaitsFor::Person) {
        0 => {}
        n => parts.push(count(n, "answer", "answers")),
    }
    if let Some(moment) = &plan.next {
        parts.push(format!("next {}", time::relative(moment.at, view.now)));
    }
    if parts.is_empty() && number(WaitsFor::Progress) > 0 {
        parts.push("other work".to_owned());
    }
    parts.join(", ")
}

/// `████░░░░`: how many of how many; the numbers stand beside it.
pub fn bar(done: usize, total: usize, width: usize) -> String {
    let full = (done.min(total) * width).checked_div(total).unwrap_or(0);
    "█".repeat(full) + &"░".repeat(width - full)
}

/// One launch in full: its condition, its milestones, who is asked for what, what happens next.
pub fn detail(standing: &Standing<'_>, review: Option<&Review>, view: &View) -> String {
    let Standing { shown, target, .. } = standing;
    let mut page = Page::new();
    plan::heading(&mut page, shown.plan);
    if let Some(target) = target {
        page.push(Line::at(2).plain(format!("launches {}", time::both(*target, shown.zone, view))));
    }
    if let Some((_, text, command)) = condition(standing, view) {
        page.push(Line::at(2).hang(4).add(Role::Alert, "! ").plain(text));
        if let Some(command) = command {
            page.push(Line::at(4).add(Role::Command, command));
        }
    }
    if let Some(review) = review {
        page.push(readiness::line(&review.readiness));
    }
    page.gap();
    milestones(&mut page, &shown.plan.milestones, shown.zone, view);
    asked(&mut page, shown, view);
    if let Some(review) = review {
        readiness::brief(&mut page, &shown.plan.launch, review, shown.zone, view);
    }
    page.gap();
    next(&mut page, shown, 2, view);
    page.render(view)
}

fn milestones(page: &mut Page, milestones: &[MilestoneOutlook], zone: Tz, view: &View) {
    let mut phase: Option<Phase> = None;
    let mut table = Table::at(4);
    for outlook in milestones {
        if phase != Some(outlook.phase) {
            phase = Some(outlook.phase);
            table.section(Line::at(2).add(Role::Dim, outlook.phase.to_string().replace('_', " ")));
        }
        table.row(milestone(outlook, zone, view));
    }
    table.write(page);
}

fn milestone(outlook: &MilestoneOutlook, zone: Tz, view: &View) -> [Line; 5] {
    let MilestoneOutlook { id, title: _, phase: _, status, due, owner, done, total, completed_at } = outlook;
    let sign = words::status_sign(*status);
    let role = words::status_role(*status);
    let when = match completed_at {
        Some(at) => format!("done {}", time::date(*at, zone)),
        None => format!("due {}, {}", time::date(*due, zone), time::relative(*due, view.now)),
    };
    let owner = owner.as_ref().filter(|_| completed_at.is_none() && view.width >= WIDE);
    [
        Line::new().add(role, format!("{sign} ")).add(Role::Strong, id.as_str()),
        Line::new().add(role, words::status(*status)),
        progress(*done as usize, *total as usize, view),
        Line::new().plain(when),
        Line::new().add(Role::Dim, owner.map(String::as_str).unwrap_or_default()),
    ]
}

fn asked(page: &mut Page, shown: &Shown<'_>, view: &View) {
    let roots = why::roots(shown, view);
    for (waits_for, title) in [(WaitsFor::Repair, "Needs repair:"), (WaitsFor::Person, "Asked of people:")] {
        let group: Vec<_> = roots.iter().filter(|r| r.explained.waits_for == waits_for).collect();
        if group.is_empty() {
            continue;
        }
        page.gap();
        page.push(Line::at(2).add(Role::Strong, title));
        for root in group {
            let line = Line::at(4).hang(6).add(why::role(waits_for), "- ").add(Role::Strong, list(&root.holds, 3));
            page.push(line.plain(format!(": {}", root.explained.text)));
            remedies(page, &root.explained, 8);
        }
    }
}
