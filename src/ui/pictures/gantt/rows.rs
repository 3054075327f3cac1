//! The rows of the chart: columns on the left, bars on the time line.

use super::{
    Gantt, GanttRow,
    svg::{Columns, Frame, MARGIN, day},
};
use crate::{
    core::model::{Timestamp, area::Status},
    ui::pictures::{
        page::word,
        svg::Svg,
        symbol,
        text::{fit, width},
    },
};

const TITLE: f64 = MARGIN + 22.0;

/// The groups' headings, and a hairline under each row.
pub fn headings(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    for (group, top) in gantt.groups.iter().zip(&frame.headings) {
        svg.element("rect").at(MARGIN - 8.0, *top).size(frame.axis.left - MARGIN + 8.0, 27.0).class("band").done();
        svg.element("line")
            .num("x1", MARGIN - 8.0)
            .num("x2", frame.axis.right)
            .num("y1", *top)
            .num("y2", *top)
            .class("grid")
            .done();
        svg.element("text").at(MARGIN, top + 18.0).class("b").text(&fit(
            &group.title,
            12.0,
            frame.columns.percent - 112.0,
        ));
        let done = group.rows.iter().filter(|r| !r.is_part && r.is_done()).count();
        let all = group.rows.iter().filter(|r| !r.is_part).count();
        svg.element("text")
            .at(frame.columns.percent, top + 18.0)
            .class("dim s end")
            .text(&format!("{done} of {all} done"));
    }
}

/// Every row, each with its tooltip.
pub fn draw(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    for (row, y) in gantt.rows().zip(&frame.middles) {
        svg.element("g").open();
        svg.tooltip(&tooltip(gantt, row));
        svg.element("rect")
            .at(MARGIN - 8.0, y - frame.row / 2.0)
            .size(frame.columns.edge() - MARGIN + 8.0, frame.row)
            .class("none")
            .attr("pointer-events", "all")
            .done();
        columns(svg, frame.columns, row, *y);
        bar(svg, gantt, frame, row, *y);
        svg.close("g");
    }
}

fn columns(svg: &mut Svg, columns: &Columns, row: &GanttRow, y: f64) {
    let indent = if row.is_part { 20.0 } else { 0.0 };
    symbol::draw(svg, row.status, MARGIN + 6.0 + indent, y);
    let title = fit(&row.title, 12.0, columns.title_end() - TITLE - indent);
    let void = if row.status == Status::Cancelled { " void" } else { "" };
    let weight = match (row.is_part, row.critical) {
        (true, _) => "dim",
        (_, true) => "b",
        _ => "",
    };
    svg.element("text").at(TITLE + indent, y + 4.0).class(format!("{weight}{void}").trim()).text(&title);
    if let (Some(owner), Some(x)) = (&row.owner, columns.owner) {
        svg.element("text").at(x, y + 4.0).class("dim s").text(&fit(owner, 11.0, columns.percent - x - 40.0));
    }
    if row.total > 0 || row.is_done() {
        svg.element("text").at(columns.percent, y + 4.0).class("dim s end").text(&format!("{} %", row.percent()));
    }
}

fn bar(svg: &mut Svg, gantt: &Gantt, frame: &Frame, row: &GanttRow, y: f64) {
    let axis = &frame.axis;
    let name = symbol::class(row.status);
    let heavy = if row.critical { " heavy" } else { "" };
    let tall = if row.is_part { 7.0 } else { 13.0 };
    let (from, to) = (axis.clamped(row.start), axis.clamped(row.due));
    let y = if row.baseline.is_some() { y - 2.0 } else { y };
    let end = later(svg, frame, row, y, name);
    if to - from < 3.0 {
        diamond(svg, to, y, if row.is_part { 4.5 } else { 7.0 }, &format!("bar {name}{heavy}"));
    } else {
        let rect = |svg: &mut Svg, to: f64, class: String| {
            svg.element("rect").at(from, y - tall / 2.0).size(to - from, tall).attr("rx", "2.5").class(class).done();
        };
        rect(svg, to, format!("bar {name}"));
        let share = f64::from(row.percent()) / 100.0;
        if share > 0.0 && row.status != Status::Cancelled {
            rect(svg, from + (to - from) * share, format!("full {name}"));
        }
        if row.critical {
            rect(svg, to, "none bar heavy".to_owned());
        }
    }
    if let Some((start, due)) = row.baseline {
        let (from, to) = (axis.clamped(start), axis.clamped(due));
        let top = y + tall / 2.0 + 2.5;
        svg.element("rect")
            .at(from.min(to - 4.0), top)
            .size((to - from).max(4.0), 3.5)
            .attr("rx", "1.5")
            .class("base")
            .done();
    }
    if !row.is_part {
        label(svg, gantt, frame, row, end.max(to) + 11.0, y);
    }
}

/// What happens after the due date: a dashed stretch to the day it will be done, or a line to the day it was.
fn later(svg: &mut Svg, frame: &Frame, row: &GanttRow, y: f64, name: &str) -> f64 {
    let (due, end) = (frame.axis.clamped(row.due), frame.axis.clamped(row.expected));
    if row.is_done() {
        if (end - due).abs() > 3.0 {
            line(svg, due, end, y, &format!("more wire {name}"));
            line_down(svg, end, y, &format!("more wire {name}"));
        }
    } else if row.late_days > 0 && end - due > 3.0 {
        line(svg, due, end, y, "more wire dash late");
        line_down(svg, end, y, "more wire late");
    }
    end
}

fn line(svg: &mut Svg, from: f64, to: f64, y: f64, class: &str) {
    svg.element("line").num("x1", from).num("y1", y).num("x2", to).num("y2", y).class(class).done();
}

fn line_down(svg: &mut Svg, x: f64, y: f64, class: &str) {
    svg.element("line").num("x1", x).num("y1", y - 5.0).num("x2", x).num("y2", y + 5.0).class(class).done();
}

fn diamond(svg: &mut Svg, x: f64, y: f64, r: f64, class: &str) {
    let d = format!("M{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}z", x - r, y - r, x + r, y + r);
    svg.element("path").class(class).attr("d", d).done();
}

/// The due date behind the bar, and by how much it will be missed.
fn label(svg: &mut Svg, gantt: &Gantt, frame: &Frame, row: &GanttRow, x: f64, y: f64) {
    let (text, class) = label_text(gantt, row);
    let wide = width(&text, 11.0);
    // Behind a line that would run through it.
    let lines = gantt.targets.iter().map(|t| t.at).chain([gantt.now]).map(|at| frame.axis.x(at));
    let x = lines.filter(|line| (x - 1.0..x + 34.0_f64.min(wide)).contains(line)).fold(x, |x, line| x.max(line + 6.0));
    let from = x.min(frame.columns.edge() - wide);
    svg.element("text").at(from, y + 4.0).class(format!("{class} s halo")).text(&text);
}

fn label_text(gantt: &Gantt, row: &GanttRow) -> (String, &'static str) {
    let day = |at: Timestamp| day(gantt, at, false);
    if row.is_done() {
        let text = match row.late_days {
            n if n > 0 => format!("done {}, {n} d late", day(row.expected)),
            _ => format!("done {}", day(row.expected)),
        };
        return (text, "dim");
    }
    match row.late_days {
        n if n > 0 && row.status != Status::Cancelled => (format!("{} +{n} d", day(row.due)), "text late b"),
        _ => (day(row.due), "dim"),
    }
}

fn tooltip(gantt: &Gantt, row: &GanttRow) -> String {
    let full = |at: Timestamp| at.with_timezone(&gantt.zone).format("%a %-d %b %Y, %H:%M %Z").to_string();
    let mut lines = vec![row.title.clone(), format!("{} · {}", row.id, word(row.status))];
    match row.start == row.due {
        true => lines.push(format!("due {}", full(row.due))),
        false => lines.push(format!("{} to {}", full(row.start), full(row.due))),
    }
    if let Some((_, due)) = row.baseline.filter(|(_, due)| *due != row.due) {
        lines.push(format!("agreed first: {}", full(due)));
    }
    if row.is_done() {
        lines.push(format!("done {}", full(row.expected)));
    } else if row.late_days > 0 {
        lines.push(format!("expected {}, {} days late", full(row.expected), row.late_days));
    }
    lines.extend(row.why.clone());
    lines.extend(row.owner.as_ref().map(|o| format!("owner: {o}")));
    if row.total > 0 {
        lines.push(format!("{} of {} parts done", row.done, row.total));
    }
    if row.critical {
        lines.push("on the critical path".to_owned());
    } else if let Some(days) = row.slack_days.filter(|d| *d > 0 && row.late_days <= 0) {
        lines.push(format!("slack: {days} days"));
    }
    if row.fixed {
        lines.push("a fixed date: it does not move with T".to_owned());
    }
    lines.join("\n")
}
