//! The page that every picture stands on: size, names for those who cannot see it, style, heading.

use super::{svg::Svg, text::fit, theme};
use crate::core::model::area::Status;

/// What stands at the top of a picture.
pub struct Head<'a> {
    /// Names it among other pictures on one page.
    pub key: &'a str,
    pub title: &'a str,
    pub subtitle: &'a str,
    /// The whole picture in sentences.
    pub summary: &'a str,
    pub width: f64,
    pub height: f64,
    /// It is printed by itself, and so turns the paper.
    pub is_alone: bool,
}

/// Letters of a wide picture are read on paper that lies on its side.
const TURNED: &str = "@page{size:A4 landscape;margin:10mm}\n";

/// Opens the picture; the caller closes `svg`.
pub fn open(head: &Head<'_>) -> Svg {
    let mut svg = Svg::default();
    let Head { key, width, height, .. } = *head;
    svg.element("svg")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .class("launchd-picture")
        .attr("viewBox", format!("0 0 {} {}", width.ceil(), height.ceil()))
        .size(width.ceil(), height.ceil())
        .attr("style", "max-width:100%;height:auto")
        .attr("role", "img")
        .attr("aria-labelledby", format!("{key}-title {key}-desc"))
        .open();
    svg.element("title").attr("id", format!("{key}-title")).text(head.title);
    svg.element("desc").attr("id", format!("{key}-desc")).text(head.summary);
    theme::write(&mut svg, if head.is_alone && width > height { TURNED } else { "" });
    svg.element("rect").attr("width", "100%").attr("height", "100%").class("page").done();
    svg.element("text").at(20.0, 34.0).class("h1").text(&fit(head.title, 20.0, width - 40.0));
    svg.element("text").at(20.0, 54.0).class("dim").text(&fit(head.subtitle, 12.0, width - 40.0));
    svg
}

/// A status in words.
pub fn word(status: Status) -> &'static str {
    crate::ui::render::words::status(status)
}
