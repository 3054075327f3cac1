//! Why a template or expression gave no value, in words, and where.

use std::{fmt, ops::Range};

use minijinja::{Error, ErrorKind};

/// Why a template or expression gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    pub kind: TemplateErrorKind,
    /// A lowercase fragment: "`launch.titel` is undefined".
    pub message: String,
    /// Byte offsets into the text, where they are known.
    pub at: Option<Range<usize>>,
    /// 1-based, within the text.
    pub line: u32,
    /// 1-based, counted in characters.
    pub column: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateErrorKind {
    /// It cannot be read.
    Syntax,
    /// A name, filter, function or test that is not there.
    Unknown,
    /// It ran out of fuel, or yielded too much.
    TooMuch,
    /// It was read, and evaluating it failed.
    Evaluation,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TemplateError {}

impl TemplateError {
    pub(super) fn from(error: &Error, text: &str, offset: usize) -> Self {
        let kind = match error.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape => TemplateErrorKind::Syntax,
            ErrorKind::UndefinedError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
            | ErrorKind::TemplateNotFound
            | ErrorKind::BadInclude => TemplateErrorKind::Unknown,
            ErrorKind::OutOfFuel => TemplateErrorKind::TooMuch,
            _ => TemplateErrorKind::Evaluation,
        };
        let at = error.range().map(|r| (r.start + offset).min(text.len())..(r.end + offset).min(text.len()));
        let at = at.filter(|r| text.get(r.clone()).is_some()).map(|r| from_its_root(text, r));
        let piece = at.clone().and_then(|r| text.get(r)).map(str::trim).filter(|p| !p.is_empty() && p.len() < 80);
        let detail = error.detail().unwrap_or_default();
        let message = match (error.kind(), piece) {
            (ErrorKind::UndefinedError, Some(piece)) => format!("`{piece}` is not there"),
            (ErrorKind::SyntaxError, _) if detail.contains("expected end of variable block") => {
                "`{{` is not closed with `}}`".to_owned()
            }
            (ErrorKind::OutOfFuel, _) => "it takes too many steps or makes too much text".to_owned(),
            (ErrorKind::TemplateNotFound | ErrorKind::BadInclude, _) => "a template cannot read files".to_owned(),
            (kind, _) if detail.is_empty() => kind.to_string(),
            _ => detail.to_owned(),
        };
        let (line, column) = position(text, at.as_ref().map_or(0, |r| r.start));
        Self { kind, message, at, line, column }
    }
}

/// A range that begins with a dot, widened to the name before it: `.label.tier` to `launch.label.tier`.
fn from_its_root(text: &str, range: Range<usize>) -> Range<usize> {
    let before = &text[..range.start];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    match text[range.clone()].starts_with('.') {
        true => before.trim_end_matches(is_part).len()..range.end,
        false => range,
    }
}

/// Line and column, 1-based, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
