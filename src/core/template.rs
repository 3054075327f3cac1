//! Templates and expressions: minijinja, wrapped once, so that the same rules hold in plan files, connectors and checks.
//!
//! In: a text and a [`Context`]. Out: a value, or a [`TemplateError`] that points into the text. What a template can
//! reach is the context and minijinja's pure built-ins: no loader is set (`include` and `import` fail), `debug` is taken
//! away, and no built-in reads a clock, the environment, a file or a random number. Every use is bounded by fuel, which
//! minijinja charges by item and by byte, and by the size of what comes out.

mod error;
mod format;
mod names;
mod ordering;
mod plain;
mod readable;

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Dynamic};
use serde::Serialize;
use serde_json::Value;

pub use error::{TemplateError, TemplateErrorKind};
pub use format::guard_format;
pub use names::{Member, expression_members, expression_names, members, names, partial};
use plain::simple;
pub use readable::{LATER, readable};

/// What one evaluation may cost: about so many items looped over or bytes made.
const FUEL: u64 = 500_000;
/// The longest text that a template may yield.
const MAX_OUTPUT: usize = 256 * 1024;
/// The longest text that is looked at as a template.
const MAX_SOURCE: usize = 256 * 1024;

/// The names that a template may use. Cheap to clone and to extend.
#[derive(Debug, Clone)]
pub struct Context(Arc<Vec<(Cow<'static, str>, Dynamic)>>);

impl Default for Context {
    fn default() -> Self {
        Self(Arc::new(Vec::new()))
    }
}

impl Context {
    pub fn new() -> Self {
        Self::default()
    }

    /// This context and one more name, which hides an older one.
    #[must_use]
    pub fn with<T: Serialize + ?Sized>(&self, name: impl Into<Cow<'static, str>>, value: &T) -> Self {
        let name = name.into();
        let mut names = Vec::clone(&self.0);
        names.retain(|(n, _)| *n != name);
        names.push((name, Dynamic::from(minijinja::value::Serde(value))));
        Self(Arc::new(names))
    }

    /// The names at the top, for "did you mean".
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    fn get(&self, name: &str) -> Option<&Dynamic> {
        self.0.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    fn root(&self) -> Dynamic {
        Dynamic::from_object(Root(self.0.clone()))
    }
}

/// The context as minijinja sees it, without a copy.
#[derive(Debug)]
struct Root(Arc<Vec<(Cow<'static, str>, Dynamic)>>);

impl minijinja::value::Object for Root {
    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        let key = key.as_str()?;
        self.0.iter().rev().find(|(n, _)| n == key).map(|(_, value)| value.clone())
    }
}

/// Whether a text is a template at all. Every other text is taken as it is, at no cost.
pub fn is_template(text: &str) -> bool {
    text.as_bytes().windows(2).any(|w| w[0] == b'{' && matches!(w[1], b'{' | b'%' | b'#'))
}

/// A template that renders to just this text: what would begin an expression is written as one.
pub fn literal(text: &str) -> Cow<'_, str> {
    if !is_template(text) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 16);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match (c, letters.peek()) {
            ('{', Some('{')) => {
                letters.next();
                written.push_str("{{ '{{' }}");
            }
            ('{', Some('%' | '#')) => written.push_str("{{ '{' }}"),
            _ => written.push(c),
        }
    }
    Cow::Owned(written)
}

/// Renders a text. A text that is exactly one expression, `{{ … }}`, keeps that expression's type.
///
/// # Errors
/// The text is no template, uses a name that is not there, or costs too much.
pub fn render(text: &str, context: &Context) -> Result<Value, TemplateError> {
    if !is_template(text) {
        return Ok(Value::String(text.to_owned()));
    }
    if let Some(value) = simple(text, context) {
        return Ok(value);
    }
    guard_length(text)?;
    if let Some((inner, offset)) = sole_expression(text)
        && let Ok(expression) = environment().compile_expression(inner)
    {
        let value = expression.eval(context.root()).map_err(|e| TemplateError::from(&e, text, offset))?;
        return to_json(&value, text, offset);
    }
    let template = environment().template_from_str(text).map_err(|e| TemplateError::from(&e, text, 0))?;
    let mut output = Limited(Vec::new());
    let written = template.render_captured_to(context.root(), &mut output);
    if output.0.len() > MAX_OUTPUT {
        return Err(too_long(text));
    }
    written.map_err(|e| TemplateError::from(&e, text, 0))?;
    Ok(Value::String(String::from_utf8(output.0).unwrap_or_default()))
}

/// [`render`] for every text inside a value.
///
/// # Errors
/// The JSON pointer of the first leaf that failed, with why.
pub fn render_tree(value: &Value, context: &Context) -> Result<Value, (String, TemplateError)> {
    match value {
        Value::String(text) => render(text, context).map_err(|e| (String::new(), e)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| render_tree(item, context).map_err(|(path, e)| (format!("/{i}{path}"), e)))
            .collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| match render_tree(item, context) {
                Ok(item) => Ok((key.clone(), item)),
                Err((path, e)) => Err((format!("/{}{path}", escape_pointer(key)), e)),
            })
            .collect::<Result<_, _>>()
            .map(Value::Object),
        other => Ok(other.clone()),
    }
}

/// A member's name as one step of a JSON pointer (RFC 6901 §3).
pub fn escape_pointer(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { Cow::Owned(key.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(key) }
}

/// Evaluates a bare expression, as in `when:` and `pass:`.
///
/// # Errors
/// As [`render`].
pub fn evaluate(expression: &str, context: &Context) -> Result<Value, TemplateError> {
    guard_length(expression)?;
    let fail = |e: Error| TemplateError::from(&e, expression, 0);
    let value = environment().compile_expression(expression).map_err(fail)?.eval(context.root()).map_err(fail)?;
    to_json(&value, expression, 0)
}

/// Evaluates a bare expression to yes or no.
///
/// # Errors
/// As [`evaluate`]; when the answer is neither true nor false, because `when: "{{ x }}"` or `pass: value` are slips; and
/// when it rests upon an order of things that have none, such as a text and a number.
pub fn test(expression: &str, context: &Context) -> Result<bool, TemplateError> {
    match evaluate(expression, context)? {
        Value::Bool(answer) => ordering::check(expression, context).map(|()| answer),
        other => Err(TemplateError {
            kind: TemplateErrorKind::Evaluation,
            message: format!("`{expression}` gives `{other}`, and only true or false is an answer"),
            at: Some(0..expression.len()),
            line: 1,
            column: 1,
        }),
    }
}

/// Whether a bare expression can be read, without evaluating it.
///
/// # Errors
/// It cannot.
pub fn check_expression(expression: &str) -> Result<(), TemplateError> {
    guard_length(expression)?;
    environment().compile_expression(expression).map(drop).map_err(|e| TemplateError::from(&e, expression, 0))
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        environment.set_recursion_limit(100);
        // It would print the whole context, and with it whatever a caller put there.
        environment.remove_global("debug");
        guard_format(&mut environment);
        environment
    })
}

/// The text between `{{` and `}}` when nothing stands around them, and where it starts.
fn sole_expression(text: &str) -> Option<(&str, usize)> {
    let inner = text.trim_end_matches('\n').strip_prefix("{{")?.strip_suffix("}}")?;
    let (inner, offset) = inner.strip_prefix(['-', '+']).map_or((inner, 2), |rest| (rest, 3));
    Some((inner.strip_suffix(['-', '+']).unwrap_or(inner), offset))
}

fn to_json(value: &Dynamic, text: &str, offset: usize) -> Result<Value, TemplateError> {
    let at = Some(offset..text.trim_end().len().max(offset));
    if value.is_undefined() {
        let error = Error::new(ErrorKind::UndefinedError, "the value is not there");
        return Err(TemplateError { at, ..TemplateError::from(&error, text, offset) });
    }
    let json = serde_json::to_value(value).map_err(|e| {
        let error = Error::new(ErrorKind::BadSerialization, e.to_string());
        TemplateError { at, ..TemplateError::from(&error, text, offset) }
    })?;
    if json.as_str().is_some_and(|s| s.len() > MAX_OUTPUT) { Err(too_long(text)) } else { Ok(json) }
}

fn guard_length(text: &str) -> Result<(), TemplateError> {
    if text.len() <= MAX_SOURCE {
        return Ok(());
    }
    let message = format!("it is {} bytes long, and a template may have {MAX_SOURCE}", text.len());
    Err(TemplateError { kind: TemplateErrorKind::TooMuch, message, at: None, line: 1, column: 1 })
}

fn too_long(text: &str) -> TemplateError {
    let message = format!("it yields more than {MAX_OUTPUT} bytes");
    TemplateError { kind: TemplateErrorKind::TooMuch, message, at: Some(0..text.len()), line: 1, column: 1 }
}

/// Takes what is written until it is too much.
struct Limited(Vec<u8>);

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() > MAX_OUTPUT {
            return Err(std::io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
