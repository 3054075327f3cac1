//! From `launchd.yaml` to what executors need: addresses, auth, and which secret each credential is.

use std::{collections::BTreeMap, time::Duration};

use url::Url;

use crate::{
    core::{
        manifest::document::{self, SecretField},
        model::{
            connector::{
                ConnectorSettings, HttpSettings, Rate, Reach,
                http::{Auth, BasicAuth, BearerAuth, ClientCredentialsAuth, HeaderAuth, RefreshTokenAuth},
            },
            name::Name,
            secret::SecretReference,
        },
        schedule::parse_duration,
    },
    edges::executors::secrets::ReferencedSecrets,
    settings::Settings,
};

/// Every secret by name: those under `secrets`, and one for each credential that a connector names in place.
pub(super) fn secrets(settings: &Settings) -> ReferencedSecrets {
    let mut found: BTreeMap<String, SecretReference> = BTreeMap::new();
    for (name, secret) in &settings.secrets {
        found.extend(secret.reference().map(|reference| (name.to_string(), reference)));
    }
    for (connector, written) in &settings.connectors {
        for (role, field) in written.auth.iter().flat_map(fields) {
            let reference = match field {
                SecretField::Env(name) => SecretReference::Env(name.clone()),
                SecretField::File(path) => SecretReference::File(path.clone()),
                SecretField::Secret(_) => continue,
            };
            found.insert(in_place(connector, role), reference);
        }
    }
    // A relative file is beside the settings, wherever launchd was started.
    for reference in found.values_mut() {
        if let SecretReference::File(path) = reference {
            *path = settings.root.join(&*path).to_string_lossy().into_owned();
        }
    }
    ReferencedSecrets(found)
}

/// Where each connector is, and with what it proves who it is.
pub(super) fn http(settings: &Settings) -> HttpSettings {
    let mut all = HttpSettings::default();
    for (name, secret) in &settings.secrets {
        if let Some(hosts) = &secret.hosts {
            all.secret_hosts.insert(name.to_string(), hosts.clone());
        }
    }
    for (name, written) in &settings.connectors {
        let mut credentials = BTreeMap::new();
        for (role, field) in written.auth.iter().flat_map(fields) {
            let secret = match field {
                SecretField::Secret(name) => name.to_string(),
                SecretField::Env(_) | SecretField::File(_) => in_place(name, role),
            };
            // What a connector's settings name is for that connector's host, and for no other.
            let host = written.base_url.as_deref().and_then(|url| Url::parse(url).ok()?.host_str().map(str::to_owned));
            if let Some(host) = host {
                let hosts = all.secret_hosts.entry(secret.clone()).or_default();
                let said = settings.secrets.iter().any(|(n, s)| n.as_str() == secret && s.hosts.is_some());
                if !said && !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
            credentials.insert(role.to_owned(), secret);
        }
        let connector = ConnectorSettings {
            base_url: written.base_url.clone(),
            auth: written.auth.as_ref().map(auth),
            credentials,
            reach: if written.allow_private_network == Some(true) { Reach::Private } else { Reach::Public },
            concurrency: Some(settings.per_host.value),
            max_body_bytes: None,
            rate: written.rate.as_ref().and_then(rate),
        };
        all.connectors.insert(name.clone(), connector);
    }
    all
}

/// A duration of the settings, which was checked when they were read.
pub(super) fn length(written: &document::Duration) -> Duration {
    Duration::from_secs(parse_duration(&written.to_string()).unwrap_or_default())
}

fn in_place(connector: &Name, role: &str) -> String {
    format!("connectors.{connector}.{role}")
}

/// The credentials that an auth block names, by role.
fn fields(auth: &document::Auth) -> Vec<(&'static str, &SecretField)> {
    use document::Auth as Written;
    match auth {
        Written::None => Vec::new(),
        Written::Basic { username, password } => vec![("username", username), ("password", password)],
        Written::Bearer { token } => vec![("token", token)],
        Written::Header { value, .. } => vec![("value", value)],
        Written::Oauth2ClientCredentials { client_id, client_secret, .. } => {
            vec![("client_id", client_id), ("client_secret", client_secret)]
        }
        Written::Oauth2RefreshToken { client_id, client_secret, refresh_token, .. } => {
            let mut fields = vec![("client_id", client_id), ("refresh_token", refresh_token)];
            fields.extend(client_secret.iter().map(|secret| ("client_secret", secret)));
            fields
        }
    }
}

fn auth(written: &document::Auth) -> Auth {
    use document::Auth as Written;
    match written {
        Written::None => Auth::None,
        Written::Basic { .. } => {
            Auth::Basic(BasicAuth { username: Some("username".into()), password: "password".into() })
        }
        Written::Bearer { .. } => Auth::Bearer(BearerAuth { token: "token".into() }),
        Written::Header { name, .. } => {
            Auth::Header(HeaderAuth { name: name.clone(), prefix: String::new(), token: "value".into() })
        }
        Written::Oauth2ClientCredentials { token_url, scopes, .. } => {
            Auth::Oauth2ClientCredentials(ClientCredentialsAuth {
                token_url: token_url.clone(),
                client_id: "client_id".into(),
                client_secret: "client_secret".into(),
                scopes: scopes.clone().unwrap_or_default(),
            })
        }
        Written::Oauth2RefreshToken { token_url, client_secret, scopes, .. } => Auth::Oauth2RefreshToken(RefreshTokenAuth {
            token_url: token_url.clone(),
            client_id: "client_id".into(),
            client_secret: client_secret.as_ref().map(|_| "client_secret".into()),
            refresh_token: "refresh_token".into(),
            scopes: scopes.clone().unwrap_or_default(),
        }),
    }
}

/// The spacing of requests; a rate of nothing or less says nothing.
fn rate(written: &document::RateSettings) -> Option<Rate> {
    let per_second = written.per_second.filter(|rate| rate.is_finite() && *rate > 0.0)?;
    let interval = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
    let interval_micros = u64::try_from(interval.as_micros()).ok()?;
    Some(Rate { interval_micros, burst: written.burst.unwrap_or(1) })
}
