//! One change: its line, its fields, and what holds it back.

use std::collections::BTreeSet;

use super::{
    View,
    blocker::{Explained, Scope, explain},
    field::{self, Shape},
    text::{self, Line, Page, Role},
    words,
};
use crate::core::plan::{Action, Change, Plan, Target};

/// Where the columns of a launch's changes start.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    address: usize,
    uses: usize,
    reason: usize,
}

const SIGN: usize = 2;
const FIELDS: usize = 6;
/// How many are named of what comes first.
const AFTER: usize = 6;

impl Columns {
    /// Fits the columns to what will be shown.
    pub fn fit<'a>(changes: impl Iterator<Item = &'a Change> + Clone) -> Self {
        let widest = |f: &dyn Fn(&Change) -> String, cap: usize| {
            changes.clone().map(|c| Line::new().plain(f(c)).end()).filter(|w| *w <= cap).max().unwrap_or(0)
        };
        let address = SIGN + 2 + 8 + 2;
        let uses = address + widest(&|c| words::address(&c.subject), 34) + 2;
        let reason = uses + widest(&uses_of, 26) + 2;
        Self { address, uses, reason }
    }
}

/// `mailchimp/campaign (once)`, or what sort of thing it is.
pub fn uses_of(change: &Change) -> String {
    match &change.uses {
        Some(uses) => match change.effect.and_then(words::effect) {
            Some(effect) => format!("{uses} ({effect})"),
            None => uses.to_string(),
        },
        None if change.subject == Target::Launch && change.action == Action::Update => "its own fields".to_owned(),
        None => words::kind(&change.subject).to_owned(),
    }
}

/// The change's line: sign, verb, address, uses, reason.
pub fn head(change: &Change, columns: Columns, page: &mut Page, view: &View) {
    let held = !change.blocked.is_empty() && change.action != Action::Keep;
    let (sign, role) =
        if held { ("…", Role::Change) } else { (words::sign(change.action), words::role(change.action)) };
    let line = Line::at(SIGN)
        .hang(FIELDS)
        .add(role, format!("{sign} {}", words::verb(change.action)))
        .to_column(columns.address)
        .add(if change.action == Action::Keep { Role::Dim } else { Role::Strong }, words::address(&change.subject))
        .to_column(columns.uses)
        .plain(uses_of(change));
    let reason = words::reason(change.reason);
    let whole = line.clone().to_column(columns.reason).add(Role::Dim, reason);
    if reason.is_empty() {
        page.push(line);
    } else if whole.end() <= view.width {
        page.push(whole);
    } else {
        page.push(line);
        page.push(Line::at(FIELDS).add(Role::Dim, reason));
    }
}

/// Everything below the line. `told` holds the sentences that were shown for this launch already.
pub fn body(
    plan: &Plan,
    change: &Change,
    zone: chrono_tz::Tz,
    told: &mut BTreeSet<String>,
    page: &mut Page,
    view: &View,
) {
    let shape = if matches!(change.action, Action::Create) { Shape::New } else { Shape::Change };
    field::fields(page, &change.fields, shape, FIELDS, view);
    let named = |i: usize| {
        let before = plan.changes.get(i).filter(|c| c.acts() || !c.blocked.is_empty())?;
        Some(words::address(&before.subject))
    };
    // What a whole phase comes after may be as long as the plan, and is the same for each.
    let looked_at = change.after.len() + AFTER;
    let after: Vec<String> = plan.before(change).take(looked_at).filter_map(named).collect();
    if !after.is_empty() {
        let all = after.len() + plan.count_before(change).saturating_sub(looked_at);
        let list = text::list_of(&after, AFTER, all);
        page.push(Line::at(FIELDS).hang(FIELDS + 2).add(Role::Dim, format!("after {list}")));
    }
    for blocker in &change.blocked {
        let scope = Scope { launch: &plan.launch, subject: &change.subject, zone, view };
        held(page, &explain(blocker, scope), FIELDS, told);
    }
}

/// A blocker's sentence and its remedies; the same remedies of the same sentence only the first time.
pub fn held(page: &mut Page, explained: &Explained, indent: usize, told: &mut BTreeSet<String>) {
    page.push(Line::at(indent).hang(indent + 2).add(Role::Change, "… ").plain(&explained.text));
    if told.insert(format!("{}{:?}", explained.text, explained.remedies)) {
        remedies(page, explained, indent + 2);
    }
}

/// "to give it: launchd approve …", one line each.
pub fn remedies(page: &mut Page, explained: &Explained, indent: usize) {
    for remedy in &explained.remedies {
        let line = Line::at(indent).hang(indent + 2).add(Role::Dim, &remedy.lead);
        page.push(if remedy.command.is_empty() {
            line
        } else {
            line.add(Role::Dim, ": ").add(Role::Command, &remedy.command)
        });
    }
}
