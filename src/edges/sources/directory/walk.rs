//! Finds every plan file below a root, each once, never outside of it.

use std::{
    collections::HashSet,
    ffi::{CStr, CString, OsStr},
    io::{self, Read},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use crate::edges::sources::{LARGEST_FILE, is_plan_name, too_large};

use super::beneath::{Dir, Kind, Stat, resolve, unreadable};

/// Folders in folders; each level holds one handle open.
const DEEPEST: usize = 64;

/// Takes what the walk finds.
pub trait Visitor {
    /// A plan file, by its path below the root.
    fn file(&mut self, dir: &Dir, name: &CStr, path: String, stat: Option<Stat>);
    fn unreadable(&mut self, path: String, why: String);
    /// Whether sizes and times are wanted of files, which costs a call each.
    fn wants_stat(&self) -> bool;
}

pub struct Walk<'v, V> {
    visitor: &'v mut V,
    /// Folders that were read, and files that were found through a link.
    seen: HashSet<(u64, u64)>,
    links: Vec<PathBuf>,
    files: HashSet<(u64, u64)>,
}

impl<'v, V: Visitor> Walk<'v, V> {
    /// # Errors
    /// The root itself cannot be listed.
    pub fn run(root: &Dir, visitor: &'v mut V) -> io::Result<()> {
        let mut walk = Self { visitor, seen: HashSet::new(), links: Vec::new(), files: HashSet::new() };
        let entries = root.entries()?;
        let stat = root.own_stat()?;
        walk.seen.insert((stat.device, stat.inode));
        walk.folder(root, "", entries, 1);
        walk.follow_links(root);
        Ok(())
    }

    fn folder(&mut self, dir: &Dir, prefix: &str, entries: Vec<(CString, Option<Kind>)>, depth: usize) {
        for (name, kind) in entries {
            if name.as_bytes().starts_with(b".") {
                continue;
            }
            let kind = match kind.map_or_else(|| dir.stat(&name).map(|s| s.kind), Ok) {
                Ok(kind) => kind,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => {
                    self.visitor.unreadable(join(prefix, &name.to_string_lossy()), unreadable(&e));
                    continue;
                }
            };
            self.entry(dir, prefix, &name, kind, depth);
        }
    }

    fn entry(&mut self, dir: &Dir, prefix: &str, name: &CStr, kind: Kind, depth: usize) {
        let text = name.to_string_lossy();
        let path = || join(prefix, &text);
        match kind {
            Kind::Dir => self.enter(dir, name, path(), depth),
            // Where it leads, and to what, is found out when everything that is no link was seen.
            Kind::Link => self.links.push(Path::new(prefix).join(OsStr::from_bytes(name.to_bytes()))),
            _ if !is_plan_name(&text) => {}
            Kind::File if name.to_str().is_err() => {
                self.visitor.unreadable(path(), "its name is not UTF-8; rename it".into());
            }
            Kind::File => self.file(dir, name, path()),
            Kind::Other => self.visitor.unreadable(path(), "it is a pipe, a socket or a device, not a file".into()),
        }
    }

    fn file(&mut self, dir: &Dir, name: &CStr, path: String) {
        if !self.visitor.wants_stat() {
            return self.visitor.file(dir, name, path, None);
        }
        match dir.stat(name) {
            Ok(stat) => {
                self.files.insert((stat.device, stat.inode));
                self.visitor.file(dir, name, path, Some(stat));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => self.visitor.unreadable(path, unreadable(&e)),
        }
    }

    fn enter(&mut self, dir: &Dir, name: &CStr, path: String, depth: usize) {
        if depth == DEEPEST {
            return self.visitor.unreadable(path, format!("it is more than {DEEPEST} folders deep"));
        }
        let open = || -> io::Result<_> {
            let dir = dir.open_dir(name)?;
            let stat = dir.own_stat()?;
            Ok((dir.entries()?, dir, stat))
        };
        match open() {
            Ok((entries, dir, stat)) => {
                if self.seen.insert((stat.device, stat.inode)) {
                    self.folder(&dir, &path, entries, depth + 1);
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => self.visitor.unreadable(path, unreadable(&e)),
        }
    }

    /// A link to something that is read anyway adds nothing: each file is read once.
    fn follow_links(&mut self, root: &Dir) {
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            links.sort();
            for link in links {
                self.follow(root, &link);
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
                    self.visitor.file(&place.dir, &place.name, text, Some(place.stat));
                }
                Kind::File => {}
                _ if is_plan => self.visitor.unreadable(text, "it is a link to something that is no file".into()),
                _ => {}
            },
            // A link that leads nowhere may have been a folder of plans: it is not passed over in silence.
            Err(why) => self.visitor.unreadable(text, format!("it {why}")),
        }
    }

    fn is_new(&mut self, stat: &Stat) -> bool {
        self.files.insert((stat.device, stat.inode))
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
