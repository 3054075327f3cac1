//! Plan files as they are in a revision of a git repository, without a checkout: `diff --base REV`.
//!
//! In: a folder of a repository and a revision. Out: its plan files. Imports `core`.
//! Deliberately absent: the network, hooks, filters, and every other thing that a repository can make git run.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::core::model::source::SourceFile;

use super::{LARGEST_FILE, LARGEST_SOURCE, Snapshot, Source, SourceError, is_plan_name, too_large};

/// A revision of the plan files in a folder of a git repository.
#[derive(Debug, Clone)]
pub struct GitSource {
    folder: PathBuf,
    revision: String,
}

/// Git only reads here, and reads within seconds.
const LIMIT: Duration = Duration::from_secs(60);

/// A list of files of more than this is no folder of plans.
const LONGEST_LIST: u64 = 256 << 20;

/// What git may know of its surroundings: where programs and the user's own settings are.
const KEPT: [&str; 4] = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR"];

impl GitSource {
    /// The files below `folder`, which is a repository or a folder in one, at `revision` (a branch, a tag, a commit).
    ///
    /// # Errors
    /// `revision` is none that git could mean, or would be taken for an option.
    pub fn new(folder: impl Into<PathBuf>, revision: &str) -> Result<Self, SourceError> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':';
        if revision.is_empty() || revision.starts_with('-') || revision.len() > 256 || revision.contains(odd) {
            return Err(SourceError::new(
                "this is not a revision",
                format!("`{}` cannot name a commit", revision.escape_debug()),
                "name a branch, a tag or a commit, for example origin/main",
            ));
        }
        Ok(Self { folder: folder.into(), revision: revision.to_owned() })
    }

    /// The commit that the revision names now.
    ///
    /// # Errors
    /// There is no such revision, no repository, or no git.
    pub async fn commit(&self) -> Result<String, SourceError> {
        let revision = format!("{}^{{commit}}", self.revision);
        let text = self.output(&["rev-parse", "--verify", "--quiet", "--end-of-options", &revision]).await?;
        let commit = String::from_utf8_lossy(&text).trim().to_owned();
        let is_id = matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id { Ok(commit) } else { Err(self.failed("git named no commit", "")) }
    }

    fn git(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(["--no-optional-locks", "--no-pager", "--literal-pathspecs"])
            .args(["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never"])
            .arg("-C")
            .arg(&self.folder)
            .args(arguments)
            .env_clear()
            .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs([("GIT_NO_LAZY_FETCH", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_REPLACE_OBJECTS", "1")])
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn spawn(&self, command: &mut Command) -> Result<Child, SourceError> {
        command
            .spawn()
            .map_err(|e| SourceError::new("git cannot be run", e.to_string(), "install git, or compare without --base"))
    }

    async fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, SourceError> {
        let mut child = self.spawn(&mut self.git(arguments))?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(self.failed("git has no output", ""));
        };
        let (mut text, mut errors) = (Vec::new(), Vec::new());
        let mut limited = (stdout.take(LONGEST_LIST), stderr.take(4096));
        let (read, _, status) =
            tokio::join!(limited.0.read_to_end(&mut text), limited.1.read_to_end(&mut errors), async {
                tokio::time::timeout(LIMIT, child.wait()).await
            });
        match (read, status) {
            (Ok(_), Ok(Ok(status))) if status.success() => Ok(text),
            (Ok(_), Ok(Ok(_))) => Err(self.failed("git does not know it", &String::from_utf8_lossy(&errors))),
            _ => Err(self.failed("git did not finish", &String::from_utf8_lossy(&errors))),
        }
    }

    fn failed(&self, what: &str, errors: &str) -> SourceError {
        let folder = self.folder.display();
        let said = errors.trim().lines().next().unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", said.escape_debug()) };
        SourceError::new(
            "the revision cannot be read",
            format!("`{}` of {folder}: {what}{said}", self.revision),
            "check its name with `git log`; in CI, fetch it first (a shallow checkout has one commit only)",
        )
    }

    /// Plan files of `commit`, with their object ids.
    async fn list(&self, commit: &str) -> Result<List, SourceError> {
        let text = self.output(&["ls-tree", "-r", "-z", "-l", commit]).await?;
        let mut list = List::default();
        for line in text.split(|b| *b == 0).filter(|l| !l.is_empty()) {
            list.take(line).ok_or_else(|| self.failed("git listed something unknown", ""))?;
        }
        if list.total > LARGEST_SOURCE {
            return Err(SourceError::too_much(&self.revision));
        }
        Ok(list)
    }

    async fn read(&self, list: List) -> Result<(Vec<SourceFile>, Vec<(String, String)>), SourceError> {
        let broken = |e: std::io::Error| self.failed("git broke off", &e.to_string());
        let mut child = self.spawn(self.git(&["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(self.failed("git has no output", ""));
        };
        let ids: String = list.files.iter().map(|(_, id)| format!("{id}\n")).collect();
        // Written while the answers are read: neither side's pipe fills up.
        let ask = async move {
            let written = stdin.write_all(ids.as_bytes()).await;
            drop(stdin);
            written
        };
        let answer = async {
            let mut stdout = BufReader::new(stdout);
            let (mut files, mut unreadable) = (Vec::new(), list.unreadable);
            for (path, _) in list.files {
                match read_object(&mut stdout).await? {
                    Some(bytes) => files.push(SourceFile { path: path.into(), bytes: bytes.into() }),
                    None => unreadable.push((path, NOT_HERE.into())),
                }
            }
            Ok((files, unreadable))
        };
        let (asked, answered) = tokio::join!(ask, answer);
        let answered = answered.map_err(broken)?;
        asked.map_err(broken)?;
        Ok(answered)
    }
}

/// One answer of `cat-file --batch`: `ID blob SIZE`, the content, a line end; `None` for a missing object.
async fn read_object(stdout: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let unknown = || std::io::Error::new(std::io::ErrorKind::InvalidData, "an unknown answer");
    let mut header = Vec::new();
    (&mut *stdout).take(512).read_until(b'\n', &mut header).await?;
    let header = String::from_utf8(header).map_err(|_| unknown())?;
    let words: Vec<_> = header.split_whitespace().collect();
    match words[..] {
        [_, "missing"] => Ok(None),
        [_, "blob", size] => {
            let size: u64 = size.parse().ok().filter(|s| *s <= LARGEST_FILE).ok_or_else(unknown)?;
            let mut bytes = Vec::new();
            (&mut *stdout).take(size + 1).read_to_end(&mut bytes).await?;
            if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
                return Err(unknown());
            }
            Ok(Some(bytes))
        }
        _ => Err(unknown()),
    }
}

const NOT_HERE: &str = "its content is not in this clone; fetch it first";

#[derive(Default)]
struct List {
    files: Vec<(String, String)>,
    unreadable: Vec<(String, String)>,
    total: u64,
}

impl List {
    /// `MODE TYPE ID SIZE<tab>PATH`. `None` when it is not that.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let tab = line.iter().position(|b| *b == b'\t')?;
        let head = std::str::from_utf8(&line[..tab]).ok()?;
        let path = String::from_utf8_lossy(&line[tab + 1..]).into_owned();
        let [mode, kind, id, size] = head.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        // Links (120000) and other repositories (160000) are not followed into a tree that is not checked out.
        let file = kind == "blob" && mode.starts_with("100");
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        let name = Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !file || hidden || !is_plan_name(&name) {
            return Some(());
        }
        // Of an object that a partial clone left out, git knows no size.
        let Ok(size) = size.parse::<u64>() else {
            self.unreadable.push((path, NOT_HERE.into()));
            return Some(());
        };
        if std::str::from_utf8(&line[tab + 1..]).is_err() {
            self.unreadable.push((path, "its name is not UTF-8; rename it".into()));
        } else if size > LARGEST_FILE {
            self.unreadable.push((path, too_large(size)));
        } else {
            self.total += size;
            self.files.push((path, id.to_owned()));
        }
        Some(())
    }
}

#[async_trait]
impl Source for GitSource {
    async fn snapshot(&self) -> Result<Snapshot, SourceError> {
        let commit = self.commit().await?;
        let list = self.list(&commit).await?;
        let read = tokio::time::timeout(LIMIT, self.read(list)).await;
        let (mut files, mut unreadable) = read.map_err(|_| self.failed("git did not finish", ""))??;
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        unreadable.sort_unstable();
        let short: Arc<str> = commit.get(..12).unwrap_or(&commit).into();
        Ok(Snapshot { files, unreadable, description: format!("{} ({short})", self.revision) })
    }

    /// A revision is read once: it never changes.
    async fn changed(&self) {
        std::future::pending().await
    }
}
