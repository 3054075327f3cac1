//! What a cancellation will do.

use super::{
    View,
    table::Table,
    text::{Line, Page, Role},
};
use crate::core::model::{activity::Compensation, activity::EffectClass, name::Name, state::LaunchState};

/// Each object with what becomes of it, and how many are undone.
pub fn consequences(launch: &Name, state: &LaunchState, view: &View) -> (String, usize) {
    let mut table = Table::at(2);
    let (mut undone, mut kept) = (0, 0);
    for (id, activity) in &state.activities {
        let Some(applied) = activity.applied.as_ref().filter(|_| activity.ended.is_none()) else { continue };
        let (role, what) = match &applied.on_cancel {
            Compensation::Keep => {
                kept += 1;
                if applied.effect != EffectClass::Once {
                    continue;
                }
                (Role::Dim, "public already; stays".to_owned())
            }
            Compensation::Close => (Role::Bad, "- close".to_owned()),
            Compensation::Delete => (Role::Bad, "- delete".to_owned()),
            Compensation::Run(undo) => (Role::Change, format!("+ {} {}", undo.uses, undo.id)),
        };
        undone += usize::from(applied.on_cancel != Compensation::Keep);
        table.row([
            Line::new().add(role, what),
            Line::new().add(Role::Strong, id.as_str()),
            Line::new().plain(applied.uses.to_string()),
        ]);
    }
    let mut page = Page::new();
    page.push(
        Line::new().plain(format!("Cancelling {launch} undoes {undone} of its objects and leaves {kept} as they are.")),
    );
    table.write(&mut page);
    (page.render(view), undone)
}
