//! Secrets are references. The model never holds a value.

use serde::{Deserialize, Serialize};

/// Where a secret's value is found, written in settings only. Resolved inside an executor, never here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretReference {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file whose whole content, less trailing line ends, is the value.
    File(String),
}

/// In a plan file's `with`, `{ secret: NAME }` stands for a secret that settings define.
pub const SECRET_FIELD: &str = "secret";

/// The secret's name if `value` is exactly `{ "secret": "NAME" }`.
pub fn secret_name(value: &serde_json::Value) -> Option<&str> {
    let map = value.as_object()?;
    (map.len() == 1).then(|| map.get(SECRET_FIELD)?.as_str()).flatten()
}
