use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

use super::*;

const CANARY: &str = "c4n/ry+s3cret & more?";

fn scrubber() -> Scrubber {
    let mut scrubber = Scrubber::new();
    scrubber.add("token", &SecretString::from(CANARY));
    scrubber
}

#[test]
fn a_secret_is_taken_out_in_every_common_encoding() {
    let s = scrubber();
    assert_eq!(s.text(&format!("a {CANARY} b")), "a (secret token) b");
    for user in ["", "u", "us", "user:"] {
        let basic = STANDARD.encode(format!("{user}{CANARY}:x"));
        let clean = s.text(&basic);
        assert!(clean.contains("(secret token)"), "{user:?}: {clean}");
        assert!(s.text(&URL_SAFE.encode(format!("{user}{CANARY}"))).contains("(secret token)"), "{user:?}");
    }
    let form: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    assert_eq!(s.text(&form), "(secret token)");
    assert_eq!(s.text(&form.replace("%2F", "%2f").replace("%2B", "%2b").replace("%3F", "%3f")), "(secret token)");
    assert_eq!(s.text("c4n%2Fry%2Bs3cret%20%26%20more%3F"), "(secret token)");
}

#[test]
fn a_failure_tells_no_secret_in_capitals_and_no_long_part_of_one() {
    let s = scrubber();
    let told = |detail: String| s.failure(&Failure::new("no", detail)).detail;
    assert_eq!(s.text(&format!("is {} it", CANARY.to_uppercase())), "is (secret token) it");
    for piece in [&CANARY[..12], &CANARY[5..], &CANARY[4..19].to_uppercase()] {
        assert_eq!(told(format!("token {piece}… is wrong")), "token (secret token)… is wrong", "{piece}");
    }
    assert_eq!(told(format!("{0} and {0}", &CANARY[..14])), "(secret token) and (secret token)");
    let unlike = "a cry for a s3cret, and more!, müde";
    assert_eq!(told(unlike.into()), unlike, "a short piece is in many texts");
}

#[test]
fn of_a_secret_address_the_host_is_no_part_that_is_hidden() {
    let mut s = Scrubber::new();
    s.add("hook", &SecretString::from("https://hooks.example.com/services/T0123/B4567/abcdefgh"));
    let told = |detail: &str| s.failure(&Failure::new("no", detail)).detail;
    assert_eq!(told("cannot reach https://hooks.example.com:443"), "cannot reach https://hooks.example.com:443");
    assert_eq!(told("no /B4567/abcdefgh here"), "no (secret hook) here");
}

#[test]
fn a_secret_is_taken_out_of_field_names_numbers_and_json_escapes() {
    let mut s = scrubber();
    s.add("pin", &SecretString::from("123456"));
    s.add("quoted", &SecretString::from("pass\"word\nline two of it"));
    assert_eq!(s.value(&json!({CANARY: [123_456, 7]})), json!({"(secret token)": ["(secret pin)", 7]}));
    assert_eq!(s.text(r#"{"p":"pass\"word\nline two of it"}"#), r#"{"p":"(secret quoted)"}"#);
    assert_eq!(s.text("line two of it"), "(secret quoted)", "a line of a secret is part of it");
}

#[test]
fn only_secret_leaves_are_resolved_and_a_missing_one_is_an_error() {
    let source = FixedSecrets::new([("token", CANARY)]);
    let mut s = Scrubber::new();
    let with = json!({"a": {"secret": "token"}, "b": [{"secret": "token", "x": 1}]});
    let resolved = resolve(&with, &source, &mut s).unwrap();
    assert_eq!(resolved, json!({"a": CANARY, "b": [{"secret": "token", "x": 1}]}));
    assert_eq!(s.text(CANARY), "(secret token)");
    let error = resolve(&json!([{"secret": "nope"}]), &source, &mut s).unwrap_err();
    assert!(error.to_string().contains("nope: { env: NAME }"), "{error}");
}

#[test]
fn a_file_secret_loses_its_line_end_and_an_empty_one_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let source = ReferencedSecrets([("s".to_owned(), SecretReference::File(path.to_str().unwrap().into()))].into());
    assert!(matches!(source.secret("s"), Err(SecretError::Unreadable { .. })));
    std::fs::write(&path, "value\r\n").unwrap();
    assert_eq!(source.secret("s").unwrap().expose_secret(), "value");
    std::fs::write(&path, "\n").unwrap();
    assert_eq!(source.secret("s").unwrap_err(), SecretError::Empty("s".into()));
}
