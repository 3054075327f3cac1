//! The real binary against a real HTTP server on loopback: converging, following files, dying, and bad days.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad;
mod cancel;
mod converge;
mod daemon;
mod faults;
mod home;
mod kill;
mod mass;
mod order;
mod removals;
mod revisions;
mod server;
mod settings;
mod slow;
mod stops;
mod unseen;
mod wait;
