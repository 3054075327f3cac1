//! `launchd doctor`: whether everything that launchd needs is there, and what to do where it is not.

use std::{
    collections::{BTreeMap, BTreeSet},
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
use crate::{
    core::{
        manifest::{
            connector::builtins,
            document::{Auth, SecretField},
        },
        model::{
            check::Question,
            connector::{Connector, ExecutorKind, http},
            launch::Launch,
            name::Name,
            secret::{SecretReference, secret_name},
        },
    },
    edges::executors::secrets::{ReferencedSecrets, SecretSource},
    ui::render::{
        table::Table,
        text::{Line, Page, Role, count, list},
        time,
    },
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
            vendors(session, &judged, &mut findings);
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

/// The connectors that plans use, with their addresses and credentials.
fn vendors(session: &Session<'_>, judged: &Judged<'_>, findings: &mut Findings) {
    let mut connectors: BTreeMap<Name, _> = builtins();
    connectors.extend(judged.loaded.connectors.clone());
    let mut used: BTreeMap<&Name, BTreeSet<&str>> = BTreeMap::new();
    let mut secrets: BTreeSet<String> = BTreeSet::new();
    for launch in judged.loaded.launches.iter().filter_map(|l| l.launch.as_deref()) {
        uses(launch, &mut used, &mut secrets);
    }
    for name in session.settings.connectors.keys() {
        used.entry(name).or_default();
    }
    for (name, launches) in used {
        let Some(connector) = connectors.get(name) else { continue };
        let by = match launches.is_empty() {
            true => "no launch uses it".to_owned(),
            false => format!("used by {}", list(&launches.into_iter().collect::<Vec<_>>(), 3)),
        };
        match connector.executor {
            ExecutorKind::Human => {}
            ExecutorKind::Exec => programs(session, &by, findings),
            ExecutorKind::Http => vendor(session, connector, &by, findings),
        }
    }
    for name in secrets {
        let reference =
            session.settings.secrets.iter().find(|(n, _)| n.as_str() == name).and_then(|(_, s)| s.reference());
        match reference {
            None => findings.fail(
                "secrets",
                format!("{name} is used by a plan, and settings do not say where it is found"),
                format!("add {name}: {{ env: NAME }} under `secrets` in launchd.yaml"),
            ),
            Some(reference) => match missing(session, &name, reference) {
                Some(why) => findings.fail("secrets", why, "set it where launchd runs"),
                None => findings.ok("secrets", format!("{name} is there")),
            },
        }
    }
}

fn uses<'l>(launch: &'l Launch, used: &mut BTreeMap<&'l Name, BTreeSet<&'l str>>, secrets: &mut BTreeSet<String>) {
    let probes = launch.milestones.iter().flat_map(|m| &m.checks).filter_map(|c| match &c.question {
        Question::Probe { uses, with } => Some((uses, with)),
        _ => None,
    });
    let metrics = launch.metrics.values().map(|m| (&m.uses, &m.with));
    for (uses, with) in launch.activities.iter().map(|a| (&a.uses, &a.with)).chain(probes).chain(metrics) {
        used.entry(&uses.connector).or_default().insert(launch.name.as_str());
        collect(&with.value, secrets);
    }
}

fn collect(value: &serde_json::Value, secrets: &mut BTreeSet<String>) {
    if let Some(name) = secret_name(value) {
        secrets.insert(name.to_owned());
    }
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        serde_json::Value::Object(map) => map.values().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}

fn programs(session: &Session<'_>, by: &str, findings: &mut Findings) {
    let allow = session.settings.exec.allow.clone().unwrap_or_default();
    match allow.is_empty() {
        true => findings.warn(
            "exec",
            format!("no program may run ({by})"),
            "list the programs under `exec.allow` in launchd.yaml",
        ),
        false => findings.ok("exec", format!("{} may run ({by})", list(&allow, 6))),
    }
}

fn vendor(session: &Session<'_>, connector: &Connector, by: &str, findings: &mut Findings) {
    let name = &connector.name;
    let hint = format!("`launchd connectors {name}` shows what to write in launchd.yaml");
    let written = session.settings.connectors.get(name);
    let Some(http) = &connector.http else { return };
    let has_own = http.base_url.is_some() || http.hosts.is_empty();
    if !has_own && written.and_then(|w| w.base_url.as_ref()).is_none() {
        return findings.fail("vendor", format!("{name} has no address ({by})"), hint);
    }
    let fields = written.and_then(|w| w.auth.as_ref()).map(credentials).unwrap_or_default();
    if fields.is_empty() && !matches!(http.auth, http::Auth::None) && written.is_none_or(|w| w.auth.is_none()) {
        return findings.fail("vendor", format!("{name} has no credentials ({by})"), hint);
    }
    let needs_nothing = fields.is_empty();
    for (role, field) in fields {
        let reference = match field {
            SecretField::Env(variable) => Some(SecretReference::Env(variable.clone())),
            SecretField::File(path) => Some(SecretReference::File(path.clone())),
            SecretField::Secret(secret) => session.settings.secrets.get(secret).and_then(|s| s.reference()),
        };
        let why = match reference {
            None => Some(format!("the {role} of {name} is a secret that settings do not know")),
            Some(reference) => missing(session, &format!("{name}.{role}"), reference),
        };
        if let Some(why) = why {
            return findings.fail("vendor", format!("{why} ({by})"), "set it where launchd runs");
        }
    }
    findings.ok(
        "vendor",
        match needs_nothing {
            true => format!("{name} needs no credentials ({by})"),
            false => format!("{name} has an address and credentials ({by})"),
        },
    );
}

/// Why a secret has no value here; the value itself is dropped at once.
fn missing(session: &Session<'_>, name: &str, reference: SecretReference) -> Option<String> {
    let reference = match reference {
        SecretReference::File(path) => {
            SecretReference::File(session.settings.root.join(path).to_string_lossy().into_owned())
        }
        env @ SecretReference::Env(_) => env,
    };
    let source = ReferencedSecrets([(name.to_owned(), reference)].into());
    source.secret(name).err().map(|e| e.to_string())
}

fn credentials(auth: &Auth) -> Vec<(&'static str, &SecretField)> {
    match auth {
        Auth::None => Vec::new(),
        Auth::Basic { username, password } => vec![("username", username), ("password", password)],
        Auth::Bearer { token } => vec![("token", token)],
        Auth::Header { value, .. } => vec![("value", value)],
        Auth::Oauth2ClientCredentials { client_id, client_secret, .. } => {
            vec![("client_id", client_id), ("client_secret", client_secret)]
        }
        Auth::Oauth2RefreshToken { client_id, client_secret, refresh_token, .. } => {
            let secret = client_secret.iter().map(|s| ("client_secret", s));
            [("client_id", client_id), ("refresh_token", refresh_token)].into_iter().chain(secret).collect()
        }
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
