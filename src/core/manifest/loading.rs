//! All files as one whole: what launches may build on, and each file's launches resolved by themselves, on any thread.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    across,
    build::foreign,
    document::Kind,
    ical::is_calendar_file,
    library::{LaunchEntry, Library},
    node::{LineIndex, Span},
    problem::{Problem, Texts},
    read::{Document, FileDocuments},
    resolve::{Loaded, LoadedLaunch, duplicate, further_problems, resolve_at, source, texts},
};
use crate::core::model::{launch::Policy, name::Name};

/// What is to be said of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Told {
    #[default]
    Everything,
    /// Of launches, what makes them impossible to follow: no lints, which are warnings.
    Errors,
}

/// Files that are judged together.
#[derive(Debug)]
pub struct Loading<'a> {
    files: &'a [FileDocuments<'a>],
    library: Library<'a>,
    texts: Texts<'a>,
    duplicates: HashMap<&'a Name, Vec<Span>>,
    /// Problems of the library.
    diagnostics: Vec<Problem>,
}

impl<'a> Loading<'a> {
    /// Builds the library that every launch is resolved with.
    pub fn new(files: &'a [FileDocuments<'a>]) -> Self {
        let (library, diagnostics) = Library::build(files);
        Self { files, library, texts: texts(files), duplicates: duplicates(files), diagnostics }
    }

    #[must_use]
    pub fn telling(mut self, told: Told) -> Self {
        self.library.told = told;
        self
    }

    /// Beside these files there are launches of these names, of which nothing else is asked.
    #[must_use]
    pub fn among(mut self, others: impl IntoIterator<Item = (Name, Span)>) -> Self {
        for (name, name_span) in others {
            self.library.launches.entry(name).or_insert(LaunchEntry { own: None, name_span });
        }
        self
    }

    /// The launches of the file at an index, in its order.
    pub fn launches_of(&self, index: usize, policy: &Policy) -> Vec<LoadedLaunch> {
        let Some(file) = self.files.get(index) else { return Vec::new() };
        let lines = LineIndex::new(if file.documents.len() > 1 { file.text } else { "" });
        let documents = file.documents.iter().filter(|d| d.kind == Kind::Launch);
        documents.map(|document| self.launch(file, document, &lines, policy)).collect()
    }

    /// The launches that one that does not resolve may wait for: by what it says, or by a profile.
    fn awaits(&self, document: &Document<'_>) -> BTreeSet<Name> {
        let profiles = self.files.iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Profile);
        foreign(profiles.chain([document])).into_iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// Of all launches of these files: holds those that wait for each other across launches.
    pub fn hold_cycles(&self, launches: &mut [Vec<LoadedLaunch>]) {
        across::hold_cycles(launches, self.files, &self.texts);
    }

    fn launch(
        &self,
        file: &FileDocuments<'a>,
        document: &'a Document<'a>,
        lines: &LineIndex<'_>,
        policy: &Policy,
    ) -> LoadedLaunch {
        let mut problems = Vec::new();
        let mut launch = None;
        let source = || source(file, document, lines);
        if document.has_errors {
            problems = further_problems(file, document, &self.library, policy, source());
        } else if document.name.is_some() {
            let resolved = resolve_at(document, &self.library, policy, source());
            launch = resolved.launch.filter(|_| !file.is_broken());
            problems = resolved.problems;
        }
        if let Some(others) = document.name.as_ref().and_then(|n| self.duplicates.get(n)) {
            launch = None;
            problems.push(duplicate(document, others));
        }
        in_order(&mut problems, document);
        LoadedLaunch {
            name: document.name.clone(),
            file: file.path.clone(),
            awaits: if launch.is_none() { self.awaits(document) } else { BTreeSet::new() },
            launch: launch.map(Arc::new),
            diagnostics: problems.into_iter().map(|p| self.texts.diagnostic(p)).collect(),
        }
    }

    /// The launches of a file that is none of these, where they can be resolved without a look at other such files.
    /// `None` when something in it is wrong, is no launch, or speaks of another launch. What is wrong between launches,
    /// a name that is used twice, is not looked for.
    pub fn alone<'b>(&'b self, file: &'b FileDocuments<'b>, policy: &Policy) -> Option<Vec<LoadedLaunch>> {
        if !file.diagnostics.is_empty() {
            return None;
        }
        let lines = LineIndex::new(if file.documents.len() > 1 { file.text } else { "" });
        let mut launches = Vec::with_capacity(file.documents.len());
        let mut own = None;
        for document in &file.documents {
            let name = document.name.clone().filter(|_| document.kind == Kind::Launch && !document.has_errors)?;
            let resolved = resolve_at(document, &self.library, policy, source(file, document, &lines));
            if resolved.reaches {
                return None;
            }
            let mut problems = resolved.problems;
            in_order(&mut problems, document);
            let mut told = |problem| {
                let own = own.get_or_insert_with(|| {
                    let mut own = Texts::new();
                    own.insert(file.id, file.path.clone(), file.text);
                    own
                });
                own.diagnostic_beside(&self.texts, problem)
            };
            let diagnostics = problems.into_iter().map(&mut told).collect();
            let (file, launch) = (file.path.clone(), resolved.launch.map(Arc::new));
            let awaits = if launch.is_none() { self.awaits(document) } else { BTreeSet::new() };
            launches.push(LoadedLaunch { name: Some(name), file, launch, awaits, diagnostics });
        }
        Some(launches)
    }

    /// Everything, with the launches of all files in the files' order.
    pub fn finish(mut self, launches: Vec<LoadedLaunch>) -> Loaded {
        self.diagnostics.extend(self.library.check_exceptions());
        let mut diagnostics: Vec<_> = self.files.iter().flat_map(|f| f.diagnostics.iter().cloned()).collect();
        diagnostics.extend(self.diagnostics.into_iter().map(|p| self.texts.diagnostic(p)));
        let broken = self.files.iter().filter(|f| f.is_broken()).map(|f| f.path.clone()).collect();
        let empty = self.files.iter().filter(|f| f.is_empty()).map(|f| f.path.clone()).collect();
        let mut shared = BTreeSet::new();
        let mut connectors = BTreeMap::new();
        for file in self.files {
            if is_calendar_file(&file.path) {
                shared.insert(file.path.clone());
            }
            for document in file.documents.iter().filter(|d| d.kind != Kind::Launch) {
                shared.insert(file.path.clone());
                let own = document.name.as_ref().filter(|_| document.kind == Kind::Connector);
                if let Some((name, entry)) = own.and_then(|n| self.library.connectors.get_key_value(n)) {
                    connectors.insert(name.clone(), Arc::clone(&entry.connector));
                }
            }
        }
        Loaded { launches, diagnostics, broken, empty, shared, connectors, teams: self.library.teams }
    }
}

/// The launches of a file, with their places.
pub fn names_in<'f>(file: &'f FileDocuments<'_>) -> impl Iterator<Item = (&'f Name, Span)> {
    let launches = file.documents.iter().filter(|d| d.kind == Kind::Launch);
    launches.filter_map(|d| Some((d.name.as_ref()?, d.span)))
}

/// The names of launches that others in these files wait for, as written.
pub fn awaited_in<'f>(files: &'f [FileDocuments<'_>]) -> BTreeSet<&'f str> {
    foreign(files.iter().flat_map(|f| &f.documents))
}

/// Whether a text looks as if it held launches and nothing else. Only reading it tells.
pub fn looks_like_launches(text: &[u8]) -> bool {
    let mut any = false;
    for (start, _) in text.iter().enumerate().filter(|(at, byte)| **byte == b'k' && (*at == 0 || text[at - 1] == b'\n'))
    {
        let line = text[start..].split(|b| *b == b'\n').next().unwrap_or_default();
        if let Some(kind) = line.strip_prefix(b"kind:") {
            if kind.trim_ascii() != b"Launch" {
                return false;
            }
            any = true;
        }
    }
    any
}

fn in_order(problems: &mut [Problem], document: &Document<'_>) {
    problems.sort_by_key(|p| (p.span.file != document.span.file, p.span.start));
}

/// Launches that are named more than once, with each place.
fn duplicates<'f>(files: &'f [FileDocuments<'_>]) -> HashMap<&'f Name, Vec<Span>> {
    let mut places: HashMap<&Name, Vec<Span>> = HashMap::new();
    for (name, span) in files.iter().flat_map(names_in) {
        places.entry(name).or_default().push(span);
    }
    places.retain(|_, spans| spans.len() > 1);
    places
}
