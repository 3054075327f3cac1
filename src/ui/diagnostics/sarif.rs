//! For code scanners: SARIF 2.1.0 (OASIS), with one rule for each code that occurs.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, json};

use super::{Report, excerpt, place_in_repository};
use crate::core::{
    diagnostic::{Diagnostic, Severity},
    manifest::codes,
    model::{fingerprint::Fingerprint, source::Location},
};

impl Report<'_> {
    pub fn sarif(&self) -> String {
        let codes: Vec<&str> = self.diagnostics.iter().map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
        let results: Vec<Value> = self.diagnostics.iter().map(|diagnostic| self.result(diagnostic, &codes)).collect();
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "launchd",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": codes.iter().map(|code| rule(code)).collect::<Vec<_>>(),
                } },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }],
        });
        format!("{log:#}\n")
    }

    fn result(&self, diagnostic: &Diagnostic, codes: &[&str]) -> Value {
        let mut message = diagnostic.detail.clone();
        if let Some(hint) = &diagnostic.hint {
            message = format!("{}. {hint}", message.trim_end_matches('.'));
        }
        let file = diagnostic.at.as_ref().map(|at| &*at.file);
        let mut result = json!({
            "ruleId": diagnostic.code,
            "ruleIndex": codes.binary_search(&diagnostic.code).ok(),
            "level": level(diagnostic.severity),
            "message": { "text": message },
            // Not the line: a result stays the same result when lines are added above it.
            "partialFingerprints": { "launchd/v1": Fingerprint::of(&(diagnostic.code, file, &diagnostic.detail)).as_str() },
        });
        if let Some(at) = place_in_repository(diagnostic) {
            result["locations"] = json!([{ "physicalLocation": self.physical(at) }]);
        }
        if !diagnostic.related.is_empty() {
            let related = diagnostic.related.iter().enumerate().map(|(id, related)| {
                json!({ "id": id, "physicalLocation": self.physical(&related.at), "message": { "text": related.message } })
            });
            result["relatedLocations"] = related.collect();
        }
        result
    }

    fn physical(&self, at: &Location) -> Value {
        let mut region = json!({ "startLine": at.line, "startColumn": at.column });
        if let Some((line, column)) = excerpt::end(self, at) {
            region["endLine"] = line.into();
            region["endColumn"] = column.into();
        }
        json!({
            "artifactLocation": { "uri": uri(&self.path(at)), "uriBaseId": "%SRCROOT%" },
            "region": region,
        })
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn rule(code: &str) -> Value {
    let Some(known) = codes::find(code) else { return json!({ "id": code }) };
    json!({
        "id": code,
        "shortDescription": { "text": known.meaning },
        "fullDescription": { "text": known.explanation },
        "help": { "text": known.text(), "markdown": known.markdown() },
    })
}

/// A path as a relative URI reference (RFC 3986): whatever is not unreserved or a slash is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => _ = write!(uri, "%{other:02X}"),
        }
    }
    uri
}
