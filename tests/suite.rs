//! One binary for all integration tests: one link, shared fixtures.

mod architecture;
mod connectors;
mod exec;
mod store;
