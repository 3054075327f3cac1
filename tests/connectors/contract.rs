//! The vendors' own descriptions, as judges of what is sent and of what the fakes answer.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde_json::{Map, Value, json};

use super::server::{Contract, Received, Reply};

/// The text of a vendor's description; where it is missing, the test says that it goes without.
pub fn text(vendor: &str, file: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/specs");
    let folder = std::env::var_os("LAUNCHD_SPECS").map_or_else(beside, PathBuf::from);
    let path = folder.join(vendor).join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!(
            "SKIPPED: requests to {vendor} are not checked against its description, since {vendor}/{file} is missing; \
             set LAUNCHD_SPECS to the folder that has it"
        );
    }
    text
}

/// An OpenAPI 3 description.
pub struct OpenApi {
    paths: Map<String, Value>,
    components: Value,
    /// Before every path, on the wire and not in the description.
    prefix: &'static str,
    compiled: Mutex<BTreeMap<String, Arc<jsonschema::Validator>>>,
}

impl OpenApi {
    pub fn load(vendor: &str, file: &str, prefix: &'static str) -> Option<Self> {
        let mut document: Value = serde_json::from_str(&text(vendor, file)?).unwrap();
        normalise(&mut document);
        let paths = document["paths"].as_object().unwrap().clone();
        let components = document["components"].take();
        Some(Self { paths, components, prefix, compiled: Mutex::default() })
    }

    fn operation(&self, request: &Received) -> Result<(String, &Value), String> {
        let path = request.path.strip_prefix(self.prefix).ok_or("it is outside of the API's base path")?;
        let matches = |template: &str| {
            let (a, b): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
            a.len() == b.len() && a.iter().zip(&b).all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
        };
        // A literal path comes before one with parameters.
        let mut found: Vec<_> = self.paths.iter().filter(|(template, _)| matches(template)).collect();
        found.sort_by_key(|(template, _)| template.matches('{').count());
        let (template, item) = found.first().ok_or_else(|| format!("the vendor has no path {path}"))?;
        let method = request.method.to_lowercase();
        let operation = item.get(&method).ok_or_else(|| format!("{template} has no {method}"))?;
        Ok((format!("{method} {template}"), operation))
    }

    fn validate(&self, name: &str, schema: &Value, value: &Value) -> Result<(), String> {
        let mut compiled = self.compiled.lock().unwrap();
        let validator = match compiled.get(name) {
            Some(validator) => validator.clone(),
            None => {
                // A pointer with `{}` in it is no URI: the schema is put under a name of its own.
                let document = json!({"$ref": "#/x-target", "x-target": schema, "components": self.components});
                let validator = jsonschema::draft202012::new(&document)
                    .map_err(|e| format!("the description's schema of {name} does not compile: {e}"))?;
                compiled.entry(name.to_owned()).or_insert(Arc::new(validator)).clone()
            }
        };
        let errors: Vec<_> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ").chars().take(600).collect()) }
    }
}

impl Contract for OpenApi {
    fn request(&self, request: &Received) -> Result<(), String> {
        let (name, operation) = self.operation(request)?;
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let known: Vec<_> = parameters.iter().filter(|p| p["in"] == "query").collect();
        for (given, _) in &request.query {
            if !known.iter().any(|p| p["name"] == given.as_str()) {
                return Err(format!("{name} knows no query parameter `{given}`"));
            }
        }
        for parameter in known.iter().filter(|p| p["required"] == true) {
            let wanted = parameter["name"].as_str().unwrap();
            request.query(wanted).ok_or_else(|| format!("{name} wants the query parameter `{wanted}`"))?;
        }
        let body = &operation["requestBody"];
        match body["content"].get("application/json") {
            Some(content) if !request.body.is_null() => {
                self.validate(&format!("request of {name}"), &content["schema"], &request.body)
            }
            Some(_) if body["required"] == true => Err(format!("{name} wants a body")),
            None if !request.body.is_null() => Err(format!("{name} takes no JSON body")),
            _ => Ok(()),
        }
    }

    fn response(&self, request: &Received, reply: &Reply) -> Result<(), String> {
        let (name, operation) = self.operation(request)?;
        // What any server in front of the vendor may say is in no description.
        if matches!(reply.status, 300..=399 | 429 | 500..=599) {
            return Ok(());
        }
        let responses = &operation["responses"];
        let response = responses.get(reply.status.to_string()).or_else(|| responses.get("default"));
        let response = response.ok_or_else(|| format!("{name} never answers {}", reply.status))?;
        let content = response["content"].as_object().and_then(|c| c.values().next());
        match content.and_then(|c| c.get("schema")) {
            Some(schema) => self.validate(&format!("{} of {name}", reply.status), schema, &reply.body),
            None if reply.body.is_null() || reply.status >= 400 => Ok(()),
            None => Err(format!("{name} answers {} without a body", reply.status)),
        }
    }
}

/// OpenAPI's dialect as JSON Schema 2020-12: `nullable`, boolean `exclusive…`, and keywords that only annotate.
fn normalise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(map) => {
            if map.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(Value::String(kind)) = map.get("type").cloned() {
                    map.insert("type".into(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = map.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            for keyword in ["exclusiveMinimum", "exclusiveMaximum"] {
                if map.get(keyword).is_some_and(Value::is_boolean) {
                    map.remove(keyword);
                }
            }
            for keyword in ["example", "examples", "xml", "discriminator"] {
                if map.get(keyword).is_some_and(|v| !v.is_object() || v.get("type").is_none()) {
                    map.remove(keyword);
                }
            }
            map.values_mut().for_each(normalise);
        }
        _ => {}
    }
}

/// A Swagger 2 description of an API that has moved on: names and required ones only.
pub struct SwaggerNames {
    document: Value,
    prefix: &'static str,
    /// Newer than the description.
    newer: &'static [&'static str],
}

impl SwaggerNames {
    pub fn load(vendor: &str, file: &str, prefix: &'static str, newer: &'static [&'static str]) -> Option<Self> {
        Some(Self { document: serde_json::from_str(&text(vendor, file)?).unwrap(), prefix, newer })
    }

    fn operation(&self, request: &Received) -> Result<&Value, String> {
        let path = request.path.strip_prefix(self.prefix).ok_or("it is outside of the API's base path")?;
        let operation = self.document["paths"].get(path).and_then(|p| p.get(request.method.to_lowercase()));
        operation.ok_or_else(|| format!("the vendor has no {} {path}", request.method))
    }
}

impl Contract for SwaggerNames {
    fn request(&self, request: &Received) -> Result<(), String> {
        let parameters = self.operation(request)?["parameters"].as_array().unwrap();
        let mut given: Vec<&str> = request.query.iter().map(|(n, _)| n.as_str()).collect();
        given.extend(request.body.as_object().into_iter().flatten().map(|(n, _)| n.as_str()));
        for name in &given {
            if !self.newer.contains(name) && !parameters.iter().any(|p| p["name"] == *name) {
                return Err(format!("there is no parameter `{name}`"));
            }
        }
        for parameter in parameters.iter().filter(|p| p["required"] == true && p["name"] != "token") {
            let name = parameter["name"].as_str().unwrap();
            if !given.contains(&name) {
                return Err(format!("the parameter `{name}` is required"));
            }
        }
        Ok(())
    }

    fn response(&self, request: &Received, reply: &Reply) -> Result<(), String> {
        if reply.status != 200 {
            return Ok(());
        }
        let kind = if reply.body["ok"] == true { "200" } else { "default" };
        let schema = &self.operation(request)?["responses"][kind]["schema"];
        let body = reply.body.as_object().ok_or("the answer is no object")?;
        for name in body.keys() {
            if !self.newer.contains(&name.as_str()) && schema["properties"].get(name).is_none() {
                return Err(format!("the answer has no `{name}`"));
            }
        }
        let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        match missing.into_iter().find(|name| !body.contains_key(*name)) {
            Some(name) => Err(format!("the answer always has `{name}`")),
            None => Ok(()),
        }
    }
}

/// A GraphQL schema.
pub struct GraphQlSchema(apollo_compiler::validation::Valid<apollo_compiler::Schema>);

impl GraphQlSchema {
    pub fn load(vendor: &str, file: &str) -> Option<Self> {
        let text = text(vendor, file)?;
        Some(Self(apollo_compiler::Schema::parse_and_validate(text, file).expect("the vendor's schema is valid")))
    }
}

impl Contract for GraphQlSchema {
    fn request(&self, request: &Received) -> Result<(), String> {
        let query = request.body["query"].as_str().ok_or("there is no query")?;
        let document = apollo_compiler::ExecutableDocument::parse_and_validate(&self.0, query, "query")
            .map_err(|e| e.to_string())?;
        let operation = document.operations.get(None).map_err(|e| format!("{e:?}"))?;
        let variables = serde_json::from_value(request.body["variables"].clone()).map_err(|e| e.to_string())?;
        apollo_compiler::request::coerce_variable_values(&self.0, operation, &variables)
            .map_err(|e| format!("{e:?}"))?;
        Ok(())
    }

    fn response(&self, request: &Received, reply: &Reply) -> Result<(), String> {
        let Some(data) = reply.body.get("data").filter(|d| !d.is_null()) else { return Ok(()) };
        let query = request.body["query"].as_str().unwrap_or_default();
        let Ok(document) = apollo_compiler::ExecutableDocument::parse_and_validate(&self.0, query, "query") else {
            return Ok(());
        };
        let operation = document.operations.get(None).map_err(|e| format!("{e:?}"))?;
        selected(&operation.selection_set, data, "data")
    }
}

/// An answer has exactly the selected fields, and no null where the schema has none.
fn selected(set: &apollo_compiler::executable::SelectionSet, value: &Value, at: &str) -> Result<(), String> {
    let map = value.as_object().ok_or_else(|| format!("{at} is no object"))?;
    let fields: Vec<_> = set.selections.iter().filter_map(|s| s.as_field()).collect();
    if let Some(extra) = map.keys().find(|k| !fields.iter().any(|f| f.response_key().as_str() == k.as_str())) {
        return Err(format!("{at}.{extra} was not asked for"));
    }
    for field in fields {
        let name = field.response_key().as_str();
        let at = format!("{at}.{name}");
        match map.get(name) {
            None => return Err(format!("{at} is missing")),
            Some(Value::Null) if field.ty().is_non_null() => return Err(format!("{at} is never null")),
            Some(Value::Null) => {}
            Some(Value::Array(items)) if field.ty().is_list() => {
                for item in items.iter().filter(|_| !field.selection_set.selections.is_empty()) {
                    selected(&field.selection_set, item, &at)?;
                }
            }
            Some(_) if field.ty().is_list() => return Err(format!("{at} is a list")),
            Some(item) if !field.selection_set.selections.is_empty() => selected(&field.selection_set, item, &at)?,
            Some(_) => {}
        }
    }
    Ok(())
}
