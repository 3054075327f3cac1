//! Plausible answers: a value that lets a check's expression pass, and one that does not.

use serde_json::{Value, json};

use crate::core::template::{Context, test};

/// The first candidate for which the expression is `wanted`.
pub(super) fn plausible(expression: &str, wanted: bool) -> Option<Value> {
    let holds = |value: &Value| {
        let outputs = json!({"status": status(value), "exit_code": i32::from(!truthy(value))});
        let context = Context::new().with("value", value).with("outputs", &outputs);
        test(expression, &context) == Ok(wanted)
    };
    candidates(expression).into_iter().find(holds)
}

/// The HTTP status that goes with a value.
pub(super) fn status(value: &Value) -> i64 {
    if truthy(value) { 200 } else { 500 }
}

/// Whether a program that answers so ends well.
pub(super) fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn candidates(expression: &str) -> Vec<Value> {
    let mut found = vec![json!(true), json!(0), json!(1), json!(false), json!(100), json!(1_000_000_000), json!(-1)];
    // Around each number that the expression names, and each text.
    for word in expression.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
        if let Some(n) = word.parse::<f64>().ok().filter(|n| n.is_finite()) {
            found.extend([json!(n), json!(n / 2.0), json!(n * 2.0), json!(n + 1.0), json!(n - 1.0)]);
        }
    }
    for quote in ['"', '\''] {
        found.extend(expression.split(quote).skip(1).step_by(2).map(|text| json!(text)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_finds_a_value_that_passes_and_one_that_fails() {
        for expression in
            ["value < 0.01", "value >= 250 and value < 300", "value == 'green'", "outputs.status == 200", "value"]
        {
            assert!(plausible(expression, true).is_some(), "{expression}");
            assert!(plausible(expression, false).is_some(), "{expression}");
        }
        assert_eq!(plausible("value >", true), None);
    }
}
