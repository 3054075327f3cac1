//! For people: the line, a mark under it, and what to do, as rustc shows it.

use std::fmt::Write;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Report, plain};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    model::source::Location,
};

impl Report<'_> {
    /// Every diagnostic with its source line, and a line of counts at the end. `width` is the terminal's, in columns.
    pub fn human(&self, colour: bool, width: usize) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(width.max(40));
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            _ = writeln!(text, "{}\n", renderer.render(&[self.group(diagnostic)]));
        }
        if !self.is_empty() {
            _ = writeln!(text, "{}", self.summary());
        }
        text
    }

    fn group<'r>(&'r self, diagnostic: &'r Diagnostic) -> Group<'r> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = Group::with_title(level.primary_title(plain(&diagnostic.summary)).id(diagnostic.code));
        let detail = plain(&diagnostic.detail);
        match diagnostic.at.as_ref().map(|at| (at, self.snippet(at, AnnotationKind::Primary, &detail))) {
            Some((at, Some(snippet))) => group = self.pointed(group, at, snippet),
            Some((at, None)) => group = group.element(self.origin(at)).element(Level::NOTE.message(detail)),
            None => group = group.element(Level::NOTE.message(detail)),
        }
        for related in &diagnostic.related {
            let message = plain(&related.message);
            group = match self.snippet(&related.at, AnnotationKind::Context, &message) {
                Some(snippet) => self.pointed(group, &related.at, snippet),
                None => group.element(self.origin(&related.at)).element(Level::NOTE.message(message)),
            };
        }
        if let Some(hint) = &diagnostic.hint {
            group = group.element(Level::HELP.message(plain(hint)));
        }
        group
    }

    fn snippet<'r>(&'r self, at: &Location, kind: AnnotationKind, label: &str) -> Option<Pointed<'r>> {
        let excerpt = self.excerpt(at)?;
        let annotation = kind.span(excerpt.span).label(label.to_owned());
        let source = Snippet::source(excerpt.text).line_start(at.line as usize).annotation(annotation);
        Some(if excerpt.moved { Pointed::Moved(source) } else { Pointed::InPlace(source.path(self.path(at))) })
    }

    fn pointed<'r>(&'r self, group: Group<'r>, at: &Location, pointed: Pointed<'r>) -> Group<'r> {
        match pointed {
            Pointed::InPlace(snippet) => group.element(snippet),
            Pointed::Moved(snippet) => group.element(self.origin(at)).element(snippet),
        }
    }

    fn origin<'r>(&'r self, at: &Location) -> Origin<'r> {
        Origin::path(self.path(at)).line(at.line as usize).char_column(at.column as usize)
    }
}

/// A line with what is pointed at.
enum Pointed<'r> {
    /// Its columns are those of the file.
    InPlace(Snippet<'r, Annotation<'r>>),
    /// Something masked before it makes its columns other ones.
    Moved(Snippet<'r, Annotation<'r>>),
}
