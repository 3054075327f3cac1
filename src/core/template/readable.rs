//! A template that cannot be rendered yet, as people read it: what is known as text, and each unknown part by one phrase.

use serde_json::{Deserializer, Value};

/// What stands for a value that only applying tells.
pub const LATER: &str = "(known after apply)";

/// The text of a template in which what was known is written as literals, as [`super::partial`] leaves it. Statements
/// (`{% … %}`) decide over more than their own place, so a template with any is unknown as a whole.
pub fn readable(template: &str) -> String {
    if template.contains("{%") {
        return LATER.to_owned();
    }
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        text.push_str(&rest[..at]);
        let inner = rest[at + 2..].trim_start_matches('-').trim_start();
        match literal(inner) {
            Some((known, after)) => {
                text.push_str(&known);
                rest = after;
            }
            None => {
                text.push_str(LATER);
                rest = inner.split_once("}}").map_or("", |(_, after)| after);
            }
        }
    }
    text.push_str(rest);
    text
}

/// A literal that is all of an expression, and what follows the expression.
fn literal(inner: &str) -> Option<(String, &str)> {
    let mut values = Deserializer::from_str(inner).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let after = inner[values.byte_offset()..].trim_start().trim_start_matches('-').strip_prefix("}}")?;
    let known = match value {
        Value::String(text) => text,
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    Some((known, after))
}
