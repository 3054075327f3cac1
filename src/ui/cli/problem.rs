//! Why a command could not do it: what, where, why, and what to do.

use std::sync::Arc;

use crate::{
    core::diagnostic::Diagnostic,
    edges::{sources::SourceError, store::StoreError},
    reconcile::EngineError,
    settings::SettingsError,
    ui::{
        cli::exit::Exit,
        diagnostics::Report,
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
    /// Problems of files, shown before everything else with their source lines.
    files: Box<FileProblems>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct FileProblems {
    diagnostics: Vec<Diagnostic>,
    /// The files' texts by the paths that the diagnostics use.
    texts: Vec<(Arc<str>, String)>,
}

impl Problem {
    /// The command could not run.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), why: None, hints: Vec::new(), exit: Exit::CouldNotRun, files: Box::default() }
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

    /// Problems of files belong to it. `texts` may hold more files than they are about.
    #[must_use]
    pub fn diagnostics<'t>(
        mut self,
        diagnostics: impl IntoIterator<Item = Diagnostic>,
        texts: impl IntoIterator<Item = (Arc<str>, &'t str)>,
    ) -> Self {
        self.files.diagnostics.extend(diagnostics);
        let is_used = |path: &Arc<str>| {
            let places = self.files.diagnostics.iter().flat_map(|d| d.at.iter().chain(d.related.iter().map(|r| &r.at)));
            places.map(|at| &at.file).any(|file| file == path)
        };
        let used = texts.into_iter().filter(|(path, _)| is_used(path)).map(|(path, text)| (path, text.to_owned()));
        let used: Vec<_> = used.collect();
        self.files.texts.extend(used);
        self
    }

    /// The problems of files in it, where there are any: for the forms of `-o` that programs read.
    pub fn report(&self) -> Option<Report<'_>> {
        if self.files.diagnostics.is_empty() {
            return None;
        }
        let report = Report::new(&self.files.diagnostics);
        Some(self.files.texts.iter().fold(report, |report, (path, text)| report.text(path, text)))
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
        let shown = self.report().map(|report| report.human(view.colour, view.width) + "\n").unwrap_or_default();
        format!("{shown}{}", page.render(view))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Held { holder } => Problem::new("another launchd is at work on this store")
                .why(format!("{} holds it since {}", holder.description, holder.since.format("%Y-%m-%d %H:%M:%S UTC")))
                .hint("wait until it is done, or stop it; status, why, approve and done work beside it")
                .hint(format!("if it died: its claim runs out by itself at {}", holder.until.format("%H:%M:%S UTC"))),
            StoreError::TakenBack { .. } => Problem::new("somebody took something back meanwhile")
                .why(error.to_string())
                .hint("nothing was written; look at it again and say it again where it is still meant"),
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
            StoreError::Gone(why) => Problem::new("the store is gone, and nothing more is done")
                .why(why)
                .hint("put the file back, or start again: existing objects are found by their keys"),
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
            SettingsError::Invalid { diagnostics, file, .. } => Problem::new(what)
                .why("nothing is done with settings that are not understood")
                .hint("mend what is shown above; any field: launchd explain settings.spec")
                .diagnostics(diagnostics, [(file.path.clone(), &*String::from_utf8_lossy(&file.bytes))]),
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
