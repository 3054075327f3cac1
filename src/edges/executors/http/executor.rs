//! The executor: look-ups, effects step by step, questions.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use url::Url;

use super::{
    address::{Allowed, is_loopback_host},
    answer::Answer,
    auth::{Fetch, Tokens, Wallet},
    classify::{self, Trouble, with_answer},
    client::{Bounds, Clients, Prepared},
    context,
    limits::{Busy, HostPace, Limits},
    lookup::{Found, unreadable},
    request,
    template::{self, Names},
};
use crate::{
    core::model::{
        call::{Call, Verb},
        connector::{
            Connector, ConnectorSettings, HttpSettings, Resource,
            http::{FailureClass, HttpApi, HttpResource, Request, Step},
        },
        name::Name,
        outcome::{Failure, Object, Outcome, Reading, Sighting},
    },
    edges::executors::{
        Executor,
        secrets::{Scrubber, SecretSource, resolve},
    },
};

const MAX_BODY: u64 = 1024 * 1024;

/// Runs every connector whose executor is `http`.
pub struct HttpExecutor {
    connectors: RwLock<Arc<BTreeMap<Name, Arc<Connector>>>>,
    settings: HttpSettings,
    secrets: Arc<dyn SecretSource>,
    shared: Shared,
}

/// What calls share.
#[derive(Default)]
struct Shared {
    clients: Clients,
    limits: Limits,
    tokens: Tokens,
}

impl HttpExecutor {
    pub fn new(
        connectors: BTreeMap<Name, Arc<Connector>>,
        settings: HttpSettings,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self { connectors: RwLock::new(Arc::new(connectors)), settings, secrets, shared: Shared::default() }
    }

    /// From the next call on, these connectors count: a repository's own may change while launchd runs.
    pub fn replace_connectors(&self, connectors: BTreeMap<Name, Arc<Connector>>) {
        *self.connectors.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(connectors);
    }

    /// How much is asked of each host now, and which of them asked for a pause.
    pub fn pace(&self) -> Vec<HostPace> {
        self.shared.limits.snapshot()
    }

    fn connector(&self, call: &Call) -> Result<Arc<Connector>, Failure> {
        let connectors = self.connectors.read().unwrap_or_else(PoisonError::into_inner).clone();
        connectors.get(&call.uses.connector).cloned().ok_or_else(|| {
            Failure::new("there is no such connector", format!("`{}` is not known here", call.uses.connector))
        })
    }

    fn settings(&self, connector: &Connector) -> ConnectorSettings {
        self.settings.connectors.get(&connector.name).cloned().unwrap_or_default()
    }

    async fn look(&self, call: &Call, scrubber: &mut Scrubber) -> Result<Sighting, Failure> {
        let connector = self.connector(call)?;
        let settings = self.settings(&connector);
        let mut session = Session::new(self, &connector, &settings, call, scrubber).map_err(|t| t.failure)?;
        session.observe().await.map_err(|t| t.failure)
    }

    async fn effect(&self, verb: Verb, call: &Call, scrubber: &mut Scrubber) -> Outcome {
        let connector = match self.connector(call) {
            Ok(connector) => connector,
            Err(failure) => return Outcome::Rejected { failure },
        };
        let settings = self.settings(&connector);
        let mut session = match Session::new(self, &connector, &settings, call, scrubber) {
            Ok(session) => session,
            Err(trouble) => return trouble.into_outcome(),
        };
        match session.act(verb).await {
            Ok(object) => Outcome::Succeeded { object },
            Err(trouble) => trouble.into_outcome(),
        }
    }

    async fn question(&self, call: &Call, scrubber: &mut Scrubber) -> Result<Reading, Failure> {
        let connector = self.connector(call)?;
        let settings = self.settings(&connector);
        let mut session = Session::new(self, &connector, &settings, call, scrubber).map_err(|t| t.failure)?;
        session.ask().await.map_err(|t| t.failure)
    }
}

#[async_trait]
impl Executor for HttpExecutor {
    async fn observe(&self, call: &Call) -> Sighting {
        let mut scrubber = Scrubber::new();
        let sighting = self.look(call, &mut scrubber).await.unwrap_or_else(|failure| Sighting::Failed { failure });
        scrubber.sighting(&sighting)
    }

    async fn act(&self, verb: Verb, call: &Call) -> Outcome {
        let mut scrubber = Scrubber::new();
        let outcome = self.effect(verb, call, &mut scrubber).await;
        scrubber.outcome(&outcome)
    }

    async fn ask(&self, call: &Call) -> Result<Reading, Failure> {
        let mut scrubber = Scrubber::new();
        match self.question(call, &mut scrubber).await {
            Ok(reading) => Ok(scrubber.reading(&reading)),
            Err(failure) => Err(scrubber.failure(&failure)),
        }
    }
}

/// One call on its way: everything that its requests need.
pub(super) struct Session<'a> {
    shared: &'a Shared,
    wallet: Wallet<'a>,
    api: &'a HttpApi,
    resource: &'a Resource,
    http: &'a HttpResource,
    base: Option<Url>,
    bounds: Bounds,
    pub(super) call: &'a Call,
    scrubber: &'a mut Scrubber,
    /// With secrets: for requests only.
    names: Names,
    /// Without: for what is read back.
    plain: Names,
    /// The secrets that `with` uses, each with its value.
    used: Vec<(String, String)>,
}

impl<'a> Session<'a> {
    fn new(
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

    async fn observe(&mut self) -> Result<Sighting, Trouble> {
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

    async fn act(&mut self, verb: Verb) -> Result<Object, Trouble> {
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

    async fn ask(&mut self) -> Result<Reading, Trouble> {
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

    async fn exchange(
        &mut self,
        request: &Request,
        names: &Names,
        repeatable: bool,
        key_header: Option<&str>,
    ) -> Result<Answer, Trouble> {
        self.exchange_at(request, names, repeatable, key_header, None).await
    }

    /// Sends one request and judges its answer. `link` is a page's own address, on the same origin.
    pub(super) async fn exchange_at(
        &mut self,
        request: &Request,
        names: &Names,
        repeatable: bool,
        key_header: Option<&str>,
        link: Option<String>,
    ) -> Result<Answer, Trouble> {
        let mut prepared = request::build(self.api, request, self.base.as_ref(), names, repeatable)?;
        if let Some(link) = link {
            let next = prepared.url.join(&link).ok().filter(|n| n.origin() == prepared.url.origin());
            prepared.url = next.ok_or_else(|| unreadable("the next page is on another host".into()))?;
        }
        if let Some(header) = key_header {
            request::put(&mut prepared.headers, header, self.call.key.as_str()).map_err(unreadable)?;
        }
        self.check_secrets(&mut prepared)?;
        let mut stale = false;
        loop {
            self.authorize(&mut prepared, stale).await?;
            let answer = self.send(&prepared).await?;
            // A refused token was not acted on; a fresh one is tried once.
            if answer.status == 401 && self.has_tokens() && !stale {
                stale = true;
                continue;
            }
            let vendor = &self.wallet.connector.title;
            let now = chrono::Utc::now();
            return match classify::trouble(
                vendor,
                &self.api.errors,
                &request.expect,
                prepared.nature,
                &answer,
                names,
                now,
            ) {
                None => Ok(answer),
                Some(trouble) => Err(trouble.request(&prepared.told())),
            };
        }
    }

    fn has_tokens(&self) -> bool {
        use crate::core::model::connector::http::Auth;
        matches!(self.wallet.auth(), Auth::Oauth2ClientCredentials(_) | Auth::Oauth2RefreshToken(_))
    }

    /// A secret in `with` goes only where it is bound to; one that is the address itself is bound to that.
    fn check_secrets(&self, prepared: &mut Prepared) -> Result<(), Trouble> {
        for (name, value) in &self.used {
            prepared.confidential = true;
            let is_address = Url::parse(value).is_ok_and(|u| prepared.url.as_str().starts_with(u.as_str()));
            let clear = prepared.url.scheme() != "https" && !is_loopback_host(&prepared.url);
            if !is_address || clear {
                self.wallet.check(name, &prepared.url)?;
            }
        }
        Ok(())
    }

    async fn authorize(&mut self, prepared: &mut Prepared, stale: bool) -> Result<(), Trouble> {
        let fetch = Fetch { clients: &self.shared.clients, bounds: self.bounds, base: self.base.as_ref() };
        let headers = self.shared.tokens.headers(self.wallet, &prepared.url, fetch, stale, self.scrubber).await?;
        prepared.confidential |= !headers.is_empty();
        prepared.headers.extend(headers);
        Ok(())
    }

    async fn send(&self, prepared: &Prepared) -> Result<Answer, Trouble> {
        let origin = prepared.url.origin().ascii_serialization();
        let concurrency = self.wallet.settings.concurrency.or(self.api.rate_limit.concurrency);
        let turn = self.shared.limits.enter(&origin, concurrency, self.bounds.deadline).await;
        let _turn = turn.map_err(|Busy(after)| {
            let detail = match after {
                Some(seconds) => format!("{origin} asked for a pause; nothing was sent, come back in {seconds} s"),
                None => format!("too many requests to {origin} were in flight; nothing was sent"),
            };
            Trouble::retryable("the vendor's limit is reached", detail).after(after)
        })?;
        let answer = self.shared.clients.send(prepared, self.bounds).await?;
        self.shared.limits.learn(&origin, &self.api.rate_limit, &answer, chrono::Utc::now());
        Ok(answer)
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
