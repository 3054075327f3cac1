//! Filters of connector templates: formats that vendors share and that a template cannot build by itself.

use minijinja::{Environment, Error, ErrorKind, Value as Dynamic};
use serde_json::{Value, json};

/// Adds the filters to an environment.
pub(super) fn add_to(env: &mut Environment<'static>) {
    env.add_filter("adf", |text: &str| Dynamic::from(minijinja::value::Serde(adf(text))));
    env.add_filter("adf_text", |document: Dynamic| {
        let value = serde_json::to_value(&document).unwrap_or(Value::Null);
        (!value.is_null()).then(|| adf_text(&value)).map_or(Dynamic::UNDEFINED, Dynamic::from)
    });
    env.add_filter("epoch", epoch);
    // A list of names as vendors like it: `['a'] | wrap('name')` is `[{'name': 'a'}]`.
    env.add_filter("wrap", |items: Vec<Dynamic>, name: String| {
        items
            .into_iter()
            .map(|v| Dynamic::from(std::collections::BTreeMap::from([(name.clone(), v)])))
            .collect::<Vec<_>>()
    });
}

/// Seconds since 1970 of an RFC 3339 instant.
fn epoch(text: &str) -> Result<i64, Error> {
    chrono::DateTime::parse_from_rfc3339(text).map(|t| t.timestamp()).map_err(|e| {
        Error::new(ErrorKind::InvalidOperation, format!("`{text}` is no instant such as 2027-04-01T09:00:00Z: {e}"))
    })
}

/// A text as an Atlassian document: a paragraph for each block between empty lines.
fn adf(text: &str) -> Value {
    let paragraphs = text.trim().split("\n\n").map(|block| {
        let mut content = Vec::new();
        for line in block.trim_matches('\n').lines() {
            if !content.is_empty() {
                content.push(json!({"type": "hardBreak"}));
            }
            // An empty text node is refused.
            if !line.is_empty() {
                content.push(json!({"type": "text", "text": line}));
            }
        }
        json!({"type": "paragraph", "content": content})
    });
    json!({"type": "doc", "version": 1, "content": paragraphs.collect::<Vec<_>>()})
}

/// The text of an Atlassian document, as [`adf`] would have been given it.
fn adf_text(document: &Value) -> String {
    let blocks = document.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut text = blocks.iter().map(inline).collect::<Vec<_>>().join("\n\n");
    text.truncate(text.trim_end().len());
    text
}

/// serde_json bounds how deep an answer nests, and so this.
fn inline(node: &Value) -> String {
    match node.get("type").and_then(Value::as_str) {
        Some("text") => node.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Some("hardBreak") => "\n".to_owned(),
        _ => node.get("content").and_then(Value::as_array).into_iter().flatten().map(inline).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_survives_the_way_to_an_atlassian_document_and_back() {
        for text in ["one line", "first\n\nsecond\nwith a break", ""] {
            assert_eq!(adf_text(&adf(text)), text);
        }
        assert_eq!(adf("a\nb")["content"][0]["content"][1]["type"], "hardBreak");
    }

    #[test]
    fn an_instant_becomes_seconds_since_1970() {
        assert_eq!(epoch("1970-01-02T00:00:00Z").unwrap(), 86_400);
        assert!(epoch("tomorrow").unwrap_err().to_string().contains("tomorrow"));
    }
}
