//! Values as YAML for people: short lists in one line, long texts as blocks, a remark behind a line.

use serde_json::Value;

use super::text::{Line, Page, Role};

/// Lists and mappings that fit into so many columns stay in one line.
const INLINE: usize = 60;
/// Remarks begin no further right than this, where lines allow.
const REMARKS: usize = 64;

/// A YAML value in the order in which it is to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Anything without parts of its own.
    Scalar(Value),
    Map(Vec<Field>),
    List(Vec<(Tree, Remark)>),
}

/// What stands behind a `#`. Empty: nothing.
pub type Remark = String;

/// `key: value  # remark`.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub key: String,
    pub value: Tree,
    pub remark: Remark,
}

impl Tree {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Value::String(text.into()))
    }

    /// A value of the model, each leaf with what `remark` says of its path.
    pub fn of(value: &Value, path: &mut Vec<String>, remark: &dyn Fn(&[String]) -> Remark) -> Self {
        let mut below = |step: String, value: &Value| {
            path.push(step);
            let told = remark(path);
            let tree = Self::of(value, path, remark);
            path.pop();
            (tree, told)
        };
        match value {
            Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| {
                        let (value, remark) = below(key.clone(), value);
                        Field { key: key.clone(), value, remark }
                    })
                    .collect(),
            ),
            Value::Array(items) => {
                Self::List(items.iter().enumerate().map(|(i, item)| below(i.to_string(), item)).collect())
            }
            leaf => Self::Scalar(leaf.clone()),
        }
    }

    /// A mapping of mappings of mappings: a blank line before it helps the eye.
    fn is_deep(&self) -> bool {
        let is_map = |tree: &Self| matches!(tree, Self::Map(fields) if !fields.is_empty());
        let has_map = |tree: &Self| matches!(tree, Self::Map(fields) if fields.iter().any(|f| is_map(&f.value)));
        matches!(self, Self::Map(fields) if fields.iter().any(|f| has_map(&f.value)))
    }

    /// In one line, where it fits and no part of it has a remark of its own.
    fn inline(&self) -> Option<String> {
        let text = match self {
            Self::Scalar(Value::String(text)) if is_block(text) => return None,
            Self::Scalar(value) => scalar(value),
            Self::Map(fields) if fields.is_empty() => "{}".to_owned(),
            Self::List(items) if items.is_empty() => "[]".to_owned(),
            Self::Map(_) => return None,
            Self::List(items) => {
                let first = &items[0].1;
                let parts: Vec<String> = items
                    .iter()
                    .map(|(item, remark)| match item {
                        Self::Scalar(value) if remark == first => Some(flow(value)),
                        _ => None,
                    })
                    .collect::<Option<_>>()?;
                let text = format!("[{}]", parts.join(", "));
                return (text.len() <= INLINE).then_some(text);
            }
        };
        Some(text)
    }
}

/// A field as it is built.
pub fn field(key: &str, value: Tree, remark: impl Into<Remark>) -> Field {
    Field { key: key.to_owned(), value, remark: remark.into() }
}

/// The lines of a mapping, remarks aligned.
pub fn write(fields: &[Field], page: &mut Page) {
    let mut lines = Vec::new();
    map(fields, 0, &mut lines);
    let wide = lines.iter().filter(|l| !l.remark.is_empty()).map(|l| Line::new().plain(&l.text).end());
    let column = wide.filter(|w| *w < REMARKS).max().unwrap_or(0) + 2;
    for YamlLine { text, remark } in lines {
        let mut line = Line::new().verbatim();
        line.push(Role::Plain, &text);
        if !remark.is_empty() {
            line = line.to_column(column).add(Role::Dim, format!("# {remark}"));
        }
        page.push(line);
    }
}

struct YamlLine {
    text: String,
    remark: Remark,
}

fn map(fields: &[Field], indent: usize, lines: &mut Vec<YamlLine>) {
    for (i, Field { key, value, remark }) in fields.iter().enumerate() {
        if (indent == 0 || indent == 2 && i > 0) && lines.len() > 1 && value.is_deep() {
            lines.push(YamlLine { text: String::new(), remark: Remark::new() });
        }
        let start = format!("{:indent$}{}:", "", scalar(&Value::from(key.as_str())));
        member(start, value, remark, indent, lines);
    }
}

/// What follows `key:` or `-`.
fn member(start: String, value: &Tree, remark: &Remark, indent: usize, lines: &mut Vec<YamlLine>) {
    if let Some(text) = value.inline() {
        let remark = match value {
            Tree::List(items) => items.first().map_or(remark, |(_, first)| first),
            _ => remark,
        };
        lines.push(YamlLine { text: format!("{start} {text}"), remark: remark.clone() });
        return;
    }
    match value {
        Tree::Scalar(value) => {
            let text = value.as_str().unwrap_or_default();
            let keep = if text.ends_with('\n') { "" } else { "-" };
            lines.push(YamlLine { text: format!("{start} |{keep}"), remark: remark.clone() });
            for line in text.lines() {
                let text = if line.is_empty() { String::new() } else { format!("{:1$}{line}", "", indent + 2) };
                lines.push(YamlLine { text, remark: Remark::new() });
            }
        }
        Tree::Map(fields) => {
            lines.push(YamlLine { text: start, remark: Remark::new() });
            map(fields, indent + 2, lines);
        }
        Tree::List(items) => {
            lines.push(YamlLine { text: start, remark: Remark::new() });
            for (item, remark) in items {
                list_item(item, remark, indent + 2, lines);
            }
        }
    }
}

fn list_item(item: &Tree, remark: &Remark, indent: usize, lines: &mut Vec<YamlLine>) {
    let dash = format!("{:indent$}-", "");
    match item {
        Tree::Map(fields) if !fields.is_empty() => {
            let first = lines.len();
            map(fields, indent + 2, lines);
            // The first field stands behind the dash.
            let text = &mut lines[first].text;
            text.replace_range(indent..=indent, "-");
        }
        Tree::List(items) if item.inline().is_none() => {
            lines.push(YamlLine { text: dash, remark: Remark::new() });
            for (item, remark) in items {
                list_item(item, remark, indent + 2, lines);
            }
        }
        other => member(dash, other, remark, indent, lines),
    }
}

/// Several lines that a literal block keeps as they are.
fn is_block(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with('\n')
        && text.chars().all(|c| c == '\n' || (!c.is_control() && !is_odd(c)))
        && text.lines().all(|l| l == l.trim_end())
}

/// A character that YAML readers disagree on, or that an editor does not show.
fn is_odd(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{a0}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A scalar inside `[…]`.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '[', ']', '{', '}']) => quoted(text),
        other => scalar(other),
    }
}

/// JSON's quoting is YAML's double quoting, less what JSON leaves unescaped and YAML does not.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in Value::from(text).to_string().chars() {
        match c {
            c if is_odd(c) || c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted
}

/// Whether a text can stand without quotes and still is the same text.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let looks_otherwise = text.parse::<f64>().is_ok()
        || ["null", "~", "true", "false", "yes", "no", "on", "off", ".inf", ".nan"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
        || text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, 'x' | 'o' | '_' | '.' | '+' | '-' | ':'));
    let starts_well = first.is_alphanumeric() || matches!(first, '/' | '_' | '(' | '.' | '$' | '+') || is_date(text);
    starts_well
        && (is_date(text) || !looks_otherwise)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['[', ']', '{', '}', '`', '"'])
        && text != "..."
        && text.chars().all(|c| !c.is_control() && !is_odd(c))
}

/// Dates and times are texts in YAML 1.2, and read best without quotes.
fn is_date(text: &str) -> bool {
    text.len() >= 10
        && chrono::NaiveDate::parse_from_str(text.get(..10).unwrap_or_default(), "%Y-%m-%d").is_ok()
        && text.get(10..11).is_none_or(|t| t == "T")
        && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{core::manifest::yaml, ui::render::View};

    fn written(value: &Value) -> String {
        let tree = Tree::of(value, &mut Vec::new(), &|_| "r".to_owned());
        let mut page = Page::new();
        write(&[field("top", tree, "r")], &mut page);
        page.render(&View { width: 80, colour: false, all: false, brief: false, now: chrono::DateTime::UNIX_EPOCH })
    }

    fn read_back(text: &str) -> Value {
        let parsed = yaml::parse(text);
        assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
        parsed.documents[0].to_json()["top"].clone()
    }

    #[test]
    fn texts_that_look_like_something_else_keep_their_quotes() {
        for text in [
            "",
            "null",
            "12",
            "1e3",
            "0x1f",
            "yes",
            "- a",
            "a: b",
            "a #b",
            " a",
            "a ",
            "#a",
            "*a",
            "&a",
            "!a",
            "@a",
            "%a",
            "{{ a }}",
            "1:30",
            "a\u{2028}b",
            "é",
            "=",
            "?",
            "-",
            "a:",
            "a\nb",
            "a\nb\n",
            "\n",
            "a\n\nb",
            "a \nb",
            "2027-04-01",
            "2027-04-01T09:00",
            "[a",
            "1_000",
        ] {
            assert_eq!(read_back(&written(&json!(text))), json!(text), "{}", written(&json!(text)));
        }
    }

    #[test]
    fn dates_and_addresses_have_no_quotes() {
        assert_eq!(written(&json!("2027-04-01T09:00-04:00")), "top: 2027-04-01T09:00-04:00  # r\n");
        assert_eq!(written(&json!("https://example.com/a?b=c#d")), "top: https://example.com/a?b=c#d  # r\n");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
            "[a-c \n]{0,12}".prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z: #-]{1,6}", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same(value in any_value()) {
            prop_assert_eq!(read_back(&written(&value)), value);
        }
    }
}
