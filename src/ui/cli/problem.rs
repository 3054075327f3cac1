//! Why a command could not do it: what, where, why, and what to do.

use crate::{
    edges::{sources::SourceError, store::StoreError},
    reconcile::EngineError,
    settings::SettingsError,
    ui::{
        cli::exit::Exit,
        render::{
            View,
            text::{Line, Page, Role},
        },
    },
};

/// A command's failure, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A lowercase fragment: "atlas-3 is not a launch that launchd knows".
    pub what: String,
    pub why: Option<String>,
    /// What to do, one each.
    pub hints: Vec<String>,
    pub exit: Exit,
    /// Shown as it is, before everything else: diagnostics with their source lines.
    pub shown: String,
}

impl Problem {
    /// The command could not run.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), why: None, hints: Vec::new(), exit: Exit::CouldNotRun, shown: String::new() }
    }

    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// It ran, and something is not as asked.
    #[must_use]
    pub fn not_as_asked(mut self) -> Self {
        self.exit = Exit::NotAsAsked;
        self
    }

    pub fn render(&self, view: &View) -> String {
        let mut page = Page::new();
        page.push(Line::new().hang(7).add(Role::Bad, "error: ").plain(&self.what));
        if let Some(why) = &self.why {
            page.push(Line::at(2).hang(7).add(Role::Dim, "why: ").plain(why));
        }
        for hint in &self.hints {
            page.push(Line::at(2).hang(7).add(Role::Good, "try: ").plain(hint));
        }
        format!("{}{}", self.shown, page.render(view))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Held { holder } => Problem::new("another launchd is at work on this store")
                .why(format!("{} holds it since {}", holder.description, holder.since.format("%Y-%m-%d %H:%M:%S UTC")))
                .hint("wait until it is done, or stop it; status, why, approve and done work beside it")
                .hint(format!("if it died: its claim runs out by itself at {}", holder.until.format("%H:%M:%S UTC"))),
            StoreError::Stale { .. } => Problem::new("another launchd took over this store")
                .why(error.to_string())
                .hint("nothing was lost; run the command again when that one is done"),
            StoreError::Newer { found, known } => Problem::new("this store was written by a newer launchd")
                .why(format!("its schema is {found}, and this launchd knows {known}; it was not touched"))
                .hint("use that newer launchd"),
            StoreError::Corrupt(why) => Problem::new("the store is damaged, and was not touched")
                .why(why)
                .hint("restore the file from a backup; then `launchd audit verify` checks the whole record")
                .hint("without a backup: move the file away; the next apply finds existing objects by their keys"),
            StoreError::ReadOnly(why) => Problem::new("the store can only be read")
                .why(why)
                .hint("let this user write the file and its folder, or name another one with --store"),
            StoreError::Full(why) => Problem::new("the disk is full, and nothing was written")
                .why(why)
                .hint("free some space and run the command again"),
            StoreError::Other(why) => Problem::new("the store failed").why(why).hint("`launchd doctor` looks closer"),
        }
    }
}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Self {
        let SourceError { summary, detail, hint } = error;
        Problem::new(summary).why(detail).hint(hint)
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        let what = error.to_string();
        match error {
            SettingsError::Unreadable { .. } => {
                Problem::new(what).hint("name another file with --config, or begin one with `launchd init`")
            }
            SettingsError::Invalid { diagnostics, .. } => {
                let problem = diagnostics.iter().fold(Problem::new(what), |problem, d| {
                    let place = d.at.as_ref().map(|at| format!("line {}, column {}: ", at.line, at.column));
                    let hint = d.hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
                    problem.hint(format!("{}{}: {}{hint}", place.unwrap_or_default(), d.summary, d.detail))
                });
                problem.why("nothing is done with settings that are not understood")
            }
            SettingsError::Value { what, hint } => Problem::new(what).hint(hint),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
        }
    }
}
