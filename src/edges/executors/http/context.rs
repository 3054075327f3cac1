//! The names that a connector's templates see of one call.

use serde_json::{Value, json};

use super::template::Names;
use crate::core::model::call::Call;

/// Marks an object as launchd's: `launchd-` and the key.
pub(super) fn label(call: &Call) -> String {
    format!("launchd-{}", call.key)
}

/// `with` is handed in twice over a call: with its secrets for requests, without them for what is read back.
pub(super) fn names(call: &Call, with: &Value) -> Names {
    let names = Names::default()
        .with("with", with)
        .with("key", call.key.as_str())
        .with("key_uuid", &call.key.uuid())
        .with("label", &label(call))
        .with("object", &json!({"id": call.object_id}))
        .with("now", &call.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        .with("launch", call.launch.as_str())
        .with("subject", &call.subject)
        .with("title", &call.title);
    let names = match &call.owner {
        Some(owner) => names.with("owner", owner),
        None => names,
    };
    match call.due {
        Some(due) => names.with("due", &due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        None => names,
    }
}
