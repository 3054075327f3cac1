//! What the signs of a picture mean.

use super::{svg::Svg, text::width};

/// Entries from left to right, in as many lines as they need.
pub struct Legend<'s> {
    svg: &'s mut Svg,
    left: f64,
    right: f64,
    x: f64,
    y: f64,
}

impl<'s> Legend<'s> {
    pub fn new(svg: &'s mut Svg, left: f64, right: f64, y: f64) -> Self {
        Self { svg, left, right, x: left, y }
    }

    /// A sign of this width, drawn at its left edge and middle, and its meaning.
    pub fn entry(&mut self, wide: f64, text: &str, sign: impl FnOnce(&mut Svg, f64, f64)) {
        let all = wide + 6.0 + width(text, 11.0) + 18.0;
        if self.x + all > self.right && self.x > self.left {
            (self.x, self.y) = (self.left, self.y + 20.0);
        }
        if wide > 0.0 {
            sign(self.svg, self.x, self.y);
        }
        let gap = if wide > 0.0 { wide + 6.0 } else { 0.0 };
        self.svg.element("text").at(self.x + gap, self.y + 4.0).class("dim s").text(text);
        self.x += all;
    }

    /// The bottom of the last line.
    pub fn end(self) -> f64 {
        self.y + 8.0
    }
}
