//! For GitHub Actions: one workflow command a diagnostic, which becomes an annotation on the pull request's line.

use std::fmt::Write;

use super::{Report, excerpt, place_in_repository};
use crate::core::diagnostic::Severity;

impl Report<'_> {
    /// `::error file=…,line=…,col=…,title=CODE::message`, as "Workflow commands for GitHub Actions" says.
    pub fn github(&self) -> String {
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            let command = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let mut properties = String::new();
            let shown = place_in_repository(diagnostic);
            if let Some(at) = shown {
                _ = write!(properties, "file={},line={},col={},", property(&self.path(at)), at.line, at.column);
                if let Some((line, column)) = excerpt::end(self, at) {
                    _ = write!(properties, "endLine={line},endColumn={column},");
                }
            }
            _ = write!(properties, "title={}", property(&format!("{} [{}]", diagnostic.summary, diagnostic.code)));
            let mut message = diagnostic.detail.clone();
            if let Some(hint) = &diagnostic.hint {
                _ = write!(message, "\n{hint}");
            }
            if let Some(at) = diagnostic.at.as_ref().filter(|at| Some(*at) != shown) {
                _ = write!(message, "\n{}:{}: it is written here", self.path(at), at.line);
            }
            for related in diagnostic.related.iter().filter(|r| Some(&r.at) != shown) {
                _ = write!(message, "\n{}:{}: {}", self.path(&related.at), related.at.line, related.message);
            }
            _ = writeln!(text, "::{command} {properties}::{}", data(&message));
        }
        text
    }
}

/// A line end would begin another command, and a percent sign begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
