//! Flags, environment and `launchd.yaml`, merged once into what is meant.
//!
//! In: what was typed, the environment, the settings file. Out: [`Settings`], each value with its [`Origin`].
//! Imports `core`. Deliberately absent: secrets' values (only executors resolve them), and anything that changes
//! while the program runs.

mod check;
mod environment;
mod executors;
mod file;
mod origin;
mod resolve;

pub use check::{Checked, check};
pub use environment::{COLUMNS, Environment, VARIABLES, Variable};
pub use executors::ExecutorSettings;
pub use file::SettingsError;
pub use origin::{Origin, Setting};
pub use resolve::{Flags, Settings, resolve, standing_clock};
