//! `why`: from what somebody waits for, down to what it waits for in the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    View,
    blocker::{Explained, Scope, WaitsFor, explain},
    change::{remedies, uses_of},
    plan::Shown,
    text::{Line, Page, Role, list},
    words,
};
use crate::core::{
    model::{activity::Need, name::Id},
    plan::{Action, Blocker, Change, Plan, TOLD, Target},
};

/// A cause, with the causes of the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub explained: Explained,
    /// The part of the launch that this cause is about, if it is one.
    pub address: Option<String>,
    pub causes: Vec<Cause>,
    /// The rest of the chain was told further up.
    pub told: bool,
}

impl Cause {
    /// More of the same kind, of which the number is enough.
    fn more(count: usize) -> Self {
        let text = format!("{count} more milestones before the launch phase");
        let explained = Explained { text, waits_for: WaitsFor::Progress, remedies: Vec::new() };
        Self { explained, address: None, causes: Vec::new(), told: false }
    }
}

/// Why one activity, check or milestone is not reached; `None` when the plan has no such thing.
pub fn causes(shown: &Shown<'_>, target: &Target, view: &View) -> Option<Vec<Cause>> {
    let index = shown.plan.changes.iter().position(|c| c.subject == *target)?;
    Some(Walk { shown, view, places: places(shown.plan), seen: BTreeSet::new() }.of(index))
}

struct Walk<'a> {
    shown: &'a Shown<'a>,
    view: &'a View,
    places: Places<'a>,
    seen: BTreeSet<usize>,
}

impl Walk<'_> {
    fn of(&mut self, index: usize) -> Vec<Cause> {
        self.seen.insert(index);
        let plan = self.shown.plan;
        let change = &plan.changes[index];
        let scope = Scope { launch: &plan.launch, subject: &change.subject, zone: self.shown.zone, view: self.view };
        let mut causes = Vec::new();
        let mut deeper = BTreeSet::new();
        for blocker in &change.blocked {
            let members = members(plan, &self.places, blocker);
            deeper.extend(members.iter().copied());
            let explained = explain(blocker, scope);
            if let ([only], Blocker::Needs { .. } | Blocker::Check { .. }) = (members.as_slice(), blocker) {
                causes.push(self.member(*only));
                continue;
            }
            let mut inner: Vec<Cause> = members.iter().map(|i| self.member(*i)).collect();
            if let Blocker::Phase { more: more @ 1.., .. } = blocker {
                inner.push(Cause::more(*more));
            }
            causes.push(Cause { explained, address: None, causes: inner, told: false });
        }
        let stands = |i: &usize| plan.changes.get(*i).is_some_and(|c| c.action != Action::Keep);
        let named = change.after.len() + TOLD;
        for index in plan.before(change).take(named).filter(|i| !deeper.contains(i)).filter(stands) {
            causes.push(self.member(index));
        }
        causes.extend(plan.count_before(change).checked_sub(named).filter(|n| *n > 0).map(Cause::more));
        causes
    }

    /// A part of the launch that comes first.
    fn member(&mut self, index: usize) -> Cause {
        let change = &self.shown.plan.changes[index];
        let address = words::address(&change.subject);
        let what = format!("{} {address}", words::kind(&change.subject));
        let told = self.seen.contains(&index);
        let causes = if told { Vec::new() } else { self.of(index) };
        let text = if told {
            format!("{what} (see above)")
        } else if !causes.is_empty() {
            format!("{what}, which waits for")
        } else if change.acts() {
            format!("{what}: to {} in this plan", words::verb(change.action))
        } else {
            format!("{what}: {}", words::reason(change.reason))
        };
        let explained = Explained { text, waits_for: WaitsFor::Progress, remedies: Vec::new() };
        Cause { explained, address: Some(address), causes, told }
    }
}

/// Where each part of a launch stands among the changes of its plan.
type Places<'p> = HashMap<&'p Target, usize>;

fn places(plan: &Plan) -> Places<'_> {
    // Of two of one subject the first counts.
    plan.changes.iter().enumerate().rev().map(|(at, change)| (&change.subject, at)).collect()
}

/// The changes of the same plan that a blocker points to.
fn members(plan: &Plan, places: &Places<'_>, blocker: &Blocker) -> Vec<usize> {
    let find = |target: Target| places.get(&target).copied();
    let milestone = |id: &Id| find(Target::Milestone(id.clone()));
    match blocker {
        Blocker::Needs { need: Need::Activity(id) } => find(Target::Activity(id.clone())).into_iter().collect(),
        Blocker::Needs { need: Need::Milestone(id) } => milestone(id).into_iter().collect(),
        // What a person is asked stands with the check.
        Blocker::Check { milestone, check, .. } => {
            let target = Target::Check { milestone: milestone.clone(), check: check.clone() };
            let is_asked = |i: &usize| plan.changes[*i].blocked.iter().any(|b| matches!(b, Blocker::Person { .. }));
            find(target).filter(is_asked).into_iter().collect()
        }
        Blocker::Phase { waiting_for, .. } => waiting_for.iter().filter_map(milestone).collect(),
        _ => Vec::new(),
    }
}

/// The answer to `why LAUNCH ITEM`.
pub fn item(shown: &Shown<'_>, target: &Target, view: &View) -> Option<String> {
    let causes = causes(shown, target, view)?;
    let change = shown.plan.changes.iter().find(|c| c.subject == *target)?;
    let mut page = Page::new();
    page.push(opening(change, !causes.is_empty()));
    if !causes.is_empty() {
        page.gap();
    }
    for cause in &causes {
        write(&mut page, cause, 2);
    }
    if let Some(stop) = &shown.plan.stop {
        page.gap();
        super::plan::stopped(&mut page, stop, shown.plan, shown.zone, view);
    }
    Some(page.render(view))
}

fn opening(change: &Change, waits: bool) -> Line {
    let line = Line::new()
        .add(Role::Strong, words::address(&change.subject))
        .add(Role::Dim, format!(" ({})", uses_of(change)))
        .plain(format!(": {}", words::reason(change.reason)));
    match (waits, change.action) {
        (true, _) => line.plain(". It waits for:"),
        (false, Action::Keep) => line.plain(". Nothing is to be done."),
        (false, Action::Await) => line.plain("."),
        (false, action) => {
            line.plain(format!(". Nothing holds it back: the next pass will {} it.", words::verb(action)))
        }
    }
}

fn write(page: &mut Page, cause: &Cause, indent: usize) {
    let role = role(cause.explained.waits_for);
    page.push(Line::at(indent).hang(indent + 2).add(role, "- ").plain(&cause.explained.text));
    remedies(page, &cause.explained, indent + 4);
    for inner in &cause.causes {
        write(page, inner, indent + 4);
    }
}

pub(super) fn role(waits_for: WaitsFor) -> Role {
    match waits_for {
        WaitsFor::Repair => Role::Bad,
        WaitsFor::Person => Role::Alert,
        WaitsFor::Progress => Role::Change,
        WaitsFor::Time => Role::Dim,
    }
}

/// A root cause and everything that it holds back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub explained: Explained,
    /// Addresses, in the plan's order.
    pub holds: Vec<String>,
}

/// What a launch waits for in the end: repairs first, then people, then progress, then time; the widest first.
pub fn roots(shown: &Shown<'_>, view: &View) -> Vec<Root> {
    let plan = shown.plan;
    let places = places(plan);
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    for change in &plan.changes {
        let scope = Scope { launch: &plan.launch, subject: &change.subject, zone: shown.zone, view };
        for blocker in change.blocked.iter().filter(|b| members(plan, &places, b).is_empty()) {
            let explained = explain(blocker, scope);
            let address = words::address(&change.subject);
            // The same sentence about two parts is one cause only if its remedy is the same, too.
            let key = format!("{}{:?}", explained.text, explained.remedies);
            let root = roots.entry(key).or_insert_with(|| Root { explained, holds: Vec::new() });
            // Blockers of one part come together.
            if root.holds.last() != Some(&address) {
                root.holds.push(address);
            }
        }
    }
    let mut roots: Vec<Root> = roots.into_values().collect();
    roots.sort_by_key(|r| (r.explained.waits_for, std::cmp::Reverse(r.holds.len())));
    roots
}

/// The answer to `why LAUNCH`.
pub fn launch(shown: &Shown<'_>, view: &View) -> String {
    let mut page = Page::new();
    super::plan::heading(&mut page, shown.plan);
    if let Some(stop) = &shown.plan.stop {
        super::plan::stopped(&mut page, stop, shown.plan, shown.zone, view);
    }
    let roots = roots(shown, view);
    page.gap();
    if roots.is_empty() && shown.plan.stop.is_none() {
        page.push(Line::at(2).plain("It waits for nothing."));
    }
    for (waits_for, title) in [
        (WaitsFor::Repair, "Needs repair"),
        (WaitsFor::Person, "Waits for people"),
        (WaitsFor::Progress, "Waits for other work"),
        (WaitsFor::Time, "Waits for its time"),
    ] {
        let group: Vec<&Root> = roots.iter().filter(|r| r.explained.waits_for == waits_for).collect();
        if group.is_empty() {
            continue;
        }
        page.gap();
        page.push(Line::at(2).add(Role::Strong, format!("{title}:")));
        let most = if view.all { usize::MAX } else { 12 };
        for root in group.iter().take(most) {
            write_root(&mut page, root, view);
        }
        if group.len() > most {
            page.push(Line::at(4).add(Role::Dim, format!("… {} more (--all shows them)", group.len() - most)));
        }
    }
    page.gap();
    super::plan::next(&mut page, shown, 2, view);
    page.render(view)
}

fn write_root(page: &mut Page, root: &Root, view: &View) {
    let role = role(root.explained.waits_for);
    let holds = list(&root.holds, if view.all { usize::MAX } else { 4 });
    page.push(Line::at(4).hang(6).add(role, "- ").add(Role::Strong, &holds).plain(": ").plain(&root.explained.text));
    remedies(page, &root.explained, 8);
}
