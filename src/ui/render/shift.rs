//! What moving dates does, for people.

use chrono_tz::Tz;

use super::{
    View,
    portfolio::clash as sentence,
    table::Table,
    text::{Line, Page, Role, count, list},
};
use crate::core::{
    model::Timestamp,
    portfolio::clashes::{Changed, Clash, Moved},
    schedule::{
        cause::end,
        shift::{Move, Off, Shift, Stay},
    },
};

/// All of it: each milestone that moves, what stays, what is lost.
pub fn full(shift: &Shift, collisions: &Changed, view: &View) -> String {
    let mut page = Page::new();
    let zone = shift.timezone;
    page.push(heading(shift));
    if !shift.milestones.is_empty() {
        page.gap();
        let mut table = Table::at(2);
        for one in &shift.milestones {
            table.row(row(one, shift));
        }
        table.write(&mut page);
        if !shift.activities.is_empty() {
            let text = format!("and {} with them", count(shift.activities.len(), "activity", "activities"));
            page.push(Line::at(2).add(Role::Dim, text));
        }
    }
    section(&mut page, "Stays, because its date is written out:", &shift.fixed, |stay: &Stay| {
        (stay.id.to_string(), format!("due {}", end(stay.due, zone)))
    });
    section(&mut page, "Falls on a day off:", &shift.days_off, |day| {
        (day.id.to_string(), format!("{}, {}", end(day.due, zone), off(&day.why)))
    });
    section(&mut page, "Over already, and not complete:", &shift.past, |stay: &Stay| {
        (stay.id.to_string(), format!("due {}", end(stay.due, zone)))
    });
    let named = |clash: &Clash| (with(clash), sentence(clash));
    section(&mut page, "Collides then, and not now:", &collisions.made, named);
    section(&mut page, "Collides now, and not then:", &collisions.resolved, named);
    section(&mut page, "Sign-offs that become void:", &shift.void, |void| {
        (format!("{}/{}", void.milestone, void.approval), format!("given by {}", people(&void.by)))
    });
    section(&mut page, "Public already, and not taken back:", &shift.public, |public| {
        (public.activity.to_string(), format!("since {}", end(public.at, zone)))
    });
    page.render(view)
}

/// In a few lines, beside a plan; empty when no date differs.
pub fn brief(moved: &Moved, view: &View) -> String {
    let Moved { shift, collisions } = moved;
    if !shift.changes_dates() {
        return String::new();
    }
    let mut page = Page::new();
    page.push(heading(shift));
    let zone = shift.timezone;
    let mut parts = Vec::new();
    let mut part = |n: usize, one: &str, many: &str| {
        if n > 0 {
            parts.push(count(n, one, many));
        }
    };
    part(shift.milestones.len(), "milestone moves", "milestones move");
    part(shift.fixed.len(), "fixed date stays", "fixed dates stay");
    part(shift.days_off.len(), "falls on a day off", "fall on days off");
    part(shift.past.len(), "is over already", "are over already");
    part(shift.public.len(), "effect is public already", "effects are public already");
    if !parts.is_empty() {
        page.push(Line::at(2).plain(format!("{}.", parts.join(", "))));
    }
    for void in &shift.void {
        let text = format!("{}/{} by {} becomes void", void.milestone, void.approval, people(&void.by));
        page.push(Line::at(2).add(Role::Bad, "! ").plain(text));
    }
    for clash in &collisions.made {
        let text = match &clash.with {
            Some(other) => format!("collides with {other}: {}", sentence(clash)),
            None => sentence(clash),
        };
        page.push(Line::at(2).hang(4).add(Role::Bad, "! ").plain(text));
    }
    for clash in &collisions.resolved {
        let text = match &clash.with {
            Some(other) => format!("does not collide with {other} any more: {}", sentence(clash)),
            None => format!("no longer {}", sentence(clash)),
        };
        page.push(Line::at(2).hang(4).add(Role::Good, "+ ").plain(text));
    }
    for day in &shift.days_off {
        let text = format!("{} falls on {}, {}", day.id, end(day.due, zone), off(&day.why));
        page.push(Line::at(2).add(Role::Change, "! ").plain(text));
    }
    page.render(view)
}

/// More of these in one comment are not read, and it must not grow beyond what a host takes.
const MOST_TOLD: usize = 10;

/// For a comment on a pull request; empty when no date differs.
pub fn markdown(shifts: &[Moved], view: &View) -> String {
    if shifts.is_empty() {
        return String::new();
    }
    let view = View { colour: false, width: view.width.max(100), ..*view };
    let mut text = String::from("\n**Dates that move**\n\n");
    for shift in shifts.iter().take(MOST_TOLD) {
        let told: String = brief(shift, &view).chars().take(600).collect();
        text += &format!("~~~text\n{}\n~~~\n", told.trim_end());
    }
    if let Some(rest) = shifts.len().checked_sub(MOST_TOLD).filter(|n| *n > 0) {
        text += &format!("_And of {}._\n", count(rest, "more launch", "more launches"));
    }
    text
}

/// The launch that it collides with; a freeze has a name of its own.
fn with(clash: &Clash) -> String {
    clash.with.as_ref().map_or_else(|| "the freeze".to_owned(), ToString::to_string)
}

fn heading(shift: &Shift) -> Line {
    let zone = shift.timezone;
    let line = Line::new().add(Role::Strong, shift.launch.as_str());
    if shift.from == shift.to {
        return line.plain(format!(": dates move, T stays {}", end(shift.to, zone)));
    }
    let text = format!(": T moves {}, {}", way(shift.from, shift.to, zone), apart(shift.from, shift.to, zone));
    line.hang(2).plain(text)
}

/// How far it moves is said where that differs from T.
fn row(one: &Move, shift: &Shift) -> [Line; 3] {
    let zone = shift.timezone;
    let length = apart(one.from, one.to, zone);
    let own = if length == apart(shift.from, shift.to, zone) { String::new() } else { length };
    let note = if one.done { "complete already" } else { &own };
    [
        Line::new().add(Role::Strong, one.id.as_str()),
        Line::new().plain(way(one.from, one.to, zone)),
        Line::new().add(Role::Dim, note),
    ]
}

/// `Thu 2027-04-01 → Thu 2027-05-13`, with the times where they differ.
fn way(from: Timestamp, to: Timestamp, zone: Tz) -> String {
    let (from, to) = (from.with_timezone(&zone), to.with_timezone(&zone));
    let format = if from.time() == to.time() { "%a %Y-%m-%d" } else { "%a %Y-%m-%d %H:%M" };
    format!("{} → {}", from.format(format), to.format(format))
}

fn section<T>(page: &mut Page, title: &str, items: &[T], cells: impl Fn(&T) -> (String, String)) {
    if items.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, title));
    let mut table = Table::at(4);
    for item in items {
        let (name, text) = cells(item);
        table.row([Line::new().plain(name), Line::new().plain(text)]);
    }
    table.write(page);
}

fn people(actors: &[crate::core::model::name::Actor]) -> String {
    list(&actors.iter().map(|a| a.0.as_str()).collect::<Vec<_>>(), 5)
}

fn off(why: &Off) -> String {
    match why {
        Off::Weekend => "which is not worked".to_owned(),
        Off::Holiday { name } if name.is_empty() => "a holiday".to_owned(),
        Off::Holiday { name } => format!("which is {name}"),
        Off::Freeze { name } => format!("in the freeze {name}"),
    }
}

/// `5 weeks later`, `3 days earlier`, in days of the zone; hours within one day.
fn apart(from: Timestamp, to: Timestamp, zone: Tz) -> String {
    let day = |at: Timestamp| at.with_timezone(&zone).date_naive();
    let days = (day(to) - day(from)).num_days();
    let number = |n: i64| usize::try_from(n.abs()).unwrap_or(0);
    let length = match days {
        0 => count(number((to - from).num_minutes()), "minute", "minutes"),
        n if n % 7 == 0 => count(number(n / 7), "week", "weeks"),
        n => count(number(n), "day", "days"),
    };
    format!("{length} {}", if to > from { "later" } else { "earlier" })
}
