use std::path::Path;

use crate::{
    core::{
        manifest::connector::builtins,
        model::connector::{Reach, http},
    },
    settings::{Environment, Flags, resolve},
};

use super::*;

/// What the executors get of a settings file.
fn made(spec: &str) -> Result<ExecutorSettings, String> {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("apiVersion: launchd/v1\nkind: Settings\nspec:\n{spec}");
    std::fs::write(folder.path().join("launchd.yaml"), text).unwrap();
    let settings = resolve(&Flags::default(), &Environment::default(), folder.path()).map_err(|e| format!("{e:?}"))?;
    let mut made = settings.executors(&builtins(), Some("/opt/bin:/bin")).map_err(|e| format!("{e:?}"))?;
    for reference in made.secrets.values_mut() {
        if let SecretReference::File(path) = reference {
            *path = Path::new(path).strip_prefix(folder.path()).unwrap().display().to_string();
        }
    }
    Ok(made)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn a_credential_is_a_secret_bound_to_where_its_connector_is() {
    let made = made(
        "
  secrets:
    shared: { env: SHARED }
    pinned: { file: keys/pinned, hosts: [a.example.com, '*.b.example.com'] }
  connectors:
    jira:
      base_url: https://Acme.atlassian.net/
      credentials: { email: { env: JIRA_EMAIL }, token: { secret: shared } }
    slack: { credentials: { bot_token: { file: keys/slack } } }
    linear: { credentials: { api_key: { secret: pinned } } }
",
    )
    .unwrap();
    let jira = &made.http.connectors[&name("jira")];
    assert_eq!(jira.base_url.as_deref(), Some("https://Acme.atlassian.net/"));
    assert_eq!(jira.credentials["email"], "connectors.jira.email");
    assert_eq!(jira.credentials["token"], "shared");
    assert_eq!(made.secrets["connectors.jira.email"], SecretReference::Env("JIRA_EMAIL".into()));
    assert_eq!(made.secrets["connectors.slack.bot_token"], SecretReference::File("keys/slack".into()));
    let hosts = |secret: &str| made.http.secret_hosts.get(secret).map(|h| h.join(" ")).unwrap_or_default();
    assert_eq!(hosts("shared"), "acme.atlassian.net");
    assert_eq!(hosts("connectors.jira.email"), "acme.atlassian.net");
    assert_eq!(hosts("connectors.slack.bot_token"), "slack.com");
    assert_eq!(hosts("pinned"), "a.example.com *.b.example.com");
    assert_eq!(made.http.per_host, Some(4));
}

#[test]
fn the_credentials_of_a_repositorys_connector_go_nowhere_until_settings_say_where() {
    let made = made("\n  connectors:\n    crm: { credentials: { token: { env: CRM } } }\n").unwrap();
    assert!(made.http.secret_hosts.is_empty(), "its file could name any host");
    let moved = made_with_base();
    assert_eq!(moved.http.secret_hosts["connectors.crm.token"], ["crm.example.com"]);
}

fn made_with_base() -> ExecutorSettings {
    let spec =
        "\n  connectors:\n    crm: { base_url: 'https://crm.example.com/v1', credentials: { token: { env: CRM } } }\n";
    made(spec).unwrap()
}

#[test]
fn a_scheme_of_settings_brings_its_own_credentials() {
    let made = made(
        "
  connectors:
    crm:
      base_url: https://crm.example.com
      allow_private_network: true
      rate: { per_second: 4, burst: 3 }
      auth:
        scheme: oauth2_refresh_token
        token_url: https://login.example.net/token
        client_id: { env: ID }
        refresh_token: { env: REFRESH }
        scopes: [read]
",
    )
    .unwrap();
    let crm = &made.http.connectors[&name("crm")];
    let Some(http::Auth::Oauth2RefreshToken(auth)) = &crm.auth else { panic!("{crm:?}") };
    assert_eq!((auth.client_secret.as_ref(), auth.scopes.as_slice()), (None, ["read".to_owned()].as_slice()));
    assert_eq!(crm.reach, Reach::Private);
    assert_eq!(crm.rate, Some(Rate { interval_micros: 250_000, burst: 3 }));
    let hosts = &made.http.secret_hosts["connectors.crm.refresh_token"];
    assert_eq!(hosts, &["crm.example.com", "login.example.net"]);
    for role in http::Auth::Oauth2RefreshToken(auth.clone()).credentials() {
        assert!(crm.credentials.contains_key(role), "{role}");
    }
}

#[test]
fn programs_see_path_home_and_lang_unless_settings_say_otherwise() {
    let exec = made("\n  exec: { allow: [./ci/*] }\n").unwrap().exec;
    assert_eq!(
        (exec.path.as_str(), exec.env_allow.as_slice()),
        ("/opt/bin:/bin", ["HOME", "LANG"].map(str::to_owned).as_slice())
    );
    assert_eq!((exec.allow, exec.timeout_max), (vec!["./ci/*".to_owned()], Duration::from_secs(300)));
    let exec = made("\n  exec: { env: [CI], timeout: 10m }\n").unwrap().exec;
    assert_eq!(exec.path, ExecSettings::default().path, "PATH is not named");
    assert_eq!((exec.env_allow, exec.timeout_max), (vec!["CI".to_owned()], Duration::from_secs(600)));
}

#[test]
fn what_does_not_fit_is_told_with_what_to_write() {
    for (spec, expected) in [
        ("  secrets: { a: {} }", "write `a: { env: NAME }`"),
        ("  connectors: { jira: { credentials: { tokn: { env: X } } } }", "it asks for email and token"),
        ("  connectors: { jira: { credentials: { token: { secret: nope } } } }", "add `nope: { env: NAME }`"),
        ("  connectors: { jira: { base_url: acme.atlassian.net } }", "write it with https://"),
        ("  connectors: { jira: { rate: { per_second: 0 } } }", "above zero"),
        ("  connectors: { jira: { auth: { scheme: none }, credentials: {} } }", "keep one of the two"),
        ("  exec: { timeout: soon }", "exec.timeout"),
    ] {
        let told = made(&format!("\n{spec}\n")).unwrap_err();
        assert!(told.contains(expected), "{spec}: {told}");
    }
}
