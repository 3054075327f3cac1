//! What a program's end means.

use std::{collections::BTreeMap, os::unix::process::ExitStatusExt};

use serde_json::{Map, Value};

use super::{
    limits::{KEPT_TEXT, tail},
    process::{End, Ran},
};
use crate::core::{
    model::{
        call::{Call, Verb},
        outcome::{Failure, Object, Outcome, Reading, Sighting},
    },
    schedule::format_duration,
};
use crate::edges::executors::secrets::Scrubber;

/// sysexits.h `EX_TEMPFAIL`: certainly not done, worth another try.
const NOT_NOW: i32 = 75;
/// sysexits.h `EX_PROTOCOL`: the other side answered something that does not tell whether it was done.
const UNCLEAR: i32 = 76;
/// An `observe` program says that there is no such object. Not 1, which is also what a crashed script says.
const ABSENT: i32 = 3;
/// What people are shown of a program's words.
const SHOWN: usize = 400;
/// What other activities may use of a plain program's output.
const OUTPUT: usize = 4000;

/// A program's end with its words, free of secrets before anything is cut out of them.
pub(super) struct Said {
    end: End,
    stdout: String,
    stderr: String,
    document: Option<Map<String, Value>>,
    /// Standard output was cut.
    cut: bool,
}

impl Said {
    pub fn new(ran: &Ran, scrubber: &Scrubber) -> Self {
        Self {
            end: ran.end,
            stdout: ran.stdout.text(scrubber).trim().to_owned(),
            stderr: ran.stderr.text(scrubber),
            document: ran.stdout.document(scrubber),
            cut: ran.stdout.dropped > 0,
        }
    }
}

/// The exit code, or why there is none.
fn code(ran: &Said) -> Result<i32, Failure> {
    match &ran.end {
        End::Exited(status) => status.code().ok_or_else(|| {
            failure(ran, format!("the program was ended by signal {}", status.signal().unwrap_or_default()))
        }),
        End::TimedOut(limit) => {
            let limit = match limit.as_secs() {
                0 => format!("{} ms", limit.as_millis()),
                seconds => format_duration(seconds),
            };
            let summary = format!(
                "the program did not end within its time limit of {limit} (`timeout` in the plan, at most `exec.timeout` in the settings), and was ended"
            );
            Err(failure(ran, summary))
        }
    }
}

fn failure(ran: &Said, summary: String) -> Failure {
    let said = match (tail(&ran.stderr, SHOWN), tail(&ran.stdout, SHOWN)) {
        (err, _) if !err.is_empty() => err,
        (_, out) if !out.is_empty() => out,
        _ => "it printed nothing".into(),
    };
    let status = match &ran.end {
        End::Exited(status) => status.code().map(i64::from),
        End::TimedOut(_) => None,
    };
    Failure { status, ..Failure::new(summary, said) }
}

fn said(map: &Map<String, Value>, mut failure: Failure) -> Failure {
    if let Some(message) = map.get("message").and_then(Value::as_str).filter(|m| !m.trim().is_empty()) {
        failure.detail = message.trim().chars().take(SHOWN).collect();
    }
    failure
}

fn exit_summary(code: i32) -> String {
    match code {
        126 => "the program, or one that it calls, cannot be executed (exit code 126)".into(),
        127 => "the program calls another one that is not there (exit code 127)".into(),
        _ => format!("the program ended with exit code {code}"),
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn map_of(value: Option<&Value>) -> BTreeMap<String, Value> {
    value
        .and_then(Value::as_object)
        .map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
        .unwrap_or_default()
}

/// An object as programs write it. Without an id, the known one counts, else the key.
fn object(map: &Map<String, Value>, call: &Call) -> Object {
    let id = text_of(map.get("id")).or_else(|| call.object_id.clone());
    Object {
        id: id.unwrap_or_else(|| call.key.to_string()),
        url: text_of(map.get("url")),
        outputs: map_of(map.get("outputs")),
        fields: map_of(map.get("fields")),
        done: map.get("done").and_then(Value::as_bool).unwrap_or(true),
    }
}

/// The object of a plain program: its document, and what it printed where that is no document.
fn plain_object(ran: &Said, call: &Call) -> Object {
    if let Some(map) = &ran.document {
        return object(map, call);
    }
    let mut object = object(&Map::new(), call);
    let text: String = ran.stdout.chars().take(OUTPUT).collect();
    if !text.is_empty() {
        object.outputs.insert("stdout".into(), text.into());
    }
    object
}

fn after_seconds(map: &Map<String, Value>) -> Option<u64> {
    map.get("after_seconds").and_then(Value::as_u64)
}

/// An effect by a plain program.
pub(super) fn command(ran: &Said, call: &Call) -> Outcome {
    let code = match code(ran) {
        Ok(0) => return Outcome::Succeeded { object: plain_object(ran, call) },
        Ok(code) => code,
        Err(failure) => return Outcome::InDoubt { failure },
    };
    let map = ran.document.clone().unwrap_or_default();
    let failure = said(&map, failure(ran, exit_summary(code)));
    match code {
        NOT_NOW => Outcome::Retryable { failure, after_seconds: after_seconds(&map) },
        UNCLEAR => Outcome::InDoubt { failure },
        _ => Outcome::Rejected { failure },
    }
}

/// A look by a plain program's `observe`.
pub(super) fn command_sighting(ran: &Said, call: &Call) -> Sighting {
    match code(ran) {
        Ok(0) if ran.document.as_ref().is_some_and(|m| m.get("absent") == Some(&Value::Bool(true))) => Sighting::Absent,
        Ok(0) => Sighting::Found { object: plain_object(ran, call) },
        Ok(ABSENT) => Sighting::Absent,
        Ok(code) => Sighting::Failed { failure: failure(ran, exit_summary(code)) },
        Err(failure) => Sighting::Failed { failure },
    }
}

/// A question to a plain program.
pub(super) fn command_reading(ran: &Said) -> Result<Reading, Failure> {
    let code = code(ran)?;
    if [NOT_NOW, UNCLEAR, 126, 127].contains(&code) {
        return Err(failure(ran, exit_summary(code)));
    }
    let map = ran.document.as_ref();
    let text = ran.stdout.as_str();
    let value = match map.and_then(|m| m.get("value")) {
        Some(value) => value.clone(),
        None if code != 0 => Value::Bool(false),
        None if text.is_empty() => Value::Bool(true),
        None if ran.cut => text.chars().take(OUTPUT).collect::<String>().into(),
        None => serde_json::from_str(text).unwrap_or_else(|_| text.chars().take(OUTPUT).collect::<String>().into()),
    };
    let mut outputs = map_of(map.and_then(|m| m.get("outputs")));
    outputs.insert("exit_code".into(), code.into());
    let words = tail(&ran.stderr, SHOWN);
    if !words.is_empty() {
        outputs.insert("stderr".into(), words.into());
    }
    Ok(Reading { value, outputs })
}

/// What a plugin answered, or why that cannot be told.
fn plugin_answer(ran: &Said) -> Result<Map<String, Value>, Failure> {
    match code(ran)? {
        0 => ran.document.clone().ok_or_else(|| match ran.cut {
            true => failure(ran, format!("the plugin's answer is longer than the {KEPT_TEXT} that are read of it")),
            false => failure(ran, "the plugin's answer is not one JSON object".into()),
        }),
        code => Err(failure(ran, exit_summary(code))),
    }
}

fn plugin_failure(ran: &Said, map: &Map<String, Value>, summary: &str) -> Failure {
    said(map, Failure { status: None, ..failure(ran, summary.into()) })
}

/// An effect by a plugin. Whatever is no clear answer leaves it in doubt: it is observed next.
pub(super) fn plugin(ran: &Said, verb: Verb, call: &Call) -> Outcome {
    let map = match plugin_answer(ran) {
        Ok(map) => map,
        Err(failure) if failure.status == Some(NOT_NOW.into()) => {
            let map = ran.document.clone().unwrap_or_default();
            return Outcome::Retryable { failure: said(&map, failure), after_seconds: after_seconds(&map) };
        }
        Err(failure) => return Outcome::InDoubt { failure },
    };
    match map.get("outcome").and_then(Value::as_str) {
        Some("succeeded") => match map.get("object") {
            Some(Value::Object(found)) => Outcome::Succeeded { object: object(found, call) },
            // What was deleted needs no description.
            None | Some(Value::Null) if verb != Verb::Create => {
                Outcome::Succeeded { object: object(&Map::new(), call) }
            }
            _ => Outcome::InDoubt {
                failure: plugin_failure(ran, &map, "the plugin says that it succeeded, and not with which `object`"),
            },
        },
        Some("rejected") => Outcome::Rejected { failure: plugin_failure(ran, &map, "the plugin refused") },
        Some("retryable") => Outcome::Retryable {
            failure: plugin_failure(ran, &map, "the plugin could not do it now"),
            after_seconds: after_seconds(&map),
        },
        Some("in_doubt") => {
            Outcome::InDoubt { failure: plugin_failure(ran, &map, "the plugin cannot tell whether it was done") }
        }
        _ => Outcome::InDoubt {
            failure: plugin_failure(
                ran,
                &map,
                "the plugin's answer has no `outcome` of succeeded, rejected, retryable or in_doubt",
            ),
        },
    }
}

/// A look by a plugin. Only a clear `absent: true` is absence.
pub(super) fn plugin_sighting(ran: &Said, call: &Call) -> Sighting {
    let map = match plugin_answer(ran) {
        Ok(map) => map,
        Err(failure) => return Sighting::Failed { failure },
    };
    match (map.get("found"), map.get("absent")) {
        (Some(Value::Object(found)), _) => Sighting::Found { object: object(found, call) },
        (None, Some(Value::Bool(true))) => Sighting::Absent,
        _ => {
            let summary = "the plugin answered neither `found` with an object nor `absent: true`";
            Sighting::Failed { failure: plugin_failure(ran, &map, summary) }
        }
    }
}

/// A question to a plugin.
pub(super) fn plugin_reading(ran: &Said) -> Result<Reading, Failure> {
    let map = plugin_answer(ran)?;
    match map.get("value") {
        Some(value) => Ok(Reading { value: value.clone(), outputs: map_of(map.get("outputs")) }),
        None => Err(plugin_failure(ran, &map, "the plugin answered without a `value`")),
    }
}
