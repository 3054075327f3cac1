//! The one place where what was typed becomes what is meant.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::{
    environment::{self, Environment, Variable},
    file::{self, SettingsError},
    origin::{Origin, Setting},
};
use crate::core::{
    manifest::document::{ConnectorSettings, Duration, ExecSettings, LintLevel, SecretSettings, SettingsSpec},
    model::{
        Timestamp,
        launch::Policy,
        name::{Actor, Name},
        retention::Retention,
    },
    schedule,
};

/// Flags that stand beside every command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub store: Option<PathBuf>,
    pub source: Option<PathBuf>,
    /// How often `-v` was said.
    pub verbose: u8,
}

/// What holds for this run.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The settings file, where there is one.
    pub config: Option<Setting<PathBuf>>,
    /// The folder of the settings file; the working folder where there is none. Written paths are relative to it.
    pub root: PathBuf,
    /// The folder of plan files.
    pub source: Setting<PathBuf>,
    /// The SQLite file.
    pub store: Setting<PathBuf>,
    /// How far back the store keeps revisions.
    pub retention: Setting<Retention>,
    /// Part of every external key.
    pub installation: Setting<Name>,
    /// Who does what this run does. `None`: nobody could be told, and commands that need somebody refuse.
    pub actor: Option<Setting<Actor>>,
    pub policy: Setting<Policy>,
    /// Members of roles, beside what teams say.
    pub roles: Setting<BTreeMap<String, Vec<String>>>,
    /// Calls at the same time.
    pub concurrency: Setting<u32>,
    /// Calls to one host at the same time.
    pub per_host: Setting<u32>,
    /// The daemon's address.
    pub listen: Setting<SocketAddr>,
    /// How long the daemon waits, in seconds, before it ends what left the files.
    pub removal_delay: Setting<u64>,
    /// Vendors, as written.
    pub connectors: BTreeMap<Name, ConnectorSettings>,
    /// References of secrets, as written.
    pub secrets: BTreeMap<Name, SecretSettings>,
    /// Programs, as written; the default allows none.
    pub exec: ExecSettings,
    /// The folder that programs run in.
    pub exec_root: Setting<PathBuf>,
    pub lints: BTreeMap<String, LintLevel>,
    /// A log filter, where one was asked for.
    pub log: Option<Setting<String>>,
    pub log_json: bool,
}

/// Merges flags over environment over the settings file over defaults. `folder` is the working folder.
///
/// # Errors
/// The settings file is unreadable or invalid, or a value does not fit.
pub fn resolve(flags: &Flags, environment: &Environment, folder: &Path) -> Result<Settings, SettingsError> {
    let config = config(flags, environment, folder);
    let spec = match &config {
        Some(config) => file::load(&config.value)?,
        None => SettingsSpec::default(),
    };
    let root = config.as_ref().and_then(|c| c.value.parent()).unwrap_or(folder);
    let root = if root.as_os_str().is_empty() { folder } else { root }.to_owned();
    let path = config.as_ref().map(|c| c.value.clone()).unwrap_or_default();
    let merge = Merge { environment, folder, root: &root, file: &path };
    let limits = spec.limits.clone().unwrap_or_default();
    let exec = spec.exec.clone().unwrap_or_default();
    Ok(Settings {
        source: merge.path(
            (&flags.source, "--source", environment::SOURCE),
            (spec.source.as_ref().and_then(|s| s.path.as_ref()), "source.path"),
            "launches",
        ),
        store: merge.path(
            (&flags.store, "--store", environment::STORE),
            (spec.store.as_ref().and_then(|s| s.path.as_ref()), "store.path"),
            ".launchd/state.db",
        ),
        retention: merge.retention(&spec)?,
        installation: merge.written(spec.installation.clone(), "installation", default_installation()),
        actor: actor(environment)?,
        policy: merge.policy(&spec)?,
        roles: merge.written(spec.policy.as_ref().and_then(|p| p.roles.clone()), "policy.roles", BTreeMap::new()),
        concurrency: merge.written(limits.concurrency, "limits.concurrency", 32),
        per_host: merge.written(limits.per_host, "limits.per_host", 4),
        listen: merge.listen(&spec)?,
        removal_delay: merge.removal_delay(&spec)?,
        connectors: spec.connectors.clone().unwrap_or_default(),
        secrets: spec.secrets.clone().unwrap_or_default(),
        exec_root: match &exec.directory {
            Some(path) => merge.in_file(root.join(path), "exec.directory"),
            None => Setting::new(root.clone(), Origin::Default),
        },
        exec,
        lints: spec.lints.clone().unwrap_or_default(),
        log: log(flags, environment),
        log_json: environment.get(environment::LOG_FORMAT) == Some("json"),
        config,
        root,
    })
}

fn default_installation() -> Name {
    "default".parse().expect("`default` is a name")
}

/// Said by a flag or a variable, or found from the source's folder or the working folder upwards.
fn config(flags: &Flags, environment: &Environment, folder: &Path) -> Option<Setting<PathBuf>> {
    if let Some(path) = &flags.config {
        return Some(Setting::new(folder.join(path), Origin::Flag("--config")));
    }
    if let Some(path) = environment.get(environment::CONFIG) {
        return Some(Setting::new(folder.join(path), Origin::Variable(environment::CONFIG.name)));
    }
    let source = flags.source.as_ref().map(|path| folder.join(path));
    let found = source.as_deref().and_then(file::search).or_else(|| file::search(folder))?;
    Some(Setting::new(found, Origin::Found("found in the working folder or above it")))
}

fn actor(environment: &Environment) -> Result<Option<Setting<Actor>>, SettingsError> {
    let (name, origin) = match (environment.get(environment::ACTOR), environment.login()) {
        (Some(name), _) => (name, Origin::Variable(environment::ACTOR.name)),
        (None, Some(name)) => (name, Origin::Found("the name of the login")),
        (None, None) => return Ok(None),
    };
    if name.chars().any(char::is_control) || name.chars().count() > 200 {
        return Err(SettingsError::Value {
            what: format!("{origin} is no name of a person: it has control characters, or more than 200 characters"),
            hint: format!("set {} to a short name, such as ana", environment::ACTOR.name),
        });
    }
    Ok(Some(Setting::new(Actor(name.to_owned()), origin)))
}

/// `-v` and `-vv`, or a filter in the environment.
fn log(flags: &Flags, environment: &Environment) -> Option<Setting<String>> {
    match flags.verbose {
        0 => {
            let text = environment.get(environment::LOG)?;
            Some(Setting::new(text.to_owned(), Origin::Variable(environment::LOG.name)))
        }
        1 => Some(Setting::new("launchd=info,warn".to_owned(), Origin::Flag("-v"))),
        _ => Some(Setting::new("launchd=debug,info".to_owned(), Origin::Flag("-vv"))),
    }
}

/// The instant at which the clock stands still, where one is set.
///
/// # Errors
/// It is no instant.
pub fn standing_clock(environment: &Environment) -> Result<Option<Timestamp>, SettingsError> {
    let Some(text) = environment.get(environment::CLOCK) else { return Ok(None) };
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(Some(at.to_utc())),
        Err(why) => Err(SettingsError::Value {
            what: format!("{} is no instant: {why}", environment::CLOCK.name),
            hint: "write it as 2026-11-23T09:00:00Z, or do not set it".to_owned(),
        }),
    }
}

fn seconds(written: Option<&Duration>, field: &str, default: u64) -> Result<u64, SettingsError> {
    let Some(text) = written else { return Ok(default) };
    schedule::parse_duration(text.as_str()).map_err(|e| SettingsError::Value {
        what: format!("{field} `{text}` is no length of time: {e}"),
        hint: "write it as 24h or 2d".to_owned(),
    })
}

struct Merge<'a> {
    environment: &'a Environment,
    folder: &'a Path,
    root: &'a Path,
    file: &'a Path,
}

impl Merge<'_> {
    fn in_file<T>(&self, value: T, field: &'static str) -> Setting<T> {
        Setting::new(value, Origin::File { path: self.file.to_owned(), field })
    }

    fn written<T>(&self, value: Option<T>, field: &'static str, default: T) -> Setting<T> {
        match value {
            Some(value) => self.in_file(value, field),
            None => Setting::new(default, Origin::Default),
        }
    }

    /// What was typed is relative to the working folder; what is written, to the file.
    fn path(
        &self,
        (flag, name, variable): (&Option<PathBuf>, &'static str, Variable),
        (written, field): (Option<&String>, &'static str),
        default: &str,
    ) -> Setting<PathBuf> {
        match (flag, self.environment.get(variable), written) {
            (Some(path), _, _) => Setting::new(self.folder.join(path), Origin::Flag(name)),
            (None, Some(path), _) => Setting::new(self.folder.join(path), Origin::Variable(variable.name)),
            (None, None, Some(path)) => self.in_file(self.root.join(path), field),
            (None, None, None) => Setting::new(self.root.join(default), Origin::Default),
        }
    }

    fn policy(&self, spec: &SettingsSpec) -> Result<Setting<Policy>, SettingsError> {
        let default = Policy::default();
        let Some(written) = &spec.policy else { return Ok(Setting::new(default, Origin::Default)) };
        let grace_seconds = seconds(written.grace.as_ref(), "policy.grace", default.grace_seconds)?;
        let policy = Policy {
            max_change_percent: written.max_change_percent.unwrap_or(default.max_change_percent),
            max_change_floor: written.max_change_floor.unwrap_or(default.max_change_floor),
            once_needs_approval: written.once_needs_approval.unwrap_or(default.once_needs_approval),
            grace_seconds,
        };
        Ok(self.in_file(policy, "policy"))
    }

    fn retention(&self, spec: &SettingsSpec) -> Result<Setting<Retention>, SettingsError> {
        let default = Retention::default();
        let Some(written) = spec.store.as_ref().and_then(|s| s.revisions.as_ref()) else {
            return Ok(Setting::new(default, Origin::Default));
        };
        let retention = Retention {
            newest: written.keep.unwrap_or(default.newest),
            seconds: seconds(written.length.as_ref(), "store.revisions.for", default.seconds)?,
        };
        Ok(self.in_file(retention, "store.revisions"))
    }

    fn listen(&self, spec: &SettingsSpec) -> Result<Setting<SocketAddr>, SettingsError> {
        let default = SocketAddr::from(([127, 0, 0, 1], 7717));
        let Some(text) = spec.server.as_ref().and_then(|s| s.listen.as_ref()) else {
            return Ok(Setting::new(default, Origin::Default));
        };
        let address = text.parse().map_err(|_| SettingsError::Value {
            what: format!("server.listen `{text}` is no address with a port"),
            hint: "write it as 127.0.0.1:7717".to_owned(),
        })?;
        Ok(self.in_file(address, "server.listen"))
    }

    fn removal_delay(&self, spec: &SettingsSpec) -> Result<Setting<u64>, SettingsError> {
        let Some(text) = spec.server.as_ref().and_then(|s| s.removal_delay.as_ref()) else {
            return Ok(Setting::new(5, Origin::Default));
        };
        let seconds = schedule::parse_duration(text.as_str()).map_err(|e| SettingsError::Value {
            what: format!("server.removal_delay `{text}` is no length of time: {e}"),
            hint: "write it as 5s or 1m".to_owned(),
        })?;
        Ok(self.in_file(seconds, "server.removal_delay"))
    }
}

impl Settings {
    /// The names by which plan files may ask for a secret.
    pub fn credential_names(&self) -> BTreeSet<&Name> {
        self.secrets.keys().collect()
    }

    /// Every setting in words, with where it came from: name, value, origin.
    pub fn table(&self) -> Vec<(&'static str, String, String)> {
        let mut rows = Vec::new();
        let mut row = |name, value: String, origin: &Origin| rows.push((name, value, origin.to_string()));
        match &self.config {
            Some(config) => row("config", config.value.display().to_string(), &config.origin),
            None => row("config", "none".to_owned(), &Origin::Default),
        }
        row("source", self.source.value.display().to_string(), &self.source.origin);
        row("store", self.store.value.display().to_string(), &self.store.origin);
        let Retention { newest, seconds } = self.retention.value;
        row("store.revisions.keep", newest.to_string(), &self.retention.origin);
        row("store.revisions.for", schedule::format_duration(seconds), &self.retention.origin);
        row("installation", self.installation.value.to_string(), &self.installation.origin);
        match &self.actor {
            Some(actor) => row("actor", actor.value.to_string(), &actor.origin),
            None => row("actor", "nobody".to_owned(), &Origin::Default),
        }
        let Policy { max_change_percent, max_change_floor, once_needs_approval, grace_seconds } = &self.policy.value;
        let origin = &self.policy.origin;
        row("policy.max_change_percent", max_change_percent.to_string(), origin);
        row("policy.max_change_floor", max_change_floor.to_string(), origin);
        row("policy.once_needs_approval", once_needs_approval.to_string(), origin);
        row("policy.grace", schedule::format_duration(*grace_seconds), origin);
        let roles: Vec<&str> = self.roles.value.keys().map(String::as_str).collect();
        row("policy.roles", if roles.is_empty() { "none".to_owned() } else { roles.join(", ") }, &self.roles.origin);
        row("limits.concurrency", self.concurrency.value.to_string(), &self.concurrency.origin);
        row("limits.per_host", self.per_host.value.to_string(), &self.per_host.origin);
        row("server.listen", self.listen.value.to_string(), &self.listen.origin);
        row("server.removal_delay", schedule::format_duration(self.removal_delay.value), &self.removal_delay.origin);
        row("exec.directory", self.exec_root.value.display().to_string(), &self.exec_root.origin);
        rows
    }
}

#[cfg(test)]
mod tests;
