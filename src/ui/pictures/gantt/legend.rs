//! The signs of a chart.

use super::{
    Gantt, arrows,
    svg::{Frame, MARGIN, freezes_shown},
};
use crate::{
    core::model::area::Status,
    ui::pictures::{legend::Legend, page::word, svg::Svg, symbol},
};

const STATUSES: [Status; 5] =
    [Status::Planned, Status::InProgress, Status::Completed, Status::Delayed, Status::Cancelled];

/// Draws what this chart uses, and returns where it ends.
pub fn draw(svg: &mut Svg, gantt: &Gantt, frame: &Frame) -> f64 {
    let mut legend = Legend::new(svg, MARGIN, frame.columns.edge(), frame.bottom + 22.0);
    let any = |p: &dyn Fn(&super::GanttRow) -> bool| gantt.rows().any(p);
    for status in STATUSES.into_iter().filter(|s| any(&|r| r.status == *s)) {
        legend.entry(12.0, word(status), |svg, x, y| symbol::draw(svg, status, x + 6.0, y));
    }
    if any(&|r| r.critical) {
        legend.entry(22.0, "critical path", |svg, x, y| {
            svg.element("rect").at(x, y - 5.0).size(22.0, 10.0).attr("rx", "2").class("none bar heavy").done();
        });
    }
    if any(&|r| r.start == r.due) {
        legend.entry(12.0, "takes no time", |svg, x, y| {
            let d = format!("M{x:.1} {y:.1}l6-6 6 6-6 6z");
            svg.element("path").class("bar planned").attr("d", d).done();
        });
    }
    if any(&|r| r.baseline.is_some()) {
        legend.entry(22.0, "as agreed first", |svg, x, y| {
            svg.element("rect").at(x, y - 2.0).size(22.0, 3.5).class("base").done();
        });
    }
    if any(&|r| r.late_days > 0 && !r.is_done()) {
        legend.entry(22.0, "late: expected end", |svg, x, y| {
            let d = format!("M{x:.1} {y:.1}h22m0-5v10");
            svg.element("path").class("more wire dash late").attr("d", d).done();
        });
    }
    if freezes_shown(gantt, &frame.axis).next().is_some() {
        let fill = format!("url(#{}-gantt-hatch)", gantt.key);
        legend.entry(18.0, "freeze: nothing starts", move |svg, x, y| {
            svg.element("rect").at(x, y - 6.0).size(18.0, 12.0).attr("fill", fill).done();
        });
    }
    if !arrows::are_all_drawn(gantt) {
        legend.entry(0.0, "of the needs, only those of the critical path are drawn", |_, _, _| {});
    }
    legend.end()
}
