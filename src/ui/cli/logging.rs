//! Logs on standard error: for people, or a JSON object a line.

use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::Settings;

/// Starts logging. A second call does nothing.
pub fn start(settings: &Settings, json: bool, colour: bool) {
    let filter = settings.log.as_ref().map_or("launchd=info,warn", |log| log.value.as_str());
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("launchd=info,warn"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).with_ansi(colour);
    let started = if json || settings.log_json { lines.json().try_init() } else { lines.compact().try_init() };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}
