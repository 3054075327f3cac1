//! Secrets at the rim: references become values only inside an executor, and never leave it again.

mod parts;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use self::parts::{Parts, kept_secret};
use crate::core::model::{
    outcome::{Failure, Object, Outcome, Reading, Sighting},
    secret::{SecretReference, secret_name},
};

/// Why a secret has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("no secret `{0}` in the settings; add `{0}: {{ env: NAME }}` under `secrets` in launchd.yaml")]
    Unknown(String),
    #[error(
        "secret `{name}` is taken from the environment variable {variable}, which is not set; set it where launchd runs"
    )]
    NotSet { name: String, variable: String },
    #[error("secret `{name}` is taken from the file {path}, which cannot be read ({why})")]
    Unreadable { name: String, path: String, why: String },
    #[error("secret `{0}` is empty")]
    Empty(String),
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Failure::new("a secret is missing", error.to_string())
    }
}

/// Knows the values of secrets.
pub trait SecretSource: Send + Sync {
    /// The value of the secret that settings call `name`.
    ///
    /// # Errors
    /// Settings do not know it, or it has no value here.
    fn secret(&self, name: &str) -> Result<SecretString, SecretError>;

    /// Whether settings know it; its value may still be missing here.
    fn is_known(&self, _name: &str) -> bool {
        true
    }

    /// Where a call's scrubbing starts from: what may come back although this call did not send it.
    fn scrubber(&self) -> Scrubber {
        Scrubber::new()
    }
}

/// The secrets that settings define, read anew at each use so that a rotated value counts at once.
#[derive(Debug, Clone, Default)]
pub struct ReferencedSecrets(pub BTreeMap<String, SecretReference>);

impl SecretSource for ReferencedSecrets {
    fn is_known(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn secret(&self, name: &str) -> Result<SecretString, SecretError> {
        let text = match self.0.get(name) {
            None => return Err(SecretError::Unknown(name.into())),
            Some(SecretReference::Env(variable)) => std::env::var(variable)
                .map_err(|_| SecretError::NotSet { name: name.into(), variable: variable.clone() })?,
            Some(SecretReference::File(path)) => std::fs::read_to_string(Path::new(path))
                .map_err(|e| SecretError::Unreadable { name: name.into(), path: path.clone(), why: e.to_string() })?,
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(SecretError::Empty(name.into()));
        }
        Ok(SecretString::from(text))
    }
}

/// Values handed in, for tests and for what is read once.
#[derive(Default, Clone)]
pub struct FixedSecrets(BTreeMap<String, SecretString>);

impl FixedSecrets {
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(n, v)| (n.to_owned(), SecretString::from(v))).collect())
    }
}

impl SecretSource for FixedSecrets {
    fn secret(&self, name: &str) -> Result<SecretString, SecretError> {
        self.0.get(name).cloned().ok_or_else(|| SecretError::Unknown(name.into()))
    }
}

/// Replaces every `{ secret: NAME }` leaf by its value and tells `scrubber` about it.
/// The result must go to the vendor or program and nowhere else.
///
/// # Errors
/// The first secret without a value.
pub fn resolve(value: &Value, source: &dyn SecretSource, scrubber: &mut Scrubber) -> Result<Value, SecretError> {
    if let Some(name) = secret_name(value) {
        let secret = source.secret(name)?;
        scrubber.add(name, &secret);
        return Ok(Value::String(secret.expose_secret().to_owned()));
    }
    Ok(match value {
        Value::Array(items) => {
            Value::Array(items.iter().map(|v| resolve(v, source, scrubber)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let resolved = map.iter().map(|(k, v)| Ok((k.clone(), resolve(v, source, scrubber)?)));
            Value::Object(resolved.collect::<Result<_, SecretError>>()?)
        }
        other => other.clone(),
    })
}

/// The first secret that settings do not know.
pub fn unknown(value: &Value, source: &dyn SecretSource) -> Option<SecretError> {
    if let Some(name) = secret_name(value) {
        return (!name.contains("{{") && !source.is_known(name)).then(|| SecretError::Unknown(name.into()));
    }
    match value {
        Value::Array(items) => items.iter().find_map(|v| unknown(v, source)),
        Value::Object(map) => map.values().find_map(|v| unknown(v, source)),
        _ => None,
    }
}

/// Takes the secrets that one call used out of everything that comes back from it:
/// as they are, escaped as JSON, URL-encoded, and base64-encoded at any offset within a longer text, in capitals or small
/// letters. Out of failures, which nothing is compared with, long parts of them too.
#[derive(Default, Clone)]
pub struct Scrubber {
    /// What to look for, in small letters, and what to write instead, the longest first.
    needles: Vec<(Vec<u8>, String)>,
    parts: Arc<Parts>,
}

/// A source that remembers what it gave out: a vendor may repeat in one answer what it heard in another call.
pub struct RememberedSecrets {
    source: Arc<dyn SecretSource>,
    given: RwLock<(BTreeMap<String, SecretString>, Scrubber)>,
}

impl RememberedSecrets {
    pub fn new(source: Arc<dyn SecretSource>) -> Self {
        Self { source, given: RwLock::default() }
    }
}

impl SecretSource for RememberedSecrets {
    fn is_known(&self, name: &str) -> bool {
        self.source.is_known(name)
    }

    fn secret(&self, name: &str) -> Result<SecretString, SecretError> {
        let secret = self.source.secret(name)?;
        let known = |given: &BTreeMap<String, SecretString>| {
            given.get(name).is_some_and(|g| g.expose_secret() == secret.expose_secret())
        };
        if !known(&self.given.read().unwrap_or_else(PoisonError::into_inner).0) {
            let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
            given.0.insert(name.to_owned(), secret.clone());
            given.1.add(name, &secret);
        }
        Ok(secret)
    }

    fn scrubber(&self) -> Scrubber {
        self.given.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

/// A shorter piece of a base64 text is no evidence of the secret.
const SHORTEST_ENCODED: usize = 6;
/// A line of a longer secret (a PEM key) gives away part of it from this length on.
const SHORTEST_LINE: usize = 8;

impl Scrubber {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, name: &str, secret: &SecretString) {
        let raw = secret.expose_secret();
        if raw.is_empty() {
            return;
        }
        if self.needles.iter().any(|(needle, _)| *needle == raw.to_ascii_lowercase().as_bytes()) {
            return;
        }
        let mut texts = vec![raw.to_owned()];
        texts.extend(raw.lines().map(str::trim).filter(|l| l.len() >= SHORTEST_LINE).map(str::to_owned));
        let mark = format!("(secret {name})");
        let parts = Arc::make_mut(&mut self.parts);
        encodings(kept_secret(raw)).iter().for_each(|form| parts.add(form, &mark));
        for text in texts {
            for needle in encodings(&text).into_iter().map(|form| form.to_ascii_lowercase()) {
                if !self.needles.iter().any(|(n, _)| *n == needle) {
                    self.needles.push((needle, mark.clone()));
                }
            }
        }
        self.needles.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    }

    /// The text with `(secret NAME)` in place of each secret.
    pub fn text(&self, text: &str) -> String {
        if self.needles.is_empty() {
            return text.to_owned();
        }
        let bytes = text.as_bytes();
        let mut clean = Vec::with_capacity(bytes.len());
        let mut starts = [false; 256];
        for (needle, _) in &self.needles {
            starts[usize::from(needle[0])] = true;
            starts[usize::from(needle[0].to_ascii_uppercase())] = true;
        }
        let mut at = 0;
        while at < bytes.len() {
            let hit = starts[usize::from(bytes[at])]
                .then(|| self.needles.iter().find(|(needle, _)| starts_with(&bytes[at..], needle)))
                .flatten();
            if let Some((needle, mark)) = hit {
                clean.extend_from_slice(mark.as_bytes());
                at += needle.len();
            } else {
                clean.push(bytes[at]);
                at += 1;
            }
        }
        String::from_utf8_lossy(&clean).into_owned()
    }

    /// The same with long parts of secrets, for a text that people read and nothing is compared with.
    fn prose(&self, text: &str) -> String {
        self.parts.text(&self.text(text))
    }

    /// Every text and every field name within the value.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|v| self.value(v)).collect()),
            Value::Object(map) => map.iter().map(|(k, v)| (self.text(k), self.value(v))).collect(),
            Value::Number(number) => {
                let (before, after) = (number.to_string(), self.text(&number.to_string()));
                if before == after { value.clone() } else { Value::String(after) }
            }
            other => other.clone(),
        }
    }

    fn map(&self, map: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        map.iter().map(|(k, v)| (self.text(k), self.value(v))).collect()
    }

    pub fn failure(&self, failure: &Failure) -> Failure {
        Failure {
            summary: self.prose(&failure.summary),
            detail: self.prose(&failure.detail),
            status: failure.status,
            request: failure.request.as_deref().map(|r| self.prose(r)),
        }
    }

    pub fn object(&self, object: &Object) -> Object {
        Object {
            id: self.text(&object.id),
            url: object.url.as_deref().map(|u| self.text(u)),
            outputs: self.map(&object.outputs),
            fields: self.map(&object.fields),
            done: object.done,
        }
    }

    pub fn outcome(&self, outcome: &Outcome) -> Outcome {
        match outcome {
            Outcome::Succeeded { object } => Outcome::Succeeded { object: self.object(object) },
            Outcome::Rejected { failure } => Outcome::Rejected { failure: self.failure(failure) },
            Outcome::InDoubt { failure } => Outcome::InDoubt { failure: self.failure(failure) },
            Outcome::Retryable { failure, after_seconds } => {
                Outcome::Retryable { failure: self.failure(failure), after_seconds: *after_seconds }
            }
        }
    }

    pub fn sighting(&self, sighting: &Sighting) -> Sighting {
        match sighting {
            Sighting::Found { object } => Sighting::Found { object: self.object(object) },
            Sighting::Partial { object } => Sighting::Partial { object: self.object(object) },
            Sighting::Failed { failure } => Sighting::Failed { failure: self.failure(failure) },
            Sighting::Absent => Sighting::Absent,
            Sighting::Unobservable => Sighting::Unobservable,
        }
    }

    pub fn reading(&self, reading: &Reading) -> Reading {
        Reading { value: self.value(&reading.value), outputs: self.map(&reading.outputs) }
    }
}

fn starts_with(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.get(..needle.len()).is_some_and(|start| start.eq_ignore_ascii_case(needle))
}

/// The forms in which a secret is recognised.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![text.as_bytes().to_vec()];
    let json = Value::String(text.into()).to_string();
    forms.push(json.as_bytes()[1..json.len() - 1].to_vec());
    // As an error message of Rust quotes it.
    forms.push(text.escape_debug().to_string().into_bytes());
    // RFC 3986 unreserved; the form encoding, with and without `+`; what a query may leave as it is.
    for (keep, space) in [("-_.~", "%20"), ("-_.*", "+"), ("-_.!~*'()", "%20"), ("-_.~!$&'()*+,;=:@/?", "%20")] {
        let upper = percent(text, keep, space);
        forms.push(lower_escapes(&upper).into_bytes());
        forms.push(upper.into_bytes());
    }
    for offset in 0..3 {
        let core = base64_core(text.as_bytes(), offset);
        if core.len() >= SHORTEST_ENCODED {
            forms.push(core.replace('+', "-").replace('/', "_").into_bytes());
            forms.push(core.into_bytes());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// The characters of a base64 text that depend on the secret alone when it starts `offset` bytes into a group of three.
fn base64_core(secret: &[u8], offset: usize) -> String {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(secret);
    let encoded = STANDARD_NO_PAD.encode(&padded);
    // Offset 1 shares the first two characters with what stands before, offset 2 the first three.
    let from = [0, 2, 3][offset];
    let until = padded.len() * 8 / 6;
    encoded.get(from..until).unwrap_or_default().to_owned()
}

fn percent(text: &str, keep: &str, space: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b if b.is_ascii_alphanumeric() || keep.as_bytes().contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0;
    for c in text.chars() {
        out.push(if left > 0 { c.to_ascii_lowercase() } else { c });
        left = if c == '%' { 2 } else { left.max(1) - 1 };
    }
    out
}
