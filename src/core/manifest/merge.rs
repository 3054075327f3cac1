//! Writes one tree over another: a launch over its profile, a profile over the one it extends.
//!
//! Mappings merge by key. Lists whose items have a `name` or `id` merge by it; every other list is replaced. A list of
//! plain names under a mapping counts as a mapping from those names, so that `activities: [email_campaign]` of a profile
//! can be given details by its name. `null` takes away what is inherited. Every node keeps its span, and with it its file.
//! Inside an activity's `with`, a `null` that takes nothing away stays: whether it is a slip, its resource's schema tells.

use super::node::{Entry, Node, NodeValue};

/// `over` written over `base`. Order: the base's, then what is new.
pub fn merge<'a>(base: &Node<'a>, over: &Node<'a>) -> Node<'a> {
    write_over(base, over, false)
}

/// A tree without the members that are `null`, for one that nothing is below.
pub fn without_nulls<'a>(node: &Node<'a>) -> Node<'a> {
    alone(node, false)
}

/// The field whose own members are a resource's.
const INPUTS: &str = "with";

fn write_over<'a>(base: &Node<'a>, over: &Node<'a>, inputs: bool) -> Node<'a> {
    match (&base.value, &over.value) {
        (NodeValue::Map(below), NodeValue::Map(above)) => {
            Node { span: over.span, value: entries(below, above, inputs) }
        }
        (NodeValue::Seq(below), NodeValue::Map(above)) if below.iter().all(|n| n.as_str().is_some()) => {
            let named: Vec<_> = below.iter().filter_map(as_entry).collect();
            Node { span: over.span, value: entries(&named, above, inputs) }
        }
        (NodeValue::Seq(below), NodeValue::Seq(above)) if above.iter().chain(below).any(|n| name(n).is_some()) => {
            Node { span: over.span, value: NodeValue::Seq(items(below, above, inputs)) }
        }
        _ => over.clone(),
    }
}

fn alone<'a>(node: &Node<'a>, inputs: bool) -> Node<'a> {
    match &node.value {
        NodeValue::Map(above) => Node { span: node.span, value: entries(&[], above, inputs) },
        _ => node.clone(),
    }
}

fn entries<'a>(below: &[Entry<'a>], above: &[Entry<'a>], inputs: bool) -> NodeValue<'a> {
    let mut merged = Vec::with_capacity(below.len() + above.len());
    for entry in below {
        match above.iter().find(|e| e.key == entry.key) {
            None => merged.push(entry.clone()),
            Some(over) if over.value.is_null() => {}
            Some(over) => merged.push(Entry {
                key: over.key.clone(),
                key_span: over.key_span,
                value: write_over(&entry.value, &over.value, inputs || over.key == INPUTS),
            }),
        }
    }
    let is_new = |e: &&Entry<'a>| (inputs || !e.value.is_null()) && below.iter().all(|b| b.key != e.key);
    merged.extend(above.iter().filter(is_new).map(|e| Entry {
        key: e.key.clone(),
        key_span: e.key_span,
        value: alone(&e.value, inputs || e.key == INPUTS),
    }));
    NodeValue::Map(merged)
}

fn items<'a>(below: &[Node<'a>], above: &[Node<'a>], inputs: bool) -> Vec<Node<'a>> {
    let mut merged: Vec<_> = below
        .iter()
        .map(|item| match name(item).and_then(|n| above.iter().find(|a| name(a) == Some(n))) {
            Some(over) => write_over(item, over, inputs),
            None => item.clone(),
        })
        .collect();
    let is_new = |item: &&Node<'a>| match name(item) {
        Some(name_above) => below.iter().all(|b| name(b) != Some(name_above)),
        None => below.iter().all(|b| b.as_str().is_none() || b.as_str() != item.as_str()),
    };
    merged.extend(above.iter().filter(is_new).cloned());
    merged
}

/// What a list's item is known by.
fn name<'n>(item: &'n Node<'_>) -> Option<&'n str> {
    item.get("name").or_else(|| item.get("id")).or_else(|| item.get("from"))?.as_str()
}

fn as_entry<'a>(item: &Node<'a>) -> Option<Entry<'a>> {
    let NodeValue::Str(key) = &item.value else { return None };
    Some(Entry {
        key: key.clone(),
        key_span: item.span,
        value: Node { span: item.span, value: NodeValue::Map(Vec::new()) },
    })
}
