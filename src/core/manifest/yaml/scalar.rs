//! What an unquoted word means, by the YAML 1.2 core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>).
//!
//! In: the text of a plain scalar. Out: its value. `yes`, `no`, `on`, `off` and dates are strings.

use super::super::node::NodeValue;
use std::borrow::Cow;

/// The value of a plain scalar. A whole number past 64 bits stays a string: an id must not lose digits.
pub(super) fn resolve(text: Cow<'_, str>) -> NodeValue<'_> {
    special(&text).unwrap_or(NodeValue::Str(text))
}

/// As `resolve`, for text that lives in the file.
pub(super) fn resolve_borrowed(text: &str) -> NodeValue<'_> {
    special(text).unwrap_or(NodeValue::Str(Cow::Borrowed(text)))
}

/// The value of text that is no string; `None` for a string.
#[inline]
pub(super) fn special(text: &str) -> Option<NodeValue<'static>> {
    let Some(first) = text.bytes().next() else { return Some(NodeValue::Null) };
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' => word(text),
        b'0'..=b'9' | b'+' | b'-' | b'.' => int(text).map(NodeValue::Int).or_else(|| float(text).map(NodeValue::Float)),
        _ => None,
    }
}

fn word(text: &str) -> Option<NodeValue<'static>> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some(NodeValue::Null),
        "true" | "True" | "TRUE" => Some(NodeValue::Bool(true)),
        "false" | "False" | "FALSE" => Some(NodeValue::Bool(false)),
        _ => None,
    }
}

/// `[-+]?[0-9]+`, `0o[0-7]+` or `0x[0-9a-fA-F]+`, when it fits.
pub(super) fn int(text: &str) -> Option<i64> {
    let radix = |digits: &str, radix| {
        digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| i64::from_str_radix(digits, radix).ok())?
    };
    match text.as_bytes() {
        [b'0', b'o', ..] => radix(&text[2..], 8),
        [b'0', b'x', ..] => radix(&text[2..], 16),
        _ => text.parse().ok(),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, infinity or NaN; not a whole number that was too long.
pub(super) fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        _ if matches!(text, ".nan" | ".NaN" | ".NAN") => return Some(f64::NAN),
        _ => {}
    }
    // Rust's own grammar is the core schema's, but for the words `inf` and `nan`.
    let numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+');
    let fraction = unsigned.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    (fraction && unsigned.bytes().all(numeric)).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_follow_the_core_schema() {
        for (text, value) in [
            ("", NodeValue::Null),
            ("~", NodeValue::Null),
            ("NULL", NodeValue::Null),
            ("True", NodeValue::Bool(true)),
            ("false", NodeValue::Bool(false)),
            ("-12", NodeValue::Int(-12)),
            ("+7", NodeValue::Int(7)),
            ("007", NodeValue::Int(7)),
            ("0o17", NodeValue::Int(15)),
            ("0xfF", NodeValue::Int(255)),
            ("9223372036854775807", NodeValue::Int(i64::MAX)),
            ("1.", NodeValue::Float(1.0)),
            (".5", NodeValue::Float(0.5)),
            ("-1.5e-3", NodeValue::Float(-0.0015)),
            ("1e3", NodeValue::Float(1000.0)),
            ("-.inf", NodeValue::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(resolve_borrowed(text), value, "{text}");
        }
        assert!(matches!(resolve_borrowed(".NaN"), NodeValue::Float(value) if value.is_nan()));
    }

    #[test]
    fn everything_else_is_a_string() {
        let strings = [
            "no",
            "yes",
            "on",
            "off",
            "y",
            "nope",
            "tRUE",
            "2027-04-01",
            "2027-04-01T09:00",
            "T-14d",
            "12:30",
            "1_000",
            "0o9",
            "0x",
            "0o-7",
            "0x+1",
            "-0x1",
            "1.2.3",
            "+",
            "-",
            ".",
            "..",
            "e3",
            "inf",
            "nan",
            "-inf",
            "+.nan",
            "infinity",
            "9223372036854775808",
            "1e",
            "1e3d",
            "0b1",
            "≥ 100",
        ];
        for text in strings {
            assert_eq!(resolve_borrowed(text), NodeValue::Str(Cow::Borrowed(text)), "{text}");
        }
    }
}
