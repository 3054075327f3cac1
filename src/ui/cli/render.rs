//! `launchd render`: one launch as it was resolved, with where each value came from.

use clap::Args;
use serde_json::json;

use super::{
    CommandResult, Exit, Problem, Session,
    files::{Files, Judged},
    launch::{self, unknown},
    output::Format,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            document::Kind,
            library::Library,
            node::{Node, Span},
            read::Document,
            resolve::{LoadedLaunch, resolve, texts},
        },
        model::{launch::Launch, name::Name},
    },
    settings::Settings,
    ui::render::{
        View,
        launch::{Sources, render},
        text::count,
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd render atlas-2               everything that launchd understood
  launchd render atlas-2 --explain     and the file and line of each value
  launchd render atlas-2 -o json       the model, for programs

It reads files and nothing else: no state, no network, no credential, no program.";

/// Show a launch with its profile merged, templates rendered and dates worked out.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RenderArgs {
    /// The launch.
    #[arg(value_name = "LAUNCH")]
    name: String,
    /// Say of each value where it came from.
    #[arg(long)]
    explain: bool,
}

pub fn run(args: &RenderArgs, session: &Session<'_>) -> CommandResult {
    let out = &session.out;
    out.only(&[Format::Human, Format::Yaml, Format::Json])?;
    let name = launch::name(&args.name)?;
    let files = Files::of_source(session)?;
    let judged = files.judge(&session.settings);
    let found = find(&judged, &name)?;
    let Some(launch) = &found.launch else { return Err(invalid(&judged, found)) };
    if out.is_json() {
        out.print(&format!("{:#}\n", json!({ "version": 1, "launch": &**launch })));
        return Ok(Exit::Done);
    }
    let view = session.view();
    let text = match args.explain {
        true => explained(&judged, launch, &session.settings, &view),
        false => render(launch, None, &view),
    };
    out.print(&text);
    let warnings = found.diagnostics.len();
    if warnings > 0 {
        out.note(&format!("\n{}: launchd validate shows them.\n", count(warnings, "warning", "warnings")));
    }
    Ok(Exit::Done)
}

fn find<'j>(judged: &'j Judged<'_>, name: &Name) -> Result<&'j LoadedLaunch, Problem> {
    let launches = &judged.loaded.launches;
    launches.iter().find(|l| l.name.as_ref() == Some(name)).ok_or_else(|| {
        let known: Vec<String> = launches.iter().filter_map(|l| l.name.as_ref()).map(ToString::to_string).collect();
        let problem = unknown("launch", name.as_str(), &known);
        match judged.diagnostics().filter(|d| d.is_error()).count() {
            0 => problem,
            _ => problem.hint("some files have problems, and it may be in one of them: launchd validate"),
        }
    })
}

/// The launch's own problems and those of its file, with their lines.
fn invalid(judged: &Judged<'_>, found: &LoadedLaunch) -> Problem {
    let of_file = |d: &&Diagnostic| d.at.as_ref().is_some_and(|at| at.file == found.file);
    let file = judged.loaded.diagnostics.iter().filter(of_file);
    let all = found.diagnostics.iter().chain(file).filter(|d| d.is_error());
    let name = found.name.as_ref().map(Name::as_str).unwrap_or_default();
    Problem::new(format!("{name} cannot be resolved"))
        .hint("mend what is shown above; `launchd validate` shows the problems of all files")
        .not_as_asked()
        .diagnostics(all.cloned(), judged.documents.iter().map(|f| (f.path.clone(), f.text)))
}

fn explained(judged: &Judged<'_>, launch: &Launch, settings: &Settings, view: &View) -> String {
    let (library, _) = Library::build(&judged.documents);
    let texts = texts(&judged.documents);
    let label = |span| {
        let at = texts.location(span);
        format!("{}:{}", at.file, at.line)
    };
    let own = judged.documents.iter().find_map(|file| {
        let is_it = |d: &&_| -> bool { is_launch(d, &launch.name) };
        file.documents.iter().find(is_it).map(|document| (file, document))
    });
    let resolved = own.map(|(file, document)| resolve(file, document, &library, &settings.policy.value));
    let tree = resolved.as_ref().and_then(|r| r.provenance.as_ref());
    let parameter = |name: &str| {
        let given = tree.and_then(|tree| tree.get("parameters")?.entry(name)).map(|e| e.value.span);
        given.or_else(|| default_of(name, &profile(own?.1)?, &library))
    };
    let sources = tree.map(|tree| Sources { tree, label: &label, parameter: &parameter });
    render(launch, sources.as_ref(), view)
}

/// The profile that a launch names, or that its type is.
fn profile(launch: &Document<'_>) -> Option<Name> {
    let spec = launch.spec()?;
    match spec.get("profile").and_then(Node::as_str) {
        Some(profile) => profile.parse().ok(),
        None => spec.get("launch_type")?.as_str()?.replace('_', "-").parse().ok(),
    }
}

/// Where the nearest of a profile and those that it extends declares a parameter's default.
fn default_of(parameter: &str, profile: &Name, library: &Library<'_>) -> Option<Span> {
    let mut next = Some(profile);
    // A chain that runs in a circle was reported, and ends here.
    for _ in 0..library.profiles.len() {
        let entry = library.profiles.get(next?)?;
        let declared = entry.root.get("parameters").and_then(|p| p.get(parameter)?.entry("default"));
        if let Some(default) = declared {
            return Some(default.value.span);
        }
        next = entry.extends.as_ref();
    }
    None
}

fn is_launch(document: &Document<'_>, name: &Name) -> bool {
    document.kind == Kind::Launch && document.name.as_ref() == Some(name)
}
