//! The words of every problem of shape.

use std::fmt::Write;

use super::{
    check::{Checker, Step},
    compile::{ObjectRule, Pattern, Rule, RuleId, Types},
    reason,
};
use crate::core::manifest::{
    node::{Entry, Node, NodeValue, Span},
    problem::Problem,
};

/// A value in a message, cut where it gets long.
fn quoted(text: &str) -> String {
    let line: String = text.chars().take(48).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let rest = if text.chars().nth(48).is_some() { "…" } else { "" };
    format!("`{line}{rest}`")
}

/// The place as people say it: `milestones.launch_day.approvals[0]`; the envelope's `spec` goes without saying.
pub(super) fn place(path: &[Step<'_>]) -> String {
    let path = match path {
        [Step::Key("spec"), rest @ ..] if !rest.is_empty() => rest,
        path => path,
    };
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => _ = write!(text, ".{key}"),
            Step::Index(index) => _ = write!(text, "[{index}]"),
        }
    }
    text
}

fn subject(path: &[Step<'_>]) -> String {
    if path.is_empty() { "the document".to_owned() } else { format!("`{}`", place(path)) }
}

fn type_name(types: Types) -> String {
    const NAMES: [(Types, &str); 6] = [
        (Types::STRING, "text"),
        (Types::INTEGER, "a whole number"),
        (Types::NUMBER, "a number"),
        (Types::BOOL, "`true` or `false`"),
        (Types::ARRAY, "a list"),
        (Types::OBJECT, "a mapping"),
    ];
    let names = NAMES.iter().filter(|(one, _)| types.has(*one));
    let names = names.filter(|(one, _)| *one != Types::INTEGER || !types.has(Types::NUMBER));
    let names: Vec<&str> = names.map(|(_, name)| *name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// `a`, `b` or `c`.
pub fn listed<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The known word that was most likely meant.
pub fn did_you_mean<'w>(text: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let text = text.to_lowercase();
    let longest = text.chars().count();
    if longest > 64 {
        return None;
    }
    let distance = |word: &str| {
        let lower = word.to_lowercase();
        let same = |a: &str| a.replace(['-', ' '], "_");
        if same(&lower) == same(&text) { 0 } else { strsim::damerau_levenshtein(&text, &lower) }
    };
    let nearest = known.into_iter().map(|word| (distance(word), word)).min_by_key(|(distance, _)| *distance)?;
    (nearest.0 <= (longest / 3).clamp(1, 3)).then_some(nearest.1)
}

fn example(rule: &Rule) -> Option<String> {
    (!rule.examples.is_empty()).then(|| {
        let few: Vec<&String> = rule.examples.iter().take(4).collect();
        format!("write it like {}", listed(&few))
    })
}

pub(super) fn wrong_type(checker: &Checker<'_, '_>, rule: &Rule, node: &Node<'_>, span: Span) -> Problem {
    let expected = type_name(rule.types);
    let found = match node.kind() {
        "a string" => "text",
        other => other,
    };
    let detail = format!("{} should be {expected}, and is {found}", subject(&checker.path));
    let problem = Problem::error("schema/wrong-type", span, "wrong type", detail);
    let accepts = |types: Types| rule.types.has(types);
    let is_scalar = !matches!(node.value, NodeValue::Seq(_) | NodeValue::Map(_));
    match node.as_str() {
        _ if node.is_null() && accepts(Types::OBJECT) => {
            problem.hint("write `{}` after it when there is nothing to say, or take the line out")
        }
        _ if node.is_null() => problem.hint("give it a value, or take the line out"),
        Some(text) if accepts(Types::ARRAY) => {
            problem.hint(format!("write a list: `[{}]`", quoted(text).trim_matches('`')))
        }
        None if lacks_unit(checker, rule, node).is_some() => {
            let number = quoted(&node.to_json().to_string()).trim_matches('`').to_owned();
            let of_work = lacks_unit(checker, rule, node).is_some_and(|p| p.matches("5bd"));
            let business = if of_work { format!(", `{number}bd` for business days") } else { String::new() };
            // An answer is counted in hours, as service levels are.
            let (unit, name) = if is_answer(&checker.path) { ("h", "hours") } else { ("d", "days") };
            problem.hint(format!("a unit is missing: write `{number}{unit}` for {name}{business}"))
        }
        None if accepts(Types::STRING) => match form(checker, rule) {
            Some(form) => problem.hint(form),
            None if is_scalar => problem.hint("put it in quotes"),
            None => problem.hint(format!("write {expected}")),
        },
        _ => match rule.object.as_ref().map(known_fields) {
            Some(fields) if !fields.is_empty() => problem.hint(fields),
            _ => problem.hint(format!("write {expected}")),
        },
    }
}

/// What texts are taken here, where not just any are: by example, or all of a few words.
fn form(checker: &Checker<'_, '_>, rule: &Rule) -> Option<String> {
    let choices = rule.choices.iter().map(|(_, id)| &checker.shape.rules[*id]);
    std::iter::once(rule).chain(choices).find_map(|rule| match rule.words.is_empty() {
        true => example(rule),
        false => Some(format!("use {}", listed(&rule.words))),
    })
}

fn is_answer(path: &[Step<'_>]) -> bool {
    matches!(path.last(), Some(Step::Key("response_time")))
}

fn known_fields(object: &ObjectRule) -> String {
    let names: Vec<&str> = object.properties.iter().map(|(name, _)| &**name).collect();
    match names.len() {
        0 => String::new(),
        1..=14 => format!("its fields are {}", listed(&names).replace(" or ", " and ")),
        _ => String::new(),
    }
}

pub(super) fn not_allowed(checker: &Checker<'_, '_>, rule: &Rule, span: Span, text: &str) -> Problem {
    let detail = format!("{} should be {}, and is {}", subject(&checker.path), listed(&rule.words), quoted(text));
    let problem = Problem::error("schema/not-allowed", span, "value not allowed", detail);
    match did_you_mean(text, rule.words.iter().map(|word| &**word)) {
        Some(word) => problem.hint(format!("did you mean `{word}`?")),
        None => problem.hint(format!("use {}", listed(&rule.words))),
    }
}

/// The form of a length of time, where one is wanted and a number stands.
fn lacks_unit<'c>(checker: &'c Checker<'_, '_>, rule: &'c Rule, node: &Node<'_>) -> Option<&'c Pattern> {
    let is_length = |p: &&Pattern| p.matches("5d") && !p.matches("5") && !p.matches("T-5d");
    let choices = rule.choices.iter().filter_map(|(_, id)| checker.shape.rules[*id].pattern.as_ref());
    let found = rule.pattern.iter().chain(choices).find(is_length);
    found.filter(|_| matches!(node.value, NodeValue::Int(n) if n >= 0))
}

pub(super) fn wrong_format(
    checker: &Checker<'_, '_>,
    rule: &Rule,
    pattern: &Pattern,
    span: Span,
    text: &str,
) -> Problem {
    let told = reason::reason(&rule.examples, text);
    let detail = match pattern {
        Pattern::Name | Pattern::Id => {
            format!("{} is {}, which is no name: {}", subject(&checker.path), quoted(text), why_no_name(pattern, text))
        }
        Pattern::Other { .. } if told.is_some() => {
            let why = told.as_ref().map_or("", |(why, _)| why);
            format!("{} is {}: {why}", subject(&checker.path), quoted(text))
        }
        Pattern::Other { .. } => {
            format!("{} is {}, which is not in a form that is understood here", subject(&checker.path), quoted(text))
        }
    };
    let problem = Problem::error("schema/wrong-format", span, "wrong format", detail);
    if let Some((_, Some(hint))) = told {
        return problem.hint(hint);
    }
    match (slug(pattern, text), example(rule)) {
        (Some(slug), _) => problem.hint(format!("did you mean `{slug}`?")),
        (None, Some(example)) => problem.hint(example),
        (None, None) => problem,
    }
}

fn why_no_name(pattern: &Pattern, text: &str) -> String {
    use crate::core::model::name::{Id, Name};
    let reason = match pattern {
        Pattern::Name => text.parse::<Name>().err(),
        _ => text.parse::<Id>().err(),
    };
    reason.map_or_else(|| "brackets are made by `for_each` only".to_owned(), |reason| reason.to_string())
}

/// The nearest text that would be a name.
fn slug(pattern: &Pattern, text: &str) -> Option<String> {
    if !pattern.is_name_or_id() {
        return None;
    }
    let joint = if matches!(pattern, Pattern::Name) { '-' } else { '_' };
    let mut slug = String::new();
    for c in text.chars().take(63) {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '-' if joint == '_' => slug.push('-'),
            _ if !slug.ends_with(joint) => slug.push(joint),
            _ => {}
        }
    }
    let slug = slug.trim_matches(['-', '_']).to_owned();
    (pattern.matches(&slug) && slug != text).then_some(slug)
}

pub(super) fn wrong_name(checker: &Checker<'_, '_>, names: &Pattern, entry: &Entry<'_>) -> Problem {
    let reason = why_no_name(names, &entry.key);
    let parent = &checker.path[..checker.path.len().saturating_sub(1)];
    let detail = format!("the key {} of {} is no name: {reason}", quoted(&entry.key), subject(parent));
    let problem = Problem::error("schema/wrong-name", entry.key_span, "wrong name", detail);
    match slug(names, &entry.key) {
        Some(slug) => problem.hint(format!("did you mean `{slug}`?")),
        None => problem.hint("use lower-case letters, digits, `-` and `_`, at most 63"),
    }
}

pub(super) fn out_of_range(checker: &Checker<'_, '_>, rule: &Rule, span: Span, value: f64) -> Problem {
    let limits = match (rule.minimum, rule.maximum) {
        (Some(low), Some(high)) => format!("from {low} to {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => String::new(),
    };
    let detail = format!("{} should be {limits}, and is {value}", subject(&checker.path));
    Problem::error("schema/out-of-range", span, "out of range", detail).hint(format!("use a number {limits}"))
}

pub(super) fn empty(checker: &Checker<'_, '_>, span: Span) -> Problem {
    let detail = format!("{} holds no text, and people would read nothing there", subject(&checker.path));
    Problem::error("schema/empty-text", span, "empty text", detail).hint("write it, or take the field out")
}

pub(super) fn too_few(checker: &Checker<'_, '_>, span: Span, least: usize) -> Problem {
    let detail = format!("{} should have at least {least} item", subject(&checker.path));
    Problem::error("schema/out-of-range", span, "out of range", detail).hint("add an item, or take the field out")
}

pub(super) fn unknown_field(checker: &Checker<'_, '_>, object: &ObjectRule, entry: &Entry<'_>) -> Problem {
    let name = &*entry.key;
    let detail = format!("{} has no field {}", subject(&checker.path), quoted(name));
    let problem = Problem::error("schema/unknown-field", entry.key_span, "unknown field", detail);
    if let Some(known) = did_you_mean(name, object.properties.iter().map(|(name, _)| &**name)) {
        return problem.hint(format!("did you mean `{known}`?"));
    }
    if let Some(homes) = checker.shape.homes.get(name) {
        let few: Vec<String> = homes.iter().take(3).map(|home| home.replacen("spec.", "", 1)).collect();
        return problem.hint(format!("this field belongs under {}", listed(&few)));
    }
    if object.property("with").is_some() {
        return problem.hint("fields of the connector's object go under `with`");
    }
    let fields = known_fields(object);
    if fields.is_empty() { problem.hint("take it out, or see `launchd explain`") } else { problem.hint(fields) }
}

pub(super) fn missing_field(checker: &Checker<'_, '_>, object: &ObjectRule, span: Span, name: &str) -> Problem {
    let detail = format!("{} needs the field `{name}`", subject(&checker.path));
    let problem = Problem::error("schema/missing-field", span, "missing field", detail);
    let rule = object.property(name).map(|id| &checker.shape.rules[id]);
    let sample =
        rule.and_then(|rule| rule.examples.first().cloned().or_else(|| rule.words.first().map(|w| w.to_string())));
    match sample {
        Some(sample) => problem.hint(format!("add `{name}: {sample}`")),
        None => problem.hint(format!("add `{name}:` with its value")),
    }
}

/// What to say when several alternatives could be meant and the node says of none that it is; `None` when the
/// problems of one alternative say it better.
pub(super) fn no_choice(
    checker: &Checker<'_, '_>,
    rule: &Rule,
    fitting: &[RuleId],
    node: &Node<'_>,
    key: Option<Span>,
) -> Option<Problem> {
    let tags: Vec<_> = fitting.iter().filter_map(|&id| checker.shape.rules[id].tag.as_ref()).collect();
    if tags.len() != fitting.len() || tags.is_empty() || !rule.types.has(Types::OBJECT) {
        return None;
    }
    let (field, _) = tags[0];
    let words: Vec<&str> = tags.iter().filter_map(|(_, word)| word.as_deref()).collect();
    if words.len() == tags.len() {
        // One field whose word decides, such as `scheme`.
        let Some(entry) = node.entry(field) else {
            let detail = format!("{} needs the field `{field}`", subject(&checker.path));
            let problem = Problem::error("schema/missing-field", key.unwrap_or(node.span), "missing field", detail);
            return Some(problem.hint(format!("add `{field}:` with one of {}", listed(&words))));
        };
        let found = entry.value.as_str().unwrap_or_default();
        let place = place(&checker.path);
        let detail = format!("`{place}.{field}` should be {}, and is {}", listed(&words), quoted(found));
        let problem = Problem::error("schema/not-allowed", entry.value.span, "value not allowed", detail);
        return Some(match did_you_mean(found, words.iter().copied()) {
            Some(word) => problem.hint(format!("did you mean `{word}`?")),
            None => problem.hint(format!("use {}", listed(&words))),
        });
    }
    let fields: Vec<&str> = tags.iter().map(|(field, _)| &**field).collect();
    let detail = format!("{} should be a mapping with one of {}", subject(&checker.path), listed(&fields));
    let span = node.entries().first().map_or(node.span, |entry| entry.key_span);
    let problem = Problem::error("schema/unknown-field", span, "unknown field", detail);
    let near = node.entries().first().and_then(|entry| did_you_mean(&entry.key, fields.iter().copied()));
    Some(match near {
        Some(field) => problem.hint(format!("did you mean `{field}`?")),
        None => problem.hint(format!("write one of {}", listed(&fields))),
    })
}
