//! Interprets connectors: sends the requests that they describe, and tells what came of them.
//!
//! In: a call, the connectors, settings, a source of secrets. Out: sightings, outcomes, readings, secrets scrubbed.
//! Imports `core` and the secrets beside it. Deliberately absent: code for any one vendor, retries, and redirects
//! followed with an effect or a credential.

mod address;
mod answer;
mod auth;
mod classify;
mod client;
mod context;
mod exchange;
mod executor;
mod filters;
mod limits;
mod lookup;
mod request;
mod session;
mod template;

pub use executor::HttpExecutor;
pub use limits::HostPace;
