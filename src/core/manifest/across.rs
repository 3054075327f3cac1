//! What only shows when all launches are there: milestones of several launches that wait for each other.

use std::{collections::HashMap, sync::Arc};

use super::{
    node::{Node, Span},
    place::{Step, place},
    problem::{Problem, Texts},
    read::{Document, FileDocuments},
    resolve::LoadedLaunch,
};
use crate::core::{
    diagnostic::Severity,
    model::{
        activity::Need,
        launch::Launch,
        name::{Id, Name},
    },
    schedule::nodes::{Nodes, Subject},
};

/// Holds every launch of such a cycle, and says in each of them who its members are.
pub(super) fn hold_cycles(launches: &mut [Vec<LoadedLaunch>], files: &[FileDocuments<'_>], texts: &Texts<'_>) {
    loop {
        let involved: Vec<Arc<Launch>> = involved(launches);
        if involved.is_empty() {
            return;
        }
        let subjects = involved.iter().map(|launch| Subject { launch, state: None }).collect();
        let Err(circle) = Nodes::new(subjects, None) else { return };
        // A cycle within one launch is told with that launch, which is not among the good ones then.
        let members = &circle.members;
        let documents: HashMap<&Name, &Document<'_>> = files
            .iter()
            .flat_map(|f| &f.documents)
            .filter(|d| d.kind == super::document::Kind::Launch)
            .filter_map(|d| Some((d.name.as_ref()?, d)))
            .collect();
        let edge = |i: usize| (&members[i], &members[(i + 1) % members.len()]);
        let (mut held, mut told) = (false, None);
        for launch in launches.iter_mut().flatten() {
            let Some(name) = launch.name.clone() else { continue };
            let Some(first) = members.iter().position(|(l, _)| *l == name) else { continue };
            let spans: Vec<(Span, String)> = (0..members.len())
                .map(|k| edge((first + k) % members.len()))
                .filter_map(|(from, to)| Some((edge_span(documents.get(&from.0)?, from, to), words(from, to))))
                .collect();
            let Some(((span, _), rest)) = spans.split_first() else { continue };
            // The circle is one problem, told once; the others of it only say why they are held.
            let problem = match &told {
                None => problem(members, first, *span, rest),
                Some((teller, at)) => held_by(&name, teller, *span).related(*at, "the circle is told here"),
            };
            told.get_or_insert((name, *span));
            launch.launch = None;
            launch.diagnostics.push(texts.diagnostic(problem));
            held = true;
        }
        if !held {
            return;
        }
    }
}

/// Launches that need milestones of others, and those others.
fn involved(launches: &[Vec<LoadedLaunch>]) -> Vec<Arc<Launch>> {
    let good = || launches.iter().flatten().filter_map(|l| l.launch.as_ref());
    let foreign: std::collections::BTreeSet<&Name> = good().flat_map(|l| others(l)).collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    good().filter(|l| foreign.contains(&l.name) || others(l).next().is_some()).cloned().collect()
}

fn others(launch: &Launch) -> impl Iterator<Item = &Name> {
    let needs = launch.milestones.iter().flat_map(|m| &m.needs).chain(launch.activities.iter().flat_map(|a| &a.needs));
    needs.filter_map(|need| match need {
        Need::Foreign { launch, .. } => Some(launch),
        _ => None,
    })
}

fn problem(members: &[(Name, Id)], first: usize, span: Span, rest: &[(Span, String)]) -> Problem {
    let turned: Vec<_> = (0..members.len()).map(|k| &members[(first + k) % members.len()]).collect();
    let names: Vec<_> = turned.iter().map(|(launch, id)| format!("`{launch}/{id}`")).collect();
    let mut problem = Problem::error(
        "graph/cycle-across-launches",
        span,
        "launches that wait for each other",
        format!("{} → {}: each waits for the next, so none of them can begin.", names.join(" → "), names[0]),
    )
    .hint("Remove one of these dependencies.");
    for (span, words) in rest {
        problem = problem.related(*span, words.clone());
    }
    problem
}

fn held_by(launch: &Name, teller: &Name, span: Span) -> Problem {
    let detail = format!("`{launch}` is held: it is part of the circle that is told at `{teller}`.");
    Problem {
        severity: Severity::Note,
        ..Problem::error("graph/cycle-across-launches", span, "launches that wait for each other", detail)
    }
}

fn words((launch, item): &(Name, Id), (other, need): &(Name, Id)) -> String {
    if launch == other {
        format!("`{launch}/{item}` waits for `{need}`")
    } else {
        format!("`{launch}/{item}` needs `{other}/{need}`")
    }
}

/// Where it is written that one member waits for the next; where the member or its launch is, if a profile says so.
pub(in crate::core) fn edge_span(
    document: &Document<'_>,
    (launch, item): &(Name, Id),
    (other, need): &(Name, Id),
) -> Span {
    let Some(spec) = document.spec() else { return document.span };
    let text = if launch == other { need.to_string() } else { format!("{other}/{need}") };
    let milestones = spec.get("milestones").map(Node::entries).unwrap_or_default();
    for entry in milestones {
        let home = [Step::Key("milestones"), Step::Key(&entry.key)];
        let activities = entry.value.get("activities").map(Node::entries).unwrap_or_default();
        let own = activities.iter().map(|a| (&*a.key, vec![Step::Key("activities"), Step::Key(&a.key)]));
        for (id, rest) in own.chain([(&*entry.key, Vec::new())]) {
            if *item != *id {
                continue;
            }
            let path = [&home[..], &rest[..], &[Step::Key("needs")]].concat();
            let node = path.iter().try_fold(spec, |node, step| match *step {
                Step::Key(key) => node.get(key),
                Step::Index(index) => node.items().get(index),
            });
            let written = node.map(Node::items).unwrap_or_default();
            let found = written.iter().find(|n| n.as_str() == Some(&text));
            return found.map_or_else(|| place(spec, &path), |n| n.span);
        }
    }
    document.span
}
