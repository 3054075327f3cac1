//! Texts of the plainest kind, plain words and `{{ dotted.names }}`, without compiling them.

use serde_json::Value;

use super::{Context, MAX_OUTPUT};

/// A piece of a text of the plainest kind.
pub(super) enum Part<'a> {
    Text(&'a str),
    Path(&'a str),
}

impl<'a> Part<'a> {
    pub(super) fn path(&self) -> Option<&'a str> {
        match self {
            Self::Path(path) => Some(path),
            Self::Text(_) => None,
        }
    }
}

/// Takes apart a text of plain words and `{{ dotted.names }}`; `None` for anything more. Nearly every template
/// of a plan is of this kind, and reading it so costs a fraction of compiling it.
pub(super) fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if !rest[open..].starts_with("{{") {
            if matches!(rest.as_bytes().get(open + 1), Some(b'%' | b'#')) {
                return None;
            }
            parts.push(Part::Text(&rest[..=open]));
            rest = &rest[open + 1..];
            continue;
        }
        let close = open + rest[open..].find("}}")?;
        let path = rest[open + 2..close].trim_matches(' ');
        let word = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let literal = matches!(path, "true" | "false" | "none" | "True" | "False" | "None" | "not" | "if");
        if literal || !path.split('.').all(word) {
            return None;
        }
        if open > 0 {
            parts.push(Part::Text(&rest[..open]));
        }
        parts.push(Part::Path(path));
        rest = &rest[close + 2..];
    }
    // minijinja drops one line end at the end of a template.
    let rest = rest.strip_suffix('\n').map_or(rest, |r| r.strip_suffix('\r').unwrap_or(r));
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Some(parts)
}

/// Renders a text of the plainest kind; `None` leaves it, and every error, to minijinja.
pub(super) fn simple(text: &str, context: &Context) -> Option<Value> {
    let parts = parts(text)?;
    let value = |path: &str| {
        let mut steps = path.split('.');
        let mut value = context.get(steps.next()?)?.clone();
        for step in steps {
            value = value.get_attr(step).ok()?;
        }
        (!value.is_undefined()).then_some(value)
    };
    if let [Part::Path(path)] = parts[..] {
        return serde_json::to_value(value(path)?).ok();
    }
    let mut output = String::with_capacity(text.len() + 32);
    for part in parts {
        match part {
            Part::Text(plain) => output.push_str(plain),
            Part::Path(path) => output.push_str(value(path)?.as_str()?),
        }
    }
    (output.len() <= MAX_OUTPUT).then_some(Value::String(output))
}
