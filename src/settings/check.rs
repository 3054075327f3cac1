//! What can be wrong in `launchd.yaml` beside its shape: names of things that are not there.

use std::{fs, path::Path, sync::Arc};

use crate::core::{
    diagnostic::Diagnostic,
    manifest::{
        builtin, codes,
        document::Kind,
        library::{did_you_mean, nearest},
        node::{FileId, Node, Span},
        problem::{Problem, Texts},
        read,
    },
    model::{name::Name, source::SourceFile},
};

/// The settings file with everything that is wrong in it.
#[derive(Debug)]
pub struct Checked {
    pub path: Arc<str>,
    /// For drawing its lines.
    pub text: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// Looks closer at a settings file, whose shape was found good. `connectors`: those that the plan files bring.
/// `None` when it went away meanwhile.
pub fn check<'n>(path: &Path, shown: &str, connectors: impl Iterator<Item = &'n Name>) -> Option<Checked> {
    let file = SourceFile { path: shown.into(), bytes: fs::read(path).ok()?.into() };
    let documents = read::read(&file, FileId(0));
    let mut texts = Texts::new();
    texts.insert(FileId(0), file.path.clone(), documents.text);
    let builtin = builtin::documents().iter().flat_map(|f| &f.documents).filter(|d| d.kind == Kind::Connector);
    let known: Vec<&str> = builtin.filter_map(|d| d.name.as_ref()).chain(connectors).map(Name::as_str).collect();
    let mut problems = Vec::new();
    for document in documents.documents.iter().filter(|d| d.kind == Kind::Settings) {
        if let Some(spec) = document.spec() {
            spec_problems(spec, &known, &mut problems);
        }
    }
    let mut diagnostics = documents.diagnostics;
    diagnostics.extend(problems.into_iter().map(|p| texts.diagnostic(p)));
    Some(Checked { path: file.path.clone(), text: documents.text.to_owned(), diagnostics })
}

fn spec_problems(spec: &Node<'_>, connectors: &[&str], problems: &mut Vec<Problem>) {
    let entries = |field: &str| spec.get(field).map(Node::entries).unwrap_or_default();
    for entry in entries("connectors") {
        if !connectors.contains(&&*entry.key) {
            let detail = format!("There is no connector `{}`, so nothing uses this.", entry.key);
            let problem = Problem::warning(
                "settings/unknown-connector",
                entry.key_span,
                "settings of an unknown connector",
                detail,
            );
            problems.push(problem.hint(did_you_mean(&entry.key, connectors.iter().copied())));
        }
        if let Some(url) = entry.value.get("base_url")
            && let Some(why) = url.as_str().and_then(bad_address)
        {
            let problem = Problem::error("settings/base-url", url.span, "an address that cannot be used", why);
            problems.push(problem.hint("Write it as https://example.atlassian.net."));
        }
    }
    let secrets = entries("secrets");
    for entry in secrets {
        let said = ["env", "file"].into_iter().filter(|f| entry.value.get(f).is_some()).count();
        if said != 1 {
            let detail = match said {
                0 => format!("`{}` does not say where its value is found.", entry.key),
                _ => format!("`{}` is found in two places, and which one is meant cannot be told.", entry.key),
            };
            let problem = Problem::error("settings/secret", entry.key_span, "a secret that cannot be found", detail);
            problems.push(problem.hint("Say `{ env: NAME }` or `{ file: PATH }`, one of them."));
        }
    }
    let names: Vec<&str> = secrets.iter().map(|e| &*e.key).collect();
    for entry in entries("connectors") {
        references(&entry.value, &mut |name, span| {
            if !names.contains(&name) {
                let detail = format!("There is no `{name}` among `secrets`.");
                let problem = Problem::error("settings/unknown-secret", span, "unknown secret", detail);
                problems.push(match nearest(name, names.iter().copied()) {
                    Some(near) => problem.hint(format!("Did you mean `{near}`?")),
                    None => problem.hint(format!("Add it: `secrets: {{ {name}: {{ env: NAME }} }}`.")),
                });
            }
        });
    }
    for entry in entries("lints") {
        if codes::find(&entry.key).is_none() {
            let detail = format!("No warning has the code `{}`.", entry.key);
            let problem = Problem::warning("settings/unknown-lint", entry.key_span, "unknown code", detail);
            // The part after the stroke alone is how people remember a code.
            let named =
                codes::all().map(|c| c.code).find(|code| code.split_once('/').is_some_and(|(_, n)| n == entry.key));
            let all = || codes::all().map(|c| c.code).collect::<Vec<_>>().into_iter();
            problems.push(problem.hint(match named {
                Some(code) => format!("Did you mean `{code}`?"),
                None => did_you_mean(&entry.key, all()),
            }));
        }
    }
}

/// Every `secret: NAME` below a node.
fn references<'n>(node: &'n Node<'_>, found: &mut impl FnMut(&'n str, Span)) {
    for entry in node.entries() {
        match entry.value.as_str() {
            Some(name) if entry.key == "secret" => found(name, entry.value.span),
            _ => references(&entry.value, found),
        }
    }
}

/// Why credentials cannot be sent there. Loopback may do without encryption.
fn bad_address(text: &str) -> Option<String> {
    let Ok(url) = url::Url::parse(text) else { return Some(format!("`{text}` is no address.")) };
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" if url.host().is_some() => None,
        "http" if is_loopback => None,
        "http" => Some("Over `http` everybody on the way can read the credentials.".to_owned()),
        other => Some(format!("`{other}:` is no way to reach a vendor.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_things_that_are_not_there_are_told_with_what_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("launchd.yaml");
        let text = "\
apiVersion: launchd/v1
kind: Settings
spec:
  connectors:
    jria:
      base_url: http://example.com
      auth: { scheme: bearer, token: { secret: tokn } }
    slack:
      base_url: http://127.0.0.1:9000
  secrets:
    token: { env: A, file: b }
  lints: { lint/no-ownr: off }
";
        fs::write(&path, text).unwrap();
        let checked = check(&path, "launchd.yaml", [].into_iter()).unwrap();
        let found: Vec<_> = checked
            .diagnostics
            .iter()
            .map(|d| (d.code, d.at.as_ref().unwrap().line, d.hint.clone().unwrap()))
            .filter(|(code, ..)| code.starts_with("settings/"))
            .collect();
        let codes: Vec<_> = found.iter().map(|(code, line, _)| (*code, *line)).collect();
        let expected = [
            ("settings/unknown-connector", 5),
            ("settings/base-url", 6),
            ("settings/secret", 11),
            ("settings/unknown-secret", 7),
            ("settings/unknown-lint", 12),
        ];
        assert_eq!(codes, expected);
        assert!(
            found[0].2.contains("jira") && found[3].2.contains("token") && found[4].2.contains("lint/no-owner"),
            "{found:?}"
        );
    }
}
