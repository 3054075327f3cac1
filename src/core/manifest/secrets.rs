//! Credentials written as plain text: found in nodes to be refused, and in lines to be masked before they are shown.
//!
//! A plan file is read by everybody who may read the repository, and stays in its history. What looks like a credential is an
//! error therefore, even where it may be none: moving it to the settings is cheap, revoking it later is not.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    document::Kind,
    node::{Node, NodeValue, Span},
    problem::Problem,
};
use crate::core::model::secret::SECRET_FIELD;

/// Values that vendors' credentials begin with or hold; from the vendors' own pages on token formats.
const KNOWN: &str = concat!(
    r"xox[abeoprs]-[0-9A-Za-z-]{8,}",
    r"|gh[oprsu]_[0-9A-Za-z]{16,}|github_pat_[0-9A-Za-z_]{16,}|glpat-[0-9A-Za-z_-]{12,}",
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{30,}",
    r"|\b(sk|rk)_(live|test)_[0-9A-Za-z]{12,}|\bsk-[0-9A-Za-z_-]{24,}",
    r"|\blin_api_[0-9A-Za-z]{16,}|\bATATT[0-9A-Za-z_=-]{16,}|\bntn_[0-9A-Za-z]{16,}",
    r"|\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]*",
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"|(?i:\b(bearer|basic) +[0-9A-Za-z._~+/=-]{12,})",
    r"|(?i:https?://[^/\s:@]+:[^/\s@{]+@)",
    // Addresses that whoever knows them may post to: their last part is the credential.
    r"|https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/[0-9A-Za-z/]{20,}",
    r"|https://([a-z]+\.)?discord(app)?\.com/api/(v[0-9]+/)?webhooks/[0-9]+/[0-9A-Za-z_-]{20,}",
    r"|https://[0-9a-z.-]+\.webhook\.office\.com/[^\s{]*[0-9a-f]{32}[^\s{]*",
    r"|https://[^/\s{]+/[^\s{]*\bhooks?/([^\s{]*/)?([A-Za-z]{1,12}[0-9]|[0-9]{1,12}[A-Za-z])[0-9A-Za-z]{14,}",
    r"|https://[^/\s{]+/[^\s{?]*\?([^\s{]*&)?(sig|signature|token|access_token|api_?key|secret|password)=[0-9A-Za-z%._~-]{16,}",
);

/// Anything that could make a second look worth it. Most files have none, and are done after one scan of their text.
static HINT: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"(?i:token|passw|pwd|secret|api[-_ ]?key|authorization|private[-_ ]?key|access[-_ ]?key|credential)";
    Regex::new(&format!("{words}|{KNOWN}")).expect("the pattern is constant")
});
static KNOWN_VALUE: LazyLock<Regex> = LazyLock::new(|| Regex::new(KNOWN).expect("the pattern is constant"));
/// `password: hunter2` and its like, in a line of which nothing else is known.
static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    let key = r"[\w-]*(?:token|password|passwd|pwd|passphrase|secret[-_]?key|secret|api[-_]?key|authorization|private[-_]?key|access[-_]?key|credentials?)";
    Regex::new(&format!(r#"(?i)(?:^|[\s{{,\["'?-]){key}["']?\s*[:=]\s*([^\s{{\[|>][^\r\n]*)"#))
        .expect("the pattern is constant")
});

/// The code of every finding; renderers mask what its diagnostics point at.
pub const CODE: &str = "secret/plain-text";
/// What stands for a masked value.
pub const MASK: char = '•';

/// A credential that was found, with the fields above it.
struct Found {
    span: Span,
    what: &'static str,
    field: Option<String>,
}

/// Whether a text of one's own words holds something of the form of a credential.
pub fn is_told_in(text: &str) -> bool {
    KNOWN_VALUE.is_match(text)
}

/// Whether a text can hold a credential at all.
pub(super) fn suspicious(text: &str) -> bool {
    HINT.is_match(text)
}

/// One problem for each credential of a document. The messages never hold the value.
pub(super) fn problems(kind: Kind, node: &Node<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(kind, node, None, &mut found);
    found.into_iter().map(|found| problem(kind, &found)).collect()
}

fn walk(kind: Kind, node: &Node<'_>, field: Option<&str>, found: &mut Vec<Found>) {
    match &node.value {
        NodeValue::Str(text) => {
            // In a connector, field names are the vendor's words, and their values are templates and paths.
            let named = kind != Kind::Connector && field.is_some_and(is_credential_name) && is_literal(text);
            let known = KNOWN_VALUE.find(text).is_some_and(|value| !value.as_str().contains("{{"));
            if named || known {
                let what =
                    if known { "has the form of a credential" } else { "is a credential by the name of its field" };
                found.push(Found { span: node.span, what, field: field.map(str::to_owned) });
            }
        }
        NodeValue::Int(_) | NodeValue::Float(_) if kind != Kind::Connector && field.is_some_and(is_credential_name) => {
            let what = "is a credential by the name of its field";
            found.push(Found { span: node.span, what, field: field.map(str::to_owned) });
        }
        NodeValue::Seq(items) => items.iter().for_each(|item| walk(kind, item, field, found)),
        NodeValue::Map(entries) => {
            for entry in entries {
                let is_reference = entries.len() == 1
                    && matches!(&*entry.key, "secret" | "env" | "file")
                    && entry.value.as_str().is_some_and(|text| !KNOWN_VALUE.is_match(text));
                if KNOWN_VALUE.is_match(&entry.key) {
                    found.push(Found { span: entry.key_span, what: "has the form of a credential", field: None });
                }
                if !is_reference {
                    walk(kind, &entry.value, Some(&entry.key), found);
                }
            }
        }
        _ => {}
    }
}

fn problem(kind: Kind, found: &Found) -> Problem {
    let detail = match &found.field {
        Some(field) => format!("the value of `{field}` {}; everybody who reads the repository can read it", found.what),
        None => format!("this text {}; everybody who reads the repository can read it", found.what),
    };
    let hint = if kind == Kind::Settings {
        "write a reference: `{ env: NAME }` or `{ file: PATH }`; then revoke the value, since the history keeps it"
    } else {
        "write `{ secret: NAME }` and say in launchd.yaml where NAME is found; then revoke the value, since the history keeps it"
    };
    Problem::error(CODE, found.span, "secret as plain text", detail).hint(hint)
}

fn is_literal(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("{{")
}

/// Whether a field of this name holds a credential: `token`, `apiKey`, `slack_token`; not `token_url` or `secret_name`.
fn is_credential_name(name: &str) -> bool {
    let mut flat = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        match c {
            c if c.is_ascii_uppercase() => {
                if before.is_ascii_lowercase() {
                    flat.push('_');
                }
                flat.push(c.to_ascii_lowercase());
            }
            '-' | ' ' | '.' => flat.push('_'),
            c => flat.push(c),
        }
        before = c;
    }
    const NAMES: [&str; 15] = [
        "token",
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "api_key",
        "apikey",
        "authorization",
        "private_key",
        "access_key",
        "secret_key",
        "credential",
        "credentials",
        "client_secret",
    ];
    // Paging and counting use the word for other things.
    const INNOCENT: [&str; 6] =
        ["page_token", "next_token", "max_token", "sync_token", "continuation_token", "no_secret"];
    let ends = |word: &str| flat == word || flat.strip_suffix(word).is_some_and(|before| before.ends_with('_'));
    NAMES.iter().any(|word| ends(word)) && !INNOCENT.iter().any(|word| flat.ends_with(word))
}

/// The parts of a text that must not be shown: what looks like a credential, whoever found it or not.
pub fn masked_ranges(text: &str) -> Vec<Range<usize>> {
    if !suspicious(text) {
        return Vec::new();
    }
    let mut ranges: Vec<_> = KNOWN_VALUE.find_iter(text).map(|found| found.range()).collect();
    let mut from = 0;
    while let Some(found) = WRITTEN.captures_at(text, from) {
        let (Some(all), Some(value)) = (found.get(0), found.get(1)) else { break };
        // `{ secret: NAME }` is how a reference looks.
        let key = all.as_str().trim_start_matches(|c: char| c == '{' || c.is_whitespace());
        let in_braces = all.as_str().starts_with('{') || text[..all.start()].trim_end().ends_with('{');
        let is_reference =
            in_braces && key.strip_prefix(SECRET_FIELD).is_some_and(|rest| rest.trim_start().starts_with(':'));
        let value = value.start()..value.start() + value_length(text, value.range());
        from = value.end;
        if is_literal(&text[value.clone()]) && !is_reference {
            ranges.push(value);
        }
    }
    ranges
}

/// How much of the rest of a line is the value: all of it, unless a quote ends it, or a comma or bracket where it stands
/// within brackets.
fn value_length(text: &str, rest: Range<usize>) -> usize {
    let before = text[..rest.start].rsplit(['\n', '\r']).next().unwrap_or_default();
    let rest = &text[rest];
    let end = match rest.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => closing(rest, *quote),
        _ if is_in_brackets(before) => rest.find([',', '}', ']']).map(|end| rest[..end].trim_end().len()),
        _ => None,
    };
    let ends_there = |end: &usize| rest[*end..].chars().next().is_none_or(|c| c.is_whitespace() || ",}]".contains(c));
    end.filter(ends_there).filter(|end| *end > 0).unwrap_or(rest.len())
}

/// The offset after the quote that ends what begins with one.
fn closing(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 2,
            byte if byte != quote => at += 1,
            _ if quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            _ => return Some(at + 1),
        }
    }
    None
}

/// Whether a line has an open bracket by its end, outside of quotes. Where that is not sure, no.
fn is_in_brackets(line: &str) -> bool {
    let (mut open, mut at) = (0_i32, 0);
    while let Some(byte) = line.as_bytes().get(at) {
        match byte {
            b'"' | b'\'' => match closing(&line[at..], *byte) {
                Some(length) => at += length - 1,
                None => return false,
            },
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    open > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_told_from_names_of_other_things() {
        for name in
            ["token", "apiKey", "api-key", "slack_token", "X-Api-Key", "Authorization", "client_secret", "DB_PASSWORD"]
        {
            assert!(is_credential_name(name), "{name}");
        }
        for name in
            ["token_url", "secret_name", "tokens", "next_page_token", "key", "author", "password_policy", "title"]
        {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn a_line_is_masked_where_a_value_stands() {
        let masked = |line: &str| masked_ranges(line).into_iter().map(|r| line[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(masked("  password: hunter2"), ["hunter2"]);
        assert_eq!(masked("with: { api_key: \"abc\" }"), ["\"abc\""]);
        assert_eq!(masked("{ password: \"a\\\"}b\", x: 1, token: 'it''s', y: 2 }"), ["\"a\\\"}b\"", "'it''s'"]);
        assert_eq!(masked("{ password: hunter2, x: 1 }"), ["hunter2"]);
        assert_eq!(masked("  password: hunter2, and more}"), ["hunter2, and more}"]);
        assert_eq!(masked("  password: \"hunter2\"or not"), ["\"hunter2\"or not"]);
        assert_eq!(masked("text: hook is xoxb-12345678-abcdefgh now"), ["xoxb-12345678-abcdefgh"]);
        assert!(masked("  token: { secret: slack }").is_empty());
        assert_eq!(masked("  with: { secret_key: abc }"), ["abc"]);
        assert_eq!(masked("\u{a0}token: abc"), ["abc"]);
        assert!(masked("  token_url: https://example.com/token").is_empty());
    }

    #[test]
    fn an_address_that_carries_its_credential_is_told_from_one_that_does_not() {
        for carries in [
            "https://hooks.slack.com/services/T01ABCDEF/B02ABCDEF/aBcDeFgHiJkLmNoPqRsTuVwX",
            "https://hooks.slack.com/workflows/T01ABCDEF/A02ABCDEF/123456789/aBcDeFgHiJkLmNoP",
            "https://discord.com/api/webhooks/123456789012345678/aBcDeFgHiJ-LmNoPqRsT_VwXyZ0123456789",
            "https://example.webhook.office.com/webhookb2/0a1b@0c1d/IncomingWebhook/0123456789abcdef0123456789abcdef/0a1b",
            "https://prod-12.westeurope.logic.azure.com:443/workflows/invoke?api-version=2016-06-01&sig=aBcDeFgHiJkLmNoPqRsTuVw",
            "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=AIx0123456789abcdef&token=aBcDeFgHiJkLmNoPqRs",
            "https://chat.example.com/hooks/3x9m4k7zq1w8e5r2t6y0u1i3op",
        ] {
            assert!(KNOWN_VALUE.is_match(carries), "{carries}");
        }
        for plain in [
            "https://hooks.example.com/launches",
            "https://example.com/hooks/github-events-of-production",
            "https://docs.example.com/document/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789/edit?usp=sharing",
            "https://example.com/hooks/{{ launch.name }}",
            "https://example.com/docs/hooks/introductiontowebhooks",
            "https://example.com/board?key=atlas-launch-roadmap",
        ] {
            assert!(!KNOWN_VALUE.is_match(plain), "{plain}");
        }
    }
}
