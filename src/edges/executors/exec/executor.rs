//! Calls programs for activities and checks.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    ExecSettings,
    answer::{self, Said},
    process::Program,
    request::{Wanted, document, environment},
};
use crate::{
    core::model::{
        call::{Call, Verb},
        outcome::{Failure, Outcome, Reading, Sighting},
    },
    edges::executors::{
        Executor,
        secrets::{Scrubber, SecretSource, resolve, unknown},
    },
};

/// The `exec` executor.
pub struct ExecExecutor {
    settings: ExecSettings,
    secrets: Arc<dyn SecretSource>,
    /// `PATH` and the variables of this process that programs may see.
    inherited: BTreeMap<String, String>,
}

/// The resource that speaks the plugin protocol; all others are plain programs.
const PLUGIN: &str = "plugin";

/// Which of a resource's programs is meant.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    Command,
    Observe,
}

impl ExecExecutor {
    /// Reads the allowed environment variables once.
    pub fn new(settings: ExecSettings, secrets: Arc<dyn SecretSource>) -> Self {
        let allowed = settings.env_allow.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
        let mut inherited: BTreeMap<_, _> = allowed.collect();
        inherited.insert("PATH".into(), settings.path.clone());
        Self { settings, secrets, inherited }
    }

    /// Everything up to the start, which has no effect if it fails.
    fn prepare(&self, verb: &str, which: Which, call: &Call, scrubber: &mut Scrubber) -> Result<Program, Failure> {
        let wanted = Wanted::read(&call.with)?;
        let resolved = resolve(&call.with, &*self.secrets, scrubber)?;
        let wanted = wanted.with_resolved(&resolved)?;
        let mut words = match which {
            Which::Command => wanted.command,
            Which::Observe => wanted.observe.unwrap_or_default(),
        };
        let file = self.settings.program(&words)?;
        words.remove(0);
        let plugin = is_plugin(call);
        if plugin {
            words.push(verb.to_owned());
        }
        let stdin = match wanted.stdin {
            Some(Value::String(text)) if !plugin => text.into_bytes(),
            Some(value) if !plugin => value.to_string().into_bytes(),
            _ => document(verb, call, &resolved),
        };
        let mut env = self.inherited.clone();
        env.extend(wanted.env);
        env.extend(environment(verb, call));
        let directory = self.settings.start_in(wanted.directory.as_deref())?;
        let timeout = call.timeout.min(self.settings.timeout_max);
        Ok(Program { file, arguments: words, env, directory, stdin, timeout })
    }

    /// Runs it.
    ///
    /// # Errors
    /// It was not started, so it had no effect.
    async fn run(&self, verb: &str, which: Which, call: &Call, scrubber: &mut Scrubber) -> Result<Said, NotStarted> {
        let program = self.prepare(verb, which, call, scrubber).map_err(NotStarted::Refused)?;
        let file = program.file.clone();
        program.run().await.map(|ran| Said::new(&ran, scrubber)).map_err(|error| {
            let detail = format!("{}: {error}", file.display());
            match error.kind() {
                // Too many processes or files open; no memory: that passes.
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::OutOfMemory => NotStarted::NotNow(detail),
                _ if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ETXTBSY)) => {
                    NotStarted::NotNow(detail)
                }
                _ => NotStarted::Refused(Failure::new(
                    "the program cannot be started",
                    format!("{detail}; {}", remedy(&error)),
                )),
            }
        })
    }
}

/// What a person does about a program that cannot be started at all.
fn remedy(error: &std::io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::E2BIG) => {
            "its arguments and environment are longer than the system takes: hand long texts over in `stdin`, or in a file"
        }
        Some(libc::EACCES) => "the file is not executable for this user: `chmod +x` makes it so",
        _ => "a script needs a first line such as #!/bin/sh that names an installed program",
    }
}

enum NotStarted {
    Refused(Failure),
    NotNow(String),
}

impl NotStarted {
    fn failure(self) -> Failure {
        match self {
            Self::Refused(failure) => failure,
            Self::NotNow(detail) => Failure::new("the machine cannot start the program now", detail),
        }
    }
}

fn is_plugin(call: &Call) -> bool {
    call.uses.resource.as_str() == PLUGIN
}

/// What was run, for a person who must find out whether it happened. Secrets are no part of a command.
fn request(verb: &str, call: &Call) -> String {
    let words = call.with["command"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text: Vec<_> = words.iter().map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).collect();
    if is_plugin(call) {
        text.push(verb.to_owned());
    }
    text.join(" ")
}

#[async_trait]
impl Executor for ExecExecutor {
    async fn observe(&self, call: &Call) -> Sighting {
        let which = if is_plugin(call) { Which::Command } else { Which::Observe };
        if which == Which::Observe && call.with.get("observe").is_none_or(Value::is_null) {
            return Sighting::Unobservable;
        }
        let mut scrubber = self.secrets.scrubber();
        let sighting = match self.run("observe", which, call, &mut scrubber).await {
            Ok(ran) if is_plugin(call) => answer::plugin_sighting(&ran, call),
            Ok(ran) => answer::command_sighting(&ran, call),
            Err(not_started) => Sighting::Failed { failure: not_started.failure() },
        };
        scrubber.sighting(&sighting)
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        if !is_plugin(call) && matches!(verb, Verb::Close | Verb::Delete) {
            return Outcome::rejected(
                format!("a plain program cannot {} what it did", verb.as_str()),
                "use `on_remove: keep`, an `on_cancel` that runs another program, or a plugin (`exec/plugin`)",
            );
        }
        let mut scrubber = self.secrets.scrubber();
        let mut outcome = match self.run(verb.as_str(), Which::Command, call, &mut scrubber).await {
            Ok(ran) if is_plugin(call) => answer::plugin(&ran, verb, call),
            Ok(ran) => answer::command(&ran, call),
            Err(NotStarted::Refused(failure)) => Outcome::Rejected { failure },
            Err(not_now) => Outcome::Retryable { failure: not_now.failure(), after_seconds: None },
        };
        if let Outcome::Rejected { failure } | Outcome::Retryable { failure, .. } | Outcome::InDoubt { failure } =
            &mut outcome
        {
            failure.request = Some(request(verb.as_str(), call));
        }
        scrubber.outcome(&outcome)
    }

    fn refuses(&self, with: &Value) -> Option<Failure> {
        let words = with.get("command").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let command: Option<Vec<String>> = words.iter().map(|w| w.as_str().map(str::to_owned)).collect();
        let refused = command.and_then(|command| self.settings.refuses(&command));
        refused.or_else(|| unknown(with, &*self.secrets).map(Failure::from))
    }

    async fn ask(&self, call: &Call) -> Result<Reading, Failure> {
        let mut scrubber = self.secrets.scrubber();
        let reading = match self.run("ask", Which::Command, call, &mut scrubber).await {
            Ok(ran) if is_plugin(call) => answer::plugin_reading(&ran),
            Ok(ran) => answer::command_reading(&ran),
            Err(not_started) => Err(not_started.failure()),
        };
        reading.map(|r| scrubber.reading(&r)).map_err(|f| scrubber.failure(&f))
    }
}
