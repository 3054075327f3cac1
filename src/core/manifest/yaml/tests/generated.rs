//! The two readings against each other, on texts that a generator made.

use proptest::prelude::*;

use super::{super::*, PLAN};

/// Plain pieces of plans, and what the fast reading must know to leave alone.
const WORDS: &[&str] = &[
    "a",
    "b1",
    "key",
    "x y",
    "T-14d",
    "12",
    "1.5",
    "true",
    "~",
    "null",
    "no",
    "2027-04-01T09:00",
    "\"q\"",
    "\"{{ a.b }}\"",
    "'s'",
    "'it''s'",
    "\"e\\n\"",
    "\"\\\"\"",
    "''",
    "a:b",
    "a#b",
    "http://x/y",
    "-5",
    ".5",
    "é—ü",
    "[]",
    "{}",
    "[a, b]",
    "[a, 'b', [1]]",
    "{ a: 1, b: \"c\" }",
    "{ k: [] }",
    "{ k: v }",
    "\"\\u00e9\"",
    "{a: b: c}",
    "{ \"a\":1 }",
    "[a: b]",
    "{ a }",
    "[,]",
    "[a,]",
    "{ a: [x, { b: c }], d: e }",
    "&x a",
    "*x",
    "!t a",
    "!!str 1",
    "|",
    ">-",
    "@",
    "`",
    "%",
    "-",
    "--",
    "- a",
    "? a",
    "a:",
    "a: b",
    ": b",
    "<<",
    "<<: *x",
    "...",
    "---",
    "\\",
    "a\\b",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{7f}",
    "?x",
    ":x",
    "a ",
    "a\"b",
    "it's",
    "a, b",
    "a]b",
    "$a",
];
const KEYS: &[&str] = &[
    "a", "b", "c", "d_1", "k-2", "\"q\"", "'s'", "1", "x y", "é", "k ", "a.b/c", "", "<<", "a#", "\"\"", "[x]", "&a k",
    "-k", "a b",
];
const ENDS: &[&str] = &["", "", "", "", " # c", "#c", " ", "   ", "\r", " #", "\t", "  # a: b", ":"];

fn line() -> impl Strategy<Value = String> {
    let pick = |list: &'static [&'static str]| prop::sample::select(list);
    let dashes = prop::sample::select(&["", "", "", "- ", "-  ", "- - ", "-", "---"][..]);
    let body = prop_oneof![
        6 => (pick(KEYS), pick(WORDS)).prop_map(|(key, value)| format!("{key}: {value}")),
        3 => pick(KEYS).prop_map(|key| format!("{key}:")),
        3 => pick(WORDS).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => Just("# comment".to_owned()),
        1 => (pick(KEYS), pick(WORDS)).prop_map(|(key, value)| format!("{key}:   {value}")),
    ];
    (0..6usize, dashes, body, pick(ENDS))
        .prop_map(|(indent, dashes, body, end)| format!("{}{dashes}{body}{end}\n", " ".repeat(indent)))
}

/// A well-formed document of the plain subset, so that not all cases end in an early "don't know".
fn tree(indent: usize) -> BoxedStrategy<String> {
    let pad = " ".repeat(indent);
    let plain = || prop::sample::select(&WORDS[..32]);
    let leaf = (plain(), prop::sample::select(&ENDS[..5])).prop_map(|(word, end)| format!(" {word}{end}\n"));
    if indent > 8 {
        return leaf.boxed();
    }
    let keyed = prop::collection::vec(tree(indent + 2), 1..4);
    let listed = prop::collection::vec(tree(indent + 2), 1..4);
    let same = prop::collection::vec(tree(indent + 2), 1..3);
    let (key_pad, list_pad, same_pad) = (pad.clone(), pad.clone(), " ".repeat(indent.saturating_sub(2)));
    let map = keyed.prop_map(move |values| {
        let entries = values.iter().enumerate().map(|(at, value)| format!("{key_pad}k{at}:{value}"));
        format!("\n{}", entries.collect::<String>())
    });
    let list = listed.prop_map(move |values| {
        format!("\n{}", values.iter().map(|value| format!("{list_pad}-{value}")).collect::<String>())
    });
    let flush = same.prop_map(move |values| {
        format!("\n{}", values.iter().map(|value| format!("{same_pad}-{value}")).collect::<String>())
    });
    prop_oneof![3 => leaf, 3 => map, 2 => list, 1 => flush].boxed()
}

fn text() -> impl Strategy<Value = String> {
    let whole = prop_oneof![
        prop::collection::vec(line(), 0..9).prop_map(|lines| lines.concat()),
        prop::collection::vec(tree(0), 1..3).prop_map(|trees| trees.join("---")),
        Just(PLAN.to_owned()),
    ];
    let symbols: Vec<char> = " \n:-#'\"[]{},&*!|>@%~.\ta1é\r\\?<\u{85}".chars().collect();
    let edits = prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(symbols), 0..4u8), 0..4);
    (whole, edits).prop_map(|(text, edits)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, symbol, kind) in edits {
            let at = at.index(chars.len() + 1);
            match kind {
                0 if at < chars.len() => drop(chars.remove(at)),
                1 if at < chars.len() => chars[at] = symbol,
                2 => chars.truncate(at),
                _ => chars.insert(at, symbol),
            }
        }
        chars.into_iter().collect()
    })
}

/// NaN is not equal to itself, so the readings are compared as they are written for debugging.
fn compare(text: &str) -> Result<bool, TestCaseError> {
    let library = events::parse(text);
    let Some(documents) = fast::parse(text) else { return Ok(false) };
    let fast = Parsed { documents, problems: vec![] };
    prop_assert_eq!(format!("{fast:#?}"), format!("{library:#?}"), "{:?}", text);
    Ok(true)
}

fn cases() -> u32 {
    option_env!("LAUNCHD_YAML_CASES").and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_reading_never_differs_from_the_library(text in text()) {
        compare(&text)?;
    }

    #[test]
    fn no_text_makes_the_reading_panic_and_every_problem_is_inside_it(text in text(), noise in any::<String>()) {
        for text in [&text, &noise, &format!("a: {noise}")] {
            for problem in parse(text).problems {
                let span = problem.span.range();
                prop_assert!(span.start <= span.end && span.end <= text.len() && text.get(span).is_some(), "{text:?} {problem:?}");
            }
        }
    }
}

#[test]
fn most_generated_plans_are_plain_enough_for_the_fast_reading() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let plain = (0..200).filter(|_| {
        let tree = tree(0).new_tree(&mut runner).unwrap().current();
        compare(&tree).unwrap()
    });
    let plain = plain.count();
    assert!(plain > 60, "only {plain} of 200");
}
