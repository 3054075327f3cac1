//! From what `launchd.yaml` says of vendors, secrets and programs to what the executors need.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use url::Url;

use super::{file::SettingsError, resolve::Settings};
use crate::core::{
    manifest::document::{Auth, ConnectorSettings, RateSettings, SecretField},
    model::{
        connector::{self, Connector, ExecSettings, HttpSettings, Rate, Reach, http},
        name::Name,
        secret::SecretReference,
    },
    schedule,
};

/// What the executors need of the settings. There is no value of a secret in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExecutorSettings {
    pub http: HttpSettings,
    pub exec: ExecSettings,
    /// Every secret by its name. One that is written right at its connector is named by its place:
    /// `connectors.jira.token`.
    pub secrets: BTreeMap<String, SecretReference>,
}

/// Variables of launchd's own environment that programs see unless settings say otherwise.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(300);

impl Settings {
    /// What the executors need, with `connectors` for what each asks of its settings; `path` is this process's `PATH`.
    ///
    /// A secret that names no hosts may go where settings send the connectors that use it, and where a compiled-in
    /// connector that uses it has its vendor. Elsewhere it is refused.
    ///
    /// # Errors
    /// A secret has no place or two, a credential is not one that its connector asks for, or a value does not fit.
    pub fn executors(
        &self,
        connectors: &BTreeMap<Name, Arc<Connector>>,
        path: Option<&str>,
    ) -> Result<ExecutorSettings, SettingsError> {
        let mut made = Making { root: &self.root, out: ExecutorSettings::default() };
        for (name, secret) in &self.secrets {
            let reference = secret.reference().ok_or_else(|| SettingsError::Value {
                what: format!("secrets.{name} says neither or both of `env` and `file`"),
                hint: format!("write `{name}: {{ env: NAME }}` or `{name}: {{ file: PATH }}`"),
            })?;
            made.secret(name.as_str(), &reference);
            if let Some(hosts) = secret.hosts.as_ref().filter(|h| !h.is_empty()) {
                made.out.http.secret_hosts.insert(name.to_string(), hosts.clone());
            }
        }
        for (name, written) in &self.connectors {
            let settings = made.connector(name, written, connectors.get(name).map(Arc::as_ref))?;
            made.out.http.connectors.insert(name.clone(), settings);
        }
        made.out.http.per_host = Some(self.per_host.value);
        made.bind(self, connectors);
        made.out.exec = self.exec(path)?;
        Ok(made.out)
    }

    fn exec(&self, path: Option<&str>) -> Result<ExecSettings, SettingsError> {
        let default = ExecSettings::default();
        let visible: Vec<String> = match &self.exec.env {
            Some(names) => names.clone(),
            None => INHERITED.map(str::to_owned).to_vec(),
        };
        let timeout_max = match &self.exec.timeout {
            None => PROGRAM_TIMEOUT,
            Some(text) => {
                schedule::parse_duration(text.as_str()).map(Duration::from_secs).map_err(|e| SettingsError::Value {
                    what: format!("exec.timeout `{text}` is no length of time: {e}"),
                    hint: "write it as 30s or 10m".to_owned(),
                })?
            }
        };
        let path = path.filter(|_| visible.iter().any(|name| name == "PATH"));
        Ok(ExecSettings {
            allow: self.exec.allow.clone().unwrap_or_default(),
            path: path.map_or(default.path, str::to_owned),
            env_allow: visible.into_iter().filter(|name| name != "PATH").collect(),
            directory: self.exec_root.value.clone(),
            timeout_max,
        })
    }
}

struct Making<'a> {
    root: &'a Path,
    out: ExecutorSettings,
}

impl Making<'_> {
    /// A file is meant relative to the settings file.
    fn secret(&mut self, name: &str, reference: &SecretReference) {
        let reference = match reference {
            SecretReference::File(path) => SecretReference::File(self.root.join(path).to_string_lossy().into_owned()),
            env @ SecretReference::Env(_) => env.clone(),
        };
        self.out.secrets.insert(name.to_owned(), reference);
    }

    /// The name of the secret that a credential is.
    fn credential(&mut self, connector: &Name, role: &str, field: &SecretField) -> Result<String, SettingsError> {
        let reference = match field {
            SecretField::Secret(name) if self.out.secrets.contains_key(name.as_str()) => return Ok(name.to_string()),
            SecretField::Secret(name) => {
                return Err(SettingsError::Value {
                    what: format!(
                        "connectors.{connector} uses the secret `{name}`, and `secrets` has none of this name"
                    ),
                    hint: format!("add `{name}: {{ env: NAME }}` under `secrets`, or write `{{ env: NAME }}` here"),
                });
            }
            SecretField::Env(name) => SecretReference::Env(name.clone()),
            SecretField::File(path) => SecretReference::File(path.clone()),
        };
        let name = format!("connectors.{connector}.{role}");
        self.secret(&name, &reference);
        Ok(name)
    }

    fn connector(
        &mut self,
        name: &Name,
        written: &ConnectorSettings,
        known: Option<&Connector>,
    ) -> Result<connector::ConnectorSettings, SettingsError> {
        let mut credentials = BTreeMap::new();
        let mut auth = None;
        if let Some(own) = &written.auth {
            if written.credentials.is_some() {
                return Err(SettingsError::Value {
                    what: format!("connectors.{name} has both `auth` and `credentials`"),
                    hint: "`auth` brings its own credentials; keep one of the two".to_owned(),
                });
            }
            let (scheme, fields) = scheme(own);
            for (role, field) in fields {
                credentials.insert(role.to_owned(), self.credential(name, role, field)?);
            }
            auth = Some(scheme);
        }
        for (role, field) in written.credentials.iter().flatten() {
            if let Some(api) = known.and_then(|c| c.http.as_ref()) {
                asked_for(name, role.as_str(), &api.auth)?;
            }
            credentials.insert(role.to_string(), self.credential(name, role.as_str(), field)?);
        }
        if let Some(url) = &written.base_url {
            if host(url).is_none() {
                return Err(SettingsError::Value {
                    what: format!("connectors.{name}.base_url `{url}` is no address"),
                    hint: "write it with https://, such as https://example.atlassian.net".to_owned(),
                });
            }
        }
        Ok(connector::ConnectorSettings {
            base_url: written.base_url.clone(),
            auth,
            credentials,
            reach: if written.allow_private_network == Some(true) { Reach::Private } else { Reach::Public },
            concurrency: None,
            rate: written.rate.as_ref().map(|r| rate(name, r)).transpose()?.flatten(),
            max_body_bytes: None,
        })
    }

    /// Binds every credential without hosts of its own to where its connectors are.
    fn bind(&mut self, settings: &Settings, connectors: &BTreeMap<Name, Arc<Connector>>) {
        let written = |name: &String| {
            let hosts = settings.secrets.iter().find(|(n, _)| n.as_str() == name).and_then(|(_, s)| s.hosts.as_ref());
            hosts.is_some_and(|h| !h.is_empty())
        };
        let mut bound: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, connector) in &self.out.http.connectors {
            let mut hosts: Vec<String> = connector.base_url.as_deref().and_then(host).into_iter().collect();
            if let Some(http::Auth::Oauth2ClientCredentials(http::ClientCredentialsAuth { token_url, .. }))
            | Some(http::Auth::Oauth2RefreshToken(http::RefreshTokenAuth { token_url, .. })) = &connector.auth
            {
                hosts.extend(host(token_url));
            }
            if let Some(api) = connectors.get(name).filter(|c| c.builtin).and_then(|c| c.http.as_ref())
                && connector.base_url.is_none()
            {
                hosts.extend(api.hosts.iter().cloned());
                hosts.extend(api.base_url.as_deref().and_then(host));
            }
            for secret in connector.credentials.values().filter(|s| !written(s)) {
                bound.entry(secret.clone()).or_default().extend(hosts.iter().cloned());
            }
        }
        for (name, mut hosts) in bound {
            hosts.sort();
            hosts.dedup();
            if !hosts.is_empty() {
                self.out.http.secret_hosts.insert(name, hosts);
            }
        }
    }
}

/// The scheme with a role for each credential, and where each is found.
fn scheme(written: &Auth) -> (http::Auth, Vec<(&'static str, &SecretField)>) {
    let role = str::to_owned;
    match written {
        Auth::None => (http::Auth::None, Vec::new()),
        Auth::Basic { username, password } => (
            http::Auth::Basic(http::BasicAuth { username: Some(role("username")), password: role("password") }),
            vec![("username", username), ("password", password)],
        ),
        Auth::Bearer { token } => {
            (http::Auth::Bearer(http::BearerAuth { token: role("token") }), vec![("token", token)])
        }
        Auth::Header { name, value } => (
            http::Auth::Header(http::HeaderAuth { name: name.clone(), prefix: String::new(), token: role("value") }),
            vec![("value", value)],
        ),
        Auth::Oauth2ClientCredentials { token_url, client_id, client_secret, scopes } => (
            http::Auth::Oauth2ClientCredentials(http::ClientCredentialsAuth {
                token_url: token_url.clone(),
                client_id: role("client_id"),
                client_secret: role("client_secret"),
                scopes: scopes.clone().unwrap_or_default(),
            }),
            vec![("client_id", client_id), ("client_secret", client_secret)],
        ),
        Auth::Oauth2RefreshToken { token_url, client_id, client_secret, refresh_token, scopes } => (
            http::Auth::Oauth2RefreshToken(http::RefreshTokenAuth {
                token_url: token_url.clone(),
                client_id: role("client_id"),
                client_secret: client_secret.as_ref().map(|_| role("client_secret")),
                refresh_token: role("refresh_token"),
                scopes: scopes.clone().unwrap_or_default(),
            }),
            [("client_id", client_id), ("refresh_token", refresh_token)]
                .into_iter()
                .chain(client_secret.as_ref().map(|s| ("client_secret", s)))
                .collect(),
        ),
    }
}

fn asked_for(connector: &Name, role: &str, auth: &http::Auth) -> Result<(), SettingsError> {
    let roles = auth.credentials();
    if roles.contains(&role) {
        return Ok(());
    }
    let hint = match roles.as_slice() {
        [] => "it asks for none; remove it, or say with `auth` how requests prove who they are from".to_owned(),
        roles => format!("it asks for {}", roles.join(" and ")),
    };
    Err(SettingsError::Value { what: format!("connectors.{connector} has no credential `{role}`"), hint })
}

fn rate(connector: &Name, written: &RateSettings) -> Result<Option<Rate>, SettingsError> {
    let Some(per_second) = written.per_second else { return Ok(None) };
    let interval = Duration::try_from_secs_f64(1.0 / per_second).ok().filter(|_| per_second > 0.0);
    let interval_micros = interval.and_then(|i| u64::try_from(i.as_micros()).ok());
    match interval_micros {
        Some(interval_micros) => Ok(Some(Rate { interval_micros, burst: written.burst.unwrap_or(1).max(1) })),
        None => Err(SettingsError::Value {
            what: format!("connectors.{connector}.rate.per_second is {per_second}"),
            hint: "write a number above zero, such as 5, or 0.5 for one request in two seconds".to_owned(),
        }),
    }
}

/// The host of an `https` or `http` address.
fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|u| matches!(u.scheme(), "https" | "http"))?;
    url.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
