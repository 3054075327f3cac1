//! Finds every plan file below a root, each once, never outside of it; many are looked at on all processors.

use std::{
    collections::HashSet,
    ffi::{CStr, CString, OsStr},
    io::{self, Read},
    num::NonZero,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::edges::sources::{LARGEST_FILE, is_plan_name, too_large};

use super::beneath::{Dir, Kind, Stat, resolve, unreadable};

/// Folders in folders; each level holds one handle open.
const DEEPEST: usize = 64;
/// Folders whose files are looked at together; each holds one handle open.
const FOLDERS: usize = 128;
/// Files that a thread takes at once, and with fewer than twice as many, one thread does.
const PIECE: usize = 128;

/// What is wanted of each plan file.
pub trait Look: Sync {
    type Found: Send;

    /// Called on any thread. `path` is below the root.
    ///
    /// # Errors
    /// Why the file cannot be told of, for people; the text reads well after the path.
    fn look(&self, dir: &Dir, name: &CStr, path: &str, stat: &Stat) -> Result<Self::Found, String>;
}

/// What came of the plan files, in no order.
pub struct Walked<T> {
    pub found: Vec<T>,
    /// Paths, each with why nothing may be concluded from it.
    pub unreadable: Vec<(String, String)>,
    /// Device and inode of all that are files by themselves, not through a link.
    inodes: HashSet<(u64, u64)>,
}

/// Some plan files of one folder.
struct Piece {
    dir: Arc<Dir>,
    prefix: String,
    names: Vec<CString>,
}

impl<T> Walked<T> {
    fn new() -> Self {
        Self { found: Vec::new(), unreadable: Vec::new(), inodes: HashSet::new() }
    }

    fn take(&mut self, looked: Result<T, String>, path: String) {
        match looked {
            Ok(found) => self.found.push(found),
            Err(why) => self.unreadable.push((path, why)),
        }
    }

    fn look_at(&mut self, piece: &Piece, look: &impl Look<Found = T>) {
        for name in &piece.names {
            let path = join(&piece.prefix, &name.to_string_lossy());
            match piece.dir.stat(name) {
                Ok(stat) => {
                    self.inodes.insert((stat.device, stat.inode));
                    self.take(look.look(&piece.dir, name, &path, &stat), path);
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => self.unreadable.push((path, unreadable(&e))),
            }
        }
    }

    fn extend(&mut self, other: Self) {
        self.found.extend(other.found);
        self.unreadable.extend(other.unreadable);
        self.inodes.extend(other.inodes);
    }
}

/// Looks at every plan file below a root.
///
/// # Errors
/// The root itself cannot be listed.
pub fn walk<L: Look>(root: Dir, look: &L) -> io::Result<Walked<L::Found>> {
    let (entries, stat) = (root.entries()?, root.own_stat()?);
    let seen = HashSet::from([(stat.device, stat.inode)]);
    let mut walk = Walk { look, seen, links: Vec::new(), pieces: Vec::new(), walked: Walked::new() };
    let root = Arc::new(root);
    walk.folder(&root, "", entries, 1);
    walk.catch_up();
    walk.follow_links(&root);
    Ok(walk.walked)
}

struct Walk<'l, L: Look> {
    look: &'l L,
    /// Folders that were read.
    seen: HashSet<(u64, u64)>,
    links: Vec<PathBuf>,
    /// Not looked at yet.
    pieces: Vec<Piece>,
    walked: Walked<L::Found>,
}

impl<L: Look> Walk<'_, L> {
    fn folder(&mut self, dir: &Arc<Dir>, prefix: &str, entries: Vec<(CString, Option<Kind>)>, depth: usize) {
        let mut names = Vec::new();
        for (name, kind) in entries {
            if name.as_bytes().starts_with(b".") {
                continue;
            }
            let kind = match kind.map_or_else(|| dir.stat(&name).map(|s| s.kind), Ok) {
                Ok(kind) => kind,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => {
                    self.unreadable(join(prefix, &name.to_string_lossy()), unreadable(&e));
                    continue;
                }
            };
            names.extend(self.entry(dir, prefix, name, kind, depth));
        }
        while !names.is_empty() {
            let rest = names.split_off(names.len().min(PIECE));
            self.pieces.push(Piece { dir: Arc::clone(dir), prefix: prefix.to_owned(), names });
            names = rest;
        }
        if self.pieces.len() >= FOLDERS {
            self.catch_up();
        }
    }

    /// The name of a plan file is given back.
    fn entry(&mut self, dir: &Dir, prefix: &str, name: CString, kind: Kind, depth: usize) -> Option<CString> {
        let text = name.to_string_lossy();
        let path = || join(prefix, &text);
        match kind {
            Kind::Dir => self.enter(dir, &name, path(), depth),
            // Where it leads, and to what, is found out when everything that is no link was seen.
            Kind::Link => self.links.push(Path::new(prefix).join(OsStr::from_bytes(name.to_bytes()))),
            _ if !is_plan_name(&text) => {}
            Kind::File if name.to_str().is_err() => self.unreadable(path(), "its name is not UTF-8; rename it".into()),
            Kind::File => return Some(name),
            Kind::Other => self.unreadable(path(), "it is a pipe, a socket or a device, not a file".into()),
        }
        None
    }

    fn unreadable(&mut self, path: String, why: String) {
        self.walked.unreadable.push((path, why));
    }

    fn enter(&mut self, dir: &Dir, name: &CStr, path: String, depth: usize) {
        if depth == DEEPEST {
            return self.unreadable(path, format!("it is more than {DEEPEST} folders deep"));
        }
        let open = || -> io::Result<_> {
            let dir = dir.open_dir(name)?;
            let stat = dir.own_stat()?;
            Ok((dir.entries()?, dir, stat))
        };
        match open() {
            Ok((entries, dir, stat)) => {
                if self.seen.insert((stat.device, stat.inode)) {
                    self.folder(&Arc::new(dir), &path, entries, depth + 1);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => self.unreadable(path, unreadable(&e)),
        }
    }

    /// Looks at the files that were found so far.
    fn catch_up(&mut self) {
        let (pieces, look) = (std::mem::take(&mut self.pieces), self.look);
        let files: usize = pieces.iter().map(|p| p.names.len()).sum();
        let threads = if files < 2 * PIECE { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
        let next = AtomicUsize::new(0);
        let work = || {
            let mut walked = Walked::new();
            while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                walked.look_at(piece, look);
            }
            walked
        };
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            self.walked.extend(work());
            for other in others {
                self.walked.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
        });
    }

    /// A link to something that is read anyway adds nothing: each file is read once.
    fn follow_links(&mut self, root: &Dir) {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for link in links {
                self.follow(root, &link);
                self.catch_up();
            }
        }
    }

    fn follow(&mut self, root: &Dir, link: &Path) {
        let text = link.to_string_lossy().into_owned();
        let is_plan = link.file_name().is_some_and(|n| is_plan_name(&n.to_string_lossy()));
        match resolve(root, link) {
            Ok(place) => match place.stat.kind {
                Kind::Dir => self.enter(&place.dir, &place.name, text, link.components().count()),
                Kind::File if is_plan && self.is_new(&place.stat) => {
                    let looked = self.look.look(&place.dir, &place.name, &text, &place.stat);
                    self.walked.take(looked, text);
                }
                Kind::File => {}
                _ if is_plan => self.unreadable(text, "it is a link to something that is no file".into()),
                _ => {}
            },
            // A link that leads nowhere may have been a folder of plans: it is not passed over in silence.
            Err(why) => self.unreadable(text, format!("it {why}")),
        }
    }

    fn is_new(&mut self, stat: &Stat) -> bool {
        self.walked.inodes.insert((stat.device, stat.inode))
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// Reads a file that was reached without following a link.
///
/// # Errors
/// Why it cannot be read, for people.
pub fn read(dir: &Dir, name: &CStr) -> Result<Vec<u8>, String> {
    let fail = |e: io::Error| format!("it {}", unreadable(&e));
    let file = dir.open_file(name).map_err(fail)?;
    let meta = file.metadata().map_err(fail)?;
    if !meta.is_file() {
        return Err("it is a pipe, a socket or a device, not a file".into());
    }
    if meta.len() > LARGEST_FILE {
        return Err(too_large(meta.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(fail)?;
    let size = bytes.len() as u64;
    if size > LARGEST_FILE { Err(too_large(size)) } else { Ok(bytes) }
}
