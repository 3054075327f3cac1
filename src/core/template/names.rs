//! Which names a text uses, and what of it can be known before all of them are.

use std::{collections::BTreeSet, ops::Range};

use serde_json::Value;

use super::{Context, TemplateError, environment, error::position, evaluate, guard_length, is_template, plain::parts};

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
