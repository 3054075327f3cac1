//! What moving dates does, for people.

use chrono_tz::Tz;

use super::{
    View,
    portfolio::clash as sentence,
    table::Table,
    text::{Line, Page, Role, count, list},
    time,
};
use crate::core::{
    model::Timestamp,
    portfolio::clashes::{Changed, Clash, Moved},
    schedule::{
        cause::end,
        shift::{Move, Off, Shift, Stay},
    },
};

/// Beside a plan, more rows of a kind than this are counted.
const MOST_ROWS: usize = 12;

/// All of it: each milestone that moves, what stays, what breaks, what is lost.
pub fn full(shift: &Shift, collisions: &Changed, view: &View) -> String {
    preview(shift, collisions, usize::MAX, view)
}

/// The same beside a plan, where long lists are shortened; empty when no date differs.
pub fn beside(moved: &Moved, view: &View) -> String {
    if !moved.shift.changes_dates() {
        return String::new();
    }
    preview(&moved.shift, &moved.collisions, if view.all { usize::MAX } else { MOST_ROWS }, view)
}

fn preview(shift: &Shift, collisions: &Changed, most: usize, view: &View) -> String {
    let mut page = Page::new();
    let zone = shift.timezone;
    page.push(heading(shift));
    if shift.from != shift.to && shift.to <= view.now {
        let over = format!("T would be over already, {}", time::relative(shift.to, view.now));
        page.push(Line::at(2).hang(4).add(Role::Alert, "! ").add(Role::Bad, over));
    }
    if !shift.milestones.is_empty() {
        page.gap();
        let mut table = Table::at(2);
        for one in shift.milestones.iter().take(most) {
            table.row(row(one, shift));
        }
        table.write(&mut page);
        rest(&mut page, 2, shift.milestones.len(), most);
        if !shift.activities.is_empty() {
            let text = format!("and {} with them", count(shift.activities.len(), "activity", "activities"));
            page.push(Line::at(2).add(Role::Dim, text));
        }
    }
    breaks(&mut page, shift, most);
    let mut section = Sections { page: &mut page, most };
    section.add("Stays, because its date is written out:", &shift.fixed, |stay: &Stay| {
        (stay.id.to_string(), format!("due {}", end(stay.due, zone)))
    });
    section.add("Falls on a day off:", &shift.days_off, |day| {
        (day.id.to_string(), format!("{}, {}", end(day.due, zone), off(&day.why)))
    });
    section.add("Over already, and not complete:", &shift.past, |stay: &Stay| {
        (stay.id.to_string(), format!("due {}", end(stay.due, zone)))
    });
    section.add("More people asked of a team than it has:", &shift.overloaded, |over| {
        let by: Vec<String> = over.by.iter().map(|(launch, people)| format!("{launch} {people}")).collect();
        let asked = format!("has {}, and {} are asked of it", over.capacity, over.asked);
        (over.title.clone(), format!("{asked} from {} to {}: {}", over.from, over.until, list(&by, 5)))
    });
    let named = |clash: &Clash| (with(clash), sentence(clash));
    section.add("Collides then, and not now:", &collisions.made, named);
    section.add("Collides now, and not then:", &collisions.resolved, named);
    section.add("Sign-offs that become void:", &shift.void, |void| {
        (format!("{}/{}", void.milestone, void.approval), format!("given by {}", people(&void.by)))
    });
    section.add("Public already, and not taken back:", &shift.public, |public| {
        (public.activity.to_string(), format!("since {}", end(public.at, zone)))
    });
    page.render(view)
}

/// Dates that contradict each other from now on.
fn breaks(page: &mut Page, shift: &Shift, most: usize) {
    if !shift.breaks() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "Breaks:"));
    let zone = shift.timezone;
    let late = shift
        .after_target
        .iter()
        .map(|stay| format!("{} is due {}, after the launch, which waits for it", stay.id, end(stay.due, zone)));
    let between = shift.dependents.iter().map(|d| {
        let (due, then) = (end(d.due, zone), end(d.then, zone));
        format!("{}/{} is due {due}, and needs {}/{}, due {then}", d.launch, d.milestone, d.on, d.needs)
    });
    let all: Vec<String> = late.chain(between).collect();
    for text in all.iter().take(most) {
        page.push(Line::at(4).add(Role::Bad, "! ").hang(6).plain(text.as_str()));
    }
    rest(page, 4, all.len(), most);
}

/// How many rows of a list are left out.
fn rest(page: &mut Page, indent: usize, all: usize, most: usize) {
    if let Some(left) = all.checked_sub(most).filter(|n| *n > 0) {
        page.push(Line::at(indent).add(Role::Dim, format!("… and {left} more; --all shows them")));
    }
}

/// More of these in one comment are not read, and it must not grow beyond what a host takes.
const MOST_TOLD: usize = 10;
/// Bytes of one launch's preview in a comment.
const MOST_BYTES: usize = 3_000;

/// For a comment on a pull request; empty when no date differs.
pub fn markdown(shifts: &[Moved], view: &View) -> String {
    if shifts.is_empty() {
        return String::new();
    }
    let view = View { colour: false, all: false, width: view.width.max(100), ..*view };
    let mut text = String::from("\n**Dates that move**\n\n");
    for shift in shifts.iter().take(MOST_TOLD) {
        let told = beside(shift, &view);
        let short =
            told.trim_end().char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST_BYTES);
        let cut = short.last().unwrap_or(0);
        let more = if cut < told.trim_end().len() { "\n…" } else { "" };
        text += &format!("~~~text\n{}{more}\n~~~\n", &told[..cut]);
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

/// Lists under a title, each shortened.
struct Sections<'p> {
    page: &'p mut Page,
    most: usize,
}

impl Sections<'_> {
    fn add<T>(&mut self, title: &str, items: &[T], cells: impl Fn(&T) -> (String, String)) {
        if items.is_empty() {
            return;
        }
        self.page.gap();
        self.page.push(Line::at(2).add(Role::Strong, title));
        let mut table = Table::at(4);
        for item in items.iter().take(self.most) {
            let (name, text) = cells(item);
            table.row([Line::new().plain(name), Line::new().plain(text)]);
        }
        table.write(self.page);
        rest(self.page, 4, items.len(), self.most);
    }
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
