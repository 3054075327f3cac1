//! A vendor's API as data: resources, their effect class, and how a key is honoured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    activity::{CompleteWhen, EffectClass, KeySupport},
    name::{Id, Name},
};

/// Which code interprets a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    Http,
    Exec,
    Human,
}

/// A connector, from a file of the catalog or of the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Connector {
    pub name: Name,
    pub title: String,
    pub executor: ExecutorKind,
    pub resources: BTreeMap<Id, Resource>,
    /// What the `http` executor needs beside the resources: base URL, auth, limits, pagination, errors.
    pub http: Option<Value>,
}

/// One kind of object that a connector can converge or observe.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub title: String,
    pub effect: EffectClass,
    pub key: KeySupport,
    /// JSON Schema (2020-12) of `with`.
    pub with: Value,
    pub complete_when: CompleteWhen,
    pub can_update: bool,
    pub can_close: bool,
    pub can_delete: bool,
    /// Requests and mappings for the `http` executor.
    pub http: Option<Value>,
}
