//! A quick reading of the plain YAML that plan files are made of.
//!
//! In: a text. Out: the very documents `events` would build, or `None` for anything unusual: anchors, aliases, tags,
//! block scalars, text or brackets over several lines, tabs, directives, complex keys, items that were left out,
//! duplicate keys, and every error. Giving up is always right; the only way to be wrong is to differ, and
//! `tests.rs` compares the two readings on generated and damaged texts.

use super::super::node::{Entry, Node, NodeValue, Span};
use super::characters::{BLOCK_STOP, CLASS, FLOW_STOP, PLAIN_START, is_plain};
use super::{MAX_DEPTH, MAX_NODES, MAX_SCALAR_BYTES, duplicate_keys, scalar};
use std::borrow::Cow;

/// YAML's own limit for a key on one line is 1024 characters; a longer one is for the library to judge.
const MAX_KEY_BYTES: usize = 1000;

/// Reads every document of a plain text.
pub(super) fn parse(text: &str) -> Option<Vec<Node<'_>>> {
    if !is_plain(text) {
        return None;
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, line: 0, column: 0, depth: 0, nodes: 0 };
    reader.documents()
}

/// What a line turned out to start with, once blank lines and comments are skipped.
#[derive(PartialEq)]
enum Next {
    Content,
    Marker,
    End,
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Where reading stands; between values, the first character of the next line that holds something.
    at: usize,
    /// Where that line starts.
    line: usize,
    /// Its indentation; -1 when no more of this document comes.
    column: isize,
    depth: usize,
    nodes: usize,
}

type Scalar<'a> = (Cow<'a, str>, Span);

impl<'a> Reader<'a> {
    fn documents(&mut self) -> Option<Vec<Node<'a>>> {
        let mut documents = Vec::new();
        let mut next = self.next_line()?;
        loop {
            match next {
                Next::End => return Some(documents),
                Next::Marker => {
                    self.at += 3;
                    next = self.end_of_line()?;
                    if next != Next::Content {
                        continue;
                    }
                }
                Next::Content if documents.is_empty() => {}
                // A second document without `---` is an error, and so is a line left of the first one.
                Next::Content => return None,
            }
            documents.push(self.block()?);
            next = self.next_line()?;
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Whether a space, a line break or the end is at this distance.
    fn is_gap(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), None | Some(b' ' | b'\n' | b'\r'))
    }

    fn skip_spaces(&mut self) {
        while self.peek(0) == Some(b' ') {
            self.at += 1;
        }
    }

    /// After a value: nothing but a comment may follow on the line. Moves on to the next line with content.
    fn end_of_line(&mut self) -> Option<Next> {
        let spaces = self.at;
        self.skip_spaces();
        match self.peek(0) {
            None | Some(b'\n' | b'\r') => self.next_line(),
            Some(b'#') if self.at > spaces => self.next_line(),
            _ => None,
        }
    }

    /// Moves to the first character of the next line with content, from within spaces, a comment or a line break.
    fn next_line(&mut self) -> Option<Next> {
        loop {
            self.skip_spaces();
            match self.peek(0) {
                None => break,
                Some(b'\n') => self.at += 1,
                Some(b'\r') if self.peek(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
                    continue;
                }
                Some(b'\r') => return None,
                Some(_) => {
                    self.column = (self.at - self.line).cast_signed();
                    return self.content();
                }
            }
            self.line = self.at;
        }
        self.column = -1;
        Some(Next::End)
    }

    fn content(&mut self) -> Option<Next> {
        if self.column > 0 {
            return Some(Next::Content);
        }
        match self.bytes[self.at..] {
            [b'-', b'-', b'-', ..] if self.is_gap(3) => {
                self.column = -1;
                Some(Next::Marker)
            }
            [b'.', b'.', b'.', ..] | [b'%', ..] => None,
            _ => Some(Next::Content),
        }
    }

    fn count(&mut self) -> Option<()> {
        self.nodes += 1;
        (self.nodes <= MAX_NODES).then_some(())
    }

    fn node(&mut self, span: Span, value: NodeValue<'a>) -> Option<Node<'a>> {
        self.count()?;
        Some(Node { span, value })
    }

    /// A collection one level down.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let read = read(self)?;
        self.depth -= 1;
        Some(read)
    }

    /// A block collection that starts at the current line's content.
    fn block(&mut self) -> Option<Node<'a>> {
        let column = self.column;
        if self.at_item() { self.nested(|reader| reader.sequence(column)) } else { self.mapping_here(column) }
    }

    fn mapping_here(&mut self, column: isize) -> Option<Node<'a>> {
        let key = self.key()?;
        self.nested(|reader| reader.mapping(column, key))
    }

    fn at_item(&self) -> bool {
        self.peek(0) == Some(b'-') && self.is_gap(1)
    }

    fn at_colon(&self) -> bool {
        self.peek(0) == Some(b':') && self.is_gap(1)
    }

    /// A block mapping whose first key was just read.
    fn mapping(&mut self, column: isize, first: Scalar<'a>) -> Option<Node<'a>> {
        let start = first.1.start;
        let mut entries = Vec::with_capacity(4);
        let mut next = Some(first);
        while let Some((key, key_span)) = next {
            self.count()?;
            let value = self.mapping_value(column, key_span)?;
            entries.push(Entry { key, key_span, value });
            next = match self.column {
                right if right > column => return None,
                same if same == column => Some(self.key()?),
                _ => None,
            };
        }
        let end = entries.last()?.value.span.end;
        if !duplicate_keys(&entries).is_empty() {
            return None;
        }
        self.node(Span { start, end, ..Span::default() }, NodeValue::Map(entries))
    }

    /// A key, up to and with its colon.
    fn key(&mut self) -> Option<Scalar<'a>> {
        let (key, span) = match self.peek(0)? {
            b'"' | b'\'' => self.quoted()?,
            _ => self.plain(BLOCK_STOP)?,
        };
        if !self.at_colon() || key == "<<" || span.range().len() > MAX_KEY_BYTES {
            return None;
        }
        self.at += 1;
        Some((key, span))
    }

    fn mapping_value(&mut self, column: isize, key: Span) -> Option<Node<'a>> {
        self.skip_spaces();
        match self.peek(0) {
            None | Some(b'\n' | b'\r' | b'#') => {
                self.end_of_key_line()?;
                if self.column > column {
                    return self.block();
                }
                if self.column == column && self.at_item() {
                    return self.nested(|reader| reader.sequence(column));
                }
                self.node(Span { start: key.end, ..key }, NodeValue::Null)
            }
            Some(_) => {
                let value = self.inline(BLOCK_STOP)?;
                self.end_of_line()?;
                Some(value)
            }
        }
    }

    /// After `key:` or `-` and spaces: a comment needs a space before it.
    fn end_of_key_line(&mut self) -> Option<Next> {
        if self.peek(0) == Some(b'#') && self.bytes[self.at - 1] != b' ' {
            return None;
        }
        self.next_line()
    }

    /// A block sequence whose first `-` is here.
    fn sequence(&mut self, column: isize) -> Option<Node<'a>> {
        let mut items = Vec::with_capacity(4);
        loop {
            self.at += 1;
            items.push(self.item(column)?);
            if self.column > column {
                return None;
            }
            if self.column < column || !self.at_item() {
                break;
            }
        }
        let span = Span { end: items.last()?.span.end, ..items.first()?.span };
        self.node(span, NodeValue::Seq(items))
    }

    fn item(&mut self, column: isize) -> Option<Node<'a>> {
        self.skip_spaces();
        let inner = (self.at - self.line).cast_signed();
        let scalar = match self.peek(0) {
            None | Some(b'\n' | b'\r' | b'#') => {
                self.end_of_key_line()?;
                return if self.column > column { self.block() } else { None };
            }
            Some(b'[' | b'{') => {
                let value = self.inline(BLOCK_STOP)?;
                self.end_of_line()?;
                return Some(value);
            }
            Some(_) if self.at_item() => return self.nested(|reader| reader.sequence(inner)),
            Some(b'"' | b'\'') => self.quoted()?,
            Some(_) => self.plain(BLOCK_STOP)?,
        };
        if self.peek(0) == Some(b':') {
            self.at = scalar.1.start as usize;
            return self.mapping_here(inner);
        }
        let value = self.scalar(scalar)?;
        self.end_of_line()?;
        Some(value)
    }

    /// A value on the rest of the line or within brackets: a flow collection or a scalar.
    fn inline(&mut self, stop: u8) -> Option<Node<'a>> {
        match self.peek(0)? {
            b'[' => self.nested(Self::flow_sequence),
            b'{' => self.nested(Self::flow_mapping),
            first => {
                let scalar = if matches!(first, b'"' | b'\'') { self.quoted()? } else { self.plain(stop)? };
                self.scalar(scalar)
            }
        }
    }

    fn scalar(&mut self, (text, span): Scalar<'a>) -> Option<Node<'a>> {
        if text.len() > MAX_SCALAR_BYTES {
            return None;
        }
        let quoted = matches!(self.bytes[span.start as usize], b'"' | b'\'');
        let value = match text {
            Cow::Borrowed(plain) if !quoted => scalar::resolve_borrowed(plain),
            text => NodeValue::Str(text),
        };
        self.node(span, value)
    }

    /// Items up to the closing bracket, each followed by a comma or that bracket. All on one line.
    fn flow(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<Span> {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip_spaces();
            if self.peek(0)? == close {
                self.at += 1;
                return Some(Span::new(start, self.at));
            }
            item(self)?;
            self.skip_spaces();
            match self.peek(0)? {
                b',' => self.at += 1,
                byte if byte == close => {}
                _ => return None,
            }
        }
    }

    fn flow_sequence(&mut self) -> Option<Node<'a>> {
        let mut items = Vec::new();
        let span = self.flow(b']', |reader| {
            items.push(reader.inline(FLOW_STOP)?);
            Some(())
        })?;
        self.node(span, NodeValue::Seq(items))
    }

    fn flow_mapping(&mut self) -> Option<Node<'a>> {
        let mut entries = Vec::new();
        let span = self.flow(b'}', |reader| {
            let (key, key_span) = match reader.peek(0)? {
                b'"' | b'\'' => reader.quoted()?,
                _ => reader.plain(FLOW_STOP)?,
            };
            if reader.peek(0) != Some(b':')
                || reader.peek(1) != Some(b' ')
                || key == "<<"
                || key_span.range().len() > MAX_KEY_BYTES
            {
                return None;
            }
            reader.count()?;
            reader.at += 1;
            reader.skip_spaces();
            entries.push(Entry { key, key_span, value: reader.inline(FLOW_STOP)? });
            Some(())
        })?;
        if !duplicate_keys(&entries).is_empty() {
            return None;
        }
        self.node(span, NodeValue::Map(entries))
    }

    /// A plain scalar on one line, without the spaces after it.
    fn plain(&mut self, stop: u8) -> Option<Scalar<'a>> {
        let start = self.at;
        let first = self.peek(0)?;
        let dash = first == b'-' && self.peek(1).is_some_and(|next| next.is_ascii_alphanumeric() || next == b'.');
        if CLASS[usize::from(first)] & PLAIN_START == 0 && !dash {
            return None;
        }
        loop {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|&byte| CLASS[usize::from(byte)] & stop != 0).unwrap_or(rest.len());
            match self.peek(0) {
                Some(b':') if self.is_gap(1) => break,
                Some(b':') if stop == FLOW_STOP && matches!(self.peek(1), Some(b',' | b'[' | b']' | b'{' | b'}')) => {
                    return None;
                }
                Some(b'#') if self.bytes[self.at - 1] != b' ' => self.at += 1,
                Some(b':') => self.at += 1,
                _ => break,
            }
        }
        let text = self.text[start..self.at].trim_end_matches(' ');
        self.at = start + text.len();
        Some((Cow::Borrowed(text), Span::new(start, start + text.len())))
    }

    /// A quoted scalar on one line. Of the escapes, only the ones that stand for one plain character.
    fn quoted(&mut self) -> Option<Scalar<'a>> {
        let start = self.at;
        let quote = self.peek(0)?;
        self.at += 1;
        let mut unescaped = String::new();
        let mut copied = self.at;
        loop {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|&byte| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r'))?;
            let character = match (self.bytes[self.at], self.peek(1)) {
                (b'\n' | b'\r', _) => return None,
                (b'\\', _) if quote == b'\'' => {
                    self.at += 1;
                    continue;
                }
                (b'\\', Some(b'n')) => '\n',
                (b'\\', Some(b't')) => '\t',
                (b'\\', Some(escaped @ (b'"' | b'\\' | b'/'))) => char::from(escaped),
                (b'\\', _) => return None,
                (b'\'', Some(b'\'')) => '\'',
                _ => break,
            };
            unescaped.push_str(&self.text[copied..self.at]);
            unescaped.push(character);
            self.at += 2;
            copied = self.at;
        }
        let tail = &self.text[copied..self.at];
        self.at += 1;
        let text = if copied == start + 1 { Cow::Borrowed(tail) } else { Cow::Owned(unescaped + tail) };
        Some((text, Span::new(start, self.at)))
    }
}
