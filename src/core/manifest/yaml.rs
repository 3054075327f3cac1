//! YAML text to nodes with spans: the one place of launchd that knows YAML.
//!
//! In: a file's bytes or text. Out: its documents and every problem, in file order; neither call panics or recurses
//! without bound, and both take time and memory in proportion to a text of bounded size.
//! `events` (on the `granit-parser` library) decides what a text means; `fast` reads the plain subset that real plans
//! use and gives up on anything else, so it can only be quicker, never different: a property test compares the two.
//! Deliberately no knowledge of plans: which fields exist is decided by the readers of nodes.

mod characters;
mod events;
mod fast;
mod scalar;
mod slip;
mod wording;

use super::node::{Entry, LineIndex, Node, Span};

/// The largest file that is parsed, in bytes.
pub const MAX_FILE_BYTES: usize = 4 << 20;
/// The longest single scalar, in bytes of its value.
pub const MAX_SCALAR_BYTES: usize = 1 << 20;
/// How deep lists and mappings may nest, aliases expanded.
pub const MAX_DEPTH: usize = 64;
/// How many values a file may hold, counting each alias as all that it stands for.
pub const MAX_NODES: usize = 1_000_000;
/// How many bytes of text aliases may repeat in one file.
const MAX_ALIASED_BYTES: usize = 16 << 20;
/// Enough to work on; a file with more is broken in one way that repeats.
const MAX_PROBLEMS: usize = 50;

/// One fault of a file, in words for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlProblem {
    /// Where; empty at an offset when the fault has no extent.
    pub span: Span,
    /// A second place that matters: the first of two duplicate keys, the bracket that was not closed.
    pub related: Option<Span>,
    /// `yaml/syntax`, `yaml/tab`, `yaml/encoding`, `yaml/duplicate-key`, `yaml/alias`, `yaml/depth`, `yaml/size`,
    /// `yaml/tag` or `yaml/key`. Stable.
    pub code: &'static str,
    /// What kind of fault: short, and the same for each fault of the kind.
    pub summary: String,
    /// What is wrong here; may be empty when the summary says it all.
    pub detail: String,
    /// What to do about it.
    pub hint: String,
}

impl YamlProblem {
    fn new(code: &'static str, span: Span, summary: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { span, related: None, code, summary: summary.to_owned(), detail: detail.into(), hint: hint.into() }
    }

    fn related(mut self, span: Span) -> Self {
        self.related = Some(span);
        self
    }
}

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed<'a> {
    /// The documents that could be read. One with a fault that leaves its shape clear (a duplicate key, an unknown tag)
    /// is among them, so that its other faults can be reported too; never act on a file that has problems.
    pub documents: Vec<Node<'a>>,
    /// What is wrong, by place. A syntax error ends its document, and reading goes on at the next `---`.
    pub problems: Vec<YamlProblem>,
}

/// The text of a file's bytes; a byte order mark stays in, so that offsets are the file's own.
///
/// # Errors
/// A file over `MAX_FILE_BYTES`, in UTF-16 or UTF-32, or not valid UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, YamlProblem> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(wording::file_too_large(bytes.len()));
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] = bytes {
        return Err(wording::utf16());
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let before = str::from_utf8(valid).expect("`valid_up_to` ends valid UTF-8");
        wording::not_utf8(LineIndex::new(before).position(Span::at(valid.len()).start), valid.len(), rest[0])
    })
}

/// Reads every document of a text. An empty document, or one with only comments, is none.
pub fn parse(text: &str) -> Parsed<'_> {
    if text.len() > MAX_FILE_BYTES {
        return Parsed { documents: Vec::new(), problems: vec![wording::file_too_large(text.len())] };
    }
    match fast::parse(text) {
        Some(documents) => Parsed { documents, problems: Vec::new() },
        None => events::parse(text),
    }
}

/// Pairs of indexes of entries with the same key, (first, later), by the later one's place.
fn duplicate_keys(entries: &[Entry<'_>]) -> Vec<(usize, usize)> {
    // Few keys are compared with each other; many are sorted, which no choice of keys can slow down.
    if entries.len() <= 12 {
        let first = |later: usize| entries[..later].iter().position(|entry| entry.key == entries[later].key);
        return (1..entries.len()).filter_map(|later| Some((first(later)?, later))).collect();
    }
    let mut sorted: Vec<(&str, usize)> = entries.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a.0 == b.0);
    let mut pairs: Vec<_> = runs.flat_map(|run| run[1..].iter().map(|later| (run[0].1, later.1))).collect();
    pairs.sort_unstable_by_key(|&(_, later)| later);
    pairs
}

#[cfg(test)]
mod tests;
