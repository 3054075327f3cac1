//! Where plan files come from: a folder, or a revision of a git repository.
//!
//! In: a root. Out: files as bytes with their paths, and a signal that something may have changed. Imports `core`.
//! Deliberately absent: any understanding of what the files say.

pub mod directory;
pub mod git;

use async_trait::async_trait;

use crate::core::model::source::SourceFile;

/// The files as they are at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// By path, sorted.
    pub files: Vec<SourceFile>,
    /// Files that are there and could not be read, with why. Their launches are held, never removed.
    pub unreadable: Vec<(String, String)>,
    /// What the snapshot is of: a folder's name, a commit.
    pub description: String,
}

/// The source could not be read at all: nothing is concluded about any launch.
#[derive(Debug, thiserror::Error)]
#[error("{summary}: {detail}")]
pub struct SourceError {
    pub summary: String,
    pub detail: String,
    pub hint: String,
}

/// A place with plan files.
#[async_trait]
pub trait Source: Send + Sync {
    /// Reads every `*.yaml`, `*.yml` and `*.ics` below the root, never through a link that leaves it.
    ///
    /// # Errors
    /// The root is missing or unreadable. One unreadable file is not an error of the source.
    async fn snapshot(&self) -> Result<Snapshot, SourceError>;

    /// Returns when something may have changed; may return without reason, and must not miss a change for
    /// longer than the resync interval.
    async fn changed(&self);
}

/// A larger file is no plan: it is said to be unreadable.
pub const LARGEST_FILE: u64 = 4 << 20;

/// More than this is no folder of plans: the source cannot be read.
pub const LARGEST_SOURCE: u64 = 1 << 30;

/// Whether a file is one of a source's, by its name alone. Hidden ones (an editor's lock, `.git`) are not.
fn is_plan_name(name: &str) -> bool {
    !name.starts_with('.') && [".yaml", ".yml", ".ics"].iter().any(|ending| name.ends_with(ending))
}

fn too_large(size: u64) -> String {
    format!("it has {size} bytes, and at most {LARGEST_FILE} are read; split it into several files")
}

impl SourceError {
    fn new(summary: impl Into<String>, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into(), hint: hint.into() }
    }

    fn too_much(what: &str) -> Self {
        Self::new(
            "the source is too large",
            format!("{what} holds more than {} MiB of plan files", LARGEST_SOURCE >> 20),
            "point the source at the folder that holds the plan files only",
        )
    }
}
