//! The canonical text of a plan, for goldens and for comparing two plans. People get `ui`'s rendering.

use std::fmt::Write;

use super::value::{Change, Plan, Side, Target};

/// One line a change, in order; stable for equal plans.
pub fn canonical(plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} {:?} at {}", plan.launch, plan.status, plan.now.format("%Y-%m-%dT%H:%MZ"));
    if let Some(stop) = &plan.stop {
        let _ = writeln!(text, "stop: {stop:?}");
    }
    if !plan.gate.is_empty() {
        let _ = writeln!(text, "gate: {:?}", plan.gate);
    }
    for (index, change) in plan.changes.iter().enumerate() {
        line(&mut text, index, change);
    }
    if let Some(next) = &plan.next {
        let _ = writeln!(
            text,
            "next: {} {:?} of {}",
            next.at.format("%Y-%m-%dT%H:%M:%SZ"),
            next.why,
            target(&next.subject)
        );
    }
    text
}

fn line(text: &mut String, index: usize, change: &Change) {
    let _ = write!(text, "{index:>3} {:?} {} ({:?})", change.action, target(&change.subject), change.reason);
    if !change.after.is_empty() {
        let _ = write!(text, " after {:?}", change.after);
    }
    if change.after_gate {
        text.push_str(" after the gate");
    }
    if change.point_of_no_return {
        text.push_str(" !");
    }
    text.push('\n');
    for field in &change.fields {
        let _ = writeln!(text, "      {}: {} -> {}", field.path, side(&field.before), side(&field.after));
    }
    for field in &change.drift {
        let _ = writeln!(text, "      drift {}: {} -> {}", field.path, side(&field.before), side(&field.after));
    }
    for blocker in &change.blocked {
        let _ = writeln!(text, "      blocked: {blocker:?}");
    }
}

fn side(side: &Side) -> String {
    match side {
        Side::Absent => "(absent)".into(),
        Side::Known(value) => value.to_string(),
        Side::Later(template) => format!("(known after apply: {template})"),
        Side::Secret(name) => format!("(secret {name})"),
    }
}

/// A target's address within its launch.
pub fn target(target: &Target) -> String {
    match target {
        Target::Activity(id) | Target::Milestone(id) => id.to_string(),
        Target::Check { milestone, check } => format!("{milestone}.{check}"),
        Target::Goal(id) => format!("goal.{id}"),
        Target::Launch => "launch".into(),
    }
}
