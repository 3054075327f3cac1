//! Compiles every template, expression and schema of a connector, and checks the names that they use.

use std::collections::BTreeSet;

use minijinja::Environment;
use serde_json::Value;

use super::SpecProblem;
use crate::core::{
    manifest::document::connector::ResourceSpec,
    model::connector::http::{Expression, HttpApi, Lookup, Pages, Request, Step},
};

/// What a template always sees.
const ALWAYS: [&str; 11] =
    ["with", "key", "key_uuid", "label", "object", "now", "due", "owner", "launch", "subject", "title"];
const IN_STEPS: [&str; 2] = ["answers", "found"];
const OF_ANSWER: [&str; 3] = ["body", "status", "headers"];

pub(super) fn api(http: &HttpApi, problems: &mut Vec<SpecProblem>) {
    let mut check = Checker { with: None, problems };
    let errors = &http.errors;
    for (name, expression) in [
        ("when", &errors.when),
        ("message", &errors.message),
        ("code", &errors.code),
        ("retry_after", &errors.retry_after),
    ] {
        check.expression(expression.as_ref(), &format!("/http/errors/{name}"), &OF_ANSWER);
    }
    for status in errors.statuses.keys() {
        if !status.parse::<u16>().is_ok_and(|s| (300..600).contains(&s)) {
            check.say(&format!("/http/errors/statuses/{status}"), "this is no HTTP status from 300 to 599".into());
        }
    }
    if let Some(base) = &http.base_url
        && !base.starts_with("https://")
        && !base.starts_with("http://")
    {
        check.say("/http/base_url", format!("`{base}` is no address that starts with https://"));
    }
}

pub(super) fn resource(spec: &ResourceSpec, pointer: &str, problems: &mut Vec<SpecProblem>) {
    if let Err(e) = jsonschema::draft202012::new(&spec.with) {
        problems.push(SpecProblem::new(format!("{pointer}/with"), format!("this is no JSON Schema: {e}")));
    }
    let mut check = Checker { with: fields(&spec.with), problems };
    for (name, lookup) in [("find", &spec.find), ("read", &spec.read)] {
        if let Some(lookup) = lookup {
            check.lookup(lookup, &format!("{pointer}/{name}"));
        }
    }
    for (verb, steps) in
        [("create", &spec.create), ("update", &spec.update), ("close", &spec.close), ("delete", &spec.delete)]
    {
        for (i, step) in steps.iter().enumerate() {
            check.step(step, &format!("{pointer}/{verb}/{i}"));
        }
    }
    if let Some(ask) = &spec.ask {
        check.request(&ask.request, &format!("{pointer}/ask/request"), &[]);
        check.expression(Some(&ask.value), &format!("{pointer}/ask/value"), &OF_ANSWER);
        for (name, e) in &ask.outputs {
            check.expression(Some(e), &format!("{pointer}/ask/outputs/{name}"), &OF_ANSWER);
        }
    }
    let object = &spec.object;
    for (name, e) in [("id", &object.id), ("url", &object.url), ("done", &object.done), ("partial", &object.partial)] {
        check.expression(e.as_ref(), &format!("{pointer}/object/{name}"), &["item"]);
    }
    for (name, e) in &object.outputs {
        check.expression(Some(e), &format!("{pointer}/object/outputs/{name}"), &["item"]);
    }
    for (name, e) in &object.fields {
        let at = format!("{pointer}/object/fields/{name}");
        check.expression(Some(e), &at, &["item"]);
        check.with_field(name, &at);
    }
}

/// The fields that `with` may have, unless it is open to any.
fn fields(schema: &Value) -> Option<BTreeSet<String>> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    closed.then(|| schema.get("properties")?.as_object().map(|p| p.keys().cloned().collect())).flatten()
}

struct Checker<'a> {
    with: Option<BTreeSet<String>>,
    problems: &'a mut Vec<SpecProblem>,
}

impl Checker<'_> {
    fn say(&mut self, pointer: &str, detail: String) {
        self.problems.push(SpecProblem::new(pointer, detail));
    }

    fn lookup(&mut self, lookup: &Lookup, pointer: &str) {
        self.request(&lookup.request, &format!("{pointer}/request"), &["page"]);
        self.expression(lookup.item.as_ref(), &format!("{pointer}/item"), &OF_ANSWER);
        self.expression(lookup.items.as_ref(), &format!("{pointer}/items"), &OF_ANSWER);
        self.expression(lookup.accept.as_ref(), &format!("{pointer}/where"), &["item"]);
        if lookup.item.is_some() && lookup.items.is_some() {
            self.say(pointer, "there is one of `item` and `items`, not both".into());
        }
        if let Some(Pages::Cursor(e) | Pages::Number(e) | Pages::Offset(e)) = &lookup.pages {
            self.expression(Some(e), &format!("{pointer}/pages"), &["body", "status", "headers", "page"]);
        }
        if lookup.pages.is_some() && lookup.items.is_none() {
            self.say(&format!("{pointer}/pages"), "only a list, `items`, has pages".into());
        }
    }

    fn step(&mut self, step: &Step, pointer: &str) {
        self.request(&step.request, &format!("{pointer}/request"), &IN_STEPS);
        self.expression(step.when.as_ref(), &format!("{pointer}/when"), &IN_STEPS);
        let seen = ["body", "status", "headers", "answers", "found"];
        self.expression(step.id.as_ref(), &format!("{pointer}/id"), &seen);
        self.expression(step.item.as_ref(), &format!("{pointer}/item"), &seen);
    }

    fn request(&mut self, request: &Request, pointer: &str, more: &[&str]) {
        if request.path.is_some() == request.url.is_some() && request.graphql.is_none() {
            self.say(pointer, "a request has exactly one of `path` and `url`".into());
        }
        let bodies = [request.body.is_some(), request.form.is_some(), request.graphql.is_some()];
        if bodies.iter().filter(|b| **b).count() > 1 {
            self.say(pointer, "a request has at most one of `body`, `form` and `graphql`".into());
        }
        for (name, template) in [("method", &request.method), ("path", &request.path), ("url", &request.url)] {
            if let Some(template) = template {
                self.template(&template.0, &format!("{pointer}/{name}"), more);
            }
        }
        let variables = request.graphql.as_ref().and_then(|g| g.variables.as_ref());
        for (name, value) in [
            ("query", request.query.as_ref()),
            ("headers", request.headers.as_ref()),
            ("body", request.body.as_ref()),
            ("form", request.form.as_ref()),
            ("graphql/variables", variables),
        ] {
            if let Some(value) = value {
                self.structure(value, &format!("{pointer}/{name}"), more);
            }
        }
    }

    fn structure(&mut self, value: &Value, pointer: &str, more: &[&str]) {
        match value {
            Value::String(text) => self.template(text, pointer, more),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.structure(item, &format!("{pointer}/{i}"), more);
                }
            }
            Value::Object(map) => {
                for (name, item) in map {
                    self.structure(item, &format!("{pointer}/{name}"), more);
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, text: &str, pointer: &str, more: &[&str]) {
        let env = Environment::new();
        match env.template_from_str(text) {
            Err(e) => self.say(pointer, format!("this template does not compile: {e}")),
            Ok(template) => self.names(template.undeclared_variables(true), pointer, more),
        }
    }

    fn expression(&mut self, expression: Option<&Expression>, pointer: &str, more: &[&str]) {
        let Some(Expression(text)) = expression else { return };
        let env = Environment::new();
        match env.compile_expression(text) {
            Err(e) => self.say(pointer, format!("this expression does not compile: {e}")),
            Ok(expression) => self.names(expression.undeclared_variables(true), pointer, more),
        }
    }

    fn names(&mut self, used: std::collections::HashSet<String>, pointer: &str, more: &[&str]) {
        let used: BTreeSet<_> = used.into_iter().collect();
        for path in used {
            let mut parts = path.split('.');
            let root = parts.next().unwrap_or_default();
            if root == "with" {
                if let Some(field) = parts.next() {
                    self.with_field(field, pointer);
                }
            } else if !ALWAYS.contains(&root) && !more.contains(&root) && !FUNCTIONS.contains(&root) {
                let known = ALWAYS.iter().chain(more).copied().collect::<Vec<_>>().join(", ");
                self.problems.push(
                    SpecProblem::new(pointer, format!("there is no `{root}` here"))
                        .hint(format!("what can be used here: {known}")),
                );
            }
        }
    }

    fn with_field(&mut self, field: &str, pointer: &str) {
        let Some(with) = &self.with else { return };
        if !with.contains(field) {
            let detail = format!("`with.{field}` is used, and `with` has no field `{field}`");
            self.say(pointer, detail);
        }
    }
}

/// Functions that every template has.
const FUNCTIONS: [&str; 4] = ["dict", "range", "namespace", "debug"];
