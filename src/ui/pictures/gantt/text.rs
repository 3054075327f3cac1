//! The chart in a terminal: a line a row, a column a stretch of time.

use super::{Gantt, GanttRow};
use crate::{
    core::model::{Timestamp, area::Status},
    ui::render::{
        View,
        text::{Line, Page, Role, shorten},
        words,
    },
};

/// Behind the bars: the due date, and by how much it will be missed.
const DATE: usize = 16;
const NARROWEST: usize = 20;

/// Instants to columns.
struct Scale {
    from: Timestamp,
    until: Timestamp,
    columns: usize,
}

impl Scale {
    fn column(&self, at: Timestamp) -> Option<usize> {
        let share = (at - self.from).as_seconds_f64() / (self.until - self.from).as_seconds_f64().max(1.0);
        (0.0..=1.0).contains(&share).then(|| (share * (self.columns - 1) as f64).round() as usize)
    }
}

/// Writes the chart in the width of the view.
pub fn write(gantt: &Gantt, view: &View) -> String {
    let mut page = Page::new();
    page.push(Line::new().add(Role::Strong, &gantt.title));
    let longest = gantt.rows().map(|r| r.id.chars().count()).max().unwrap_or(0);
    let names = longest.min(view.width / 3) + 2;
    let columns = view.width.saturating_sub(names + DATE + 4).max(NARROWEST);
    let instants = || gantt.rows().flat_map(|r| [r.start, r.due, r.expected]).chain(gantt.targets.iter().map(|t| t.at));
    let (Some(from), Some(until)) = (instants().min(), instants().max()) else {
        return page.render(view);
    };
    let scale = Scale { from, until, columns };
    for group in &gantt.groups {
        page.push(Line::at(2).add(Role::Dim, group.title.to_lowercase()));
        for row in &group.rows {
            page.push(line(gantt, row, &scale, names));
        }
    }
    page.gap();
    page.push(Line::at(2).hang(4).add(Role::Dim, legend(gantt, &scale)));
    page.render(view)
}

fn line(gantt: &Gantt, row: &GanttRow, scale: &Scale, names: usize) -> Line {
    let role = words::status_role(row.status);
    let sign = match row.status {
        Status::Completed => "*",
        Status::InProgress => "~",
        Status::Planned => ".",
        Status::Delayed => "!",
        Status::Cancelled => "-",
    };
    let name = if row.critical && !row.is_part { Role::Strong } else { Role::Plain };
    let line = Line::at(2).add(role, format!("{sign} ")).add(name, shorten(&row.id, names - 2)).fill(names + 4);
    let late = if row.late_days > 0 && !row.is_done() { format!(" +{} d", row.late_days) } else { String::new() };
    let day = super::svg::day(gantt, if row.is_done() { row.expected } else { row.due }, false);
    let date = Line::new().add(if late.is_empty() { Role::Dim } else { Role::Bad }, format!(" {day}{late}"));
    line.add(role, bar(gantt, row, scale)).join(date).verbatim()
}

/// `░░███░░╌╌`, with today and T behind it.
fn bar(gantt: &Gantt, row: &GanttRow, scale: &Scale) -> String {
    let mut cells = vec![' '; scale.columns];
    let mut put = |column: Option<usize>, c: char| {
        if let Some(cell) = column.and_then(|column| cells.get_mut(column)) {
            *cell = c;
        }
    };
    put(scale.column(gantt.now), '┊');
    gantt.targets.iter().for_each(|t| put(scale.column(t.at), '│'));
    let (from, to) = (scale.column(row.start).unwrap_or(0), scale.column(row.due).unwrap_or(0));
    if let Some(end) = scale.column(row.expected).filter(|_| row.late_days > 0 && !row.is_done()) {
        (to..=end).for_each(|column| put(Some(column), '╌'));
    }
    let full = (to - from.min(to) + 1) * row.percent() as usize / 100;
    (from..=to).for_each(|column| put(Some(column), if column < from + full { '█' } else { '░' }));
    if from >= to {
        put(Some(to), '◆');
    }
    cells.into_iter().collect()
}

fn legend(gantt: &Gantt, scale: &Scale) -> String {
    let day = |at| super::svg::day(gantt, at, true);
    let mut text = format!("from {} to {}", day(scale.from), day(scale.until));
    for target in &gantt.targets {
        text += &format!(" · │ {} {}", target.label, day(target.at));
    }
    if scale.column(gantt.now).is_some() {
        text += &format!(" · ┊ today {}", day(gantt.now));
    }
    text + " · █ done ░ to do ◆ takes no time ╌ late"
}
