//! A folder: what is read of it, what never is, and what wakes its reader.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::Duration,
};

use launchd::edges::sources::{Source, directory::DirectorySource};

use super::{paths, text};

/// Nothing is noticed by it in these tests.
const NEVER: Duration = Duration::from_secs(3600);

fn source(root: &Path) -> DirectorySource {
    DirectorySource::new(root, NEVER)
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn why(snapshot: &launchd::edges::sources::Snapshot, path: &str) -> String {
    snapshot.unreadable.iter().find(|(p, _)| p == path).map(|(_, why)| why.clone()).unwrap_or_default()
}

#[tokio::test]
async fn every_plan_file_below_the_root_is_read_sorted() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["b.yaml", "a.yml", "deep/er/c.yaml", "deep/a.yaml", "notes.md", ".hidden.yaml", ".git/x.yaml", "yaml"]
    {
        write(dir.path(), path, path);
    }
    let snapshot = source(dir.path()).snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["a.yml", "b.yaml", "deep/a.yaml", "deep/er/c.yaml"]);
    assert_eq!(text(&snapshot, "deep/er/c.yaml"), "deep/er/c.yaml");
    assert!(snapshot.unreadable.is_empty(), "{:?}", snapshot.unreadable);
    let scan = source(dir.path()).scan().unwrap();
    assert_eq!(scan.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), paths(&snapshot));
    assert_eq!(scan.files[0].size, 5);
    let some = source(dir.path()).read(["deep/a.yaml", "gone.yaml", "../x.yaml"]).unwrap();
    assert_eq!((paths(&some), some.unreadable.len()), (vec!["deep/a.yaml"], 2));
}

#[tokio::test]
async fn a_config_maps_links_are_followed_inside_the_root() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "..2024_1/plan.yaml", "one");
    write(dir.path(), "..2024_1/more/deep.yaml", "deep");
    symlink("..2024_1", dir.path().join("..data")).unwrap();
    symlink("..data/plan.yaml", dir.path().join("plan.yaml")).unwrap();
    symlink("..data/more", dir.path().join("more")).unwrap();
    let snapshot = source(dir.path()).snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["more/deep.yaml", "plan.yaml"]);
    assert_eq!(text(&snapshot, "plan.yaml"), "one");
    let some = source(dir.path()).read(["plan.yaml"]).unwrap();
    assert_eq!(text(&some, "plan.yaml"), "one");
}

#[tokio::test]
async fn nothing_outside_of_the_root_is_read() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("root");
    write(outer.path(), "secret.yaml", "secret");
    write(outer.path(), "folder/secret.yaml", "secret");
    write(&root, "sub/plan.yaml", "plan");
    symlink("../secret.yaml", root.join("file.yaml")).unwrap();
    symlink(outer.path().join("secret.yaml"), root.join("absolute.yaml")).unwrap();
    symlink("../folder", root.join("folder")).unwrap();
    symlink("..", root.join("sub/up")).unwrap();
    symlink("../..", root.join("sub/out")).unwrap();
    symlink("sub/out/secret.yaml", root.join("through.yaml")).unwrap();
    symlink("sub/../../root/sub/plan.yaml", root.join("in-again.yaml")).unwrap();
    let snapshot = source(&root).snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["sub/plan.yaml"]);
    for path in ["file.yaml", "absolute.yaml", "folder", "sub/out", "through.yaml", "in-again.yaml"] {
        assert!(why(&snapshot, path).contains("leads out of"), "{path}: {:?}", snapshot.unreadable);
    }
    for path in ["../secret.yaml", "folder/secret.yaml", "sub/../../secret.yaml", "file.yaml"] {
        assert!(source(&root).read([path]).unwrap().files.is_empty(), "{path}");
    }
    assert!(source(&root).read([outer.path().join("secret.yaml").to_str().unwrap()]).unwrap().files.is_empty());
}

#[tokio::test]
async fn circles_of_links_end() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a/plan.yaml", "plan");
    symlink("..", dir.path().join("a/up")).unwrap();
    symlink("self.yaml", dir.path().join("self.yaml")).unwrap();
    symlink("../a", dir.path().join("a/a")).unwrap();
    symlink("a/plan.yaml", dir.path().join("twin.yaml")).unwrap();
    symlink("nowhere", dir.path().join("dangling.yaml")).unwrap();
    let snapshot = source(dir.path()).snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["a/plan.yaml"], "each file is read once");
    assert!(why(&snapshot, "self.yaml").contains("circle"));
    assert!(why(&snapshot, "dangling.yaml").contains("link to nothing"));
}

#[tokio::test]
async fn what_is_no_file_is_named_and_does_not_block() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "plan.yaml", "plan");
    let fifo = std::ffi::CString::new(dir.path().join("pipe.yaml").to_str().unwrap()).unwrap();
    // SAFETY: a C string, and no memory is handed over.
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
    symlink("/dev/zero", dir.path().join("zero.yaml")).unwrap();
    fs::create_dir(dir.path().join("folder.yaml")).unwrap();
    fs::write(dir.path().join("big.yaml"), vec![b' '; (4 << 20) + 1]).unwrap();
    fs::write(dir.path().join("fits.yaml"), vec![b' '; 4 << 20]).unwrap();
    let snapshot = source(dir.path()).snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["fits.yaml", "plan.yaml"]);
    assert!(why(&snapshot, "pipe.yaml").contains("not a file"));
    assert!(why(&snapshot, "zero.yaml").contains("leads out of"));
    assert!(why(&snapshot, "big.yaml").contains("at most 4194304 are read"));
    let read = source(dir.path()).read(["pipe.yaml", "folder.yaml"]).unwrap();
    assert_eq!((read.files.len(), read.unreadable.len()), (0, 2));
}

#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_is_said_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["plan.yaml", "secret.yaml", "closed/a.yaml"] {
        write(dir.path(), path, "x");
    }
    let set = |path: &str, mode| fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    set("", 0o755);
    set("secret.yaml", 0o000);
    set("closed", 0o000);
    let root = dir.path().to_owned();
    let thread = std::thread::spawn(move || {
        // SAFETY: changes the file system identity of this thread alone, which ends right after.
        unsafe { libc::syscall(libc::SYS_setfsuid, 65534) };
        (source(&root).read_all().unwrap(), source(&root.join("closed")).read_all().unwrap_err())
    });
    let (snapshot, error) = thread.join().unwrap();
    assert_eq!(paths(&snapshot), ["plan.yaml"]);
    assert!(why(&snapshot, "secret.yaml").contains("check its permissions"));
    assert!(why(&snapshot, "closed").contains("check its permissions"));
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[tokio::test]
async fn a_missing_root_is_an_error_and_not_an_empty_source() {
    let dir = tempfile::tempdir().unwrap();
    let error = source(&dir.path().join("none")).snapshot().await.unwrap_err();
    assert!(error.to_string().contains("missing") && error.hint.contains("--source"), "{error}");
    write(dir.path(), "file", "x");
    let error = source(&dir.path().join("file")).snapshot().await.unwrap_err();
    assert!(error.to_string().contains("is a file"), "{error}");
    assert!(source(dir.path()).snapshot().await.unwrap().files.is_empty());
}

#[tokio::test]
async fn folders_without_end_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let mut path = dir.path().to_owned();
    for _ in 0..80 {
        path.push("d");
    }
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("plan.yaml"), "x").unwrap();
    let snapshot = source(dir.path()).snapshot().await.unwrap();
    assert!(snapshot.files.is_empty());
    assert!(snapshot.unreadable[0].1.contains("folders deep"), "{:?}", snapshot.unreadable);
}

/// Runs `change` and waits until a snapshot shows what is expected; each further look needs a notice of a change.
async fn notices(source: &DirectorySource, change: impl FnOnce(), expected: impl Fn(&[(String, String)]) -> bool) {
    change();
    let looks = async {
        loop {
            source.changed().await;
            let Ok(snapshot) = source.snapshot().await else { continue };
            let files: Vec<_> = snapshot
                .files
                .iter()
                .map(|f| (f.path.to_string(), String::from_utf8_lossy(&f.bytes).into_owned()))
                .collect();
            if expected(&files) {
                return;
            }
        }
    };
    // Only a bound for failure.
    tokio::time::timeout(Duration::from_secs(30), looks).await.expect("the change is noticed");
}

fn has(files: &[(String, String)], path: &str, text: &str) -> bool {
    files.iter().any(|(p, t)| p == path && t == text)
}

#[tokio::test]
async fn every_way_of_saving_a_file_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    write(&root, "plan.yaml", "one");
    let source = source(&root);
    source.changed().await;

    notices(&source, || write(&root, "plan.yaml", "two"), |f| has(f, "plan.yaml", "two")).await;
    // An editor's: a new file beside it, renamed over it.
    let editor = || {
        write(&root, ".plan.yaml.swp", "three");
        fs::rename(root.join(".plan.yaml.swp"), root.join("plan.yaml")).unwrap();
    };
    notices(&source, editor, |f| has(f, "plan.yaml", "three")).await;
    // Another editor's: the old one away, a new one in its place.
    let editor = || {
        fs::rename(root.join("plan.yaml"), root.join("plan.yaml~")).unwrap();
        write(&root, "plan.yaml", "four");
    };
    notices(&source, editor, |f| has(f, "plan.yaml", "four")).await;
    notices(&source, || fs::remove_file(root.join("plan.yaml")).unwrap(), |f| f.is_empty()).await;
    // Folders created later, with what is in them.
    notices(&source, || write(&root, "new/er/plan.yaml", "five"), |f| has(f, "new/er/plan.yaml", "five")).await;
    notices(&source, || write(&root, "new/er/plan.yaml", "six"), |f| has(f, "new/er/plan.yaml", "six")).await;
    // A folder moved in, then changed.
    write(dir.path(), "staged/a/b.yaml", "seven");
    let moved = || fs::rename(dir.path().join("staged"), root.join("staged")).unwrap();
    notices(&source, moved, |f| has(f, "staged/a/b.yaml", "seven")).await;
    notices(&source, || write(&root, "staged/a/b.yaml", "eight"), |f| has(f, "staged/a/b.yaml", "eight")).await;
}

#[tokio::test]
async fn a_config_maps_swap_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, "..1/plan.yaml", "one");
    symlink("..1", root.join("..data")).unwrap();
    symlink("..data/plan.yaml", root.join("plan.yaml")).unwrap();
    let source = source(root);
    source.changed().await;
    for n in 2..5 {
        let text = n.to_string();
        let swap = || {
            write(root, &format!("..{n}/plan.yaml"), &text);
            symlink(format!("..{n}"), root.join("..data_tmp")).unwrap();
            fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
            fs::remove_dir_all(root.join(format!("..{}", n - 1))).unwrap();
        };
        notices(&source, swap, |f| has(f, "plan.yaml", &text)).await;
    }
}

#[tokio::test]
async fn a_root_made_again_is_watched_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    write(&root, "sub/plan.yaml", "one");
    let source = source(&root);
    source.changed().await;
    let again = || {
        fs::remove_dir_all(&root).unwrap();
        write(&root, "sub/plan.yaml", "two");
    };
    notices(&source, again, |f| has(f, "sub/plan.yaml", "two")).await;
    notices(&source, || write(&root, "sub/plan.yaml", "three"), |f| has(f, "sub/plan.yaml", "three")).await;
    // A checkout that is swapped as a whole: the root is a link.
    write(dir.path(), "v2/plan.yaml", "v2");
    let link = || {
        fs::remove_dir_all(&root).unwrap();
        symlink("v2", &root).unwrap();
    };
    notices(&source, link, |f| has(f, "plan.yaml", "v2")).await;
    notices(&source, || write(dir.path(), "v2/plan.yaml", "v3"), |f| has(f, "plan.yaml", "v3")).await;
}

#[tokio::test]
async fn a_lost_notice_only_delays() {
    let dir = tempfile::tempdir().unwrap();
    let source = DirectorySource::new(dir.path(), Duration::from_millis(1));
    source.changed().await;
    // Nothing happens, and the reader is told to look all the same.
    tokio::time::timeout(Duration::from_secs(30), source.changed()).await.expect("the resync comes");
}
