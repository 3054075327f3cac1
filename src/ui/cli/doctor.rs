//! `launchd doctor`: whether everything that launchd needs is there, and what to do where it is not.

mod vendors;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{
    CommandResult, Exit, Session,
    files::{Files, Judged, shown},
    logging,
    output::Format,
};
use crate::ui::render::{
    table::Table,
    text::{Line, Page, Role, count},
    time,
};

const EXAMPLES: &str = "\
Example:
  launchd doctor

It looks and changes nothing. Of a secret it says only whether it is there.
Exit code: 0 all is well, perhaps with warnings; 1 something fails.";

/// Check that everything launchd needs is there.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    area: &'static str,
    health: Health,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, area: &'static str, detail: impl Into<String>) {
        self.0.push(Finding { area, health: Health::Ok, detail: detail.into(), hint: None });
    }

    fn warn(&mut self, area: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding { area, health: Health::Warn, detail: detail.into(), hint: Some(hint.into()) });
    }

    fn fail(&mut self, area: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        self.0.push(Finding { area, health: Health::Fail, detail: detail.into(), hint: Some(hint.into()) });
    }
}

pub async fn run(_: &DoctorArgs, session: &Session<'_>) -> CommandResult {
    session.out.only(&[Format::Human, Format::Json])?;
    let mut findings = Findings::default();
    settings(session, &mut findings);
    let files = Files::of_source(session);
    match &files {
        Ok(files) => {
            let judged = files.judge(&session.settings);
            source(session, &judged, &mut findings);
            vendors::vendors(session, &judged, &mut findings);
        }
        Err(problem) => {
            let why = problem.why.clone().unwrap_or_else(|| problem.what.clone());
            findings.fail("source", why, problem.hints.first().cloned().unwrap_or_default());
        }
    }
    store(session, &mut findings).await;
    git(&mut findings);
    show(session, &findings.0);
    let is_well = findings.0.iter().all(|f| f.health != Health::Fail);
    Ok(if is_well { Exit::Done } else { Exit::NotAsAsked })
}

fn settings(session: &Session<'_>, findings: &mut Findings) {
    let settings = &session.settings;
    match &settings.config {
        Some(config) => findings.ok("settings", format!("{} ({})", shown(&config.value), config.origin)),
        None => findings.warn(
            "settings",
            "no launchd.yaml here or in a folder above; defaults hold",
            "`launchd init` writes one",
        ),
    }
    match &settings.actor {
        Some(actor) => findings.ok("person", format!("{} ({})", actor.value, actor.origin)),
        None => findings.warn("person", "nobody: approvals and the like are refused", "set LAUNCHD_ACTOR to your name"),
    }
    if let Err(problem) = logging::check(settings) {
        findings.fail("logs", problem.what, problem.hints.join("; "));
    }
}

fn source(session: &Session<'_>, judged: &Judged<'_>, findings: &mut Findings) {
    let folder = shown(&session.settings.source.value);
    let launches = &judged.loaded.launches;
    let bad = launches.iter().filter(|l| l.launch.is_none()).count();
    let errors = judged.diagnostics().filter(|d| d.is_error()).count();
    let holds = format!("{folder}: {}", count(launches.len(), "launch", "launches"));
    match (launches.len(), errors) {
        (0, 0) => {
            findings.warn("source", format!("{holds}, so there is nothing to do"), "`launchd new NAME` writes one")
        }
        (_, 0) => findings.ok("source", holds),
        _ => {
            let problems = count(errors, "problem", "problems");
            findings.fail(
                "source",
                format!("{holds}, {bad} of them held; {problems}"),
                "`launchd validate` shows them",
            );
        }
    }
}

async fn store(session: &Session<'_>, findings: &mut Findings) {
    let path = &session.settings.store.value;
    let name = shown(path);
    let store = match session.world.existing_store(&session.settings) {
        Ok(Some(store)) => store,
        Ok(None) => {
            findings.ok("store", format!("{name} is not there yet; the first apply or the daemon makes it"));
            clock(session, None, findings);
            return;
        }
        Err(error) => {
            let problem = super::Problem::from(error);
            let why = problem.why.map(|why| format!("{}: {why}", problem.what)).unwrap_or(problem.what);
            findings.fail("store", why, problem.hints.join("; "));
            return;
        }
    };
    let rows = match store.launches().await {
        Ok(rows) => rows,
        Err(error) => return findings.fail("store", format!("{name}: {error}"), "restore it from a backup"),
    };
    findings.ok("store", format!("{name} holds {}", count(rows.len(), "launch", "launches")));
    if let Some(mode) = open_to_others(path) {
        let hint = format!("chmod 600 {name}");
        findings.warn("store", format!("{name} can be read by other users (mode {mode:o})"), hint);
    }
    let open: u32 = rows.iter().map(|row| row.open_intents).sum();
    let now = session.now();
    match store.holder(now).await {
        Ok(Some(holder)) => {
            let since = time::relative(holder.since, now);
            findings.ok("holder", format!("{} holds the store, since {since}", holder.description));
        }
        Ok(None) if open > 0 => findings.warn(
            "holder",
            format!("nobody is at work, and {} without an outcome", count(open as usize, "call is", "calls are")),
            "the next apply, or the daemon, looks at what became of them first",
        ),
        Ok(None) => findings.ok("holder", "nobody is at work on the store"),
        Err(error) => findings.fail("holder", error.to_string(), "`launchd audit verify` looks at the whole record"),
    }
    let last = rows.iter().map(|row| row.version).max().unwrap_or(0);
    let events = store.events(None, last.saturating_sub(1), 1).await.unwrap_or_default();
    clock(session, events.last().map(|event| event.at), findings);
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}

fn clock(session: &Session<'_>, last: Option<crate::core::model::Timestamp>, findings: &mut Findings) {
    let now = session.now();
    let shown = now.format("%Y-%m-%d %H:%M UTC");
    match last {
        Some(last) if last > now + chrono::TimeDelta::minutes(2) => findings.fail(
            "clock",
            format!("it is {shown} here, and the store's last event is from {}", last.format("%Y-%m-%d %H:%M UTC")),
            "set this machine's clock; everything that launchd does is a matter of time",
        ),
        _ => findings.ok("clock", shown.to_string()),
    }
}

fn git(findings: &mut Findings) {
    let found = Command::new("git").arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    match found {
        Ok(output) if output.status.success() => {
            findings.ok("git", String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        _ => findings.warn("git", "not found", "install it: `launchd diff --base` reads revisions with it"),
    }
}

fn show(session: &Session<'_>, findings: &[Finding]) {
    let settings = session.settings.table();
    if session.out.is_json() {
        let settings: Vec<_> = settings
            .into_iter()
            .map(|(name, value, origin)| json!({ "name": name, "value": value, "origin": origin }))
            .collect();
        session.out.print(&format!("{:#}\n", json!({ "version": 1, "findings": findings, "settings": settings })));
        return;
    }
    let mut page = Page::new();
    let mut table = Table::at(0);
    for finding in findings {
        let (role, word) = match finding.health {
            Health::Ok => (Role::Good, "ok"),
            Health::Warn => (Role::Change, "warn"),
            Health::Fail => (Role::Bad, "FAIL"),
        };
        let mut text = Line::new().plain(&finding.detail);
        if let Some(hint) = finding.hint.as_ref().filter(|h| !h.is_empty()) {
            text = text.add(Role::Dim, ". Try: ").plain(hint);
        }
        table.row([Line::new().add(role, word), Line::new().add(Role::Strong, finding.area), text]);
    }
    table.write(&mut page);
    page.gap();
    page.push(Line::new().add(Role::Strong, "Settings"));
    let mut table = Table::at(2);
    for (name, value, origin) in settings {
        let value = shown(Path::new(&value));
        let root = format!("{}/", session.settings.root.display());
        let origin = origin.replace(&root, "");
        let origin = if origin == "default" { Line::new().add(Role::Dim, origin) } else { Line::new().plain(origin) };
        table.row([Line::new().plain(name), Line::new().plain(value), origin]);
    }
    table.write(&mut page);
    session.out.print(&page.render(&session.view()));
}
