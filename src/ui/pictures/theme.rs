//! The look of a picture: colours for light, dark and paper, all of at least 4.5 : 1 against what lies under them.

use std::fmt::Write;

use super::svg::Svg;

/// Where a fallback font is wider than these, labels have room to spare.
const FONT: &str = "Helvetica, Arial, 'Liberation Sans', sans-serif";

struct Palette {
    page: &'static str,
    band: &'static str,
    card: &'static str,
    line: &'static str,
    grid: &'static str,
    off: &'static str,
    ink: &'static str,
    dim: &'static str,
    done: [&'static str; 2],
    progress: [&'static str; 2],
    late: [&'static str; 2],
    planned: [&'static str; 2],
}

const LIGHT: Palette = Palette {
    page: "#ffffff",
    band: "#f6f8fa",
    card: "#ffffff",
    line: "#818b98",
    grid: "#e4e8ed",
    off: "#eff2f5",
    ink: "#1f2328",
    dim: "#59636e",
    done: ["#1a7f37", "#b6e3c0"],
    progress: ["#0969da", "#b6dcff"],
    late: ["#c4212b", "#ffd0cd"],
    planned: ["#59636e", "#dde2e8"],
};

const DARK: Palette = Palette {
    page: "#0d1117",
    band: "#151b23",
    card: "#1b222b",
    line: "#7d8590",
    grid: "#262c36",
    off: "#191f27",
    ink: "#f0f3f6",
    dim: "#a3abb5",
    done: ["#4ac26b", "#17462a"],
    progress: ["#58a6ff", "#123d6e"],
    late: ["#ff7b72", "#67201f"],
    planned: ["#9ea7b3", "#3a424d"],
};

/// The style sheet of a picture. Its rules reach nothing outside of it, but for those of the paper.
pub fn write(svg: &mut Svg, paper: &str) {
    let mut css = format!("{paper}{BASE}{}", rules(&LIGHT));
    let _ = write!(css, "@media screen and (prefers-color-scheme:dark){{\n{}}}\n", rules(&DARK));
    let css = css.replace("~", ".launchd-picture ").replace("FONT", FONT);
    svg.raw("<style>\n");
    svg.raw(&css);
    svg.raw("</style>\n");
}

/// What does not depend on colours. `~` stands for "within this picture".
const BASE: &str = "\
~text{font-family:FONT;font-size:12px;unicode-bidi:plaintext;print-color-adjust:exact}
~.t{font-size:13px}
~.h1{font-size:20px;font-weight:bold}
~.b{font-weight:bold}
~.s{font-size:11px}
~.end{text-anchor:end}
~.mid{text-anchor:middle}
~.void{text-decoration:line-through}
~.none{fill:none}
~.wire{fill:none;stroke-width:1.3}
~.heavy{stroke-width:2.6}
~.dash{stroke-dasharray:6 4}
~.dot{stroke-dasharray:2 3}
~.card{stroke-width:1}
~.card.heavy{stroke-width:2.6}
~.bar{stroke-width:1}
~.bar.heavy{stroke-width:2.2}
~.sym{stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
";

fn rules(p: &Palette) -> String {
    let Palette { page, band, card, line, grid, off, ink, dim, .. } = p;
    let mut css = format!(
        "~.page{{fill:{page}}}\n~text{{fill:{ink}}}\n~.dim{{fill:{dim}}}\n~.band{{fill:{band}}}\n\
         ~.halo{{paint-order:stroke;stroke:{page};stroke-width:3px;stroke-linejoin:round}}\n\
         ~.off{{fill:{off}}}\n~.grid{{stroke:{grid};fill:none}}\n~.rule{{stroke:{line};fill:none}}\n\
         ~.card{{fill:{card};stroke:{line}}}\n~.wire{{stroke:{line}}}\n~.wire.heavy{{stroke:{ink}}}\n\
         ~.tip{{fill:{line}}}\n~.tip.heavy{{fill:{ink}}}\n\
         ~.card.heavy,~.bar.heavy{{stroke:{ink}}}\n~.base{{fill:{line}}}\n~.hatch{{stroke:{line};stroke-opacity:.55}}\n\
         ~.target{{stroke:{ink};stroke-width:1.6}}\n~.flag{{fill:{ink}}}\n~.flagged{{fill:{page}}}\n\
         ~.now{{stroke:{};stroke-width:1.6}}\n~.nowflag{{fill:{}}}\n",
        p.progress[0], p.progress[0]
    );
    for (name, [strong, soft]) in
        [("done", p.done), ("progress", p.progress), ("late", p.late), ("planned", p.planned), ("gone", p.planned)]
    {
        let _ = write!(
            css,
            "~.bar.{name}{{fill:{soft};stroke:{strong}}}\n~.full.{name},~.text.{name}{{fill:{strong}}}\n\
             ~.sym.{name}{{fill:none;stroke:{strong}}}\n~.sym.full.{name}{{fill:{strong};stroke:{strong}}}\n\
             ~.sym.cut{{fill:none;stroke:{card}}}\n~.more.{name}{{fill:none;stroke:{strong}}}\n"
        );
    }
    // Later rules win: a critical bar keeps its heavy outline whatever its status.
    css + &format!("~.bar.heavy{{stroke:{ink}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let c = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_is_readable_on_everything_it_stands_on_by_day_and_by_night() {
        for p in [LIGHT, DARK] {
            for text in [p.ink, p.dim, p.done[0], p.progress[0], p.late[0]] {
                for under in [p.page, p.band, p.card, p.off] {
                    assert!(contrast(text, under) >= 4.5, "{text} on {under}: {:.2}", contrast(text, under));
                }
            }
            // The flags of today and T.
            assert!(contrast(p.page, p.progress[0]) >= 4.5 && contrast(p.page, p.ink) >= 4.5);
        }
    }
}
