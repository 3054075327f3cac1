//! Secrets that plans ask for and settings do not have, and programs that settings do not allow.
//!
//! In: documents, and what settings know. Out: one problem for each reference to anything else. A plan resolves
//! without the settings, so that a stranger's can be judged; what they lack only shows when both are there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    document::Kind,
    library::nearest,
    node::{Node, Span},
    problem::Problem,
    read::FileDocuments,
    resolve::texts,
};
use crate::core::{
    diagnostic::Diagnostic,
    model::{connector::programs, name::Name, secret::SECRET_FIELD},
};

/// An error for each `{ secret: NAME }` of a launch or a profile that is none of `known`.
pub fn unknown(files: &[FileDocuments<'_>], known: &BTreeSet<&Name>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let documents = files.iter().flat_map(|f| &f.documents);
    documents.filter(|d| matches!(d.kind, Kind::Launch | Kind::Profile)).for_each(|d| references(&d.node, &mut found));
    found.retain(|(name, _)| !known.iter().any(|k| k.as_str() == *name));
    if found.is_empty() {
        return Vec::new();
    }
    let texts = texts(files);
    found.into_iter().map(|(name, span)| texts.diagnostic(problem(name, span, known))).collect()
}

/// A warning for each program that a launch or a profile runs, and that no pattern of `allow` allows.
pub fn not_allowed(files: &[FileDocuments<'_>], allow: &[String]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let documents = files.iter().flat_map(|f| &f.documents);
    documents.filter(|d| matches!(d.kind, Kind::Launch | Kind::Profile)).for_each(|d| commands(&d.node, &mut found));
    found.retain(|(command, _)| !programs::may_be_allowed(allow, command));
    if found.is_empty() {
        return Vec::new();
    }
    let texts = texts(files);
    let problem = |(command, span): (Vec<String>, Span)| {
        let program = Value::from(command[0].as_str());
        let detail = format!("No line of `exec: allow:` in the settings allows {program}, so it is not run.");
        let problem = Problem::warning("reference/program-not-allowed", span, "a program that may not run", detail);
        texts.diagnostic(problem.hint(format!("In launchd.yaml: `exec: {{ allow: [{program}] }}`, if it may.")))
    };
    found.into_iter().map(problem).collect()
}

/// The commands of activities that use `exec`, and of checks that `run` one, each with where its program stands.
fn commands(node: &Node<'_>, found: &mut Vec<(Vec<String>, Span)>) {
    let uses_exec = node.get("uses").and_then(Node::as_str).is_some_and(|uses| uses.starts_with("exec/"));
    let command =
        node.get("with").filter(|_| uses_exec).and_then(|with| with.get("command")).or_else(|| node.get("run"));
    if let Some(items) = command.map(Node::items)
        && let Some(words) = items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        && let Some(first) = items.first()
    {
        found.push((words, first.span));
    }
    node.entries().iter().for_each(|entry| commands(&entry.value, found));
    node.items().iter().for_each(|item| commands(item, found));
}

fn problem(name: &str, span: Span, known: &BTreeSet<&Name>) -> Problem {
    let detail = format!("There is no `{name}` among `secrets` of the settings, so what asks for it cannot run.");
    let problem = Problem::error("reference/unknown-secret", span, "unknown secret", detail);
    match nearest(name, known.iter().map(|k| k.as_str())) {
        Some(near) => problem.hint(format!("Did you mean `{near}`?")),
        None => problem.hint(format!(
            "Say in launchd.yaml where it is found, `secrets: {{ {name}: {{ env: NAME }} }}`, never here."
        )),
    }
}

fn references<'n>(node: &'n Node<'_>, found: &mut Vec<(&'n str, Span)>) {
    if let [entry] = node.entries()
        && entry.key == SECRET_FIELD
        && let Some(name) = entry.value.as_str().filter(|name| !name.contains("{{"))
    {
        found.push((name, entry.value.span));
        return;
    }
    node.entries().iter().for_each(|entry| references(&entry.value, found));
    node.items().iter().for_each(|item| references(item, found));
}
