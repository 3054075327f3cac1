//! A vendor's API as data: resources, their effect class, and how a key is honoured.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    activity::{CompleteWhen, EffectClass, KeySupport},
    name::{Id, Name},
};

pub mod http;
pub mod programs;

use http::{HttpApi, HttpResource};

/// Which code interprets a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    /// Sends the requests that the connector's resources describe.
    Http,
    /// Runs a program of the plan's own.
    Exec,
    /// Waits for a person.
    Human,
}

/// A connector, from a file of the catalog or of the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Connector {
    pub name: Name,
    pub title: String,
    /// The vendor's reference, for people.
    pub docs: Option<String>,
    pub executor: ExecutorKind,
    /// Compiled in, so that what it says of hosts can be trusted with credentials.
    pub builtin: bool,
    pub resources: BTreeMap<Id, Resource>,
    /// What the `http` executor needs beside the resources; set exactly for that executor.
    pub http: Option<HttpApi>,
}

/// One kind of object that a connector can converge or observe.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub title: String,
    pub effect: EffectClass,
    pub key: KeySupport,
    /// JSON Schema (2020-12) of `with`.
    pub with: Value,
    pub complete_when: CompleteWhen,
    pub can_update: bool,
    pub can_close: bool,
    pub can_delete: bool,
    /// Requests and mappings for the `http` executor.
    pub http: Option<HttpResource>,
}

/// What an installation says about one connector, in `launchd.yaml`: where it is and which secrets it may use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectorSettings {
    /// Where the vendor is reached, instead of the connector's own address: `https://acme.atlassian.net`. A path in it
    /// is put before the path of each request.
    pub base_url: Option<String>,
    /// How requests prove who sends them, where that differs from the connector's own way.
    pub auth: Option<http::Auth>,
    /// For each credential that the connector's auth scheme asks for, the name of the secret that holds it.
    pub credentials: BTreeMap<String, String>,
    /// Which addresses may be reached. A loopback `base_url` allows loopback addresses by itself.
    pub reach: Reach,
    /// Requests in flight to one host at once; the connector's own limit otherwise.
    pub concurrency: Option<u32>,
    /// How fast requests follow each other to one host; as fast as answers come otherwise.
    pub rate: Option<Rate>,
    /// The longest answer that is read, in bytes; 1 MiB otherwise.
    pub max_body_bytes: Option<u64>,
}

/// So many requests, evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Microseconds from one request to the next.
    pub interval_micros: u64,
    /// So many may go at once after a pause.
    pub burst: u32,
}

/// What the `http` executor needs of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpSettings {
    pub connectors: BTreeMap<Name, ConnectorSettings>,
    /// The hosts that each secret may be sent to, where settings say so: `api.example.com`, `*.example.com`. A secret
    /// without hosts goes only to the hosts of a compiled-in connector, and to loopback.
    pub secret_hosts: BTreeMap<String, Vec<String>>,
    /// Requests in flight to any one host at once; a connector may only want fewer.
    pub per_host: Option<u32>,
}

/// Which network addresses a connector may reach. Names are resolved once and every address is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Addresses of the public internet only.
    #[default]
    Public,
    /// Private ranges and loopback too: a vendor inside your network.
    Private,
    /// Link-local addresses too, where clouds keep their metadata.
    Any,
}

/// What the `exec` executor needs of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecSettings {
    /// Patterns of what may run, a line each. The first word is the program: `./ci/*.sh`, `python3`,
    /// `/usr/bin/make`; `*` stands for any characters but `/`. Alone it allows any arguments; with further words
    /// each argument must match its word (`*`: any characters), and a last `**` any further arguments.
    pub allow: Vec<String>,
    /// `PATH` for programs, and where a bare name is looked for: folders joined by `:`.
    pub path: String,
    /// Names of launchd's own environment variables that programs may see.
    pub env_allow: Vec<String>,
    /// Relative programs and working directories are below it, links included.
    pub directory: PathBuf,
    /// No program runs longer, whatever its activity says.
    pub timeout_max: Duration,
}

impl Default for ExecSettings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            env_allow: Vec::new(),
            directory: PathBuf::from("."),
            timeout_max: Duration::from_secs(3600),
        }
    }
}
