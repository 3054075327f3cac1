//! One call: look-ups, effects step by step, questions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use url::Url;

use super::{
    address::{Allowed, is_loopback_host},
    auth::Wallet,
    classify::{Trouble, with_answer},
    client::Bounds,
    context,
    executor::{HttpExecutor, Shared},
    lookup::{Found, unreadable},
    template::{self, Names},
};
use crate::{
    core::model::{
        call::{Call, Verb},
        connector::{
            Connector, ConnectorSettings, Resource,
            http::{FailureClass, HttpApi, HttpResource, Step},
        },
        outcome::{Object, Reading, Sighting},
    },
    edges::executors::secrets::{Scrubber, resolve},
};

const MAX_BODY: u64 = 1024 * 1024;

/// One call on its way: everything that its requests need.
pub(super) struct Session<'a> {
    pub(super) shared: &'a Shared,
    pub(super) wallet: Wallet<'a>,
    pub(super) api: &'a HttpApi,
    resource: &'a Resource,
    http: &'a HttpResource,
    pub(super) base: Option<Url>,
    pub(super) bounds: Bounds,
    pub(super) per_host: Option<u32>,
    pub(super) call: &'a Call,
    pub(super) scrubber: &'a mut Scrubber,
    /// With secrets: for requests only.
    names: Names,
    /// Without: for what is read back.
    plain: Names,
    /// The secrets that `with` uses, each with its value.
    pub(super) used: Vec<(String, String)>,
}

impl<'a> Session<'a> {
    pub fn new(
        executor: &'a HttpExecutor,
        connector: &'a Connector,
        settings: &'a ConnectorSettings,
        call: &'a Call,
        scrubber: &'a mut Scrubber,
    ) -> Result<Self, Trouble> {
        let wrong = |detail: String| Trouble::rejected("there is no such connector", detail);
        let resource = connector
            .resources
            .get(&call.uses.resource)
            .ok_or_else(|| wrong(format!("`{}` has no resource `{}`", connector.name, call.uses.resource)))?;
        let (Some(api), Some(http)) = (&connector.http, &resource.http) else {
            return Err(wrong(format!("`{}` is not for the http executor", connector.name)));
        };
        let base = settings.base_url.as_ref().or(api.base_url.as_ref()).map(|b| Url::parse(b)).transpose();
        let base = base.map_err(|e| Trouble::rejected("the base URL is none", format!("{e}; see launchd.yaml")))?;
        let with = resolve(&call.with, &*executor.secrets, scrubber)
            .map_err(|e| Trouble::rejected("a secret is missing", e.to_string()))?;
        let mut used = Vec::new();
        used_secrets(&call.with, &with, &mut used);
        // Only settings may point a connector at this machine; a file of the repository may not.
        let loopback = settings.base_url.is_some() && base.as_ref().is_some_and(is_loopback_host);
        let bounds = Bounds {
            allowed: Allowed { reach: settings.reach, loopback },
            deadline: Instant::now() + call.timeout,
            max_body: usize::try_from(settings.max_body_bytes.unwrap_or(MAX_BODY)).unwrap_or(usize::MAX),
        };
        let wallet =
            Wallet { connector, settings, secret_hosts: &executor.settings.secret_hosts, secrets: &*executor.secrets };
        Ok(Self {
            shared: &executor.shared,
            wallet,
            api,
            resource,
            http,
            base,
            bounds,
            per_host: executor.settings.per_host,
            call,
            scrubber,
            names: context::names(call, &with),
            plain: context::names(call, &call.with),
            used,
        })
    }

    pub(super) fn request_names(&self) -> &Names {
        &self.names
    }

    pub(super) fn plain_names(&self) -> &Names {
        &self.plain
    }

    pub async fn observe(&mut self) -> Result<Sighting, Trouble> {
        Ok(match self.found().await? {
            Found::Item(item) => {
                let (object, partial) = self.map(&self.http.object, &item)?;
                if partial { Sighting::Partial { object } } else { Sighting::Found { object } }
            }
            Found::Absent => Sighting::Absent,
            Found::Unobservable => Sighting::Unobservable,
        })
    }

    /// By id where it is known, else by key.
    async fn found(&mut self) -> Result<Found, Trouble> {
        if let (Some(_), Some(read)) = (&self.call.object_id, &self.http.read) {
            return self.look(read, &[404, 410]).await;
        }
        self.found_by_key().await
    }

    async fn found_by_key(&mut self) -> Result<Found, Trouble> {
        use crate::core::model::activity::KeySupport;
        let Some(find) = &self.http.find else { return Ok(Found::Unobservable) };
        let found = self.look(find, &[]).await?;
        // A search of an opaque resource can confirm but never deny.
        let denied = matches!(found, Found::Absent) && self.resource.key == KeySupport::Opaque;
        Ok(if denied { Found::Unobservable } else { found })
    }

    pub async fn act(&mut self, verb: Verb) -> Result<Object, Trouble> {
        let steps = match verb {
            Verb::Create => &self.http.create,
            Verb::Update => &self.http.update,
            Verb::Close => &self.http.close,
            Verb::Delete => &self.http.delete,
        };
        if steps.is_empty() {
            let detail = format!("{} has no way to {} it", self.call.uses, verb.as_str());
            return Err(Trouble::rejected("the connector cannot do that", detail));
        }
        if verb == Verb::Create { self.create(steps).await } else { self.change(verb, steps).await }
    }

    async fn create(&mut self, steps: &[Step]) -> Result<Object, Trouble> {
        let mut id = None;
        if steps.len() > 1 {
            // An earlier try may have taken some of the steps.
            if let Found::Item(item) = self.found_by_key().await.map_err(before)? {
                let (object, partial) = self.map(&self.http.object, &item)?;
                if !partial {
                    return Ok(object);
                }
                self.names = self.names.clone().with("found", &item);
                id = Some(object.id);
            }
        }
        let key_header = self.http.key_header.as_deref();
        match self.run(steps, id, key_header).await {
            // Vendors word "this id is taken" as they like. An object under our key is ours, whatever they say.
            Err(t) if t.class == FailureClass::Rejected && self.chooses_id() && !is_forbidden(&t) => {
                match self.found_by_key().await {
                    Ok(Found::Item(item)) => Ok(self.map(&self.http.object, &item)?.0),
                    _ => Err(t),
                }
            }
            Err(t) if t.class == FailureClass::Exists => match self.found_by_key().await {
                Ok(Found::Item(item)) => Ok(self.map(&self.http.object, &item)?.0),
                Ok(_) => Err(Trouble { class: FailureClass::Rejected, ..t }),
                Err(look) => Err(Trouble { class: FailureClass::InDoubt, ..look }),
            },
            other => other,
        }
    }

    /// The key is the object's id, not a header beside it.
    fn chooses_id(&self) -> bool {
        use crate::core::model::activity::KeySupport;
        matches!(self.resource.key, KeySupport::Header { .. }) && self.http.key_header.is_none()
    }

    async fn change(&mut self, verb: Verb, steps: &[Step]) -> Result<Object, Trouble> {
        let ended = matches!(verb, Verb::Close | Verb::Delete);
        let mut id = self.call.object_id.clone();
        if id.is_none() {
            match self.found_by_key().await.map_err(before)? {
                Found::Item(item) => id = Some(self.map(&self.http.object, &item)?.0.id),
                Found::Absent if ended => return Ok(self.gone()),
                Found::Absent => return Err(Trouble::retryable("it is not there any more", "look again")),
                Found::Unobservable => {
                    return Err(Trouble::rejected(
                        "the object is not known",
                        "its id was never told; resolve it by hand",
                    ));
                }
            }
        }
        match self.run(steps, id, None).await {
            Err(t) if is_absent(&t) && ended => Ok(self.gone()),
            Err(t) if is_absent(&t) => Err(Trouble { class: FailureClass::Retryable, ..t }),
            Ok(object) if verb == Verb::Delete => Ok(Object { done: true, ..object }),
            other => other,
        }
    }

    /// Takes the steps that are due; the object is what the last of them answered, or what is read back.
    async fn run(
        &mut self,
        steps: &[Step],
        mut id: Option<String>,
        key_header: Option<&str>,
    ) -> Result<Object, Trouble> {
        let mut answers = Map::new();
        let mut item = None;
        for step in steps {
            let names = self.names.clone().with("answers", &answers).with("object", &json!({"id": id}));
            if let Some(when) = &step.when
                && !template::is_true(when, &names).map_err(unreadable)?
            {
                continue;
            }
            let answer = self.exchange(&step.request, &names, step.repeatable, key_header).await?;
            let seen = with_answer(&names, &answer);
            if let Some(expression) = &step.id {
                // Done, but nobody knows what: found by its key, or a person looks.
                let missing = |why: String| Trouble::in_doubt("the answer does not tell the object's id", why);
                let text = template::text(expression, &seen).map_err(missing)?;
                id = Some(text.ok_or_else(|| missing(format!("there is no `{}` in it", expression.0)))?);
            }
            item = match &step.item {
                Some(expression) => template::evaluate(expression, &seen).ok().flatten(),
                None => None,
            };
            if let Some(name) = &step.name {
                answers.insert(name.clone(), answer.body);
            }
        }
        Ok(self.read_back(id, item).await)
    }

    /// The object after an effect. The effect is done, so a failure to read it back is none of the effect.
    async fn read_back(&mut self, id: Option<String>, item: Option<Value>) -> Object {
        if let Some(item) = item
            && let Ok((object, _)) = self.map(&self.http.object, &item)
        {
            return object;
        }
        let known = id.or_else(|| self.call.object_id.clone());
        let seen = match (&known, &self.http.read) {
            (Some(id), Some(read)) => {
                self.names = self.names.clone().with("object", &json!({"id": id}));
                self.look(read, &[404, 410]).await
            }
            _ => self.found_by_key().await,
        };
        if let Ok(Found::Item(item)) = seen
            && let Ok((object, _)) = self.map(&self.http.object, &item)
        {
            return object;
        }
        let lookable = self.http.read.is_some();
        Object {
            id: known.unwrap_or_else(|| self.call.key.to_string()),
            done: !lookable || self.http.object.done.is_none(),
            ..Object::default()
        }
    }

    fn gone(&self) -> Object {
        let id = self.call.object_id.clone().unwrap_or_else(|| self.call.key.to_string());
        Object { id, done: true, ..Object::default() }
    }

    pub async fn ask(&mut self) -> Result<Reading, Trouble> {
        let Some(ask) = &self.http.ask else {
            return Err(Trouble::rejected(
                "the connector cannot do that",
                format!("{} answers no questions", self.call.uses),
            ));
        };
        let names = self.names.clone();
        let answer = self.exchange(&ask.request, &names, true, None).await?;
        let seen = with_answer(&self.plain, &answer);
        let value = template::evaluate(&ask.value, &seen).map_err(unreadable)?.unwrap_or(Value::Null);
        let mut outputs = BTreeMap::new();
        for (name, expression) in &ask.outputs {
            if let Some(value) = template::evaluate(expression, &seen).map_err(unreadable)? {
                outputs.insert(name.clone(), value);
            }
        }
        Ok(Reading { value, outputs })
    }
}

/// A look-up before an effect failed: nothing was sent yet.
fn before(trouble: Trouble) -> Trouble {
    match trouble.class {
        FailureClass::InDoubt => Trouble { class: FailureClass::Retryable, ..trouble },
        _ => trouble,
    }
}

fn is_forbidden(trouble: &Trouble) -> bool {
    matches!(trouble.failure.status, Some(401 | 403))
}

fn is_absent(trouble: &Trouble) -> bool {
    trouble.class == FailureClass::Absent || matches!(trouble.failure.status, Some(404 | 410))
}

/// Pairs each `{ secret: NAME }` leaf with the value that took its place.
fn used_secrets(with: &Value, resolved: &Value, used: &mut Vec<(String, String)>) {
    if let Some(name) = crate::core::model::secret::secret_name(with) {
        used.push((name.to_owned(), resolved.as_str().unwrap_or_default().to_owned()));
        return;
    }
    match (with, resolved) {
        (Value::Array(a), Value::Array(b)) => a.iter().zip(b).for_each(|(a, b)| used_secrets(a, b, used)),
        (Value::Object(a), Value::Object(b)) => {
            for (name, a) in a {
                if let Some(b) = b.get(name) {
                    used_secrets(a, b, used);
                }
            }
        }
        _ => {}
    }
}
