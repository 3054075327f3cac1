//! What a cancellation will do.

use super::{
    View,
    table::Table,
    text::{Line, Page, Role, count, list},
};
use crate::core::{
    model::{activity::EffectClass, name::Name, state::LaunchState},
    plan::{Action, Change, Plan, Stop, Target},
};

/// What becomes of everything that was done, in the order of `plan`, which is that of the launch as if it were cancelled.
pub fn consequences(launch: &Name, plan: &Plan, state: &LaunchState, view: &View) -> String {
    let mut table = Table::at(2);
    let (mut kept, mut public) = (0, Vec::new());
    for change in &plan.changes {
        let Target::Activity(id) = &change.subject else { continue };
        let there = state.activities.get(id).is_some_and(|a| a.applied.is_some() && a.ended.is_none());
        let (role, what) = match change.action {
            Action::Close => (Role::Bad, "- close"),
            Action::Delete => (Role::Bad, "- delete"),
            Action::Create | Action::Update => (Role::Change, "+ do"),
            Action::Probe | Action::Await => (Role::Change, "? in doubt"),
            Action::Keep if there && change.effect == Some(EffectClass::Once) => {
                public.push(id.to_string());
                (Role::Dim, "stays")
            }
            Action::Keep => {
                kept += usize::from(there);
                continue;
            }
            _ => continue,
        };
        let uses = change.uses.as_ref().map(ToString::to_string).unwrap_or_default();
        table.row([Line::new().add(role, what), Line::new().add(Role::Strong, id.as_str()), Line::new().plain(uses)]);
    }
    let mut page = Page::new();
    let steps = undone(plan);
    let mut text = match steps {
        0 => format!("Cancelling {launch} undoes nothing"),
        1 => format!("Cancelling {launch} undoes this"),
        _ => format!("Cancelling {launch} undoes this, in this order"),
    };
    text += &match kept {
        0 => ".".to_owned(),
        _ => format!(", and leaves {} as they are.", count(kept, "other object", "other objects")),
    };
    page.push(Line::new().plain(text));
    table.write(&mut page);
    if !public.is_empty() {
        let them = if public.len() == 1 { "is public and cannot" } else { "are public and cannot" };
        page.push(Line::new().plain(format!("{} {them} be taken back.", list(&public, 12))));
    }
    if steps > 0 && is_paused(plan) {
        page.push(
            Line::new().add(Role::Change, format!("{launch} is paused, and nothing is undone before it goes on.")),
        );
    }
    page.render(view)
}

/// Whether what would be undone waits for somebody to let the launch go on.
pub fn is_paused(plan: &Plan) -> bool {
    matches!(plan.stop, Some(Stop::Paused { .. }))
}

/// How many steps a cancellation takes.
pub fn undone(plan: &Plan) -> usize {
    let is_step = |c: &&Change| c.has_effect() && matches!(c.subject, Target::Activity(_));
    plan.changes.iter().filter(is_step).count()
}
