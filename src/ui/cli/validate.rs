//! `launchd validate`: all problems of all files at once. Opens no store, calls nobody, runs nothing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    CommandResult, Exit, Problem, Session,
    files::{Files, Judged, shown},
    output::Format,
};
use crate::{
    core::{
        diagnostic::{Diagnostic, Severity},
        manifest::{demanded, resolve::Loaded, weight::weigh_all},
        portfolio::lints::passed,
    },
    settings::{Checked, check},
    ui::render::text::count,
};

const EXAMPLES: &str = "\
Examples:
  launchd validate                             all plan files, and launchd.yaml
  launchd validate launches/atlas-2.yaml       the problems of one file
  launchd validate --strict -o github          in a workflow of GitHub Actions
  launchd validate -o sarif > launchd.sarif    for code scanning

It reads files and nothing else: no state, no network, no credential, no program. It is safe on anybody's pull request.
Exit code: 0 all is well, perhaps with warnings; 1 there are problems; 2 it could not look. More on a code in
brackets: launchd explain CODE.";

/// Check plan files.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ValidateArgs {
    /// Files or folders [default: the source]. One inside the source is judged together with the rest of it.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Warnings count as errors.
    #[arg(long)]
    strict: bool,
}

pub fn run(args: &ValidateArgs, session: &Session<'_>) -> CommandResult {
    let out = &session.out;
    out.only(&[Format::Human, Format::Json, Format::Sarif, Format::Github])?;
    let chosen = choose(args, session)?;
    let judged = chosen.files.judge(&session.settings);
    let settings = settings_problems(args, session, &judged.loaded);
    // What is in a file that cannot be read may matter to those that were asked for.
    let asked = judged.loaded.all_diagnostics().filter(|d| chosen.is_asked(d));
    let mut diagnostics: Vec<Diagnostic> = judged.unreadable().iter().chain(asked).cloned().collect();
    let mut passed = passed(&judged.documents, &judged.loaded, session.now());
    weigh_all(&mut passed, &session.settings.lints);
    diagnostics.extend(passed.into_iter().filter(|d| chosen.is_asked(d)));
    let unknown = demanded::unknown(&judged.documents, &session.settings.credential_names());
    diagnostics.extend(unknown.into_iter().filter(|d| chosen.is_asked(d)));
    let allow = session.settings.exec.allow.as_deref().unwrap_or_default();
    let mut not_allowed = demanded::not_allowed(&judged.documents, allow);
    weigh_all(&mut not_allowed, &session.settings.lints);
    diagnostics.extend(not_allowed.into_iter().filter(|d| chosen.is_asked(d)));
    diagnostics.extend(settings.iter().flat_map(|s| s.diagnostics.iter().cloned()));
    if diagnostics.is_empty() && chosen.files.files.is_empty() {
        diagnostics.push(nothing(session));
    }
    if args.strict {
        for diagnostic in diagnostics.iter_mut().filter(|d| d.severity == Severity::Warning) {
            diagnostic.severity = Severity::Error;
        }
    }
    let mut report = judged.report(&diagnostics);
    if let Some(settings) = &settings {
        report = report.text(&settings.path, &settings.text);
    }
    match out.format {
        Format::Json => out.print(&report.json()),
        Format::Sarif => out.print(&report.sarif()),
        Format::Github => out.print(&report.github()),
        _ => {
            let view = session.view();
            out.print(&report.human(view.colour, view.width));
            out.print(&verdict(&judged, &chosen, &diagnostics));
        }
    }
    Ok(if report.has_errors() { Exit::NotAsAsked } else { Exit::Done })
}

/// The files that are read, and those of them whose problems were asked for.
struct Chosen {
    files: Files,
    /// Shown paths of files, or of folders with a `/` at the end. Empty: all.
    asked: BTreeSet<String>,
}

impl Chosen {
    fn is_asked(&self, diagnostic: &Diagnostic) -> bool {
        match &diagnostic.at {
            Some(at) => self.has(&at.file) || diagnostic.related.iter().any(|r| self.has(&r.at.file)),
            None => true,
        }
    }

    fn has(&self, file: &str) -> bool {
        self.asked.is_empty()
            || self.asked.contains(file)
            || self.asked.iter().any(|a| a == "./" || (a.ends_with('/') && file.starts_with(a)))
    }
}

fn choose(args: &ValidateArgs, session: &Session<'_>) -> Result<Chosen, Problem> {
    if args.paths.is_empty() {
        return Ok(Chosen { files: Files::of_source(session)?, asked: BTreeSet::new() });
    }
    let here = std::env::current_dir().unwrap_or_default();
    let source = &session.settings.source.value;
    let (mut files, mut asked, mut is_source_read) = (Files::default(), BTreeSet::new(), false);
    for path in &args.paths {
        let full = here.join(path);
        let meta = std::fs::metadata(&full).map_err(|e| missing(path, &e))?;
        if full.starts_with(source) && !path.components().any(|c| c == std::path::Component::ParentDir) {
            if !is_source_read {
                files.append(Files::of_source(session)?);
                is_source_read = true;
            }
        } else if meta.is_dir() {
            files.append(Files::of_folder(&full)?);
        } else {
            files.append(Files::of_file(&full)?);
        }
        asked.insert(format!("{}{}", shown(&full), if meta.is_dir() { "/" } else { "" }));
    }
    Ok(Chosen { files, asked })
}

fn missing(path: &Path, error: &std::io::Error) -> Problem {
    let problem = Problem::new(format!("cannot read {}", path.display()));
    match error.kind() {
        std::io::ErrorKind::NotFound => problem.why("there is no such file or folder"),
        _ => problem.why(error.to_string()),
    }
}

/// The settings file is judged with the plan files, unless only some of those were asked for.
fn settings_problems(args: &ValidateArgs, session: &Session<'_>, loaded: &Loaded) -> Option<Checked> {
    let config = session.settings.config.as_ref()?;
    let is_asked = args.paths.is_empty() || args.paths.iter().any(|p| shown(p) == shown(&config.value));
    is_asked.then(|| check(&config.value, &shown(&config.value), loaded.connectors.keys()))?
}

fn nothing(session: &Session<'_>) -> Diagnostic {
    let folder = shown(&session.settings.source.value);
    Diagnostic::warning("source/empty", "no plan files", format!("There is no *.yaml file in {folder}."))
        .hint("Write one with `launchd new NAME`, or name the folder with --source.")
}

/// The last line: how much of it is good.
fn verdict(judged: &Judged<'_>, chosen: &Chosen, diagnostics: &[Diagnostic]) -> String {
    let launches: Vec<_> = judged.loaded.launches.iter().filter(|l| chosen.has(&l.file)).collect();
    let is_bad =
        |file: &str| diagnostics.iter().any(|d| d.is_error() && d.at.as_ref().is_some_and(|at| *at.file == *file));
    let good = launches.iter().filter(|l| l.launch.is_some() && !is_bad(&l.file)).count();
    let files = judged.documents.iter().filter(|f| chosen.has(&f.path)).count();
    let total = count(launches.len(), "launch", "launches");
    let files = count(files, "file", "files");
    match (good == launches.len(), launches.len()) {
        (true, 0) if judged.documents.is_empty() => String::new(),
        (true, 0) => format!("{files}, no launch in {}.\n", if files == "1 file" { "it" } else { "them" }),
        (true, 1) => format!("The launch in {files} is valid.\n"),
        (true, _) => format!("All {total} in {files} are valid.\n"),
        (false, _) => format!("{good} of {total} {} valid.\n", if good == 1 { "is" } else { "are" }),
    }
}
