//! Templates of connectors: the same minijinja as in plan files, with two differences that only requests need.
//! A vendor's field that is not there is no error, since answers vary (the names of `with` were checked when the
//! connector was loaded); and a value put into a path is percent-encoded, and cannot leave its segment.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value as Dynamic};
use serde::Serialize;
use serde_json::{Map, Value};

use super::filters;
use crate::core::{model::connector::http::Expression, template::guard_format};

/// What one evaluation may cost: about so many items looped over or bytes made.
const FUEL: u64 = 500_000;

/// The names that a template may use. Values are shared, so that a clone is cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Arc<BTreeMap<&'static str, Dynamic>>);

impl Names {
    #[must_use]
    pub fn with<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        Arc::make_mut(&mut self.0).insert(name, Dynamic::from(minijinja::value::Serde(value)));
        self
    }

    fn root(&self) -> Dynamic {
        Dynamic::from_object(Root(self.0.clone()))
    }
}

/// The names as minijinja sees them, without a copy.
#[derive(Debug)]
struct Root(Arc<BTreeMap<&'static str, Dynamic>>);

impl minijinja::value::Object for Root {
    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        self.0.get(key.as_str()?).cloned()
    }
}

/// A member of this name puts in the members of its value, which is a map.
const SPREAD: &str = "...";

/// Why a template gave no value: a lowercase fragment.
pub(super) type TemplateProblem = String;

/// Evaluates an expression; `None` where it has no value.
///
/// # Errors
/// It fails on these names.
pub(super) fn evaluate(expression: &Expression, names: &Names) -> Result<Option<Value>, TemplateProblem> {
    let value = values()
        .compile_expression(&expression.0)
        .and_then(|e| e.eval(names.root()))
        .map_err(|e| told(&expression.0, &e))?;
    to_json(&value)
}

/// Evaluates an expression to yes or no, as `if` would.
///
/// # Errors
/// As [`evaluate`].
pub(super) fn is_true(expression: &Expression, names: &Names) -> Result<bool, TemplateProblem> {
    let compiled = values().compile_expression(&expression.0).map_err(|e| told(&expression.0, &e))?;
    compiled.eval(names.root()).map(|v| v.is_true()).map_err(|e| told(&expression.0, &e))
}

/// Evaluates an expression to a text; numbers are written out, empty texts are none.
///
/// # Errors
/// As [`evaluate`].
pub(super) fn text(expression: &Expression, names: &Names) -> Result<Option<String>, TemplateProblem> {
    Ok(evaluate(expression, names)?.and_then(|v| scalar(&v)).filter(|t| !t.is_empty()))
}

/// A text, number or truth value as a text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Renders every text of a structure. Members and items without a value are left out.
///
/// # Errors
/// The first text that fails.
pub(super) fn structure(value: &Value, names: &Names) -> Result<Option<Value>, TemplateProblem> {
    Ok(match value {
        Value::String(source) => leaf(source, names)?,
        Value::Array(items) => {
            let rendered = items.iter().filter_map(|v| structure(v, names).transpose());
            Some(Value::Array(rendered.collect::<Result<_, _>>()?))
        }
        Value::Object(map) => {
            let mut rendered = Map::new();
            for (name, item) in map {
                let Some(item) = structure(item, names)? else { continue };
                if name == SPREAD {
                    match item {
                        Value::Object(more) => rendered.extend(more),
                        other => return Err(format!("`{other}` is no map, and `...` puts in a map's members")),
                    }
                } else {
                    rendered.insert(name.clone(), item);
                }
            }
            Some(Value::Object(rendered))
        }
        other => Some(other.clone()),
    })
}

/// Renders one template; a sole expression keeps its type.
fn leaf(source: &str, names: &Names) -> Result<Option<Value>, TemplateProblem> {
    let inner = source.trim().strip_prefix("{{").and_then(|s| s.strip_suffix("}}"));
    if let Some(inner) = inner
        && let Ok(expression) = values().compile_expression(inner)
    {
        return to_json(&expression.eval(names.root()).map_err(|e| told(source, &e))?);
    }
    rendered(source, names).map(|text| Some(Value::String(text)))
}

/// Renders a template to a text.
///
/// # Errors
/// It fails on these names.
pub(super) fn rendered(source: &str, names: &Names) -> Result<String, TemplateProblem> {
    values().render_str(source, names.root()).map_err(|e| told(source, &e))
}

/// Renders a path: each value is percent-encoded and stays within its segment.
///
/// # Errors
/// It fails on these names, or a value would leave its segment.
pub(super) fn path(source: &str, names: &Names) -> Result<String, TemplateProblem> {
    paths().render_str(source, names.root()).map_err(|e| told(source, &e))
}

fn to_json(value: &Dynamic) -> Result<Option<Value>, TemplateProblem> {
    if value.is_undefined() || value.is_none() {
        return Ok(None);
    }
    serde_json::to_value(value).map(Some).map_err(|e| e.to_string())
}

fn told(source: &str, error: &Error) -> TemplateProblem {
    let source: String = source.chars().take(80).collect();
    format!("`{source}` fails: {error}")
}

fn values() -> &'static Environment<'static> {
    static VALUES: OnceLock<Environment<'static>> = OnceLock::new();
    VALUES.get_or_init(environment)
}

fn paths() -> &'static Environment<'static> {
    static PATHS: OnceLock<Environment<'static>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let mut env = environment();
        env.set_formatter(segment);
        env
    })
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(100);
    env.remove_global("debug");
    // A request is never HTML.
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    filters::add_to(&mut env);
    guard_format(&mut env);
    env
}

fn segment(out: &mut Output, _: &mut State, value: &Dynamic) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::new(ErrorKind::InvalidOperation, why));
    let text = value.to_string();
    if value.is_undefined() || value.is_none() || text.is_empty() {
        return refuse("a value in the path is empty".into());
    }
    let encoded_slash = text.to_ascii_lowercase();
    if text.contains(['/', '\\'])
        || encoded_slash.contains("%2f")
        || encoded_slash.contains("%5c")
        || text.chars().all(|c| c == '.')
        || text.chars().any(char::is_control)
    {
        return refuse(format!("`{}` cannot be part of a path", text.escape_debug()));
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.write_char(char::from(byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names() -> Names {
        Names::default().with("with", &json!({"n": 3, "list": ["a"], "text": "x"})).with("item", &json!({"a": null}))
    }

    #[test]
    fn a_sole_expression_keeps_its_type_and_one_without_value_is_left_out() {
        let body = json!({"n": "{{ with.n }}", "l": "{{ with.list }}", "t": "n={{ with.n }}", "gone": "{{ with.none.at.all }}",
            "kept": null, "items": ["{{ with.nope }}", "{{ with.text }}"]});
        let expected = json!({"n": 3, "l": ["a"], "t": "n=3", "kept": null, "items": ["x"]});
        assert_eq!(structure(&body, &names()).unwrap(), Some(expected));
        assert_eq!(evaluate(&Expression("item.a.b.c".into()), &names()).unwrap(), None, "vendors leave fields out");
    }

    #[test]
    fn a_value_cannot_leave_its_path_segment() {
        let at = |id: &str| path("/things/{{ object.id }}", &Names::default().with("object", &json!({"id": id})));
        assert_eq!(at("A 1?x=ü#").unwrap(), "/things/A%201%3Fx%3D%C3%BC%23");
        for bad in ["", ".", "..", "../x", "a/b", "a%2Fb", "a%2fb", "a\\b", "%5c", "a\r\nb"] {
            assert!(at(bad).is_err(), "{bad:?}");
        }
        assert!(path("/things/{{ object.id }}", &Names::default()).is_err());
    }

    #[test]
    fn a_runaway_template_ends() {
        let endless = "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}";
        assert!(rendered(endless, &Names::default()).is_err());
    }
}
