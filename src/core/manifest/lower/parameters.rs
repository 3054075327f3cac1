//! What a launch chose for its profile: each parameter of its declared kind, and none that no profile asks for.

use serde_json::{Map, Value};

use super::Input;
use crate::core::{
    manifest::{
        document::{Parameter, ParameterKind, Table},
        library::did_you_mean,
        node::{Node, Span},
        place::{Step, place},
        problem::Problem,
    },
    model::name::Id,
    schedule::{WrittenDate, parse_duration},
};

/// Parameter values: the launch's, else the defaults; each of its declared kind.
pub(super) fn parameters(input: &Input<'_>, problems: &mut Vec<Problem>) -> Map<String, Value> {
    let given = input.spec.parameters.as_ref();
    let mut values = Map::new();
    for (id, parameter) in &input.parameters {
        let value = given.and_then(|g| g.get(id.as_str())).or(parameter.default.as_ref());
        let Some(value) = value else {
            problems.push(
                Problem::error(
                    "profile/missing-parameter",
                    place(input.own, &[Step::Key("spec"), Step::Key("parameters")]),
                    "missing parameter",
                    format!(
                        "The profile asks for `{id}`{}.",
                        parameter.description.as_ref().map(|d| format!(" ({d})")).unwrap_or_default()
                    ),
                )
                .hint(format!("Add `{id}` under `spec.parameters`.")),
            );
            values.insert(id.to_string(), Value::Null);
            continue;
        };
        if !fits(value, parameter.kind) {
            let span = place(input.tree, &[Step::Key("parameters"), Step::Key(id.as_str())]);
            problems.push(wrong_type(id, id.as_str(), value, parameter.kind, span));
        }
        values.insert(id.to_string(), value.clone());
    }
    for name in given.iter().flat_map(|g| g.keys()) {
        if !values.contains_key(name) {
            let known = input.parameters.iter().map(|(id, _)| id.as_str());
            problems.push(
                Problem::error(
                    "reference/unknown-parameter",
                    place(input.tree, &[Step::Key("parameters"), Step::Key(name)]),
                    "unknown parameter",
                    format!("No profile of this launch has a parameter `{name}`."),
                )
                .hint(did_you_mean(name, known)),
            );
        }
    }
    values
}

/// Whether the defaults of a profile's parameters are of the kinds that it declares.
///
/// # Errors
/// The first that is not.
pub(in crate::core::manifest) fn defaults(root: &Node<'_>, parameters: &Table<Parameter>) -> Result<(), Box<Problem>> {
    for (id, parameter) in parameters.iter() {
        if let Some(value) = parameter.default.as_ref().filter(|value| !fits(value, parameter.kind)) {
            let span = place(root, &[Step::Key("parameters"), Step::Key(id.as_str()), Step::Key("default")]);
            return Err(Box::new(wrong_type(id, "default", value, parameter.kind, span)));
        }
    }
    Ok(())
}

fn wrong_type(id: &Id, field: &str, value: &Value, kind: ParameterKind, span: Span) -> Problem {
    let hint = match kind {
        ParameterKind::List => format!("Write a list: `{field}: [{}]`.", value.as_str().unwrap_or("a, b")),
        _ => format!("Write {} after `{field}:`.", kind_words(kind)),
    };
    Problem::error(
        "profile/parameter-type",
        span,
        "a parameter of the wrong type",
        format!("`{id}` must be {}, and `{value}` is not.", kind_words(kind)),
    )
    .hint(hint)
}

fn fits(value: &Value, kind: ParameterKind) -> bool {
    match kind {
        ParameterKind::String => value.is_string(),
        ParameterKind::Number => value.is_number(),
        ParameterKind::Boolean => value.is_boolean(),
        ParameterKind::Date => value.as_str().is_some_and(|t| t.parse::<WrittenDate>().is_ok()),
        ParameterKind::Duration => value.as_str().is_some_and(|t| parse_duration(t).is_ok()),
        ParameterKind::List => value.is_array(),
    }
}

fn kind_words(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::String => "a text",
        ParameterKind::Number => "a number",
        ParameterKind::Boolean => "true or false",
        ParameterKind::Date => "a date such as `T-2w` or `2027-03-18`",
        ParameterKind::Duration => "a duration such as `7d`",
        ParameterKind::List => "a list",
    }
}
