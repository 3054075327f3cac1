//! The plan files that a command speaks about: read once, judged together.

use std::{
    path::{Component, Path, PathBuf},
    time::Duration,
};

use super::{Problem, Session};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            builtin,
            read::{FileDocuments, read},
            resolve::{Loaded, load_documents},
            weight,
        },
        model::source::{Location, SourceFile},
        portfolio::lints::lint,
    },
    edges::sources::{Snapshot, directory::DirectorySource},
    settings::Settings,
    ui::diagnostics::Report,
};

/// Fewer files than this are read faster by one thread.
const WORTH_A_THREAD: usize = 64;

/// Files as they were read. Paths are as people type them from the working folder, so that they can be clicked.
#[derive(Debug, Default)]
pub struct Files {
    pub files: Vec<SourceFile>,
    /// One for each file that is there and could not be read.
    unreadable: Vec<Diagnostic>,
}

/// What the files say.
pub struct Judged<'f> {
    pub documents: Vec<FileDocuments<'f>>,
    pub loaded: Loaded,
    unreadable: Vec<Diagnostic>,
}

impl Files {
    /// Everything in the source.
    ///
    /// # Errors
    /// The source is missing or unreadable. One unreadable file is among the problems instead.
    pub fn of_source(session: &Session<'_>) -> Result<Self, Problem> {
        let source = &session.settings.source;
        Self::of_folder(&source.value).map_err(|p| p.hint(format!("the folder is from: {}", source.origin)))
    }

    /// Everything in a folder.
    ///
    /// # Errors
    /// It is missing or unreadable.
    pub fn of_folder(folder: &Path) -> Result<Self, Problem> {
        Ok(Self::shown_under(DirectorySource::new(folder, Duration::ZERO).read_all()?, folder))
    }

    /// One file, wherever it is. A link is not followed out of its folder.
    ///
    /// # Errors
    /// Its folder is missing or unreadable, or there is no such file.
    pub fn of_file(path: &Path) -> Result<Self, Problem> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().and_then(|n| n.to_str());
        let name = name.ok_or_else(|| Problem::new(format!("{} names no file", path.display())))?;
        Ok(Self::shown_under(DirectorySource::new(folder, Duration::ZERO).read([name])?, folder))
    }

    /// The same files, but one of them as it would be.
    #[must_use]
    pub fn with(&self, changed: &SourceFile) -> Self {
        let one = |file: &SourceFile| if file.path == changed.path { changed.clone() } else { file.clone() };
        Self { files: self.files.iter().map(one).collect(), unreadable: self.unreadable.clone() }
    }

    pub fn append(&mut self, other: Self) {
        for file in other.files {
            if self.files.iter().all(|f| f.path != file.path) {
                self.files.push(file);
            }
        }
        self.unreadable.extend(other.unreadable);
    }

    fn shown_under(snapshot: Snapshot, folder: &Path) -> Self {
        let shown = |path: &str| shown(&folder.join(path));
        let files = snapshot.files.into_iter();
        Self {
            files: files.map(|f| SourceFile { path: shown(&f.path).into(), ..f }).collect(),
            unreadable: snapshot.unreadable.into_iter().map(|(path, why)| unreadable(&shown(&path), &why)).collect(),
        }
    }

    /// Reads and resolves all of them.
    pub fn judge(&self, settings: &Settings) -> Judged<'_> {
        let documents = self.documents();
        let mut loaded = load_documents(&documents, &settings.policy.value);
        let across = lint(&documents, &loaded);
        loaded.diagnostics.extend(across);
        weight::weigh(&mut loaded, &settings.lints);
        Judged { documents, loaded, unreadable: self.unreadable.clone() }
    }

    fn documents(&self) -> Vec<FileDocuments<'_>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let numbered: Vec<(usize, &SourceFile)> = self.files.iter().enumerate().collect();
        if threads < 2 || numbered.len() < WORTH_A_THREAD {
            return numbered.into_iter().map(|(i, file)| read(file, builtin::file_id(i))).collect();
        }
        std::thread::scope(|scope| {
            let parts: Vec<_> = numbered
                .chunks(numbered.len().div_ceil(threads))
                .map(|part| {
                    scope.spawn(move || part.iter().map(|(i, f)| read(f, builtin::file_id(*i))).collect::<Vec<_>>())
                })
                .collect();
            parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
        })
    }
}

impl Judged<'_> {
    /// Whether every file that is there could be read.
    pub fn are_read(&self) -> bool {
        self.unreadable.is_empty()
    }

    /// One for each file that is there and could not be read.
    pub fn unreadable(&self) -> &[Diagnostic] {
        &self.unreadable
    }

    /// Every problem of the files, those that could not be read first.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.unreadable.iter().chain(self.loaded.all_diagnostics())
    }

    /// Some diagnostics with the texts that they point into.
    pub fn report<'r>(&'r self, diagnostics: impl IntoIterator<Item = &'r Diagnostic>) -> Report<'r> {
        let texts = self.documents.iter().chain(builtin::documents());
        texts.fold(Report::new(diagnostics), |report, file| report.text(&file.path, file.text))
    }
}

fn unreadable(path: &str, why: &str) -> Diagnostic {
    Diagnostic::error("source/unreadable", "a file that cannot be read", format!("{path}: {why}"))
        .hint("Mend that, or move it out of the folder of plan files.")
        .at(Location { file: path.into(), line: 1, column: 1, start: 0, end: 0 })
}

/// A path relative to the working folder where it is below it, without `.` in it.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    let clean: PathBuf = path.components().filter(|c| *c != Component::CurDir).collect();
    match clean.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => clean.display().to_string(),
    }
}
