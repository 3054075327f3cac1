//! Problems as data: what is wrong, where, why, and what to do.
//!
//! The writing guide: the summary is terse and constant for its code, the detail says what is wrong
//! here and why, the hint says what to do. Both are sentences without a trailing "please".

use serde::Serialize;

use super::model::source::Location;

/// How much a problem weighs. An [`Severity::Error`] holds its launch at the last good revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// One problem of one place in the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable and documented by `launchd explain CODE`, e.g. `reference/unknown-milestone`.
    pub code: &'static str,
    /// Terse, without the particulars: "unknown milestone".
    pub summary: String,
    /// What is wrong here, and why it matters.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where; `None` only for a problem of no file, such as an empty folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// Other places that belong to the story: the first of two duplicates, each member of a cycle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// A second place with what it has to do with the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    pub at: Location,
    pub message: String,
}

impl Diagnostic {
    /// An error with its three sentences; place, hint and related places are added by the builders.
    pub fn error(code: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, summary, detail)
    }

    /// The same as [`Diagnostic::error`] for something that does not hold the launch.
    pub fn warning(code: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, summary, detail)
    }

    fn new(severity: Severity, code: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            summary: summary.into(),
            detail: detail.into(),
            hint: None,
            at: None,
            related: Vec::new(),
        }
    }

    #[must_use]
    pub fn at(mut self, at: Location) -> Self {
        self.at = Some(at);
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn related(mut self, at: Location, message: impl Into<String>) -> Self {
        self.related.push(Related { at, message: message.into() });
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
