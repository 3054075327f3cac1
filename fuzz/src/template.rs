//! A template, or an expression, and the values that it sees: a line of source, then JSON.

use launchd::core::template::{
    Context, check_expression, evaluate, expression_members, expression_names, members, names, partial, render, test,
};
use serde_json::{Value, json};

pub fn try_on(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (source, values) = text.rsplit_once("\n---\n").unwrap_or((text, ""));
    let given: Value = serde_json::from_str(values).unwrap_or_else(|_| json!({"title": "Atlas", "n": 3, "list": [1]}));
    let context = Context::new().with("launch", &given).with("value", &given).with("item", &json!("emea"));
    let rendered = render(source, &context);
    if let Ok(later) = partial(source, &context, "activities") {
        // What is left for later reads as a template again.
        let _ = members(&later, "activities");
    }
    let _ = (members(source, "launch"), names(source));
    if check_expression(source).is_ok() {
        let _ = (evaluate(source, &context), test(source, &context));
        let _ = (expression_members(source, "launch"), expression_names(source));
    }
    // The same twice: nothing in a template looks at a clock or a random number.
    assert_eq!(rendered, render(source, &context));
}
