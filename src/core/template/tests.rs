//! What templates yield, what they refuse, and what they cost.

use serde_json::json;

use super::*;

fn context() -> Context {
    Context::new()
        .with("launch", &json!({ "name": "atlas", "title": "Atlas 2.0", "count": 3, "regions": ["emea", "apac"] }))
        .with("value", &0.005)
}

#[test]
fn a_literal_renders_to_the_text_it_was_made_of() {
    let context = Context::default();
    for text in
        ["a {{ x }}", "{{ x }}", "{{{{", "{% if %}", "{# not a comment #}", "{ {{}}", "100 %} {", "plain {x}", ""]
    {
        assert_eq!(render(&literal(text), &context), Ok(Value::String(text.to_owned())), "{text}");
    }
}

#[test]
fn a_plain_text_is_left_as_it_is() {
    assert_eq!(render("no template { here }", &context()), Ok(json!("no template { here }")));
}

#[test]
fn a_leaf_that_is_one_expression_keeps_its_type() {
    assert_eq!(render("{{ launch.count }}", &context()), Ok(json!(3)));
    assert_eq!(render("{{ launch.count + 1 }}", &context()), Ok(json!(4)));
    assert_eq!(render("{{ launch.regions }}", &context()), Ok(json!(["emea", "apac"])));
    assert_eq!(render("{{ launch.count > 2 }}", &context()), Ok(json!(true)));
    assert_eq!(render("{{ none }}", &context()), Ok(json!(null)));
}

#[test]
fn a_mixed_text_is_a_text() {
    assert_eq!(render("{{ launch.title }} is here", &context()), Ok(json!("Atlas 2.0 is here")));
    assert_eq!(render("n = {{ launch.count }}", &context()), Ok(json!("n = 3")));
    assert_eq!(render("{{ launch.name }}{{ launch.count }}", &context()), Ok(json!("atlas3")));
    let list = "{% for r in launch.regions %}{{ r }};{% endfor %}";
    assert_eq!(render(list, &context()), Ok(json!("emea;apac;")));
}

#[test]
fn the_quick_way_and_minijinja_agree() {
    for text in ["{{ launch.title }}", "a {{launch.name}} b", "{ {{ launch.title }} }", "x {{ launch.name }}\n"] {
        let slow = environment().render_str(text, context().root()).unwrap();
        assert_eq!(render(text, &context()).unwrap(), json!(slow), "{text}");
    }
}

#[test]
fn an_unknown_name_is_pointed_at() {
    let error = render("Hello\n {{ launch.titel }}!", &context()).unwrap_err();
    assert_eq!(error.kind, TemplateErrorKind::Unknown);
    assert_eq!(error.message, "`launch.titel` is not there");
    assert_eq!((error.line, error.column), (2, 5));
    assert!(render("{{ nobody }}", &context()).is_err());
    assert!(render("{{ launch.nothing }}", &context()).is_err());
}

#[test]
fn a_slip_of_the_pen_is_a_syntax_error() {
    for text in ["{{ launch.title", "{{ }}", "{% if %}", "{{ 1 + }}", "{{ a b }}", "{%", "{# "] {
        assert_eq!(render(text, &context()).unwrap_err().kind, TemplateErrorKind::Syntax, "{text}");
    }
}

#[test]
fn an_expression_answers_yes_or_no() {
    assert_eq!(test("value < 0.01", &context()), Ok(true));
    assert_eq!(test("launch.name == 'x' or 'emea' in launch.regions", &context()), Ok(true));
    assert!(test("value", &context()).unwrap_err().message.contains("only true or false"));
    assert!(test("value <", &context()).is_err());
}

#[test]
fn the_names_that_a_text_uses_are_found_without_evaluating_it() {
    let found = |text| names(text).unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(found("see {{ activities.epic.url }}"), ["activities.epic.url"]);
    assert_eq!(found("{{ activities.epic.url | upper }} {{ item }}"), ["activities.epic.url", "item"]);
    assert!(found("{% for x in [1] %}{{ x }}{% endfor %}").is_empty());
    assert_eq!(expression_names("launch.count > 2").unwrap().into_iter().collect::<Vec<_>>(), ["launch.count"]);
}

#[test]
fn what_is_known_is_filled_in_and_the_rest_waits() {
    let later = |text| partial(text, &context(), "activities").unwrap();
    assert_eq!(later("{{ launch.name }}: {{ activities.epic.url }}"), "{{ \"atlas\" }}: {{ activities.epic.url }}");
    assert_eq!(later("{{ activities.epic.id ~ launch.name | upper }}"), "{{ activities.epic.id ~ \"atlas\" | upper }}");
    assert_eq!(later("{{ activities['epic'].url }}"), "{{ activities['epic'].url }}");
    assert_eq!(
        later("{% for r in launch.regions %}{{ r }}{{ activities.x.id }}{% endfor %}"),
        "{% for r in [\"emea\", \"apac\", ] %}{{ r }}{{ activities.x.id }}{% endfor %}"
    );
    let error = partial("{{ activities.x.id }} {{ launch.titel }}", &context(), "activities").unwrap_err();
    assert_eq!(error.column, 26);
    let world = Context::new().with("activities", &json!({ "epic": { "id": "A-1" } }));
    let text = later("{{ activities.epic.id ~ launch.regions[1] }}");
    assert_eq!(render(&text, &world), Ok(json!("A-1apac")));
}

#[test]
fn members_are_found_in_either_spelling() {
    let found = |text| -> Vec<_> { members(text, "activities").unwrap().into_iter().map(|m| m.name).collect() };
    let name = |n: &str| Some(n.to_owned());
    assert_eq!(
        found("{{ activities.epic.url }} {{ activities['post[emea]'].id }}"),
        [name("epic"), name("post[emea]")]
    );
    assert_eq!(found("{{ activities[item].url }} {{ x.activities.y }} 'activities'"), [None]);
    assert_eq!(expression_members("activities.a.done", "activities").unwrap()[0].at, 0..12);
}

#[test]
fn a_runaway_template_ends_in_bounded_time_and_memory() {
    let doubling = format!("{{% set a = 'xxxxxxxx' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(60));
    for text in [
        doubling.as_str(),
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ range(100000) | list | string * 100 }}",
        "{{ 'x' * 1000000000 }}",
        "{% for a in range(9999) %}{{ 'x' * 100 }}{% endfor %}",
    ] {
        assert!(render(text, &context()).is_err(), "{text}");
    }
}

#[test]
fn nothing_outside_the_context_can_be_reached() {
    for text in [
        "{% include 'secret.txt' %}",
        "{% import '/etc/passwd' as x %}{{ x }}",
        "{{ debug() }}",
        "{{ now() }}",
        "{{ env('HOME') }}",
        "{{ random() }}",
        "{{ lipsum() }}",
    ] {
        let error = render(text, &context()).unwrap_err();
        assert_eq!(error.kind, TemplateErrorKind::Unknown, "{text}: {error}");
    }
}

#[test]
fn what_is_known_of_a_template_reads_as_text_and_the_rest_as_one_phrase() {
    for (template, text) in [
        (
            r#"{{ "Atlas 2.0" }} is public. Here: {{ activities.announce.url }}"#,
            "Atlas 2.0 is public. Here: (known after apply)",
        ),
        ("{{ activities.epic.id }}", LATER),
        (r#"{{ "a }} \"b\"" }}{{- 3 -}} and {{ true }}"#, r#"a }} "b"3 and true"#),
        (r#"{{ "a" ~ activities.b.id }}!"#, "(known after apply)!"),
        ("{% if activities.a.done %}yes{% endif %}", LATER),
        ("plain, {{ unclosed", "plain, (known after apply)"),
        ("nothing", "nothing"),
    ] {
        assert_eq!(readable(template), text, "{template}");
    }
}
