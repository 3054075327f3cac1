//! Documents to desired launches: everything of all files at once, with every problem there is.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    builtin, currency,
    library::Library,
    loading::Loading,
    lower::{self, Input},
    merge::{merge, without_nulls},
    node::{LineIndex, Node, Span},
    place::{Step, place},
    problem::{Problem, Texts},
    prune,
    read::{Document, FileDocuments, read},
};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    model::{
        connector::Connector,
        launch::{Launch, Policy},
        name::Name,
        source::{Location, SourceFile},
        team::Teams,
    },
};

/// What all files ask for.
#[derive(Debug)]
pub struct Loaded {
    /// Every launch that a file names, in the order of files; also those that cannot be used.
    pub launches: Vec<LoadedLaunch>,
    /// Everything else: problems of files, profiles, calendars, teams, connectors, and of settings' shape.
    pub diagnostics: Vec<Diagnostic>,
    /// Files of which nothing may be concluded, because they could not be read as a whole.
    pub broken: Vec<Arc<str>>,
    /// Files with no document in them, which say nothing about the launches that were there.
    pub empty: BTreeSet<Arc<str>>,
    /// Files that launches may build on: with a profile, calendar, team or connector, or settings; and iCalendar files.
    pub shared: BTreeSet<Arc<str>>,
    /// The connectors that the files bring, beside the catalog's.
    pub connectors: BTreeMap<Name, Arc<Connector>>,
    /// The teams of the files, less those with errors.
    pub teams: Teams,
}

/// One launch of the files.
#[derive(Debug)]
pub struct LoadedLaunch {
    /// `None` when not even its name can be read.
    pub name: Option<Name>,
    pub file: Arc<str>,
    /// `None`: it has errors, and is held at its last good revision.
    pub launch: Option<Arc<Launch>>,
    /// Where it does not resolve: the launches whose milestones it may wait for, as far as they have names.
    pub awaits: BTreeSet<Name>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// All diagnostics, those of the files first.
    pub fn all_diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().chain(self.launches.iter().flat_map(|l| &l.diagnostics))
    }

    pub fn has_errors(&self) -> bool {
        self.all_diagnostics().any(Diagnostic::is_error)
    }
}

/// One launch, resolved.
#[derive(Debug)]
pub struct Resolved<'a> {
    /// `None` when there was an error.
    pub launch: Option<Launch>,
    /// Where there was an error: the launch as far as it can be understood, to compare and never to follow.
    pub draft: Option<Launch>,
    pub problems: Vec<Problem>,
    /// The merged spec: each node's span says which file it came from. For `render --explain`.
    pub provenance: Option<Node<'a>>,
    /// Whether the library was asked for another launch.
    pub reaches: bool,
}

/// Reads and resolves all files. Never fails: what is wrong is among the diagnostics.
pub fn load(files: &[SourceFile], policy: &Policy) -> Loaded {
    let read: Vec<_> = files.iter().enumerate().map(|(i, f)| read(f, builtin::file_id(i))).collect();
    load_documents(&read, policy)
}

/// [`load`] for files that were read already.
pub fn load_documents(files: &[FileDocuments<'_>], policy: &Policy) -> Loaded {
    let loading = Loading::new(files);
    let mut launches: Vec<_> = (0..files.len()).map(|i| loading.launches_of(i, policy)).collect();
    loading.hold_cycles(&mut launches);
    loading.finish(launches.into_iter().flatten().collect())
}

/// The texts of the catalog and of these files, for turning problems into diagnostics.
pub fn texts<'t>(files: &'t [FileDocuments<'_>]) -> Texts<'t> {
    let mut texts = Texts::new();
    for file in builtin::documents() {
        texts.insert(file.id, file.path.clone(), file.text);
    }
    for file in files {
        texts.insert(file.id, file.path.clone(), file.text);
    }
    texts
}

/// Resolves one launch. Pure; any number of threads may share the library.
pub fn resolve<'a>(
    file: &FileDocuments<'a>,
    document: &'a Document<'a>,
    library: &Library<'a>,
    policy: &Policy,
) -> Resolved<'a> {
    let lines = LineIndex::new(if file.documents.len() > 1 { file.text } else { "" });
    resolve_at(document, library, policy, source(file, document, &lines))
}

pub(super) fn resolve_at<'a>(
    document: &'a Document<'a>,
    library: &Library<'a>,
    policy: &Policy,
    source: Location,
) -> Resolved<'a> {
    let nothing = |problems| Resolved { launch: None, draft: None, problems, provenance: None, reaches: false };
    let (Some(name), Some(own)) = (&document.name, document.spec()) else { return nothing(Vec::new()) };
    let base = match library.base_of(own, document.span) {
        Ok(base) => base,
        Err(problem) => return nothing(vec![*problem]),
    };
    let mut tree = match base {
        Some(base) => merge(&base.spec, own),
        None => without_nulls(own),
    };
    let mut misfits = Vec::new();
    let mut reaches = false;
    let (launch, mut problems) = match prune::fitting(&mut tree, &mut misfits) {
        None => (None, Vec::new()),
        Some(spec) => {
            let input = Input {
                name,
                labels: labels(&document.node),
                spec: &spec,
                tree: &tree,
                own: &document.node,
                parameters: base.map(|b| b.parameters.iter().collect()).unwrap_or_default(),
                library,
                policy,
                source,
                reaches: Cell::new(false),
            };
            let lowered = lower::lower(&input);
            reaches = input.reaches.get();
            lowered
        }
    };
    problems.extend(base.and_then(|base| currency::changed(&base.spec, own)));
    if !misfits.is_empty() {
        problems.retain(|p| !prune::may_follow(p, true));
        problems.extend(misfits);
    }
    problems.iter_mut().for_each(|problem| show_own(problem, document));
    let failed = problems.iter().any(|p| p.severity == Severity::Error);
    let (launch, draft) = if failed { (None, launch) } else { (launch, None) };
    Resolved { launch, draft, problems, provenance: Some(tree), reaches }
}

/// What stands in the catalog alone is shown at the launch, too: nobody can look there, and it says nothing of whose it is.
fn show_own(problem: &mut Problem, document: &Document<'_>) {
    let is_own = |span: &Span| span.file == document.span.file;
    if builtin::is_built_in(problem.span.file) && !problem.related.iter().any(|(span, _)| is_own(span)) {
        let name = document.name.as_ref().map(Name::as_str).unwrap_or_default();
        let place = place(&document.node, &[Step::Key("metadata"), Step::Key("name")]);
        problem.related.push((place, format!("it is so in the launch `{name}`")));
    }
}

/// What else is wrong with a launch that has problems of shape: it is looked at without the parts that have them.
pub(super) fn further_problems<'a>(
    file: &FileDocuments<'a>,
    document: &Document<'a>,
    library: &Library<'_>,
    policy: &Policy,
    source: Location,
) -> Vec<Problem> {
    let (Some(name), Some(known)) = (document.name.clone(), prune::told(file)) else { return Vec::new() };
    let rest = Document { name: Some(name), node: prune::without(&document.node, &known), ..document.clone() };
    // Without its type or profile, a launch lacks most of what it refers to.
    if rest.spec().is_none_or(|own| own.get("profile").or(own.get("launch_type")).is_none()) {
        return Vec::new();
    }
    let mut problems = resolve_at(&rest, library, policy, source).problems;
    let names = ["schema/wrong-name", "schema/wrong-type", "schema/missing-field"];
    let named = file.diagnostics.iter().any(|d| names.contains(&d.code));
    problems.retain(|p| !prune::may_follow(p, named) && !known.contains(&p.span));
    problems
}

fn labels(root: &Node<'_>) -> BTreeMap<String, String> {
    let labels = root.get("metadata").and_then(|m| m.get("labels")).map(Node::entries).unwrap_or_default();
    labels.iter().filter_map(|e| Some((e.key.to_string(), e.value.as_str()?.to_owned()))).collect()
}

/// Where a document starts. The first of a file is found without counting lines.
pub(super) fn source(file: &FileDocuments<'_>, document: &Document<'_>, lines: &LineIndex<'_>) -> Location {
    let span = document.node.entries().first().map_or(document.node.span, |e| e.key_span);
    let (line, column) = if file.documents.len() > 1 {
        let position = lines.position(span.start);
        (position.line, position.column)
    } else {
        let before = file.text.get(..span.start as usize).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), 1)
    };
    Location { file: file.path.clone(), line, column, start: span.start, end: span.end }
}

pub(super) fn duplicate(document: &Document<'_>, places: &[Span]) -> Problem {
    let name = document.name.as_ref().map(Name::as_str).unwrap_or_default();
    let kind = document.kind;
    let mut problem = Problem::error(
        "name/duplicate-document",
        document.span,
        "two documents with one name",
        format!(
            "`kind: {kind}` with the name `{name}` is written {} times; which one is meant cannot be told.",
            places.len()
        ),
    )
    .hint("Rename or remove all but one. A launch's state belongs to its name.");
    for other in places.iter().filter(|s| **s != document.span) {
        problem = problem.related(*other, "also here");
    }
    problem
}
