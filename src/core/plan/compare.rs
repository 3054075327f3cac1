//! Field by field: what the file wants changed, and what somebody else changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    inputs::Rendered,
    value::{FieldChange, Side},
};
use crate::core::model::secret::secret_name;

/// What differs between the inputs as last applied and as desired now. Maps are compared key by key, lists as a whole.
pub(super) fn intent(before: Option<&Value>, after: &Rendered) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    walk("", before, Some(&after.value), &mut fields);
    let later = |path: &str| after.later.iter().find(|(pointer, _)| dotted(pointer) == path).map(|(_, t)| t.clone());
    for field in &mut fields {
        if let Some(template) = later(&field.path) {
            field.after = Side::Later(template);
        }
    }
    fields
}

/// What differs between the object as read back after launchd's last change and as it is now.
pub fn drift(
    readback: &BTreeMap<String, Value>,
    seen: &BTreeMap<String, Value>,
    ignored: &[String],
) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    for (name, before) in readback {
        if ignored.contains(name) {
            continue;
        }
        // A field that was not read this time tells nothing.
        if let Some(now) = seen.get(name) {
            walk(name, Some(before), Some(now), &mut fields);
        }
    }
    fields
}

/// What differs between two values, field by field.
pub(super) fn values(before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    walk("", before, after, &mut fields);
    fields
}

fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, fields: &mut Vec<FieldChange>) {
    let nothing = |side: Option<&Value>| side.is_none_or(|v| v.as_object().is_some_and(Map::is_empty));
    if before == after || (nothing(before) && nothing(after)) {
        return;
    }
    match (before, after) {
        (Some(Value::Object(b)), Some(Value::Object(a))) if !is_secret(b) && !is_secret(a) => {
            members(path, b, a, fields)
        }
        (None, Some(Value::Object(a))) if !is_secret(a) && !a.is_empty() => members(path, &Map::new(), a, fields),
        (Some(Value::Object(b)), None) if !is_secret(b) && !b.is_empty() => members(path, b, &Map::new(), fields),
        _ => fields.push(FieldChange { path: path.to_owned(), before: side(before), after: side(after) }),
    }
}

fn members(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, fields: &mut Vec<FieldChange>) {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        walk(&inner, before.get(name), after.get(name), fields);
    }
}

fn is_secret(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.get(crate::core::model::secret::SECRET_FIELD).is_some_and(Value::is_string)
}

fn side(value: Option<&Value>) -> Side {
    match value {
        None => Side::Absent,
        Some(value) => match secret_name(value) {
            Some(name) => Side::Secret(name.to_owned()),
            None => Side::Known(value.clone()),
        },
    }
}

/// A JSON pointer (RFC 6901) as the dotted path that people read.
pub(super) fn dotted(pointer: &str) -> String {
    pointer
        .trim_start_matches('/')
        .split('/')
        .map(|p| p.replace("~1", "/").replace("~0", "~"))
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(value: Value) -> Rendered {
        Rendered { value, later: BTreeMap::new(), problems: Vec::new() }
    }

    #[test]
    fn maps_are_compared_key_by_key_and_lists_as_a_whole() {
        let before = json!({"a": {"x": 1, "y": 2}, "l": [1, 2], "gone": true});
        let fields = intent(Some(&before), &rendered(json!({"a": {"x": 1, "y": 3}, "l": [1], "new": "n"})));
        let paths: Vec<_> = fields.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["a.y", "gone", "l", "new"]);
        assert_eq!(fields[1].after, Side::Absent);
    }

    #[test]
    fn a_secret_shows_its_name_and_a_change_of_it_is_a_change() {
        let fields = intent(Some(&json!({"t": {"secret": "old"}})), &rendered(json!({"t": {"secret": "new"}})));
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].before, Side::Secret("old".into()));
        assert_eq!(fields[0].after, Side::Secret("new".into()));
    }

    #[test]
    fn drift_leaves_out_ignored_and_unread_fields() {
        let readback = BTreeMap::from([("a".into(), json!(1)), ("b".into(), json!(1)), ("c".into(), json!(1))]);
        let seen = BTreeMap::from([("a".into(), json!(2)), ("b".into(), json!(2))]);
        let fields = drift(&readback, &seen, &["b".into()]);
        assert_eq!(fields.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}
