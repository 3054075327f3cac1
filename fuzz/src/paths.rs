//! A folder with links whose targets are anything, and paths that are anything: nothing outside of it is read.
//!
//! Lines of `link NAME TARGET`, `file NAME`, `folder NAME` and `read PATH`.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Component, Path, PathBuf},
    time::Duration,
};

use launchd::edges::sources::{Snapshot, directory::DirectorySource};

const OUTSIDE: &[u8] = b"what no plan may hold";

pub fn try_on(bytes: &[u8]) {
    let home = home();
    let (root, outside) = (home.path().join("root"), home.path().join("outside"));
    for folder in [&root, &outside] {
        fs::create_dir(folder).expect("a folder");
    }
    for file in ["secret.yaml", "other.yaml"] {
        fs::write(outside.join(file), OUTSIDE).expect("a file");
    }
    fs::write(home.path().join("above.yaml"), OUTSIDE).expect("a file");
    let mut asked = Vec::new();
    for line in bytes.split(|b| *b == b'\n').take(40) {
        let mut words = line.splitn(3, |b| *b == b' ');
        let mut word = || words.next().unwrap_or_default();
        match (word(), word()) {
            (b"link", name) => with_place(&root, name, |place| {
                let target = word();
                let target = if target.starts_with(b"/") { outside.join("secret.yaml") } else { path(target) };
                let _ = symlink(target, place);
            }),
            (b"file", name) => with_place(&root, name, |place| drop(fs::write(place, b"inside"))),
            (b"folder", name) => with_place(&root, name, |place| drop(fs::create_dir(place))),
            (b"read", name) => asked.push(String::from_utf8_lossy(name).into_owned()),
            _ => {}
        }
    }
    let source = DirectorySource::new(&root, Duration::from_secs(3600));
    if let Ok(scan) = source.scan() {
        asked.extend(scan.files.into_iter().map(|f| f.path));
    }
    source.read_all().iter().for_each(is_inside);
    source.read(asked).iter().for_each(is_inside);
}

fn is_inside(snapshot: &Snapshot) {
    for file in &snapshot.files {
        assert_ne!(&file.bytes[..], OUTSIDE, "{} was read from outside", file.path);
    }
}

/// Only what a file system lets be made below the root.
fn with_place(root: &Path, name: &[u8], make: impl FnOnce(PathBuf)) {
    let name = path(name);
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_));
    if name.components().all(plain) && name.components().next().is_some() {
        // Not through a link that was made before.
        let mut folder = root.to_owned();
        for part in name.parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            if fs::symlink_metadata(&folder).is_ok_and(|m| m.is_symlink()) {
                return;
            }
        }
        make(root.join(name));
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    Path::new(OsStr::from_bytes(bytes)).to_owned()
}

/// In memory where there is such a place.
fn home() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
}
