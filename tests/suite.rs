//! One binary for all integration tests: one link, shared fixtures.

mod architecture;
mod exec;
mod resolve;
mod schedule;
mod store;
