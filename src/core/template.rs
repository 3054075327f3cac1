//! Templates and expressions: minijinja, wrapped once, so that the same rules hold in plan files, connectors and checks.
//!
//! In: a text and a [`Context`]. Out: a value, or a [`TemplateError`] that points into the text. What a template can
//! reach is the context and minijinja's pure built-ins: no loader is set (`include` and `import` fail), `debug` is taken
//! away, and no built-in reads a clock, the environment, a file or a random number. Every use is bounded by fuel, which
//! minijinja charges by item and by byte, and by the size of what comes out.

mod format;

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value as Dynamic};
use serde::Serialize;
use serde_json::Value;

pub use format::guard_format;

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

/// Why a template or expression gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    pub kind: TemplateErrorKind,
    /// A lowercase fragment: "`launch.titel` is undefined".
    pub message: String,
    /// Byte offsets into the text, where they are known.
    pub at: Option<Range<usize>>,
    /// 1-based, within the text.
    pub line: u32,
    /// 1-based, counted in characters.
    pub column: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateErrorKind {
    /// It cannot be read.
    Syntax,
    /// A name, filter, function or test that is not there.
    Unknown,
    /// It ran out of fuel, or yielded too much.
    TooMuch,
    /// It was read, and evaluating it failed.
    Evaluation,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TemplateError {}

/// Whether a text is a template at all. Every other text is taken as it is, at no cost.
pub fn is_template(text: &str) -> bool {
    text.as_bytes().windows(2).any(|w| w[0] == b'{' && matches!(w[1], b'{' | b'%' | b'#'))
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
/// As [`evaluate`]; and when the answer is neither true nor false, because `when: "{{ x }}"` or `pass: value` are slips.
pub fn test(expression: &str, context: &Context) -> Result<bool, TemplateError> {
    match evaluate(expression, context)? {
        Value::Bool(answer) => Ok(answer),
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

/// Renders what can be known now: every name but those below `later` is replaced by its value, and the rest of the
/// template stays as it is, so that it can be rendered later in a context that has only `later`.
///
/// # Errors
/// The text cannot be read, or uses a name that is neither in the context nor below `later`.
pub fn partial(text: &str, context: &Context, later: &str) -> Result<String, TemplateError> {
    use minijinja::machinery::{Token, tokenize};
    let free = names(text)?;
    let mut output = String::with_capacity(text.len());
    let mut copied = 0;
    let mut tokens = tokenize(text, false, minijinja::syntax::SyntaxConfig::default()).peekable();
    let mut after_dot = false;
    while let Some(token) = tokens.next() {
        let (token, span) = token.map_err(|e| TemplateError::from(&e, text, 0))?;
        let Token::Ident(root) = token else {
            after_dot = matches!(token, Token::Dot | Token::Pipe);
            continue;
        };
        if std::mem::take(&mut after_dot) || root == later {
            continue;
        }
        let mut path = root.to_owned();
        let mut end = span.end_offset as usize;
        while let Some(Ok((Token::Dot, _))) = tokens.peek() {
            tokens.next();
            match tokens.peek() {
                Some(Ok((Token::Ident(step), span))) if free.contains(&format!("{path}.{step}")) => {
                    path = format!("{path}.{step}");
                    end = span.end_offset as usize;
                    tokens.next();
                }
                _ => after_dot = true,
            }
        }
        if !free.contains(&path) {
            continue;
        }
        let start = span.start_offset as usize;
        let value = evaluate(&path, context).map_err(|e| {
            let (line, column) = position(text, start);
            TemplateError { at: Some(start..end), line, column, ..e }
        })?;
        output.push_str(&text[copied..start]);
        literal(&value, &mut output);
        copied = end;
    }
    output.push_str(&text[copied..]);
    Ok(output)
}

/// One use of a member of a name: the `epic` of `activities.epic.url` or `activities['epic'].url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `None` where it is computed: `activities[item]`.
    pub name: Option<String>,
    /// Byte offsets into the text.
    pub at: Range<usize>,
}

/// Every use of a member of `root` in a text, in order.
///
/// # Errors
/// The text cannot be read.
pub fn members(text: &str, root: &str) -> Result<Vec<Member>, TemplateError> {
    members_of(text, root, false)
}

/// [`members`] of a bare expression.
///
/// # Errors
/// The expression cannot be read.
pub fn expression_members(expression: &str, root: &str) -> Result<Vec<Member>, TemplateError> {
    members_of(expression, root, true)
}

fn members_of(text: &str, root: &str, bare: bool) -> Result<Vec<Member>, TemplateError> {
    use minijinja::machinery::{Token, tokenize};
    if !text.contains(root) {
        return Ok(Vec::new());
    }
    guard_length(text)?;
    let tokens: Vec<_> = tokenize(text, bare, minijinja::syntax::SyntaxConfig::default())
        .collect::<Result<_, _>>()
        .map_err(|e| TemplateError::from(&e, text, 0))?;
    let mut found = Vec::new();
    for (i, (token, span)) in tokens.iter().enumerate() {
        let follows = |n: usize| tokens.get(i + n).map(|(t, s)| (t, s.end_offset as usize));
        let after_dot = i > 0 && matches!(tokens[i - 1].0, Token::Dot | Token::Pipe);
        if after_dot || !matches!(token, Token::Ident(name) if *name == root) {
            continue;
        }
        let start = span.start_offset as usize;
        found.push(match (follows(1), follows(2), follows(3)) {
            (Some((Token::Dot, _)), Some((Token::Ident(name), end)), _) => {
                Member { name: Some((*name).to_owned()), at: start..end }
            }
            (Some((Token::BracketOpen, _)), Some((Token::Str(name), _)), Some((Token::BracketClose, end))) => {
                Member { name: Some((*name).to_owned()), at: start..end }
            }
            _ => Member { name: None, at: start..span.end_offset as usize },
        });
    }
    Ok(found)
}

/// A value as the template language writes it.
fn literal(value: &Value, output: &mut String) {
    match value {
        Value::Null => output.push_str("none"),
        Value::Array(items) => {
            output.push('[');
            for item in items {
                literal(item, output);
                output.push_str(", ");
            }
            output.push(']');
        }
        Value::Object(map) => {
            output.push('{');
            for (key, item) in map {
                output.push_str(&format!("{}: ", Value::String(key.clone())));
                literal(item, output);
                output.push_str(", ");
            }
            output.push('}');
        }
        plain => output.push_str(&plain.to_string()),
    }
}

/// Which names a text uses, dotted as far as they are written: `launch.title`, `activities.epic.url`.
///
/// # Errors
/// The text cannot be read.
pub fn names(text: &str) -> Result<BTreeSet<String>, TemplateError> {
    if !is_template(text) {
        return Ok(BTreeSet::new());
    }
    if let Some(parts) = parts(text) {
        return Ok(parts.into_iter().filter_map(|p| p.path().map(str::to_owned)).collect());
    }
    guard_length(text)?;
    let template = environment().template_from_str(text).map_err(|e| TemplateError::from(&e, text, 0))?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

/// [`names`] for a bare expression.
///
/// # Errors
/// The expression cannot be read.
pub fn expression_names(expression: &str) -> Result<BTreeSet<String>, TemplateError> {
    guard_length(expression)?;
    let compiled = environment().compile_expression(expression).map_err(|e| TemplateError::from(&e, expression, 0))?;
    Ok(compiled.undeclared_variables(true).into_iter().collect())
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

/// A piece of a text of the plainest kind.
enum Part<'a> {
    Text(&'a str),
    Path(&'a str),
}

impl<'a> Part<'a> {
    fn path(&self) -> Option<&'a str> {
        match self {
            Self::Path(path) => Some(path),
            Self::Text(_) => None,
        }
    }
}

/// Takes apart a text of plain words and `{{ dotted.names }}`; `None` for anything more. Nearly every template
/// of a plan is of this kind, and reading it so costs a fraction of compiling it.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if !rest[open..].starts_with("{{") {
            if matches!(rest.as_bytes().get(open + 1), Some(b'%' | b'#')) {
                return None;
            }
            parts.push(Part::Text(&rest[..=open]));
            rest = &rest[open + 1..];
            continue;
        }
        let close = open + rest[open..].find("}}")?;
        let path = rest[open + 2..close].trim_matches(' ');
        let word = |w: &str| {
            w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let literal = matches!(path, "true" | "false" | "none" | "True" | "False" | "None" | "not" | "if");
        if literal || !path.split('.').all(word) {
            return None;
        }
        if open > 0 {
            parts.push(Part::Text(&rest[..open]));
        }
        parts.push(Part::Path(path));
        rest = &rest[close + 2..];
    }
    // minijinja drops one line end at the end of a template.
    let rest = rest.strip_suffix('\n').map_or(rest, |r| r.strip_suffix('\r').unwrap_or(r));
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Some(parts)
}

/// Renders a text of the plainest kind; `None` leaves it, and every error, to minijinja.
fn simple(text: &str, context: &Context) -> Option<Value> {
    let parts = parts(text)?;
    let value = |path: &str| {
        let mut steps = path.split('.');
        let mut value = context.get(steps.next()?)?.clone();
        for step in steps {
            value = value.get_attr(step).ok()?;
        }
        (!value.is_undefined()).then_some(value)
    };
    if let [Part::Path(path)] = parts[..] {
        return serde_json::to_value(value(path)?).ok();
    }
    let mut output = String::with_capacity(text.len() + 32);
    for part in parts {
        match part {
            Part::Text(plain) => output.push_str(plain),
            Part::Path(path) => output.push_str(value(path)?.as_str()?),
        }
    }
    (output.len() <= MAX_OUTPUT).then_some(Value::String(output))
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

impl TemplateError {
    fn from(error: &Error, text: &str, offset: usize) -> Self {
        let kind = match error.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape => TemplateErrorKind::Syntax,
            ErrorKind::UndefinedError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
            | ErrorKind::TemplateNotFound
            | ErrorKind::BadInclude => TemplateErrorKind::Unknown,
            ErrorKind::OutOfFuel => TemplateErrorKind::TooMuch,
            _ => TemplateErrorKind::Evaluation,
        };
        let at = error.range().map(|r| (r.start + offset).min(text.len())..(r.end + offset).min(text.len()));
        let at = at.filter(|r| text.get(r.clone()).is_some()).map(|r| from_its_root(text, r));
        let piece = at.clone().and_then(|r| text.get(r)).map(str::trim).filter(|p| !p.is_empty() && p.len() < 80);
        let detail = error.detail().unwrap_or_default();
        let message = match (error.kind(), piece) {
            (ErrorKind::UndefinedError, Some(piece)) => format!("`{piece}` is not there"),
            (ErrorKind::SyntaxError, _) if detail.contains("expected end of variable block") => {
                "`{{` is not closed with `}}`".to_owned()
            }
            (ErrorKind::OutOfFuel, _) => "it takes too many steps or makes too much text".to_owned(),
            (ErrorKind::TemplateNotFound | ErrorKind::BadInclude, _) => "a template cannot read files".to_owned(),
            (kind, _) if detail.is_empty() => kind.to_string(),
            _ => detail.to_owned(),
        };
        let (line, column) = position(text, at.as_ref().map_or(0, |r| r.start));
        Self { kind, message, at, line, column }
    }
}

/// A range that begins with a dot, widened to the name before it: `.label.tier` to `launch.label.tier`.
fn from_its_root(text: &str, range: Range<usize>) -> Range<usize> {
    let before = &text[..range.start];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    match text[range.clone()].starts_with('.') {
        true => before.trim_end_matches(is_part).len()..range.end,
        false => range,
    }
}

/// Line and column, 1-based, of a byte offset.
fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
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
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        Context::new()
            .with("launch", &json!({ "name": "atlas", "title": "Atlas 2.0", "count": 3, "regions": ["emea", "apac"] }))
            .with("value", &0.005)
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
        assert_eq!(
            later("{{ activities.epic.id ~ launch.name | upper }}"),
            "{{ activities.epic.id ~ \"atlas\" | upper }}"
        );
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
}
