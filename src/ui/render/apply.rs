//! Progress while a plan is carried out, and what came of it.

use std::sync::Mutex;

use serde_json::json;

use super::{
    View,
    blocker::failed,
    plan::Shown,
    text::{FEW, Line, Page, Role, count, list},
    words,
};
use crate::{
    core::{
        model::{name::Name, outcome::Failure},
        plan::{Change, Plan, Target, text::target},
        review::trouble::{Trouble, by_cause},
    },
    reconcile::{Progress, ProgressEvent, StepResult, Summary},
    ui::cli::Output,
};

/// One line for each change as it ends, on standard error.
pub struct Live {
    out: Output,
    view: View,
    /// With the reason of what did not go through.
    reasons: bool,
    /// What ended so far.
    counts: Mutex<Counts>,
    /// Lines of several tasks are written one at a time.
    lock: Mutex<()>,
}

impl Live {
    /// For a walk whose summary gives the reasons.
    pub fn brief(out: Output, view: View) -> Self {
        Self { out, view, reasons: false, counts: Mutex::default(), lock: Mutex::new(()) }
    }

    /// For passes without a summary.
    pub fn full(out: Output, view: View) -> Self {
        Self { reasons: true, ..Self::brief(out, view) }
    }

    /// How many changes went through.
    pub fn done(&self) -> usize {
        self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).done
    }
}

impl Progress for Live {
    fn tell(&self, event: ProgressEvent<'_>) {
        let ProgressEvent::Ended { launch, change, result } = event else { return };
        if let StepResult::NotTried(_) = result {
            return;
        }
        self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(result);
        let mut page = Page::new();
        page.push(if self.reasons { line(launch, change, result) } else { brief(launch, change, result) });
        let _one = self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.out.note(&page.render(&self.view));
    }
}

/// One launch before and after.
pub struct Outcome<'a> {
    pub before: Shown<'a>,
    pub summary: &'a Summary,
    pub after: Shown<'a>,
    /// Activities that the selection leaves out, and that are not as they should be.
    pub left_out: usize,
}

fn head(launch: &Name, change: &Change, role: Role, sign: &str) -> Line {
    let line = Line::at(0).hang(4).add(role, format!("{sign} ")).plain(format!("{:<9}", words::verb(change.action)));
    line.add(Role::Strong, format!("{launch}/{}", words::address(&change.subject)))
}

fn line(launch: &Name, change: &Change, result: &StepResult) -> Line {
    let (role, sign, why) = told(result);
    let line = head(launch, change, role, sign);
    match why {
        Some(why) => line.plain(": ").plain(why),
        None => line,
    }
}

/// Several changes that met the same trouble.
fn together(all: &[&(&Name, &Change, &StepResult)]) -> Line {
    let (launch, change, result) = *all[0];
    if all.len() == 1 {
        return line(launch, change, result);
    }
    let (role, sign, why) = told(result);
    let names: Vec<String> =
        all.iter().map(|(launch, change, _)| format!("{launch}/{}", words::address(&change.subject))).collect();
    let head = Line::at(0).hang(4).add(role, format!("{sign} ")).plain(format!("{} changes: ", all.len()));
    head.add(Role::Strong, list(&names, FEW)).plain(": ").plain(why.unwrap_or_default())
}

fn trouble(result: &StepResult) -> Option<&Failure> {
    match result {
        StepResult::Failed(f) | StepResult::Later(f) | StepResult::InDoubt(f) => Some(f),
        StepResult::Done | StepResult::NotYet(_) | StepResult::NotTried(_) => None,
    }
}

fn brief(launch: &Name, change: &Change, result: &StepResult) -> Line {
    let (role, sign, _) = told(result);
    let word = match result {
        StepResult::Done => return head(launch, change, role, sign),
        StepResult::Failed(_) => "failed",
        StepResult::Later(_) => "failed for now",
        StepResult::InDoubt(_) => "in doubt",
        StepResult::NotYet(_) => "not yet",
        StepResult::NotTried(_) => "not tried",
    };
    head(launch, change, role, sign).plain("  ").add(Role::Dim, word)
}

fn told(result: &StepResult) -> (Role, &'static str, Option<String>) {
    match result {
        StepResult::Done => (Role::Good, "✓", None),
        StepResult::Failed(f) => (Role::Bad, "✗", Some(format!("failed: {}", failed(f)))),
        StepResult::Later(f) => (Role::Change, "↻", Some(format!("{}: {}; tried again later", f.summary, f.detail))),
        StepResult::InDoubt(f) => {
            (Role::Alert, "?", Some(format!("{}: {}; it may have happened", f.summary, f.detail)))
        }
        StepResult::NotYet(why) => (Role::Change, "…", Some(why.clone())),
        StepResult::NotTried(why) => (Role::Dim, "-", Some(why.clone())),
    }
}

/// Done, failed, waiting, not tried: each with its reason.
/// `later` changes went through in passes after it.
pub fn summary(outcomes: &[Outcome<'_>], later: usize, view: &View) -> String {
    let mut page = Page::new();
    page.gap();
    let mut counts = Counts { done: later, ..Counts::default() };
    let mut undone = Vec::new();
    for outcome in outcomes {
        let plan = outcome.before.plan;
        for (index, result) in &outcome.summary.results {
            counts.add(result);
            undone.push((&plan.launch, &plan.changes[*index], result));
        }
        counts.waiting += waiting(outcome.after.plan) + told_beside(outcome);
        counts.left_out += outcome.left_out;
    }
    // What was done scrolled by already; why something was not is said here, in one place, and each reason once.
    undone.retain(|(_, _, result)| !result.is_done());
    for (launch, change, result) in undone.iter().filter(|(_, _, result)| trouble(result).is_none()) {
        page.push(line(launch, change, result));
    }
    for kind in ["failed", "later", "in_doubt"] {
        let of_kind = undone.iter().filter(|(_, _, result)| word(result) == kind);
        for Trouble { failure: _, of } in by_cause(of_kind.filter_map(|one| Some((one, trouble(one.2)?)))) {
            page.push(together(&of));
        }
    }
    page.gap();
    page.push(counts.line());
    if let Some(hint) = hint(outcomes) {
        page.push(Line::new().add(Role::Dim, hint));
    }
    page.render(view)
}

/// The same for programs.
pub fn json(outcomes: &[Outcome<'_>], later: usize) -> String {
    let mut counts = Counts { done: later, ..Counts::default() };
    let launches: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let plan = outcome.before.plan;
            let results: Vec<_> = outcome
                .summary
                .results
                .iter()
                .map(|(index, result)| {
                    counts.add(result);
                    let change = &plan.changes[*index];
                    json!({
                        "subject": target(&change.subject),
                        "action": change.action,
                        "result": word(result),
                        "reason": told(result).2,
                    })
                })
                .collect();
            counts.waiting += waiting(outcome.after.plan) + told_beside(outcome);
            counts.left_out += outcome.left_out;
            json!({ "launch": plan.launch, "status": outcome.after.plan.status, "results": results })
        })
        .collect();
    let Counts { done, failed, waiting, not_tried, left_out } = counts;
    let summary = json!({
        "done": done, "failed": failed, "waiting": waiting, "not_tried": not_tried, "left_out": left_out
    });
    let document = json!({ "version": 1, "kind": "Apply", "launches": launches, "summary": summary });
    format!("{document:#}\n")
}

fn word(result: &StepResult) -> &'static str {
    match result {
        StepResult::Done => "done",
        StepResult::Failed(_) => "failed",
        StepResult::Later(_) => "later",
        StepResult::InDoubt(_) => "in_doubt",
        StepResult::NotYet(_) => "waiting",
        StepResult::NotTried(_) => "not_tried",
    }
}

/// Activities that are not as they should be, whatever holds them back.
pub fn open(plan: &Plan) -> usize {
    let is_open = |c: &&Change| matches!(c.subject, Target::Activity(_)) && (c.acts() || !c.blocked.is_empty());
    plan.changes.iter().filter(is_open).count()
}

/// Activities that wait for time, people or progress.
fn waiting(plan: &Plan) -> usize {
    plan.changes.iter().filter(|c| matches!(c.subject, Target::Activity(_)) && !c.blocked.is_empty()).count()
}

/// What is listed as not yet, and is none of the activities that [`waiting`] counts: a check, a milestone.
fn told_beside(outcome: &Outcome<'_>) -> usize {
    let (before, after) = (outcome.before.plan, outcome.after.plan);
    let is_counted = |subject: &Target| {
        matches!(subject, Target::Activity(_))
            && after.changes.iter().any(|c| c.subject == *subject && !c.blocked.is_empty())
    };
    let not_yet = outcome.summary.results.iter().filter(|(_, result)| matches!(result, StepResult::NotYet(_)));
    not_yet.filter(|(index, _)| !is_counted(&before.changes[**index].subject)).count()
}

fn hint(outcomes: &[Outcome<'_>]) -> Option<String> {
    let plans = || outcomes.iter().map(|o| o.after.plan);
    if plans().any(|p| p.ready().next().is_some()) {
        return Some("More is ready now: run `launchd apply` again, or use --wait.".into());
    }
    let first = plans().find(|p| waiting(p) > 0)?;
    Some(format!("`launchd why {}` says who or what is waited for.", first.launch))
}

#[derive(Default)]
struct Counts {
    done: usize,
    failed: usize,
    waiting: usize,
    not_tried: usize,
    left_out: usize,
}

impl Counts {
    fn add(&mut self, result: &StepResult) {
        match result {
            StepResult::Done => self.done += 1,
            StepResult::Failed(_) | StepResult::Later(_) | StepResult::InDoubt(_) => self.failed += 1,
            StepResult::NotYet(_) => {}
            StepResult::NotTried(_) => self.not_tried += 1,
        }
    }

    fn line(&self) -> Line {
        let role = if self.failed > 0 { Role::Bad } else { Role::Good };
        let mut line = Line::new().add(role, "Applied: ").plain(format!("{} done", self.done));
        if self.failed > 0 {
            line = line.plain(", ").add(Role::Bad, format!("{} failed", self.failed));
        }
        if self.waiting > 0 {
            line = line.plain(format!(", {}", count(self.waiting, "waiting", "waiting")));
        }
        if self.not_tried > 0 {
            line = line.plain(format!(", {} not tried", self.not_tried));
        }
        let line = line.plain(".");
        match self.left_out {
            0 => line,
            n => line.plain(format!(" {} of other milestones left out.", count(n, "activity", "activities"))),
        }
    }
}
