//! The chart as SVG: the page, the time line and what lies behind the rows.

use super::{
    Gantt, Span, arrows,
    axis::{Axis, Tick},
    legend, rows,
};
use crate::{
    core::model::Timestamp,
    ui::{
        pictures::{
            page::{self, Head},
            svg::Svg,
            text::{fit, width},
        },
        render::time,
    },
};

pub const MARGIN: f64 = 20.0;

/// What stands where from left to right, in pixels.
#[derive(Debug, PartialEq)]
pub struct Columns {
    /// Of the whole picture.
    pub width: f64,
    /// Where the owners begin, if there is room for them.
    pub owner: Option<f64>,
    /// Where the percentages end.
    pub percent: f64,
    /// Where the time line begins.
    left: f64,
    is_alone: bool,
}

/// A picture by itself.
pub const WIDE: Columns = Columns { width: 1240.0, owner: Some(256.0), percent: 412.0, left: 424.0, is_alone: true };
/// One on a page of text, whose letters are still read when that is printed on A4.
pub const PAGE: Columns = Columns { width: 880.0, owner: None, percent: 274.0, left: 286.0, is_alone: false };

impl Columns {
    /// Right of it, a label would leave the picture.
    pub fn edge(&self) -> f64 {
        self.width - MARGIN
    }

    /// Where the titles end.
    pub fn title_end(&self) -> f64 {
        self.owner.unwrap_or(self.percent - 28.0) - 10.0
    }
}

/// Right of the last date, for its label.
const ROOM: f64 = 128.0;
const HEAD: f64 = 66.0;
/// The two lines of ticks.
const AXIS: f64 = 40.0;
/// Between the ticks and the first row, for the flags of today and T.
const FLAGS: f64 = 26.0;
const GROUP: f64 = 28.0;
/// Days of fewer pixels are not told apart.
const NARROWEST_DAY: f64 = 3.0;

/// Where everything stands.
pub struct Frame {
    pub columns: &'static Columns,
    pub axis: Axis,
    pub row: f64,
    /// Middle of each row, over all groups.
    pub middles: Vec<f64>,
    /// Top of each group's heading.
    pub headings: Vec<f64>,
    pub bottom: f64,
}

impl Frame {
    fn new(gantt: &Gantt, columns: &'static Columns) -> Self {
        let count = gantt.rows().count();
        let row = if count > 40 { 24.0 } else { 30.0 };
        let top = HEAD + AXIS + FLAGS;
        let (mut middles, mut headings, mut y) = (Vec::with_capacity(count), Vec::new(), top);
        for group in &gantt.groups {
            headings.push(y);
            y += GROUP;
            for _ in &group.rows {
                middles.push(y + row / 2.0);
                y += row;
            }
        }
        let axis = Axis::new(gantt, columns.left, columns.edge(), ROOM);
        Self { columns, axis, row, middles, headings, bottom: y + 6.0 }
    }
}

/// Draws the chart.
pub fn draw(gantt: &Gantt, columns: &'static Columns) -> String {
    let frame = Frame::new(gantt, columns);
    let mut body = Svg::default();
    let height = legend::draw(&mut body, gantt, &frame) + MARGIN;
    let mut svg = page::open(&Head {
        key: &format!("{}-gantt", gantt.key),
        title: &gantt.title,
        subtitle: &subtitle(gantt, &frame.axis),
        summary: &summary(gantt),
        width: columns.width,
        height,
        is_alone: columns.is_alone,
    });
    hatch(&mut svg, gantt);
    days_off(&mut svg, gantt, &frame);
    freezes(&mut svg, gantt, &frame);
    ticks(&mut svg, &frame);
    rows::headings(&mut svg, gantt, &frame);
    arrows::draw(&mut svg, gantt, &frame);
    lines(&mut svg, gantt, &frame);
    rows::draw(&mut svg, gantt, &frame);
    svg.raw(&body.finish());
    svg.close("svg");
    svg.finish()
}

/// Whether single days can be told apart.
pub fn can_show_days(gantt: &Gantt) -> bool {
    Axis::new(gantt, WIDE.left, WIDE.edge(), ROOM).pixels_per_day() >= NARROWEST_DAY
}

fn subtitle(gantt: &Gantt, axis: &Axis) -> String {
    let milestones = gantt.rows().filter(|r| !r.is_part);
    let (done, all) = milestones.fold((0, 0), |(done, all), r| (done + usize::from(r.is_done()), all + 1));
    let when = match gantt.targets.as_slice() {
        [only] => format!(
            "launches {} ({})",
            only.at.with_timezone(&gantt.zone).format("%a %-d %B %Y, %H:%M %Z"),
            time::relative(only.at, gantt.now)
        ),
        several => format!("{} launches, times of {}", several.len(), gantt.zone),
    };
    let away = match axis.shows(gantt.now) {
        true => String::new(),
        false => format!(" · today, {}, is not in this picture", day(gantt, gantt.now, true)),
    };
    format!("{when} · {done} of {all} milestones done{away}")
}

/// For those who cannot see it.
fn summary(gantt: &Gantt) -> String {
    let mut text = format!("Gantt chart of {}. ", gantt.title);
    for row in gantt.rows().filter(|r| !r.is_part).take(60) {
        text += &format!("{}: {}, due {}. ", row.title, page::word(row.status), day(gantt, row.due, true));
    }
    text.trim_end().to_owned()
}

/// `18 Mar`; with the year where it is not T's.
pub fn day(gantt: &Gantt, at: Timestamp, with_year: bool) -> String {
    let year = |at: Timestamp| at.with_timezone(&gantt.zone).format("%Y").to_string();
    let is_other = gantt.targets.first().is_some_and(|t| year(t.at) != year(at));
    let form = if with_year || is_other { "%-d %b %Y" } else { "%-d %b" };
    at.with_timezone(&gantt.zone).format(form).to_string()
}

fn hatch(svg: &mut Svg, gantt: &Gantt) {
    svg.element("defs").open();
    svg.element("pattern")
        .attr("id", format!("{}-gantt-hatch", gantt.key))
        .attr("patternUnits", "userSpaceOnUse")
        .size(7.0, 7.0)
        .attr("patternTransform", "rotate(45)")
        .open();
    svg.element("line").attr("x1", "0").attr("y1", "0").attr("x2", "0").attr("y2", "7").class("hatch").done();
    svg.close("pattern");
    svg.close("defs");
}

/// A stretch of time from the axis to the last row.
fn column(svg: &mut Svg, frame: &Frame, span: &Span, class: &str, fill: Option<String>) {
    let (from, until) = (frame.axis.clamped(span.from), frame.axis.clamped(span.until));
    if until - from < 0.3 {
        return;
    }
    let top = HEAD + AXIS / 2.0;
    let mut element = svg.element("rect").at(from, top).size(until - from, frame.bottom - top).class(class);
    if let Some(fill) = fill {
        element = element.attr("fill", fill);
    }
    if span.title.is_empty() { element.done() } else { element.title(&span.title) }
}

fn days_off(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    if frame.axis.pixels_per_day() >= NARROWEST_DAY {
        for span in &gantt.days_off {
            column(svg, frame, span, if span.title.is_empty() { "off" } else { "off holiday" }, None);
        }
    }
}

/// The freezes that reach into the picture.
pub fn freezes_shown<'g>(gantt: &'g Gantt, axis: &Axis) -> impl Iterator<Item = &'g Span> {
    let (from, until) = (axis.from, axis.until);
    gantt.freezes.iter().filter(move |f| f.from < until && f.until > from)
}

fn freezes(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    for freeze in freezes_shown(gantt, &frame.axis) {
        let day = |at| day(gantt, at, true);
        // The end itself is free.
        let last = freeze.until - chrono::TimeDelta::seconds(1);
        let title = format!("{}: nothing starts from {} to {}", freeze.title, day(freeze.from), day(last));
        let span = Span { title, ..freeze.clone() };
        column(svg, frame, &span, "freeze", Some(format!("url(#{}-gantt-hatch)", gantt.key)));
    }
}

fn ticks(svg: &mut Svg, frame: &Frame) {
    let (minor, major) = frame.axis.ticks();
    let (upper, lower) = (HEAD, HEAD + AXIS / 2.0);
    let vertical = |svg: &mut Svg, x: f64, top: f64, class: &str| {
        svg.element("line").num("x1", x).num("y1", top).num("x2", x).num("y2", frame.bottom).class(class).done();
    };
    for tick in &minor {
        let x = frame.axis.x(tick.at);
        if x >= frame.axis.left {
            vertical(svg, x, lower, "grid");
        }
    }
    for tick in major.iter().filter(|t| frame.axis.x(t.at) > frame.axis.left) {
        vertical(svg, frame.axis.x(tick.at), upper, "grid");
    }
    for y in [lower, HEAD + AXIS] {
        let (x1, x2) = (frame.axis.left, frame.axis.right);
        svg.element("line").num("x1", x1).num("y1", y).num("x2", x2).num("y2", y).class("grid").done();
    }
    names(svg, frame, &major, upper + 14.0, "b s", true);
    names(svg, frame, &minor, lower + 14.0, "dim s", false);
}

/// The ticks' names, all of the longest form that fits between most of them.
fn names(svg: &mut Svg, frame: &Frame, ticks: &[Tick], y: f64, class: &str, sticky: bool) {
    let visible = |t: &Tick| {
        let (from, until) = (frame.axis.x(t.at).max(frame.axis.left), frame.axis.x(t.until).min(frame.axis.right));
        (from, until - from)
    };
    let whole = ticks.iter().map(|t| frame.axis.x(t.until) - frame.axis.x(t.at)).fold(f64::INFINITY, f64::min);
    let forms = ticks.first().map_or(0, |t| t.labels.len());
    let fits = |form: usize| ticks.iter().all(|t| width(&t.labels[form], 11.0) + 8.0 <= whole);
    let form = (0..forms).find(|f| fits(*f)).unwrap_or(forms.saturating_sub(1));
    for tick in ticks {
        let (x, room) = visible(tick);
        let shorter = tick.labels[form..].iter().find(|l| width(l, 11.0) + 6.0 <= room);
        let is_cut = frame.axis.x(tick.at) < frame.axis.left;
        if let Some(label) = shorter.filter(|_| sticky || !is_cut) {
            svg.element("text").at(x + 4.0, y).class(class).text(label);
        }
    }
}

/// Today and T, each with a flag on top.
fn lines(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    let mut flags: Vec<(f64, String, &str)> = Vec::new();
    if frame.axis.shows(gantt.now) {
        flags.push((frame.axis.x(gantt.now), format!("today, {}", day(gantt, gantt.now, false)), "now"));
    }
    for target in &gantt.targets {
        let text = format!("{}, {}", target.label, target.at.with_timezone(&gantt.zone).format("%a %-d %b"));
        flags.push((frame.axis.x(target.at), fit(&text, 11.0, 200.0), "target"));
    }
    flags.sort_by(|a, b| a.0.total_cmp(&b.0));
    let y = HEAD + AXIS + 14.0;
    let mut taken = frame.axis.left - 40.0;
    for (x, text, class) in &flags {
        svg.element("line").num("x1", *x).num("y1", y + 6.0).num("x2", *x).num("y2", frame.bottom).class(*class).done();
        let wide = width(text, 11.0) + 12.0;
        let left = (x - wide / 2.0).min(frame.axis.right - wide).max(taken + 4.0);
        taken = left + wide;
        let fill = if *class == "now" { "nowflag" } else { "flag" };
        svg.element("rect").at(left, y - 10.0).size(wide, 17.0).attr("rx", "3").class(fill).done();
        svg.element("text").at(left + 6.0, y + 2.5).class("s b flagged").text(text);
    }
}
