//! Foreign text in the languages of pictures.

use super::text::clean;
use crate::ui::render::text;

/// A text for Mermaid, where nothing in it can end a label, begin a comment or a statement, or become markup: every
/// sign but the plainest is written as a character number, which Mermaid turns back when it draws.
pub fn mermaid(text: &str) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '/') && at > 0 || !c.is_ascii();
        if is_plain && !(at == 0 && is_statement(&text)) && !is_list(&text, at, c) {
            out.push(c);
        } else {
            out += &format!("#{};", u32::from(c));
        }
    }
    if out.is_empty() { "#32;".to_owned() } else { out }
}

/// The first word means something to Mermaid at the beginning of a line.
fn is_statement(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "title",
        "section",
        "click",
        "end",
        "subgraph",
        "direction",
        "style",
        "classdef",
        "class",
        "linkstyle",
        "graph",
        "flowchart",
        "gantt",
        "dateformat",
        "axisformat",
        "tickinterval",
        "excludes",
        "includes",
        "todaymarker",
        "weekday",
        "inclusiveenddates",
        "accTitle",
    ];
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_lowercase();
    WORDS.iter().any(|w| w.eq_ignore_ascii_case(&word))
        || word.starts_with("acc")
        || word == "weekend"
        || word == "vert"
}

/// The dot of `1. First`, or a dash after which Mermaid would see a line or a list.
fn is_list(text: &str, at: usize, c: char) -> bool {
    let numbered = c == '.' && text[..at].chars().all(|c| c.is_ascii_digit());
    numbered || c == '-' && (text[..at].ends_with('-') || text[at + 1..].starts_with(['-', '>']))
}

/// An identifier for Mermaid or DOT that stays readable.
pub fn identifier(prefix: &str, text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{prefix}_{plain}")
}

/// A text in an HTML-like label of DOT.
pub fn html(text: &str) -> String {
    text::markup(&clean(text))
}

/// A text between double quotes in DOT, where `&amp;` would be read as in HTML.
pub fn dot(text: &str) -> String {
    format!("\"{}\"", clean(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""))
}
