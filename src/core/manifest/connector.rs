//! Connector document → connector: everything that can be known without a vendor is checked here.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    builtin,
    document::connector::{Ability, ConnectorSpec, KeySpec, ResourceSpec},
};
use crate::core::model::{
    activity::{EffectClass, KeySupport},
    connector::{Connector, ExecutorKind, Resource, http::HttpResource},
    name::{Id, Name},
};

mod texts;

/// What is wrong with a connector's `spec`, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecProblem {
    /// JSON pointer (RFC 6901) from the `spec`.
    pub pointer: String,
    pub detail: String,
    pub hint: Option<String>,
}

impl SpecProblem {
    fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into(), hint: None }
    }
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Every connector of the catalog.
pub fn builtins() -> BTreeMap<Name, Arc<Connector>> {
    builtin::connectors().iter().map(|(name, entry)| (name.clone(), Arc::clone(&entry.connector))).collect()
}

/// Turns a connector's `spec` into the model. `builtin` only for files of the catalog.
///
/// # Errors
/// Every problem there is, not only the first.
pub fn lower(name: Name, spec: ConnectorSpec, builtin: bool) -> Result<Connector, Vec<SpecProblem>> {
    let mut problems = Vec::new();
    match (&spec.http, spec.executor) {
        (None, ExecutorKind::Http) => {
            problems.push(SpecProblem::new("", "an http connector has no `http` section").hint(
                "add `http:` with the vendor's `base_url`; an empty map is enough where every request has a `url`",
            ))
        }
        (Some(_), ExecutorKind::Exec | ExecutorKind::Human) => {
            problems.push(SpecProblem::new("/http", "only `executor: http` has an `http` section"));
        }
        (Some(http), ExecutorKind::Http) => texts::api(http, &mut problems),
        (None, _) => {}
    }
    let mut resources = BTreeMap::new();
    for (id, resource) in spec.resources {
        let pointer = format!("/resources/{id}");
        match id.parse::<Id>() {
            Err(e) => problems.push(SpecProblem::new(pointer, format!("`{id}` is no name for a resource: {e}"))),
            Ok(id) => {
                problems.extend(contradictions(&resource, spec.executor, &pointer));
                texts::resource(&resource, &pointer, &mut problems);
                resources.insert(id, lower_resource(resource, spec.executor));
            }
        }
    }
    if resources.is_empty() && problems.is_empty() {
        problems.push(SpecProblem::new("/resources", "a connector without resources can do nothing"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Connector {
        name,
        title: spec.title,
        docs: spec.docs,
        executor: spec.executor,
        builtin,
        resources,
        http: spec.http,
    })
}

fn lower_resource(spec: ResourceSpec, executor: ExecutorKind) -> Resource {
    let (key, key_header) = match spec.key {
        KeySpec::Header(h) => (KeySupport::Header { lifetime_seconds: h.lifetime_seconds }, Some(h.name)),
        KeySpec::ClientId => (KeySupport::Header { lifetime_seconds: None }, None),
        KeySpec::Probe(p) => (KeySupport::Probe { settle_seconds: p.settle_seconds }, None),
        KeySpec::Opaque => (KeySupport::Opaque, None),
    };
    let can = |ability, steps: &[_]| spec.can.contains(&ability) || !steps.is_empty();
    Resource {
        title: spec.title,
        effect: spec.effect,
        key,
        with: spec.with,
        complete_when: spec.complete_when,
        can_update: can(Ability::Update, &spec.update),
        can_close: can(Ability::Close, &spec.close),
        can_delete: can(Ability::Delete, &spec.delete),
        http: (executor == ExecutorKind::Http).then_some(HttpResource {
            key_header,
            find: spec.find,
            read: spec.read,
            create: spec.create,
            update: spec.update,
            close: spec.close,
            delete: spec.delete,
            ask: spec.ask,
            object: spec.object,
        }),
    }
}

/// What a schema cannot say: members that must or must not come together.
fn contradictions(spec: &ResourceSpec, executor: ExecutorKind, pointer: &str) -> Vec<SpecProblem> {
    let mut found = Vec::new();
    let mut say = |at: &str, detail: &str, hint: &str| {
        found.push(SpecProblem::new(format!("{pointer}{at}"), detail).hint(hint));
    };
    let steps = [("create", &spec.create), ("update", &spec.update), ("close", &spec.close), ("delete", &spec.delete)];
    if executor != ExecutorKind::Http {
        let lookups = spec.find.is_some() || spec.read.is_some() || spec.ask.is_some();
        if lookups || steps.iter().any(|(_, s)| !s.is_empty()) {
            say("", "only an http connector has requests", "remove them, or say `executor: http`");
        }
        return found;
    }
    if !spec.can.is_empty() {
        say("/can", "an http resource can do what it has requests for", "remove `can`");
    }
    match spec.effect {
        EffectClass::Observe => {
            if let Some((verb, _)) = steps.iter().find(|(_, s)| !s.is_empty()) {
                say(&format!("/{verb}"), "an `observe` resource changes nothing", "say `effect: converge` or `once`");
            }
            if spec.ask.is_none() && spec.find.is_none() && spec.read.is_none() {
                say(
                    "/ask",
                    "an `observe` resource answers a question, and there is none",
                    "add `ask` with its `value`",
                );
            }
        }
        EffectClass::Converge | EffectClass::Once => {
            if spec.create.is_empty() {
                say("/create", "nothing says how the object is created", "add `create` with at least one step");
            }
        }
    }
    if matches!(spec.key, KeySpec::Probe(_)) && spec.find.is_none() {
        say("/find", "`key: probe` needs a way to search for the mark", "add `find`, or say `key: opaque`");
    }
    if spec.create.len() > 1 && spec.find.is_none() {
        say("/create", "a create of several steps cannot be resumed without `find`", "add `find`");
    }
    if spec.object.partial.is_some() && spec.create.len() < 2 {
        say("/object/partial", "a create of one step is never cut short", "remove `partial`");
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn problems(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut spec = json!({
            "title": "Example",
            "http": {"base_url": "https://api.example.com"},
            "resources": {"thing": {
                "title": "thing", "effect": "converge", "key": {"probe": {"settle_seconds": 5}},
                "with": {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": false},
                "find": {"request": {"path": "/things", "query": {"label": "{{ label }}"}}, "items": "body.things"},
                "create": [{"request": {"method": "POST", "path": "/things", "body": {"name": "{{ with.name }}"}}, "id": "body.id"}],
                "object": {"id": "item.id", "fields": {"name": "item.name"}}
            }}
        });
        change(&mut spec);
        let spec: ConnectorSpec = serde_json::from_value(spec).unwrap();
        match lower("example".parse().unwrap(), spec, false) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|p| format!("{}: {}", p.pointer, p.detail)).collect(),
        }
    }

    #[test]
    fn a_sound_connector_has_no_problems() {
        assert_eq!(problems(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        type Change = fn(&mut Value);
        let cases: [(Change, &str); 9] = [
            (
                |s| s["resources"]["thing"]["create"][0]["request"]["path"] = json!("/{{ oops"),
                "/resources/thing/create/0/request/path: ",
            ),
            (|s| s["resources"]["thing"]["create"][0]["id"] = json!("body..id"), "/resources/thing/create/0/id: "),
            (
                |s| s["resources"]["thing"]["create"][0]["request"]["body"]["name"] = json!("{{ with.nam }}"),
                "`with.nam` is used, and `with` has no field `nam`",
            ),
            (|s| s["resources"]["thing"]["object"]["id"] = json!("itm.id"), "there is no `itm` here"),
            (
                |s| s["resources"]["thing"]["object"]["fields"]["title"] = json!("item.name"),
                "`with` has no field `title`",
            ),
            (|s| s["resources"]["thing"]["with"] = json!({"type": "objekt"}), "/resources/thing/with: "),
            (|s| s["resources"]["thing"]["find"] = Value::Null, "/resources/thing/find: "),
            (|s| s["http"]["errors"] = json!({"statuses": {"4o3": "retryable"}}), "/http/errors/statuses/4o3: "),
            (
                |s| s["resources"]["thing"]["create"][0]["request"]["url"] = json!("https://x"),
                "exactly one of `path` and `url`",
            ),
        ];
        for (change, expected) in cases {
            let found = problems(change);
            assert!(found.iter().any(|p| p.contains(expected)), "{expected}: {found:?}");
        }
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let spec = json!({"title": "x", "resources": {}, "colour": 1});
        assert!(serde_json::from_value::<ConnectorSpec>(spec).unwrap_err().to_string().contains("colour"));
    }
}
