//! Milestones with baseline, due date, forecast and actual date side by side: a column only where it says something.

use chrono_tz::Tz;

use super::{
    View,
    table::Table,
    text::{Line, Page, Role, count},
    time, words,
};
use crate::core::{model::area::Phase, plan::MilestoneOutlook, review::dates::Dates};

/// From here on there is room for owners.
const WIDE: usize = 100;
/// Columns of one date with the gap before it.
const DATE: usize = 12;
/// Columns of a slack with the gap before it.
const SLACK: usize = 8;

/// One milestone with its dates.
pub type Dated<'a> = (&'a MilestoneOutlook, &'a Dates);

/// `+5 d`, `−2 d`; empty on the day.
fn late(days: i64) -> (Role, String) {
    match days {
        0 => (Role::Plain, String::new()),
        n if n > 0 => (Role::Bad, format!("+{n} d")),
        n => (Role::Good, format!("−{} d", -n)),
    }
}

/// `12 d`; none left is said louder.
fn slack(days: i64) -> Line {
    Line::new().add(if days == 0 { Role::Change } else { Role::Dim }, format!("{days} d"))
}

/// Every milestone below its phase. `progress` draws how many of its activities are done.
pub fn write(page: &mut Page, rows: &[Dated<'_>], progress: impl Fn(&MilestoneOutlook) -> Line, zone: Tz, view: &View) {
    let mut told = Told {
        baseline: rows.iter().any(|(_, d)| d.moved_from(zone).is_some()),
        forecast: rows.iter().any(|(_, d)| d.differs(zone).is_some()),
        actual: rows.iter().any(|(_, d)| d.actual.is_some()),
        late: rows.iter().any(|(_, d)| d.late_days != 0),
        slack: false,
    };
    let names = rows.iter().map(|(m, _)| m.id.as_str().chars().count()).max().unwrap_or(0);
    let states =
        rows.iter().map(|(m, _)| words::status(m.status).chars().count() + progress(m).end()).max().unwrap_or(0);
    let dates = 1 + [told.baseline, told.forecast, told.actual].iter().filter(|t| **t).count();
    let needed = 4 + 2 + names + 2 + states + 2 + dates * DATE + if told.late { 8 } else { 0 };
    if needed > view.width {
        return stacked(page, rows, progress, zone);
    }
    let away =
        rows.iter().filter(|(m, _)| m.completed_at.is_none()).map(|(m, _)| time::relative(m.due, view.now).len());
    told.slack = view.width >= WIDE && needed + SLACK <= view.width && rows.iter().any(|(_, d)| d.slack_days.is_some());
    let needed = needed + if told.slack { SLACK } else { 0 };
    let away = away.max().filter(|length| needed + length + 2 <= view.width).is_some();
    let owners = view.width >= WIDE;
    let head = |told: bool, text: &'static str| if told { text } else { "" };
    let mut table = Table::at(4);
    let mut phase: Option<Phase> = None;
    for (outlook, dates) in rows {
        if phase != Some(outlook.phase) {
            if phase.is_none() && dates_need_names(&told) {
                table = table.heading([
                    "",
                    "",
                    "",
                    head(told.baseline, "BASELINE"),
                    "DUE",
                    head(told.forecast, "FORECAST"),
                    head(told.actual, "ACTUAL"),
                    head(told.late, "LATE"),
                    head(told.slack, "SLACK"),
                    "",
                    "",
                ]);
            }
            phase = Some(outlook.phase);
            table.section(Line::at(2).add(Role::Dim, outlook.phase.to_string().replace('_', " ")));
        }
        let day = |at| Line::new().plain(time::date(at, zone));
        let (role, days) = late(dates.late_days);
        let is_open = outlook.completed_at.is_none();
        let away = if away && is_open { time::relative(outlook.due, view.now) } else { String::new() };
        let owner = outlook.owner.as_deref().filter(|_| owners && is_open).unwrap_or_default();
        let [name, status] = head_of(outlook);
        table.row([
            name,
            status,
            progress(outlook),
            dates.moved_from(zone).map(day).unwrap_or_default(),
            day(dates.due),
            dates.differs(zone).map(day).unwrap_or_default(),
            dates.actual.map(day).unwrap_or_default(),
            Line::new().add(role, days),
            dates.slack_days.filter(|_| told.slack).map(slack).unwrap_or_default(),
            Line::new().add(Role::Dim, away),
            Line::new().add(Role::Dim, owner),
        ]);
    }
    table.write(page);
}

/// Which columns say something.
struct Told {
    baseline: bool,
    forecast: bool,
    actual: bool,
    late: bool,
    /// How far each may still slip; only where it is wide.
    slack: bool,
}

/// A single date needs no name.
fn dates_need_names(told: &Told) -> bool {
    told.baseline || told.forecast || told.actual || told.late || told.slack
}

fn head_of(outlook: &MilestoneOutlook) -> [Line; 2] {
    let role = words::status_role(outlook.status);
    [
        Line::new()
            .add(role, format!("{} ", words::status_sign(outlook.status)))
            .add(Role::Strong, outlook.id.as_str()),
        Line::new().add(role, words::status(outlook.status)),
    ]
}

/// Where it is narrow: the dates in words, below each milestone.
fn stacked(page: &mut Page, rows: &[Dated<'_>], progress: impl Fn(&MilestoneOutlook) -> Line, zone: Tz) {
    let mut phase: Option<Phase> = None;
    for (outlook, dates) in rows {
        if phase != Some(outlook.phase) {
            phase = Some(outlook.phase);
            page.push(Line::at(2).add(Role::Dim, outlook.phase.to_string().replace('_', " ")));
        }
        let [name, status] = head_of(outlook);
        let head = Line::at(4).hang(6).join(name).plain("  ").join(status).plain("  ").join(progress(outlook));
        page.push(head);
        let day = |at| time::date(at, zone);
        let mut parts = Vec::new();
        parts.extend(dates.moved_from(zone).map(|at| format!("baseline {}", day(at))));
        parts.push(format!("due {}", day(dates.due)));
        parts.extend(dates.differs(zone).map(|at| format!("forecast {}", day(at))));
        parts.extend(dates.actual.map(|at| format!("actual {}", day(at))));
        let mut line = Line::at(6).hang(8).plain(parts.join(", "));
        let days = count(usize::try_from(dates.late_days.abs()).unwrap_or(0), "day", "days");
        match dates.late_days {
            0 => {}
            n if n > 0 => line = line.plain(", ").add(Role::Bad, format!("{days} late")),
            _ => line = line.plain(", ").add(Role::Good, format!("{days} early")),
        }
        page.push(line);
    }
}
