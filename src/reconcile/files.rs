//! Reads a folder of plan files again and again, in proportion to what changed.
//!
//! The first reading takes everything in. Later ones list the folder, read the files whose size, time or inode
//! changed, and resolve those together with the shared documents (profiles, calendars, teams, connectors), which are
//! kept. Where a change can reach further than its own file, everything is read. With an [`Index`], a command's first
//! reading is a later one already.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{
    index::{Anchor, Index, Kept, KeptFile, KeptLaunch, Quiet},
    intake::{Intake, Reader},
    loading::load_all,
    observe::foreign_needs,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            document::LintLevel,
            resolve::{self, Loaded, LoadedLaunch},
            weight::weigh,
        },
        model::{
            Timestamp,
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
    /// What settings make of warnings: one that is an error holds its launch.
    lints: BTreeMap<String, LintLevel>,
    known: Mutex<Known>,
    /// Told of the connectors that the files bring, whenever everything was read.
    connectors: Option<TellConnectors>,
    index: Option<Index>,
}

#[derive(Default)]
struct Known {
    read_once: bool,
    /// Which store the quiet plans were made from.
    anchor: Option<Anchor>,
    files: BTreeMap<String, KnownFile>,
    /// Documents that others build on, by path.
    shared: BTreeMap<String, SourceFile>,
    /// Launches that some other launch waits for.
    awaited: BTreeSet<Name>,
    diagnostics: BTreeMap<String, Vec<Diagnostic>>,
}

struct KnownFile {
    scanned: Scanned,
    /// It was saved so long before it was read that a later save shows in its time.
    settled: bool,
    launches: Vec<KnownLaunch>,
}

struct KnownLaunch {
    name: Name,
    /// `None`: it does not resolve.
    revision: Option<Revision>,
    /// Launches whose milestones it waits for.
    foreign: Vec<Name>,
    quiet: Option<Quiet>,
}

/// Two saves within so long may leave the same time on a file.
const GRAIN_NS: i128 = 20_000_000;

impl Files {
    pub fn new(source: Arc<DirectorySource>, policy: Policy, connectors: Option<TellConnectors>) -> Self {
        Self { source, policy, lints: BTreeMap::new(), known: Mutex::new(Known::default()), connectors, index: None }
    }

    /// Weighs warnings as settings say.
    #[must_use]
    pub fn with_lints(mut self, lints: BTreeMap<String, LintLevel>) -> Self {
        self.lints = lints;
        self
    }

    fn weighed(&self, mut loaded: Loaded) -> Loaded {
        weigh(&mut loaded, &self.lints);
        loaded
    }

    /// Where one process leaves what it found for the next.
    #[must_use]
    pub fn with_index(mut self, path: PathBuf) -> Self {
        self.index = Some(Index::new(path, self.source.root(), &self.policy));
        self
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

    /// As [`Files::reread`], from where the last process left off.
    ///
    /// # Errors
    /// As [`Files::reread`].
    pub fn glance(&self) -> Result<Intake, SourceError> {
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if !known.read_once
                && let Some(kept) = self.index.as_ref().and_then(Index::load)
            {
                *known = self.known_from(kept)?;
            }
        }
        self.reread()
    }

    fn known_from(&self, kept: Kept) -> Result<Known, SourceError> {
        let mut known = Known { read_once: true, anchor: kept.anchor, ..Known::default() };
        let shared: Vec<&str> = kept.files.iter().filter(|f| f.shared).map(|f| f.path.as_str()).collect();
        let snapshot = self.source.read(shared)?;
        if !snapshot.unreadable.is_empty() {
            return Ok(Known::default());
        }
        known.shared = snapshot.files.into_iter().map(|f| (f.path.to_string(), f)).collect();
        if !known.shared.is_empty() {
            self.tell(resolve::load(&known.shared.values().cloned().collect::<Vec<_>>(), &self.policy).connectors);
        }
        for file in kept.files {
            let KeptFile { path, size, modified_ns, inode, shared: _, launches } = file;
            let launch = |l: KeptLaunch| KnownLaunch {
                name: l.name,
                revision: Some(l.revision),
                foreign: l.foreign,
                quiet: l.quiet,
            };
            let launches: Vec<_> = launches.into_iter().map(launch).collect();
            known.awaited.extend(launches.iter().flat_map(|l| l.foreign.iter().cloned()));
            let scanned = Scanned { path: path.clone(), size, modified_ns: modified_ns.into(), inode };
            known.files.insert(path, KnownFile { scanned, settled: true, launches });
        }
        Ok(known)
    }

    /// Reads these unchanged launches after all: they become good ones of the intake.
    ///
    /// # Errors
    /// As [`Files::reread`].
    pub fn recall(&self, names: &BTreeSet<Name>, intake: &mut Intake) -> Result<(), SourceError> {
        if names.is_empty() {
            return Ok(());
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |wanted: &BTreeSet<Name>| -> BTreeSet<&str> {
            let holds = |f: &&KnownFile| f.launches.iter().any(|l| wanted.contains(&l.name));
            known.files.values().filter(holds).map(|f| f.scanned.path.as_str()).collect()
        };
        // A milestone of another launch is looked for in that launch's document.
        let told = known.files.values().flat_map(|f| &f.launches).filter(|l| names.contains(&l.name));
        let mut wanted: BTreeSet<Name> = told.flat_map(|l| l.foreign.iter().cloned()).collect();
        wanted.extend(names.iter().cloned());
        let snapshot = self.source.read(of(&wanted))?;
        let mut files = snapshot.files;
        files.extend(
            known.shared.values().filter(|s| files.iter().all(|f| f.path != s.path)).cloned().collect::<Vec<_>>(),
        );
        let loaded = self.weighed(load_all(&files, &self.policy));
        let mut found = BTreeMap::new();
        for one in &loaded.launches {
            if let (Some(name), Some(launch)) = (&one.name, &one.launch)
                && names.contains(name)
                && known.revision(&one.file, name) == Some(Some(&launch.revision()))
            {
                found.insert(name.clone(), Arc::clone(launch));
            }
        }
        if found.len() < names.len() {
            // Somebody saved in between.
            let scan = self.source.scan()?;
            *intake = self.everything(&mut known, &scan)?;
            return Ok(());
        }
        intake.unchanged.retain(|name| !names.contains(name));
        intake.good.extend(found);
        Ok(())
    }

    /// Of these launches, the ones whose plan is known to have nothing to say, by the versions of their states.
    pub fn quiet(
        &self,
        names: &BTreeSet<Name>,
        anchor: Option<&Anchor>,
        versions: &BTreeMap<Name, u64>,
        now: Timestamp,
    ) -> BTreeMap<Name, Quiet> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.anchor.as_ref() != anchor {
            return BTreeMap::new();
        }
        let launches = known.files.values().flat_map(|f| &f.launches).filter(|l| names.contains(&l.name));
        let holds =
            |l: &&KnownLaunch| l.quiet.is_some_and(|q| q.holds(versions.get(&l.name).copied().unwrap_or(0), now));
        launches.filter(holds).filter_map(|l| Some((l.name.clone(), l.quiet?))).collect()
    }

    /// The event by which the store of the quiet plans is known again.
    pub fn anchor(&self) -> Option<Anchor> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).anchor.clone()
    }

    /// Leaves for the next process what this one found. `quiet` replaces what was known of all launches.
    pub fn leave(&self, anchor: Option<Anchor>, quiet: &BTreeMap<Name, Quiet>) {
        let Some(index) = &self.index else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A file with a problem is judged together with all others, so nothing can be skipped while there is one.
        if !known.read_once || !known.diagnostics.is_empty() {
            return;
        }
        known.anchor = anchor;
        for launch in known.files.values_mut().flat_map(|f| &mut f.launches) {
            // Another launch's milestone may come without a change of this one.
            launch.quiet = quiet.get(&launch.name).copied().filter(|_| launch.foreign.is_empty());
        }
        index.save(&known.kept());
    }

    fn tell(&self, connectors: BTreeMap<Name, Arc<Connector>>) {
        if let Some(tell) = &self.connectors {
            tell(connectors);
        }
    }

    fn everything(&self, known: &mut Known, scan: &Scan) -> Result<Intake, SourceError> {
        let snapshot = self.source.read_all()?;
        let loaded = self.weighed(load_all(&snapshot.files, &self.policy));
        let mut intake = Intake { incomplete: incomplete(&snapshot, &loaded), ..Intake::default() };
        let before = std::mem::take(known);
        self.take_in(known, &snapshot, &loaded, scan, &mut intake, &before);
        known.read_once = true;
        self.tell(loaded.connectors);
        Ok(intake)
    }

    /// `None` when the change may reach further than the files that changed.
    fn changed_only(&self, known: &mut Known, scan: &Scan) -> Result<Option<Intake>, SourceError> {
        let listed: BTreeMap<&str, &Scanned> = scan.files.iter().map(|f| (f.path.as_str(), f)).collect();
        let changed: Vec<&str> = listed
            .iter()
            .filter(|(path, file)| known.files.get(**path).is_none_or(|k| !k.settled || k.scanned != ***file))
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
        let loaded = self.weighed(resolve::load(&files, &self.policy));
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
                let settled = scanned.modified_ns + GRAIN_NS < scan.at_ns;
                let entry = KnownFile { scanned: (*scanned).clone(), settled, launches: Vec::new() };
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
            let foreign: BTreeSet<Name> =
                one.launch.iter().flat_map(|l| foreign_needs(l)).map(|(other, _)| other.clone()).collect();
            known.awaited.extend(foreign.iter().cloned());
            if let Some(file) = known.files.get_mut(&*one.file) {
                let foreign = foreign.into_iter().collect();
                file.launches.push(KnownLaunch { name: name.clone(), revision, foreign, quiet: None });
            }
        }
    }
}

impl Known {
    fn names(&self) -> BTreeSet<Name> {
        self.files.values().flat_map(|f| &f.launches).map(|l| l.name.clone()).collect()
    }

    fn names_outside(&self, paths: &BTreeSet<&str>) -> BTreeSet<&Name> {
        let outside = self.files.iter().filter(|(path, _)| !paths.contains(path.as_str()));
        outside.flat_map(|(_, f)| &f.launches).map(|l| &l.name).collect()
    }

    /// No launch of these files waits for another launch, and none is waited for.
    fn stands_alone(&self, paths: &BTreeSet<&str>) -> bool {
        paths
            .iter()
            .filter_map(|p| self.files.get(*p))
            .flat_map(|f| &f.launches)
            .all(|l| l.foreign.is_empty() && !self.awaited.contains(&l.name))
    }

    fn take_files(&mut self, paths: &[&str]) -> BTreeMap<String, KnownFile> {
        paths.iter().filter_map(|p| self.files.remove_entry(*p)).collect()
    }

    fn revision(&self, file: &str, name: &Name) -> Option<Option<&Revision>> {
        let file = self.files.get(file)?;
        file.launches.iter().find(|l| l.name == *name).map(|l| l.revision.as_ref())
    }

    fn kept(&self) -> Kept {
        let launch = |l: &KnownLaunch| {
            let (name, revision, foreign) = (l.name.clone(), l.revision.clone()?, l.foreign.clone());
            Some(KeptLaunch { name, revision, foreign, quiet: l.quiet })
        };
        let file = |f: &KnownFile| {
            Some(KeptFile {
                path: f.scanned.path.clone(),
                size: f.scanned.size,
                modified_ns: f.scanned.modified_ns.try_into().ok()?,
                inode: f.scanned.inode,
                shared: self.shared.contains_key(&f.scanned.path),
                launches: f.launches.iter().map(launch).collect::<Option<_>>()?,
            })
        };
        let files = self.files.values().filter(|f| f.settled).filter_map(file).collect();
        Kept { anchor: self.anchor.clone(), files }
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
