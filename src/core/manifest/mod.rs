//! YAML text to documents with places, and every problem on the way.
//!
//! In: files as bytes. Out: desired launches and diagnostics. Imports `model`, `schedule`, `template` and the catalog.
//! Deliberately absent: reading files, and stopping at the first problem.

pub(in crate::core) mod across;
mod build;
pub mod builtin;
pub mod codes;
pub mod connector;
mod currency;
pub mod demanded;
pub mod document;
pub mod edit;
mod graph;
pub mod help;
pub mod ical;
pub mod library;
mod lint;
pub mod loading;
mod lower;
mod merge;
pub mod node;
pub mod place;
pub mod problem;
pub mod profiles;
mod prune;
pub mod read;
pub mod resolve;
pub mod secrets;
pub mod shape;
pub mod team;
pub mod weight;
pub mod yaml;
