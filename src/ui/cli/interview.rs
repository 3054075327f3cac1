//! Questions on a terminal: asked again until the answer is good, with why it was not. Off a terminal nobody is asked.

use serde_json::Value;

use super::{Output, Problem};
use crate::{
    core::{
        manifest::document::ParameterKind,
        schedule::{WrittenDate, parse_duration},
    },
    ui::render::View,
};

/// More bad answers than this come from a program.
const MOST_TRIES: usize = 10;

/// Who is asked.
pub struct Interview<'a> {
    pub out: &'a Output,
    pub view: View,
}

/// One thing to be known.
pub struct Question<'q> {
    /// `Time zone`.
    pub words: &'q str,
    /// What an answer looks like, or what there is.
    pub example: &'q str,
    /// What an empty answer means.
    pub default: Option<&'q str>,
}

impl Interview<'_> {
    /// What was given, or else the answer to the question. `None`: off a terminal and nothing was given, or nothing was
    /// answered and there is no default.
    ///
    /// # Errors
    /// What was given is not good. A bad answer is asked for again.
    pub fn settle<T>(
        &self,
        given: Option<&str>,
        question: &Question<'_>,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        if let Some(text) = given {
            return read(text).map(Some);
        }
        for _ in 0..MOST_TRIES {
            let Some(answer) = self.out.ask(&prompt(question)) else { break };
            let text = match (answer.is_empty(), question.default) {
                (true, None) => return Ok(None),
                (true, Some(default)) => default,
                (false, _) => &answer,
            };
            match read(text) {
                Ok(value) => return Ok(Some(value)),
                Err(problem) => self.out.complain(&problem.render(&self.view)),
            }
        }
        match question.default.filter(|_| !self.out.is_interactive()) {
            Some(default) => read(default).map(Some),
            None => Ok(None),
        }
    }

    /// As [`Interview::settle`], for what there must be.
    ///
    /// # Errors
    /// What was given is not good, or there is neither an answer nor a default.
    pub fn need<T>(
        &self,
        given: Option<&str>,
        question: &Question<'_>,
        flag: &str,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let missing = || Problem::new(format!("{flag} is missing")).hint(format!("{flag}: {}", question.example));
        if given.is_some() || !self.out.is_interactive() {
            return self.settle(given, question, read)?.ok_or_else(missing);
        }
        for _ in 0..MOST_TRIES {
            // Nothing after this question can be asked when the input has ended.
            let Some(answer) = self.out.ask(&prompt(question)) else { break };
            let text = if answer.is_empty() { question.default.unwrap_or_default() } else { &answer };
            if text.is_empty() {
                self.out.complain(&Problem::new("this has to be said").hint(question.example).render(&self.view));
                continue;
            }
            match read(text) {
                Ok(value) => return Ok(value),
                Err(problem) => self.out.complain(&problem.render(&self.view)),
            }
        }
        Err(missing())
    }
}

fn prompt(question: &Question<'_>) -> String {
    let example = if question.example.is_empty() { String::new() } else { format!(" ({})", question.example) };
    let default = question.default.map(|d| format!(" [{d}]")).unwrap_or_default();
    format!("{}{example}{default}: ", question.words)
}

/// A parameter's value as it is typed: a list has commas between its items.
///
/// # Errors
/// It is none of its kind.
pub fn parameter(kind: ParameterKind, text: &str) -> Result<Value, Problem> {
    let text = text.trim();
    let is_not = |what: &str| Problem::new(format!("`{text}` is not {what}"));
    match kind {
        ParameterKind::String => Ok(text.into()),
        ParameterKind::Number => {
            serde_json::from_str(text).ok().filter(Value::is_number).ok_or_else(|| is_not("a number"))
        }
        ParameterKind::Boolean => match text.to_lowercase().as_str() {
            "true" | "yes" | "y" => Ok(true.into()),
            "false" | "no" | "n" => Ok(false.into()),
            _ => Err(is_not("true or false")),
        },
        ParameterKind::Date if text.parse::<WrittenDate>().is_err() => {
            Err(is_not("a date").hint("write it as 2027-04-01 or T-2w"))
        }
        ParameterKind::Duration if parse_duration(text).is_err() => {
            Err(is_not("a duration").hint("write it as 7d or 1h30m"))
        }
        ParameterKind::Date | ParameterKind::Duration => Ok(text.into()),
        ParameterKind::List => {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect())
        }
    }
}
