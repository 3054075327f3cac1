//! Folders as open handles. Everything is reached from a handle by one name that is never followed, so that no link,
//! and no link swapped in between, leads out of the root.

use std::{
    ffi::{CStr, CString, OsStr},
    fs::File,
    io,
    mem::MaybeUninit,
    os::{
        fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::Path,
};

/// An open folder.
pub struct Dir(OwnedFd);

/// What a name stands for, itself, not what it links to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Dir,
    Link,
    /// A FIFO, a socket, a device.
    Other,
}

/// What the file system says of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub kind: Kind,
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    /// Since the epoch, UTC.
    pub modified_ns: i128,
}

const FOLDER: i32 = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
/// Not blocked by a FIFO without a writer.
const PLAIN: i32 = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY;

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

impl Dir {
    /// The root; a link that leads to it is followed, since whoever chose the root chose the link.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: `path` is a C string, and the descriptor is new and owned by nobody else.
        unsafe { check(libc::open(path.as_ptr(), FOLDER)).map(|fd| Self(OwnedFd::from_raw_fd(fd))) }
    }

    pub fn open_dir(&self, name: &CStr) -> io::Result<Self> {
        self.open_at(name, FOLDER | libc::O_NOFOLLOW).map(Self)
    }

    /// A file, whatever it is; look at what was opened.
    pub fn open_file(&self, name: &CStr) -> io::Result<File> {
        self.open_at(name, PLAIN).map(File::from)
    }

    fn open_at(&self, name: &CStr, flags: i32) -> io::Result<OwnedFd> {
        // SAFETY: `name` is a C string, and the descriptor is new and owned by nobody else.
        unsafe { check(libc::openat(self.0.as_raw_fd(), name.as_ptr(), flags)).map(|fd| OwnedFd::from_raw_fd(fd)) }
    }

    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    pub fn stat(&self, name: &CStr) -> io::Result<Stat> {
        let mut stat = MaybeUninit::<libc::stat>::uninit();
        let at = libc::AT_SYMLINK_NOFOLLOW;
        // SAFETY: `stat` has room for the answer, and is read only after the call filled it.
        let stat = unsafe {
            check(libc::fstatat(self.0.as_raw_fd(), name.as_ptr(), stat.as_mut_ptr(), at))?;
            stat.assume_init()
        };
        Ok(Stat::from(&stat))
    }

    /// The folder's own.
    pub fn own_stat(&self) -> io::Result<Stat> {
        self.stat(c".")
    }

    pub fn read_link(&self, name: &CStr) -> io::Result<std::path::PathBuf> {
        let mut target = vec![0_u8; 4096];
        // SAFETY: at most `target.len()` bytes are written to it.
        let length =
            unsafe { libc::readlinkat(self.0.as_raw_fd(), name.as_ptr(), target.as_mut_ptr().cast(), target.len()) };
        target.truncate(usize::try_from(length).map_err(|_| io::Error::last_os_error())?);
        Ok(std::ffi::OsString::from_vec(target).into())
    }

    /// Every name but `.` and `..`, in no order. The kind is `None` where the file system does not say.
    pub fn entries(&self) -> io::Result<Vec<(CString, Option<Kind>)>> {
        let fresh = self.open_at(c".", FOLDER)?;
        // SAFETY: `fdopendir` takes the descriptor over, and `closedir` ends it. An entry is read before the next call.
        unsafe {
            let fd = fresh.into_raw_fd();
            let stream = libc::fdopendir(fd);
            if stream.is_null() {
                let e = io::Error::last_os_error();
                drop(OwnedFd::from_raw_fd(fd));
                return Err(e);
            }
            let mut entries = Vec::new();
            loop {
                let entry = libc::readdir(stream);
                if entry.is_null() {
                    break;
                }
                let name = CStr::from_ptr((*entry).d_name.as_ptr());
                if name != c"." && name != c".." {
                    entries.push((name.to_owned(), kind_of_entry((*entry).d_type)));
                }
            }
            libc::closedir(stream);
            Ok(entries)
        }
    }
}

fn kind_of_entry(kind: u8) -> Option<Kind> {
    match kind {
        libc::DT_REG => Some(Kind::File),
        libc::DT_DIR => Some(Kind::Dir),
        libc::DT_LNK => Some(Kind::Link),
        libc::DT_UNKNOWN => None,
        _ => Some(Kind::Other),
    }
}

#[expect(clippy::unnecessary_cast, reason = "the fields' types differ between systems")]
impl From<&libc::stat> for Stat {
    fn from(stat: &libc::stat) -> Self {
        let kind = match stat.st_mode & libc::S_IFMT {
            libc::S_IFREG => Kind::File,
            libc::S_IFDIR => Kind::Dir,
            libc::S_IFLNK => Kind::Link,
            _ => Kind::Other,
        };
        Self {
            kind,
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified_ns: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
        }
    }
}

/// Where a path leads that may go through links.
pub struct Place {
    pub dir: Dir,
    pub name: CString,
    pub stat: Stat,
}

/// As many links as Linux follows (path_resolution(7)).
const LINKS: u32 = 40;

/// Follows `path`, link by link, below `root`.
///
/// # Errors
/// It leads out of the root, in a circle, or to nothing; the text reads well after "it".
pub fn resolve(root: &Dir, path: &Path) -> Result<Place, String> {
    let fail = |e: io::Error| unreadable(&e);
    let mut folders = vec![root.try_clone().map_err(fail)?];
    let mut rest: Vec<CString> = Vec::new();
    push(&mut rest, path)?;
    let mut links = 0;
    while let Some(name) = rest.pop() {
        let Some(dir) = folders.last() else { return Err(OUTSIDE.into()) };
        if name.as_c_str() == c".." {
            folders.pop();
            if folders.is_empty() {
                return Err(OUTSIDE.into());
            }
            continue;
        }
        let stat = dir.stat(&name).map_err(fail)?;
        match stat.kind {
            Kind::Link if links == LINKS => return Err("is a link that leads in a circle".into()),
            Kind::Link => {
                links += 1;
                push(&mut rest, &dir.read_link(&name).map_err(fail)?)?;
            }
            Kind::Dir if !rest.is_empty() => {
                let next = dir.open_dir(&name).map_err(fail)?;
                folders.push(next);
            }
            _ if rest.is_empty() => {
                let Some(dir) = folders.pop() else { return Err(OUTSIDE.into()) };
                return Ok(Place { dir, name, stat });
            }
            _ => return Err("is a link through something that is no folder".into()),
        }
    }
    // The path ended in `..`: the folder itself.
    let Some(dir) = folders.pop() else { return Err(OUTSIDE.into()) };
    let stat = dir.own_stat().map_err(fail)?;
    Ok(Place { dir, name: c".".to_owned(), stat })
}

const OUTSIDE: &str = "is a link that leads out of the source's folder; put the file itself into the folder";

fn push(rest: &mut Vec<CString>, path: &Path) -> Result<(), String> {
    use std::path::Component;
    for component in path.components().rev() {
        match component {
            Component::RootDir | Component::Prefix(_) => return Err(OUTSIDE.into()),
            Component::CurDir => {}
            Component::ParentDir => rest.push(c"..".to_owned()),
            Component::Normal(name) => rest.push(c_name(name)?),
        }
    }
    Ok(())
}

fn c_name(name: &OsStr) -> Result<CString, String> {
    CString::new(name.as_bytes()).map_err(|_| "has a name with a zero byte".into())
}

/// Reads well after "it".
pub fn unreadable(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::PermissionDenied => "cannot be read by this user; check its permissions".into(),
        io::ErrorKind::NotFound => "is a link to nothing, or was removed while it was read".into(),
        _ => format!("cannot be read: {e}"),
    }
}
