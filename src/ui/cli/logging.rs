//! Logs on standard error: for people, or a JSON object a line. What is logged never holds a secret (see `executors`).

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, fmt};

use super::Problem;
use crate::settings::Settings;

/// What is logged where nobody said more or less.
const USUAL: &str = "launchd=info,warn";

/// Starts logging, as `-v`, `LAUNCHD_LOG` and `LAUNCHD_LOG_FORMAT` say. A second call does nothing.
pub fn start(settings: &Settings, json: bool) {
    let filter = filter(settings).unwrap_or_else(|_| EnvFilter::new(USUAL));
    let is_coloured = stderr().is_terminal() && anstream::AutoStream::choice(&stderr()) != anstream::ColorChoice::Never;
    let lines = fmt().with_env_filter(filter).with_writer(stderr).with_target(false).with_ansi(is_coloured);
    let started = if json || settings.log_json { lines.json().try_init() } else { lines.compact().try_init() };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}

/// Whether the filter can be understood, for commands to refuse early.
///
/// # Errors
/// It cannot be, with where it was said.
pub fn check(settings: &Settings) -> Result<(), Problem> {
    filter(settings).map(drop)
}

fn filter(settings: &Settings) -> Result<EnvFilter, Problem> {
    let Some(log) = &settings.log else { return Ok(EnvFilter::new(USUAL)) };
    EnvFilter::try_new(&log.value).map_err(|e| {
        Problem::new(format!("{} is no log filter: `{}`", log.origin, log.value))
            .why(e.to_string())
            .hint("write it as launchd=debug, or as one level for everything: info")
    })
}
