//! Pure: values in, values out.
//!
//! In: texts, states, instants. Out: desired launches, plans, diagnostics. Imports [`crate::catalog`] only.
//! Deliberately absent: async, clocks, files, environment, network, logs, randomness — `clippy.toml`
//! bans them here by name, and `tests/architecture.rs` holds the imports.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod diagnostic;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod portfolio;
pub mod review;
pub mod schedule;
pub mod template;
