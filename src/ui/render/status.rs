//! `status`: where every launch stands, and who is asked for what.

use chrono_tz::Tz;

use super::{
    View,
    blocker::{WaitsFor, marked},
    cancel,
    change::remedies,
    dates,
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
    plan::{MilestoneOutlook, Stop},
    portfolio::Outlook,
    review::dates::Dates,
    schedule::{
        cause::{self, Why},
        forecast::Forecast,
        target::Launched,
    },
};

/// One launch's standing.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub shown: Shown<'a>,
    pub header: &'a Header,
    /// T of the revision worked towards.
    pub target: Option<Timestamp>,
    /// When it really launched; `None` while it has not.
    pub launched: Option<Launched>,
    /// `None`: the launch is over, or nothing can be told.
    pub forecast: Option<&'a Forecast>,
    /// Of 100; `None` as for the forecast.
    pub readiness: Option<u8>,
    /// Of each milestone, in their order; only a launch that is shown in full needs them.
    pub dates: &'a [Dates],
}

/// Why a launch is not simply followed, in one word, and the whole sentence.
fn condition(standing: &Standing<'_>, view: &View) -> Option<(&'static str, String, Option<String>)> {
    let Header { held, paused, cancelled, removed, .. } = standing.header;
    let launch = &standing.shown.plan.launch;
    let zone = standing.shown.zone;
    let by = |mark: &Mark| marked(mark, zone, view);
    let since = |mark: &Mark| time::both(mark.at, zone, view);
    let reason = |mark: &Mark| mark.text.clone().unwrap_or_default();
    if let Some(Stop::MassChange { affected, existing, percent, limit_percent, changes: _ }) = &standing.shown.plan.stop
    {
        return Some((
            "stopped",
            format!(
                "stopped: it would remove or change {affected} of {} at once ({percent} %, the limit is {limit_percent} %); \
                 `launchd diff {launch}` shows which, and this agrees to exactly them",
                count(*existing as usize, "object", "objects"),
            ),
            Some(format!("launchd apply {launch} --allow-mass-change")),
        ));
    }
    if let Some(mark) = cancelled {
        let plan = standing.shown.plan;
        return Some(match (paused, cancel::undone(plan)) {
            (Some(pause), steps @ 1..) if cancel::is_paused(plan) => (
                "cancelled",
                format!(
                    "cancelled by {}; it is paused by {}, so {} what was done {} until it goes on",
                    by(mark),
                    by(pause),
                    count(steps, "step that undoes", "steps that undo"),
                    if steps == 1 { "waits" } else { "wait" },
                ),
                Some(format!("launchd resume {launch}")),
            ),
            _ => ("cancelled", format!("cancelled by {}", by(mark)), None),
        });
    }
    if let Some(Stop::Unresolved { reason }) = &standing.shown.plan.stop {
        let text =
            format!("its file has errors, and no good revision of it is known, so nothing can be told: {reason}");
        return Some(("errors", text, Some("launchd validate".to_owned())));
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
    None
}

/// One line a launch.
pub fn table(standings: &[Standing<'_>], view: &View) -> String {
    let mut page = Page::new();
    if standings.is_empty() {
        page.push(Line::new().plain("No launches yet. `launchd new` writes a plan, and `launchd validate` checks it."));
        return page.render(view);
    }
    // A column of good news says nothing.
    let told = standings.iter().any(|s| risk(s).is_some());
    let (ready, risk) = (if view.width >= WIDE { "READY" } else { "" }, if told { "RISK" } else { "" });
    let mut table = Table::at(0).heading(["LAUNCH", "STATUS", "TARGET", "DONE", ready, risk, "WAITS FOR"]);
    for standing in standings {
        table.row(row(standing, view));
    }
    table.write(&mut page);
    page.render(view)
}

/// From here on there is room for bars.
const WIDE: usize = 100;

/// The forecast where it is bad, in a few letters.
fn risk(standing: &Standing<'_>) -> Option<(Role, String)> {
    risk_of(&standing.forecast.and_then(Outlook::of)?)
}

/// `+3d` when T is expected so late, otherwise how many milestones are stuck or late; `None` when all is well.
pub fn risk_of(outlook: &Outlook) -> Option<(Role, String)> {
    match (outlook.late_days, outlook.stuck, outlook.at_risk) {
        (0, 0, 0) => None,
        (0, 0, n) => Some((Role::Change, format!("{n} late"))),
        (0, n, _) => Some((Role::Bad, format!("{n} stuck"))),
        (days, ..) => Some((Role::Bad, format!("+{days}d"))),
    }
}

fn row(standing: &Standing<'_>, view: &View) -> [Line; 7] {
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
    let ready = standing
        .readiness
        .filter(|_| view.width >= WIDE && standing.header.cancelled.is_none())
        .map(|p| format!("{p:>3} %"))
        .unwrap_or_default();
    [
        Line::new().add(Role::Strong, shorten(plan.launch.as_str(), view.width / 4)),
        Line::new().add(role, word),
        Line::new().plain(target),
        progress(done, plan.milestones.len(), view),
        Line::new().plain(ready),
        risk(standing).map_or_else(Line::new, |(role, text)| Line::new().add(role, text)),
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
    if let Some(Stop::Unresolved { .. }) = &plan.stop {
        return "no good revision of it is known: launchd validate".to_owned();
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
    let Standing { shown, .. } = standing;
    let mut page = Page::new();
    plan::heading(&mut page, shown.plan);
    glance(&mut page, standing, review, view);
    if let Some((_, text, command)) = condition(standing, view) {
        page.push(Line::at(2).hang(4).add(Role::Alert, "! ").plain(text));
        if let Some(command) = command {
            page.push(Line::at(4).add(Role::Command, command));
        }
    }
    page.gap();
    milestones(&mut page, standing, view);
    at_risk(&mut page, standing);
    asked(&mut page, shown, view);
    if let Some(review) = review {
        readiness::brief(&mut page, &shown.plan.launch, review, shown.zone, view);
    }
    page.gap();
    next(&mut page, shown, 2, view);
    page.render(view)
}

/// When it launches, how far it is, and whether it will be in time.
fn glance(page: &mut Page, standing: &Standing<'_>, review: Option<&Review>, view: &View) {
    let Standing { shown, target, forecast, .. } = standing;
    let mut table = Table::at(2);
    let mut put = |name: &str, value: Line| table.row([Line::new().add(Role::Dim, name), value]);
    if let Some(target) = target {
        let (verb, day) = launch_day(*target, standing, view);
        put(verb, day);
    }
    let milestones = &shown.plan.milestones;
    let done = milestones.iter().filter(|m| m.status == Status::Completed).count();
    if !milestones.is_empty() {
        let total = milestones.len();
        let numbers = format!(" {done} of {}", count(total, "milestone", "milestones"));
        put("done", Line::new().add(Role::Good, bar(done, total, 16)).plain(numbers));
    }
    // What is called off becomes ready for nothing.
    if let Some(review) = review.filter(|_| standing.header.cancelled.is_none()) {
        put("ready", readiness::line(&review.readiness));
    }
    if let Some(outlook) = forecast.and_then(Outlook::of).filter(|_| done < milestones.len()) {
        put("forecast", outcome(&outlook, *target, shown.zone));
    }
    table.write(page);
}

/// The day on which it launched, else T: a day that passed is no launch.
fn launch_day(target: Timestamp, standing: &Standing<'_>, view: &View) -> (&'static str, Line) {
    let both = |at| Line::new().plain(time::both(at, standing.shown.zone, view));
    let is_open = |m: &MilestoneOutlook| m.phase == Phase::Launch && m.completed_at.is_none();
    let days = |n: i64| count(usize::try_from(n.abs()).unwrap_or(0), "day", "days");
    match standing.launched {
        None if target > view.now => ("launches", both(target)),
        None if standing.shown.plan.milestones.iter().any(is_open) => {
            ("was due", both(target).plain(", and has not launched"))
        }
        None => ("was due", both(target)),
        Some(Launched { at, late_days: 0 }) => ("launched", both(at)),
        Some(Launched { at, late_days }) if late_days > 0 => {
            ("launched", both(at).plain(", ").add(Role::Bad, format!("{} late", days(late_days))))
        }
        Some(Launched { at, late_days }) => {
            ("launched", both(at).plain(", ").add(Role::Good, format!("{} early", days(late_days))))
        }
    }
}

fn outcome(outlook: &Outlook, target: Option<Timestamp>, zone: Tz) -> Line {
    let Outlook { expected, late_days, at_risk, stuck, late, samples } = outlook;
    let others = match (at_risk, stuck) {
        (0, _) => String::new(),
        (n, 0) => format!("; {} at risk", count(*n, "milestone", "milestones")),
        (n, stuck) => format!("; {} at risk, {stuck} of them stopped", count(*n, "milestone", "milestones")),
    };
    // What finished launches teach, in the same words as reports do.
    let others = match late.zip(*samples) {
        Some((late, n)) => format!(
            "{others}; likely {}, at worst (P90) {}, from {}",
            time::date(*expected, zone),
            time::date(late, zone),
            count(n as usize, "launch", "launches")
        ),
        None => others,
    };
    match late_days {
        0 => Line::new().add(Role::Good, "in time").plain(others),
        days => {
            let late = format!("{} late", count(usize::try_from(*days).unwrap_or(0), "day", "days"));
            // A few hours count as a day, and then its date says nothing.
            let day = |at| time::date(at, zone);
            let at = match target {
                Some(target) if day(target) == day(*expected) => time::absolute(*expected, zone),
                _ => day(*expected),
            };
            Line::new().add(Role::Bad, late).plain(format!(", on {at}{others}"))
        }
    }
}

/// Milestones that will be late, or that something stops, with the chain of causes.
fn at_risk(page: &mut Page, standing: &Standing<'_>) {
    let Some(forecast) = standing.forecast else { return };
    // That something was due and is not done is seen in its row.
    let overdue = |why: &Why| matches!(why, Why::Overdue { .. });
    let told: Vec<_> = forecast.at_risk().filter(|m| m.why.iter().any(|link| !overdue(&link.why))).collect();
    if told.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "At risk:"));
    for milestone in told {
        let late = count(usize::try_from(milestone.at_risk_days).unwrap_or(0), "day", "days");
        let line = Line::at(4).hang(6).add(Role::Bad, "! ").add(Role::Strong, milestone.id.as_str());
        let chain = cause::sentence(&milestone.why, standing.shown.zone);
        page.push(line.plain(format!(", {late} late: {chain}")));
    }
}

fn milestones(page: &mut Page, standing: &Standing<'_>, view: &View) {
    let rows: Vec<_> = standing.shown.plan.milestones.iter().zip(standing.dates).collect();
    // Beside "cancelled", numbers would read as how many were cancelled.
    let progress = |outlook: &MilestoneOutlook| match outlook.status {
        Status::Cancelled => Line::new(),
        _ => progress(outlook.done as usize, outlook.total as usize, view),
    };
    dates::write(page, &rows, progress, standing.shown.zone, view);
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
