//! `portfolio`: all launches on one time line, and where they collide.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};

use super::{
    View,
    status::{bar, risk_of},
    text::{Line, Page, Role, count, list, shorten},
    timeline::{Bar, LEGEND, Scale},
    words,
};
use crate::core::{
    model::{Timestamp, name::Name},
    portfolio::{Break, Collision, Entry, Move, Overview, Reason, clashes::Clash},
    schedule::between::Dependent,
};

/// Collisions shown in full; the others are counted.
const MOST_COLLISIONS: usize = 12;
/// A time line does not reach farther than this from today, so that one far date does not squeeze all others.
const FARTHEST: Days = Days::new(7 * 78);
/// What is over takes at most so much of it.
const BACK: Days = Days::new(7 * 8);
/// Weeks of nothing before the first launch begins, for today to be seen.
const AHEAD: Days = Days::new(7 * 16);

/// The first `limit` launches by T, then the collisions that touch any.
pub fn human(overview: &Overview, limit: usize, view: &View) -> String {
    let mut page = Page::new();
    if overview.entries.is_empty() {
        page.push(Line::new().plain("No launch fits. `launchd portfolio --all` shows those that are over, too."));
        return page.render(view);
    }
    let shown = &overview.entries[..limit.min(overview.entries.len())];
    rows(&mut page, shown, overview, view);
    if shown.len() < overview.entries.len() {
        let more = overview.entries.len() - shown.len();
        let text = format!(
            "… and {more} more; --limit {} shows them, --label, --team, --from and --until choose",
            overview.entries.len()
        );
        page.push(Line::at(2).hang(4).add(Role::Dim, text));
    }
    page.gap();
    page.push(Line::at(2).hang(2).add(Role::Dim, LEGEND));
    page.gap();
    collisions(&mut page, overview, view);
    page.render(view)
}

/// Columns beside the time line, by the width there is.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: usize,
    status: bool,
    done: bool,
    progress: usize,
    owner: usize,
}

impl Columns {
    fn fit(view: &View) -> Self {
        match view.width {
            0..72 => Self { name: 16, status: false, done: false, progress: 0, owner: 0 },
            72..100 => Self { name: 18, status: false, done: true, progress: 0, owner: 0 },
            100..130 => Self { name: 24, status: true, done: true, progress: 0, owner: 14 },
            _ => Self { name: 30, status: true, done: true, progress: 8, owner: 20 },
        }
    }
}

fn rows(page: &mut Page, shown: &[Entry], overview: &Overview, view: &View) {
    let columns = Columns::fit(view);
    let colliding: HashSet<&Name> = overview.collisions.iter().flat_map(|c| &c.launches).collect();
    // A column of good news says nothing.
    let told = shown.iter().any(|e| e.outlook.is_some_and(|o| risk_of(&o).is_some()));
    let cells: Vec<Vec<Line>> = shown.iter().map(|e| cells(e, columns, told)).collect();
    let heading = heading(columns, told);
    let widths: Vec<usize> = (0..heading.len())
        .map(|i| cells.iter().filter_map(|c| c.get(i)).map(Line::end).max().unwrap_or(0).max(heading[i].end()))
        .collect();
    let left: usize = widths.iter().map(|w| w + 2).sum();
    let (first, last) = reach(shown, overview.now);
    let scale = Scale::fit(first, last, view.width.saturating_sub(left).max(12));
    let join = |cells: &[Line], end: Line| {
        let mut line = Line::new().verbatim();
        let mut column = 0;
        for (cell, width) in cells.iter().zip(&widths) {
            line = line.join(cell.clone());
            column += width + 2;
            line = line.fill(column);
        }
        line.join(end)
    };
    let [years, months] = scale.axis();
    let blank: Vec<Line> = heading.iter().map(|_| Line::new()).collect();
    page.push(join(&blank, Line::new().add(Role::Dim, years)));
    page.push(join(&heading, Line::new().add(Role::Dim, months)));
    for (entry, cells) in shown.iter().zip(&cells) {
        let bar = Bar {
            target: entry.target,
            zone: entry.zone,
            now: overview.now,
            stretches: &entry.stretches,
            freezes: &entry.freezes,
            alarm: colliding.contains(&entry.launch),
        };
        page.push(join(cells, scale.row(&bar)));
    }
    if let Some(weeks) = scale.weeks_a_column() {
        page.push(Line::at(left).add(Role::Dim, format!("one column is {weeks} weeks")));
    }
}

fn heading(columns: Columns, told: bool) -> Vec<Line> {
    let mut titles = vec!["  LAUNCH", "T"];
    if columns.status {
        titles.push("STATUS");
    }
    if columns.done {
        titles.push("DONE");
    }
    titles.push("READY");
    if told {
        titles.push("RISK");
    }
    if columns.owner > 0 {
        titles.push("OWNER");
    }
    titles.into_iter().map(|t| Line::new().add(Role::Dim, t)).collect()
}

fn cells(entry: &Entry, columns: Columns, told: bool) -> Vec<Line> {
    let role = words::status_role(entry.status);
    let sign = words::status_sign(entry.status);
    let name = shorten(entry.launch.as_str(), columns.name);
    let mut cells = vec![
        Line::new().add(role, format!("{sign} ")).add(Role::Strong, name),
        Line::new().plain(entry.target.with_timezone(&entry.zone).format("%-d %b").to_string()),
    ];
    if columns.status {
        cells.push(Line::new().add(role, words::status(entry.status)));
    }
    let (done, total) = entry.milestones;
    let numbers = format!("{done}/{total}");
    if columns.done {
        cells.push(Line::new().plain(numbers));
    }
    let ready = entry.readiness.map(|percent| format!("{percent:>3}%")).unwrap_or_default();
    cells.push(match (columns.progress, entry.readiness) {
        (0, _) | (_, None) => Line::new().plain(ready),
        (width, Some(percent)) => {
            Line::new().add(Role::Good, bar(percent.into(), 100, width)).plain(format!(" {ready}"))
        }
    });
    if told {
        let (role, text) = entry.outlook.and_then(|o| risk_of(&o)).unwrap_or_default();
        cells.push(Line::new().add(role, text));
    }
    if columns.owner > 0 {
        let owner = entry.owner.as_deref().unwrap_or("nobody");
        cells.push(Line::new().add(Role::Dim, shorten(owner, columns.owner)));
    }
    cells
}

/// From the first to the last day that is worth a column: today is among them when it is near.
fn reach(shown: &[Entry], now: Timestamp) -> (NaiveDate, NaiveDate) {
    let today = now.date_naive();
    let days = |pick: fn(&Entry) -> Timestamp| shown.iter().map(move |e| pick(e).with_timezone(&e.zone).date_naive());
    let begins = days(|e| e.stretches.first().map_or(e.target, |s| s.from.min(e.target))).min().unwrap_or(today);
    let ends = days(|e| e.stretches.last().map_or(e.target, |s| s.until.max(e.target))).max().unwrap_or(today);
    // A filter on past launches shows them, however long ago.
    let earliest = today.checked_sub_days(BACK).unwrap_or(today).min(days(|e| e.target).min().unwrap_or(today));
    let near = begins.checked_sub_days(AHEAD).unwrap_or(begins);
    let first = if today >= near { begins.max(earliest).min(today) } else { begins };
    let latest = today.max(first).checked_add_days(FARTHEST).unwrap_or(today);
    (first, ends.min(latest).max(first))
}

fn collisions(page: &mut Page, overview: &Overview, view: &View) {
    let found = &overview.collisions;
    if found.is_empty() {
        page.push(
            Line::new()
                .add(Role::Good, "No collisions")
                .plain(": each launch has its week, audience and owner to itself."),
        );
        return;
    }
    page.push(Line::new().add(Role::Strong, count(found.len(), "collision", "collisions")));
    let most = if view.all { usize::MAX } else { MOST_COLLISIONS };
    for collision in found.iter().take(most) {
        one_collision(page, collision, overview, view);
    }
    if found.len() > most {
        page.push(Line::at(2).add(Role::Dim, format!("… and {} more; -o json has all of them", found.len() - most)));
    }
}

fn one_collision(page: &mut Page, collision: &Collision, overview: &Overview, view: &View) {
    let names: Vec<&str> = collision.launches.iter().map(Name::as_str).collect();
    let line = Line::at(2).hang(4).add(Role::Bad, "× ").add(Role::Strong, list(&names, 4));
    page.push(line.plain(format!(": {}", sentence(collision))));
    let most = if view.all { usize::MAX } else { 3 };
    for one in collision.moves.iter().take(most) {
        let zone = overview.entries.iter().find(|e| e.launch == one.launch).map_or(chrono_tz::UTC, |e| e.zone);
        let (what, breaks) = proposal(one, zone);
        page.push(Line::at(6).hang(8).add(Role::Change, "→ ").plain(what));
        for text in breaks {
            page.push(Line::at(8).hang(10).add(Role::Dim, "- ").plain(text));
        }
    }
    if collision.moves.len() > most {
        page.push(Line::at(6).add(Role::Dim, format!("… and {} more to move", collision.moves.len() - most)));
    }
}

/// Why they collide, in one sentence without a full stop.
pub fn sentence(collision: &Collision) -> String {
    let mut parts = Vec::new();
    let named = |pick: &dyn Fn(&Reason) -> Option<String>| -> Vec<String> {
        collision.reasons.iter().filter_map(pick).collect()
    };
    let audiences = named(&|r| match r {
        Reason::Audience { audience } => Some(audience.clone()),
        _ => None,
    });
    let owners = named(&|r| match r {
        Reason::Owner { owner } => Some(owner.clone()),
        _ => None,
    });
    let channels = named(&|r| match r {
        Reason::Channel { channel, .. } => Some(channel.clone()),
        _ => None,
    });
    for reason in &collision.reasons {
        if let Reason::Freeze { name, first, last, .. } = reason {
            return format!("falls into the freeze {name}, {} to {}", first.format("%-d %B"), last.format("%-d %B %Y"));
        }
    }
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if !audiences.is_empty() {
        parts.push(format!("the same audience{} ({})", plural(audiences.len()), list(&audiences, 4)));
    }
    if !owners.is_empty() {
        parts.push(format!("the same owner ({})", list(&owners, 2)));
    }
    let mut days: Vec<NaiveDate> = collision
        .reasons
        .iter()
        .filter_map(|r| match r {
            Reason::Channel { day, .. } => Some(*day),
            _ => None,
        })
        .collect();
    days.dedup();
    if !channels.is_empty() {
        let day = days.first().map(|d| d.format(" on %-d %B").to_string()).unwrap_or_default();
        parts.push(format!("the same channel{} ({}){day}", plural(channels.len()), list(&channels, 3)));
    }
    let week = format!("the week of {}", collision.week.format("%-d %B %Y"));
    if parts.is_empty() { format!("launch in {week}") } else { format!("{} in {week}", list(&parts, 4)) }
}

/// The same of one launch and what it comes to collide with.
pub fn clash(clash: &Clash) -> String {
    let launches = clash.with.iter().cloned().collect();
    sentence(&Collision { launches, week: clash.week, reasons: clash.reasons.clone(), moves: Vec::new() })
}

/// What is proposed, and what it would break.
pub fn proposal(one: &Move, zone: chrono_tz::Tz) -> (String, Vec<String>) {
    let Some(to) = one.to else {
        return (format!("no working day within eight weeks is free for {}", one.launch), Vec::new());
    };
    let day = to.with_timezone(&zone).format("%a %-d %B");
    let distance = count(usize::try_from(one.days.unsigned_abs()).unwrap_or(0), "day", "days");
    let way = if one.days > 0 { "later" } else { "earlier" };
    let shared = if one.alone { "" } else { "; that week has another launch, with other people and channels" };
    let ending = if one.breaks.is_empty() { ": nothing breaks" } else { ", but" };
    let what = format!("move {} to {day}, {distance} {way}{shared}{ending}", one.launch);
    (what, one.breaks.iter().map(|b| broken(b, zone)).collect())
}

fn broken(one: &Break, zone: chrono_tz::Tz) -> String {
    let day = |at: Timestamp| at.with_timezone(&zone).format("%-d %B").to_string();
    match one {
        Break::FixedDate { milestone, due } => format!("{milestone} is fixed on {} and does not move along", day(*due)),
        Break::Past { milestone, due } => format!("{milestone} would have been due on {}, which is past", day(*due)),
        Break::Approval { milestone, approval, people } => {
            let people: Vec<&str> = people.iter().map(|p| p.0.as_str()).collect();
            format!("{approval} of {milestone}, given by {}, becomes void", list(&people, 3))
        }
        Break::Dependent(Dependent { launch, milestone, due, on, needs, then }) => {
            format!("{launch}/{milestone}, due {}, waits for {on}/{needs}, due {}", day(*due), day(*then))
        }
        Break::Overload { title, week, asked, there, .. } => {
            let week = week.format("%-d %B");
            format!("{title} would be asked for {asked} person-days in the week of {week}, and has {there}")
        }
    }
}
