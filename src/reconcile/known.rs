//! What is known of the plan files of a folder, file by file, without their content.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    index::{Anchor, Kept, KeptFile, KeptLaunch, Quiet, Rest},
    reading::ReadLaunch,
};
use crate::{
    core::{
        diagnostic::Diagnostic,
        model::{launch::Revision, name::Name, source::SourceFile, team::Teams},
    },
    edges::sources::directory::Scanned,
};

/// Everything that one reading leaves for the next.
#[derive(Default)]
pub(super) struct Known {
    pub read_once: bool,
    /// Which store the quiet plans and the rests were made from.
    pub anchor: Option<Anchor>,
    pub files: BTreeMap<String, KnownFile>,
    /// Of the files, less those with errors.
    pub teams: Teams,
    /// Documents that others build on, by path.
    pub shared: BTreeMap<String, SourceFile>,
    /// Launches that some other launch waits for.
    pub awaited: BTreeSet<Name>,
    /// What is wrong, by path; without one, under the empty path.
    pub diagnostics: BTreeMap<String, Vec<Diagnostic>>,
    /// Files that were not understood as a whole, with why: a launch that is missing may be in one of them.
    pub broken: BTreeMap<String, String>,
    /// Files with no document in them.
    pub empty: BTreeSet<String>,
    /// Launches that were in one of those, with its path.
    pub emptied: BTreeMap<Name, String>,
}

pub(super) struct KnownFile {
    pub stamp: Stamp,
    /// It was saved so long before it was read that a later save shows in its time.
    pub settled: bool,
    pub launches: Vec<KnownLaunch>,
}

/// What tells one content of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub size: u64,
    pub modified_ns: i128,
    pub inode: u64,
}

impl Stamp {
    pub fn of(scanned: &Scanned) -> Self {
        Self { size: scanned.size, modified_ns: scanned.modified_ns, inode: scanned.inode }
    }
}

pub(super) struct KnownLaunch {
    pub name: Name,
    /// `None`: it does not resolve.
    pub revision: Option<Revision>,
    /// Launches whose milestones it waits for, or may wait for where it does not resolve.
    pub foreign: Vec<Name>,
    pub quiet: Option<Quiet>,
    pub rest: Option<Rest>,
}

impl Known {
    pub fn launches(&self) -> impl Iterator<Item = &KnownLaunch> {
        self.files.values().flat_map(|f| &f.launches)
    }

    pub fn names(&self) -> BTreeSet<Name> {
        self.launches().map(|l| l.name.clone()).collect()
    }

    pub fn launches_outside(&self, paths: &BTreeSet<&str>) -> impl Iterator<Item = &KnownLaunch> {
        let outside = self.files.iter().filter(|(path, _)| !paths.contains(path.as_str()));
        outside.flat_map(|(_, f)| &f.launches)
    }

    /// Which files, sorted by path, must be read again, and which are gone. Side by side, since both are sorted.
    pub fn compare<'s>(&self, scanned: &'s [Scanned]) -> (Vec<&'s str>, Vec<String>) {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        let mut before = self.files.iter().peekable();
        for file in scanned {
            while let Some((path, _)) = before.next_if(|(path, _)| **path < file.path) {
                gone.push(path.clone());
            }
            let same = before.next_if(|(path, _)| **path == file.path);
            if same.is_none_or(|(_, known)| !known.settled || known.stamp != Stamp::of(file)) {
                changed.push(file.path.as_str());
            }
        }
        gone.extend(before.map(|(path, _)| path.clone()));
        (changed, gone)
    }

    /// No launch of these files waits for another launch, none is waited for, and none has a name that another has.
    pub fn stands_alone(&self, paths: &BTreeSet<&str>) -> bool {
        let launches = || paths.iter().filter_map(|p| self.files.get(*p)).flat_map(|f| &f.launches);
        let bad: BTreeSet<&Name> = launches().filter(|l| l.revision.is_none()).map(|l| &l.name).collect();
        launches().all(|l| l.foreign.is_empty() && !self.awaited.contains(&l.name))
            && (bad.is_empty() || !self.launches_outside(paths).any(|l| bad.contains(&l.name)))
    }

    /// Forgets what was known of these files, and returns it.
    pub fn take_files(&mut self, paths: &BTreeSet<&str>) -> BTreeMap<String, KnownFile> {
        self.diagnostics.retain(|path, _| !paths.contains(path.as_str()));
        self.broken.retain(|path, _| !paths.contains(path.as_str()));
        paths.iter().filter_map(|p| self.files.remove_entry(*p)).collect()
    }

    /// Whether a launch is as it was at the reading that this is of.
    pub fn has(&self, read: &ReadLaunch) -> bool {
        let (Some(name), Some(good)) = (&read.name, &read.launch) else { return false };
        self.launch(&read.file, name).is_some_and(|l| l.revision.as_ref() == Some(&good.revision))
    }

    pub fn launch(&self, file: &str, name: &Name) -> Option<&KnownLaunch> {
        self.files.get(file)?.launches.iter().find(|l| l.name == *name)
    }

    /// The files that hold these launches.
    pub fn homes(&self, wanted: &BTreeSet<Name>) -> BTreeSet<&str> {
        let holds = |f: &KnownFile| f.launches.iter().any(|l| wanted.contains(&l.name));
        self.files.iter().filter(|(_, f)| holds(f)).map(|(path, _)| path.as_str()).collect()
    }

    /// Takes in which files have no document, and remembers of these what was in them.
    pub fn note_empty(&mut self, empty: impl Iterator<Item = String>, before: &Self) {
        self.empty = empty.collect();
        let were_there = |path: &String| {
            let launches = before.files.get(path).into_iter().flat_map(|f| &f.launches).map(|l| l.name.clone());
            let longer = before.emptied.iter().filter(|(_, home)| *home == path).map(|(name, _)| name.clone());
            launches.chain(longer).map(|name| (name, path.clone())).collect::<Vec<_>>()
        };
        self.emptied = self.empty.iter().flat_map(were_there).collect();
    }

    /// Something is wrong that reading the files with errors again would not tell.
    pub fn has_errors_of_no_file(&self) -> bool {
        self.diagnostics.keys().any(|path| !self.files.contains_key(path))
    }

    /// For another process.
    pub fn kept(&self) -> Kept {
        let launch = |l: &KnownLaunch| {
            let (name, revision, foreign) = (l.name.clone(), l.revision.clone()?, l.foreign.clone());
            Some(KeptLaunch { name, revision, foreign, quiet: l.quiet, rest: l.rest })
        };
        let file = |(path, f): (&String, &KnownFile)| {
            Some(KeptFile {
                path: path.clone(),
                size: f.stamp.size,
                modified_ns: f.stamp.modified_ns.try_into().ok()?,
                inode: f.stamp.inode,
                shared: self.shared.contains_key(path),
                launches: f.launches.iter().map(launch).collect::<Option<_>>()?,
            })
        };
        // What is wrong with a file is told by whoever reads it.
        let is_good = |(path, f): &(&String, &KnownFile)| f.settled && !self.diagnostics.contains_key(*path);
        let files = self.files.iter().filter(is_good).filter_map(file).collect();
        Kept { anchor: self.anchor.clone(), files }
    }

    /// From another process, with the shared files read anew.
    pub fn from_kept(kept: Kept, shared: Vec<SourceFile>, teams: Teams) -> Self {
        let mut known = Self { read_once: true, anchor: kept.anchor, teams, ..Self::default() };
        known.shared = shared.into_iter().map(|f| (f.path.to_string(), f)).collect();
        for file in kept.files {
            let KeptFile { path, size, modified_ns, inode, shared: _, launches } = file;
            let launch = |l: KeptLaunch| {
                let KeptLaunch { name, revision, foreign, quiet, rest } = l;
                KnownLaunch { name, revision: Some(revision), foreign, quiet, rest }
            };
            let launches: Vec<_> = launches.into_iter().map(launch).collect();
            known.awaited.extend(launches.iter().flat_map(|l| l.foreign.iter().cloned()));
            let stamp = Stamp { size, modified_ns: modified_ns.into(), inode };
            if launches.is_empty() && !known.shared.contains_key(&path) {
                known.empty.insert(path.clone());
            }
            known.files.insert(path, KnownFile { stamp, settled: true, launches });
        }
        known
    }
}
