//! Reads a folder of plan files again and again, in proportion to what changed.
//!
//! The first reading takes everything in. Later ones list the folder, read the files whose size, time or inode
//! changed, and resolve those together with the shared documents (profiles, calendars, teams, connectors), which are
//! kept. Where a change can reach further than its own file, everything is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{
    intake::{Intake, Reader},
    observe::foreign_needs,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::resolve::{self, Loaded, LoadedLaunch},
        model::{
            connector::Connector,
            launch::{Policy, Revision},
            name::Name,
            source::{Location, SourceFile},
        },
    },
    edges::sources::{
        Snapshot, Source, SourceError,
        directory::{DirectorySource, Scan, Scanned},
    },
};

/// Takes in the connectors that the files bring, beside the catalog's.
pub type TellConnectors = Box<dyn Fn(BTreeMap<Name, Arc<Connector>>) + Send + Sync>;

/// The plan files of a folder, as last read.
pub struct Files {
    source: Arc<DirectorySource>,
    policy: Policy,
    known: Mutex<Known>,
    /// Told of the connectors that the files bring, whenever everything was read.
    connectors: Option<TellConnectors>,
}

#[derive(Default)]
struct Known {
    read_once: bool,
    files: BTreeMap<String, KnownFile>,
    /// Documents that others build on, by path.
    shared: BTreeMap<String, SourceFile>,
    /// Launches that some other launch waits for.
    awaited: BTreeSet<Name>,
    diagnostics: BTreeMap<String, Vec<Diagnostic>>,
}

struct KnownFile {
    scanned: Scanned,
    launches: Vec<(Name, Option<Revision>)>,
    /// A launch of it waits for another launch.
    reaches_out: bool,
}

impl Files {
    pub fn new(source: Arc<DirectorySource>, policy: Policy, connectors: Option<TellConnectors>) -> Self {
        Self { source, policy, known: Mutex::new(Known::default()), connectors }
    }

    /// Everything that is wrong with the files, as of the last reading.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.diagnostics.values().flatten().cloned().collect()
    }

    /// The texts of the files that these places are in, for drawing source lines. One that is gone by now is left out.
    pub fn texts<'l>(&self, places: impl Iterator<Item = &'l Location>) -> BTreeMap<String, String> {
        let paths: BTreeSet<&str> = places.map(|at| &*at.file).collect();
        let Ok(snapshot) = self.source.read(paths) else { return BTreeMap::new() };
        let text = |file: &SourceFile| (file.path.to_string(), String::from_utf8_lossy(&file.bytes).into_owned());
        snapshot.files.iter().map(text).collect()
    }

    /// Reads what changed since the last reading.
    ///
    /// # Errors
    /// The folder is missing or unreadable: nothing is concluded.
    pub fn reread(&self) -> Result<Intake, SourceError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let scan = self.source.scan()?;
        if known.read_once
            && let Some(intake) = self.changed_only(&mut known, &scan)?
        {
            return Ok(intake);
        }
        self.everything(&mut known, &scan)
    }

    fn everything(&self, known: &mut Known, scan: &Scan) -> Result<Intake, SourceError> {
        let snapshot = self.source.read_all()?;
        let loaded = resolve::load(&snapshot.files, &self.policy);
        let mut intake = Intake { incomplete: incomplete(&snapshot, &loaded), ..Intake::default() };
        let before = std::mem::take(known);
        self.take_in(known, &snapshot, &loaded, scan, &mut intake, &before);
        known.read_once = true;
        if let Some(tell) = &self.connectors {
            tell(loaded.connectors);
        }
        Ok(intake)
    }

    /// `None` when the change may reach further than the files that changed.
    fn changed_only(&self, known: &mut Known, scan: &Scan) -> Result<Option<Intake>, SourceError> {
        let listed: BTreeMap<&str, &Scanned> = scan.files.iter().map(|f| (f.path.as_str(), f)).collect();
        let changed: Vec<&str> = listed
            .iter()
            .filter(|(path, file)| known.files.get(**path).is_none_or(|k| k.scanned != ***file))
            .map(|(path, _)| *path)
            .collect();
        let gone: Vec<String> = known.files.keys().filter(|p| !listed.contains_key(p.as_str())).cloned().collect();
        let far = |path: &str| known.shared.contains_key(path) || known.diagnostics.contains_key(path);
        if changed.iter().any(|p| far(p)) || gone.iter().any(|p| far(p)) || !scan.unreadable.is_empty() {
            return Ok(None);
        }
        let mut intake = Intake::default();
        if changed.is_empty() && gone.is_empty() {
            intake.unchanged = known.names();
            return Ok(Some(intake));
        }
        let snapshot = self.source.read(changed.iter().copied())?;
        let touched: BTreeSet<&str> = changed.iter().copied().chain(gone.iter().map(String::as_str)).collect();
        if !known.stands_alone(&touched) || !snapshot.unreadable.is_empty() {
            return Ok(None);
        }
        let mut files = snapshot.files.clone();
        files.extend(known.shared.values().cloned());
        let loaded = resolve::load(&files, &self.policy);
        let others: BTreeSet<&Name> = known.names_outside(&touched);
        let collides = loaded.launches.iter().filter_map(|l| l.name.as_ref()).any(|n| others.contains(n));
        let reaches =
            loaded.launches.iter().filter_map(|l| l.launch.as_ref()).any(|l| foreign_needs(l).next().is_some());
        let shares = snapshot.files.iter().any(|f| loaded.shared.contains(&f.path));
        if collides || reaches || shares || loaded.has_errors() {
            return Ok(None);
        }
        for path in &gone {
            known.files.remove(path);
        }
        let before = Known { files: known.take_files(&changed), ..Known::default() };
        self.take_in(known, &snapshot, &loaded, scan, &mut intake, &before);
        let told: BTreeSet<&Name> = intake.good.keys().chain(intake.bad.keys()).collect();
        intake.unchanged.extend(known.names().into_iter().filter(|n| !told.contains(n)));
        Ok(Some(intake))
    }

    fn take_in(
        &self,
        known: &mut Known,
        snapshot: &Snapshot,
        loaded: &Loaded,
        scan: &Scan,
        intake: &mut Intake,
        before: &Known,
    ) {
        let scanned: BTreeMap<&str, &Scanned> = scan.files.iter().map(|f| (f.path.as_str(), f)).collect();
        for file in &snapshot.files {
            if let Some(scanned) = scanned.get(&*file.path) {
                let entry = KnownFile { scanned: (*scanned).clone(), launches: Vec::new(), reaches_out: false };
                known.files.insert(file.path.to_string(), entry);
            }
            if loaded.shared.contains(&file.path) {
                known.shared.insert(file.path.to_string(), file.clone());
            }
        }
        for diagnostic in loaded.all_diagnostics().filter(|d| d.is_error()) {
            let path = diagnostic.at.as_ref().map(|l| l.file.to_string()).unwrap_or_default();
            known.diagnostics.entry(path).or_default().push(diagnostic.clone());
        }
        for one in &loaded.launches {
            let Some(name) = &one.name else { continue };
            let revision = one.launch.as_ref().map(|l| l.revision());
            let same = before.revision(&one.file, name).is_some_and(|r| r.is_some() && r == revision.as_ref());
            match &one.launch {
                Some(_) if same => drop(intake.unchanged.insert(name.clone())),
                Some(launch) => drop(intake.good.insert(name.clone(), Arc::clone(launch))),
                None => drop(intake.bad.insert(name.clone(), first_problem(one, loaded))),
            }
            let reaches = one.launch.as_ref().is_some_and(|l| foreign_needs(l).next().is_some());
            for (other, _) in one.launch.iter().flat_map(|l| foreign_needs(l)) {
                known.awaited.insert(other.clone());
            }
            if let Some(file) = known.files.get_mut(&*one.file) {
                file.launches.push((name.clone(), revision));
                file.reaches_out |= reaches;
            }
        }
    }
}

impl Known {
    fn names(&self) -> BTreeSet<Name> {
        self.files.values().flat_map(|f| &f.launches).map(|(name, _)| name.clone()).collect()
    }

    fn names_outside(&self, paths: &BTreeSet<&str>) -> BTreeSet<&Name> {
        let outside = self.files.iter().filter(|(path, _)| !paths.contains(path.as_str()));
        outside.flat_map(|(_, f)| &f.launches).map(|(name, _)| name).collect()
    }

    /// No launch of these files waits for another launch, and none is waited for.
    fn stands_alone(&self, paths: &BTreeSet<&str>) -> bool {
        paths
            .iter()
            .filter_map(|p| self.files.get(*p))
            .all(|f| !f.reaches_out && f.launches.iter().all(|(name, _)| !self.awaited.contains(name)))
    }

    fn take_files(&mut self, paths: &[&str]) -> BTreeMap<String, KnownFile> {
        paths.iter().filter_map(|p| self.files.remove_entry(*p)).collect()
    }

    fn revision(&self, file: &str, name: &Name) -> Option<Option<&Revision>> {
        let file = self.files.get(file)?;
        file.launches.iter().find(|(n, _)| n == name).map(|(_, revision)| revision.as_ref())
    }
}

#[async_trait]
impl Reader for Files {
    async fn read(&self) -> Intake {
        // Reading blocks for as long as the disk takes; the daemon has nothing better to do than to know what is wanted.
        match tokio::task::block_in_place(|| self.reread()) {
            Ok(intake) => intake,
            Err(error) => Intake { incomplete: Some(error.to_string()), ..Intake::default() },
        }
    }

    async fn changed(&self) {
        self.source.changed().await;
    }
}

/// Why a launch that is missing may still be there.
fn incomplete(snapshot: &Snapshot, loaded: &Loaded) -> Option<String> {
    if let Some((path, why)) = snapshot.unreadable.first() {
        return Some(format!("{path}: {why}"));
    }
    let broken = loaded.broken.first()?;
    let problem = loaded.diagnostics.iter().find(|d| d.at.as_ref().is_some_and(|l| l.file == *broken));
    Some(problem.map_or_else(|| broken.to_string(), sentence))
}

/// A launch's first error in words: its own, or that of its file.
fn first_problem(one: &LoadedLaunch, loaded: &Loaded) -> String {
    let own = one.diagnostics.iter().find(|d| d.is_error());
    let of_file =
        || loaded.diagnostics.iter().find(|d| d.is_error() && d.at.as_ref().is_some_and(|l| l.file == one.file));
    own.or_else(of_file).map_or_else(|| format!("{} cannot be used", one.file), sentence)
}

fn sentence(problem: &Diagnostic) -> String {
    match &problem.at {
        Some(at) => format!("{}:{}:{}: {} ({})", at.file, at.line, at.column, problem.summary, problem.code),
        None => format!("{} ({})", problem.summary, problem.code),
    }
}
