//! One binary for all integration tests: one link, shared fixtures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test says that it skipped, and why")]

mod architecture;
mod base;
mod between;
mod calendar;
mod canary;
mod capacity;
mod cli;
mod connectors;
mod domain;
mod e2e;
mod exec;
mod fixtures;
mod forecast;
mod fuzz;
mod goals;
mod headline;
mod holidays;
mod interview;
mod jail;
mod manifest;
mod messages;
mod money;
mod network;
mod people;
mod pictures;
mod plan;
mod portfolio;
mod readme;
mod render;
mod report;
mod rereading;
mod resolve;
mod retrospective;
mod review;
mod schedule;
mod shift;
mod simulated;
mod simulation;
mod sources;
mod stops;
mod store;
mod unresolved;
mod warm;
