//! Files that are there as a whole or not at all: a full disk leaves what was there, and nobody reads half of one.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Writes a file, in place of the one that may be there. A link stays a link; a device or pipe is written to.
///
/// # Errors
/// It cannot be written: what was there is as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(e) if e.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(e) => return Err(e),
    };
    let old = fs::metadata(&real).ok();
    if old.as_ref().is_some_and(|m| !m.is_file()) {
        return fs::write(&real, bytes);
    }
    let beside = beside(&real, bytes, old.map(|m| m.permissions()))?;
    fs::rename(&beside, &real).inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Writes a file that is not there. `false`: there is one, and it is as it was, whoever was faster.
///
/// # Errors
/// It cannot be written, and is not there.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    let beside = beside(path, bytes, None)?;
    // A link, unlike a renamed file, never takes another's place.
    let made = fs::hard_link(&beside, path);
    _ = fs::remove_file(&beside);
    match made {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(e),
    }
}

/// All of it on disk, under a name that no plan file has.
fn beside(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(name);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = permissions
        .map_or(Ok(()), |p| file.set_permissions(p))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(&beside)))?;
    Ok(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_a_link_to_it_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("b"));
        replace(&file, b"one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!((fs::read(&file).unwrap(), fs::read_link(&link).unwrap()), (b"two".to_vec(), file));
        assert_eq!(names(folder.path()), ["a", "b"]);
    }

    #[test]
    fn what_is_there_is_never_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        assert!(create(&file, b"one").unwrap());
        assert!(!create(&file, b"two").unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn where_nothing_can_be_written_the_old_file_is_as_it_was() {
        let full = Path::new("/dev/full");
        assert!(replace(full, b"one").is_err());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("missing/a");
        assert!(replace(&file, b"one").is_err() && create(&file, b"one").is_err());
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
