//! Credentials: where each secret may go, how a request carries it, and tokens that must be fetched first.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::{
    address::is_loopback_host,
    classify::{Nature, Trouble},
    client::{Bounds, Clients, Prepared},
};
use crate::{
    core::model::{
        connector::{Connector, ConnectorSettings, http::Auth},
        name::Name,
    },
    edges::executors::secrets::{Scrubber, SecretSource},
};

/// A token is renewed so long before it expires.
const MARGIN: Duration = Duration::from_secs(30);

/// Everything that decides whether and which credentials a request gets.
#[derive(Clone, Copy)]
pub(super) struct Wallet<'a> {
    pub connector: &'a Connector,
    pub settings: &'a ConnectorSettings,
    pub secret_hosts: &'a BTreeMap<String, Vec<String>>,
    pub secrets: &'a dyn SecretSource,
}

impl Wallet<'_> {
    /// Refuses to send a secret to a host that it is not bound to, or in the clear.
    ///
    /// # Errors
    /// Why, and what to write in settings if it is meant.
    pub fn check(&self, secret: &str, url: &Url) -> Result<(), Trouble> {
        let host = url.host_str().unwrap_or_default();
        let loopback = is_loopback_host(url);
        let refuse = |detail: String| Err(Trouble::rejected("a secret may not be sent there", detail));
        if url.scheme() != "https" && !loopback {
            return refuse(format!("secret `{secret}` would go to {host} unencrypted; use an https:// address"));
        }
        let bound = match self.secret_hosts.get(secret).filter(|h| !h.is_empty()) {
            Some(hosts) => hosts.iter().any(|pattern| host_matches(pattern, host)),
            None => loopback || self.vendor_hosts().iter().any(|pattern| host_matches(pattern, host)),
        };
        if bound {
            return Ok(());
        }
        refuse(format!(
            "secret `{secret}` is not bound to {host}; if that is meant, say `hosts: [{host}]` for it in launchd.yaml"
        ))
    }

    /// The hosts that a compiled-in connector vouches for.
    fn vendor_hosts(&self) -> Vec<String> {
        let Some(http) = self.connector.http.as_ref().filter(|_| self.connector.builtin) else { return Vec::new() };
        let own = http.base_url.as_deref().and_then(|b| Url::parse(b).ok()?.host_str().map(str::to_owned));
        http.hosts.iter().cloned().chain(own).collect()
    }

    pub fn auth(&self) -> &Auth {
        let own = self.connector.http.as_ref().map_or(&Auth::None, |h| &h.auth);
        self.settings.auth.as_ref().unwrap_or(own)
    }

    fn credential(&self, role: &str, url: &Url, scrubber: &mut Scrubber) -> Result<SecretString, Trouble> {
        let Some(name) = self.settings.credentials.get(role) else {
            return Err(Trouble::rejected(
                "a credential is missing",
                format!(
                    "{} needs the credential `{role}`; name its secret under `connectors.{}.credentials` in launchd.yaml",
                    self.connector.title, self.connector.name
                ),
            ));
        };
        self.check(name, url)?;
        let secret = self.secrets.secret(name).map_err(|e| Trouble::rejected("a secret is missing", e.to_string()))?;
        scrubber.add(name, &secret);
        Ok(secret)
    }
}

/// `*.example.com` stands for every subdomain, and nothing else is a pattern.
fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// Tokens that were fetched, by connector.
#[derive(Default)]
pub(super) struct Tokens(Mutex<BTreeMap<Name, Arc<tokio::sync::Mutex<Cached>>>>);

#[derive(Default)]
struct Cached {
    token: Option<(SecretString, Instant)>,
    /// The vendor rotated it.
    refresh: Option<SecretString>,
}

/// What a request needs to fetch a token with.
#[derive(Clone, Copy)]
pub(super) struct Fetch<'a> {
    pub clients: &'a Clients,
    pub bounds: Bounds,
    pub base: Option<&'a Url>,
}

impl Tokens {
    /// The headers that prove who sends a request to `url`. `stale` fetches a token anew.
    ///
    /// # Errors
    /// A credential is missing or not bound to the host, or no token could be had.
    pub async fn headers(
        &self,
        wallet: Wallet<'_>,
        url: &Url,
        fetch: Fetch<'_>,
        stale: bool,
        scrubber: &mut Scrubber,
    ) -> Result<HeaderMap, Trouble> {
        let (name, text) = match wallet.auth() {
            Auth::None => return Ok(HeaderMap::new()),
            Auth::Basic(basic) => {
                let user = match &basic.username {
                    Some(role) => wallet.credential(role, url, scrubber)?,
                    None => SecretString::from("launchd"),
                };
                let password = wallet.credential(&basic.password, url, scrubber)?;
                let pair = STANDARD.encode(format!("{}:{}", user.expose_secret(), password.expose_secret()));
                (AUTHORIZATION, format!("Basic {pair}"))
            }
            Auth::Bearer(bearer) => {
                (AUTHORIZATION, format!("Bearer {}", wallet.credential(&bearer.token, url, scrubber)?.expose_secret()))
            }
            Auth::Header(header) => {
                let token = wallet.credential(&header.token, url, scrubber)?;
                let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| {
                    Trouble::rejected("the connector is wrong", format!("`{}` is no header name", header.name))
                })?;
                (name, format!("{}{}", header.prefix, token.expose_secret()))
            }
            Auth::Oauth2ClientCredentials(_) | Auth::Oauth2RefreshToken(_) => {
                let token = self.token(wallet, url, fetch, stale, scrubber).await?;
                (AUTHORIZATION, format!("Bearer {}", token.expose_secret()))
            }
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Trouble::rejected("a secret is unusable", "it has a line end or a control character in it"))?;
        value.set_sensitive(true);
        Ok([(name, value)].into_iter().collect())
    }

    async fn token(
        &self,
        wallet: Wallet<'_>,
        url: &Url,
        fetch: Fetch<'_>,
        stale: bool,
        scrubber: &mut Scrubber,
    ) -> Result<SecretString, Trouble> {
        let name = &wallet.connector.name;
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default().clone();
        let mut cached = cell.lock().await;
        if stale {
            cached.token = None;
        }
        if let Some((token, _)) = cached.token.as_ref().filter(|(_, until)| *until > Instant::now()) {
            scrubber.add("access token", token);
            // The token is worth as much as the credentials it was got with; the vendor knows them, and may repeat them.
            for name in wallet.settings.credentials.values() {
                wallet.check(name, url)?;
                if let Ok(secret) = wallet.secrets.secret(name) {
                    scrubber.add(name, &secret);
                }
            }
            if let Some(refresh) = &cached.refresh {
                scrubber.add("refresh token", refresh);
            }
            return Ok(token.clone());
        }
        let (token, expires_in) = self.fetch(wallet, url, fetch, &mut cached, scrubber).await?;
        scrubber.add("access token", &token);
        let life = Duration::from_secs(expires_in).saturating_sub(MARGIN);
        cached.token = Some((token.clone(), Instant::now() + life));
        Ok(token)
    }

    async fn fetch(
        &self,
        wallet: Wallet<'_>,
        url: &Url,
        fetch: Fetch<'_>,
        cached: &mut Cached,
        scrubber: &mut Scrubber,
    ) -> Result<(SecretString, u64), Trouble> {
        let auth = wallet.auth();
        let (token_url, id, secret) = match auth {
            Auth::Oauth2ClientCredentials(a) => (&a.token_url, &a.client_id, Some(&a.client_secret)),
            Auth::Oauth2RefreshToken(a) => (&a.token_url, &a.client_id, a.client_secret.as_ref()),
            _ => return Err(Trouble::rejected("the connector is wrong", "it has no token to fetch")),
        };
        let at = match fetch.base {
            Some(base) if token_url.starts_with('/') => base.join(token_url),
            _ => Url::parse(token_url),
        }
        .map_err(|e| Trouble::rejected("the connector is wrong", format!("`{token_url}` is no address: {e}")))?;
        for role in [Some(id), secret].into_iter().flatten() {
            wallet.credential(role, url, scrubber)?;
        }
        let id = wallet.credential(id, &at, scrubber)?;
        let secret = secret.map(|role| wallet.credential(role, &at, scrubber)).transpose()?;
        let mut pairs = Vec::new();
        let mut scopes: &[String] = &[];
        match auth {
            Auth::Oauth2RefreshToken(a) => {
                let refresh = match &cached.refresh {
                    Some(rotated) => {
                        scrubber.add("refresh token", rotated);
                        rotated.clone()
                    }
                    None => wallet.credential(&a.refresh_token, &at, scrubber)?,
                };
                pairs.push(("grant_type", "refresh_token".to_owned()));
                pairs.push(("refresh_token", refresh.expose_secret().to_owned()));
                scopes = a.scopes.as_slice();
            }
            Auth::Oauth2ClientCredentials(a) => {
                pairs.push(("grant_type", "client_credentials".to_owned()));
                scopes = a.scopes.as_slice();
            }
            _ => {}
        }
        if !scopes.is_empty() {
            pairs.push(("scope", scopes.join(" ")));
        }
        pairs.push(("client_id", id.expose_secret().to_owned()));
        if let Some(secret) = secret {
            pairs.push(("client_secret", secret.expose_secret().to_owned()));
        }
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let headers =
            [(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))].into_iter().collect();
        let prepared = Prepared {
            method: Method::POST,
            url: at,
            headers,
            body: Some(form.into_bytes()),
            // Asking for a token changes nothing that matters; a second one does no harm.
            nature: Nature { effect: false, repeatable: true },
            confidential: true,
        };
        let answer = fetch.clients.send(&prepared, fetch.bounds).await.map_err(|mut t| {
            t.failure.request = None;
            t
        })?;
        let said = |field: &str| answer.body.get(field).and_then(|v| v.as_str()).map(str::to_owned);
        match said("access_token") {
            Some(token) if answer.status == 200 => {
                if let Some(refresh) = said("refresh_token") {
                    let refresh = SecretString::from(refresh);
                    scrubber.add("refresh token", &refresh);
                    cached.refresh = Some(refresh);
                }
                let life = answer.body.get("expires_in").and_then(serde_json::Value::as_u64).unwrap_or(300);
                Ok((SecretString::from(token), life))
            }
            _ if answer.status == 429 || answer.status >= 500 => {
                Err(Trouble::retryable("the token server cannot answer now", format!("it answered {}", answer.status))
                    .after(answer.retry_after(chrono::Utc::now())))
            }
            _ => {
                let why =
                    said("error_description").or_else(|| said("error")).unwrap_or_else(|| "no reason given".into());
                Err(Trouble::rejected(
                    "the token server refused the credentials",
                    format!(
                        "it answered {}: {}; check this connector's `credentials` in launchd.yaml",
                        answer.status,
                        super::classify::shorten(&scrubber.text(&why), 200)
                    ),
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        core::model::connector::{ExecutorKind, http::HttpApi},
        edges::executors::secrets::FixedSecrets,
    };

    fn connector(builtin: bool) -> Connector {
        Connector {
            name: "jira".parse().unwrap(),
            title: "Jira".into(),
            docs: None,
            executor: ExecutorKind::Http,
            builtin,
            resources: BTreeMap::new(),
            http: Some(HttpApi {
                base_url: Some("https://api.example.com".into()),
                hosts: vec!["*.atlassian.net".into()],
                ..HttpApi::default()
            }),
        }
    }

    fn may_go(builtin: bool, hosts: &[&str], url: &str) -> bool {
        let bound = [("token".to_owned(), hosts.iter().map(|h| (*h).to_owned()).collect())].into();
        let (connector, settings) = (connector(builtin), ConnectorSettings::default());
        let wallet = Wallet {
            connector: &connector,
            settings: &settings,
            secret_hosts: &bound,
            secrets: &FixedSecrets::default(),
        };
        wallet.check("token", &url.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_secret_goes_only_to_the_hosts_it_is_bound_to() {
        assert!(may_go(true, &[], "https://acme.atlassian.net/x"));
        assert!(may_go(true, &[], "https://api.example.com/x"));
        assert!(!may_go(true, &[], "https://evil.example.net/x"), "another base_url unbinds it");
        assert!(!may_go(true, &[], "https://atlassian.net.evil.com/x"));
        assert!(!may_go(true, &[], "https://evilatlassian.net/x"));
        assert!(!may_go(false, &[], "https://acme.atlassian.net/x"), "a connector of the repository is not believed");
        assert!(may_go(false, &["acme.atlassian.net"], "https://acme.atlassian.net/x"));
        assert!(!may_go(true, &["acme.atlassian.net"], "https://other.atlassian.net/x"));
        assert!(!may_go(true, &["acme.atlassian.net"], "http://127.0.0.1:1/x"), "bound elsewhere");
    }

    #[test]
    fn a_secret_never_travels_in_the_clear_except_on_this_machine() {
        assert!(!may_go(true, &["acme.atlassian.net"], "http://acme.atlassian.net/x"));
        assert!(may_go(true, &[], "http://127.0.0.1:8080/x"));
        assert!(may_go(true, &[], "http://localhost:8080/x"));
        assert!(!may_go(true, &[], "http://localhost.evil.com/x"));
    }
}
