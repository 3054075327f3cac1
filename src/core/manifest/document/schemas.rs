//! The JSON Schemas of `schemas/`, made from the document types.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

use super::{Calendar, Connector, Kind, Launch, Profile, Settings, Team};

/// Every schema file by its name, in the order of [`Kind::ALL`], and last the one over all kinds.
///
/// Draft 7, because that is what editors' YAML support understands in full.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("launch.schema.json", schema(Kind::Launch)),
        ("profile.schema.json", schema(Kind::Profile)),
        ("calendar.schema.json", schema(Kind::Calendar)),
        ("team.schema.json", schema(Kind::Team)),
        ("connector.schema.json", schema(Kind::Connector)),
        ("settings.schema.json", schema(Kind::Settings)),
    ];
    let any = over_all(&all);
    all.push(("launchd.schema.json", any));
    all
}

/// The schema of one kind.
pub fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Launch => root::<Launch>(kind),
        Kind::Profile => root::<Profile>(kind),
        Kind::Calendar => root::<Calendar>(kind),
        Kind::Team => root::<Team>(kind),
        Kind::Connector => root::<Connector>(kind),
        Kind::Settings => root::<Settings>(kind),
    }
}

fn root<T: JsonSchema>(kind: Kind) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        // Beside a `$ref` stand only words for people, which editors do show; wrapping it in `allOf` would hide them.
        settings.transforms = vec![Box::new(RecursiveTransform(tidy))];
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), json!(format!("launchd {kind}")));
    schema.to_value()
}

/// What editors would show and nobody reads: `default: null`, line breaks of the source, alternatives within alternatives.
fn tidy(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n");
    }
    // Alternatives that are told apart by one field: what is said of the alternative is said of that field.
    let description = schema.get("description").cloned();
    if let (Some(description), Some(Value::Object(properties))) = (description, schema.get_mut("properties")) {
        let alone = properties.len() == 1;
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            if !property.contains_key("description") && (alone || property.contains_key("const")) {
                property.insert("description".into(), description.clone());
            }
        }
    }
    // A map with typed keys: the same said in a way that lets the key's own fault be named.
    if let Some(Value::Object(patterns)) = schema.remove("patternProperties")
        && let Some((pattern, values)) = patterns.into_iter().next()
    {
        schema.insert("propertyNames".into(), json!({ "pattern": pattern }));
        schema.insert("additionalProperties".into(), values);
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        let outer = std::mem::take(choices);
        for choice in outer {
            match choice {
                Value::Object(map) if map.len() == 1 && map.contains_key("anyOf") => {
                    choices.extend(map.into_iter().flat_map(|(_, inner)| match inner {
                        Value::Array(inner) => inner,
                        other => vec![other],
                    }));
                }
                other => choices.push(other),
            }
        }
    }
}

/// One schema for files that hold several kinds: chosen by `kind`.
fn over_all(kinds: &[(&str, Value)]) -> Value {
    let mut definitions = Map::new();
    let mut choices = Vec::new();
    let mut names = Vec::new();
    for (_, schema) in kinds {
        let name = schema["properties"]["kind"]["const"].as_str().unwrap_or_default().to_owned();
        let mut root = distinct(schema, &name, &definitions);
        if let Some(Value::Object(own)) = root.remove("definitions") {
            definitions.extend(own);
        }
        root.remove("$schema");
        choices.push(json!({
            "if": { "properties": { "kind": { "const": name } }, "required": ["kind"] },
            "then": { "$ref": format!("#/definitions/{name}") },
        }));
        definitions.insert(name.clone(), Value::Object(root));
        names.push(name);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "launchd document",
        "description": "Any document of launchd; `kind` says which.",
        "type": "object",
        "properties": {
            "apiVersion": { "description": "The version of this format: `launchd/v1`.", "const": "launchd/v1" },
            "kind": { "description": "What this document is.", "enum": names },
        },
        "required": ["apiVersion", "kind"],
        "allOf": choices,
        "definitions": definitions,
    })
}

/// A kind's schema, with those definitions renamed that mean something else in another kind.
fn distinct(schema: &Value, kind: &str, taken: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = schema.clone();
    let own = schema["definitions"].as_object().cloned().unwrap_or_default();
    for (name, definition) in &own {
        if taken.get(name).is_some_and(|other| other != definition) {
            redirect(&mut schema, &format!("#/definitions/{name}"), &format!("#/definitions/{kind}{name}"));
            if let Some(definitions) = schema["definitions"].as_object_mut()
                && let Some(definition) = definitions.remove(name)
            {
                definitions.insert(format!("{kind}{name}"), definition);
            }
        }
    }
    if let Value::Object(map) = schema { map } else { Map::new() }
}

fn redirect(schema: &mut Value, from: &str, to: &str) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && reference == from
            {
                to.clone_into(reference);
            }
            map.values_mut().for_each(|value| redirect(value, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| redirect(value, from, to)),
        _ => {}
    }
}
