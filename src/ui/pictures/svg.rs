//! Writes SVG: elements, attributes and texts, all escaped in one place.

use std::fmt::Write;

use crate::ui::render::text;

/// An SVG document as it grows.
#[derive(Debug, Default)]
pub struct Svg {
    out: String,
}

/// An element whose attributes are being written.
pub struct Element<'s> {
    svg: &'s mut Svg,
    tag: &'static str,
}

impl Svg {
    /// Begins an element; it ends with [`Element::done`], [`Element::text`], [`Element::title`] or [`Element::open`].
    pub fn element(&mut self, tag: &'static str) -> Element<'_> {
        self.out.push('<');
        self.out.push_str(tag);
        Element { svg: self, tag }
    }

    /// Ends an element that was opened.
    pub fn close(&mut self, tag: &'static str) {
        let _ = writeln!(self.out, "</{tag}>");
    }

    /// A `title` element: the tooltip of what surrounds it.
    pub fn tooltip(&mut self, text: &str) {
        self.element("title").text(text);
    }

    /// Text that is SVG already, such as a style sheet of our own.
    pub fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub fn finish(self) -> String {
        self.out
    }
}

impl Element<'_> {
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl AsRef<str>) -> Self {
        let _ = write!(self.svg.out, " {name}=\"{}\"", escape(value.as_ref()));
        self
    }

    /// A number of pixels, to a tenth.
    #[must_use]
    pub fn num(self, name: &'static str, value: f64) -> Self {
        let _ = write!(self.svg.out, " {name}=\"{}\"", number(value));
        self
    }

    #[must_use]
    pub fn class(self, class: impl AsRef<str>) -> Self {
        self.attr("class", class)
    }

    /// `x` and `y`.
    #[must_use]
    pub fn at(self, x: f64, y: f64) -> Self {
        self.num("x", x).num("y", y)
    }

    /// `width` and `height`.
    #[must_use]
    pub fn size(self, width: f64, height: f64) -> Self {
        self.num("width", width.max(0.0)).num("height", height.max(0.0))
    }

    /// Has children; ends with [`Svg::close`].
    pub fn open(self) {
        self.svg.out.push_str(">\n");
    }

    /// Has none.
    pub fn done(self) {
        self.svg.out.push_str("/>\n");
    }

    /// Has this text.
    pub fn text(self, text: &str) {
        let _ = writeln!(self.svg.out, ">{}</{}>", escape(text), self.tag);
    }

    /// Has this tooltip.
    pub fn title(self, text: &str) {
        let _ = writeln!(self.svg.out, "><title>{}</title></{}>", escape(text), self.tag);
    }
}

/// To a tenth, and as short as it can be said.
pub fn number(value: f64) -> String {
    let text = format!("{:.1}", value);
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The text in XML, in an element or between double quotes. Line ends stay: a tooltip has lines.
fn escape(text: &str) -> String {
    let plain = |c: char| c == '\n' || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text::markup(&text.chars().map(|c| if plain(c) { c } else { ' ' }).collect::<String>())
}
