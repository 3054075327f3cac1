//! Which launches and which of their parts a command is about, as they were typed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, launch};
use crate::{
    core::plan::Plan,
    reconcile::{Want, Wanted},
    ui::render::text::list,
};

/// Which launches and which parts of them.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Selection {
    /// Launches [default: all].
    #[arg(value_name = "LAUNCH")]
    pub launches: Vec<String>,
    /// Only this milestone's part. May be given several times.
    #[arg(long, short, value_name = "MILESTONE")]
    pub milestone: Vec<String>,
    /// Only launches with this label. May be given several times; all must fit.
    #[arg(long, short, value_name = "KEY=VALUE")]
    pub label: Vec<String>,
}

/// The wanted launches that a selection names.
///
/// # Errors
/// One is unknown, or a label cannot be read, or none has it.
pub(super) fn select(wanted: Vec<Wanted>, selection: &Selection) -> Result<Vec<Wanted>, Problem> {
    let mut names = BTreeSet::new();
    for text in &selection.launches {
        let name = launch::name(text)?;
        if !wanted.iter().any(|w| w.name == name) {
            let known: Vec<String> = wanted.iter().map(|w| w.name.to_string()).collect();
            return Err(launch::unknown("launch", text, &known));
        }
        names.insert(name);
    }
    let labels = labels(&selection.label)?;
    let fits = |one: &Wanted| {
        let named = names.is_empty() || names.contains(&one.name);
        named && labels.iter().all(|label| has(one, label))
    };
    refuse_unknown(&wanted.iter().collect::<Vec<_>>(), &labels)?;
    Ok(wanted.into_iter().filter(fits).collect())
}

/// Refuses a label that no launch has: most likely it is misspelt, and nothing at all would be shown.
///
/// # Errors
/// Says which labels there are.
pub(super) fn refuse_unknown(wanted: &[&Wanted], labels: &[(&str, &str)]) -> Result<(), Problem> {
    let Some((key, value)) = labels.iter().find(|label| !wanted.iter().any(|one| has(one, label))) else {
        return Ok(());
    };
    let values = wanted.iter().filter_map(|one| labels_of(one)?.get(*key)).cloned();
    let known: BTreeSet<String> = values.map(|value| format!("{key}={value}")).collect();
    let problem = Problem::new(format!("no launch has the label `{key}={value}`"));
    Err(match known.is_empty() {
        true => problem.hint(format!("none has a label `{key}` at all")),
        false => problem.hint(format!("there are: {}", list(&Vec::from_iter(known), 12))),
    })
}

fn has(one: &Wanted, (key, value): &(&str, &str)) -> bool {
    labels_of(one).is_some_and(|own| own.get(*key).map(String::as_str) == Some(*value))
}

/// Labels as they are typed: `KEY=VALUE`.
///
/// # Errors
/// One has no `=`.
pub fn labels(texts: &[String]) -> Result<Vec<(&str, &str)>, Problem> {
    let split = |text: &'_ String| -> Option<(usize, usize)> { text.find('=').map(|at| (at, at + 1)) };
    let mut labels = Vec::new();
    for text in texts {
        let Some((end, start)) = split(text) else {
            return Err(
                Problem::new(format!("`{text}` is no label")).hint("write --label KEY=VALUE, e.g. --label tier=1")
            );
        };
        labels.push((&text[..end], &text[start..]));
    }
    Ok(labels)
}

fn labels_of(one: &Wanted) -> Option<&BTreeMap<String, String>> {
    match &one.want {
        Want::Launch { launch, .. } => Some(&launch.labels),
        Want::Held { last_good, .. } => last_good.as_ref().map(|(launch, _)| &launch.labels),
        Want::Gone { .. } => None,
    }
}

/// Keeps the parts of a plan that belong to some milestones, and what those wait for.
pub fn narrow(plan: &mut Plan, milestones: &[String]) -> Result<(), Problem> {
    if milestones.is_empty() {
        return Ok(());
    }
    for wanted in milestones {
        if !plan.milestones.iter().any(|m| m.id == **wanted) {
            let known: Vec<String> = plan.milestones.iter().map(|m| m.id.to_string()).collect();
            return Err(launch::unknown("milestone", wanted, &known));
        }
    }
    let mut kept = BTreeSet::new();
    for (index, change) in plan.changes.iter().enumerate() {
        if change.milestone.as_ref().is_some_and(|m| milestones.iter().any(|w| *m == **w)) {
            keep(plan, index, &mut kept);
        }
    }
    let old: Vec<usize> = kept.into_iter().collect();
    let renumbered = |index: &usize| old.binary_search(index).ok();
    plan.changes = old
        .iter()
        .map(|index| {
            let mut change = plan.changes[*index].clone();
            change.after = change.after.iter().filter_map(renumbered).collect();
            change
        })
        .collect();
    plan.gate = plan.gate.iter().filter_map(renumbered).collect();
    Ok(())
}

fn keep(plan: &Plan, index: usize, kept: &mut BTreeSet<usize>) {
    let (mut open, mut passed) = (vec![index], false);
    while let Some(index) = open.pop() {
        let Some(change) = plan.changes.get(index).filter(|_| kept.insert(index)) else { continue };
        open.extend(&change.after);
        if change.after_gate && !std::mem::replace(&mut passed, true) {
            open.extend(&plan.gate);
        }
    }
}
