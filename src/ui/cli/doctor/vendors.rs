//! What plans use: connectors with their addresses and credentials, programs, secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
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
    ui::{
        cli::{Session, files::Judged},
        render::text::list,
    },
};

/// The connectors that plans use, with their addresses and credentials.
pub(super) fn vendors(session: &Session<'_>, judged: &Judged<'_>, findings: &mut Findings) {
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
