//! Field by field: before and after, a unified diff for text of several lines.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{
    View,
    text::{Line, Page, Role, count, shorten},
};
use crate::core::{
    plan::{FieldChange, Side},
    template::{LATER, readable},
};

/// Lines of a new text that are shown, unless all is.
const LINES_SHOWN: usize = 8;
/// Larger texts are not compared line by line: that would take long and help nobody.
const COMPARED: usize = 200_000;

/// What an arrow between two values would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All of it is new; no signs needed.
    New,
    /// What was, and what will be.
    Change,
    /// What launchd applied, and what somebody else made of it.
    Drift,
}

/// Adds one paragraph a field, starting at column `indent`.
pub fn fields(page: &mut Page, fields: &[FieldChange], shape: Shape, indent: usize, view: &View) {
    let width = fields.iter().map(|f| Line::new().plain(&f.path).end()).filter(|w| *w <= 28).max().unwrap_or(0);
    for field in fields {
        one(page, field, shape, indent, width, view);
    }
}

fn one(page: &mut Page, field: &FieldChange, shape: Shape, indent: usize, width: usize, view: &View) {
    let FieldChange { path, before, after } = field;
    let (sign, role) = match (shape, before, after) {
        (Shape::New, ..) => ("", Role::Plain),
        (_, Side::Absent, _) => ("+ ", Role::Good),
        (_, _, Side::Absent) => ("- ", Role::Bad),
        _ => ("~ ", Role::Change),
    };
    let head = || Line::at(indent).add(role, sign).add(Role::Name, path);
    let column = indent + sign.len() + width;
    match (before, after) {
        (Side::Absent, side) | (side, Side::Absent) => single(page, &head, side, column, sign, role, view),
        (Side::Secret(a), Side::Secret(b)) if a == b => {
            page.push(head().to_column(column + 2).plain(format!("(secret {a}) changed")));
        }
        (Side::Known(a), Side::Known(b)) if is_long(a) || is_long(b) => {
            page.push(head());
            compare(page, &block(a), &block(b), indent + 4, view);
        }
        (a, b) => {
            let line = head().to_column(column + 2).plain(short(a)).plain(" → ").add(Role::Strong, short(b));
            if line.end() <= view.width {
                page.push(line);
            } else {
                page.push(head());
                page.push(Line::at(indent + 4).hang(indent + 6).add(Role::Bad, "- ").plain(short(a)));
                page.push(Line::at(indent + 4).hang(indent + 6).add(Role::Good, "+ ").plain(short(b)));
            }
        }
    }
}

fn single(page: &mut Page, head: &dyn Fn() -> Line, side: &Side, column: usize, sign: &str, role: Role, view: &View) {
    let indent = head().indent() + 4;
    let Side::Known(value) = side else {
        page.push(head().to_column(column + 2).hang(column + 2).add(Role::Dim, short(side)));
        return;
    };
    if !is_long(value) {
        page.push(head().to_column(column + 2).hang(column + 2).plain(short(side)));
        return;
    }
    let text = block(value);
    let lines: Vec<&str> = text.lines().collect();
    page.push(head());
    let shown = if view.all || lines.len() <= LINES_SHOWN + 1 { lines.len() } else { LINES_SHOWN };
    for line in &lines[..shown] {
        let line = if view.all { (*line).to_owned() } else { shorten(line, view.width.saturating_sub(indent + 4)) };
        page.push(Line::at(indent).verbatim().add(role, sign).plain(line));
    }
    if shown < lines.len() {
        let more = count(lines.len() - shown, "more line", "more lines");
        page.push(Line::at(indent).add(Role::Dim, format!("… {more} (--all shows them)")));
    }
}

fn compare(page: &mut Page, before: &str, after: &str, indent: usize, view: &View) {
    if before.len() + after.len() > COMPARED {
        let (a, b) = (before.lines().count(), after.lines().count());
        page.push(Line::at(indent).add(Role::Dim, format!("too long to compare: {a} lines before, {b} after")));
        return;
    }
    let diff = TextDiff::from_lines(before, after);
    let radius = if view.all { before.len() + after.len() } else { 2 };
    for (i, group) in diff.grouped_ops(radius).iter().enumerate() {
        if i > 0 {
            page.push(Line::at(indent).add(Role::Dim, "  …"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, role) = match change.tag() {
                ChangeTag::Equal => ("  ", Role::Dim),
                ChangeTag::Delete => ("- ", Role::Bad),
                ChangeTag::Insert => ("+ ", Role::Good),
            };
            let text = change.value().trim_end_matches(['\n', '\r']);
            page.push(Line::at(indent).verbatim().add(role, format!("{sign}{text}")));
        }
    }
}

/// Several lines, or a structure too big for one.
fn is_long(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim_end().contains('\n'),
        Value::Array(_) | Value::Object(_) => value.to_string().len() > 60,
        _ => false,
    }
}

fn block(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// One side in one line.
pub fn short(side: &Side) -> String {
    match side {
        Side::Absent => "(none)".to_owned(),
        Side::Known(value) => value.to_string(),
        Side::Later(template) => match readable(template) {
            unknown if unknown == LATER => unknown,
            text => Value::String(text).to_string(),
        },
        Side::Secret(name) => format!("(secret {name})"),
    }
}
