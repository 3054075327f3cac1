//! `diff`: plans for people.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::{
    View,
    blocker::{self, WaitsFor},
    change::{self, Columns},
    field::{self, Shape},
    text::{Line, Page, Role, count},
    time, words,
};
use crate::core::{
    model::{Timestamp, area::Status, name::Name},
    plan::{Action, Blocker, Change, Moment, Plan, Reason, Stop, Target},
};

/// A plan with what it takes to show it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub plan: &'a Plan,
    /// The launch's; the last known one when its file is gone.
    pub zone: Tz,
}

/// Of more launches than this, the ones that merely wait are counted and not listed.
pub const MANY: usize = 20;

/// Launches that are not listed, as far as they are told together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Silent {
    /// As their files ask.
    pub alike: usize,
    /// With nothing to do before their next moment.
    pub resting: usize,
    /// Activities of all of them.
    pub unchanged: usize,
    pub waiting: usize,
    /// Of the waiting ones, those that wait for a person.
    pub asking: usize,
    /// The next moment of any of the resting ones.
    pub next: Option<(Timestamp, Name)>,
}

impl Silent {
    /// Counts one more.
    pub fn add(&mut self, launch: &Name, tally: &Tally, next: Option<Timestamp>) {
        self.unchanged += tally.unchanged;
        self.waiting += tally.waiting;
        self.asking += tally.asking;
        if tally.waiting == 0 {
            self.alike += 1;
            return;
        }
        self.resting += 1;
        let next = next.map(|at| (at, launch.clone()));
        self.next = [self.next.take(), next].into_iter().flatten().min();
    }

    pub fn launches(&self) -> usize {
        self.alike + self.resting
    }
}

/// Every launch with something to say, then one summary. Launches without are counted.
pub fn human(plans: &[Shown<'_>], view: &View) -> String {
    human_beside(plans, Silent::default(), view)
}

/// [`human`] with the launches whose plans did not have to be made.
pub fn human_beside(plans: &[Shown<'_>], others: Silent, view: &View) -> String {
    let mut page = Page::new();
    let mut tally = Tally::of(plans.iter().map(|s| s.plan));
    tally.add_silent(&others);
    let all = plans.len() + others.launches();
    let talks = |s: &&Shown<'_>| view.all || speaks(s.plan, view) && !(all > MANY && rests(s.plan));
    let (talking, silent): (Vec<&Shown<'_>>, Vec<_>) = plans.iter().partition(talks);
    for shown in &talking {
        page.gap();
        launch(&mut page, shown, view);
    }
    page.gap();
    if let ([], [only], 0) = (talking.as_slice(), silent.as_slice(), others.launches()) {
        let launch = &only.plan.launch;
        page.push(Line::new().plain(format!("{launch} is as its file asks.")));
        next(&mut page, only, 0, view);
    } else {
        let mut quiet = others;
        for shown in silent {
            let (plan, own) = (shown.plan, Tally::of(std::iter::once(shown.plan)));
            quiet.add(&plan.launch, &own, plan.next.as_ref().map(|m| m.at));
        }
        silently(&mut page, &quiet, view);
    }
    // "No changes" would be a claim about launches that nothing is known of.
    let unresolved = plans.iter().filter(|s| matches!(s.plan.stop, Some(Stop::Unresolved { .. }))).count();
    if all > unresolved {
        page.push(Line::new().add(Role::Strong, tally.sentence(all - unresolved)));
    }
    if unresolved > 0 {
        let text = count(unresolved, "launch that nothing can be told of.", "launches that nothing can be told of.");
        page.push(Line::new().add(Role::Bad, text));
    }
    page.render(view)
}

fn silently(page: &mut Page, quiet: &Silent, view: &View) {
    if quiet.alike > 0 {
        let text = count(quiet.alike, "launch is as its file asks.", "launches are as their files ask.");
        page.push(Line::new().add(Role::Dim, text));
    }
    if quiet.resting > 0 {
        let rests = count(quiet.resting, "launch has nothing to do now", "launches have nothing to do now");
        let next = quiet.next.as_ref().map(|(at, launch)| {
            let when = format!("{}, {}", time::relative(*at, view.now), time::absolute(*at, Tz::UTC));
            format!(", and the first goes on {when}: {launch}")
        });
        let text = format!("{rests}{}. To list what waits: launchd diff NAME, or --all.", next.unwrap_or_default());
        page.push(Line::new().add(Role::Dim, text));
    }
}

/// Whether nothing is to be done now or to be mended: all of it waits for its time, its turn or for people.
pub fn rests(plan: &Plan) -> bool {
    plan.revision.is_some()
        && plan.stop.is_none()
        && !plan.has_changes()
        && !plan.is_difference()
        && plan.changes.iter().all(|c| c.drift.is_empty() && !c.blocked.iter().any(Blocker::is_trouble))
        && plan.ready().next().is_none()
}

pub fn speaks(plan: &Plan, view: &View) -> bool {
    plan.stop.is_some() || plan.changes.iter().any(|c| is_shown(c, view))
}

/// What stays as it is, and what only waits for its turn, is counted and not listed.
pub fn is_shown(change: &Change, view: &View) -> bool {
    let waits_for_more_than_turn = || {
        change
            .blocked
            .iter()
            .any(|b| !matches!(b, Blocker::Until { .. } | Blocker::Needs { .. } | Blocker::Phase { .. }))
    };
    if view.all || !change.drift.is_empty() {
        return true;
    }
    match (change.action, &change.subject) {
        _ if view.brief && !change.blocked.is_empty() => waits_for_more_than_turn(),
        (Action::Keep, _) => !change.fields.is_empty() || waits_for_more_than_turn(),
        (Action::Await, Target::Activity(_)) => true,
        (Action::Await, _) => waits_for_more_than_turn(),
        _ => true,
    }
}

/// One launch: heading, stop, drift, changes in order, next moment.
pub fn launch(page: &mut Page, shown: &Shown<'_>, view: &View) {
    let Shown { plan, zone } = *shown;
    heading(page, plan);
    if let Some(stop) = &plan.stop {
        stopped(page, stop, plan, zone, view);
    }
    drift(page, plan, view);
    let visible = || plan.changes.iter().filter(|c| is_shown(c, view));
    let columns = Columns::fit(visible());
    let (mut told, mut returned) = (BTreeSet::new(), false);
    if visible().next().is_some() {
        page.gap();
    }
    for change in visible() {
        if change.point_of_no_return && !returned && change.acts() {
            returned = true;
            page.push(rule("point of no return: launchd cannot take back what follows", view));
        }
        change::head(change, columns, page, view);
        let mut body = Page::new();
        change::body(plan, change, zone, &mut told, &mut body, view);
        let roomy = !body.is_empty();
        page.append(body);
        if roomy {
            page.gap();
        }
    }
    page.gap();
    next(page, shown, 2, view);
}

pub(super) fn heading(page: &mut Page, plan: &Plan) {
    let mut line = Line::new().add(Role::Strong, plan.launch.as_str());
    if !plan.title.is_empty() && plan.title != plan.launch.as_str() {
        line = line.plain(format!("  {}", plan.title));
    }
    if let Some(Stop::Unresolved { .. }) = plan.stop {
        page.push(line.add(Role::Bad, " · its file has errors"));
        return;
    }
    line = match difference(plan) {
        Some((role, word)) => line.add(Role::Dim, " · ").add(role, word),
        None => line.add(Role::Dim, " · ").add(words::status_role(plan.status), words::status(plan.status)),
    };
    line = match &plan.revision {
        Some(revision) => line.add(Role::Dim, format!(" · revision {}", revision.short())),
        None => line.add(Role::Bad, " · its file is gone"),
    };
    page.push(line);
}

/// What two states of the files say of a launch.
fn difference(plan: &Plan) -> Option<(Role, &'static str)> {
    if !plan.is_difference() {
        return None;
    }
    let new = plan.changes.iter().all(|c| c.reason == Reason::Added);
    Some(match (&plan.revision, new) {
        (None, _) => (Role::Bad, "removed"),
        (_, true) => (Role::Good, "new"),
        _ => (Role::Change, "changed"),
    })
}

pub(super) fn stopped(page: &mut Page, stop: &Stop, plan: &Plan, zone: Tz, view: &View) {
    let launch = &plan.launch;
    let (text, lead, command) = match stop {
        Stop::Paused { mark } if plan.status == Status::Cancelled => (
            format!(
                "Cancelled, and paused by {}: nothing of it is undone before it goes on.",
                blocker::marked(mark, zone, view)
            ),
            "to let it be undone",
            format!("launchd resume {launch}"),
        ),
        Stop::Paused { mark } => (
            format!("Paused by {}. Nothing below is done.", blocker::marked(mark, zone, view)),
            "to go on",
            format!("launchd resume {launch}"),
        ),
        Stop::MassChange { affected, existing, percent, limit_percent, changes: _ } => (
            format!(
                "This would change or end {affected} of {existing} existing objects ({percent} %), and more than \
                 {limit_percent} % needs a person's word. Nothing below is done."
            ),
            "to agree to exactly these changes",
            format!("launchd apply {launch} --allow-mass-change"),
        ),
        Stop::Unresolved { reason } => (
            format!("Its file has errors, and no good revision of it is known, so nothing can be told: {reason}"),
            "to see them",
            "launchd validate".to_owned(),
        ),
    };
    page.push(Line::at(2).hang(4).add(Role::Alert, "! ").plain(text));
    page.push(Line::at(4).hang(6).add(Role::Dim, format!("{lead}: ")).add(Role::Command, command));
}

fn drift(page: &mut Page, plan: &Plan, view: &View) {
    let drifted: Vec<&Change> = plan.changes.iter().filter(|c| !c.drift.is_empty()).collect();
    if drifted.is_empty() {
        return;
    }
    page.gap();
    page.push(Line::at(2).add(Role::Strong, "Changed by somebody else since launchd applied it:"));
    for change in drifted {
        let after = match change.action {
            Action::Update => "set back below",
            Action::Keep => "left as it is now",
            _ => "",
        };
        let mut line = Line::at(4).add(Role::Change, "! ").add(Role::Strong, words::address(&change.subject));
        line = line.plain(format!("  {}", change::uses_of(change)));
        if !after.is_empty() {
            line = line.add(Role::Dim, format!("  ({after})"));
        }
        page.push(line);
        field::fields(page, &change.drift, Shape::Drift, 8, view);
    }
}

fn rule(text: &str, view: &View) -> Line {
    let width = view.width.min(100).saturating_sub(text.chars().count() + 2 + 3 + 2);
    Line::at(2).verbatim().add(Role::Alert, format!("── {text} {}", "─".repeat(width)))
}

pub(super) fn next(page: &mut Page, shown: &Shown<'_>, indent: usize, view: &View) {
    let Some(Moment { at, why, subject }) = &shown.plan.next else { return };
    let what = words::moment(why, &words::address(subject));
    let when = format!("{}, {}", time::relative(*at, view.now), time::absolute(*at, shown.zone));
    page.push(Line::at(indent).hang(indent + 6).add(Role::Strong, "next: ").plain(format!("{when}: {what}")));
}

/// How many of what, over plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub create: usize,
    pub update: usize,
    /// Closes and deletions.
    pub end: usize,
    pub adopt: usize,
    pub look_for: usize,
    pub forget: usize,
    pub rename: usize,
    /// Held back, or under way.
    pub waiting: usize,
    /// Of these, the ones that wait for a person.
    pub asking: usize,
    /// Of these, the ones that something must be repaired for.
    pub broken: usize,
    pub unchanged: usize,
    /// Of the plan itself, between two states of the files: dates, people, conditions.
    pub terms: usize,
}

impl Tally {
    /// Counts activities; checks and milestones follow from them.
    pub fn of<'a>(plans: impl Iterator<Item = &'a Plan>) -> Self {
        let mut tally = Self::default();
        for plan in plans {
            for change in &plan.changes {
                match change.subject {
                    Target::Activity(_) => tally.add(plan, change),
                    _ => tally.terms += usize::from(change.writes()),
                }
            }
        }
        tally
    }

    fn add(&mut self, plan: &Plan, change: &Change) {
        let held = !change.blocked.is_empty() || plan.stop.is_some();
        match change.action {
            Action::Keep if change.reason == Reason::Edited => self.terms += 1,
            Action::Keep if change.blocked.is_empty() => self.unchanged += 1,
            Action::Keep | Action::Await => self.wait(change),
            _ if held => self.wait(change),
            Action::Create => self.create += 1,
            Action::Update => self.update += 1,
            Action::Close | Action::Delete => self.end += 1,
            Action::Adopt => self.adopt += 1,
            Action::Probe => self.look_for += 1,
            Action::Forget => self.forget += 1,
            Action::Move => self.rename += 1,
            Action::Check | Action::Complete | Action::Reopen => {}
        }
    }

    fn add_silent(&mut self, silent: &Silent) {
        self.unchanged += silent.unchanged;
        self.waiting += silent.waiting;
        self.asking += silent.asking;
    }

    fn wait(&mut self, change: &Change) {
        self.waiting += 1;
        match change.blocked.iter().map(blocker::waits_for).min() {
            Some(WaitsFor::Repair) => self.broken += 1,
            Some(WaitsFor::Person) => self.asking += 1,
            Some(WaitsFor::Progress | WaitsFor::Time) | None => {}
        }
    }

    /// `Plan: 3 to create, 1 to update, 0 to end; 2 waiting; 5 unchanged.`
    pub fn sentence(&self, launches: usize) -> String {
        if *self == (Self { unchanged: self.unchanged, ..Self::default() }) {
            return format!("No changes; {} unchanged.", self.unchanged);
        }
        let mut todo = vec![
            format!("{} to create", self.create),
            format!("{} to update", self.update),
            format!("{} to end", self.end),
        ];
        for (n, what) in
            [(self.adopt, "adopt"), (self.look_for, "look for"), (self.forget, "forget"), (self.rename, "rename")]
        {
            if n > 0 {
                todo.push(format!("{n} to {what}"));
            }
        }
        let asking = match (self.asking, self.broken) {
            (0, 0) => String::new(),
            (n, 0) => format!(" ({n} for a person)"),
            (0, n) => format!(" ({n} for a repair)"),
            (people, repairs) => format!(" ({people} for a person, {repairs} for a repair)"),
        };
        let of = if launches == 1 { String::new() } else { format!(" for {}", count(launches, "launch", "launches")) };
        let rest = match (self.terms, self.waiting) {
            (0, waiting) => format!("{waiting} waiting{asking}"),
            (terms, _) => count(terms, "other change", "other changes"),
        };
        format!("Plan{of}: {}; {rest}; {} unchanged.", todo.join(", "), self.unchanged)
    }
}
