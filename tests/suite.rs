//! One binary for all integration tests: one link, shared fixtures.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod architecture;
mod canary;
mod connectors;
mod exec;
mod fixtures;
mod manifest;
mod plan;
mod render;
mod resolve;
mod schedule;
mod simulated;
mod simulation;
mod sources;
mod store;
