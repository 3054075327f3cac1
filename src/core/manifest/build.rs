//! The library built from documents: what each may refer to, and what is wrong with it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    builtin, connector,
    document::{Kind, connector::ConnectorSpec},
    ical::Imports,
    library::{CalendarEntry, ConnectorEntry, LaunchEntry, Library, ProfileEntry, did_you_mean},
    lower,
    node::{Node, NodeValue, Span},
    place::{Step, place_below},
    problem::{Problem, Texts},
    prune,
    read::{Document, FileDocuments, typed},
    resolve::{duplicate, texts},
    team,
};
use crate::core::{diagnostic::Severity, model::name::Name};

impl<'a> Library<'a> {
    /// Builds the library of the catalog and of all files, and says what is wrong with what is in it.
    pub fn build(files: &'a [FileDocuments<'a>]) -> (Self, Vec<Problem>) {
        let (texts, mut imports) = (texts(files), Imports::new(files));
        let mut library = Self::default();
        let mut problems = Vec::new();
        for (name, entry) in builtin::connectors() {
            library.connectors.insert(name.clone(), entry.clone());
        }
        for file in builtin::documents() {
            for document in file.documents.iter().filter(|d| d.kind == Kind::Profile) {
                library.add(file, document, &texts, &mut imports, &mut problems);
            }
        }
        let builtin_profiles: BTreeSet<_> = library.profiles.keys().cloned().collect();
        let mut seen: HashMap<(Kind, &Name), Span> = HashMap::new();
        let foreign = foreign(files.iter().flat_map(|f| &f.documents));
        for (file, document) in files.iter().flat_map(|f| f.documents.iter().map(move |d| (f, d))) {
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
                        library.add(file, document, &texts, &mut imports, &mut problems);
                    }
                }
            }
        }
        library.merge_profiles(&mut problems);
        (library, problems)
    }

    fn add(
        &mut self,
        file: &FileDocuments<'_>,
        document: &'a Document<'a>,
        texts: &Texts<'_>,
        imports: &mut Imports<'_>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(name) = document.name.clone() else { return };
        if document.has_errors {
            problems.extend(further_problems(file, document, imports));
            self.broken.insert((document.kind, name));
            return;
        }
        let result = match document.kind {
            Kind::Profile => ProfileEntry::read(&document.node)
                .map(|p| drop(self.profiles.insert(name.clone(), p)))
                .map_err(|p| vec![*p]),
            Kind::Calendar => match read_calendar(document, imports) {
                Ok((calendar, mut found)) => {
                    problems.append(&mut found);
                    self.calendars.insert(name.clone(), calendar);
                    Ok(())
                }
                Err(found) => Err(found),
            },
            Kind::Team => match team::read(&document.node, &name, texts) {
                Ok((team, mut found)) => {
                    problems.append(&mut found);
                    self.add_team(team);
                    Ok(())
                }
                Err(found) => Err(found),
            },
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

    /// Freezes from which a launch is to be excepted that is not there, once all launches are known.
    pub(super) fn check_exceptions(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for calendar in self.calendars.values() {
            for (freeze, span) in calendar.freezes.iter().zip(&calendar.spans) {
                for written in freeze.except.iter().flatten() {
                    let launch = written.split('/').next().unwrap_or_default();
                    if self.launches.contains_key(launch) {
                        continue;
                    }
                    let known = self.launches.keys().map(Name::as_str);
                    problems.push(
                        Problem::warning(
                            "reference/unknown-launch",
                            *span,
                            "unknown launch",
                            format!(
                                "`{written}` is to go on in the freeze `{}`, and there is no launch `{launch}`.",
                                freeze.name
                            ),
                        )
                        .hint(did_you_mean(launch, known)),
                    );
                }
            }
        }
        problems
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
                || matches!(entry.value.get("cancelled").map(|c| &c.value), Some(NodeValue::Bool(true)));
            if gone {
                ids.remove(&*entry.key);
            } else {
                ids.insert(&entry.key);
            }
        }
        Some(ids)
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

/// Reads a calendar, with what is worth a word about it.
fn read_calendar(
    document: &Document<'_>,
    imports: &mut Imports<'_>,
) -> Result<(CalendarEntry, Vec<Problem>), Vec<Problem>> {
    let tree = document.spec().unwrap_or(&document.node);
    let (calendar, found) = CalendarEntry::read(tree, typed(tree).map_err(|p| vec![*p])?, imports);
    if found.iter().any(|p| p.severity == Severity::Error) { Err(found) } else { Ok((calendar, found)) }
}

/// What else is wrong with a calendar or profile that has problems of shape: it is looked at without the parts that have
/// them.
fn further_problems(file: &FileDocuments<'_>, document: &Document<'_>, imports: &mut Imports<'_>) -> Vec<Problem> {
    let Some(known) = prune::told(file) else { return Vec::new() };
    let rest = prune::without(&document.node, &known);
    let mut problems = match (document.kind, rest.get("spec")) {
        (Kind::Calendar, Some(spec)) => {
            let (mut tree, mut misfits) = (spec.clone(), Vec::new());
            let spec = prune::fitting(&mut tree, &mut misfits);
            misfits.extend(spec.map(|spec| CalendarEntry::read(&tree, spec, imports).1).unwrap_or_default());
            misfits
        }
        (Kind::Profile, _) => ProfileEntry::read(&rest).err().map(|problem| *problem).into_iter().collect(),
        _ => Vec::new(),
    };
    problems.retain(|p| !prune::may_follow(p, true) && !known.contains(&p.span));
    problems
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

/// The launches whose milestones some other document needs.
pub(super) fn foreign<'f, 'd: 'f>(documents: impl IntoIterator<Item = &'f Document<'d>>) -> BTreeSet<&'f str> {
    let mut wanted = BTreeSet::new();
    let mut collect = |node: Option<&'f Node<'_>>| {
        for item in node.map(Node::items).unwrap_or_default() {
            wanted.extend(item.as_str().and_then(|t| t.split_once('/')).map(|(launch, _)| launch));
        }
    };
    for document in documents {
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
