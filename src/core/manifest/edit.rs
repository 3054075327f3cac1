//! One value written into a YAML text: everything else stays byte for byte, comments and layout too.
//!
//! In: a text, which document, a path, a plain value. Out: the text with it, or nothing where it cannot be written so
//! (below an anchor, a list, a text of several lines). What comes out is read again and compared: it differs in that one
//! value and in nothing else.

use serde_json::Value;

use super::{
    document::Kind,
    node::{Node, NodeValue},
    yaml,
};

/// `text` with `value` at `path` in the document of that kind and name. Mappings on the way that are not there are made.
/// `None` where it cannot be done without touching anything else.
pub fn set(text: &str, kind: Kind, name: &str, path: &[&str], value: &str) -> Option<String> {
    let (before, at) = documents(text, kind, name)?;
    let edited = Edit { text, end_of_line: if text.contains("\r\n") { "\r\n" } else { "\n" } }.write(
        &before[at],
        None,
        path,
        value,
    )?;
    let (after, same) = documents(&edited, kind, name)?;
    let mut wanted: Vec<Value> = before.iter().map(Node::to_json).collect();
    put(&mut wanted[at], path, value)?;
    let found: Vec<Value> = after.iter().map(Node::to_json).collect();
    (same == at && found == wanted).then_some(edited)
}

fn documents<'t>(text: &'t str, kind: Kind, name: &str) -> Option<(Vec<Node<'t>>, usize)> {
    let parsed = yaml::parse(text);
    let is_meant = |node: &Node<'_>| {
        let own = node.get("metadata").and_then(|m| m.get("name")).and_then(Node::as_str);
        node.get("kind").and_then(Node::as_str) == Some(kind.as_str()) && own == Some(name)
    };
    let at = parsed.documents.iter().position(is_meant).filter(|_| parsed.problems.is_empty())?;
    Some((parsed.documents, at))
}

/// The same change, to the value that the text stands for.
fn put(root: &mut Value, path: &[&str], value: &str) -> Option<()> {
    let (last, above) = path.split_last()?;
    let mut at = root;
    for key in above {
        let map = at.as_object_mut()?;
        at = map.entry(*key).or_insert(Value::Null);
        if at.is_null() {
            *at = Value::Object(serde_json::Map::new());
        }
    }
    at.as_object_mut()?.insert((*last).to_owned(), Value::String(value.to_owned()));
    Some(())
}

struct Edit<'t> {
    text: &'t str,
    end_of_line: &'static str,
}

impl Edit<'_> {
    /// `key` is the column of the key that the node belongs to, where it has one on a line of its own.
    fn write(&self, node: &Node<'_>, key: Option<usize>, path: &[&str], value: &str) -> Option<String> {
        let Some((first, rest)) = path.split_first() else { return self.replace(node, value) };
        match &node.value {
            NodeValue::Map(_) => match node.entry(first) {
                Some(entry) => {
                    let column = self.column(entry.key_span.range().start);
                    self.write(&entry.value, column, rest, value)
                }
                None => self.insert(node, path, value),
            },
            // `product_readiness:` with nothing below it yet.
            NodeValue::Null => {
                let at = self.line_end(node.span.range().end);
                Some(self.spliced(at, at, &self.lines(key? + 2, path, value, at)))
            }
            _ => None,
        }
    }

    fn replace(&self, node: &Node<'_>, value: &str) -> Option<String> {
        let range = node.span.range();
        let old = node.span.slice(self.text);
        if old.contains('\n') || matches!(node.value, NodeValue::Map(_) | NodeValue::Seq(_)) {
            return None;
        }
        let quoted = match old.chars().next() {
            Some(quote @ ('"' | '\'')) => format!("{quote}{value}{quote}"),
            Some(_) => value.to_owned(),
            // A value that was left out stands at the end of its key.
            None => {
                let colon = range.end + usize::from(self.text[range.end..].starts_with(':'));
                return Some(self.spliced(colon, colon, &format!(" {value}")));
            }
        };
        Some(self.spliced(range.start, range.end, &quoted))
    }

    /// Into a mapping that does not have the key.
    fn insert(&self, map: &Node<'_>, path: &[&str], value: &str) -> Option<String> {
        let range = map.span.range();
        if self.text[range.start..].starts_with('{') {
            let (first, below) = path.split_first()?;
            let inner = below.iter().rev().fold(value.to_owned(), |inner, key| format!("{{ {key}: {inner} }}"));
            let pair = format!("{first}: {inner}");
            let text = if map.entries().is_empty() { format!(" {pair} ") } else { format!(" {pair},") };
            return Some(self.spliced(range.start + 1, range.start + 1, &text));
        }
        let first = map.entries().first()?;
        let column = self.column(first.key_span.range().start)?;
        // A value stands best beside the first short one; a mapping of its own comes last.
        let is_short = path.len() == 1 && !matches!(first.value.value, NodeValue::Map(_) | NodeValue::Seq(_));
        let after = if is_short { first.value.span.range().end } else { range.end };
        let at = self.line_end(after);
        Some(self.spliced(at, at, &self.lines(column, path, value, at)))
    }

    /// The path as lines of its own, to be put at the beginning of a line or at the end of the text.
    fn lines(&self, column: usize, path: &[&str], value: &str, at: usize) -> String {
        let mut out = String::new();
        if at > 0 && !self.text[..at].ends_with('\n') {
            out.push_str(self.end_of_line);
        }
        for (depth, key) in path.iter().enumerate() {
            out.push_str(&" ".repeat(column + 2 * depth));
            out.push_str(key);
            out.push(':');
            if depth + 1 == path.len() {
                out.push(' ');
                out.push_str(value);
            }
            out.push_str(self.end_of_line);
        }
        out
    }

    /// How far a key is from the beginning of its line; `None` where something else stands before it.
    fn column(&self, at: usize) -> Option<usize> {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = self.text[line..at].trim_start_matches('\u{feff}');
        before.chars().all(|c| c == ' ').then_some(before.len())
    }

    /// Where the line after the one of `at` begins, or the end of the text.
    fn line_end(&self, at: usize) -> usize {
        if at > 0 && self.text[..at].ends_with('\n') {
            return at;
        }
        self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    fn spliced(&self, from: usize, to: usize, new: &str) -> String {
        [&self.text[..from], new, &self.text[to..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "kind: Profile\nmetadata: { name: ours }\n";

    fn edited(spec: &str, path: &[&str], value: &str) -> Option<String> {
        let text = set(&format!("{HEAD}{spec}"), Kind::Profile, "ours", path, value)?;
        Some(text.strip_prefix(HEAD).expect("the head stays").to_owned())
    }

    #[test]
    fn a_value_is_replaced_where_it_stands_with_its_quotes_and_comment() {
        for (spec, expected) in [
            ("spec:\n  due: T-2w # hard\n  b: 1\n", "spec:\n  due: T-19d # hard\n  b: 1\n"),
            ("spec: { due: 'T-2w', b: 1 }\n", "spec: { due: 'T-19d', b: 1 }\n"),
            ("spec:\n  due: \"T-2w\"", "spec:\n  due: \"T-19d\""),
            ("spec:\n  due:\n  b: 1\n", "spec:\n  due: T-19d\n  b: 1\n"),
            ("spec:\r\n  due: T-2w\r\n", "spec:\r\n  due: T-19d\r\n"),
        ] {
            assert_eq!(edited(spec, &["spec", "due"], "T-19d").as_deref(), Some(expected), "{spec}");
        }
    }

    #[test]
    fn what_is_missing_is_put_where_a_person_would_put_it() {
        let path = ["spec", "milestones", "ready", "due"];
        for (spec, expected) in [
            (
                "spec:\n  title: x\n# the end\n",
                "spec:\n  title: x\n  milestones:\n    ready:\n      due: T-1d\n# the end\n",
            ),
            ("spec:\n  title: x", "spec:\n  title: x\n  milestones:\n    ready:\n      due: T-1d\n"),
            (
                "spec:\n  milestones:\n    ready:\n      owner: ana # hers\n      # why\n      title: R\n    b: {}\n",
                "spec:\n  milestones:\n    ready:\n      owner: ana # hers\n      due: T-1d\n      # why\n      title: R\n    b: {}\n",
            ),
            (
                "spec:\n  milestones:\n    ready:\n    b: { due: T }\n",
                "spec:\n  milestones:\n    ready:\n      due: T-1d\n    b: { due: T }\n",
            ),
            (
                "spec:\n  milestones:\n    ready: {}\n  b: 1\n",
                "spec:\n  milestones:\n    ready: { due: T-1d }\n  b: 1\n",
            ),
            (
                "spec: { milestones: { ready: { owner: ana } } }\n",
                "spec: { milestones: { ready: { due: T-1d, owner: ana } } }\n",
            ),
            ("spec: { title: x }\n", "spec: { milestones: { ready: { due: T-1d } }, title: x }\n"),
            (
                "spec:\n  milestones:\n    b:\n      description: |\n        two\n        lines\n\n  owner: ana\n",
                "spec:\n  milestones:\n    b:\n      description: |\n        two\n        lines\n    ready:\n      due: T-1d\n\n  owner: ana\n",
            ),
        ] {
            assert_eq!(edited(spec, &path, "T-1d").as_deref(), Some(expected), "{spec}");
        }
    }

    #[test]
    fn what_cannot_be_written_without_touching_something_else_is_left_alone() {
        for spec in [
            "spec:\n  milestones: &m\n    ready: { due: T-2w }\nother:\n  milestones: *m\n",
            "spec:\n  milestones: [ready]\n",
            "spec:\n  milestones: { ready: { due: |\n   T-2w\n } }\n",
            "spec: [\n",
        ] {
            assert_eq!(edited(spec, &["spec", "milestones", "ready", "due"], "T-1d"), None, "{spec}");
        }
    }

    #[test]
    fn of_several_documents_only_the_one_that_is_meant_is_touched() {
        let other = "kind: Profile\nmetadata: { name: other }\nspec: { due: T }\n---\n";
        let text = format!("{other}{HEAD}spec: {{ due: T }}\n");
        let expected = format!("{other}{HEAD}spec: {{ due: T-1d }}\n");
        assert_eq!(set(&text, Kind::Profile, "ours", &["spec", "due"], "T-1d"), Some(expected));
        assert_eq!(set(&text, Kind::Profile, "nobody", &["spec", "due"], "T-1d"), None);
    }
}
