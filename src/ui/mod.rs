//! People, outward side: shows and asks, decides nothing.
//!
//! In: argv, and values of the loop. Out: text, JSON, exit codes. Imports `core`, `edges`, `reconcile` and `settings`.
//! Deliberately absent: any rule about launches. What is shown was decided before it came here.

pub mod api;
pub mod cli;
pub mod diagnostics;
pub mod documents;
pub mod pictures;
pub mod render;
pub mod web;
