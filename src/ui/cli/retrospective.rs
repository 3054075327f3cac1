//! `launchd report --kind retrospective`: finished launches by their profile, and a patch of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    CommandResult, Exit, Problem, Session, desk,
    files::{Files, shown},
    launch,
    output::Format,
    past,
};
use crate::{
    core::{
        manifest::{document::Kind, library::Library, node::Node, read::FileDocuments},
        model::name::Name,
        review::retrospective::{Finished, Lesson, Retrospective, patch},
    },
    edges::store::{Store, memory::MemoryStore},
    ui::{
        api::Document,
        documents::{html, markdown, retrospective as page, terminal},
        render::text::count,
    },
};

pub async fn run(wanted: Option<&str>, label: &[String], session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Markdown, Format::Html, Format::Json, Format::Patch])?;
    let store = session.world.existing_store(&session.settings)?;
    let store = store.unwrap_or_else(|| Arc::new(MemoryStore::default()) as Arc<dyn Store>);
    let mut finished = past::finished(store.as_ref()).await?;
    let labels = desk::labels(label)?;
    finished.retain(|f| {
        let own = f.revisions.last().map(|(_, launch)| &launch.labels);
        own.is_some_and(|own| labels.iter().all(|(k, v)| own.get(*k).map(String::as_str) == Some(*v)))
    });
    let files = Files::of_source(session)?;
    let judged = files.judge(&session.settings);
    let (library, _) = Library::build(&judged.documents);
    let mut groups = by_profile(finished, &judged.documents);
    if let Some(text) = wanted {
        let profile = profile_of(text, &groups, &judged.documents)?;
        let own = groups.remove(&profile).unwrap_or_default();
        if !library.bases.contains_key(profile.as_str()) {
            let problem =
                Problem::new(format!("the profile `{profile}` cannot be used, so nothing can be proposed for it"));
            return Err(problem
                .why("it has errors of its own, or its file is gone")
                .hint("`launchd validate` shows what is wrong with the files"));
        }
        groups = [(profile, own)].into();
    }
    let found = Shelf { session, documents: &judged.documents, library: &library }.retrospective(&groups);
    let command = match wanted {
        Some(name) => format!("launchd report {name} --kind retrospective"),
        None => "launchd report --kind retrospective".to_owned(),
    };
    let document = || page::document(&found, &command);
    session.out.print(&match session.out.format {
        Format::Json => Document::new("Report", &found).pretty(),
        Format::Markdown => markdown::render(&document()),
        Format::Html => html::render(&document()),
        Format::Patch => return Ok(print_patch(&found, session)),
        _ => terminal::render(&document(), &session.view()),
    });
    Ok(Exit::Done)
}

/// Only the patch on standard output; what a person has to know beside it goes to standard error.
fn print_patch(found: &Retrospective, session: &Session<'_>) -> Exit {
    session.out.print(&found.patches.iter().map(|p| p.text.as_str()).collect::<String>());
    for lesson in &found.lessons {
        if let Some(line) = &lesson.plan_line {
            session
                .out
                .note(&format!("{}: a plan uses the new profile with `{line}` under its spec\n", lesson.profile));
        }
        for id in &lesson.by_hand {
            session.out.note(&format!("{}: {id} has to be changed by hand; the report says how\n", lesson.profile));
        }
    }
    if found.patches.is_empty() {
        let most = found.lessons.iter().map(Lesson::samples).max().unwrap_or(0);
        let measured = count(most, "launch", "launches");
        session.out.note(&format!(
            "nothing to propose: of each kind of milestone, {measured} at most could be measured; the report without -o \
             patch says what is needed\n"
        ));
        return Exit::NotAsAsked;
    }
    Exit::Done
}

/// The profile that each launch of the files names, or the built-in one of its type.
fn profiles(documents: &[FileDocuments<'_>]) -> BTreeMap<Name, Name> {
    let launches = documents.iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Launch);
    let profile = |spec: &Node<'_>| -> Option<Name> {
        match spec.get("profile").and_then(Node::as_str) {
            Some(profile) => profile.parse().ok(),
            None => spec.get("launch_type")?.as_str()?.replace('_', "-").parse().ok(),
        }
    };
    launches.filter_map(|d| Some((d.name.clone()?, profile(d.spec()?)?))).collect()
}

/// A launch whose file is gone counts for its type.
fn by_profile(finished: Vec<Finished>, documents: &[FileDocuments<'_>]) -> BTreeMap<Name, Vec<Finished>> {
    let profiles = profiles(documents);
    let mut groups: BTreeMap<Name, Vec<Finished>> = BTreeMap::new();
    for one in finished {
        let Some((_, launch)) = one.revisions.last() else { continue };
        let by_type = || launch.launch_type.as_str().replace('_', "-").parse().ok();
        if let Some(profile) = profiles.get(&launch.name).cloned().or_else(by_type) {
            groups.entry(profile).or_default().push(one);
        }
    }
    groups
}

fn profile_of(
    text: &str,
    groups: &BTreeMap<Name, Vec<Finished>>,
    documents: &[FileDocuments<'_>],
) -> Result<Name, Problem> {
    let name = launch::name(text)?;
    let written = profiles(documents);
    if let Some(profile) = written.get(&name) {
        return Ok(profile.clone());
    }
    let is_meant = |f: &Finished| f.revisions.last().is_some_and(|(_, launch)| launch.name == name);
    let found = groups.iter().find(|(_, group)| group.iter().any(is_meant));
    let known: Vec<String> = written.keys().map(ToString::to_string).collect();
    found.map(|(profile, _)| profile.clone()).ok_or_else(|| launch::unknown("launch", text, &known))
}

/// The profiles with the files that they are written in.
struct Shelf<'s> {
    session: &'s Session<'s>,
    documents: &'s [FileDocuments<'s>],
    library: &'s Library<'s>,
}

impl Shelf<'_> {
    fn retrospective(&self, groups: &BTreeMap<Name, Vec<Finished>>) -> Retrospective {
        let mut lessons = Vec::new();
        // A file may hold several profiles: it is edited by one after the other and compared once.
        let mut files: BTreeMap<String, (Option<&str>, String)> = BTreeMap::new();
        for (profile, finished) in groups {
            let Some(base) = self.library.bases.get(profile.as_str()) else { continue };
            let file = self.file(profile);
            let mut lesson = Lesson::of(profile.clone(), file.map(|f| f.path.to_string()), &base.spec, finished);
            if !lesson.changes.is_empty() {
                match file {
                    Some(file) => {
                        let entry = files.entry(file.path.to_string());
                        let (_, text) = entry.or_insert_with(|| (Some(file.text), file.text.to_owned()));
                        (*text, lesson.by_hand) = patch::edited(text, &lesson);
                    }
                    None => {
                        let (name, path) = self.free_name(profile);
                        let (text, by_hand) = patch::written(&name, &lesson);
                        files.insert(path, (None, text));
                        (lesson.by_hand, lesson.plan_line) = (by_hand, Some(format!("profile: {name}")));
                    }
                }
            }
            lessons.push(lesson);
        }
        let patch = |(path, (before, after)): (&String, &(Option<&str>, String))| {
            patch::diff(&self.patch_path(path), *before, after)
        };
        let patches = files.iter().filter_map(patch).collect();
        Retrospective { report: "retrospective", at: self.session.now(), lessons, patches }
    }

    /// The file of a profile; `None` for a built-in one.
    fn file(&self, profile: &Name) -> Option<&FileDocuments<'_>> {
        let entry = self.library.profiles.get(profile)?;
        self.documents.iter().find(|file| file.id == entry.root.span.file)
    }

    /// A name and a file that nothing has yet, for a profile over a built-in one.
    fn free_name(&self, profile: &Name) -> (String, String) {
        let source = &self.session.settings.source.value;
        let names =
            std::iter::once(format!("{profile}-measured")).chain((2..).map(|n| format!("{profile}-measured-{n}")));
        let free = names.map(|name| {
            let path = shown(&source.join("profiles").join(format!("{name}.yaml")));
            (name, path)
        });
        let is_free = |(name, path): &(String, String)| {
            !self.library.bases.contains_key(name) && self.documents.iter().all(|file| *file.path != **path)
        };
        free.into_iter().find(is_free).expect("some number is free")
    }

    /// As `git apply` takes it: below the working folder, or below the folder of plan files where that is elsewhere.
    fn patch_path(&self, path: &str) -> String {
        let source = shown(&self.session.settings.source.value);
        let is_elsewhere = Path::new(path).is_absolute() || Path::new(path).starts_with("..");
        let below: PathBuf = match Path::new(path).strip_prefix(source) {
            Ok(below) if is_elsewhere => below.to_owned(),
            _ => PathBuf::from(path),
        };
        below.display().to_string()
    }
}
