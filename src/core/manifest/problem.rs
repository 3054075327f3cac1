//! A problem by span, and the one place where spans become places that people can find.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::node::{FileId, LineIndex, Span};
use crate::core::{
    diagnostic::{Diagnostic, Related, Severity},
    model::source::Location,
};

/// A problem before its place is worked out: lines are counted only when there is something to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub code: &'static str,
    pub span: Span,
    pub summary: String,
    pub detail: String,
    pub hint: Option<String>,
    pub related: Vec<(Span, String)>,
}

impl Problem {
    pub fn error(code: &'static str, span: Span, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            span,
            summary: summary.into(),
            detail: detail.into(),
            hint: None,
            related: Vec::new(),
        }
    }

    pub fn warning(code: &'static str, span: Span, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, summary, detail) }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push((span, message.into()));
        self
    }
}

/// The texts that spans point into, by [`FileId`].
#[derive(Debug, Default)]
pub struct Texts<'t> {
    files: BTreeMap<u32, Entry<'t>>,
}

#[derive(Debug)]
struct Entry<'t> {
    path: Arc<str>,
    text: &'t str,
    lines: OnceLock<LineIndex<'t>>,
}

impl<'t> Texts<'t> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under its id. A second file under one id replaces the first.
    pub fn insert(&mut self, id: FileId, path: Arc<str>, text: &'t str) {
        self.files.insert(id.0, Entry { path, text, lines: OnceLock::new() });
    }

    /// The place of a span. A span of no known file is in the file named `?`.
    pub fn location(&self, span: Span) -> Location {
        let nowhere = || Location { file: "?".into(), line: 1, column: 1, start: span.start, end: span.end };
        self.known(span).unwrap_or_else(nowhere)
    }

    fn known(&self, span: Span) -> Option<Location> {
        let entry = self.files.get(&span.file.0)?;
        let lines = entry.lines.get_or_init(|| LineIndex::new(entry.text));
        let position = lines.position(span.start);
        Some(Location {
            file: entry.path.clone(),
            line: position.line,
            column: position.column,
            start: span.start,
            end: span.end,
        })
    }

    /// The problem with its places worked out.
    pub fn diagnostic(&self, problem: Problem) -> Diagnostic {
        diagnostic(problem, |span| self.location(span))
    }

    /// The same where a place may also be in a file of `others`.
    pub fn diagnostic_beside(&self, others: &Texts<'_>, problem: Problem) -> Diagnostic {
        diagnostic(problem, |span| self.known(span).unwrap_or_else(|| others.location(span)))
    }
}

fn diagnostic(problem: Problem, at: impl Fn(Span) -> Location) -> Diagnostic {
    let related = problem.related.into_iter();
    Diagnostic {
        severity: problem.severity,
        code: problem.code,
        summary: problem.summary,
        detail: sentence(problem.detail),
        hint: problem.hint.map(sentence),
        at: Some(at(problem.span)),
        related: related.map(|(span, message)| Related { at: at(span), message }).collect(),
    }
}

/// A fragment as a sentence, so that problems of all parts read alike.
fn sentence(mut text: String) -> String {
    if let Some(first) = text.get(..1).map(str::to_ascii_uppercase) {
        text.replace_range(..1, &first);
    }
    if text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '`' | ')' | ']' | '}' | '"' | '\'' | '%')) {
        text.push('.');
    }
    text
}
