//! Files as people write them, good and bad, through the same reading that every command uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Arc,
};

use launchd::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            codes,
            document::{self, Kind},
            node::FileId,
            read::{Document, FileDocuments, read, typed},
            shape, yaml,
        },
        model::source::SourceFile,
    },
    ui::diagnostics::Report,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(path: &str, bytes: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { path: path.into(), bytes: Arc::from(bytes.as_ref()) }
}

fn samples(folder: &str) -> Vec<SourceFile> {
    let folder = Path::new("tests/manifest").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| file(path.file_name().unwrap().to_str().unwrap(), fs::read(path).unwrap())).collect()
}

fn human(read: &FileDocuments<'_>) -> String {
    Report::new(&read.diagnostics).text(&read.path, read.text).human(false, 120)
}

fn codes_of(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

fn is_typed(document: &Document<'_>) -> Result<(), String> {
    let node = &document.node;
    match document.kind {
        Kind::Launch => typed::<document::Launch>(node).map(drop),
        Kind::Profile => typed::<document::Profile>(node).map(drop),
        Kind::Calendar => typed::<document::Calendar>(node).map(drop),
        Kind::Team => typed::<document::Team>(node).map(drop),
        Kind::Connector => typed::<document::Connector>(node).map(drop),
        Kind::Settings => typed::<document::Settings>(node).map(drop),
    }
    .map_err(|problem| problem.detail)
}

#[test]
fn valid_samples_are_read_without_a_word_and_fit_their_types() {
    for file in samples("valid") {
        let read = read(&file, FileId(3));
        assert!(read.diagnostics.is_empty(), "{}", human(&read));
        assert!(!read.documents.is_empty());
        for document in &read.documents {
            assert_eq!(is_typed(document), Ok(()), "{}", file.path);
            assert_eq!(document.span.file, FileId(3));
        }
    }
}

#[test]
fn each_invalid_sample_has_the_fault_it_is_named_after_and_no_other() {
    let mut shown = String::new();
    for file in samples("invalid") {
        let read = read(&file, FileId(0));
        let mut name = file.path.split('.');
        let code = format!("{}/{}", name.next().unwrap(), name.next().unwrap());
        let found: BTreeSet<_> = codes_of(&read.diagnostics).into_iter().collect();
        assert_eq!(found, BTreeSet::from([code.as_str()]), "{}", human(&read));
        shown.push_str(&human(&read));
        shown.push('\n');
    }
    insta::assert_snapshot!("invalid_samples", shown);
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let text = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: A }\nspec:\n  launch_type: huge\n  onwer: x\n\
                ---\nkind: Lunch\n---\napiVersion: v1\nkind: Team\nmetadata: { name: t }\nspec: { capacity: [] }\n";
    let file = file("many.yaml", text);
    let read = read(&file, FileId(0));
    let codes = codes_of(&read.diagnostics);
    for code in [
        "schema/wrong-format",
        "schema/not-allowed",
        "schema/unknown-field",
        "schema/missing-field",
        "document/unknown-kind",
        "document/unknown-version",
        "schema/wrong-type",
    ] {
        assert!(codes.contains(&code), "{code} is not in\n{}", human(&read));
    }
}

#[test]
fn the_committed_schemas_are_current() {
    for (name, schema) in document::schemas() {
        let path = format!("schemas/{name}");
        let committed: Value =
            fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        assert!(
            committed == schema,
            "{path} differs from the types; write it anew with `launchd schema --all schemas`"
        );
    }
}

#[test]
fn every_property_of_every_schema_is_described() {
    fn walk(schema: &Value, path: &str, missing: &mut Vec<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            for (name, property) in properties {
                if property["description"].as_str().is_none_or(|text| text.len() < 5) {
                    missing.push(format!("{path}/{name}"));
                }
            }
        }
        match schema {
            Value::Object(map) => map.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"), missing)),
            Value::Array(items) => items.iter().for_each(|value| walk(value, path, missing)),
            _ => {}
        }
    }
    let mut missing = Vec::new();
    for (name, schema) in document::schemas() {
        walk(&schema, name, &mut missing);
    }
    missing.retain(|path| !path.contains("/allOf/if/"));
    assert!(missing.is_empty(), "without a description:\n{}", missing.join("\n"));
}

#[test]
fn every_schema_is_itself_valid() {
    for (name, schema) in document::schemas() {
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
}

#[test]
fn the_schema_over_all_kinds_judges_as_each_kind_s_own() {
    let all = document::schemas().into_iter().find(|(name, _)| *name == "launchd.schema.json").unwrap().1;
    let (all, validators) = (jsonschema::validator_for(&all).unwrap(), validators());
    for (kind, document) in sample_documents() {
        assert_eq!(all.is_valid(&document), validators[kind.as_str()].is_valid(&document), "{document}");
    }
}

/// The judgement of the reference implementation.
fn validators() -> BTreeMap<&'static str, jsonschema::Validator> {
    Kind::ALL
        .into_iter()
        .map(|kind| (kind.as_str(), jsonschema::validator_for(&document::schema(kind)).unwrap()))
        .collect()
}

fn sample_documents() -> Vec<(Kind, Value)> {
    let mut documents = Vec::new();
    for folder in ["valid", "invalid"] {
        for file in samples(folder) {
            let read = read(&file, FileId(0));
            documents.extend(read.documents.iter().map(|document| (document.kind, document.node.to_json())));
        }
    }
    documents
}

/// Whether the walk over nodes agrees with the reference on a document; JSON is YAML.
fn agrees(kind: Kind, document: &Value, validators: &BTreeMap<&str, jsonschema::Validator>) -> Result<(), String> {
    let text = document.to_string();
    let parsed = yaml::parse(&text);
    if !parsed.problems.is_empty() {
        return Err(format!("{:?} in {text}", parsed.problems));
    }
    let ours = shape::check(kind, &parsed.documents[0]);
    let theirs: Vec<_> = validators[kind.as_str()].iter_errors(document).map(|error| error.to_string()).collect();
    if ours.is_empty() == theirs.is_empty() {
        return Ok(());
    }
    Err(format!("ours {ours:#?}\ntheirs {theirs:#?}\nin {text}"))
}

#[test]
fn the_shape_of_every_sample_is_judged_as_the_reference_implementation_judges_it() {
    let validators = validators();
    for (kind, document) in sample_documents() {
        agrees(kind, &document, &validators).unwrap();
    }
}

/// Changes one place of a document, chosen by `at`.
fn mutate(document: &mut Value, at: usize, how: &Mutation) {
    let mut pointers = vec![String::new()];
    collect(document, "", &mut pointers);
    let pointer = pointers[at % pointers.len()].clone();
    let Some(place) = document.pointer_mut(&pointer) else { return };
    match (how, &mut *place) {
        (Mutation::Replace(value), place) => *place = value.clone(),
        (Mutation::Rename(name), Value::Object(map)) => {
            let key = map.keys().nth(at % map.len().max(1)).cloned();
            if let Some(value) = key.and_then(|key| map.remove(&key)) {
                map.insert((*name).to_owned(), value);
            }
        }
        (Mutation::Remove, Value::Object(map)) => {
            let key = map.keys().nth(at % map.len().max(1)).cloned();
            key.and_then(|key| map.remove(&key));
        }
        (Mutation::Rename(_) | Mutation::Remove, place) => *place = Value::Null,
    }
}

fn collect(value: &Value, path: &str, pointers: &mut Vec<String>) {
    let mut add = |key: String, child: &Value| {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers.push(path.clone());
        collect(child, &path, pointers);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, child)| add(key.clone(), child)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, child)| add(index.to_string(), child)),
        _ => {}
    }
}

#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    Rename(&'static str),
    Remove,
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(101),
        json!(""),
        json!("T-2w"),
        json!("T-"),
        json!("10m"),
        json!("{{ x }}"),
        json!("high"),
        json!("keep"),
        json!("jira/issue"),
        json!("A b"),
        json!([]),
        json!(["a"]),
        json!([[1]]),
        json!({}),
        json!({ "run": {} }),
        json!({ "env": "A" }),
        json!({ "env": "A", "file": "b" }),
        json!({ "name": "a" }),
        json!("GET"),
    ];
    let names = vec!["name", "title", "Kind", "scheme", "onwer", "with", "a.b", "x[1]", "due"];
    prop_oneof![
        3 => prop::sample::select(values).prop_map(Mutation::Replace),
        1 => prop::sample::select(names).prop_map(Mutation::Rename),
        1 => Just(Mutation::Remove),
    ]
}

#[test]
fn the_shape_of_broken_documents_is_judged_as_the_reference_implementation_judges_it() {
    let validators = validators();
    let documents = sample_documents();
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    let seed = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, seed);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), mutations()), 1..4);
    runner
        .run(&(any::<prop::sample::Index>(), changes), |(which, changes)| {
            let (kind, mut document) = documents[which.index(documents.len())].clone();
            for (at, how) in &changes {
                mutate(&mut document, at.index(1 << 20), how);
            }
            agrees(kind, &document, &validators).map_err(TestCaseError::fail)
        })
        .unwrap();
}

#[test]
fn every_code_that_the_sources_use_is_explained() {
    fn rust_files(dir: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                rust_files(&path, files);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
            }
        }
    }
    let mut files = Vec::new();
    rust_files(Path::new("src/core"), &mut files);
    rust_files(Path::new("src/settings"), &mut files);
    let areas: BTreeSet<&str> = codes::all().map(|code| code.code.split('/').next().unwrap()).collect();
    let mut unknown = BTreeSet::new();
    for text in files {
        for literal in text.split('"').skip(1).step_by(1) {
            let Some((area, fault)) = literal.split_once('/') else { continue };
            let is_code =
                areas.contains(area) && !fault.is_empty() && fault.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_code && codes::find(literal).is_none() {
                unknown.insert(literal.to_owned());
            }
        }
    }
    assert!(unknown.is_empty(), "not in the catalogue of codes: {unknown:?}");
}

const HEAD: &str = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: sample }\nspec:\n  launch_type: new_product\n  target_date: 2027-04-01\n";

/// Reads a file that must have exactly one kind of fault.
fn fault(bytes: impl AsRef<[u8]>) -> (&'static str, u32) {
    let file = file("bad.yaml", bytes);
    let read = read(&file, FileId(0));
    let codes: BTreeSet<_> = codes_of(&read.diagnostics).into_iter().collect();
    assert_eq!(codes.len(), 1, "{}", human(&read));
    assert!(read.diagnostics.iter().all(|d| d.hint.is_some()), "{}", human(&read));
    (read.diagnostics[0].code, read.diagnostics[0].at.as_ref().unwrap().line)
}

#[test]
fn crlf_and_a_byte_order_mark_change_nothing() {
    let text = format!("\u{feff}{}", HEAD.replace('\n', "\r\n"));
    let file = file("windows.yaml", text);
    let good = read(&file, FileId(0));
    assert!(good.diagnostics.is_empty(), "{}", human(&good));
    assert_eq!(good.documents[0].name.as_ref().unwrap().as_str(), "sample");
    let bad = format!("\u{feff}{}", format!("{HEAD}  onwer: x\n").replace('\n', "\r\n"));
    assert_eq!(fault(bad), ("schema/unknown-field", 7));
}

#[test]
fn an_empty_file_and_one_with_comments_only_hold_nothing_and_are_warned_of() {
    for text in ["", "\n\n", "# nothing yet\n", "---\n", "\u{feff}"] {
        let file = file("empty.yaml", text);
        let read = read(&file, FileId(0));
        let codes: Vec<_> = read.diagnostics.iter().map(|d| (d.code, d.is_error())).collect();
        assert_eq!(codes, [("document/empty-file", false)], "{text:?}: {}", human(&read));
        assert!(read.documents.is_empty() && read.is_empty() && !read.is_broken());
    }
}

#[test]
fn deep_nesting_is_named_and_does_not_end_the_program() {
    let brackets = format!("{HEAD}  title: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(fault(brackets), ("yaml/depth", 7));
    let dashes = format!("{HEAD}  title:\n    {}a\n", "- ".repeat(100_000));
    assert_eq!(fault(dashes), ("yaml/depth", 8));
}

#[test]
fn an_alias_bomb_is_refused_in_bounded_memory() {
    let mut text = format!("{HEAD}  parameters:\n    a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 9].join(", ");
        text.push_str(&format!("    a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(fault(text).0, "yaml/alias");
}

#[test]
fn a_duplicate_key_names_both_places() {
    let file = file("twice.yaml", format!("{HEAD}  owner: a\n  owner: b\n"));
    let read = read(&file, FileId(0));
    assert_eq!(codes_of(&read.diagnostics), ["yaml/duplicate-key"], "{}", human(&read));
    assert_eq!(read.diagnostics[0].related[0].at.line, 7);
    assert_eq!(read.diagnostics[0].at.as_ref().unwrap().line, 8);
}

#[test]
fn tabs_and_wrong_encodings_are_named() {
    assert_eq!(fault(format!("{HEAD}\towner: x\n")), ("yaml/tab", 7));
    assert_eq!(fault([HEAD.as_bytes(), b"  owner: caf\xe9\n"].concat()), ("yaml/encoding", 7));
    assert_eq!(fault(b"\xff\xfek\0i\0n\0d\0"), ("yaml/encoding", 1));
}

#[test]
fn ten_megabytes_in_one_scalar_are_refused() {
    assert_eq!(fault(format!("{HEAD}  title: {}\n", "x".repeat(10 << 20))).0, "yaml/size");
    let file = file("large.yaml", format!("{HEAD}  title: {}\n", "x".repeat(2 << 20)));
    let read = read(&file, FileId(0));
    assert_eq!(codes_of(&read.diagnostics), ["yaml/size"]);
    assert!(human(&read).len() < 2000);
}

#[test]
fn any_bytes_at_all_are_answered() {
    let seed = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(config, seed);
    let sources: Vec<_> = samples("valid").into_iter().chain(samples("invalid")).collect();
    let cuts = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..6));
    runner
        .run(&(any::<prop::sample::Index>(), cuts), |(which, (at, length, bytes))| {
            let mut text = sources[which.index(sources.len())].bytes.to_vec();
            let from = at.index(text.len());
            let to = from + length.index(text.len() - from + 1).min(12);
            text.splice(from..to, bytes);
            let file = file("any.yaml", text);
            let read = read(&file, FileId(0));
            let report = Report::new(&read.diagnostics).text(&read.path, read.text);
            let shown = [report.human(true, 80), report.sarif(), report.github(), report.json()];
            prop_assert!(shown.iter().all(|text| read.diagnostics.is_empty() || !text.is_empty()));
            Ok(())
        })
        .unwrap();
}
