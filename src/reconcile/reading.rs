//! One reading of the plan files taken in: which launches are new, which are as before, and which do not resolve.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    intake::{Intake, Keeper},
    known::{Known, KnownFile, KnownLaunch, Stamp},
    observe::foreign_needs,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::resolve::{Loaded, LoadedLaunch},
        model::{
            launch::{Launch, Revision},
            name::Name,
        },
    },
    edges::sources::{
        Snapshot,
        directory::{Scan, Scanned},
    },
};

/// Two saves within so long may leave the same time on a file.
const GRAIN_NS: i128 = 20_000_000;

/// One launch as it was just read.
pub(super) struct ReadLaunch {
    pub name: Option<Name>,
    pub file: Arc<str>,
    pub launch: Option<Good>,
    /// Launches whose milestones it waits for, or may wait for where it does not resolve.
    pub foreign: BTreeSet<Name>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A launch that resolves.
pub(super) struct Good {
    pub revision: Revision,
    /// `None`: a [`Keeper`] took it.
    pub content: Option<Arc<Launch>>,
    /// A [`Keeper`] left it, so it is to be told of even if it is as before.
    pub left: bool,
}

impl Good {
    /// Hands the content on.
    pub fn hand_to(&mut self, keeper: &dyn Keeper, is_new: bool) {
        let Some(launch) = &self.content else { return };
        match keeper.keep(launch, &self.revision, is_new) {
            true => self.content = None,
            false => self.left = true,
        }
    }
}

impl ReadLaunch {
    pub fn new(one: LoadedLaunch) -> Self {
        let LoadedLaunch { name, file, launch, awaits, mut diagnostics } = one;
        // Warnings are told by `validate`; ten thousand plans' worth of them is not kept.
        // A launch that is held because of another has no error of its own, and its note says why.
        let is_held = launch.is_none() && !diagnostics.iter().any(Diagnostic::is_error);
        diagnostics.retain(|d| d.is_error() || is_held);
        let foreign = launch.iter().flat_map(|l| foreign_needs(l)).map(|(other, _)| other.clone());
        let foreign = foreign.chain(awaits).collect();
        let launch = launch.map(|launch| Good { revision: launch.revision(), content: Some(launch), left: false });
        Self { name, file, launch, foreign, diagnostics }
    }
}

/// What was read, beside the launches, and what was known before.
pub(super) struct Reading<'r> {
    pub scan: &'r Scan,
    pub snapshot: &'r Snapshot,
    pub loaded: &'r Loaded,
    pub before: &'r Known,
}

impl Reading<'_> {
    /// Notes what was read in `known`, and tells of it in `intake`.
    pub fn take_in(&self, launches: Vec<ReadLaunch>, known: &mut Known, intake: &mut Intake) {
        self.note_files(known);
        let told = self.loaded.diagnostics.iter().filter(|d| d.is_error());
        for diagnostic in told.chain(launches.iter().flat_map(|l| &l.diagnostics)) {
            let path = diagnostic.at.as_ref().map(|l| l.file.to_string()).unwrap_or_default();
            known.diagnostics.entry(path).or_default().push(diagnostic.clone());
        }
        for path in &self.loaded.broken {
            let problem = self.loaded.diagnostics.iter().find(|d| d.at.as_ref().is_some_and(|l| l.file == *path));
            known.broken.insert(path.to_string(), problem.map_or_else(|| path.to_string(), sentence));
        }
        let unreadable = self.snapshot.unreadable.first().map(|(path, why)| format!("{path}: {why}"));
        intake.incomplete = unreadable.or_else(|| known.broken.values().next().cloned());
        for one in launches {
            let is_same = self.before.has(&one);
            let Some(name) = &one.name else { continue };
            known.awaited.extend(one.foreign.iter().cloned());
            let revision = one.launch.as_ref().map(|good| good.revision.clone());
            let bad = one.launch.is_none().then(|| self.first_problem(&one));
            if let Some(file) = known.files.get_mut(&*one.file) {
                let foreign = one.foreign.into_iter().collect();
                file.launches.push(KnownLaunch { name: name.clone(), revision, foreign, quiet: None, rest: None });
            }
            let name = name.clone();
            match one.launch {
                Some(Good { left: false, .. }) if is_same => drop(intake.unchanged.insert(name)),
                Some(Good { revision, content: Some(launch), .. }) => {
                    drop(intake.good.insert(name, (launch, revision)))
                }
                Some(Good { content: None, .. }) => drop(intake.kept.insert(name)),
                None => drop(intake.bad.insert(name, bad.unwrap_or_default())),
            }
        }
    }

    fn note_files(&self, known: &mut Known) {
        let scanned: BTreeMap<&str, &Scanned> = self.scan.files.iter().map(|f| (f.path.as_str(), f)).collect();
        for file in &self.snapshot.files {
            if let Some(scanned) = scanned.get(&*file.path) {
                let settled = scanned.modified_ns + GRAIN_NS < self.scan.at_ns;
                let entry = KnownFile { stamp: Stamp::of(scanned), settled, launches: Vec::new() };
                known.files.insert(file.path.to_string(), entry);
            }
            if self.loaded.shared.contains(&file.path) {
                known.shared.insert(file.path.to_string(), file.clone());
            }
        }
    }

    /// A launch's first error in words: its own, or that of its file.
    fn first_problem(&self, one: &ReadLaunch) -> String {
        let errors = || self.loaded.diagnostics.iter().filter(|d| d.is_error());
        let of_file = || errors().find(|d| d.at.as_ref().is_some_and(|l| l.file == one.file));
        one.diagnostics.first().or_else(of_file).map_or_else(|| format!("{} cannot be used", one.file), sentence)
    }
}

fn sentence(problem: &Diagnostic) -> String {
    match &problem.at {
        Some(at) => format!("{}:{}:{}: {} ({})", at.file, at.line, at.column, problem.summary, problem.code),
        None => format!("{} ({})", problem.summary, problem.code),
    }
}
