//! Problems of the files, shown: for people, as JSON, as SARIF 2.1.0, and as workflow commands of GitHub Actions.
//!
//! In: diagnostics and the texts they point into. Out: text. Imports `core`. Deliberately absent: printing, and any
//! judgement — what is an error was decided where it was found.

mod excerpt;
mod github;
mod human;
mod json;
mod sarif;

use std::collections::{BTreeMap, BTreeSet};

use crate::core::{
    diagnostic::{Diagnostic, Severity},
    manifest::builtin,
    model::source::Location,
};

/// Diagnostics in their one order (by file, place, severity, code), each once, with the texts they point into.
#[derive(Debug, Default)]
pub struct Report<'d> {
    diagnostics: Vec<&'d Diagnostic>,
    texts: BTreeMap<&'d str, &'d str>,
    root: String,
}

impl<'d> Report<'d> {
    pub fn new(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Self {
        let mut diagnostics: Vec<_> = diagnostics.into_iter().collect();
        diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
        diagnostics.dedup();
        Self { diagnostics, ..Self::default() }
    }

    /// The text of a file, under the path that the diagnostics use. Without it, a problem is shown without its line.
    #[must_use]
    pub fn text(mut self, path: &'d str, text: &'d str) -> Self {
        self.texts.insert(path, text);
        self
    }

    /// The folder of the files as it is to be shown: `launches`. Paths of diagnostics are relative to it.
    #[must_use]
    pub fn under(mut self, root: &str) -> Self {
        let root = root.trim_end_matches('/');
        self.root = if root.is_empty() || root == "." { String::new() } else { format!("{root}/") };
        self
    }

    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.is_error())
    }

    /// As it is shown; a file of the catalog lies in no folder.
    fn path(&self, at: &Location) -> String {
        let root = if is_built_in(&at.file) { "" } else { &self.root };
        plain(&format!("{root}{}", at.file))
    }

    fn text_of(&self, file: &str) -> Option<&'d str> {
        let built_in = || builtin::documents().iter().find(|f| *f.path == *file).map(|f| f.text);
        self.texts.get(file).copied().or_else(built_in)
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    fn files(&self) -> usize {
        self.diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.at.as_ref())
            .map(|at| &at.file)
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// "3 errors and 1 warning in 2 files"; empty when there is nothing.
    pub fn summary(&self) -> String {
        let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
        let parts: Vec<String> = kinds
            .into_iter()
            .map(|(severity, noun)| (self.count(severity), noun))
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| plural(count, noun))
            .collect();
        let Some((last, rest)) = parts.split_last() else { return String::new() };
        let counts = if rest.is_empty() { last.clone() } else { format!("{} and {last}", rest.join(", ")) };
        match self.files() {
            0 => counts,
            files => format!("{counts} in {}", plural(files, "file")),
        }
    }
}

fn is_built_in(file: &str) -> bool {
    builtin::documents().iter().any(|f| *f.path == *file)
}

/// A place in the repository: where that of a problem is in the catalog, the launch's own. A reviewer sees no other.
fn place_in_repository(diagnostic: &Diagnostic) -> Option<&Location> {
    let places = diagnostic.at.iter().chain(diagnostic.related.iter().map(|r| &r.at));
    places.clone().find(|at| !is_built_in(&at.file)).or(diagnostic.at.as_ref())
}

/// Without a place first: such a problem is about all files.
fn key(diagnostic: &Diagnostic) -> impl Ord + '_ {
    let at = diagnostic.at.as_ref().map(|at| (&*at.file, at.start, at.end));
    (at, diagnostic.severity, diagnostic.code, &diagnostic.summary, &diagnostic.detail, &diagnostic.hint)
}

/// Text that cannot move a terminal's cursor or break a line format: control characters become `�`.
fn plain(text: &str) -> String {
    let harmful = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if harmful(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
