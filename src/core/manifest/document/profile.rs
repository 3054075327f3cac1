//! `kind: Profile`: a template that launches start from.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Metadata, launch::LaunchSpec, table::Table};
use crate::core::model::name::Name;

/// A template that launches of one type or tier start from. Its `spec` looks like a launch's, and each launch that names it
/// is written over it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of this format: `launchd/v1`.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = "launchd/v1"))]
    pub api_version: String,
    /// What this document is: `Profile`.
    #[schemars(extend("const" = "Profile"))]
    pub kind: String,
    /// Its name and labels.
    pub metadata: Metadata,
    /// The profile that this one is written over: one of yours, or a built-in one such as `new-product`.
    pub extends: Option<Name>,
    /// What a launch may choose, by name. In the spec: `{{ parameters.NAME }}`.
    pub parameters: Option<Table<Parameter>>,
    /// The template: every field of a launch's spec, all optional.
    pub spec: LaunchSpec,
}

/// Something that each launch may choose.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What kind of value: `string`, `number`, `boolean`, `date`, `duration` or `list`.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The value when a launch says nothing. Without one, a launch must say.
    pub default: Option<Value>,
    /// What it decides, for the person who fills it in.
    pub description: Option<String>,
}

/// The kinds of values that a parameter may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    String,
    Number,
    Boolean,
    Date,
    Duration,
    List,
}
