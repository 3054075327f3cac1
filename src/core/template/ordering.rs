//! What may be put in order. The template language orders values of different kinds, too: to it, any text is more than
//! any number, and nothing is less than all. A check that asks whether an answer is below a limit must not learn that
//! from an answer without a figure.

use std::ops::Range;

use minijinja::machinery::{
    ast::{BinOpKind, CompareOpKind, Expr},
    parse_expr,
};
use serde_json::Value;

use super::{Context, TemplateError, TemplateErrorKind, error::position, evaluate};

/// Nobody writes more into a check by hand; each part is evaluated on its own here, which takes its time.
const LONGEST: usize = 4096;

/// Looks at each comparison by order that decides the answer of an expression which can be evaluated.
///
/// # Errors
/// Its two sides are neither two numbers nor two texts.
pub(super) fn check(expression: &str, context: &Context) -> Result<(), TemplateError> {
    if !expression.contains(['<', '>']) || expression.len() > LONGEST {
        return Ok(());
    }
    // What cannot be read was told before.
    let Ok(parsed) = parse_expr(expression) else { return Ok(()) };
    Sides { expression, context }.walk(&parsed)
}

struct Sides<'e> {
    expression: &'e str,
    context: &'e Context,
}

impl Sides<'_> {
    fn walk(&self, expr: &Expr<'_>) -> Result<(), TemplateError> {
        match expr {
            Expr::BinOp(op) => {
                self.walk(&op.left)?;
                // As in the language, the right side counts only where the left one leaves the answer open.
                match op.op {
                    BinOpKind::ScAnd if self.value(&op.left) == Some(Value::Bool(false)) => Ok(()),
                    BinOpKind::ScOr if self.value(&op.left) == Some(Value::Bool(true)) => Ok(()),
                    BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
                        self.compare(&op.left, &op.right)
                    }
                    _ => self.walk(&op.right),
                }
            }
            Expr::Compare(chain) => {
                let mut left = &chain.expr;
                for next in &chain.ops {
                    if matches!(
                        next.op,
                        CompareOpKind::Lt | CompareOpKind::Lte | CompareOpKind::Gt | CompareOpKind::Gte
                    ) {
                        self.compare(left, &next.expr)?;
                    }
                    left = &next.expr;
                }
                Ok(())
            }
            Expr::UnaryOp(op) => self.walk(&op.expr),
            Expr::IfExpr(choice) => match self.value(&choice.test_expr) {
                Some(Value::Bool(false)) => choice.false_expr.as_ref().map_or(Ok(()), |e| self.walk(e)),
                _ => self.walk(&choice.true_expr),
            },
            _ => Ok(()),
        }
    }

    fn compare(&self, left: &Expr<'_>, right: &Expr<'_>) -> Result<(), TemplateError> {
        let (Some(one), Some(other)) = (self.value(left), self.value(right)) else { return Ok(()) };
        match (&one, &other) {
            (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::String(_)) => Ok(()),
            (Value::Number(_), _) => Err(self.error(right, &other)),
            _ => Err(self.error(left, &one)),
        }
    }

    fn error(&self, side: &Expr<'_>, value: &Value) -> TemplateError {
        let at = self.range(side);
        let name = self.expression.get(at.clone()).unwrap_or_default();
        let what = match value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(answer) => answer.to_string(),
            Value::Number(number) => format!("the number {number}"),
            Value::String(text) if text.chars().nth(60).is_none() => format!("the text {text:?}"),
            Value::String(_) => "a text".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a mapping".to_owned(),
        };
        let hint = if value.is_string() { "; where it is written as text, use `| float`" } else { "" };
        let (line, column) = position(self.expression, at.start);
        TemplateError {
            kind: TemplateErrorKind::Evaluation,
            message: format!("`{name}` is {what}, which is neither less nor more than a number{hint}"),
            at: Some(at),
            line,
            column,
        }
    }

    fn value(&self, expr: &Expr<'_>) -> Option<Value> {
        evaluate(self.expression.get(self.range(expr))?, self.context).ok()
    }

    /// Where an expression stands, with the parentheses that its parts are in.
    fn range(&self, expr: &Expr<'_>) -> Range<usize> {
        let (mut start, end) = (start_of(expr) as usize, expr.span().end_offset as usize);
        let count = |text: &str, c| text.matches(c).count();
        while let Some(text) = self.expression.get(start..end)
            && count(text, ')') > count(text, '(')
            && let Some(open) = self.expression[..start].rfind('(')
        {
            start = open;
        }
        start..end
    }
}

/// Where the first part of an expression begins: the language says of `x | f` and `x is t` where `f` and `t` stand.
fn start_of(expr: &Expr<'_>) -> u32 {
    let inner = match expr {
        Expr::BinOp(op) => Some(&op.left),
        Expr::Compare(chain) => Some(&chain.expr),
        Expr::UnaryOp(op) => Some(&op.expr),
        Expr::IfExpr(choice) => Some(&choice.true_expr),
        Expr::Filter(filter) => filter.expr.as_ref(),
        Expr::Test(test) => Some(&test.expr),
        Expr::GetAttr(member) => Some(&member.expr),
        Expr::GetItem(item) => Some(&item.expr),
        Expr::Slice(slice) => Some(&slice.expr),
        Expr::Call(call) => Some(&call.expr),
        _ => None,
    };
    inner.map_or(u32::MAX, start_of).min(expr.span().start_offset)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test;
    use super::*;

    #[test]
    fn only_numbers_and_texts_are_put_in_order() {
        let context = |value: Value| Context::new().with("value", &value).with("outputs", &json!({ "ms": [3, 5] }));
        for (value, expression, answer) in [
            (json!(0.005), "value < 0.01", Some(true)),
            (json!(null), "value < 0.01", None),
            (json!("maintenance"), "value > 99.5", None),
            (json!("maintenance"), "not (value > 99.5)", None),
            (json!("99.9"), "value | float > 99.5", Some(true)),
            (json!("99.9"), "99.5 <= value", None),
            (json!([]), "value > 99.5", None),
            (json!({}), "value < 1", None),
            (json!(true), "value < 2", None),
            (json!("b"), "value > 'a'", Some(true)),
            (json!(7), "1 < value < 10", Some(true)),
            (json!("7"), "1 < value < 10", None),
            (json!("down"), "value is number and value < 3", Some(false)),
            (json!("down"), "value == 'down' or value < 3", Some(true)),
            (json!("down"), "value == 'up' or value < 3", None),
            (json!("down"), "(value < 3) if value is number else false", Some(false)),
            (json!(2), "outputs.ms[1] - value > 2", Some(true)),
            (json!("2"), "outputs.ms[1] > value", None),
            (json!("a"), "value | length < 3", Some(true)),
            (json!("ok"), "value == 'ok'", Some(true)),
            (json!("7"), "(value ~ '0') * 1 < 3", None),
            (json!(7), "(value + 1) * 2 < 20 and (1 + 1) * 2 < (3 + value) * 2", Some(true)),
            (json!("9"), "value is not number or value < 3", Some(true)),
            (json!("9"), "3 < (value)", None),
        ] {
            assert_eq!(test(expression, &context(value.clone())).ok(), answer, "{expression} of {value}");
        }
        let error = test("value > 99.5", &context(json!("maintenance"))).unwrap_err();
        assert!(error.message.starts_with("`value` is the text \"maintenance\", which is neither"), "{error}");
        assert_eq!((error.at, error.column), (Some(0..5), 1));
    }
}
