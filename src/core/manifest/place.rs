//! Finding in the tree what a typed document speaks of: typed documents have no places, the tree has all of them.

use super::node::{Node, NodeValue, Span};

/// One step down a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    Key(&'s str),
    Index(usize),
}

/// The span of what stands at a path; of the nearest thing above it, where there is nothing.
pub fn place(root: &Node<'_>, path: &[Step<'_>]) -> Span {
    let mut node = root;
    let mut span = root.span;
    for step in path {
        match *step {
            Step::Key(key) => match node.entry(key) {
                Some(entry) => {
                    // A whole block is too much to point at; its key says it.
                    let block = matches!(entry.value.value, NodeValue::Map(_) | NodeValue::Seq(_));
                    span = if block || entry.value.is_null() { entry.key_span } else { entry.value.span };
                    node = &entry.value;
                }
                None => {
                    // A list of names stands for a mapping.
                    let item = node.items().iter().find(|i| i.as_str() == Some(key));
                    return item.map_or(span, |i| i.span);
                }
            },
            Step::Index(index) => match node.items().get(index) {
                Some(item) => {
                    span = first_line(item);
                    node = item;
                }
                None => return span,
            },
        }
    }
    span
}

/// A list's item that is a mapping is pointed at by its name, or its first key.
fn first_line(item: &Node<'_>) -> Span {
    let named = item.get("name").or_else(|| item.get("id")).map(|n| n.span);
    named.or_else(|| item.entries().first().map(|e| e.key_span)).unwrap_or(item.span)
}

/// The steps of a JSON pointer (RFC 6901), unescaped.
pub fn pointer_steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect()
}

/// The span of what a JSON pointer below a path names.
pub fn place_below(root: &Node<'_>, path: &[Step<'_>], pointer: &str) -> Span {
    let names = pointer_steps(pointer);
    let mut steps = path.to_vec();
    steps.extend(names.iter().map(|n| n.parse().map_or(Step::Key(n), Step::Index)));
    place(root, &steps)
}
