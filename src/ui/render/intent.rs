//! An effect in doubt, for the person who must find out.

use chrono_tz::Tz;

use super::{
    View,
    blocker::failed,
    table::Table,
    text::{Line, Page, Role},
    time,
};
use crate::core::model::{
    name::{Id, Name},
    state::{ActivityState, Intent},
};

/// What was sent, when, and what to type once it is known what became of it.
pub fn doubt(launch: &Name, id: &Id, open: &Intent, zone: Tz, view: &View) -> String {
    let mut page = Page::new();
    page.push(
        Line::new()
            .add(Role::Strong, format!("{launch} {id}"))
            .plain(format!(" was sent to {} and no answer came: it may have happened.", open.uses)),
    );
    let mut table = Table::at(2);
    let mut row = |name: &str, value: String| table.row([Line::new().add(Role::Dim, name), Line::new().plain(value)]);
    row("what", format!("{} {}", open.verb.as_str(), open.uses));
    row("when", time::both(open.at, zone, view));
    row("key", open.key.to_string());
    if let Some(object) = &open.object_id {
        row("object", object.clone());
    }
    if let Some(failure) = &open.doubt {
        row("failure", failed(failure));
        if let Some(request) = &failure.request {
            row("request", request.clone());
        }
    }
    if open.probes > 0 {
        row("looked for", format!("{} times, and not found", open.probes));
    }
    table.write(&mut page);
    page.gap();
    page.push(Line::at(2).plain("Look at the vendor, then say which:"));
    for (lead, flag) in [("it happened", "--happened"), ("it did not", "--did-not-happen")] {
        page.push(
            Line::at(4).plain(format!("{lead}: ")).add(Role::Command, format!("launchd resolve {launch} {id} {flag}")),
        );
    }
    page.render(view)
}

/// Nothing is in doubt.
pub fn settled(launch: &Name, id: &Id, state: &ActivityState, view: &View) -> String {
    let mut page = Page::new();
    page.push(Line::new().plain(format!("Nothing of {launch} {id} is in doubt.")));
    if let Some(failure) = &state.tries.failure {
        let last = if state.tries.rejected { "It was rejected" } else { "The last try failed" };
        page.push(Line::at(2).hang(4).plain(format!("{last}: {}", failed(failure))));
        let command = format!("launchd resolve {launch} {id} --retry");
        page.push(Line::at(2).plain("To try again: ").add(Role::Command, command));
    }
    page.render(view)
}
