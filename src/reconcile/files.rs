//! Reads a folder of plan files again and again, in proportion to what changed.
//!
//! The first reading takes everything in. Later ones list the folder, read the files whose size, time or inode
//! changed, and resolve those together with the shared documents (profiles, calendars, teams, connectors), which are
//! kept. Where a change can reach further than its own file, everything is read. With an [`Index`], a process's first
//! reading is a later one already.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    index::{Anchor, Index, Kept, Quiet, Rest},
    intake::{FEW, Intake, Keeper, Reader, Standing},
    known::{Known, KnownLaunch},
    loading::{load_each, threads_for},
    reading::{Good, ReadLaunch, Reading},
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        manifest::{
            document::LintLevel,
            loading::Told,
            resolve::{self, Loaded},
            weight::{weigh, weigh_launch},
        },
        model::{
            Timestamp,
            connector::Connector,
            fingerprint::Fingerprint,
            launch::Policy,
            name::Name,
            source::{Location, SourceFile},
            team::Teams,
        },
    },
    edges::sources::{
        Source, SourceError,
        directory::{DirectorySource, Scan},
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

    /// Where one process leaves what it found for the next. `settings`: what else of them shows in a plan.
    #[must_use]
    pub fn with_index(mut self, path: PathBuf, settings: &Fingerprint) -> Self {
        self.index = Some(Index::new(path, self.source.root(), &self.policy, &self.lints, settings));
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that is wrong with the files, as of the last reading.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.known().diagnostics.values().flatten().cloned().collect()
    }

    /// The teams of the files, as of the last reading, less those with errors.
    pub fn teams(&self) -> Teams {
        self.known().teams.clone()
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
        self.reread_for(None)
    }

    fn reread_for(&self, keeper: Option<&dyn Keeper>) -> Result<Intake, SourceError> {
        let mut known = self.known();
        let scan = self.source.scan()?;
        self.reread_from(&mut known, &scan, keeper)
    }

    fn reread_from(&self, known: &mut Known, scan: &Scan, keeper: Option<&dyn Keeper>) -> Result<Intake, SourceError> {
        if known.read_once
            && let Some(intake) = self.changed_only(known, scan)?
        {
            return Ok(intake);
        }
        self.everything(known, scan, keeper)
    }

    /// As [`Files::reread`], from where the last process left off. Of many launches that were read, only those stay in memory that `keeper` leaves.
    pub fn glance(&self, keeper: Option<&dyn Keeper>) -> Result<Intake, SourceError> {
        let Some(index) = self.index.as_ref().filter(|_| !self.known().read_once) else {
            return self.reread_for(keeper);
        };
        // Each takes some twenty milliseconds where there are ten thousand files.
        let (kept, scan) = std::thread::scope(|scope| {
            let kept = scope.spawn(|| index.load());
            let scan = self.source.scan();
            (kept.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), scan)
        });
        let mut known = self.known();
        if let Some(kept) = kept {
            *known = self.known_from(kept)?;
        }
        self.reread_from(&mut known, &scan?, keeper)
    }

    fn known_from(&self, kept: Kept) -> Result<Known, SourceError> {
        let shared: Vec<&str> = kept.files.iter().filter(|f| f.shared).map(|f| f.path.as_str()).collect();
        let snapshot = self.source.read(shared)?;
        if !snapshot.unreadable.is_empty() {
            return Ok(Known::default());
        }
        let mut teams = Teams::new();
        if !snapshot.files.is_empty() {
            let loaded = resolve::load(&snapshot.files, &self.policy);
            teams = loaded.teams;
            self.tell(loaded.connectors);
        }
        Ok(Known::from_kept(kept, snapshot.files, teams))
    }

    /// Reads these unchanged launches after all: they become good ones of the intake.
    ///
    /// # Errors
    /// As [`Files::reread`].
    pub fn recall(&self, names: &BTreeSet<Name>, intake: &mut Intake) -> Result<(), SourceError> {
        if names.is_empty() {
            return Ok(());
        }
        let mut known = self.known();
        // A milestone of another launch is looked for in that launch's document.
        let told = known.launches().filter(|l| names.contains(&l.name));
        let mut wanted: BTreeSet<Name> = told.flat_map(|l| l.foreign.iter().cloned()).collect();
        wanted.extend(names.iter().cloned());
        let mut files = self.source.read(known.homes(&wanted))?.files;
        let beside = known.shared.values().filter(|s| files.iter().all(|f| f.path != s.path)).cloned();
        files.extend(beside.collect::<Vec<_>>());
        let (launches, _) = self.load(&files, |_| {});
        let mut found = BTreeMap::new();
        for one in launches {
            if let (Some(name), Some(Good { revision, content: Some(launch), .. })) = (one.name, one.launch)
                && names.contains(&name)
                && known.launch(&one.file, &name).is_some_and(|l| l.revision.as_ref() == Some(&revision))
            {
                found.insert(name, (launch, revision));
            }
        }
        if found.len() < names.len() {
            // Somebody saved in between.
            let scan = self.source.scan()?;
            *intake = self.everything(&mut known, &scan, None)?;
            return Ok(());
        }
        intake.unchanged.retain(|name| !names.contains(name));
        intake.kept.retain(|name| !names.contains(name));
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
        let known = self.known();
        if known.anchor.as_ref() != anchor {
            return BTreeMap::new();
        }
        let holds =
            |l: &&KnownLaunch| l.quiet.is_some_and(|q| q.holds(versions.get(&l.name).copied().unwrap_or(0), now));
        let launches = known.launches().filter(|l| names.contains(&l.name));
        launches.filter(holds).filter_map(|l| Some((l.name.clone(), l.quiet?))).collect()
    }

    /// The event by which the store of the quiet plans is known again.
    pub fn anchor(&self) -> Option<Anchor> {
        self.known().anchor.clone()
    }

    /// Leaves for the next process what this one found. `quiet` replaces what was known of all launches.
    pub fn leave(&self, anchor: Option<Anchor>, quiet: &BTreeMap<Name, Quiet>) {
        self.leave_with(anchor, |launch| launch.quiet = quiet.get(&launch.name).copied());
    }

    fn leave_with(&self, anchor: Option<Anchor>, update: impl Fn(&mut KnownLaunch)) {
        let Some(index) = &self.index else { return };
        let mut known = self.known();
        if !known.read_once || known.has_errors_of_no_file() {
            return;
        }
        known.anchor = anchor;
        for launch in known.files.values_mut().flat_map(|f| &mut f.launches) {
            update(launch);
            if !launch.foreign.is_empty() {
                // Another launch's milestone may come without a change of this one.
                (launch.quiet, launch.rest) = (None, None);
            }
        }
        index.save(&known.kept());
    }

    fn tell(&self, connectors: BTreeMap<Name, Arc<Connector>>) {
        if let Some(tell) = &self.connectors {
            tell(connectors);
        }
    }

    /// Resolves files, and weighs what is said of them. `settle` sees each launch as soon as it is read, on any thread.
    fn load(&self, files: &[SourceFile], settle: impl Fn(&mut ReadLaunch) + Sync) -> (Vec<ReadLaunch>, Loaded) {
        // A warning is told here only where it counts as an error.
        let strict = self.lints.values().any(|level| *level == LintLevel::Error);
        let told = if strict { Told::Everything } else { Told::Errors };
        let (launches, mut loaded) = load_each(files, &self.policy, threads_for(files.len()), told, |mut launch| {
            weigh_launch(&mut launch, &self.lints);
            let mut read = ReadLaunch::new(launch);
            settle(&mut read);
            read
        });
        weigh(&mut loaded, &self.lints);
        (launches, loaded)
    }

    /// Of many launches, only those stay in memory that `keeper` leaves.
    fn everything(&self, known: &mut Known, scan: &Scan, keeper: Option<&dyn Keeper>) -> Result<Intake, SourceError> {
        let snapshot = self.source.read_all()?;
        let keeper = keeper.filter(|_| snapshot.files.len() > FEW);
        let (launches, loaded) = self.load(&snapshot.files, |read| {
            let Some(keeper) = keeper else { return };
            let is_new = !known.has(read);
            read.launch.iter_mut().for_each(|good| good.hand_to(keeper, is_new));
        });
        let before = std::mem::take(known);
        let reading = Reading { scan, snapshot: &snapshot, loaded: &loaded, before: &before };
        let mut intake = Intake::default();
        reading.take_in(launches, known, &mut intake);
        known.note_empty(loaded.empty.iter().map(ToString::to_string), &before);
        (intake.empty, intake.emptied) = (known.empty.clone(), known.emptied.clone());
        (known.read_once, known.teams) = (true, loaded.teams);
        self.tell(loaded.connectors);
        Ok(intake)
    }

    /// `None` when the change may reach further than the files that changed.
    fn changed_only(&self, known: &mut Known, scan: &Scan) -> Result<Option<Intake>, SourceError> {
        let (changed, gone) = known.compare(&scan.files);
        let far = |path: &str| known.shared.contains_key(path) || known.empty.contains(path);
        if changed.iter().any(|p| far(p)) || gone.iter().any(|p| far(p)) || !scan.unreadable.is_empty() {
            return Ok(None);
        }
        let (empty, emptied) = (known.empty.clone(), known.emptied.clone());
        let incomplete = known.broken.values().next().cloned();
        let mut intake = Intake { empty, emptied, incomplete, ..Intake::default() };
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
        let (launches, loaded) = self.load(&files, |_| {});
        let named: BTreeSet<&Name> = launches.iter().filter_map(|l| l.name.as_ref()).collect();
        let collides = known.launches_outside(&touched).any(|l| named.contains(&l.name));
        let reaches =
            launches.iter().any(|l| !l.foreign.is_empty()) || named.iter().any(|n| known.awaited.contains(*n));
        let shares = snapshot.files.iter().any(|f| loaded.shared.contains(&f.path));
        let is_own = |d: &Diagnostic| d.at.as_ref().is_some_and(|at| touched.contains(&*at.file));
        let is_bad = loaded.diagnostics.iter().any(|d| d.is_error() && !is_own(d));
        if collides || reaches || shares || is_bad || !loaded.empty.is_empty() {
            return Ok(None);
        }
        let before = Known { files: known.take_files(&touched), ..Known::default() };
        let reading = Reading { scan, snapshot: &snapshot, loaded: &loaded, before: &before };
        reading.take_in(launches, known, &mut intake);
        intake.unchanged.extend(known.names());
        intake.unchanged.retain(|name| !intake.good.contains_key(name) && !intake.bad.contains_key(name));
        Ok(Some(intake))
    }
}

#[async_trait]
impl Reader for Files {
    async fn read(&self, keeper: &dyn Keeper) -> Intake {
        // Reading blocks for as long as the disk takes; the daemon has nothing better to do than to know what is wanted.
        match tokio::task::block_in_place(|| self.glance(Some(keeper))) {
            Ok(intake) => intake,
            Err(error) => Intake { incomplete: Some(error.to_string()), ..Intake::default() },
        }
    }

    async fn changed(&self) {
        self.source.changed().await;
    }

    fn standing(&self, names: &BTreeSet<Name>) -> (Option<Anchor>, Vec<Standing>) {
        let known = self.known();
        let standing = |l: &KnownLaunch| {
            let (name, foreign, rest) = (l.name.clone(), l.foreign.clone(), l.rest);
            Some(Standing { name, revision: l.revision.clone()?, foreign, rest })
        };
        let launches = known.launches().filter(|l| names.contains(&l.name)).filter_map(standing).collect();
        (known.anchor.clone(), launches)
    }

    async fn recall(&self, names: &BTreeSet<Name>, intake: &mut Intake) {
        if let Err(error) = tokio::task::block_in_place(|| Files::recall(self, names, intake)) {
            intake.incomplete = Some(error.to_string());
        }
    }

    fn leave(&self, anchor: Option<Anchor>, rests: &BTreeMap<Name, Rest>) {
        tokio::task::block_in_place(|| {
            self.leave_with(anchor, |launch| launch.rest = rests.get(&launch.name).copied());
        });
    }
}
