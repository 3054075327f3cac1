//! `launchd diff --base`: two states of the files against each other, safe on a stranger's pull request.
//!
//! No network, no credential, no program but git, and no store: what is compared is what the files ask for.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    CommandResult, Exit, Session,
    desk::{Prepared, Selection},
    diff,
};
use crate::{
    core::{
        manifest::resolve::{self, Loaded},
        model::{
            event::{Event, EventKind},
            launch::Launch,
            name::{Actor, Name},
            observed::Observed,
            outcome::Object,
            state::{Applied, LaunchState},
        },
        plan::{inputs, plan},
        template::Context,
    },
    edges::sources::{Source, directory::DirectorySource, git::GitSource},
    reconcile::{Want, Wanted},
    ui::diagnostics::Report,
};

pub(super) async fn diff(base: &str, selection: &Selection, detailed: bool, session: &Session<'_>) -> CommandResult {
    let folder = &session.settings.source.value;
    let policy = &session.settings.policy.value;
    let before = GitSource::new(folder, base)?.snapshot().await?;
    let after = DirectorySource::new(folder.clone(), std::time::Duration::from_secs(300)).read_all()?;
    let (old, new) = (resolve::load(&before.files, policy), resolve::load(&after.files, policy));
    if new.has_errors() {
        let wrong: Vec<_> = new.all_diagnostics().filter(|d| d.is_error()).cloned().collect();
        let texts: Vec<_> = after.files.iter().map(|f| (&*f.path, String::from_utf8_lossy(&f.bytes))).collect();
        let mut report = Report::new(&wrong).under(&session.source_name());
        for (path, text) in &texts {
            report = report.text(path, text);
        }
        let view = session.out.error_view(session.now());
        session.out.complain(&report.human(view.colour, view.width));
    }
    let (old, broken) = (launches(&old), new.has_errors());
    let new = launches(&new);
    let mut prepared = Vec::new();
    let names: std::collections::BTreeSet<&Name> = old.keys().chain(new.keys()).collect();
    for name in names {
        if !selection.launches.is_empty() && !selection.launches.iter().any(|l| *name == **l) {
            continue;
        }
        prepared.extend(compare(name, old.get(name), new.get(name), session));
    }
    for one in &mut prepared {
        super::desk::narrow(&mut one.plan, &selection.milestone)?;
    }
    diff::show(&prepared, session.view(), session);
    if broken {
        return Ok(Exit::Unknown { detailed });
    }
    let changed = prepared.iter().any(|p| p.plan.differs());
    Ok(if changed { Exit::Changes { detailed } } else { Exit::Done })
}

fn launches(loaded: &Loaded) -> BTreeMap<Name, Arc<Launch>> {
    loaded.launches.iter().filter_map(|l| l.launch.as_ref()).map(|l| (l.name.clone(), Arc::clone(l))).collect()
}

/// The plan from a world in which the old file was applied completely.
fn compare(
    name: &Name,
    old: Option<&Arc<Launch>>,
    new: Option<&Arc<Launch>>,
    session: &Session<'_>,
) -> Option<Prepared> {
    if old.map(|l| l.revision()) == new.map(|l| l.revision()) {
        return None;
    }
    let policy = session.settings.policy.value.clone();
    let want = match new {
        Some(launch) => Want::Launch { revision: launch.revision(), launch: Arc::clone(launch) },
        None => Want::Gone { policy },
    };
    let wanted = Wanted { name: name.clone(), want };
    let state = old.map(|launch| applied(launch, session)).unwrap_or_default();
    let observed = Observed { state, ..Observed::default() };
    let plan = plan(wanted.desired(), &observed, session.now());
    Some(Prepared { wanted, observed, plan })
}

fn applied(launch: &Launch, session: &Session<'_>) -> LaunchState {
    let mut state = LaunchState::default();
    let revision = launch.revision();
    for (n, activity) in launch.activities.iter().enumerate() {
        let with = inputs::render(&activity.with, &Context::new(), false).value;
        let applied = Applied {
            uses: activity.uses.clone(),
            effect: activity.effect,
            key_support: activity.key,
            with,
            inputs: activity.inputs_fingerprint(),
            readback: BTreeMap::new(),
            revision: revision.clone(),
            at: session.now(),
            on_remove: activity.on_remove,
            on_cancel: activity.on_cancel.clone(),
        };
        let object = Object { id: String::new(), done: true, ..Object::default() };
        let kind = EventKind::Adopted { activity: activity.id.clone(), applied: Box::new(applied), object };
        let seq = u64::try_from(n).unwrap_or(0) + 1;
        state.fold(&Event { seq, at: session.now(), launch: launch.name.clone(), actor: Actor("base".into()), kind });
    }
    state
}
