//! A SQLite VFS over the system's own that notes what SQLite asks of the disk, in order.
//!
//! Files are written through, so that readers and the store itself see them; syncs are noted only. What a power cut
//! leaves is worked out afterwards, from the notes.

use std::{
    collections::HashMap,
    ffi::{CStr, CString, c_char, c_int, c_void},
    fs,
    path::Path,
    ptr,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

/// Something asked of the disk. Files are numbered: a name may come to mean another file.
pub enum Note {
    /// The name means this file from now on, or none.
    Named(String, Option<usize>),
    Wrote {
        file: usize,
        at: usize,
        bytes: Vec<u8>,
    },
    Sized {
        file: usize,
        length: usize,
    },
    Synced {
        file: usize,
    },
    /// The names are on disk.
    SyncedNames,
    /// The store has acknowledged so much.
    Said(usize),
}

#[derive(Default)]
struct Notes {
    notes: Vec<Note>,
    names: HashMap<String, usize>,
    lengths: Vec<usize>,
}

/// A disk that is watched. It lives as long as the process, as SQLite wants it.
pub struct Disk {
    name: CString,
    notes: Mutex<Notes>,
}

impl Disk {
    /// Watches the files of `folder`; what is there is on disk.
    pub fn over(folder: &Path) -> &'static Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = CString::new(format!("watched-{}", COUNT.fetch_add(1, Ordering::Relaxed))).unwrap();
        let mut notes = Notes::default();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let bytes = fs::read(entry.path()).unwrap();
            let file = notes.name(&entry.file_name().into_string().unwrap());
            notes.lengths[file] = bytes.len();
            notes.notes.push(Note::Wrote { file, at: 0, bytes });
            notes.notes.push(Note::Synced { file });
        }
        notes.notes.push(Note::SyncedNames);
        let disk: &'static Self = Box::leak(Box::new(Self { name, notes: Mutex::new(notes) }));
        // SAFETY: everything that is registered lives for ever, and is not changed again.
        unsafe {
            let base = base();
            let vfs = Box::leak(Box::new(sqlite3_vfs {
                iVersion: 2,
                szOsFile: size_of::<Watched>() as c_int + (*base).szOsFile,
                pNext: ptr::null_mut(),
                zName: disk.name.as_ptr(),
                pAppData: ptr::from_ref(disk).cast_mut().cast(),
                xOpen: Some(open),
                xDelete: Some(delete),
                ..*base
            }));
            assert_eq!(ffi::sqlite3_vfs_register(vfs, 0), ffi::SQLITE_OK);
        }
        disk
    }

    pub fn vfs(&self) -> &str {
        self.name.to_str().unwrap()
    }

    pub fn said(&self, what: usize) {
        self.notes().notes.push(Note::Said(what));
    }

    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.notes().notes)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

impl Notes {
    /// The file of that name, a new one if there was none.
    fn name(&mut self, name: &str) -> usize {
        if let Some(file) = self.names.get(name) {
            return *file;
        }
        let file = self.lengths.len();
        self.lengths.push(0);
        self.names.insert(name.to_owned(), file);
        self.notes.push(Note::Named(name.to_owned(), Some(file)));
        file
    }
}

/// The system's VFS.
fn base() -> *mut sqlite3_vfs {
    // SAFETY: asks for the default one, which SQLite registers before it answers.
    unsafe { ffi::sqlite3_vfs_find(ptr::null()) }
}

/// An open file; the system's own follows it in memory.
#[repr(C)]
struct Watched {
    methods: *const ffi::sqlite3_io_methods,
    disk: &'static Disk,
    /// `None` for what is of no interest after a power cut.
    file: Option<usize>,
    /// The system syncs the folder along with the first sync of a new journal or log (`UNIXFILE_DIRSYNC`).
    syncs_names: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// # Safety
/// `file` was opened by `open`.
unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    unsafe { file.byte_add(size_of::<Watched>()) }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn file_name(name: *const c_char) -> Option<String> {
    let path = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    Some(Path::new(path.to_str().ok()?).file_name()?.to_str()?.to_owned())
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        let disk: &'static Disk = &*(*vfs).pAppData.cast();
        (*file).pMethods = ptr::null();
        let result = (*base()).xOpen.unwrap()(base(), name, real(file), flags, out);
        if result != ffi::SQLITE_OK {
            return result;
        }
        let kept = flags & ffi::SQLITE_OPEN_DELETEONCLOSE == 0;
        let number = file_name(name).filter(|_| kept).map(|name| disk.notes().name(&name));
        let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;
        let syncs_names = flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & journals != 0;
        file.cast::<Watched>().write(Watched { methods: &METHODS, disk, file: number, syncs_names });
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_names: c_int) -> c_int {
    unsafe {
        let disk: &'static Disk = &*(*vfs).pAppData.cast();
        let result = (*base()).xDelete.unwrap()(base(), name, 0);
        let mut notes = disk.notes();
        if let Some(name) = file_name(name)
            && notes.names.remove(&name).is_some()
        {
            notes.notes.push(Note::Named(name, None));
        }
        if sync_names != 0 {
            notes.notes.push(Note::SyncedNames);
        }
        result
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, size: c_int, at: sqlite3_int64) -> c_int {
    unsafe {
        let result = (*(*real(file)).pMethods).xWrite.unwrap()(real(file), from, size, at);
        let watched = &*file.cast::<Watched>();
        if let Some(file) = watched.file {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), size as usize).to_vec();
            let mut notes = watched.disk.notes();
            notes.lengths[file] = notes.lengths[file].max(at as usize + bytes.len());
            notes.notes.push(Note::Wrote { file, at: at as usize, bytes });
        }
        result
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    unsafe {
        let result = (*(*real(file)).pMethods).xTruncate.unwrap()(real(file), size);
        let watched = &*file.cast::<Watched>();
        if let Some(file) = watched.file {
            let mut notes = watched.disk.notes();
            notes.lengths[file] = size as usize;
            notes.notes.push(Note::Sized { file, length: size as usize });
        }
        result
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    unsafe {
        let mut size = 0;
        (*(*real(file)).pMethods).xFileSize.unwrap()(real(file), &raw mut size);
        let watched = &mut *file.cast::<Watched>();
        if let Some(file) = watched.file {
            let mut notes = watched.disk.notes();
            // The store makes room in the log by itself.
            if notes.lengths[file] < size as usize {
                notes.lengths[file] = size as usize;
                notes.notes.push(Note::Sized { file, length: size as usize });
            }
            notes.notes.push(Note::Synced { file });
            if std::mem::take(&mut watched.syncs_names) {
                notes.notes.push(Note::SyncedNames);
            }
        }
        ffi::SQLITE_OK
    }
}

/// The rest is passed on.
macro_rules! pass {
    ($($name:ident: $method:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $type),*) $(-> $result)? {
            unsafe { (*(*real(file)).pMethods).$method.unwrap()(real(file), $($arg),*) }
        })*
    };
}

pass! {
    close: xClose() -> c_int;
    read: xRead(into: *mut c_void, size: c_int, at: sqlite3_int64) -> c_int;
    file_size: xFileSize(size: *mut sqlite3_int64) -> c_int;
    lock: xLock(level: c_int) -> c_int;
    unlock: xUnlock(level: c_int) -> c_int;
    check_reserved_lock: xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control: xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size: xSectorSize() -> c_int;
    device_characteristics: xDeviceCharacteristics() -> c_int;
    shm_map: xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock: xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier: xShmBarrier();
    shm_unmap: xShmUnmap(delete: c_int) -> c_int;
}
