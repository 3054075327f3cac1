//! A value with where it came from, so that `doctor` can tell.

use std::{fmt, path::PathBuf};

/// Where a setting was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A field of the settings file.
    File {
        path: PathBuf,
        field: &'static str,
    },
    /// Found by looking: a file of the usual name, the login's name.
    Found(&'static str),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) | Self::Found(name) => f.write_str(name),
            Self::File { path, field } => write!(f, "{field} in {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One resolved setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}
