//! Nodes from the events of the YAML library. This is the reading that counts.
//!
//! In: any text. Out: `Parsed`. Memory and time are bounded here: depth, number of values, what aliases repeat.

mod scalars;

use super::super::node::{Entry, LineIndex, Node, NodeValue, Span};
use super::{MAX_ALIASED_BYTES, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS};
use super::{Parsed, YamlProblem, duplicate_keys};
use super::{slip, wording};
use granit_parser::{Event, Options, Parser, StructureStyle, Tag};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Reads every document. After a fault that hides a document's shape, reading goes on with the next document.
pub(super) fn parse(text: &str) -> Parsed<'_> {
    let mut parser = Parser::new_from_str_with_options(text, options());
    let mut builder = Builder::new(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(slip::syntax(text, error.kind(), at))
            }
        };
        if let Err(problem) = step {
            builder.abandon_document(problem);
            let more = builder.problems.len() < MAX_PROBLEMS && parser.proceed_next_document().unwrap_or(false);
            if !more {
                break;
            }
        }
    }
    builder.finish()
}

fn options() -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    // The library stops early on a deep text; depth of both kinds together is checked here.
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options
}

/// A value with what it costs to repeat it.
#[derive(Clone)]
struct Sized<'a> {
    node: Node<'a>,
    cost: Cost,
}

#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A collection that is still open.
struct Frame<'a> {
    start: usize,
    shape: Shape,
    anchor: usize,
    cost: Cost,
    collection: Collection<'a>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Laid out by indentation.
    Block,
    /// In brackets.
    Flow,
    /// One `key: value` that stands in a flow list without braces of its own.
    Pair,
}

enum Collection<'a> {
    Seq(Vec<Node<'a>>),
    Map { entries: Vec<Entry<'a>>, merged: Option<(Span, Vec<Node<'a>>)>, key: Option<Key<'a>> },
}

enum Key<'a> {
    Text(Cow<'a, str>, Span),
    Merge(Span),
    /// A list or mapping as a key: reported, and its value is read and dropped.
    Unusable,
}

struct Builder<'a> {
    text: &'a str,
    has_tabs: bool,
    frames: Vec<Frame<'a>>,
    anchors: BTreeMap<usize, Sized<'a>>,
    nodes: usize,
    aliased_bytes: usize,
    documents: Vec<Node<'a>>,
    problems: Vec<YamlProblem>,
    lines: Option<LineIndex<'a>>,
}

type Step = Result<(), YamlProblem>;

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            has_tabs: text.contains('\t'),
            frames: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            aliased_bytes: 0,
            documents: Vec::new(),
            problems: Vec::new(),
            lines: None,
        }
    }

    fn finish(mut self) -> Parsed<'a> {
        self.problems.sort_by_key(|problem| problem.span);
        // A template without quotes is both a key that is no text and, where more follows it, an error of syntax.
        self.problems.dedup_by_key(|problem| (problem.span.start, problem.summary.clone()));
        Parsed { documents: self.documents, problems: self.problems }
    }

    fn abandon_document(&mut self, problem: YamlProblem) {
        self.report(problem);
        self.frames.clear();
        self.anchors.clear();
    }

    fn report(&mut self, problem: YamlProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn take(&mut self, event: Event<'a>, place: &granit_parser::Span) -> Step {
        let range = place.byte_range().unwrap_or_default();
        let span = Span::new(range.start, range.end);
        let tag_at =
            place.tag_span().and_then(|tag| tag.byte_range()).map_or(span, |tag| Span::new(tag.start, tag.end));
        match event {
            Event::Scalar(value, style, anchor, tag) => self.scalar(value, style, anchor, tag, span, tag_at),
            Event::SequenceStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", tag_at);
                self.open(style, anchor, Collection::Seq(Vec::new()), span)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", tag_at);
                self.open(style, anchor, Collection::Map { entries: Vec::new(), merged: None, key: None }, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                self.report(wording::unknown_alias(&name, span));
                self.place(leaf(Node { span, value: NodeValue::Null }), Some(Key::Unusable))
            }
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, fits: &str, at: Span) {
        match tag {
            Some(tag) if tag.core_suffix() != Some(fits) => self.report(wording::unknown_tag(at.slice(self.text), at)),
            _ => {}
        }
    }

    fn open(&mut self, style: StructureStyle, anchor: usize, collection: Collection<'a>, span: Span) -> Step {
        if self.frames.len() >= MAX_DEPTH {
            return Err(wording::too_deep(span));
        }
        let shape = match style {
            StructureStyle::Block => Shape::Block,
            StructureStyle::Flow if span.start == span.end => Shape::Pair,
            StructureStyle::Flow => Shape::Flow,
        };
        if shape == Shape::Block {
            self.check_indentation(span)?;
        }
        self.frames.push(Frame { start: span.start as usize, shape, anchor, cost: Cost::default(), collection });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Step {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let Frame { start, shape, anchor, cost, collection } = frame;
        // Without brackets, a collection runs from its first key or item to the end of its last value.
        let extent = |first: Option<Span>, last: Option<Span>| match (first, last) {
            _ if shape == Shape::Flow => Span::new(start, end.end as usize),
            (Some(first), Some(last)) => Span { end: last.end, ..first },
            _ => Span::at(start),
        };
        let (span, value) = match collection {
            Collection::Seq(items) => {
                let span = extent(items.first().map(|node| node.span), items.last().map(|node| node.span));
                (span, NodeValue::Seq(items))
            }
            Collection::Map { mut entries, merged, .. } => {
                let span =
                    extent(entries.first().map(|entry| entry.key_span), entries.last().map(|entry| entry.value.span));
                self.drop_duplicates(&mut entries);
                if let Some((at, sources)) = merged {
                    self.merge(&mut entries, at, sources);
                }
                (span, NodeValue::Map(entries))
            }
        };
        let cost = Cost { nodes: cost.nodes + 1, bytes: cost.bytes, height: cost.height + 1 };
        let sized = Sized { node: Node { span, value }, cost };
        self.remember(anchor, &sized)?;
        let span = sized.node.span;
        if self.expects_key() {
            let opens = Span::new(start, span.end as usize);
            let problem = wording::collection_as_key(self.text, sized.node.kind(), opens);
            self.report(problem);
        }
        self.place(sized, Some(Key::Unusable))
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { collection: Collection::Map { key: None, .. }, .. }))
    }

    /// Puts a finished value where it belongs; `key` is what it would be as a key.
    fn place(&mut self, sized: Sized<'a>, key: Option<Key<'a>>) -> Step {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(wording::too_many_nodes(sized.node.span));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.documents.push(sized.node);
            return Ok(());
        };
        frame.cost.nodes += sized.cost.nodes;
        frame.cost.bytes += sized.cost.bytes;
        frame.cost.height = frame.cost.height.max(sized.cost.height);
        let problem = match &mut frame.collection {
            Collection::Seq(items) => {
                items.push(sized.node);
                None
            }
            Collection::Map { entries, merged, key: pending } => match pending.take() {
                None => {
                    let missing = key.is_none().then(|| wording::missing_key(sized.node.span));
                    *pending = Some(key.unwrap_or(Key::Unusable));
                    missing
                }
                Some(Key::Unusable) => None,
                Some(Key::Text(key, key_span)) => {
                    // A value that was left out stands at its key, wherever an anchor or comment put it.
                    let mut value = sized.node;
                    if value.span.start == value.span.end {
                        value.span = Span { start: key_span.end, ..key_span };
                    }
                    entries.push(Entry { key, key_span, value });
                    None
                }
                Some(Key::Merge(at)) => add_merge(merged, at, sized.node),
            },
        };
        if let Some(problem) = problem {
            self.report(problem);
        }
        Ok(())
    }

    fn drop_duplicates(&mut self, entries: &mut Vec<Entry<'a>>) {
        let pairs = duplicate_keys(entries);
        if pairs.is_empty() {
            return;
        }
        for &(first, later) in pairs.iter().take(MAX_PROBLEMS) {
            let (first, later) = (entries[first].key_span, &entries[later]);
            let position = self.lines.get_or_insert_with(|| LineIndex::new(self.text)).position(first.start);
            let problem = wording::duplicate_key(&later.key, later.key_span, position).related(first);
            self.report(problem);
        }
        let dropped: BTreeSet<usize> = pairs.into_iter().map(|(_, later)| later).collect();
        let mut at = 0..;
        entries.retain(|_| at.next().is_none_or(|at| !dropped.contains(&at)));
    }

    /// Adds what the merge key brings: keys of the mapping itself win, then the earlier of the sources.
    fn merge(&mut self, entries: &mut Vec<Entry<'a>>, at: Span, sources: Vec<Node<'a>>) {
        let mut taken: BTreeSet<Cow<'a, str>> = entries.iter().map(|entry| entry.key.clone()).collect();
        for source in sources {
            let NodeValue::Map(brought) = source.value else {
                self.report(wording::merge_needs_mapping(at, source.kind()));
                continue;
            };
            entries.extend(brought.into_iter().filter(|entry| taken.insert(entry.key.clone())));
        }
    }

    fn remember(&mut self, anchor: usize, sized: &Sized<'a>) -> Step {
        if anchor == 0 {
            return Ok(());
        }
        self.charge(sized.cost, sized.node.span)?;
        self.anchors.insert(anchor, sized.clone());
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Step {
        let Some(target) = self.anchors.get(&id) else {
            return Err(wording::alias_in_itself(span.slice(self.text), span));
        };
        let cost = target.cost;
        if self.frames.len() + cost.height > MAX_DEPTH {
            return Err(wording::too_deep(span));
        }
        self.charge(cost, span)?;
        let Some(target) = self.anchors.get(&id).cloned() else { return Ok(()) };
        let key = match &target.node.value {
            NodeValue::Str(text) => Some(Key::Text(text.clone(), span)),
            NodeValue::Seq(_) | NodeValue::Map(_) => {
                if self.expects_key() {
                    self.report(wording::collection_as_key(self.text, target.node.kind(), span));
                }
                Some(Key::Unusable)
            }
            _ => Some(Key::Text(Cow::Borrowed(target.node.span.slice(self.text)), span)),
        };
        self.place(target, key)
    }

    /// Every copy is paid for before it is made: that of an anchored value, and that of each alias.
    fn charge(&mut self, cost: Cost, span: Span) -> Step {
        self.nodes += cost.nodes;
        self.aliased_bytes += cost.bytes;
        if self.nodes > MAX_NODES || self.aliased_bytes > MAX_ALIASED_BYTES {
            return Err(wording::alias_bomb(span));
        }
        Ok(())
    }

    /// The library lets a tab pass where the first line of a block is indented; a second line would then fail oddly.
    fn check_indentation(&self, span: Span) -> Step {
        let before = self.text.as_bytes().get(..span.start as usize).filter(|_| self.has_tabs).unwrap_or_default();
        let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = &before[before.len() - indent..];
        let starts_line = indent == before.len() || matches!(before[before.len() - indent - 1], b'\n' | b'\r');
        match line.iter().position(|&byte| byte == b'\t') {
            Some(tab) if starts_line => Err(wording::tab(before.len() - indent + tab)),
            _ => Ok(()),
        }
    }
}

fn leaf(node: Node<'_>) -> Sized<'_> {
    let bytes = node.as_str().map_or(0, str::len);
    Sized { node, cost: Cost { nodes: 1, bytes, height: 0 } }
}

fn add_merge<'a>(merged: &mut Option<(Span, Vec<Node<'a>>)>, at: Span, source: Node<'a>) -> Option<YamlProblem> {
    if let Some((first, _)) = merged {
        return Some(wording::second_merge(at).related(*first));
    }
    let sources = match source {
        Node { value: NodeValue::Seq(items), .. } => items,
        other => vec![other],
    };
    *merged = Some((at, sources));
    None
}
