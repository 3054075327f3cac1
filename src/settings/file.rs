//! `launchd.yaml`: found, read, and checked like every other document.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::core::{
    diagnostic::Diagnostic,
    manifest::{
        document::{self, Kind, SettingsSpec},
        node::FileId,
        problem::Texts,
        read,
    },
    model::source::SourceFile,
};

/// The names that are looked for, from a folder upwards.
const NAMES: [&str; 2] = ["launchd.yaml", "launchd.yml"];
/// A larger file is no settings file, and is not read into memory.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("cannot read the settings file {}: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    /// What is wrong in it, with the file for drawing the lines.
    #[error("the settings cannot be used: {} has problems", path.display())]
    Invalid { path: PathBuf, diagnostics: Vec<Diagnostic>, file: SourceFile },
    #[error("{what}")]
    Value { what: String, hint: String },
}

/// The nearest settings file in `from` or a folder above it.
pub(super) fn search(from: &Path) -> Option<PathBuf> {
    from.ancestors().find_map(|folder| NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()))
}

pub(super) fn load(path: &Path) -> Result<SettingsSpec, SettingsError> {
    let unreadable = |why: String| SettingsError::Unreadable { path: path.to_owned(), why };
    let length = fs::metadata(path).map_err(|e| unreadable(reason(&e)))?.len();
    if length > MOST_BYTES {
        return Err(unreadable(format!("it has {length} bytes, and at most {MOST_BYTES} are read")));
    }
    let bytes = fs::read(path).map_err(|e| unreadable(reason(&e)))?;
    let file = SourceFile { path: Arc::from(path.display().to_string()), bytes: bytes.into() };
    let documents = read::read(&file, FileId(0));
    let settings: Vec<_> = documents.documents.iter().filter(|d| d.kind == Kind::Settings).collect();
    let parsed = match settings.as_slice() {
        [] => Err(None),
        [one] if !documents.is_broken() => read::typed::<document::Settings>(&one.node).map_err(Some),
        _ => Err(None),
    };
    let problem = match parsed {
        Ok(settings) => return Ok(settings.spec),
        Err(problem) => problem,
    };
    let mut diagnostics = documents.diagnostics;
    if let Some(problem) = problem {
        let mut texts = Texts::new();
        texts.insert(FileId(0), file.path.clone(), documents.text);
        diagnostics.push(texts.diagnostic(*problem));
    }
    if !diagnostics.iter().any(Diagnostic::is_error) {
        let detail = format!("{} documents of `kind: Settings` are in it, and there must be one", settings.len());
        let problem = Diagnostic::error("settings/count", "not one settings document", detail);
        diagnostics.push(problem.hint("keep one document with `kind: Settings`; `launchd init` writes a sample"));
    }
    Err(SettingsError::Invalid { path: path.to_owned(), diagnostics, file })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    }
}
