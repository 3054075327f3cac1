//! What is on a disk, and what only its cache holds. At a power cut the disk keeps, of what was written since the last
//! sync, what it pleases: nothing, all, some sectors, half of a sector, the new length without the bytes, the old name.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use launchd::edges::executors::simulated::Random;

use super::vfs::Note;

const SECTOR: usize = 512;

#[derive(Default)]
pub struct Platter {
    /// What each name may mean: first as it is on disk, then as it was changed since.
    names: BTreeMap<String, Vec<Option<usize>>>,
    files: HashMap<usize, File>,
}

#[derive(Default)]
struct File {
    on_disk: Vec<u8>,
    /// Since the last sync, oldest first.
    changes: Vec<Change>,
}

enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

/// How much of what was not synced a disk keeps.
#[derive(Clone, Copy)]
enum Keeps {
    Nothing,
    All,
    Some,
}

impl Platter {
    pub fn apply(&mut self, note: &Note) {
        match note {
            Note::Named(name, file) => self.names.entry(name.clone()).or_insert_with(|| vec![None]).push(*file),
            Note::Wrote { file, at, bytes } => self.change(*file, Change::Write(*at, bytes.clone())),
            Note::Sized { file, length } => self.change(*file, Change::Length(*length)),
            Note::Synced { file } => {
                let file = self.files.entry(*file).or_default();
                file.on_disk = file.whole();
                file.changes.clear();
            }
            Note::SyncedNames => {
                self.names.values_mut().for_each(|meanings| drop(meanings.drain(..meanings.len() - 1)))
            }
            Note::Said(_) => {}
        }
    }

    fn change(&mut self, file: usize, change: Change) {
        self.files.entry(file).or_default().changes.push(change);
    }

    /// Writes what a power cut leaves into an empty folder. The same numbers, the same files.
    pub fn cut(&self, random: &mut Random, into: &Path) {
        let keeps = || [Keeps::Nothing, Keeps::All, Keeps::Some, Keeps::Some];
        for (name, meanings) in &self.names {
            let file = match random.pick(&keeps()).unwrap() {
                Keeps::Nothing => meanings[0],
                Keeps::All => meanings[meanings.len() - 1],
                Keeps::Some => *random.pick(meanings).unwrap(),
            };
            if let Some(file) = file {
                let keeps = *random.pick(&keeps()).unwrap();
                let bytes = self.files.get(&file).map_or_else(Vec::new, |file| file.after(keeps, random));
                fs::write(into.join(name), bytes).unwrap();
            }
        }
        // Nobody syncs the index of the log: anything may stand in it.
        if random.chance(50) {
            let index: Vec<u8> = (0..4096).flat_map(|_| random.number().to_le_bytes()).collect();
            fs::write(into.join("state.db-shm"), index).unwrap();
        }
    }
}

impl File {
    fn after(&self, keeps: Keeps, random: &mut Random) -> Vec<u8> {
        match keeps {
            Keeps::Nothing => self.on_disk.clone(),
            Keeps::All => self.whole(),
            Keeps::Some => self.torn(random),
        }
    }

    fn whole(&self) -> Vec<u8> {
        let mut bytes = self.on_disk.clone();
        for change in &self.changes {
            match change {
                Change::Length(length) => bytes.resize(*length, 0),
                Change::Write(at, new) => {
                    bytes.resize(bytes.len().max(at + new.len()), 0);
                    bytes[*at..at + new.len()].copy_from_slice(new);
                }
            }
        }
        bytes
    }

    /// One of the lengths that it had, and each sector as it once was.
    fn torn(&self, random: &mut Random) -> Vec<u8> {
        let mut lengths = vec![self.on_disk.len()];
        for change in &self.changes {
            let length = lengths[lengths.len() - 1];
            lengths.push(match change {
                Change::Length(length) => *length,
                Change::Write(at, new) => length.max(at + new.len()),
            });
        }
        let mut bytes = self.on_disk.clone();
        // A file may have grown before its bytes came.
        let blank = if random.chance(50) { 0xa5 } else { 0 };
        bytes.resize(lengths.iter().copied().max().unwrap_or(0), blank);
        for (sector, parts) in self.sectors() {
            let kept = random.below(parts.len() as u64 + 1) as usize;
            for (n, (within, part)) in parts[..kept].iter().enumerate() {
                let half = n + 1 == kept && random.chance(10);
                let size = if half { random.below(part.len() as u64) as usize } else { part.len() };
                let at = sector + within;
                bytes[at..at + size].copy_from_slice(&part[..size]);
            }
        }
        bytes.truncate(*random.pick(&lengths).unwrap());
        bytes
    }

    /// By where each sector begins: its writes, oldest first, by where in it they begin.
    fn sectors(&self) -> BTreeMap<usize, Vec<(usize, &[u8])>> {
        let mut sectors: BTreeMap<usize, Vec<(usize, &[u8])>> = BTreeMap::new();
        for change in &self.changes {
            let Change::Write(at, bytes) = change else { continue };
            let (mut at, mut rest) = (*at, bytes.as_slice());
            while !rest.is_empty() {
                let within = at % SECTOR;
                let (now, later) = rest.split_at(rest.len().min(SECTOR - within));
                sectors.entry(at - within).or_default().push((within, now));
                (at, rest) = (at + now.len(), later);
            }
        }
        sectors
    }
}
