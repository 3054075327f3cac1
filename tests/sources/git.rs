//! A revision of a repository: what is read of it, and what it cannot make git do.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use launchd::edges::sources::{Source, git::GitSource};

use super::{paths, text};

fn git(root: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").arg("-C").arg(root).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, &["init", "-q", "-b", "main"]);
    fs::create_dir_all(root.join("launches/deep")).unwrap();
    for (path, text) in
        [("launches/a.yaml", "one"), ("launches/deep/ü b.yml", "zwei\n"), ("top.yaml", ""), ("x.md", "")]
    {
        fs::write(root.join(path), text).unwrap();
    }
    fs::create_dir_all(root.join(".github")).unwrap();
    fs::write(root.join(".github/ci.yaml"), "no plan").unwrap();
    symlink("/etc/passwd", root.join("launches/link.yaml")).unwrap();
    fs::write(root.join("launches/big.yaml"), vec![b' '; (4 << 20) + 1]).unwrap();
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
    dir
}

async fn refused(root: &Path, revision: &str) -> String {
    let error = match GitSource::new(root, revision) {
        Ok(source) => source.snapshot().await.unwrap_err(),
        Err(e) => e,
    };
    assert!(!error.hint.is_empty());
    error.to_string()
}

#[tokio::test]
async fn a_revision_is_read_without_a_checkout() {
    let dir = repository();
    fs::write(dir.path().join("launches/a.yaml"), "changed, and in no commit").unwrap();
    let snapshot = GitSource::new(dir.path(), "main").unwrap().snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["launches/a.yaml", "launches/deep/ü b.yml", "top.yaml"]);
    assert_eq!(text(&snapshot, "launches/a.yaml"), "one");
    assert_eq!(text(&snapshot, "launches/deep/ü b.yml"), "zwei\n");
    assert_eq!(snapshot.unreadable.len(), 1, "{:?}", snapshot.unreadable);
    assert!(snapshot.unreadable[0].1.contains("at most"));
    assert!(snapshot.description.starts_with("main ("), "{}", snapshot.description);
    // A folder of the repository is a root of its own.
    let snapshot = GitSource::new(dir.path().join("launches"), "HEAD").unwrap().snapshot().await.unwrap();
    assert_eq!(paths(&snapshot), ["a.yaml", "deep/ü b.yml"]);
}

#[tokio::test]
async fn an_older_revision_stays_what_it_was() {
    let dir = repository();
    git(dir.path(), &["rm", "-q", "top.yaml"]);
    fs::write(dir.path().join("launches/a.yaml"), "two").unwrap();
    git(dir.path(), &["commit", "-q", "-a", "-m", "second"]);
    let now = GitSource::new(dir.path(), "main").unwrap().snapshot().await.unwrap();
    let before = GitSource::new(dir.path(), "main~1").unwrap().snapshot().await.unwrap();
    assert_eq!((text(&now, "launches/a.yaml"), now.files.len()), ("two", 2));
    assert_eq!((text(&before, "launches/a.yaml"), before.files.len()), ("one", 3));
}

#[tokio::test]
async fn what_is_no_revision_is_refused() {
    let dir = repository();
    for revision in ["--upload-pack=touch x", "-h", "", "a b", "HEAD:x.md", "a\nb", "\u{0}"] {
        assert!(refused(dir.path(), revision).await.contains("cannot name a commit"), "{revision:?}");
    }
    for revision in ["nowhere", "main..main", "0000000000000000000000000000000000000000"] {
        assert!(refused(dir.path(), revision).await.contains(revision), "{revision}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(refused(empty.path(), "main").await.contains("main"));
}

#[tokio::test]
async fn a_repository_runs_nothing() {
    let dir = repository();
    let (root, mark) = (dir.path(), dir.path().join("ran"));
    let program = root.join("program.sh");
    fs::write(&program, format!("#!/bin/sh\ntouch {}\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(root.join(".gitattributes"), "*.yaml filter=evil diff=evil\n").unwrap();
    git(root, &["add", ".gitattributes"]);
    git(root, &["commit", "-q", "-m", "attributes"]);
    let run = program.to_str().unwrap();
    for key in ["core.fsmonitor", "core.pager", "core.sshCommand", "filter.evil.smudge", "diff.evil.textconv"] {
        git(root, &["config", key, run]);
    }
    let hooks = root.join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
        fs::copy(&program, hooks.join(hook)).unwrap();
    }
    let snapshot = GitSource::new(root, "main").unwrap().snapshot().await.unwrap();
    assert_eq!(text(&snapshot, "launches/a.yaml"), "one");
    assert!(!mark.exists());
}
