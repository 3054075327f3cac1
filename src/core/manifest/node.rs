//! A parsed YAML value that remembers where it stood: the tree every later step of `manifest` reads.
//!
//! In: what `yaml` built. Out: values with byte spans, JSON, or (through `&Node` as a serde deserializer) typed structs.
//! Deliberately no parsing and no knowledge of YAML's syntax: lists, mappings and scalars only.

mod de;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub use de::NodeError;

/// A file of one reading: an index into whatever holds the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// A range of byte offsets into one file's text; `end` is exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Which file. Nodes of several files are merged, and each keeps its true place.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just after the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets. An offset past `u32::MAX` is held at it: such a file was refused before it was parsed.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file: FileId::default(), start: clamp(start), end: clamp(end) }
    }

    /// The empty span at an offset.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The span as a range, as slices and renderers want it.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text under the span; empty when the span is of another text.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A place as people count it: both numbers start at 1, the column counts characters. Displays as `line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1. A byte order mark is not counted.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Turns byte offsets of one text into positions. Built only when there is something to show.
#[derive(Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    starts: Vec<u32>,
}

impl<'t> LineIndex<'t> {
    /// Finds the lines of a text; a line ends with LF, CRLF or a lone CR.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let first = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|&(at, &byte)| byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
        let starts = std::iter::once(first).chain(ends.map(|(at, _)| at + 1));
        Self { text, starts: starts.map(|at| Span::at(at).start).collect() }
    }

    /// The position of a byte offset. An offset past the end is at the end; one inside a character is at that character.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let start = self.starts[line - 1] as usize;
        let offset = self.text.floor_char_boundary(offset as usize);
        let before = self.text.get(start..offset).unwrap_or_default();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: count(line), column: count(before.chars().count() + 1) }
    }

    /// The text of a line (from 1) without its line break; empty when there is no such line.
    pub fn line_text(&self, line: u32) -> &'t str {
        let index = (line as usize).wrapping_sub(1);
        let Some(&start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).map_or(self.text.len(), |&end| end as usize);
        self.text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }
}

/// One value of a document and where it stands. Strings borrow from the text where they can.
///
/// A scalar's span is its source, quotes included. A flow collection's runs from bracket to bracket, a block
/// collection's from its first key or item to the end of its last value. A value that was left out (`owner:`)
/// has the empty span at the end of its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'a> {
    /// Where the value stands.
    pub span: Span,
    /// What it is.
    pub value: NodeValue<'a>,
}

/// What a value is, by the YAML 1.2 core schema.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`. `yes`, `no`, `on` and `off` are strings.
    Bool(bool),
    /// A whole number that fits 64 bits; a longer one is a string, so that no digit of an id is lost.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text; also dates and times, which get their meaning later.
    Str(Cow<'a, str>),
    /// A list.
    Seq(Vec<Node<'a>>),
    /// A mapping, in the file's order, without duplicate keys; entries that came by a merge key are last.
    Map(Vec<Entry<'a>>),
}

/// One `key: value` of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The key as text; a number or word is kept as it was written.
    pub key: Cow<'a, str>,
    /// Where the key stands, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The same node with every span in a file. Parsing knows one text only; this says which it was.
    #[must_use]
    pub fn in_file(mut self, file: FileId) -> Self {
        self.set_file(file);
        self
    }

    fn set_file(&mut self, file: FileId) {
        self.span.file = file;
        match &mut self.value {
            NodeValue::Seq(items) => items.iter_mut().for_each(|item| item.set_file(file)),
            NodeValue::Map(entries) => {
                for entry in entries {
                    entry.key_span.file = file;
                    entry.value.set_file(file);
                }
            }
            _ => {}
        }
    }

    /// The value under a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, when this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[Entry<'a>] {
        if let NodeValue::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node<'a>] {
        if let NodeValue::Seq(items) = &self.value { items } else { &[] }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let NodeValue::Str(text) = &self.value { Some(text) } else { None }
    }

    /// Whether nothing was written, or `null`.
    pub fn is_null(&self) -> bool {
        self.value == NodeValue::Null
    }

    /// What this is, in words that fit "expected …, found …".
    pub fn kind(&self) -> &'static str {
        match &self.value {
            NodeValue::Null => "nothing",
            NodeValue::Bool(_) => "true or false",
            NodeValue::Int(_) => "a whole number",
            NodeValue::Float(_) => "a number",
            NodeValue::Str(_) => "a string",
            NodeValue::Seq(_) => "a list",
            NodeValue::Map(_) => "a mapping",
        }
    }

    /// The same value as JSON. JSON has no infinity and no NaN; they become strings.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Int(value) => Value::from(*value),
            NodeValue::Float(value) => {
                serde_json::Number::from_f64(*value).map_or_else(|| Value::String(value.to_string()), Value::Number)
            }
            NodeValue::Str(text) => Value::String(text.to_string()),
            NodeValue::Seq(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Map(entries) => {
                entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_json())).collect()
            }
        }
    }

    /// The same value, freed from the text it was read from.
    pub fn into_owned(self) -> Node<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let value = match self.value {
            NodeValue::Null => NodeValue::Null,
            NodeValue::Bool(value) => NodeValue::Bool(value),
            NodeValue::Int(value) => NodeValue::Int(value),
            NodeValue::Float(value) => NodeValue::Float(value),
            NodeValue::Str(text) => NodeValue::Str(own(text)),
            NodeValue::Seq(items) => NodeValue::Seq(items.into_iter().map(Node::into_owned).collect()),
            NodeValue::Map(entries) => {
                let owned =
                    |Entry { key, key_span, value }| Entry { key: own(key), key_span, value: value.into_owned() };
                NodeValue::Map(entries.into_iter().map(owned).collect())
            }
        };
        Node { span: self.span, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_small() {
        assert!(size_of::<Node<'_>>() <= 48, "{}", size_of::<Node<'_>>());
        assert!(size_of::<Entry<'_>>() <= 88, "{}", size_of::<Entry<'_>>());
    }

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let index = LineIndex::new("añb\r\nc\rd\n");
        let places: Vec<_> = [0, 3, 6, 8, 99].iter().map(|&at| index.position(at).to_string()).collect();
        assert_eq!(places, ["1:1", "1:3", "2:1", "3:1", "4:1"]);
        assert_eq!(index.line_text(1), "añb");
        assert_eq!(index.line_text(3), "d");
        assert_eq!(index.line_text(9), "");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(LineIndex::new("\u{feff}a: 1").position(3).to_string(), "1:1");
        assert_eq!(LineIndex::new("\u{feff}a: 1").position(0).to_string(), "1:1");
    }
}
