//! The JSON Schemas of `schemas/`, made from the document types.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Calendar, Kind, Launch, Profile, Settings, Team};

/// Every schema file by its name, in the order of [`Kind::ALL`], and last the one over all kinds.
///
/// Draft 7, because that is what editors' YAML support understands in full.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("launch.schema.json", schema::<Launch>(Kind::Launch)),
        ("profile.schema.json", schema::<Profile>(Kind::Profile)),
        ("calendar.schema.json", schema::<Calendar>(Kind::Calendar)),
        ("team.schema.json", schema::<Team>(Kind::Team)),
        ("settings.schema.json", schema::<Settings>(Kind::Settings)),
    ];
    let any = over_all(&all);
    all.push(("launchd.schema.json", any));
    all
}

fn schema<T: JsonSchema>(kind: Kind) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        // Beside a `$ref` stand only words for people, which editors do show; wrapping it in `allOf` would hide them.
        settings.transforms.clear();
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), json!(format!("launchd {kind}")));
    schema.to_value()
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
