//! Content lines (RFC 5545 §3.1): folded lines joined, each with its name and value, and its place in the file.
//!
//! Parameters are passed over: of a date they say only what its form says too.

use std::borrow::Cow;

use crate::core::manifest::{
    node::{FileId, Span},
    problem::Problem,
};

/// `NAME;PARAMETER=VALUE:VALUE`.
#[derive(Debug)]
pub struct Line<'t> {
    /// In capitals.
    pub name: String,
    pub value: Cow<'t, str>,
    /// The line as it stands in the file; of a folded one the first part.
    pub span: Span,
}

impl Line<'_> {
    /// The value with its escapes undone: `\n`, `\,`, `\;` and `\\`.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            text.push(match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') => ' ',
                    Some(other) => other,
                    None => break,
                },
                other => other,
            });
        }
        text
    }
}

/// Every content line that is not empty; an error for one that is none.
pub fn lines(text: &str, file: FileId) -> impl Iterator<Item = Result<Line<'_>, Box<Problem>>> {
    unfolded(text, file).filter(|(line, _)| !line.trim().is_empty()).map(|(line, span)| {
        content(line, span).ok_or_else(|| {
            let detail = "A line of such a file is `NAME:VALUE`, or goes on from the line above after a blank.";
            Box::new(Problem::error("ical/syntax", span, "not a line of an iCalendar file", detail))
        })
    })
}

/// Lines with those that follow them after a line break and a blank.
fn unfolded(text: &str, file: FileId) -> impl Iterator<Item = (Cow<'_, str>, Span)> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut physical = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = text.len() - rest.len();
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        Some((line.strip_suffix('\r').unwrap_or(line), start))
    })
    .peekable();
    std::iter::from_fn(move || {
        let (first, start) = physical.next()?;
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { file, start: place(start), end: place(start + first.len()) };
        let mut line = Cow::Borrowed(first);
        while let Some((more, _)) = physical.next_if(|(next, _)| next.starts_with([' ', '\t'])) {
            line.to_mut().push_str(&more[1..]);
        }
        Some((line, span))
    })
}

fn content(line: Cow<'_, str>, span: Span) -> Option<Line<'_>> {
    let name_end = line.find([';', ':'])?;
    let name = line[..name_end].to_ascii_uppercase();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let mut at = name_end;
    while line[at..].starts_with(';') {
        let start = at + 1;
        let mut quoted = false;
        let end = line[start..].find(|c: char| {
            quoted ^= c == '"';
            !quoted && matches!(c, ';' | ':')
        })?;
        line[start..start + end].split_once('=')?;
        at = start + end;
    }
    let value = match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[at + 1..]),
        Cow::Owned(line) => Cow::Owned(line[at + 1..].to_owned()),
    };
    Some(Line { name, value, span })
}
