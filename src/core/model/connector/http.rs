//! What the `http` executor interprets: requests, and where in an answer things are found.
//!
//! These types are the format of connector files too; their descriptions are its manual.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A minijinja expression without braces, such as `body.id` or `item.status == 'sent'`. It sees `body`, `status` and
/// `headers` (lower-case names, `-` as `_`) of an answer, `item` where one object of an answer is meant, and everything
/// that a template sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Expression(pub String);

/// A minijinja template. It sees `with` (the activity's inputs), `key` (32 hexadecimal digits that name the object,
/// whatever crashes or repeats), `key_uuid` (the same as a UUID), `label` (`launchd-` and the key), `object.id` (the
/// vendor's id, where it is known), `found` (in `create`: the object as an earlier try left it), `answers` (of earlier
/// steps, by name), `page`, `now` and `due` (RFC 3339, UTC), `owner`, `launch` and `subject` (names) and `title`.
///
/// A leaf that is one expression, `{{ with.labels }}`, keeps its type; one without a value is left out of its map or list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Template(pub String);

/// What all resources of an HTTP connector share.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpApi {
    /// Where the vendor is reached: `https://api.example.com/v1`. Left out where each customer has an own address;
    /// settings must then say it, and can always override it.
    pub base_url: Option<String>,
    /// Hosts that credentials may be sent to, beside the host of `base_url`: `*.atlassian.net` stands for every
    /// subdomain. Only a compiled-in connector is believed; otherwise the secret must name its hosts in settings.
    pub hosts: Vec<String>,
    /// How requests prove who sends them.
    pub auth: Auth,
    /// Headers of every request.
    pub headers: BTreeMap<String, String>,
    /// Where answers tell how much may still be asked.
    pub rate_limit: RateLimit,
    /// How a refusal is recognised and told.
    pub errors: Errors,
}

/// How requests prove who sends them. The values name credentials; settings give each the name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// They do not.
    #[default]
    None,
    /// `Authorization: Basic …` (RFC 7617).
    Basic(BasicAuth),
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer(BearerAuth),
    /// A header of the vendor's own.
    Header(HeaderAuth),
    /// A token fetched with the client credentials grant (RFC 6749 §4.4) and kept until it expires.
    Oauth2ClientCredentials(ClientCredentialsAuth),
    /// A token fetched with a refresh token (RFC 6749 §6) and kept until it expires.
    Oauth2RefreshToken(RefreshTokenAuth),
}

impl Auth {
    /// The credentials that it needs, in the order in which they are written.
    pub fn credentials(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::Basic(a) => a.username.iter().chain([&a.password]).map(String::as_str).collect(),
            Self::Bearer(a) => vec![&a.token],
            Self::Header(a) => vec![&a.token],
            Self::Oauth2ClientCredentials(a) => vec![&a.client_id, &a.client_secret],
            Self::Oauth2RefreshToken(a) => [&a.client_id]
                .into_iter()
                .chain(&a.client_secret)
                .chain([&a.refresh_token])
                .map(String::as_str)
                .collect(),
        }
    }
}

/// User name and password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The credential that is the user name; left out where the vendor takes any name.
    #[serde(default)]
    pub username: Option<String>,
    /// The credential that is the password.
    pub password: String,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BearerAuth {
    /// The credential that is the token.
    pub token: String,
}

/// A header with a token in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderAuth {
    /// The header's name.
    pub name: String,
    /// Put before the token: `Token token=`.
    #[serde(default)]
    pub prefix: String,
    /// The credential that is the token.
    pub token: String,
}

/// The client credentials grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentialsAuth {
    /// Where tokens are issued; a path is taken on the connector's base URL.
    pub token_url: String,
    /// The credential that is the client's id.
    pub client_id: String,
    /// The credential that is the client's secret.
    pub client_secret: String,
    /// Scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// The refresh token grant. A token that the vendor rotates is kept in memory until the process ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshTokenAuth {
    /// Where tokens are issued; a path is taken on the connector's base URL.
    pub token_url: String,
    /// The credential that is the client's id.
    pub client_id: String,
    /// The credential that is the client's secret, where the vendor wants one.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// The credential that is the refresh token.
    pub refresh_token: String,
    /// Scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Where answers tell how much may still be asked. Numbers are the vendor's: headers pace, not constants.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// The header with the number of requests left. At zero, nothing is sent until `reset`.
    pub remaining: Option<String>,
    /// When the budget is full again.
    pub reset: Option<Reset>,
    /// Requests in flight to one host at once; 8 unless said otherwise.
    pub concurrency: Option<u32>,
}

/// The header that tells when a budget is full again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The header's name.
    pub header: String,
    /// What its number means.
    pub unit: ResetUnit,
}

/// What the number in a reset header means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetUnit {
    /// Seconds from now.
    Seconds,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
    /// An instant as text (RFC 3339).
    Rfc3339,
}

/// How a refusal is recognised and told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Errors {
    /// True when an answer with a good status is an error all the same: `not body.ok`.
    pub when: Option<Expression>,
    /// Where the message for people lies.
    pub message: Option<Expression>,
    /// Where the vendor's error code lies.
    pub code: Option<Expression>,
    /// Seconds to wait, where the body tells and not the Retry-After header.
    pub retry_after: Option<Expression>,
    /// What an error code means; looked up before `statuses`. A code that is not listed means what its status means, and
    /// `rejected` inside a good status.
    pub codes: BTreeMap<String, FailureClass>,
    /// What an HTTP status means, where that differs from the rule: 408, 425 and 429 retryable, other 4xx rejected, 5xx
    /// in doubt, or retryable where repeating is safe.
    pub statuses: BTreeMap<String, FailureClass>,
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The same request will fail again: a person changes the file, the settings or a permission.
    Rejected,
    /// Certainly not done; tried again later.
    Retryable,
    /// It may have been done; looked for before anything else.
    InDoubt,
    /// What was to be created is there already: it is looked up and counts as created.
    Exists,
    /// There is no such object. A close or delete of it counts as done.
    Absent,
    /// This look-up is not possible here (a missing permission for reading); nothing is concluded from it.
    Unobservable,
}

/// What the executor needs to know of one resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpResource {
    /// The idempotency header, sent with each step of a create.
    pub key_header: Option<String>,
    pub find: Option<Lookup>,
    pub read: Option<Lookup>,
    pub create: Vec<Step>,
    pub update: Vec<Step>,
    pub close: Vec<Step>,
    pub delete: Vec<Step>,
    pub ask: Option<Ask>,
    pub object: ObjectMapping,
}

/// One request. Exactly one of `path` and `url`; at most one of `body`, `form` and `graphql`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// GET, POST, PUT, PATCH or DELETE (a template); GET unless said otherwise, POST with `graphql`.
    pub method: Option<Template>,
    /// Relative to the base URL (a template): `/campaigns/{{ object.id }}`. Each value is percent-encoded; a value that
    /// is empty, `.` or `..`, or has a slash in it, is refused.
    pub path: Option<Template>,
    /// A whole URL instead (a template), for webhooks. Credentials go along only where the secret names the host.
    pub url: Option<Template>,
    /// Query parameters: a map of templates, or one expression that yields a map. A list repeats its parameter.
    pub query: Option<Value>,
    /// Headers: a map of templates, or one expression that yields a map.
    pub headers: Option<Value>,
    /// A JSON body: any structure, its texts are templates. A member named `...` puts in the members of its value, a map.
    pub body: Option<Value>,
    /// An `application/x-www-form-urlencoded` body: a map of templates.
    pub form: Option<Value>,
    /// A GraphQL request.
    pub graphql: Option<GraphQl>,
    /// Statuses that mean it worked; any 2xx unless said otherwise.
    pub expect: Vec<u16>,
}

/// A GraphQL request, sent as `{query, variables}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphQl {
    /// The document, sent as it is: values go into `variables` only.
    pub query: String,
    /// Its variables: a structure of templates.
    #[serde(default)]
    pub variables: Option<Value>,
}

/// A request that looks for an object and changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// What is sent.
    pub request: Request,
    /// Statuses that mean there is no such object: 404 and 410 for `read`, none for `find`, unless said otherwise.
    #[serde(default)]
    pub absent: Option<Vec<u16>>,
    /// Where the object lies in the answer; `body` unless said otherwise. Without a value, there is no such object.
    #[serde(default)]
    pub item: Option<Expression>,
    /// Where a list of candidates lies, instead of `item`. The first that `where` accepts is the object: let the vendor
    /// sort by age, so that a copy made by hand is never mistaken for it.
    #[serde(default)]
    pub items: Option<Expression>,
    /// Accepts a candidate: true for the object with this key. The vendor's search may be loose; this must be exact.
    #[serde(default, rename = "where")]
    pub accept: Option<Expression>,
    /// How further pages of candidates are reached.
    #[serde(default)]
    pub pages: Option<Pages>,
}

/// How the next page is reached. Templates see `page.cursor`, `page.number` (from 1) and `page.offset` (from 0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pages {
    /// An expression for the next page's cursor; without a value, this was the last page.
    Cursor(Expression),
    /// The `next` link of the Link header (RFC 8288), on the same origin.
    Link,
    /// An expression that is true when there is a page after this one; the number grows by one.
    Number(Expression),
    /// An expression that is true when there is a page after this one; the offset grows by the items seen.
    Offset(Expression),
}

/// One request of an effect. An effect of several steps is one effect: a crash between two of them is mended by
/// looking for the object and taking the steps that are still due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Later steps see this step's answer as `answers.NAME`.
    #[serde(default)]
    pub name: Option<String>,
    /// The step is due only when this is true. In `create`, `found` is the object as an earlier try left it.
    #[serde(default)]
    pub when: Option<Expression>,
    /// What is sent.
    pub request: Request,
    /// Sending it twice does what sending it once does, so that a 5xx may be retried. GET, PUT and DELETE are anyway.
    #[serde(default)]
    pub repeatable: bool,
    /// Where the answer has the object's id, for later steps and for reading it back.
    #[serde(default)]
    pub id: Option<Expression>,
    /// Where the answer has the whole object; without it, the object is read back afterwards.
    #[serde(default)]
    pub item: Option<Expression>,
}

/// A question to an `observe` resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What is sent.
    pub request: Request,
    /// The answer's value: usually a number.
    pub value: Expression,
    /// Further values, by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, Expression>,
}

/// What an object of the vendor's means to launchd. Expressions see it as `item`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectMapping {
    /// The vendor's identifier; the key where there is none.
    pub id: Option<Expression>,
    /// Where people see it.
    pub url: Option<Expression>,
    /// Values that other activities may use as `{{ activities.NAME.OUTPUT }}`, beside `id` and `url`.
    pub outputs: BTreeMap<String, Expression>,
    /// For each field of `with` that can be read back, its value on the object: what drift is judged by.
    pub fields: BTreeMap<String, Expression>,
    /// True when the vendor shows it as finished. Left out where there is no such notion: then it is, once it exists.
    pub done: Option<Expression>,
    /// True while a create of several steps is cut short: repeating the create takes the steps that are still due.
    pub partial: Option<Expression>,
}
