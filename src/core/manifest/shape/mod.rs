//! Does a node have the shape that its schema asks for?
//!
//! In: a node, and the JSON Schema made from the document types, compiled once to a small tree. Out: every problem at once,
//! each with its span. Imports `document`, `node`, `model`, and `schedule` for its words. Deliberately absent: any JSON Schema keyword that the
//! document types do not produce; compiling one that does is an error, which a test would find.

mod check;
mod compile;
mod reason;
mod words;

use std::sync::LazyLock;

use super::{document, node::Node, problem::Problem};
use document::Kind;

pub use compile::{Shape, UnknownKeyword};
pub use words::{did_you_mean, listed};

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let compile = |kind: Kind| {
        Shape::compile(&document::schema(kind)).expect("the document types produce only keywords that are known here")
    };
    Kind::ALL.into_iter().map(compile).collect()
});

/// Every way in which a document differs from the schema of its kind, in file order.
pub fn check(kind: Kind, node: &Node<'_>) -> Vec<Problem> {
    SHAPES[kind as usize].check(node)
}
