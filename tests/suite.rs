//! One binary for all integration tests: one link, shared fixtures.

mod architecture;
mod exec;
mod fixtures;
mod plan;
mod sources;
mod store;
mod simulated;
mod resolve;
mod schedule;
mod render;
mod store;
