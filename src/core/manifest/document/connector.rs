//! `kind: Connector`: a vendor's API, described so that no code is needed for it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::model::{
    activity::{CompleteWhen, EffectClass},
    connector::{
        ExecutorKind,
        http::{Ask, HttpApi, Lookup, ObjectMapping, Step},
    },
};

/// The `spec` of a connector; its name is `metadata.name`, and plan files use it as `uses: NAME/RESOURCE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectorSpec {
    /// What people call it: "Jira Cloud".
    pub title: String,
    /// The vendor's reference.
    #[serde(default)]
    pub docs: Option<String>,
    /// Which code interprets it; `http` for vendors.
    #[serde(default = "http")]
    pub executor: ExecutorKind,
    /// What all resources share: address, auth, limits, errors. For the `http` executor only.
    #[serde(default)]
    pub http: Option<HttpApi>,
    /// The kinds of objects it can converge or observe, by name.
    pub resources: BTreeMap<String, ResourceSpec>,
}

fn http() -> ExecutorKind {
    ExecutorKind::Http
}

/// One kind of object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceSpec {
    /// What people call it: "issue".
    pub title: String,
    /// What kind of effect it has: `converge` (read back and changed), `once` (public or irreversible) or `observe`.
    pub effect: EffectClass,
    /// How the vendor honours the key of a create. Left out: `opaque`.
    #[serde(default)]
    pub key: KeySpec,
    /// When an activity of this kind counts as converged, unless it says otherwise itself.
    #[serde(default = "exists")]
    pub complete_when: CompleteWhen,
    /// JSON Schema (2020-12) of the activity's `with`.
    pub with: Value,
    /// How an object is found by its key. For an `opaque` key it can confirm but never deny.
    #[serde(default)]
    pub find: Option<Lookup>,
    /// How an object is read by its id. Left out: `find` is used.
    #[serde(default)]
    pub read: Option<Lookup>,
    /// How it is created. With more than one step, launchd looks for the object first and takes only the steps due.
    #[serde(default)]
    pub create: Vec<Step>,
    /// How its fields are changed to what `with` says.
    #[serde(default)]
    pub update: Vec<Step>,
    /// How it is ended and left visible.
    #[serde(default)]
    pub close: Vec<Step>,
    /// How it is removed.
    #[serde(default)]
    pub delete: Vec<Step>,
    /// The question that an `observe` resource answers.
    #[serde(default)]
    pub ask: Option<Ask>,
    /// What an object of the vendor's means to launchd.
    #[serde(default)]
    pub object: ObjectMapping,
    /// The `exec` executor's programs speak the plugin protocol, so that they can update, close and delete.
    #[serde(default)]
    pub can: Vec<Ability>,
}

fn exists() -> CompleteWhen {
    CompleteWhen::Exists
}

/// What a resource of another executor than `http` can do beside creating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Change it.
    Update,
    /// End it and leave it visible.
    Close,
    /// Remove it.
    Delete,
}

/// How the vendor honours the key of a create.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySpec {
    /// An idempotency header: a repeated create is answered and not done again.
    Header(HeaderKey),
    /// The client chooses the object's id, from `key` or `key_uuid`: a second create of it is refused for ever.
    ClientId,
    /// A mark on the object, such as a label with `label` in it, that `find` can search.
    Probe(ProbeKey),
    /// Neither: at most once; after a lost answer a person is asked.
    #[default]
    Opaque,
}

/// An idempotency header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderKey {
    /// The header's name: `Idempotency-Key`.
    pub name: String,
    /// For how long the vendor remembers a key. Left out: for ever.
    #[serde(default)]
    #[schemars(range(max = 3_155_760_000_u64))]
    pub lifetime_seconds: Option<u64>,
}

/// A mark that can be searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeKey {
    /// How long the vendor's search may lag behind a create; 0 where it never does. After a lost answer launchd looks at
    /// once, after this long, and, before it creates again, once more after ten times as long.
    #[schemars(range(max = 31_536_000))]
    pub settle_seconds: u64,
}
