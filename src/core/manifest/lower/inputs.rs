//! An activity's `with`: rendered as far as the files know, judged by the resource's schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Lowering, activities::RawList, inside, milestones::has_template, sentence, template_problem};
use crate::core::{
    manifest::{
        library::{ConnectorEntry, did_you_mean, nearest},
        node::Span,
        place::{Step, place_below},
        problem::Problem,
    },
    model::{
        activity::{Inputs, Uses},
        name::Id,
        secret::secret_name,
    },
    template::{self, Context, TemplateErrorKind, escape_pointer},
};

/// What only other activities can tell.
const LATER: &str = "activities";

impl<'a> Lowering<'a> {
    /// Renders `with`. Leaves that use other activities' outputs wait, and those activities are added to `used`.
    pub(super) fn inputs(
        &mut self,
        with: Option<&Map<String, Value>>,
        path: &[Step<'_>],
        context: &Context,
        all: &RawList<'a>,
        used: &mut BTreeSet<Id>,
    ) -> Inputs {
        let Some(with) = with else { return Inputs { value: Value::Object(Map::new()), deferred: BTreeMap::new() } };
        let whole = Value::Object(with.clone());
        if !has_template(&whole) {
            return Inputs { value: whole, deferred: BTreeMap::new() };
        }
        let mut inputs = Inputs::default();
        let mut pointer = String::new();
        inputs.value = self.leaf(whole, &mut pointer, path, context, all, used, &mut inputs.deferred);
        inputs
    }

    #[expect(clippy::too_many_arguments, reason = "one walk with what it collects")]
    fn leaf(
        &mut self,
        value: Value,
        pointer: &mut String,
        path: &[Step<'_>],
        context: &Context,
        all: &RawList<'a>,
        used: &mut BTreeSet<Id>,
        deferred: &mut BTreeMap<String, String>,
    ) -> Value {
        match value {
            Value::String(text) if template::is_template(&text) => {
                let at = place_below(self.input.tree, path, pointer);
                let members = template::members(&text, LATER);
                let waits = members.as_ref().is_ok_and(|m| !m.is_empty());
                if !waits {
                    return template::render(&text, context).unwrap_or_else(|error| {
                        self.problem(template_problem(&error, &text, at, context));
                        Value::String(text)
                    });
                }
                let names: Vec<_> = super::super::place::pointer_steps(pointer);
                let mut steps = path.to_vec();
                steps.extend(names.iter().map(|n| n.parse().map_or(Step::Key(n), Step::Index)));
                used.extend(self.used(members.unwrap_or_default(), &text, &steps, all));
                let known = template::partial(&text, context, LATER).unwrap_or_else(|error| {
                    self.problem(template_problem(&error, &text, at, context));
                    text
                });
                deferred.insert(pointer.clone(), known.clone());
                Value::String(known)
            }
            Value::Array(items) => {
                let length = pointer.len();
                let items = items.into_iter().enumerate().map(|(i, item)| {
                    pointer.push_str(&format!("/{i}"));
                    let item = self.leaf(item, pointer, path, context, all, used, deferred);
                    pointer.truncate(length);
                    item
                });
                Value::Array(items.collect())
            }
            Value::Object(map) => {
                let length = pointer.len();
                let members = map.into_iter().map(|(key, item)| {
                    pointer.push('/');
                    pointer.push_str(&escape_pointer(&key));
                    let item = self.leaf(item, pointer, path, context, all, used, deferred);
                    pointer.truncate(length);
                    (key, item)
                });
                Value::Object(members.collect())
            }
            plain => plain,
        }
    }

    /// Judges `with` by the resource's schema; what is not known yet is not judged. Fields without a value are taken out.
    pub(super) fn check_inputs(&mut self, with: &mut Inputs, entry: &ConnectorEntry, uses: &Uses, path: &[Step<'_>]) {
        self.without_nulls(&mut with.value, &mut String::new(), entry, uses, path);
        let schema = match entry.schema(&uses.resource) {
            None => return,
            Some(Ok(schema)) => schema,
            Some(Err(error)) => {
                let problem = Problem::error(
                    "connector/invalid-schema",
                    self.span(&path[..path.len().saturating_sub(1)]),
                    "a connector's schema that cannot be used",
                    format!("The schema of `{uses}`: {error}."),
                );
                self.problem(problem);
                return;
            }
        };
        if schema.is_valid(&with.value) {
            return;
        }
        for error in schema.iter_errors(&with.value) {
            let pointer = error.instance_path().to_string();
            if self.unknown_yet(with, &pointer, error.kind().keyword()) {
                continue;
            }
            let problem = self.misfit(&error, &pointer, entry, uses, path);
            self.problem(problem);
        }
    }

    /// Takes out what has no value. Where the resource has no such field, that is a slip and not a field left empty.
    fn without_nulls(
        &mut self,
        value: &mut Value,
        pointer: &mut String,
        entry: &ConnectorEntry,
        uses: &Uses,
        path: &[Step<'_>],
    ) {
        let Value::Object(map) = value else { return };
        let schema = entry.connector.resources.get(&uses.resource).map(|r| &r.with);
        let fields = schema.and_then(|s| properties_at(s, pointer));
        let empty: Vec<String> = map.iter().filter(|(_, v)| v.is_null()).map(|(name, _)| name.clone()).collect();
        for name in empty {
            map.remove(&name);
            if fields.is_none_or(|f| !f.contains_key(&name)) {
                let span = place_below(self.input.tree, path, &format!("{pointer}/{}", escape_pointer(&name)));
                self.problem(no_such_field(&name, fields, pointer, uses, span));
            }
        }
        let length = pointer.len();
        for (name, inner) in map.iter_mut().filter(|(_, v)| v.is_object()) {
            pointer.push('/');
            pointer.push_str(&escape_pointer(name));
            self.without_nulls(inner, pointer, entry, uses, path);
            pointer.truncate(length);
        }
    }

    /// Whether an error is about a leaf that waits, or about a secret, or about a choice that hangs on one.
    fn unknown_yet(&self, with: &Inputs, pointer: &str, keyword: &str) -> bool {
        let choice = matches!(keyword, "anyOf" | "oneOf" | "not" | "if" | "allOf");
        let below = |leaf: &String| leaf == pointer || (choice && leaf.starts_with(pointer));
        let node = with.value.pointer(pointer);
        let secret = node.is_some_and(|v| secret_name(v).is_some() || (choice && holds_secret(v)));
        let parent_secret = pointer
            .rsplit_once('/')
            .and_then(|(up, _)| with.value.pointer(up))
            .is_some_and(|v| secret_name(v).is_some());
        with.deferred.keys().any(below) || secret || parent_secret
    }

    fn misfit(
        &self,
        error: &jsonschema::ValidationError<'_>,
        pointer: &str,
        entry: &ConnectorEntry,
        uses: &Uses,
        path: &[Step<'_>],
    ) -> Problem {
        use jsonschema::error::ValidationErrorKind as Kind;
        let span = place_below(self.input.tree, path, pointer);
        let subject = subject(pointer, uses);
        let schema = entry.connector.resources.get(&uses.resource).map(|r| &r.with);
        let properties = schema.and_then(|s| properties_at(s, pointer));
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let name = unexpected.first().map_or("", String::as_str);
                let span = place_below(self.input.tree, path, &format!("{pointer}/{}", escape_pointer(name)));
                let known: Vec<_> = properties.into_iter().flat_map(|p| p.keys().map(String::as_str)).collect();
                Problem::error(
                    "with/unknown-field",
                    span,
                    "unknown field",
                    format!(
                        "{subject} has no field {}.",
                        unexpected.iter().map(|u| format!("`{u}`")).collect::<Vec<_>>().join(", ")
                    ),
                )
                .hint(did_you_mean(name, known.into_iter()))
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let about = properties
                    .and_then(|p| p.get(name)?.get("description")?.as_str())
                    .map(|d| format!(" ({})", d.trim_end_matches('.')))
                    .unwrap_or_default();
                Problem::error("with/missing-field", span, "missing field", format!("{subject} needs `{name}`{about}."))
                    .hint(format!("Add `{name}` under `with`."))
            }
            Kind::Enum { options } => {
                let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let value = error.instance().as_str().unwrap_or_default();
                let hint = nearest(value, options.iter().copied())
                    .map_or_else(|| format!("Possible: {}.", options.join(", ")), |n| format!("Did you mean `{n}`?"));
                Problem::error(
                    "with/invalid-value",
                    span,
                    "a value that does not fit",
                    format!("{subject} cannot be `{value}`."),
                )
                .hint(hint)
            }
            Kind::Pattern { .. } if is_address(schema, pointer) => {
                let detail = format!("{subject} is no address that can be called over the web.");
                Problem::error("with/invalid-value", span, "a value that does not fit", detail)
                    .hint("Write the whole of it, such as `https://example.com/health`; nothing but `https` and `http` is called.")
            }
            _ => Problem::error(
                "with/invalid-value",
                span,
                "a value that does not fit",
                format!("{subject}: {}", sentence(&error.masked().to_string()).replacen("Value", "the value", 1)),
            )
            .hint(format!("See `launchd connectors {}`.", uses.connector)),
        }
    }

    /// Judges an expression's syntax and names, and finds the activities it speaks of.
    pub(super) fn expression(&mut self, text: &str, path: &[Step<'_>], all: &RawList<'a>) -> Vec<Id> {
        if template::is_template(text) {
            let problem = Problem::error(
                "template/braces",
                self.span(path),
                "an expression in braces",
                "This field is an expression already, so it is written without `{{` and `}}`.",
            )
            .hint(format!("Write `{}`.", text.trim().trim_start_matches("{{").trim_end_matches("}}").trim()));
            self.problem(problem);
            return Vec::new();
        }
        if let Err(error) = template::check_expression(text) {
            let problem = template_problem(&error, text, self.span(path), &self.context.clone());
            self.problem(problem);
            return Vec::new();
        }
        self.free_names(text, path);
        let members = template::expression_members(text, LATER).unwrap_or_default();
        self.used(members, text, path, all)
    }

    /// Names in a check's expression that nothing will supply.
    fn free_names(&mut self, text: &str, path: &[Step<'_>]) {
        const SUPPLIED: [&str; 4] = ["value", "outputs", "launch", LATER];
        let names = template::expression_names(text).unwrap_or_default();
        for name in names {
            let root = name.split('.').next().unwrap_or_default();
            if SUPPLIED.contains(&root) {
                continue;
            }
            let at = text.find(root).map(|i| i..i + root.len());
            let error = template::TemplateError {
                kind: TemplateErrorKind::Unknown,
                message: format!("`{root}` is not there"),
                at: at.clone(),
                line: 1,
                column: 1,
            };
            let span = inside(self.span(path), text, at);
            let problem =
                Problem::error("template/unknown-name", span, "unknown name in a template", sentence(&error.message))
                    .hint(did_you_mean(root, SUPPLIED.into_iter()));
            self.problem(problem);
        }
    }
}

/// A name without a value that is no field: a field misspelt, or more likely the rest of a text after its comma.
fn no_such_field(name: &str, fields: Option<&Map<String, Value>>, pointer: &str, uses: &Uses, span: Span) -> Problem {
    let known = fields.into_iter().flat_map(Map::keys).map(String::as_str);
    let hint = nearest(name, known).map_or_else(
        || {
            format!(
                "Inside `{{ }}`, a comma ends a text that has no quotes. If `{name}` is the rest of the text before it, put \
                 that text in quotes; else give it a value, or take it out."
            )
        },
        |field| format!("Did you mean `{field}`? It needs a value, too."),
    );
    let detail = format!("{} has no field `{name}`, and it has no value.", subject(pointer, uses));
    Problem::error("with/unknown-field", span, "unknown field", detail).hint(hint)
}

/// What a problem with a field of `with`, or with all of them, is about.
fn subject(pointer: &str, uses: &Uses) -> String {
    let field = pointer.trim_start_matches('/').replace('/', ".");
    if field.is_empty() { format!("`{uses}`") } else { format!("`{field}` of `{uses}`") }
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Object(map) => secret_name(value).is_some() || map.values().any(holds_secret),
        Value::Array(items) => items.iter().any(holds_secret),
        _ => false,
    }
}

/// Whether the field at a place is to be an address.
fn is_address(schema: Option<&Value>, pointer: &str) -> bool {
    let (above, field) = pointer.rsplit_once('/').unwrap_or_default();
    let property = schema.and_then(|s| properties_at(s, above)?.get(field)?.get("format"));
    property.and_then(Value::as_str) == Some("uri")
}

/// The `properties` of a schema at a place of its instance, as far as plain `properties` and `items` lead.
fn properties_at<'s>(schema: &'s Value, pointer: &str) -> Option<&'s Map<String, Value>> {
    let mut schema = schema;
    for step in super::super::place::pointer_steps(pointer) {
        schema = match schema.get("properties").and_then(|p| p.get(&step)) {
            Some(inner) => inner,
            None => schema.get("items")?,
        };
    }
    schema.get("properties")?.as_object()
}
