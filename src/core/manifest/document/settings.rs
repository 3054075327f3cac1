//! `kind: Settings`: the file `launchd.yaml`, which says what may run, with which credentials, and where state is kept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Metadata, text::Duration};
use crate::core::model::{
    name::{Id, Name},
    secret::SecretReference,
};

/// The settings of one repository of launches.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Settings`.
    #[schemars(extend("const" = "Settings"))]
    pub kind: String,
    /// Its name and labels; settings need none.
    pub metadata: Option<Metadata>,
    /// The settings.
    pub spec: SettingsSpec,
}

/// All that is not part of a plan.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsSpec {
    /// Where the plan files are.
    pub source: Option<SourceSettings>,
    /// Where launchd keeps what it did.
    pub store: Option<StoreSettings>,
    /// The name of this installation, part of every external key: never change it while launches run. Default: `default`.
    pub installation: Option<Name>,
    /// Addresses and credentials of the vendors, by connector.
    pub connectors: Option<BTreeMap<Name, ConnectorSettings>>,
    /// Secrets by the name that plan files use in `{ secret: NAME }`: where the value is found, never the value.
    pub secrets: Option<BTreeMap<Name, SecretSettings>>,
    /// Which programs plans may run, and how.
    pub exec: Option<ExecSettings>,
    /// What launchd may do without asking.
    pub policy: Option<PolicySettings>,
    /// How much happens at the same time.
    pub limits: Option<LimitSettings>,
    /// The daemon.
    pub server: Option<ServerSettings>,
    /// The weight of each warning of `validate`, by its code. Example: `{ lint/no-owner: error }`.
    pub lints: Option<BTreeMap<String, LintLevel>>,
}

/// Where the plan files are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceSettings {
    /// The folder of plan files, relative to this file. Default: `launches`.
    pub path: Option<String>,
}

/// Where launchd keeps what it did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// The SQLite file, relative to this file. Default: `.launchd/state.db`.
    pub path: Option<String>,
    /// How far back each launch's revisions are kept.
    pub revisions: Option<RevisionSettings>,
}

/// How far back each launch's revisions are kept: a revision is let go when it is past either. Always kept are the first
/// one and the present one, each that moved a date, and those that an approval or an effect in doubt refers to. The audit
/// log is kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RevisionSettings {
    /// So many of the newest. Default: 50. Example: `200`.
    pub keep: Option<u32>,
    /// None that was replaced longer ago than this. Default: `180d`.
    #[serde(rename = "for")]
    pub length: Option<Duration>,
}

/// One vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectorSettings {
    /// Where its API is, with `https`. Credentials go to this host only. Example: `https://example.atlassian.net`.
    pub base_url: Option<String>,
    /// The credentials that the connector asks for, by the names that `launchd connectors` shows.
    /// Example: `{ token: { env: JIRA_TOKEN } }`.
    pub credentials: Option<BTreeMap<Id, SecretField>>,
    /// How requests prove who they are from, where the connector's own way does not fit. It brings its own credentials.
    pub auth: Option<Auth>,
    /// `true`: it may be at a private or loopback address. Default: `false`.
    pub allow_private_network: Option<bool>,
    /// How many requests it gets.
    pub rate: Option<RateSettings>,
}

/// How requests prove who they are from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// No credentials.
    None,
    /// A user name and a password, as HTTP Basic.
    Basic {
        /// The user name, often an e-mail address.
        username: SecretField,
        /// The password or API token.
        password: SecretField,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        /// The token.
        token: SecretField,
    },
    /// A header field of the vendor's own.
    Header {
        /// The header's name. Example: `X-Api-Key`.
        name: String,
        /// Its whole value.
        value: SecretField,
    },
    /// OAuth 2 client credentials (RFC 6749 §4.4).
    Oauth2ClientCredentials {
        /// Where tokens come from, with `https`.
        token_url: String,
        /// The client's id.
        client_id: SecretField,
        /// The client's secret.
        client_secret: SecretField,
        /// What the token is to allow.
        scopes: Option<Vec<String>>,
    },
    /// OAuth 2 with a refresh token (RFC 6749 §6).
    Oauth2RefreshToken {
        /// Where tokens come from, with `https`.
        token_url: String,
        /// The client's id.
        client_id: SecretField,
        /// The client's secret, where the vendor wants one.
        client_secret: Option<SecretField>,
        /// The refresh token.
        refresh_token: SecretField,
        /// What the token is to allow.
        scopes: Option<Vec<String>>,
    },
}

/// Where a credential is found. Never the credential.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretField {
    /// The name of an environment variable. Example: `JIRA_TOKEN`.
    Env(String),
    /// The path of a file whose whole content, less trailing line ends, is the value.
    File(String),
    /// The name of one of `secrets`.
    Secret(Name),
}

/// Where a named secret is found: `env` or `file`, one of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSettings {
    /// The name of an environment variable. Example: `SLACK_TOKEN`.
    pub env: Option<String>,
    /// The path of a file whose whole content, less trailing line ends, is the value.
    pub file: Option<String>,
    /// The hosts it may be sent to. Default: the hosts of the connectors that use it. Example: `[slack.com]`.
    pub hosts: Option<Vec<String>>,
}

impl SecretSettings {
    /// Where the value is found; `None` when neither or both are said.
    pub fn reference(&self) -> Option<SecretReference> {
        match (&self.env, &self.file) {
            (Some(name), None) => Some(SecretReference::Env(name.clone())),
            (None, Some(path)) => Some(SecretReference::File(path.clone())),
            _ => None,
        }
    }
}

/// How many requests a vendor gets.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateSettings {
    /// At most so many requests a second. Example: `5`.
    pub per_second: Option<f64>,
    /// So many may go at once after a pause. Default: 1.
    #[schemars(range(min = 1))]
    pub burst: Option<u32>,
}

impl Eq for RateSettings {}

/// Which programs plans may run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExecSettings {
    /// The programs, as the first word of the command or as a pattern with `*`. Default: none. Example: `[./ci/*]`.
    pub allow: Option<Vec<String>>,
    /// The environment variables that they see. Default: `PATH`, `HOME`, `LANG`. Example: `[PATH, CI]`.
    pub env: Option<Vec<String>>,
    /// The folder they run in, relative to this file. Default: the folder of this file.
    pub directory: Option<String>,
    /// One that runs longer is ended, with all it started. Default: `5m`.
    pub timeout: Option<Duration>,
}

/// What launchd may do without asking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// A plan that changes or removes more than this share of a launch's objects, in per cent, asks first. Default: 30.
    #[schemars(range(max = 100))]
    pub max_change_percent: Option<u32>,
    /// With fewer affected objects than this, the share is not judged. Default: 3.
    pub max_change_floor: Option<u32>,
    /// `true`: a public activity needs a standing approval on its milestone. Default: `false`.
    pub once_needs_approval: Option<bool>,
    /// A public activity that missed its moment by more than this asks a person instead of catching up. Default: `24h`.
    pub grace: Option<Duration>,
    /// Who has which role, beside what teams say. Example: `{ release-managers: [ana, ben] }`.
    pub roles: Option<BTreeMap<String, Vec<String>>>,
}

/// How much happens at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Calls at the same time, over all launches. Default: 32.
    #[schemars(range(min = 1, max = 4096))]
    pub concurrency: Option<u32>,
    /// Calls to one host at the same time. Default: 4.
    #[schemars(range(min = 1, max = 1024))]
    pub per_host: Option<u32>,
}

/// The daemon's HTTP port.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Address and port. Default: `127.0.0.1:7717`, reachable from this machine only. Any other
    /// than a loopback address lets the network read how the daemon fares, without a password.
    pub listen: Option<String>,
    /// What the files no longer have ends when they still do not have it after so long: a file that is saved in two
    /// steps, or copied half, removes nothing. Edits are followed at once. Default: 5s.
    pub removal_delay: Option<Duration>,
}

/// The weight of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LintLevel {
    /// It holds the launch.
    Error,
    Warning,
    Note,
    /// It is not reported.
    Off,
}
