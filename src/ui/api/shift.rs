//! What moving dates does, as JSON.

use serde::Serialize;

use super::{Document, plan::Plans};
use crate::core::{
    diagnostic::Diagnostic,
    portfolio::clashes::{Changed, Moved},
    schedule::shift::Shift,
};

/// `kind: Shift`.
#[derive(Debug, Serialize)]
pub struct Preview<'a> {
    /// Whether the plan file was changed.
    pub written: bool,
    /// The new target date as it is written.
    pub date: String,
    pub shift: &'a Shift,
    /// What the launch collides with then and not now, and the other way round.
    pub collisions: &'a Changed,
    /// Problems that the files have after the move and had not before.
    pub problems: &'a [&'a Diagnostic],
}

/// A document of plans, in which each launch whose dates move says how, as `dates`.
pub fn beside(plans: &Document<Plans>, shifts: &[Moved]) -> String {
    if shifts.is_empty() {
        return plans.pretty();
    }
    let mut value = serde_json::to_value(plans).expect("API types have string keys and finite numbers");
    for launch in value["launches"].as_array_mut().into_iter().flatten() {
        if let Some(shift) = shifts.iter().find(|s| launch["launch"].as_str() == Some(s.shift.launch.as_str())) {
            launch["dates"] = serde_json::json!(shift);
        }
    }
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value is one");
    text.push('\n');
    text
}
