//! `launchd shift`: what moving T does, before it is done.

use std::{collections::BTreeSet, fs, path::Path};

use chrono::NaiveDate;
use clap::Args;

use super::{CommandResult, Exit, Problem, Session, clashes, files::Files, launch, output::Format, whole};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            document::Kind,
            library::Library,
            node::{Node, Span},
            place::{Step, place},
            read::FileDocuments,
            resolve::{Loaded, resolve},
        },
        model::{launch::Launch, name::Name, source::SourceFile, state::LaunchState},
        portfolio::{
            clashes::{Changed, World, changed},
            impact,
        },
        schedule::{Anchor, Base, Written, WrittenDate, shift::Shift},
        template,
    },
    ui::{
        api::{Document, shift as api},
        render::{
            shift as page,
            text::{Line, Page, Role},
        },
    },
};

const EXAMPLES: &str = "\
Examples:
  launchd shift atlas-2 --to 2027-05-06      what moves, what breaks, which sign-offs become void
  launchd shift atlas-2 --by 2w              two weeks later; -1w is earlier, 10bd counts business days
  launchd shift atlas-2 --by 2w --write      and change the date in the plan file, and nothing else

Exit code: 0 nothing breaks, or it was written; 1 something breaks; 2 it could not tell. Asks no vendor.";

/// Show what moving the target date does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("new date").required(true).args(["to", "by"]))]
pub struct ShiftArgs {
    /// The launch.
    #[arg(value_name = "LAUNCH")]
    launch: String,
    /// The new target date; a bare date keeps the time of day.
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// How far to move it: `2w`, `10d`, `5bd`; with a minus it is earlier.
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    by: Option<String>,
    /// Change the date in the plan file, unless the files would have errors then.
    #[arg(long)]
    write: bool,
}

/// Where the target date is written.
struct Target {
    /// Which of the files.
    file: usize,
    span: Span,
    line: usize,
    text: String,
}

pub async fn run(args: &ShiftArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let name = launch::name(&args.launch)?;
    let files = Files::of_source(session)?;
    let judged = files.judge(&session.settings);
    let before = judged.loaded.launches.iter().find(|l| l.name.as_ref() == Some(&name));
    let Some(before) = before else {
        let known: Vec<String> =
            judged.loaded.launches.iter().filter_map(|l| Some(l.name.as_ref()?.to_string())).collect();
        return Err(launch::unknown("launch", &args.launch, &known));
    };
    let Some(old) = before.launch.clone() else {
        return Err(Problem::new(format!("{name} has errors, so its dates cannot be told"))
            .hint(format!("launchd validate shows them: {}", before.file)));
    };
    let target = find(&judged.documents, &name)?;
    let text = moved(args, &target.text, &old)?;
    if text == target.text {
        return nothing_moves(&old, &text, session);
    }
    let changed = replaced(&files.files[target.file], &target, &text);
    let after_files = files.with(&changed);
    let after = after_files.judge(&session.settings);
    let Some(new) = understood(&after.documents, &name, session) else {
        let told = after.diagnostics().filter(|d| d.is_error());
        session.out.complain(&after.report(told).human(false, session.view().width));
        return Err(Problem::new(format!("with `{text}` as its target date, {name} cannot be understood")));
    };
    let store = session.world.existing_store(&session.settings)?;
    let state = match &store {
        Some(store) => store.state(&name).await?,
        None => LaunchState::default(),
    };
    let mut shift = Shift::of(&old, &new, &state, session.now());
    let others = judged.loaded.launches.iter().filter_map(|l| l.launch.as_deref()).filter(|l| l.name != name);
    let others: Vec<&Launch> = others.collect();
    let with = |own| [&others[..], &[own]].concat();
    impact::across(std::slice::from_mut(&mut shift), &with(&*old), &with(&new), &judged.loaded.teams);
    let mut collisions = collisions(&judged.loaded, (&*old, &new), session);
    if let Some(store) = &store {
        clashes::forget_those_over(vec![&mut collisions], store.as_ref()).await?;
    }
    let mut news = news(judged.diagnostics(), after.diagnostics());
    let errors = news.iter().any(|d| d.is_error());
    if session.out.is_json() {
        let (written, date) = (args.write && !errors, text.clone());
        let body = api::Preview { written, date, shift: &shift, collisions: &collisions, problems: &news };
        session.out.print(&Document::new("Shift", body).pretty());
    } else {
        news.retain(|d| !TOLD.contains(&d.code) || d.is_error());
        session.out.print(&page::full(&shift, &collisions, &session.view()));
        if !news.is_empty() {
            let view = session.view();
            session.out.print(&format!("\n{}", after.report(news.iter().copied()).human(view.colour, view.width)));
        }
    }
    if errors {
        let problem =
            Problem::new("the files would have errors, so nothing was written").hint("move the dates above first");
        return if args.write { Err(problem.not_as_asked()) } else { Ok(Exit::NotAsAsked) };
    }
    let done = finish(args, session, &files.files[target.file], &changed, (&target, &text))?;
    Ok(if shift.breaks() && !args.write { Exit::NotAsAsked } else { done })
}

/// What the preview says in its own words.
const TOLD: [&str; 5] = [
    "lint/due-on-holiday",
    "lint/due-in-freeze",
    "lint/due-before-other-launch",
    "lint/pre-launch-after-target",
    "lint/over-allocated",
];

/// The date is the one that is written already.
fn nothing_moves(launch: &Launch, text: &str, session: &Session<'_>) -> CommandResult {
    if session.out.is_json() {
        let shift = &Shift::of(launch, launch, &LaunchState::default(), session.now());
        let collisions = &Changed::default();
        let body = api::Preview { written: false, date: text.to_owned(), shift, collisions, problems: &[] };
        session.out.print(&Document::new("Shift", body).pretty());
    } else {
        session.out.print(&format!("{}: nothing moves; its target date is {text} already.\n", launch.name));
    }
    Ok(Exit::Done)
}

/// What the move makes the launch collide with, and what it frees it from.
fn collisions(loaded: &Loaded, (old, new): (&Launch, &Launch), session: &Session<'_>) -> Changed {
    let others = || loaded.launches.iter().filter_map(|l| l.launch.as_deref()).filter(|l| l.name != old.name);
    let now = session.now();
    let (mut before, mut after) = (World::of(others(), now), World::of(others(), now));
    changed((old, &mut before), (new, &mut after))
}

fn finish(
    args: &ShiftArgs,
    session: &Session<'_>,
    old: &SourceFile,
    new: &SourceFile,
    (target, text): (&Target, &str),
) -> CommandResult {
    let (place, line) = (format!("{}:{}", old.path, target.line), format!("`target_date: {text}`"));
    let mut page = Page::new();
    page.push(if args.write {
        write(Path::new(&*old.path), &old.bytes, &new.bytes)?;
        let line = Line::new().add(Role::Name, place).plain(" now says ").add(Role::Name, line);
        line.plain("; ").add(Role::Name, "`launchd diff`").plain(" shows what follows.")
    } else {
        let line_of = Line::new().plain("Nothing was written; with --write, ").add(Role::Name, place);
        line_of.plain(" says ").add(Role::Name, line).plain(".")
    });
    let told = page.render(&session.view());
    if session.out.is_json() {
        session.out.complain(&told)
    } else {
        session.out.print(&format!("\n{told}"))
    }
    Ok(Exit::Done)
}

/// Where the launch's own document says its target date.
fn find(documents: &[FileDocuments<'_>], name: &Name) -> Result<Target, Problem> {
    for (file, read) in documents.iter().enumerate() {
        let own = read.documents.iter().find(|d| d.kind == Kind::Launch && d.name.as_ref() == Some(name));
        let Some(document) = own else { continue };
        let written = document.node.get("spec").and_then(|s| s.get("target_date"));
        let Some((node, text)) = written.and_then(|n| Some((n, Node::as_str(n)?))) else { break };
        if template::is_template(text) {
            return Err(Problem::new(format!("the target date of {name} is computed: {text}"))
                .hint("change what it is computed from"));
        }
        let span = place(&document.node, &[Step::Key("spec"), Step::Key("target_date")]);
        let span = if span.start < span.end { span } else { node.span };
        let line = read.text[..span.start as usize].matches('\n').count() + 1;
        return Ok(Target { file, span, line, text: text.to_owned() });
    }
    Err(Problem::new(format!("the target date of {name} is not written in its own file"))
        .hint("write `target_date` under its `spec`"))
}

/// The new date as it is written: as exact as the old one, unless more was said.
fn moved(args: &ShiftArgs, old: &str, launch: &Launch) -> Result<String, Problem> {
    let day = match (&args.to, &args.by) {
        (Some(to), _) => {
            let Ok(WrittenDate::Absolute(written)) = to.parse::<WrittenDate>() else {
                return Err(
                    Problem::new(format!("`{to}` is no date")).hint("write it as 2027-05-06 or 2027-05-06T09:00")
                );
            };
            match written {
                Written::Day(day) => day,
                _ => return Ok(to.clone()),
            }
        }
        (None, by) => shifted(by.as_deref().unwrap_or_default(), launch)?,
    };
    Ok(format!("{day}{}", old.get(10..).unwrap_or_default()))
}

fn shifted(by: &str, launch: &Launch) -> Result<NaiveDate, Problem> {
    let length = by.trim().trim_start_matches('+');
    let sign = if length.starts_with('-') { "" } else { "+" };
    let wrong =
        || Problem::new(format!("`{by}` is no length")).hint("write days, weeks or business days: 10d, 2w, 5bd, -1w");
    let Ok(WrittenDate::Relative { base: Base::Target, shifts }) = format!("T{sign}{length}").parse() else {
        return Err(wrong());
    };
    let target = Anchor::of(Written::Instant(launch.target), launch.timezone);
    let moved = target.shifted(&shifts, launch.timezone, &launch.calendar).map_err(|e| wrong().why(e.to_string()))?;
    Ok(moved.day())
}

/// The file with another date, all else byte for byte.
fn replaced(file: &SourceFile, target: &Target, text: &str) -> SourceFile {
    let (start, end) = (target.span.start as usize, target.span.end as usize);
    let quote = file.bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let mut bytes = file.bytes[..start].to_vec();
    bytes.extend(quote);
    bytes.extend(text.as_bytes());
    bytes.extend(quote);
    bytes.extend(&file.bytes[end..]);
    SourceFile { path: file.path.clone(), bytes: bytes.into() }
}

/// The launch as far as it can be understood.
fn understood(documents: &[FileDocuments<'_>], name: &Name, session: &Session<'_>) -> Option<Launch> {
    let (library, _) = Library::build(documents);
    let (file, document) = documents.iter().find_map(|file| {
        let own = file.documents.iter().find(|d| d.kind == Kind::Launch && d.name.as_ref() == Some(name));
        own.map(|document| (file, document))
    })?;
    let resolved = resolve(file, document, &library, &session.settings.policy.value);
    resolved.launch.or(resolved.draft)
}

/// What is said of the files after and was not said of them before.
fn news<'d>(
    before: impl Iterator<Item = &'d Diagnostic>,
    after: impl Iterator<Item = &'d Diagnostic>,
) -> Vec<&'d Diagnostic> {
    let place = |d: &Diagnostic| d.at.as_ref().map(|at| (at.file.clone(), at.line));
    // A lint that said the same of other dates is no news.
    let known: BTreeSet<_> = before.map(|d| (d.code, place(d))).collect();
    after.filter(|d| !known.contains(&(d.code, place(d)))).collect()
}

/// Replaces the file as a whole, if it is still what was read. A link stays a link.
fn write(path: &Path, old: &[u8], new: &[u8]) -> Result<(), Problem> {
    let failed = |e: std::io::Error| Problem::new(format!("{} cannot be written", path.display())).why(e.to_string());
    let real = fs::canonicalize(path).map_err(failed)?;
    if fs::read(&real).map_err(failed)? != old {
        return Err(Problem::new(format!("{} was changed in between", path.display())).hint("run it again"));
    }
    whole::replace(&real, new).map_err(failed)
}
