//! The source line of a place, cut to what fits and with every credential masked.

use std::ops::Range;

use super::Report;
use crate::core::{manifest::secrets, model::source::Location};

/// A line longer than this is not shown: nobody reads it, and it may be megabytes.
const LONGEST: usize = 2000;
const MASKED: &str = "••••••••";

/// One line of a file.
pub(super) struct Excerpt {
    pub text: String,
    /// What is pointed at, within `text`; never empty unless the line is.
    pub span: Range<usize>,
    /// What is masked before it takes more or less room than what it stands for.
    pub moved: bool,
}

/// The end of a place, for formats that want one: line and column from 1, the column just after.
pub(super) fn end(report: &Report<'_>, at: &Location) -> Option<(u32, u32)> {
    let text = report.text_of(&at.file)?.get(at.start as usize..at.end as usize)?;
    let lines = u32::try_from(text.matches('\n').count()).ok()?;
    let last = text.rsplit('\n').next().unwrap_or_default();
    let columns = u32::try_from(last.chars().count()).ok()?;
    Some((at.line + lines, if lines == 0 { at.column + columns } else { columns + 1 }))
}

impl Report<'_> {
    /// The line on which a place begins; a place of several lines is pointed at to the end of its first.
    pub(super) fn excerpt(&self, at: &Location) -> Option<Excerpt> {
        let text = self.text_of(&at.file)?;
        let start = text.floor_char_boundary(at.start as usize);
        let begin = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let begin = if begin == 0 && text.starts_with('\u{feff}') { 3.min(start) } else { begin };
        let finish = text[start..].find(['\n', '\r']).map_or(text.len(), |at| start + at);
        if finish - begin > LONGEST {
            return None;
        }
        let end = text.floor_char_boundary(at.end as usize).clamp(start, finish);
        let hidden = self.hidden(&at.file, begin..finish, &text[begin..finish]);
        Some(mask(&text[begin..finish], start - begin..end - begin, &hidden))
    }

    /// What must not be shown of a line: what looks like a credential, and what was found to be one.
    fn hidden(&self, file: &str, line: Range<usize>, text: &str) -> Vec<Range<usize>> {
        let mut ranges = secrets::masked_ranges(text);
        for diagnostic in self.diagnostics.iter().filter(|diagnostic| diagnostic.code == secrets::CODE) {
            let Some(at) = diagnostic.at.as_ref().filter(|at| *at.file == *file) else { continue };
            let (from, to) = ((at.start as usize).max(line.start), (at.end as usize).min(line.end));
            if from < to {
                ranges.push(from - line.start..to - line.start);
            }
        }
        ranges.sort_by_key(|range| (range.start, range.end));
        ranges.dedup_by(|later, earlier| {
            let touches = later.start <= earlier.end;
            if touches {
                earlier.end = earlier.end.max(later.end);
            }
            touches
        });
        ranges
    }
}

fn mask(line: &str, span: Range<usize>, hidden: &[Range<usize>]) -> Excerpt {
    let mut text = String::with_capacity(line.len());
    // Where an offset of the line went: pairs of (offset before, offset after), at the edges of each masked range.
    let mut edges = vec![(0, 0)];
    let mut done = 0;
    for range in hidden {
        let (from, to) = (range.start.max(done), range.end);
        if from >= to {
            continue;
        }
        text.push_str(&plain_line(&line[done..from]));
        edges.push((from, text.len()));
        text.push_str(MASKED);
        edges.push((to, text.len()));
        done = to;
    }
    text.push_str(&plain_line(&line[done..]));
    let moved = |offset: usize, up: bool| {
        let at = edges.partition_point(|(before, _)| *before <= offset) - 1;
        let (before, after) = edges[at];
        let inside = at % 2 == 1 && offset > before;
        if inside { if up { edges[at + 1].1 } else { after } } else { after + (offset - before) }
    };
    let (start, end) = (moved(span.start, false), moved(span.end, true));
    let columns = |text: &str, end: usize| text[..text.floor_char_boundary(end)].chars().count();
    let is_moved = columns(&text, start) != columns(line, span.start);
    let end = if end > start {
        end
    } else {
        text[start.min(text.len())..].chars().next().map_or(start, |c| start + c.len_utf8())
    };
    let start = text.floor_char_boundary(start);
    let end = text.ceil_char_boundary(end.min(text.len()));
    Excerpt { span: start..end.max(start), text, moved: is_moved }
}

/// Control characters become blanks of the same length, so that offsets stay.
fn plain_line(line: &str) -> String {
    line.chars()
        .flat_map(|c| {
            let harmful = c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let (shown, times) = if harmful { (' ', c.len_utf8()) } else { (c, 1) };
            std::iter::repeat_n(shown, times)
        })
        .collect()
}
