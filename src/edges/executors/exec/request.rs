//! What a program is told: its arguments, its environment, its standard input.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::core::model::{Timestamp, call::Call, outcome::Failure};

/// The version of the document that programs read. It grows only by fields that may be ignored.
const VERSION: u32 = 1;

/// Fields of `with` that say how to run the program; a plugin sees the others.
const RUNNING: [&str; 5] = ["command", "observe", "stdin", "env", "directory"];

/// `with`, as the exec resources read it.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub command: Vec<String>,
    pub observe: Option<Vec<String>>,
    pub stdin: Option<Value>,
    pub env: BTreeMap<String, String>,
    pub directory: Option<String>,
}

impl Wanted {
    /// Reads `with` before its secrets are resolved, so that none gets into an argument, where `ps` shows it to everyone.
    ///
    /// # Errors
    /// A field of the wrong kind; the schema says the same earlier, but not of rendered values.
    pub fn read(with: &Value) -> Result<Self, Failure> {
        let map = with.as_object().ok_or_else(|| wrong("with", "a map with a `command`"))?;
        Ok(Self {
            command: words(map, "command")?.ok_or_else(|| wrong("command", "a list of words, the program first"))?,
            observe: words(map, "observe")?,
            stdin: map.get("stdin").filter(|v| !v.is_null()).cloned(),
            directory: match map.get("directory") {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(_) => return Err(wrong("directory", "a path relative to the configured root")),
            },
            env: BTreeMap::new(),
        })
    }

    /// Takes over the values that may hold secrets, from `with` with secrets resolved.
    ///
    /// # Errors
    /// A variable that a plan file may not set.
    pub fn with_resolved(mut self, with: &Value) -> Result<Self, Failure> {
        if let Some(stdin) = &mut self.stdin {
            *stdin = with["stdin"].clone();
        }
        match &with["env"] {
            Value::Null => {}
            Value::Object(map) => {
                for (name, value) in map {
                    settable(name)?;
                    let text = scalar(value).filter(|t| !t.contains('\0'));
                    let text = text.ok_or_else(|| wrong(&format!("env.{name}"), "a text, number or boolean"))?;
                    self.env.insert(name.clone(), text);
                }
            }
            _ => return Err(wrong("env", "a map of names to values")),
        }
        Ok(self)
    }
}

fn wrong(field: &str, wanted: &str) -> Failure {
    Failure::new(format!("`{field}` is not what a program needs"), format!("it must be {wanted}"))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn words(map: &Map<String, Value>, field: &str) -> Result<Option<Vec<String>>, Failure> {
    match map.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) if !items.is_empty() => {
            let text = |v| {
                scalar(v).ok_or_else(|| {
                wrong(field, "a list of texts; a secret is passed in `env` or `stdin`, since everyone on the machine can see arguments")
            })
            };
            items.iter().map(text).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong(field, "a list of words, the program first")),
    }
}

/// Variables that make an allowed program run something else are not for plan files.
fn settable(name: &str) -> Result<(), Failure> {
    const PREFIXES: [&str; 7] = ["LD_", "DYLD_", "LAUNCHD_", "PYTHON", "PERL5", "GIT_", "BASH_"];
    const NAMES: [&str; 12] = [
        "PATH",
        "ENV",
        "IFS",
        "SHELLOPTS",
        "PS4",
        "NODE_OPTIONS",
        "NODE_PATH",
        "RUBYOPT",
        "RUBYLIB",
        "JAVA_TOOL_OPTIONS",
        "PERLLIB",
        "GCONV_PATH",
    ];
    let plain = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.as_bytes()[0].is_ascii_digit();
    if plain && !NAMES.contains(&name) && !PREFIXES.iter().any(|p| name.starts_with(p)) {
        return Ok(());
    }
    Err(Failure::new(
        "a plan file may not set that environment variable",
        format!("`{name}` can change which program runs, or is no name; pass the value under another name"),
    ))
}

/// The document on a program's standard input.
#[derive(Serialize)]
struct Request<'a> {
    version: u32,
    verb: &'a str,
    launch: &'a str,
    activity: &'a str,
    title: &'a str,
    key: &'a str,
    object_id: Option<&'a str>,
    with: Value,
    changed: &'a [String],
    attempt: u32,
    now: Timestamp,
    due: Option<Timestamp>,
    owner: Option<&'a str>,
}

/// The request as JSON. `with` has its secrets resolved and is passed without the fields that say how to run the program.
pub(super) fn document(verb: &str, call: &Call, with: &Value) -> Vec<u8> {
    let mut with = with.clone();
    if let Some(map) = with.as_object_mut() {
        map.retain(|name, _| !RUNNING.contains(&name.as_str()));
    }
    let request = Request {
        version: VERSION,
        verb,
        launch: call.launch.as_str(),
        activity: &call.subject,
        title: &call.title,
        key: call.key.as_str(),
        object_id: call.object_id.as_deref(),
        with,
        changed: &call.changed,
        attempt: call.attempt,
        now: call.now,
        due: call.due,
        owner: call.owner.as_deref(),
    };
    let mut text = serde_json::to_vec(&request).expect("a request has string keys and finite numbers");
    text.push(b'\n');
    text
}

/// What every program finds in its environment beside `PATH`.
pub(super) fn environment(verb: &str, call: &Call) -> BTreeMap<String, String> {
    let mut env: BTreeMap<String, String> = [
        ("LAUNCHD_LAUNCH", call.launch.to_string()),
        ("LAUNCHD_ACTIVITY", call.subject.clone()),
        ("LAUNCHD_KEY", call.key.to_string()),
        ("LAUNCHD_VERB", verb.to_owned()),
        ("LAUNCHD_ATTEMPT", call.attempt.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Some(id) = call.object_id.as_ref().filter(|id| !id.contains('\0')) {
        env.insert("LAUNCHD_OBJECT_ID".into(), id.clone());
    }
    env
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_in_an_argument_is_refused_since_everyone_could_see_it() {
        let failure = Wanted::read(&json!({"command": ["./x", {"secret": "token"}]})).unwrap_err();
        assert!(failure.detail.contains("`env` or `stdin`"), "{failure:?}");
    }

    #[test]
    fn a_plan_file_cannot_set_variables_that_load_other_code() {
        for name in ["LD_PRELOAD", "PATH", "BASH_ENV", "PYTHONPATH", "LAUNCHD_KEY", "A=B", "", "1A"] {
            assert!(settable(name).is_err(), "{name}");
        }
        assert!(settable("API_TOKEN").is_ok());
    }
}
