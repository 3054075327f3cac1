//! The chart as a `gantt` of Mermaid, for Markdown pages.

use std::{collections::BTreeSet, fmt::Write};

use chrono::{Datelike, TimeDelta, Weekday};

use super::{Gantt, GanttRow, Span, svg};
use crate::{
    core::{model::Timestamp, model::area::Status},
    ui::pictures::{
        quote::{identifier, mermaid},
        text::width,
    },
};

/// Longer than this a chart is drawn in whole days, of which Mermaid can shade those that are not worked; it would
/// lengthen bars with times over them.
const HOURS: i64 = 14;

/// Writes the chart with its times as the launch's clocks show them.
pub fn write(gantt: &Gantt) -> String {
    let span = (last(gantt) - first(gantt)).num_days();
    let padding = gantt.groups.iter().map(|g| width(&g.title, 11.0)).fold(75.0, f64::max) + 24.0;
    let mut out = format!("%%{{init: {{\"gantt\": {{\"leftPadding\": {padding:.0}}}}}}}%%\n");
    let _ = writeln!(out, "gantt\n    title {}", mermaid(&gantt.title));
    let (form, step) = match span {
        ..=3 => ("%a %H:%M", "6hour"),
        4..=14 => ("%a %d", "1day"),
        15..=130 => ("%d %b", "1week"),
        131..=800 => ("%b %Y", if span < 400 { "1month" } else { "3month" }),
        801..=3650 => ("%Y", "12month"),
        _ => ("%Y", "60month"),
    };
    let days = span > HOURS;
    let format = if days { "YYYY-MM-DD" } else { "YYYY-MM-DDTHH:mm" };
    let _ =
        writeln!(out, "    dateFormat {format}\n    axisFormat {form}\n    tickInterval {step}\n    weekday monday");
    let excluded = excluded(gantt);
    if days && !excluded.is_empty() && svg::can_show_days(gantt) {
        let _ = writeln!(out, "    excludes {}", excluded.join(", "));
    }
    let mut writing = Writing { gantt, days, used: BTreeSet::new() };
    for group in &gantt.groups {
        let _ = writeln!(out, "    section {}", mermaid(&group.title));
        group.rows.iter().for_each(|row| writing.task(&mut out, row));
    }
    writing.freezes(&mut out);
    for target in &gantt.targets {
        let (at, id) = (writing.local(target.at), writing.unique(identifier("T", &target.label)));
        let _ = writeln!(out, "    {} :vert, {id}, {at}, {at}", mermaid(&target.label));
    }
    out
}

/// Weekends by that word, and other days off between the first and the last date.
fn excluded(gantt: &Gantt) -> Vec<String> {
    let (first, last) = (first(gantt), last(gantt));
    let local = |s: &Span| s.from.with_timezone(&gantt.zone).date_naive();
    let is_weekend = |s: &Span| matches!(local(s).weekday(), Weekday::Sat | Weekday::Sun);
    let shown = || gantt.days_off.iter().filter(|s| s.from <= last && s.until >= first);
    let weekends = shown().any(|s| is_weekend(s) && s.title.is_empty()).then(|| "weekends".to_owned());
    let others = shown().filter(|s| weekends.is_none() || !is_weekend(s));
    weekends.iter().cloned().chain(others.map(|s| local(s).to_string())).collect()
}

struct Writing<'g> {
    gantt: &'g Gantt,
    days: bool,
    used: BTreeSet<String>,
}

impl Writing<'_> {
    fn task(&mut self, out: &mut String, row: &GanttRow) {
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
        tags.push(self.unique(identifier(if row.is_part { "a" } else { "m" }, &row.id)));
        let (start, due) = (self.local(row.start), self.local(row.due));
        // What takes some hours of a day is drawn as that day.
        let due = if due == start && !is_moment { self.local(row.due + TimeDelta::days(1)) } else { due };
        tags.push(start);
        tags.push(due);
        let _ = writeln!(out, "    {} :{}", mermaid(&title(row)), tags.join(", "));
        self.forecast(out, row);
    }

    /// Below a row that is expected late, from when it is due to when it is expected: Mermaid draws one bar a line.
    fn forecast(&mut self, out: &mut String, row: &GanttRow) {
        if row.late_days <= 0 || row.is_done() || row.expected <= row.due {
            return;
        }
        let id = self.unique(identifier("f", &row.id));
        let name = mermaid(&format!("{}: forecast", row.title));
        let _ = writeln!(out, "    {name} :crit, {id}, {}, {}", self.local(row.due), self.local(row.expected));
    }

    /// A section of their own, as far as they fall into the time that is drawn.
    fn freezes(&mut self, out: &mut String) {
        let (first, last) = (first(self.gantt), last(self.gantt));
        let mut shown = self.gantt.freezes.iter().filter(|f| f.from <= last && f.until >= first).peekable();
        if shown.peek().is_some() {
            out.push_str("    section Freezes\n");
        }
        for freeze in shown {
            let id = self.unique(identifier("z", &freeze.title));
            let (from, until) = (self.local(freeze.from.max(first)), self.local(freeze.until.min(last)));
            let _ = writeln!(out, "    {} :{id}, {from}, {until}", mermaid(&freeze.title));
        }
    }

    fn unique(&mut self, id: String) -> String {
        let numbered = (2..).map(|n| format!("{id}_{n}"));
        let free = std::iter::once(id.clone()).chain(numbered).find(|name| !self.used.contains(name)).unwrap_or(id);
        self.used.insert(free.clone());
        free
    }

    fn local(&self, at: Timestamp) -> String {
        at.with_timezone(&self.gantt.zone).format(if self.days { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" }).to_string()
    }
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

fn first(gantt: &Gantt) -> Timestamp {
    gantt.rows().map(|r| r.start).min().unwrap_or(gantt.now)
}

fn last(gantt: &Gantt) -> Timestamp {
    gantt.rows().map(|r| if r.is_done() { r.due } else { r.due.max(r.expected) }).max().unwrap_or(gantt.now)
}
