//! Secrets that plans ask for, and settings do not have.
//!
//! In: documents, and the names that settings know. Out: one problem for each reference to another name. A plan resolves
//! without the settings' secrets, so that a stranger's can be judged; what they lack only shows when both are there.

use std::collections::BTreeSet;

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
    model::{name::Name, secret::SECRET_FIELD},
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
