//! Documents to desired launches: everything of all files at once, with every problem there is.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    builtin, connector,
    document::{Kind, LaunchSpec, Parameter, connector::ConnectorSpec},
    library::{CalendarEntry, ConnectorEntry, LaunchEntry, Library, ProfileEntry, did_you_mean},
    lower::{self, Input},
    merge::{merge, without_nulls},
    node::{LineIndex, Node, Span},
    place::{Step, place, place_below},
    problem::{Problem, Texts},
    read::{Document, FileDocuments, read, typed},
};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    model::{
        connector::Connector,
        launch::{Launch, Policy},
        name::{Id, Name},
        source::{Location, SourceFile},
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
    /// Files with a document that launches may build on: a profile, calendar, team or connector, or settings.
    pub shared: BTreeSet<Arc<str>>,
    /// The connectors that the files bring, beside the catalog's.
    pub connectors: BTreeMap<Name, Arc<Connector>>,
}

/// One launch of the files.
#[derive(Debug)]
pub struct LoadedLaunch {
    /// `None` when not even its name can be read.
    pub name: Option<Name>,
    pub file: Arc<str>,
    /// `None`: it has errors, and is held at its last good revision.
    pub launch: Option<Arc<Launch>>,
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
    pub problems: Vec<Problem>,
    /// The merged spec: each node's span says which file it came from. For `render --explain`.
    pub provenance: Option<Node<'a>>,
}

/// Reads and resolves all files. Never fails: what is wrong is among the diagnostics.
pub fn load(files: &[SourceFile], policy: &Policy) -> Loaded {
    let read: Vec<_> = files.iter().enumerate().map(|(i, f)| read(f, builtin::file_id(i))).collect();
    load_documents(&read, policy)
}

/// [`load`] for files that were read already, perhaps by several threads.
pub fn load_documents(files: &[FileDocuments<'_>], policy: &Policy) -> Loaded {
    let texts = texts(files);
    let (library, problems) = Library::build(files);
    let mut diagnostics: Vec<_> = files.iter().flat_map(|f| f.diagnostics.iter().cloned()).collect();
    diagnostics.extend(problems.into_iter().map(|p| texts.diagnostic(p)));
    let duplicates = duplicates(files);
    let mut launches = Vec::new();
    for file in files {
        let lines = LineIndex::new(if file.documents.len() > 1 { file.text } else { "" });
        for document in file.documents.iter().filter(|d| d.kind == Kind::Launch) {
            let mut problems = Vec::new();
            let mut launch = None;
            if !document.has_errors && document.name.is_some() {
                let source = source(file, document, &lines);
                let resolved = resolve_at(document, &library, policy, source);
                launch = resolved.launch.filter(|_| !file.is_broken());
                problems = resolved.problems;
            }
            if let Some(others) = document.name.as_ref().and_then(|n| duplicates.get(n)) {
                launch = None;
                problems.push(duplicate(document, others));
            }
            problems.sort_by_key(|p| (p.span.file != document.span.file, p.span.start));
            launches.push(LoadedLaunch {
                name: document.name.clone(),
                file: file.path.clone(),
                launch: launch.map(Arc::new),
                diagnostics: problems.into_iter().map(|p| texts.diagnostic(p)).collect(),
            });
        }
    }
    let broken = files.iter().filter(|f| f.is_broken()).map(|f| f.path.clone()).collect();
    let mut shared = BTreeSet::new();
    let mut connectors = BTreeMap::new();
    for file in files {
        for document in file.documents.iter().filter(|d| d.kind != Kind::Launch) {
            shared.insert(file.path.clone());
            let own = document.name.as_ref().filter(|_| document.kind == Kind::Connector);
            if let Some((name, entry)) = own.and_then(|n| library.connectors.get_key_value(n)) {
                connectors.insert(name.clone(), Arc::new(entry.connector.clone()));
            }
        }
    }
    Loaded { launches, diagnostics, broken, shared, connectors }
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

fn resolve_at<'a>(
    document: &'a Document<'a>,
    library: &Library<'a>,
    policy: &Policy,
    source: Location,
) -> Resolved<'a> {
    let nothing = |problems| Resolved { launch: None, problems, provenance: None };
    let (Some(name), Some(own)) = (&document.name, document.spec()) else { return nothing(Vec::new()) };
    let base = match library.base_of(own, document.span) {
        Ok(base) => base,
        Err(problem) => return nothing(vec![*problem]),
    };
    let tree = match base {
        Some(base) => merge(&base.spec, own),
        None => without_nulls(own),
    };
    let (launch, problems) = match typed::<LaunchSpec>(&tree) {
        Err(problem) => (None, vec![*problem]),
        Ok(spec) => {
            let input = Input {
                name,
                labels: labels(&document.node),
                spec: &spec,
                tree: &tree,
                own: &document.node,
                parameters: base.map(|b| b.parameters.iter().map(|(id, p)| (id, p)).collect()).unwrap_or_default(),
                library,
                policy,
                source,
            };
            lower::lower(&input)
        }
    };
    let failed = problems.iter().any(|p| p.severity == Severity::Error);
    Resolved { launch: launch.filter(|_| !failed), problems, provenance: Some(tree) }
}

fn labels(root: &Node<'_>) -> BTreeMap<String, String> {
    let labels = root.get("metadata").and_then(|m| m.get("labels")).map(Node::entries).unwrap_or_default();
    labels.iter().filter_map(|e| Some((e.key.to_string(), e.value.as_str()?.to_owned()))).collect()
}

/// Where a document starts. The first of a file is found without counting lines.
fn source(file: &FileDocuments<'_>, document: &Document<'_>, lines: &LineIndex<'_>) -> Location {
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

/// Launches that are named more than once, with each place.
fn duplicates<'f>(files: &'f [FileDocuments<'_>]) -> HashMap<&'f Name, Vec<Span>> {
    let mut places: HashMap<&Name, Vec<Span>> = HashMap::new();
    for document in files.iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Launch) {
        if let Some(name) = &document.name {
            places.entry(name).or_default().push(document.span);
        }
    }
    places.retain(|_, spans| spans.len() > 1);
    places
}

fn duplicate(document: &Document<'_>, places: &[Span]) -> Problem {
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

/// A profile with everything that it extends.
#[derive(Debug)]
pub struct Base<'a> {
    pub spec: Node<'a>,
    pub parameters: BTreeMap<Id, Parameter>,
}

impl<'a> Library<'a> {
    /// Builds the library of the catalog and of all files, and says what is wrong with what is in it.
    pub fn build(files: &'a [FileDocuments<'a>]) -> (Self, Vec<Problem>) {
        let mut library = Self::default();
        let mut problems = Vec::new();
        for (name, entry) in builtin::connectors() {
            library.connectors.insert(name.clone(), entry.clone());
        }
        for file in builtin::documents() {
            for document in file.documents.iter().filter(|d| d.kind == Kind::Profile) {
                library.add(document, &mut problems);
            }
        }
        let builtin_profiles: BTreeSet<_> = library.profiles.keys().cloned().collect();
        let mut seen: HashMap<(Kind, &Name), Span> = HashMap::new();
        let foreign = foreign(files);
        for document in files.iter().flat_map(|f| &f.documents) {
            let Some(name) = &document.name else { continue };
            match document.kind {
                Kind::Launch => library.add_launch(name, document, foreign.contains(name.as_str())),
                Kind::Settings => {}
                kind => {
                    let first = seen.insert((kind, name), document.span);
                    let builtin = kind == Kind::Profile && builtin_profiles.contains(name)
                        || kind == Kind::Connector && builtin::connectors().iter().any(|(n, _)| n == name);
                    if let Some(first) = first {
                        problems.push(duplicate(document, &[first, document.span]));
                    } else if builtin {
                        problems.push(reserved(document, name));
                    } else {
                        library.add(document, &mut problems);
                    }
                }
            }
        }
        library.merge_profiles(&mut problems);
        (library, problems)
    }

    fn add(&mut self, document: &'a Document<'a>, problems: &mut Vec<Problem>) {
        let Some(name) = document.name.clone() else { return };
        if document.has_errors {
            self.broken.insert((document.kind, name));
            return;
        }
        let result = match document.kind {
            Kind::Profile => ProfileEntry::read(&document.node)
                .map(|p| drop(self.profiles.insert(name.clone(), p)))
                .map_err(|p| vec![p]),
            Kind::Calendar => CalendarEntry::read(&document.node)
                .map(|(calendar, found)| {
                    problems.extend(found);
                    self.calendars.insert(name.clone(), calendar);
                })
                .map_err(|p| vec![p]),
            Kind::Team => typed(&document.node).map(|team| self.add_team(name.clone(), team)).map_err(|p| vec![*p]),
            Kind::Connector => {
                read_connector(document, &name).map(|c| drop(self.connectors.insert(name.clone(), Arc::new(c))))
            }
            Kind::Launch | Kind::Settings => Ok(()),
        };
        if let Err(found) = result {
            problems.extend(found);
            self.broken.insert((document.kind, name));
        }
    }

    fn add_launch(&mut self, name: &Name, document: &'a Document<'a>, wanted: bool) {
        let milestones = if wanted { document.spec() } else { None };
        self.launches.entry(name.clone()).or_insert(LaunchEntry { own: milestones, name_span: document.span });
    }

    /// The ids of another launch's milestones, its profile's included.
    pub(super) fn milestones_of(&self, launch: &Name) -> Option<BTreeSet<&str>> {
        let entry = self.launches.get(launch)?;
        let own = entry.own?;
        let base = self.base_of(own, entry.name_span).ok().flatten();
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        if let Some(base) = base.and_then(|b| b.spec.get("milestones")) {
            ids.extend(base.entries().iter().map(|e| &*e.key));
        }
        for entry in own.get("milestones").map(Node::entries).unwrap_or_default() {
            let gone = entry.value.is_null()
                || matches!(entry.value.get("cancelled").map(|c| &c.value), Some(super::node::NodeValue::Bool(true)));
            if gone {
                ids.remove(&*entry.key);
            } else {
                ids.insert(&entry.key);
            }
        }
        Some(ids)
    }

    /// What a launch is written over: its profile, or the built-in one of its type.
    ///
    /// # Errors
    /// There is no such profile, or it cannot be used.
    pub(super) fn base_of(&self, own: &Node<'_>, whole: Span) -> Result<Option<&Base<'a>>, Box<Problem>> {
        let (field, written) = match own.get("profile").and_then(Node::as_str) {
            Some(profile) => ("profile", Cow::Borrowed(profile)),
            None => match own.get("launch_type").and_then(Node::as_str) {
                Some(launch_type) => ("launch_type", Cow::Owned(launch_type.replace('_', "-"))),
                None => return Ok(None),
            },
        };
        let span = own.get(field).map_or(whole, |n| n.span);
        if let Some(base) = self.bases.get(&*written) {
            return Ok(Some(base));
        }
        let is_broken = written
            .parse()
            .is_ok_and(|n: Name| self.broken.contains(&(Kind::Profile, n.clone())) || self.profiles.contains_key(&n));
        if is_broken {
            return Err(Box::new(
                Problem::error(
                    "profile/broken",
                    span,
                    "a profile with errors",
                    format!("The profile `{written}` has errors of its own, so this launch cannot be resolved."),
                )
                .hint("Mend the profile first."),
            ));
        }
        let known = self.profiles.keys().map(Name::as_str);
        Err(Box::new(
            Problem::error(
                "reference/unknown-profile",
                span,
                "unknown profile",
                format!("There is no `kind: Profile` named `{written}`."),
            )
            .hint(did_you_mean(&written, known)),
        ))
    }

    /// Merges each profile over what it extends.
    fn merge_profiles(&mut self, problems: &mut Vec<Problem>) {
        let names: Vec<_> = self.profiles.keys().cloned().collect();
        for name in names {
            let mut chain = Vec::new();
            let mut next = Some(name.clone());
            let mut whole = true;
            while let Some(current) = next {
                if chain.contains(&current) {
                    if chain[0] == current && chain.iter().min() == Some(&current) {
                        problems.push(self.profile_cycle(&chain));
                    }
                    whole = false;
                    break;
                }
                let Some(entry) = self.profiles.get(&current) else {
                    if chain.len() == 1 && !self.broken.contains(&(Kind::Profile, current.clone())) {
                        let child = &self.profiles[&chain[0]];
                        let known = self.profiles.keys().map(Name::as_str);
                        problems.push(
                            Problem::error(
                                "reference/unknown-profile",
                                child.extends_span,
                                "unknown profile",
                                format!("`{}` extends `{current}`, and there is no such profile.", chain[0]),
                            )
                            .hint(did_you_mean(current.as_str(), known)),
                        );
                    }
                    whole = false;
                    break;
                };
                next = entry.extends.clone();
                chain.push(current);
            }
            if !whole {
                continue;
            }
            let mut spec: Option<Node<'a>> = None;
            let mut parameters = BTreeMap::new();
            for link in chain.iter().rev() {
                let entry = &self.profiles[link];
                parameters.extend(entry.parameters.iter().map(|(id, p)| (id.clone(), p.clone())));
                if let Some(own) = entry.root.get("spec") {
                    spec = Some(spec.map_or_else(|| without_nulls(own), |base| merge(&base, own)));
                }
            }
            if let Some(spec) = spec {
                self.bases.insert(name.to_string(), Base { spec, parameters });
            }
        }
    }

    fn profile_cycle(&self, chain: &[Name]) -> Problem {
        let names: Vec<_> = chain.iter().map(|n| format!("`{n}`")).collect();
        let mut problem = Problem::error(
            "profile/cycle",
            self.profiles[&chain[0]].extends_span,
            "profiles that extend each other",
            format!("{} → `{}`: no profile of this circle has a beginning.", names.join(" → "), chain[0]),
        )
        .hint("Let one of them extend a built-in profile, or none.");
        for name in &chain[1..] {
            problem = problem.related(self.profiles[name].extends_span, format!("`{name}` is one of them"));
        }
        problem
    }
}

fn reserved(document: &Document<'_>, name: &Name) -> Problem {
    let kind = document.kind;
    Problem::error(
        "name/reserved",
        document.span,
        "a name of launchd's own",
        format!("`{name}` is a built-in {}, and is not replaced.", kind.as_str().to_lowercase()),
    )
    .hint(if kind == Kind::Profile {
        format!("Give yours a name of its own, and let it say `extends: {name}`.")
    } else {
        "Give yours a name of its own.".to_owned()
    })
}

fn read_connector(document: &Document<'_>, name: &Name) -> Result<ConnectorEntry, Vec<Problem>> {
    let spec_node = document.spec().unwrap_or(&document.node);
    let spec: ConnectorSpec = typed(spec_node).map_err(|p| vec![*p])?;
    let lowered = connector::lower(name.clone(), spec, false);
    let problem = |p: connector::SpecProblem| {
        let span = place_below(&document.node, &[Step::Key("spec")], &p.pointer);
        let problem =
            Problem::error("connector/invalid", span, "a connector that cannot work", lower::sentence(&p.detail));
        match p.hint {
            Some(hint) => problem.hint(lower::sentence(&hint)),
            None => problem,
        }
    };
    lowered.map(ConnectorEntry::new).map_err(|found| found.into_iter().map(problem).collect())
}

/// The launches whose milestones another launch needs.
fn foreign<'f>(files: &'f [FileDocuments<'_>]) -> BTreeSet<&'f str> {
    let mut wanted = BTreeSet::new();
    let mut collect = |node: Option<&'f Node<'_>>| {
        for item in node.map(Node::items).unwrap_or_default() {
            wanted.extend(item.as_str().and_then(|t| t.split_once('/')).map(|(launch, _)| launch));
        }
    };
    for document in files.iter().flat_map(|f| &f.documents) {
        let Some(spec) = document.spec() else { continue };
        for milestone in spec.get("milestones").map(Node::entries).unwrap_or_default() {
            collect(milestone.value.get("needs"));
            for activity in milestone.value.get("activities").map(Node::entries).unwrap_or_default() {
                collect(activity.value.get("needs"));
            }
        }
        for area in ["marketing", "sales", "support", "monitoring"] {
            let timeline = spec.get(area).and_then(|a| a.get("timeline")).map(Node::entries).unwrap_or_default();
            for window in timeline {
                for activity in window.value.get("activities").map(Node::entries).unwrap_or_default() {
                    collect(activity.value.get("needs"));
                }
            }
        }
    }
    wanted
}

/// The span of what stands at a path of a document, for `render --explain` and tests.
pub fn span_at(root: &Node<'_>, path: &[Step<'_>]) -> Span {
    place(root, path)
}
