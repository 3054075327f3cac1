//! What one process found in the plan files, kept on disk for the next: a command starts in proportion to what changed.
//!
//! It is trusted for nothing but skipping work. It is bound to this build, the settings that decide what files say, and the folder; it is checked by a
//! hash, replaced as a whole, readable by its owner only, and may be deleted at any time.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::engine::Refresh;
use crate::core::{
    manifest::document::LintLevel,
    model::{
        Timestamp,
        fingerprint::Fingerprint,
        launch::{Policy, Revision},
        name::Name,
    },
};

/// Rises when the rows change their meaning.
const FORMAT: u32 = 5;

/// The index's file.
#[derive(Debug, Clone)]
pub struct Index {
    path: PathBuf,
    binding: Fingerprint,
}

/// All that it holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Which store the launches' versions are of: one of its events.
    pub anchor: Option<Anchor>,
    pub files: Vec<KeptFile>,
}

/// An event of the store, by its number and content: another store, or one put back to an earlier day, has another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub seq: u64,
    pub event: Fingerprint,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct KeptFile {
    pub path: String,
    pub size: u64,
    /// Since the epoch, UTC.
    pub modified_ns: i64,
    pub inode: u64,
    /// Launches build on it: a profile, calendar, team, connector, or settings.
    pub shared: bool,
    pub launches: Vec<KeptLaunch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLaunch {
    pub name: Name,
    pub revision: Revision,
    /// Launches whose milestones it waits for.
    pub foreign: Vec<Name>,
    pub quiet: Option<Quiet>,
    pub rest: Option<Rest>,
}

/// A launch for which the daemon had nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// The state's version that was planned from.
    pub version: u64,
    /// The first instant at which there may be something; `None` is never.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub until: Option<Timestamp>,
}

/// A plan with nothing to say, and for how long it is known to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// The state's version that was planned from.
    pub version: u64,
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub from: Timestamp,
    /// The first instant at which the plan may look different; `None` is never.
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    pub until: Option<Timestamp>,
    /// Activities that stay as they are.
    pub unchanged: u32,
    /// Activities that wait for their time, their turn or people, and of these the ones that wait for people.
    pub waiting: u32,
    pub asking: u32,
    /// It has objects that vendors can be asked about.
    pub seen_outside: bool,
}

impl Quiet {
    pub fn holds(&self, version: u64, now: Timestamp) -> bool {
        self.version == version && self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// Whether a look at the world, as far as `refresh` goes, would ask nobody.
    pub fn holds_without(&self, refresh: Refresh) -> bool {
        !self.seen_outside || matches!(refresh, Refresh::Never | Refresh::Due)
    }
}

impl Kept {
    /// For people who look into the file.
    fn summary(&self) -> String {
        let launches = || self.files.iter().flat_map(|f| &f.launches);
        let (quiet, rests) = (launches().filter(|l| l.quiet.is_some()), launches().filter(|l| l.rest.is_some()));
        let (files, launches) = (self.files.len(), launches().count());
        format!("{files} files, {launches} launches, {} quiet, {} at rest\n", quiet.count(), rests.count())
    }
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = bytes.split_at_checked(bytes.iter().position(|b| *b == b'\n')?)?;
    Some((line, &rest[1..]))
}

impl Index {
    /// For the files below `source`, resolved under `policy` and weighed by `lints`, by this build, and planned under
    /// these `settings`.
    pub fn new(
        path: PathBuf,
        source: &Path,
        policy: &Policy,
        lints: &BTreeMap<String, LintLevel>,
        settings: &Fingerprint,
    ) -> Self {
        let build =
            std::env::current_exe().and_then(fs::metadata).map(|m| (m.len(), m.mtime(), m.mtime_nsec(), m.ino()));
        let source = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
        let version = env!("CARGO_PKG_VERSION");
        let binding = Fingerprint::of(&(
            FORMAT,
            version,
            build.ok(),
            source.to_string_lossy(),
            policy,
            format!("{lints:?}"),
            settings,
        ));
        Self { path, binding }
    }

    /// What was kept; `None` where there is nothing that can be used.
    pub fn load(&self) -> Option<Kept> {
        let bytes = fs::read(&self.path).ok()?;
        let (head, body) = line(&bytes)?;
        if head != self.head(body).as_bytes() {
            return None;
        }
        let (_, rows) = line(body)?;
        postcard::from_bytes(rows).ok()
    }

    /// Replaces what is kept. Where it cannot be written, the next process reads everything, and nobody is told.
    pub fn save(&self, kept: &Kept) {
        if let Err(error) = self.try_save(kept) {
            tracing::debug!(%error, path = %self.path.display(), "the index of the plan files was not kept");
        }
    }

    fn try_save(&self, kept: &Kept) -> io::Result<()> {
        let body = postcard::to_extend(kept, kept.summary().into_bytes()).map_err(io::Error::other)?;
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Two commands at once write a file each; the later one's stays.
        let fresh = self.path.with_extension(format!("{}.new", std::process::id()));
        _ = fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        let written = file.write_all(format!("{}\n", self.head(&body)).as_bytes()).and_then(|()| file.write_all(&body));
        written.and_then(|()| fs::rename(&fresh, &self.path)).inspect_err(|_| drop(fs::remove_file(&fresh)))
    }

    fn head(&self, body: &[u8]) -> String {
        format!("launchd-files-index {FORMAT} {} {}", self.binding.as_str(), Fingerprint::of_bytes(body).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        let launch = KeptLaunch {
            name: "atlas".parse().unwrap(),
            revision: Fingerprint::of("a"),
            foreign: vec!["orbit".parse().unwrap()],
            quiet: None,
            rest: Some(Rest { version: 3, until: None }),
        };
        let (path, inode) = ("a.yaml".to_owned(), 7);
        let file = KeptFile { path, size: 3, modified_ns: 5, inode, shared: false, launches: vec![launch] };
        Kept { anchor: Some(Anchor { seq: 3, event: Fingerprint::of("e") }), files: vec![file] }
    }

    #[test]
    fn what_was_kept_comes_back_until_a_byte_of_it_the_settings_or_the_folder_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache/files.index");
        let index = |folder: &str, policy: &Policy, settings: &str| {
            Index::new(path.clone(), Path::new(folder), policy, &BTreeMap::new(), &Fingerprint::of(settings))
        };
        let (policy, other) = (Policy::default(), Policy { max_change_percent: 31, ..Policy::default() });
        let others = [index("launches", &other, "a"), index("plans", &policy, "a"), index("launches", &policy, "b")];
        let index = index("launches", &policy, "a");
        assert!(index.load().is_none());
        index.save(&kept());
        assert_eq!(index.load().unwrap().files[0].launches, kept().files[0].launches);
        others.iter().for_each(|other| assert!(other.load().is_none()));
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(index.load().is_none(), "byte {at}");
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(index.load().is_none());
    }

    #[test]
    fn only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let (path, settings) = (dir.path().join("files.index"), Fingerprint::of("settings"));
        let index = Index::new(path, Path::new("."), &Policy::default(), &BTreeMap::new(), &settings);
        index.save(&kept());
        let mode = fs::metadata(dir.path().join("files.index")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_quiet_plan_holds_for_its_version_and_its_time_only() {
        let at = |s| Timestamp::from_timestamp(s, 0).unwrap();
        let quiet = Quiet {
            version: 4,
            from: at(10),
            until: Some(at(20)),
            unchanged: 1,
            waiting: 2,
            asking: 0,
            seen_outside: true,
        };
        assert!(quiet.holds_without(Refresh::Due) && !quiet.holds_without(Refresh::All));
        assert!(quiet.holds(4, at(10)) && quiet.holds(4, at(19)));
        assert!(!quiet.holds(5, at(15)) && !quiet.holds(4, at(20)) && !quiet.holds(4, at(9)));
    }
}
