//! Dependencies on the time line.

use super::{Gantt, svg::Frame};
use crate::ui::pictures::svg::{Svg, number};

/// More arrows than this for each row, or in all, and only the critical ones are drawn.
const PER_ROW: usize = 2;
const MOST: usize = 120;

/// Whether all arrows are drawn.
pub fn are_all_drawn(gantt: &Gantt) -> bool {
    gantt.arrows.len() <= MOST && gantt.arrows.len() <= gantt.rows().count() * PER_ROW
}

/// Draws each need from the end of its bar along the edge between two rows, down onto the bar that waits.
pub fn draw(svg: &mut Svg, gantt: &Gantt, frame: &Frame) {
    let all = are_all_drawn(gantt);
    let rows: Vec<_> = gantt.rows().collect();
    let mut drawn: Vec<_> = gantt.arrows.iter().filter(|a| all || a.critical).collect();
    drawn.sort_by_key(|a| a.critical);
    for arrow in drawn {
        let (Some(from), Some(to)) = (rows.get(arrow.from), rows.get(arrow.to)) else { continue };
        let (y1, y2) = (frame.middles[arrow.from], frame.middles[arrow.to]);
        let x1 = frame.axis.clamped(from.due);
        let (start, due) = (frame.axis.clamped(to.start), frame.axis.clamped(to.due));
        let x2 = if x1 < start - 1.0 { start + (due - start).min(5.0) } else { x1.clamp(start, due.max(start)) };
        let sign = if y2 > y1 { 1.0 } else { -1.0 };
        let turn = y1 + sign * frame.row / 2.0;
        let tip = y2 - sign * (if due - start < 3.0 { 8.0 } else { 7.0 });
        let heavy = if arrow.critical { " heavy" } else { "" };
        let path = format!(
            "M{} {}V{}H{}V{}",
            number(x1),
            number(y1 + sign * 6.0),
            number(turn),
            number(x2),
            number(tip - sign * 4.0)
        );
        svg.element("path").class(format!("wire{heavy}")).attr("d", path).done();
        let head = format!(
            "M{} {}L{} {}L{} {}z",
            number(x2 - 4.0),
            number(tip - sign * 6.0),
            number(x2 + 4.0),
            number(tip - sign * 6.0),
            number(x2),
            number(tip)
        );
        svg.element("path").class(format!("tip{heavy}")).attr("d", head).done();
    }
}
