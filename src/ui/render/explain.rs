//! A field of a JSON Schema in words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    View,
    table::Table,
    text::{Line, Page, Role},
};

/// What a path leads to.
pub enum Found<'s> {
    Field(Field<'s>),
    /// There is no field `name` below `after`; there are `known`.
    Missing {
        after: Vec<String>,
        name: String,
        known: Vec<String>,
    },
}

/// One field with the schema that stands behind it.
pub struct Field<'s> {
    root: &'s Value,
    /// As written where it is used: its description says what it is for here.
    here: &'s Value,
    required: bool,
}

/// More steps through references and alternatives than any schema has.
const DEPTH: usize = 16;

/// Follows a path through a schema. Names that people choose (a milestone's id) and list indices are stepped over.
pub fn find<'s>(schema: &'s Value, path: &[&str]) -> Found<'s> {
    let mut here = schema;
    let mut required = true;
    for (i, name) in path.iter().enumerate() {
        let objects = objects(schema, here, DEPTH);
        let step = objects.iter().find_map(|o| Some((*o, o.get("properties")?.get(name)?)));
        match step {
            Some((owner, field)) => {
                here = field;
                let list = owner.get("required").and_then(Value::as_array);
                required = list.is_some_and(|l| l.iter().any(|r| r == name));
            }
            None => {
                let known =
                    objects.iter().filter_map(|o| o.get("properties")?.as_object()).flat_map(|p| p.keys().cloned());
                let known: BTreeSet<String> = known.collect();
                let after = path[..i].iter().map(|s| (*s).to_owned()).collect();
                return Found::Missing { after, name: (*name).to_owned(), known: known.into_iter().collect() };
            }
        }
    }
    Found::Field(Field { root: schema, here, required })
}

/// Every schema with `properties` that a value here may have: behind references, alternatives, list items and maps.
fn objects<'s>(root: &'s Value, schema: &'s Value, depth: usize) -> Vec<&'s Value> {
    if depth == 0 {
        return Vec::new();
    }
    let mut found = Vec::new();
    if schema.get("properties").is_some() {
        found.push(schema);
    }
    for next in inner(root, schema) {
        found.extend(objects(root, next, depth - 1));
    }
    found
}

fn inner<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let mut next = Vec::new();
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        next.extend(reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)));
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        next.extend(schema.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    for key in ["items", "additionalProperties"] {
        next.extend(schema.get(key).filter(|s| s.is_object()));
    }
    next
}

/// Heading, description, and the fields below it.
pub fn render(address: &str, field: &Field<'_>, view: &View) -> String {
    let Field { root, here, required } = field;
    let mut page = Page::new();
    page.push(
        Line::new()
            .add(Role::Strong, address)
            .add(Role::Dim, format!("  {}{}", form(root, here, DEPTH), if *required { ", required" } else { "" })),
    );
    for paragraph in description(root, here).split("\n\n") {
        page.gap();
        page.push(Line::at(2).plain(paragraph));
    }
    let examples: Vec<String> = list(root, here, "examples", DEPTH).iter().map(ToString::to_string).collect();
    if !examples.is_empty() {
        page.gap();
        page.push(Line::at(2).hang(4).add(Role::Dim, "examples: ").plain(examples.join("  ")));
    }
    let mut table = Table::at(4);
    let mut seen = BTreeSet::new();
    for object in objects(root, here, DEPTH) {
        let required = object.get("required").and_then(Value::as_array);
        for (name, child) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if seen.insert(name.clone()) {
                let star = required.is_some_and(|l| l.iter().any(|r| r == name));
                table.row([
                    Line::new().add(Role::Strong, name).add(Role::Change, if star { " *" } else { "" }),
                    Line::new().add(Role::Dim, form(root, child, DEPTH)),
                    Line::new().plain(first_sentence(&description(root, child))),
                ]);
            }
        }
    }
    if !seen.is_empty() {
        page.gap();
        page.push(Line::at(2).add(Role::Strong, "Fields").add(Role::Dim, " (* required)"));
        table.write(&mut page);
    }
    page.render(view)
}

/// The words where the field is used, else those of its type.
fn description(root: &Value, schema: &Value) -> String {
    let own = schema.get("description").and_then(Value::as_str);
    let text = own.map(str::to_owned).or_else(|| {
        let target = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
        Some(root.pointer(target)?.get("description")?.as_str()?.to_owned())
    });
    text.unwrap_or_else(|| "No description.".to_owned())
}

fn first_sentence(text: &str) -> String {
    let end = text.find(". ").map_or(text.len(), |i| i + 1);
    text[..end].split('\n').next().unwrap_or_default().to_owned()
}

/// What a field takes, in words: `text`, `list of text`, `a | b`.
pub fn form_of(root: &Value, schema: &Value) -> String {
    form(root, schema, DEPTH)
}

fn form(root: &Value, schema: &Value, depth: usize) -> String {
    if depth == 0 {
        return "value".to_owned();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        return if words.len() > 6 { "one of several words".to_owned() } else { words.join(" | ") };
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|r| root.pointer(r.strip_prefix('#')?)) {
        return form(root, target, depth - 1);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let mut words: Vec<String> = Vec::new();
            for choice in choices.iter().filter(|c| c.get("type") != Some(&Value::from("null"))) {
                let word = form(root, choice, depth - 1);
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            return words.join(" or ");
        }
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).filter(|k| *k != "null").collect(),
        _ => return "any value".to_owned(),
    };
    let words = kinds.into_iter().map(|kind| match kind {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", schema.get("items").map_or("values".into(), |i| form(root, i, depth - 1))),
        "object" => match schema.get("additionalProperties").filter(|s| s.is_object()) {
            Some(values) if schema.get("properties").is_none() => {
                format!("mapping of {}", form(root, values, depth - 1))
            }
            _ => "mapping".to_owned(),
        },
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

fn list<'s>(root: &'s Value, schema: &'s Value, key: &str, depth: usize) -> Vec<&'s Value> {
    if depth == 0 {
        return Vec::new();
    }
    if let Some(values) = schema.get(key).and_then(Value::as_array) {
        return values.iter().collect();
    }
    inner(root, schema).into_iter().map(|s| list(root, s, key, depth - 1)).find(|l| !l.is_empty()).unwrap_or_default()
}
