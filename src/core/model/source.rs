//! Where something was written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in a file. Line and column are 1-based; the column counts characters, as editors do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Relative to the source's root, with `/`.
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    /// Byte offsets into the file's text, for drawing the source line.
    pub start: u32,
    pub end: u32,
}

/// A file of the source as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the source's root, with `/`; never absolute, never with `..`.
    pub path: Arc<str>,
    pub bytes: Arc<[u8]>,
}
