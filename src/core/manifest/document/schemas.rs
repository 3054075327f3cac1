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
    for (_, schema) in kinds {
        let mut root = schema.as_object().cloned().unwrap_or_default();
        if let Some(Value::Object(own)) = root.remove("definitions") {
            definitions.extend(own);
        }
        root.remove("$schema");
        let name = root["properties"]["kind"]["const"].as_str().unwrap_or_default().to_owned();
        choices.push(json!({
            "if": { "properties": { "kind": { "const": name } }, "required": ["kind"] },
            "then": { "$ref": format!("#/definitions/{name}") },
        }));
        definitions.insert(name, Value::Object(root));
    }
    let names: Vec<_> = kinds.iter().filter_map(|(_, s)| s["properties"]["kind"]["const"].as_str()).collect();
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
#[cfg(test)]
mod tests {
    #[test]
    fn dump() {
        let dir = std::env::var("DUMP").unwrap();
        for (name, schema) in super::schemas() {
            std::fs::write(format!("{dir}/{name}"), serde_json::to_string_pretty(&schema).unwrap()).unwrap();
        }
    }
}
