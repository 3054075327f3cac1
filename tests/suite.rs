//! One binary for all integration tests: one link, shared fixtures.

mod architecture;
mod render;
mod store;
mod exec;
