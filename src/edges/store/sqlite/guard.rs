//! How a dead owner is told from a silent one: whoever owns the store locks a file beside it, and the system unlocks it
//! when that process ends, however it ends. Who finds it unlocked need not wait until the dead owner's lease runs out.

use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::open::private_file;

/// The lock of one store. It only shortens a wait: ownership itself is the lease in the store, whose epoch every write
/// carries, so that a file system without locks makes nothing unsafe.
pub struct Guard {
    path: PathBuf,
    held: Mutex<Option<File>>,
}

/// Who locked before.
pub struct Before(pub String);

impl Guard {
    pub fn new(store: &Path) -> Self {
        let mut name = store.file_name().unwrap_or_default().to_owned();
        name.push("-owner");
        Self { path: store.with_file_name(name), held: Mutex::default() }
    }

    /// Locks for `id`, unless this process did already. `Some` where it is locked anew, with the id of the owner before:
    /// that one locked too, so its process has ended or gave up.
    pub fn lock(&self, id: &str) -> Option<Before> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return None;
        }
        let mut file = self.open()?;
        file.try_lock().ok()?;
        let mut before = String::new();
        file.read_to_string(&mut before).ok()?;
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(id.as_bytes())).ok()?;
        *held = Some(file);
        Some(Before(before))
    }

    /// Unlocks, so that the next owner can lock.
    pub fn unlock(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn open(&self) -> Option<File> {
        // Made private first; that it is there already is the usual case.
        let _ = private_file(&self.path);
        fs::OpenOptions::new().read(true).write(true).open(&self.path).ok()
    }
}
