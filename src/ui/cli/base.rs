//! `launchd diff --base`: two states of the files against each other, safe on a stranger's pull request.
//!
//! No network, no credential, no program but git, and no store: what is compared is what the files ask for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    CommandResult, Exit, Session, clashes,
    desk::{Prepared, Selection},
    diff,
    files::Files,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::resolve::{self, Loaded},
        model::{launch::Launch, name::Name, observed::Observed, state::LaunchState},
        plan::difference,
        portfolio::impact,
        schedule::shift::Shift,
    },
    edges::sources::{Source, git::GitSource},
    reconcile::{Want, Wanted},
};

pub(super) async fn diff(base: &str, selection: &Selection, detailed: bool, session: &Session<'_>) -> CommandResult {
    let policy = &session.settings.policy.value;
    let before = GitSource::new(&session.settings.source.value, base)?.snapshot().await?;
    for (path, why) in &before.unreadable {
        session.out.complain(&format!("note: at {base}, {path} is left out: {why}\n"));
    }
    let old = resolve::load(&before.files, policy);
    let files = Files::of_source(session)?;
    let judged = files.judge(&session.settings);
    let broken = judged.diagnostics().any(Diagnostic::is_error);
    if broken {
        let view = session.out.error_view(session.now());
        let report = judged.report(judged.diagnostics().filter(|d| d.is_error()));
        session.out.complain(&report.human(view.colour, view.width));
    }
    let new = &judged.loaded;
    // A launch that does not resolve is not one that left: nothing is said of it but its problems.
    let unclear = if new.broken.is_empty() && judged.are_read() { unresolved(new) } else { names(&old) };
    let teams = new.teams.clone();
    let (lost, old, new) = (unresolved(&old), launches(&old), launches(new));
    let (mut prepared, mut shifts) = (Vec::new(), Vec::new());
    let all: BTreeSet<&Name> = old.keys().chain(new.keys()).collect();
    for name in all {
        let is_selected = selection.launches.is_empty() || selection.launches.iter().any(|l| *name == **l);
        if !is_selected || (unclear.contains(name) && !new.contains_key(name)) {
            continue;
        }
        if lost.contains(name) {
            session.out.complain(&format!("note: {name} has errors at {base}, so all of it is shown as new.\n"));
        }
        let compared = compare(name, old.get(name), new.get(name), session);
        if let (Some(_), Some(old), Some(new)) = (&compared, old.get(name), new.get(name)) {
            shifts.push(Shift::of(old, new, &LaunchState::default(), session.now()));
        }
        prepared.extend(compared);
    }
    for one in &mut prepared {
        super::desk::narrow(&mut one.plan, &selection.milestone)?;
    }
    shifts.retain(Shift::changes_dates);
    let (before, after): (Vec<&Launch>, Vec<&Launch>) =
        (old.values().map(|l| &**l).collect(), new.values().map(|l| &**l).collect());
    impact::across(&mut shifts, &before, &after, &teams);
    let moved = clashes::beside(shifts, &by_name(&old), &by_name(&new), session);
    diff::show(&prepared, &moved, session.view(), session);
    if broken {
        return Ok(Exit::Unknown { detailed });
    }
    Ok(if !prepared.is_empty() { Exit::Changes { detailed } } else { Exit::Done })
}

fn names(loaded: &Loaded) -> BTreeSet<Name> {
    loaded.launches.iter().filter_map(|l| l.name.clone()).collect()
}

fn by_name(launches: &BTreeMap<Name, Arc<Launch>>) -> HashMap<&Name, &Launch> {
    launches.iter().map(|(name, launch)| (name, &**launch)).collect()
}

/// Launches that have errors.
fn unresolved(loaded: &Loaded) -> BTreeSet<Name> {
    loaded.launches.iter().filter(|l| l.launch.is_none()).filter_map(|l| l.name.clone()).collect()
}

fn launches(loaded: &Loaded) -> BTreeMap<Name, Arc<Launch>> {
    loaded.launches.iter().filter_map(|l| l.launch.as_ref()).map(|l| (l.name.clone(), Arc::clone(l))).collect()
}

/// What the change of the files changes of one launch.
fn compare(
    name: &Name,
    old: Option<&Arc<Launch>>,
    new: Option<&Arc<Launch>>,
    session: &Session<'_>,
) -> Option<Prepared> {
    let plan = difference(name, old.map(|l| &**l), new.map(|l| &**l), session.now())?;
    let want = match new.or(old) {
        Some(launch) => Want::Launch { revision: launch.revision(), launch: Arc::clone(launch) },
        None => Want::Gone { policy: session.settings.policy.value.clone() },
    };
    Some(Prepared { wanted: Wanted { name: name.clone(), want }, observed: Observed::default(), plan })
}
