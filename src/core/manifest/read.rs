//! One file to its documents: decoded, parsed, told apart by kind, and compared with the schema of their kind.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    document::{API_VERSION, Kind},
    ical::is_calendar_file,
    node::{FileId, Node, NodeError, Span},
    problem::{Problem, Texts},
    secrets, shape,
    yaml::{self, YamlProblem},
};
use crate::core::{
    diagnostic::Diagnostic,
    model::{name::Name, source::SourceFile},
};

/// What one file holds. Borrows from the file.
#[derive(Debug)]
pub struct FileDocuments<'f> {
    pub id: FileId,
    pub path: Arc<str>,
    /// Empty when the file could not be decoded.
    pub text: &'f str,
    /// Every document whose kind is clear, also those with problems: their names are taken, and their launches are held.
    pub documents: Vec<Document<'f>>,
    pub diagnostics: Vec<Diagnostic>,
}

impl FileDocuments<'_> {
    /// Nothing of this file may be acted on: it could not be read as a whole, so it is not known what it no longer says.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// It was read, and there is nothing in it but comments and blanks. Whoever saves in two steps leaves such a file in
    /// between: it does not say that what was in it is gone.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && !self.is_broken() && !is_calendar_file(&self.path)
    }
}

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<'f> {
    pub kind: Kind,
    /// `metadata.name`; settings may have none.
    pub name: Option<Name>,
    pub node: Node<'f>,
    /// Where a problem of the whole document is shown: its name, or its first key.
    pub span: Span,
    /// It has problems of its own, which its file's diagnostics tell.
    pub has_errors: bool,
}

impl<'f> Document<'f> {
    /// The node of `spec`.
    pub fn spec(&self) -> Option<&Node<'f>> {
        self.node.get("spec")
    }
}

/// Whether what a document says is compared with the schema of its kind, and searched for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Strictly,
    /// A test did so before this launchd was built.
    Before,
}

/// Reads a file. Never fails: what is wrong is among the diagnostics.
pub fn read(file: &SourceFile, id: FileId) -> FileDocuments<'_> {
    read_as(file, id, Judged::Strictly)
}

/// Reads a file of the catalog, which is known to be good.
pub(super) fn read_built_in(file: &SourceFile, id: FileId) -> FileDocuments<'_> {
    read_as(file, id, Judged::Before)
}

fn read_as(file: &SourceFile, id: FileId, judged: Judged) -> FileDocuments<'_> {
    let mut result =
        FileDocuments { id, path: file.path.clone(), text: "", documents: Vec::new(), diagnostics: Vec::new() };
    if is_calendar_file(&file.path) {
        // Judged by the calendars that import it.
        result.text = valid_part(&file.bytes);
        return result;
    }
    let text = match yaml::decode(&file.bytes) {
        Ok(text) => text,
        Err(problem) => {
            let valid = valid_part(&file.bytes);
            let mut texts = Texts::new();
            texts.insert(id, file.path.clone(), valid);
            result.text = valid;
            result.diagnostics.push(texts.diagnostic(from_yaml(problem, id)));
            return result;
        }
    };
    result.text = text;
    let parsed = yaml::parse(text);
    let mut problems: Vec<Problem> = parsed.problems.into_iter().map(|problem| from_yaml(problem, id)).collect();
    let suspicious = judged == Judged::Strictly && secrets::suspicious(text);
    for node in parsed.documents {
        document(node.in_file(id), judged, suspicious, &mut result.documents, &mut problems);
    }
    if result.is_empty() && problems.is_empty() {
        problems.push(empty(id));
    }
    if problems.is_empty() {
        return result;
    }
    let mut texts = Texts::new();
    texts.insert(id, file.path.clone(), text);
    result.diagnostics = problems.into_iter().map(|problem| texts.diagnostic(problem)).collect();
    result
}

fn empty(id: FileId) -> Problem {
    let detail =
        "there is no document in this file; launches that were in it are held as they are, and none of them ends";
    let problem =
        Problem::warning("document/empty-file", Span { file: id, start: 0, end: 0 }, "empty plan file", detail);
    problem.hint("write a document (`launchd new` makes one), or delete the file when what was in it is to end")
}

/// A file that is no UTF-8 is shown up to where it breaks.
fn valid_part(bytes: &[u8]) -> &str {
    let bytes = &bytes[..bytes.len().min(yaml::MAX_FILE_BYTES)];
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

fn from_yaml(problem: YamlProblem, id: FileId) -> Problem {
    let place = |span: Span| Span { file: id, ..span };
    let mut converted = Problem::error(problem.code, place(problem.span), problem.summary, problem.detail);
    if !problem.hint.is_empty() {
        converted = converted.hint(problem.hint);
    }
    match problem.related {
        Some(span) if problem.code == "yaml/duplicate-key" => converted.related(place(span), "it is first here"),
        Some(span) => converted.related(place(span), "it begins here"),
        None => converted,
    }
}

fn document<'f>(
    node: Node<'f>,
    judged: Judged,
    suspicious: bool,
    documents: &mut Vec<Document<'f>>,
    problems: &mut Vec<Problem>,
) {
    let before = problems.len();
    let span = node.entries().first().map_or(node.span, |entry| entry.key_span);
    let Some(kind) = kind(&node, span, problems) else {
        if suspicious {
            keep_secret(secrets::problems(Kind::Launch, &node), &node, before, problems);
        }
        return;
    };
    version(&node, span, problems);
    let written = node.get("metadata").and_then(|metadata| metadata.get("name"));
    let name = written.and_then(Node::as_str).and_then(|name| name.parse::<Name>().ok());
    if judged == Judged::Strictly {
        // The envelope's own two fields are judged above, with better words.
        let shape = shape::check(kind, &node).into_iter();
        problems.extend(shape.filter(|problem| !is_envelope(&node, problem.span)));
    }
    if suspicious {
        keep_secret(secrets::problems(kind, &node), &node, before, problems);
    }
    let has_errors = problems.len() > before;
    let span = written.map_or(span, |name| name.span);
    documents.push(Document { kind, name, node, span, has_errors });
}

fn is_envelope(node: &Node<'_>, span: Span) -> bool {
    let version = node.entry("apiVersion").map(|entry| (entry.key_span, entry.value.span));
    version.is_some_and(|(key, value)| key == span || value == span)
}

fn kind(node: &Node<'_>, span: Span, problems: &mut Vec<Problem>) -> Option<Kind> {
    let all = Kind::ALL.map(Kind::as_str);
    if node.entries().is_empty() {
        let detail = format!(
            "a document is a mapping with `apiVersion`, `kind`, `metadata` and `spec`; this is {}",
            node.kind()
        );
        let problem = Problem::error("document/not-a-mapping", node.span, "no launchd document", detail);
        problems.push(problem.hint("start from `launchd new`, or move the file out of the folder of plan files"));
        return None;
    }
    let Some(entry) = node.entry("kind") else {
        let near = node.entries().iter().find(|entry| shape::did_you_mean(&entry.key, ["kind"]).is_some());
        let (span, detail) = match near {
            Some(entry) => (entry.key_span, "the document does not say its `kind`".to_owned()),
            None => (span, "the document does not say its `kind`, so it is no document of launchd".to_owned()),
        };
        let problem = Problem::error("document/no-kind", span, "missing kind", detail);
        problems.push(match near {
            Some(_) => problem.hint("did you mean `kind`?"),
            None => problem.hint(
                "a launch begins with `apiVersion: launchd/v1` and `kind: Launch`; files of other programs belong in another folder",
            ),
        });
        return None;
    };
    let text = entry.value.as_str();
    if let Some(kind) = text.and_then(Kind::parse) {
        return Some(kind);
    }
    let span = if entry.value.is_null() { entry.key_span } else { entry.value.span };
    let detail = match text {
        Some(text) => format!("there is no kind `{}`", text.chars().take(64).collect::<String>()),
        None => format!("`kind` should be a word, and is {}", entry.value.kind()),
    };
    let problem = Problem::error("document/unknown-kind", span, "unknown kind", detail);
    problems.push(match text.and_then(|text| shape::did_you_mean(text, all)) {
        Some(kind) => problem.hint(format!("did you mean `{kind}`?")),
        None => problem.hint(format!("use {}", shape::listed(&all))),
    });
    None
}

fn version(node: &Node<'_>, span: Span, problems: &mut Vec<Problem>) {
    let hint = format!("write `apiVersion: {API_VERSION}`");
    let problem = match node.entry("apiVersion") {
        None => Problem::error(
            "document/unknown-version",
            span,
            "unknown version",
            "the document does not say its `apiVersion`",
        ),
        Some(entry) if entry.value.as_str() == Some(API_VERSION) => return,
        Some(entry) => {
            let found = entry.value.as_str().map_or_else(|| entry.value.kind().to_owned(), |text| format!("`{text}`"));
            let detail = format!("`apiVersion` is {found}, and this launchd reads `{API_VERSION}`");
            let span = if entry.value.is_null() { entry.key_span } else { entry.value.span };
            Problem::error("document/unknown-version", span, "unknown version", detail)
        }
    };
    problems.push(problem.hint(hint));
}

/// Adds the secrets, and takes their values out of what the others say.
fn keep_secret(found: Vec<Problem>, node: &Node<'_>, before: usize, problems: &mut Vec<Problem>) {
    for secret in &found {
        let Some(value) = text_at(node, secret.span) else { continue };
        let shown: String = value.chars().take(48).collect();
        if shown.is_empty() {
            continue;
        }
        let mask = |text: &mut String| {
            if text.contains(&shown) {
                *text = text.replace(&shown, &secrets::MASK.to_string().repeat(8));
            }
        };
        for problem in &mut problems[before..] {
            if problem.span.start < secret.span.end && secret.span.start < problem.span.end {
                mask(&mut problem.detail);
                problem.hint.iter_mut().for_each(mask);
            }
        }
    }
    problems.extend(found);
}

fn text_at(node: &Node<'_>, span: Span) -> Option<String> {
    if node.span == span {
        return node.as_str().map(str::to_owned).or_else(|| Some(node.to_json().to_string()));
    }
    let keys = node.entries().iter();
    if let Some(entry) = keys.clone().find(|entry| entry.key_span == span) {
        return Some(entry.key.to_string());
    }
    node.items().iter().chain(keys.map(|entry| &entry.value)).find_map(|child| text_at(child, span))
}

/// Reads a typed value from a node, which may be merged from several files.
///
/// # Errors
/// The node does not fit. The schema tells this earlier and better; what only the types know comes out here.
pub fn typed<'n, T: Deserialize<'n>>(node: &'n Node<'_>) -> Result<T, Box<Problem>> {
    T::deserialize(node).map_err(|NodeError { span, message }| {
        let problem = Problem::error("schema/mismatch", span.unwrap_or(node.span), "value does not fit", message);
        Box::new(problem.hint("write a value of the form that the field's description shows"))
    })
}
