//! What a field means, from its schema: `launchd explain milestones.launch_day.due`.

use serde_json::Value;

use super::document::{self, Kind};

/// All that is known of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHelp {
    pub kind: Kind,
    /// With `*` for a name of the user's own: `spec.milestones.*.due`.
    pub path: String,
    pub description: String,
    /// "text", "a list", …, as many as it takes.
    pub types: Vec<&'static str>,
    pub required: bool,
    /// The words it takes, each with what it means.
    pub values: Vec<(String, String)>,
    pub examples: Vec<String>,
    /// The fields below it, each with its description.
    pub fields: Vec<(String, String)>,
}

/// Help for a path such as `target_date`, `milestones.*.due`, `Calendar.spec.freezes`. `spec` and list indices go without saying;
/// any word stands for a name of the user's own. Of several kinds that have it, the first one in the order of [`Kind::ALL`].
pub fn field_help(path: &str) -> Option<FieldHelp> {
    let mut steps: Vec<&str> = path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect();
    let kinds = match Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(steps[0])) {
        Some(kind) => {
            steps.remove(0);
            vec![kind]
        }
        None => Kind::ALL.to_vec(),
    };
    kinds.into_iter().find_map(|kind| {
        let root = document::schema(kind);
        let from_spec: Vec<&str> = std::iter::once("spec").chain(steps.iter().copied()).collect();
        find(kind, &root, &steps).or_else(|| find(kind, &root, &from_spec))
    })
}

/// The paths of all fields, for "did you mean": each once, with `*` for names.
pub fn field_paths(kind: Kind) -> Vec<String> {
    fn walk(root: &Value, schema: &Value, path: &str, depth: usize, paths: &mut Vec<String>) {
        if depth > 7 {
            return;
        }
        for (name, property) in properties(root, schema) {
            let path = if path.is_empty() { name } else { format!("{path}.{name}") };
            walk(root, property, &path, depth + 1, paths);
            paths.push(path);
        }
    }
    let root = document::schema(kind);
    let mut paths = Vec::new();
    walk(&root, &root, "", 0, &mut paths);
    paths.iter_mut().for_each(|path| *path = path.strip_prefix("spec.").unwrap_or(path).to_owned());
    paths.sort();
    paths.dedup();
    paths
}

fn find(kind: Kind, root: &Value, steps: &[&str]) -> Option<FieldHelp> {
    let mut at = root;
    let mut path = Vec::new();
    let mut required = true;
    let mut description = String::new();
    for step in steps {
        let (name, next) = property(root, at, step)?;
        required = variants(root, at).iter().any(|schema| {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == &name))
        });
        // Of a named thing, what it is; of a field, what it is for.
        description =
            text(next, "description").or_else(|| text(resolve(root, next), "description")).unwrap_or_default();
        path.push(name);
        at = next;
    }
    let alternatives = variants(root, at);
    Some(FieldHelp {
        kind,
        path: path.join("."),
        description,
        types: types(&alternatives),
        required,
        values: values(&alternatives),
        examples: alternatives
            .iter()
            .chain([&at])
            .find_map(|schema| schema["examples"].as_array())
            .into_iter()
            .flatten()
            .map(plain)
            .collect(),
        fields: properties(root, at)
            .into_iter()
            .filter(|(name, _)| name != "*")
            .map(|(name, schema)| (name, text(schema, "description").unwrap_or_default()))
            .collect(),
    })
}

fn text(schema: &Value, key: &str) -> Option<String> {
    schema[key].as_str().map(str::to_owned)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    schema["$ref"].as_str().and_then(|reference| root.pointer(reference.strip_prefix('#')?)).unwrap_or(schema)
}

/// The schema without references, and each of its alternatives; a list stands for its items too.
fn variants<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let schema = resolve(root, schema);
    let mut all = vec![schema];
    for keyword in ["anyOf", "oneOf"] {
        for choice in schema[keyword].as_array().into_iter().flatten() {
            all.extend(variants(root, choice));
        }
    }
    all
}

fn properties<'s>(root: &'s Value, schema: &'s Value) -> Vec<(String, &'s Value)> {
    let mut found: Vec<(String, &Value)> = Vec::new();
    let mut add = |name: &str, schema: &'s Value| {
        if !found.iter().any(|(known, _)| known == name) {
            found.push((name.to_owned(), schema));
        }
    };
    for schema in variants(root, schema) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            add(name, property);
        }
        if let named @ Value::Object(_) = &schema["additionalProperties"] {
            add("*", named);
        }
        if let items @ Value::Object(_) = &schema["items"] {
            for (name, property) in properties(root, items) {
                add(&name, property);
            }
        }
    }
    found
}

fn property<'s>(root: &'s Value, schema: &'s Value, step: &str) -> Option<(String, &'s Value)> {
    let all = properties(root, schema);
    let exact = all.iter().find(|(name, _)| name == step);
    exact.or_else(|| all.iter().find(|(name, _)| name == "*")).cloned()
}

fn types(alternatives: &[&Value]) -> Vec<&'static str> {
    let mut types = Vec::new();
    for schema in alternatives {
        let names: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in names {
            let words = match name {
                "string" => "text",
                "integer" => "a whole number",
                "number" => "a number",
                "boolean" => "true or false",
                "array" => "a list",
                "object" => "a mapping",
                _ => continue,
            };
            if !types.contains(&words) {
                types.push(words);
            }
        }
    }
    types
}

fn values(alternatives: &[&Value]) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for schema in alternatives {
        if let Some(word) = schema["const"].as_str() {
            values.push((word.to_owned(), text(schema, "description").unwrap_or_default()));
        }
        for word in schema["enum"].as_array().into_iter().flatten() {
            values.push((plain(word), String::new()));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_with_or_without_the_spec() {
        let due = field_help("milestones.*.due").unwrap();
        assert_eq!((due.kind, due.path.as_str(), due.required), (Kind::Launch, "spec.milestones.*.due", false));
        assert!(due.description.contains("complete"), "{due:?}");
        assert!(due.examples.contains(&"T-2w".to_owned()), "{due:?}");
        assert_eq!(field_help("milestones.launch_day.due"), Some(due));
        let target = field_help("target_date").unwrap();
        assert!(target.required && target.types == ["text"], "{target:?}");
    }

    #[test]
    fn a_field_of_words_lists_them_and_a_mapping_its_fields() {
        let values: Vec<_> = field_help("launch_type").unwrap().values.into_iter().map(|(word, _)| word).collect();
        assert_eq!(values, ["new_product", "major_release", "feature_update", "beta_launch", "soft_launch"]);
        let check = field_help("milestones.x.checks").unwrap();
        assert!(check.fields.iter().any(|(name, description)| name == "for" && !description.is_empty()), "{check:?}");
        assert_eq!(field_help("Calendar.freezes.until").unwrap().kind, Kind::Calendar);
        assert_eq!(field_help("no.such.field"), None);
    }
}
