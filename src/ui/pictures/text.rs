//! Text in a picture: made harmless, measured, and cut to a width.

use unicode_width::UnicodeWidthChar;

/// Advances of the printable ASCII characters in thousandths of an em: Helvetica Bold (Adobe's metrics), which Arial
/// and Liberation Sans share and whose regular weight is never wider.
const ADVANCES: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// Marks that may stand on one letter; more of them would run over the neighbouring lines.
const MARKS: usize = 3;

/// The text in one line, without what a picture cannot hold: control characters, marks that turn the direction of the
/// text around them, characters that XML forbids, and towers of combining marks.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let is_mark = c.width() == Some(0) && !c.is_control() && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
        marks = if is_mark { marks + 1 } else { 0 };
        match c {
            c if c.is_control() || c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {}
            '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{ffff}' => out.push('?'),
            _ if marks > MARKS => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// How wide a text is at most, at this size, in pixels: an estimate for the common sans serif fonts that errs on the wide side.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size / 1000.0
}

fn advance(c: char) -> f64 {
    let known = u32::from(c).checked_sub(32).and_then(|i| ADVANCES.get(i as usize));
    if let Some(advance) = known {
        return f64::from(*advance);
    }
    match (c, c.width().unwrap_or(0)) {
        // Whole phrases in one character.
        ('\u{fdf0}'..='\u{fdff}', _) => 6000.0,
        (_, 0) => 0.0,
        ('·' | '’' | '‘', _) => 340.0,
        ('–' | '“' | '”', _) => 560.0,
        ('…' | '→' | '—', _) => 1000.0,
        ('\u{a0}'..='\u{24f}', _) => 700.0,
        // Greek and Cyrillic are as narrow as Latin, but for letters of three stems.
        ('Ж' | 'Ф' | 'Ш' | 'Щ' | 'Ы' | 'Ю' | 'ж' | 'ш' | 'щ' | 'ы' | 'ю' | 'Љ' | 'Њ' | 'Ω' | 'ω', _) => {
            960.0
        }
        ('\u{370}'..='\u{52f}', _) => {
            if c.is_uppercase() {
                740.0
            } else {
                640.0
            }
        }
        // Ideographs, kana, hangul and full-width forms are one em wide, by design.
        ('\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}', 2) => 1000.0,
        ('\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}', 2) => 1000.0,
        (_, 1) => 900.0,
        _ => 1350.0,
    }
}

/// The text, or as much of its beginning as fits, with `…` behind it.
pub fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - width("…", size);
    let mut kept = String::new();
    let mut used = 0.0;
    for c in text.chars() {
        used += advance(c) * size / 1000.0;
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end_matches([' ', '\u{200d}', '-', '·', ',', ':']).len());
    kept + "…"
}

/// The text in at most `lines` lines of this width, broken between words where it can be; the last one is cut.
pub fn wrap(text: &str, size: f64, room: f64, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if out.len() + 1 >= lines || width(rest, size) <= room {
            out.push(fit(rest, size, room));
            break;
        }
        let end = break_at(rest, size, room);
        out.push(fit(rest[..end].trim_end(), size, room));
        rest = rest[end..].trim_start();
    }
    if out.is_empty() {
        out.push(String::new());
    }
    out
}

/// Where the first line ends: behind the last word that fits, else behind the last character that does.
fn break_at(text: &str, size: f64, room: f64) -> usize {
    let (mut used, mut word, mut character) = (0.0, None, 0);
    for (at, c) in text.char_indices() {
        if c == ' ' {
            word = Some(at);
        }
        used += advance(c) * size / 1000.0;
        if used > room {
            break;
        }
        character = at + c.len_utf8();
        if matches!(c, '-' | '/' | ',') {
            word = Some(character);
        }
    }
    match word {
        Some(at) if at > 0 => at,
        _ => character.max(text.chars().next().map_or(1, char::len_utf8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_and_a_longer_one_is_cut_within_its_room() {
        assert_eq!(fit("Launch day", 13.0, 200.0), "Launch day");
        for text in
            ["Marketing campaign ready for everybody", "日本語のとても長い題名です", "🚀🚀🚀🚀🚀🚀🚀🚀🚀🚀", "ﷺﷺﷺﷺ"]
        {
            let cut = fit(text, 13.0, 80.0);
            assert!(cut.ends_with('…') && width(&cut, 13.0) <= 80.0, "{cut}");
        }
    }

    #[test]
    fn what_fits_in_cyrillic_or_in_ideographs_is_not_cut() {
        assert_eq!(fit("Готовность продукта", 13.0, 165.0), "Готовность продукта");
        assert_eq!(fit("製品の準備が整う", 13.0, 104.0), "製品の準備が整う");
        assert_eq!(fit("출시 준비 완료", 13.0, 90.0), "출시 준비 완료");
    }

    #[test]
    fn long_titles_break_between_words_and_the_last_line_is_cut() {
        assert_eq!(wrap("Marketing campaign ready", 13.0, 100.0, 2), ["Marketing", "campaign ready"]);
        assert_eq!(wrap("Supercalifragilistic", 13.0, 70.0, 3), ["Supercalifr", "agilistic"]);
        assert_eq!(wrap("", 13.0, 70.0, 2), [""]);
        let lines = wrap("one two three four five six seven eight nine ten eleven twelve", 13.0, 80.0, 2);
        assert!(lines.len() == 2 && lines[1].ends_with('…'), "{lines:?}");
    }

    #[test]
    fn what_a_picture_cannot_hold_is_left_out() {
        assert_eq!(clean(" a\n\tb\u{0}c "), "a b c");
        assert_eq!(clean("safe\u{202e}gpj.exe"), "safegpj.exe");
        assert_eq!(clean("\u{ffff}x"), "?x");
        let tower = format!("Z{}", "\u{0337}".repeat(200));
        assert_eq!(clean(&tower).chars().count(), 1 + MARKS);
    }
}
