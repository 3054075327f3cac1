//! What is left of a tree when the parts that do not fit are taken out, so that one slip does not hide the others.

use serde::de::DeserializeOwned;

use super::{
    node::{Entry, Node, NodeValue, Span},
    problem::Problem,
    read::{FileDocuments, typed},
};

/// More misfits of one document than this are not looked for: each costs one more look at the whole.
const MOST_MISFITS: usize = 32;

/// A tree without the entries and items that stand at one of these spans, or whose key does.
pub(super) fn without<'a>(node: &Node<'a>, spans: &[Span]) -> Node<'a> {
    let hit = |span: Span| spans.contains(&span);
    let value = match &node.value {
        NodeValue::Map(entries) => NodeValue::Map(
            entries
                .iter()
                .filter(|e| !hit(e.key_span) && !hit(e.value.span))
                .map(|e| Entry { key: e.key.clone(), key_span: e.key_span, value: without(&e.value, spans) })
                .collect(),
        ),
        NodeValue::Seq(items) => {
            NodeValue::Seq(items.iter().filter(|i| !hit(i.span)).map(|i| without(i, spans)).collect())
        }
        plain => plain.clone(),
    };
    Node { span: node.span, value }
}

/// Where the problems stand that reading a file told. `None`: its YAML is broken, and nothing can be said of what follows.
pub(super) fn told(file: &FileDocuments<'_>) -> Option<Vec<Span>> {
    if file.diagnostics.iter().any(|d| d.code.starts_with("yaml/")) {
        return None;
    }
    let places = file.diagnostics.iter().filter_map(|d| d.at.as_ref());
    Some(places.map(|at| Span { file: file.id, start: at.start, end: at.end }).collect())
}

/// A spec as far as it fits its type: what does not fit is reported and taken out.
pub(super) fn fitting<T: DeserializeOwned>(tree: &mut Node<'_>, problems: &mut Vec<Problem>) -> Option<T> {
    for _ in 0..MOST_MISFITS {
        let problem = match typed::<T>(tree) {
            Ok(spec) => return Some(spec),
            Err(problem) => *problem,
        };
        let rest = without(tree, &[problem.span]);
        let is_stuck = rest == *tree;
        problems.push(problem);
        if is_stuck {
            return None;
        }
        *tree = rest;
    }
    None
}

/// Whether a problem may be there only because of what was taken out: something is missing, or a date is another one.
/// `named` says that what was taken out may have been a milestone, activity or metric with its name.
pub(super) fn may_follow(problem: &Problem, named: bool) -> bool {
    matches!(
        problem.code,
        "calendar/no-working-day"
            | "launch/no-target-date"
            | "milestone/no-due-date"
            | "check/one-question"
            | "check/no-verdict"
            | "approval/from-nobody"
            | "with/missing-field"
            | "profile/missing-parameter"
            | "activity/before-embargo"
            | "date/due-before-need"
            | "date/due-before-start"
            | "date/window-ends-before-start"
            | "graph/phase-order"
            | "schema/mismatch"
    ) || problem.code.starts_with("lint/")
        || (named
            && matches!(
                problem.code,
                "reference/invalid-move"
                    | "reference/unknown-activity"
                    | "reference/unknown-metric"
                    | "reference/unknown-milestone"
                    | "reference/unknown-need"
            ))
}
