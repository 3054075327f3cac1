//! The chart as a `gantt` of Mermaid, for Markdown pages.

use std::{collections::BTreeSet, fmt::Write};

use super::{Gantt, GanttRow, svg};
use crate::{
    core::{model::Timestamp, model::area::Status},
    ui::pictures::quote::{identifier, mermaid},
};

/// Writes the chart with its times as the launch's clocks show them.
pub fn write(gantt: &Gantt) -> String {
    let mut out = format!("gantt\n    title {}\n", mermaid(&gantt.title));
    let span = (last(gantt) - first(gantt)).num_days();
    let (form, step) = match span {
        ..=3 => ("%a %H:%M", "6hour"),
        4..=14 => ("%a %d", "1day"),
        15..=100 => ("%d %b", "1week"),
        101..=800 => ("%b %Y", if span < 300 { "1month" } else { "3month" }),
        801..=3650 => ("%Y", "12month"),
        _ => ("%Y", "60month"),
    };
    let _ = writeln!(out, "    dateFormat YYYY-MM-DDTHH:mm\n    axisFormat {form}\n    tickInterval {step}");
    let _ = writeln!(out, "    weekday monday");
    let days: Vec<String> =
        gantt.days_off.iter().map(|s| s.from.with_timezone(&gantt.zone).format("%Y-%m-%d").to_string()).collect();
    if !days.is_empty() && svg::can_show_days(gantt) {
        let _ = writeln!(out, "    excludes {}", days.join(", "));
    }
    let mut used = BTreeSet::new();
    for group in &gantt.groups {
        let _ = writeln!(out, "    section {}", mermaid(&group.title));
        for row in &group.rows {
            task(&mut out, gantt, row, &mut used);
        }
    }
    for target in &gantt.targets {
        let at = local(gantt, target.at);
        let id = unique(&mut used, identifier("T", &target.label));
        let _ = writeln!(out, "    {} : vert, {id}, {at}, {at}", mermaid(&target.label));
    }
    out
}

fn task(out: &mut String, gantt: &Gantt, row: &GanttRow, used: &mut BTreeSet<String>) {
    let mut tags = Vec::new();
    match row.status {
        Status::Completed => tags.push("done".to_owned()),
        Status::InProgress => tags.push("active".to_owned()),
        Status::Planned | Status::Delayed | Status::Cancelled => {}
    }
    if row.critical {
        tags.push("crit".to_owned());
    }
    let is_moment = row.start == row.due;
    if is_moment {
        tags.push("milestone".to_owned());
    }
    tags.push(unique(used, identifier(if row.is_part { "a" } else { "m" }, &row.id)));
    tags.push(local(gantt, row.start));
    tags.push(local(gantt, row.due));
    let _ = writeln!(out, "    {} :{}", mermaid(&title(row)), tags.join(", "));
}

/// With what Mermaid has no sign for.
fn title(row: &GanttRow) -> String {
    match row.status {
        Status::Delayed => format!("{} (delayed)", row.title),
        Status::Cancelled => format!("{} (cancelled)", row.title),
        _ if row.late_days > 0 && !row.is_done() => format!("{} (expected +{} d)", row.title, row.late_days),
        _ => row.title.clone(),
    }
}

fn unique(used: &mut BTreeSet<String>, id: String) -> String {
    let mut own = id.clone();
    let mut number = 2;
    while !used.insert(own.clone()) {
        own = format!("{id}_{number}");
        number += 1;
    }
    own
}

fn local(gantt: &Gantt, at: Timestamp) -> String {
    at.with_timezone(&gantt.zone).format("%Y-%m-%dT%H:%M").to_string()
}

fn first(gantt: &Gantt) -> Timestamp {
    gantt.rows().map(|r| r.start).min().unwrap_or(gantt.now)
}

fn last(gantt: &Gantt) -> Timestamp {
    gantt.rows().map(|r| r.due).max().unwrap_or(gantt.now)
}
