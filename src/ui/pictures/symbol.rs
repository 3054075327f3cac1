//! The sign of a status: a shape of its own each, so that it is told without colour.

use super::svg::Svg;
use crate::core::model::area::Status;

/// The class that colours a status.
pub fn class(status: Status) -> &'static str {
    match status {
        Status::Planned => "planned",
        Status::InProgress => "progress",
        Status::Completed => "done",
        Status::Delayed => "late",
        Status::Cancelled => "gone",
    }
}

/// Draws a status in a square of 13 pixels around a point: an empty circle, a half full one, a tick, a warning triangle, a cross.
pub fn draw(svg: &mut Svg, status: Status, x: f64, y: f64) {
    let name = class(status);
    let circle = |svg: &mut Svg, class: String| {
        svg.element("circle").num("cx", x).num("cy", y).attr("r", "5.5").class(class).done();
    };
    let path = |svg: &mut Svg, class: String, d: String| svg.element("path").class(class).attr("d", d).done();
    match status {
        Status::Planned => circle(svg, format!("sym {name}")),
        Status::InProgress => {
            circle(svg, format!("sym {name}"));
            path(svg, format!("full {name}"), format!("M{x:.1} {:.1}a5.5 5.5 0 0 1 0 11z", y - 5.5));
        }
        Status::Completed => {
            circle(svg, format!("sym full {name}"));
            path(svg, "sym cut".to_owned(), format!("M{:.1} {:.1}l2.2 2.3 3.9-4.3", x - 3.0, y + 0.2));
        }
        Status::Delayed => {
            path(svg, format!("sym full {name}"), format!("M{x:.1} {:.1}l5.6 10.2h-11.2z", y - 5.4));
            path(svg, "sym cut".to_owned(), format!("M{x:.1} {:.1}v3.2M{x:.1} {:.1}v.1", y - 1.6, y + 3.2));
        }
        Status::Cancelled => {
            circle(svg, format!("sym {name}"));
            path(svg, format!("sym {name}"), format!("M{:.1} {:.1}l5 5m0-5l-5 5", x - 2.5, y - 2.5));
        }
    }
}
