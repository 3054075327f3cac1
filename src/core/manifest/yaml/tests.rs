mod generated;

use super::super::node::{LineIndex, Node, NodeValue};
use super::*;
use std::time::{Duration, Instant};

fn json(text: &str) -> serde_json::Value {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.documents.iter().map(Node::to_json).collect()
}

/// Problems as `line:column code: summary; detail`, quickest to compare and to read.
fn problems(text: &str) -> Vec<String> {
    let lines = LineIndex::new(text);
    let told = |problem: &YamlProblem| {
        assert!(!problem.hint.is_empty(), "{problem:?}");
        format!("{} {}: {}; {}", lines.position(problem.span.start), problem.code, problem.summary, problem.detail)
    };
    parse(text).problems.iter().map(told).collect()
}

#[track_caller]
fn assert_problem(text: &str, start: &str) {
    let found = problems(text);
    assert!(found.len() == 1 && found[0].starts_with(start), "{text:?}: {found:#?}");
}

/// A problem that must also come quickly. The bound is wide, for a debug build on a busy machine; quadratic work is far past it.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test measures real time to catch quadratic work")]
fn assert_quick_problem(text: &str, code: &str) {
    let started = Instant::now();
    let parsed = parse(text);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(parsed.problems.iter().any(|problem| problem.code == code), "{:?}", parsed.problems);
    assert!(parsed.problems.len() <= MAX_PROBLEMS);
}

const PLAN: &str = r#"# a comment
apiVersion: launchd/v1
metadata:
  labels: { product: atlas, tier: "1" }   # flow
spec:
  target_date: 2027-04-01T09:00        # T
  goals:
    - { name: n, target: ">= 100", by: T+30d }
    - Achieve 80% activation rate
  milestones:
    launch_day:
      approvals:
      - { name: go, count: 2 }
      - name: 'it''s'
        with: { command: [./ci.sh, "{{ launch.name }}"] }
      owner:
"#;

#[test]
fn a_plan_is_read_by_the_fast_reading_just_as_by_the_library() {
    let fast = fast::parse(PLAN).expect("a plan is plain");
    assert_eq!(events::parse(PLAN), Parsed { documents: fast, problems: vec![] });
}

#[test]
fn spans_cover_the_source_of_each_value() {
    let parsed = parse(PLAN);
    let spec = parsed.documents[0].get("spec").unwrap();
    let goals = spec.get("goals").unwrap();
    assert_eq!(goals.items()[0].span.slice(PLAN), r#"{ name: n, target: ">= 100", by: T+30d }"#);
    assert_eq!(goals.items()[0].get("target").unwrap().span.slice(PLAN), r#"">= 100""#);
    assert_eq!(spec.entry("target_date").unwrap().key_span.slice(PLAN), "target_date");
    let day = spec.get("milestones").unwrap().get("launch_day").unwrap();
    assert!(day.span.slice(PLAN).starts_with("approvals:") && day.span.slice(PLAN).ends_with("owner"));
    let owner = day.get("owner").unwrap();
    assert!(owner.is_null());
    assert_eq!(LineIndex::new(PLAN).position(owner.span.start).to_string(), "16:12");
}

#[test]
fn several_documents_are_read_and_empty_ones_are_none() {
    assert_eq!(json("a: 1\n---\nb: 2\n"), serde_json::json!([{"a": 1}, {"b": 2}]));
    assert_eq!(json(""), serde_json::json!([]));
    assert_eq!(json("# only\n\n# comments\n"), serde_json::json!([]));
    assert_eq!(json("---\n# nothing\n---\na: 1\n...\n---\n"), serde_json::json!([{"a": 1}]));
    assert_eq!(json("--- ~\n"), serde_json::json!([null]));
}

#[test]
fn quoted_text_is_a_string_and_plain_words_follow_the_core_schema() {
    assert_eq!(
        json("a: no\nb: on\nc: \"true\"\nd: '1'\ne: true\nf: 0x10\ng: 2027-04-01\nh: ~\ni: 1.5\n1: x\ntrue: y\n"),
        serde_json::json!([{"a": "no", "b": "on", "c": "true", "d": "1", "e": true, "f": 16, "g": "2027-04-01",
            "h": null, "i": 1.5, "1": "x", "true": "y"}])
    );
}

#[test]
fn escapes_and_texts_over_several_lines_are_read() {
    assert_eq!(
        json(
            "a: \"x\\n\\\"y\\\" \\u00e9\"\nb: |\n  one\n  two\nc: >-\n  one\n  two\nd: one\n  two\ne: \"say \\\"hi\\\"\"\nf: 'C:\\dir'\n"
        ),
        serde_json::json!([{"a": "x\n\"y\" é", "b": "one\ntwo\n", "c": "one two", "d": "one two", "e": "say \"hi\"", "f": "C:\\dir"}])
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing_but_offsets() {
    let text = "\u{feff}a:\r\n  - 1\r\n  - b: \"x\"\r\n";
    assert_eq!(json(text), json("a:\n  - 1\n  - b: \"x\"\n"));
    let parsed = parse(decode(text.as_bytes()).unwrap());
    assert_eq!(parsed.documents[0].entries()[0].key_span, Span::new(3, 4));
    assert!(fast::parse(&text[3..]).is_some());
}

#[test]
fn aliases_stand_for_their_values() {
    assert_eq!(json("a: &x { k: [1] }\nb: *x\nc: [*x]\n"), json("a: { k: [1] }\nb: { k: [1] }\nc: [{ k: [1] }]\n"));
    assert_eq!(json("- &k name\n- *k : v\n"), serde_json::json!([["name", { "name": "v" }]]));
    assert_problem("a: *nope\nb: 1\n", "1:4 yaml/alias: the alias refers to nothing; no `&nope` comes before");
    assert_problem("a: &x [1, *x]\n", "1:11 yaml/alias: the alias contains itself");
    assert_problem("a: 1\n---\na: *bold*\n", "3:4 yaml/alias");
    assert_problem("a: &x 1\n---\nb: *x\n", "3:4 yaml/alias: the alias refers to nothing");
}

#[test]
fn merged_keys_lose_to_explicit_ones_and_to_earlier_mappings() {
    let text = "a: &a { x: 1, y: 1 }\nb: &b { x: 2, z: 2 }\nc:\n  <<: [*a, *b]\n  y: 3\nd: { <<: *b, k: 1 }\n";
    let parsed = parse(text);
    assert_eq!(parsed.problems, []);
    let merged = parsed.documents[0].get("c").unwrap();
    assert_eq!(merged.to_json(), serde_json::json!({"y": 3, "x": 1, "z": 2}));
    assert_eq!(parsed.documents[0].get("d").unwrap().to_json(), serde_json::json!({"k": 1, "x": 2, "z": 2}));
    assert_eq!(LineIndex::new(text).position(merged.entry("z").unwrap().key_span.start).to_string(), "2:15");
    assert_eq!(json("\"<<\": 1\n"), serde_json::json!([{"<<": 1}]));
    assert_problem("a: { <<: 3 }\n", "1:6 yaml/key: only mappings can be merged; `<<` takes a mapping");
    assert_problem("a: &a {}\nb:\n  <<: *a\n  <<: *a\n", "4:3 yaml/duplicate-key");
}

#[test]
fn alias_bombs_are_refused_in_bounded_memory() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let from = level - 1;
        laughs += &format!(
            "a{level}: &a{level} [*a{from}, *a{from}, *a{from}, *a{from}, *a{from}, *a{from}, *a{from}, *a{from}]\n"
        );
    }
    assert_quick_problem(&laughs, "yaml/alias");
    let long = format!("a: &a \"\\n{}\"\nb: [{}]\n", "x".repeat(900_000), "*a, ".repeat(100_000));
    assert_quick_problem(&long, "yaml/alias");
    let nested: String = (0..60).map(|level| format!("[&a{level} ")).collect();
    assert_quick_problem(&format!("{nested}[{}]{}", "1,".repeat(50_000), "]".repeat(60)), "yaml/alias");
    let deep: String = (1..40).map(|level| format!("a{level}: &a{level} [[*a{}]]\n", level - 1)).collect();
    assert_quick_problem(&format!("a0: &a0 1\n{deep}"), "yaml/depth");
}

#[test]
fn tags_of_the_core_schema_are_understood_and_others_are_not() {
    assert_eq!(
        json("a: !!str 1\nb: !!int \"2\"\nc: !!float 3\nd: !!bool \"true\"\ne: !!null ''\nf: !!map {}\ng: !!seq []\n"),
        serde_json::json!([{"a": "1", "b": 2, "c": 3.0, "d": true, "e": null, "f": {}, "g": []}])
    );
    assert_problem("a: !vault x\n", "1:4 yaml/tag: the tag is not known; `!vault` is not understood");
    assert_problem("a: !!binary x\n", "1:4 yaml/tag: the tag is not known; `!!binary`");
    assert_problem("a: !!int x\n", "1:4 yaml/tag: the tag does not fit its value; `!!int` says otherwise");
    assert_problem("a: !!seq {}\n", "1:4 yaml/tag");
    assert_problem("a: !x!y z\n", "1:4 yaml/tag: the tag is not known; `!x!y`");
}

#[test]
fn a_duplicate_key_names_both_places_and_the_first_stays() {
    let text = "a:\n  b: 1\n  c: 2\n  b: 3\n";
    assert_problem(text, "4:3 yaml/duplicate-key: the key is there twice; `b` was already given at 2:3");
    let parsed = parse(text);
    assert_eq!(parsed.problems[0].related.unwrap().slice(text), "b");
    assert_eq!(parsed.documents[0].to_json(), serde_json::json!({"a": {"b": 1, "c": 2}}));
    assert_problem("{ 1: a, \"1\": b }\n", "1:9 yaml/duplicate-key");
    let many: String = (0..40).map(|key| format!("k{key}: 1\n")).collect();
    assert_problem(
        &format!("{many}k7: 2\n"),
        "41:1 yaml/duplicate-key: the key is there twice; `k7` was already given at 8:1",
    );
}

#[test]
fn a_key_must_be_text() {
    assert_problem("? [a]\n: b\n", "1:3 yaml/key: a key must be text; this key is a list");
    assert_problem("{a: 1}: b\n", "1:1 yaml/key: a key must be text; this key is a mapping");
    assert_problem(": b\n", "1:1 yaml/key: a key is missing");
}

#[test]
fn a_template_without_quotes_is_recognised() {
    assert_problem("summary: {{ launch.title }}\n", "1:10 yaml/syntax: a template must be in quotes");
    assert_problem("summary: {{ launch.title }}: readiness\n", "1:10 yaml/syntax: a template must be in quotes");
    assert_problem("a: 1\nb: {{ launch.title | upper }} x\nc: 1\n", "2:4 yaml/syntax: a template must be in quotes");
    assert_problem("- {{ x }}\n", "1:3 yaml/syntax: a template must be in quotes");
}

#[test]
fn tabs_are_named_where_they_stand() {
    for (text, place) in [
        ("a:\n\tb: 1\n", "2:1"),
        ("\ta: 1\n", "1:1"),
        ("a:\n  \tb: 1\n  c: 2\n", "2:3"),
        ("a:\n\t- b\n", "2:1"),
        ("- é\n\t- b\n", "2:1"),
    ] {
        assert_problem(text, &format!("{place} yaml/tab: tabs can't indent YAML; use spaces"));
    }
    assert_eq!(json("a: \"x\ty\"\t# c\nb: {\n \tc: 1\n }\n"), serde_json::json!([{"a": "x\ty", "b": {"c": 1}}]));
}

#[test]
fn mistakes_are_told_in_plain_words_where_they_were_made() {
    for (text, told) in [
        ("a: 1\nb:2\nc: 3\n", "2:2 yaml/syntax: a space is missing after the colon"),
        ("a: 1\nowner:team\n", "2:6 yaml/syntax: a space is missing after the colon"),
        ("title: Atlas: launch\n", "1:13 yaml/syntax: there is a second colon on the line"),
        ("a: 1\n  b: 2\n", "2:3 yaml/syntax: the indentation does not fit"),
        ("a:\n  b: 2\n c: 3\n", "3:2 yaml/syntax: the indentation does not fit"),
        ("- a: 1\n b: 2\n", "2:2 yaml/syntax: the indentation does not fit"),
        ("- a\nb: 1\n", "2:1 yaml/syntax: the indentation does not fit"),
        ("a: 1\n- b\n", "2:1 yaml/syntax: a list item stands among keys"),
        ("a: \"open\nb: 2\n", "1:4 yaml/syntax: a quote is not closed"),
        ("a: 'open\n", "1:4 yaml/syntax: a quote is not closed; the ' opened here"),
        ("a: \"open\n---\nb: 1\n", "1:4 yaml/syntax: a quote is not closed"),
        ("a: \"x\" y\n", "1:8 yaml/syntax: there is text after the closing quote"),
        ("a: 'it's'\n", "1:8 yaml/syntax: there is text after the closing quote"),
        ("a: \"\\q\"\n", "1:4 yaml/syntax: the backslash means nothing here"),
        ("a: @x\n", "1:4 yaml/syntax: a value can't start with this character; `@` has"),
        ("a: `x`\n", "1:4 yaml/syntax: a value can't start with this character; ``` has"),
        ("a: %x\n", "1:4 yaml/syntax: a value can't start with this character; `%` has"),
        ("%x\n", "1:1 yaml/syntax: a document can't start here"),
        ("a: [1, 2\nb: 3\n", "2:2 yaml/syntax: a comma or a closing bracket is missing"),
        ("a: {x: 1\nb: 3\n", "2:2 yaml/syntax: a comma or a closing bracket is missing"),
        ("a: [1, 2\n", "1:4 yaml/syntax: a bracket is not closed"),
        ("a: [1}\n", "1:4 yaml/syntax: a bracket is not closed"),
        ("a: ]\n", "1:4 yaml/syntax: a closing bracket has no partner"),
        ("a: - b\n", "1:4 yaml/syntax: a list can't start on the line of its key"),
        ("a: x #c\n  y\n", "1:6 yaml/syntax: a comment cuts a text in two"),
        ("a: b\nowner team\nb: 1\n", "2:1 yaml/syntax: a colon is missing"),
        ("a: |\n  x\n y\n", "3:2 yaml/syntax: the indentation does not fit"),
        ("a: &\n", "1:4 yaml/alias: a name is missing"),
        ("a: 1\u{0}\n", "1:5 yaml/encoding: there is a control character; the character U+0000"),
        ("a: 1\n\u{feff}b: 1\n", "2:1 yaml/encoding: a byte order mark is inside the text"),
    ] {
        assert_problem(text, told);
    }
}

#[test]
fn reading_goes_on_after_a_broken_document() {
    let text = "a: 1\na: 2\n---\nb: [\n---\nc: 3\n---\nd: @\n";
    let codes: Vec<_> = parse(text).problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["yaml/duplicate-key", "yaml/syntax", "yaml/syntax"]);
    let documents: Vec<_> = parse(text).documents.iter().map(Node::to_json).collect();
    assert_eq!(documents, [serde_json::json!({"a": 1}), serde_json::json!({"c": 3})]);
}

#[test]
fn bytes_that_are_not_utf8_are_located() {
    let problem = decode(b"a: 1\nb: caf\xe9\n").unwrap_err();
    assert_eq!((problem.code, problem.span), ("yaml/encoding", Span::new(11, 12)));
    assert!(problem.detail.contains("0xE9 at 2:7"), "{}", problem.detail);
    for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"\xff\xfe\0\0a\0\0\0"] {
        assert!(decode(bytes).unwrap_err().detail.contains("UTF-16"));
    }
    assert_eq!(decode("é".as_bytes()), Ok("é"));
}

#[test]
fn too_much_is_refused_quickly() {
    let huge = "x".repeat(10_000_000);
    assert_eq!(decode(huge.as_bytes()).unwrap_err().code, "yaml/size");
    assert_quick_problem(&format!("a: {huge}"), "yaml/size");
    assert_quick_problem(&format!("a: {}\n", &huge[..MAX_SCALAR_BYTES + 1]), "yaml/size");
    assert_quick_problem(&format!("a: \"{}\"\n", &huge[..MAX_SCALAR_BYTES + 1]), "yaml/size");
    assert_eq!(parse(&format!("a: {}\n", &huge[..MAX_SCALAR_BYTES])).problems, []);
    assert_quick_problem(&format!("[{}]", "1,".repeat(MAX_NODES)), "yaml/size");
}

#[test]
fn sixty_four_levels_are_read_and_one_more_is_not() {
    let flow = |levels: usize| format!("{}{}\n", "[".repeat(levels), "]".repeat(levels));
    let block = |levels: usize| (0..levels).map(|level| format!("{}k:\n", " ".repeat(level))).collect::<String>();
    let mixed = |levels: usize| format!("{}{}\n", "- ".repeat(32), flow(levels - 32).trim());
    for text in [flow(64), block(64), mixed(64)] {
        assert_eq!(problems(&text), [""; 0]);
        assert!(text.starts_with('[') || fast::parse(&text).is_some());
    }
    for text in [flow(65), block(65), mixed(65)] {
        assert_quick_problem(&text, "yaml/depth");
    }
}

#[test]
fn endless_nesting_neither_overflows_nor_takes_long() {
    for opener in ["[", "{", "{a: ", "- ", "? ", "[a, {b: "] {
        assert_quick_problem(&opener.repeat(100_000), "yaml/depth");
    }
    let stairs: String = (0..1500).map(|level| format!("{}-\n", " ".repeat(level))).collect();
    assert_quick_problem(&stairs, "yaml/depth");
    assert_quick_problem(&"--- @\n".repeat(100_000), "yaml/syntax");
}

#[test]
fn a_number_too_long_for_64_bits_keeps_its_digits() {
    assert_eq!(
        parse("id: 12345678901234567890\n").documents[0].get("id").unwrap().value,
        NodeValue::Str("12345678901234567890".into())
    );
}
