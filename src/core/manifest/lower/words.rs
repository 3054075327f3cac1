//! Words that several parts use: problems of templates, sentences, titles made from ids.

use serde_json::Value;

use crate::core::{
    manifest::{
        library::{did_you_mean, nearest},
        node::Span,
        problem::Problem,
    },
    template::{self, Context, TemplateError, TemplateErrorKind},
};

/// A problem of a template, pointing into the text where the text stands in one piece in the file.
pub(in crate::core::manifest) fn template_problem(
    error: &TemplateError,
    text: &str,
    span: Span,
    context: &Context,
) -> Problem {
    let (code, summary) = match error.kind {
        TemplateErrorKind::Syntax => ("template/syntax", "a template that cannot be read"),
        TemplateErrorKind::Unknown => ("template/unknown-name", "unknown name in a template"),
        TemplateErrorKind::TooMuch => ("template/too-much", "a template that does too much"),
        TemplateErrorKind::Evaluation => ("template/failed", "a template that fails"),
    };
    let mut problem = Problem::error(code, inside(span, text, error.at.clone()), summary, sentence(&error.message));
    if error.message.ends_with(" is unknown") {
        problem = problem.hint("Filters and tests are those of Jinja, such as `upper`, `lower`, `join` and `default`.");
    } else if error.kind == TemplateErrorKind::Unknown {
        let piece = error.at.clone().and_then(|r| text.get(r)).unwrap_or_default();
        let root = piece.split(['.', '[', ' ', '|']).next().unwrap_or_default();
        problem = problem.hint(if context.names().any(|n| n == root) {
            let members = template::render(&format!("{{{{ {root} | list | join(', ') }}}}"), context);
            match members {
                Ok(Value::String(list)) if !list.is_empty() => {
                    let step = piece.split('.').nth(1).unwrap_or_default();
                    let near = nearest(step, list.split(", "));
                    near.map_or_else(
                        || format!("`{root}` has: {list}."),
                        |near| format!("Did you mean `{root}.{near}`?"),
                    )
                }
                _ => format!("`{root}` has no such member."),
            }
        } else {
            did_you_mean(root, context.names().collect::<Vec<_>>().into_iter().chain(["activities"]))
        });
    } else {
        problem = problem.hint(match error.kind {
            TemplateErrorKind::TooMuch => "Make it with fewer steps, or write the result itself.",
            TemplateErrorKind::Evaluation => {
                "Give it values of the kind that it works on, or one for where there is none: `{{ … | default('…') }}`."
            }
            _ => "Write a value as `{{ launch.title }}`, a condition as `launch.owner == 'ana'`, and close what is opened.",
        });
    }
    problem
}

/// The part of a scalar's span that a range of its text covers, if the scalar is written plainly on one line.
pub(in crate::core::manifest) fn inside(span: Span, text: &str, range: Option<std::ops::Range<usize>>) -> Span {
    let Some(range) = range else { return span };
    let quotes = match (span.end - span.start) as usize {
        n if n == text.len() => 0,
        n if n == text.len() + 2 => 1,
        _ => return span,
    };
    if text.contains(['\n', '\\', '\'', '"']) && quotes == 1 {
        return span;
    }
    let start = u32::try_from(range.start + quotes).unwrap_or(0);
    let length = u32::try_from(range.len().max(1)).unwrap_or(1);
    Span { start: span.start + start, end: (span.start + start + length).min(span.end), ..span }
}

/// A fragment as a sentence.
pub(in crate::core::manifest) fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// Words that are read letter by letter.
const ACRONYMS: [&str; 9] = ["api", "crm", "faq", "kpi", "pr", "qa", "seo", "sla", "ui"];

/// `launch_day` as people read it: "Launch Day".
pub(in crate::core::manifest) fn humanize(id: &str) -> String {
    let words = id.split(['_', '-', ' ']).filter(|w| !w.is_empty());
    let capital = |word: &str| {
        if ACRONYMS.contains(&word) {
            return word.to_uppercase();
        }
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
