//! Which programs may run: decided by settings, never by a plan file.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
};

use crate::core::model::{
    connector::{ExecSettings, programs},
    outcome::Failure,
};

impl ExecSettings {
    /// The file to run for `command`, if it may run and can be started.
    ///
    /// # Errors
    /// Not allowed, outside of the root, not there, or not executable: each with what to do.
    pub(super) fn program(&self, command: &[String]) -> Result<PathBuf, Failure> {
        let Some(written) = command.first().filter(|p| !p.is_empty()) else {
            return Err(Failure::new(
                "the command is empty",
                "write at least the program: `command: [./ci/smoke-test.sh]`",
            ));
        };
        if command.iter().any(|word| word.contains('\0')) {
            return Err(Failure::new("the command holds a NUL character", "no program can receive one; remove it"));
        }
        if written.contains('/') && Path::new(written).components().any(|c| c == Component::ParentDir) {
            return Err(Failure::new(
                "the program's path leaves the configured root",
                format!("`{written}` holds `..`; write it relative to {} without", self.directory.display()),
            ));
        }
        if !programs::is_allowed(&self.allow, command) {
            return Err(not_allowed(written));
        }
        let found = if written.starts_with('/') {
            PathBuf::from(written)
        } else if written.contains('/') {
            self.below_root(written)?
        } else {
            self.on_path(written)?
        };
        executable(&found, written)?;
        Ok(found)
    }

    /// What settings refuse of a command before it is complete: the program, if no pattern could allow it.
    pub(super) fn refuses(&self, command: &[String]) -> Option<Failure> {
        let written = command.first().filter(|_| !programs::may_be_allowed(&self.allow, command))?;
        Some(not_allowed(written))
    }

    /// The folder that a program starts in.
    ///
    /// # Errors
    /// It is not there, no folder, or outside of the root.
    pub(super) fn start_in(&self, written: Option<&str>) -> Result<PathBuf, Failure> {
        let folder = self.below_root(written.unwrap_or("."))?;
        if !folder.is_dir() {
            return Err(Failure::new("the working directory is no folder", format!("`{}`", written.unwrap_or("."))));
        }
        Ok(folder)
    }

    /// The real path of something below the root, links followed. What is checked here is what is used later.
    fn below_root(&self, written: &str) -> Result<PathBuf, Failure> {
        let missing = |path: &Path, e: std::io::Error| {
            let place = self.directory.display();
            Failure::new(
                format!("{written} is not there"),
                format!("{} ({e}); paths are relative to the configured root {place}", path.display()),
            )
        };
        let root = self.directory.canonicalize().map_err(|e| missing(&self.directory, e))?;
        let path = root.join(written);
        let real = path.canonicalize().map_err(|e| missing(Path::new(written), e))?;
        if !real.starts_with(&root) {
            return Err(Failure::new(
                "the path leaves the configured root",
                format!("`{written}` leads out of {}; move it into that folder", self.directory.display()),
            ));
        }
        Ok(real)
    }

    fn on_path(&self, name: &str) -> Result<PathBuf, Failure> {
        let folders = self.path.split(':').filter(|f| f.starts_with('/'));
        folders.map(|folder| Path::new(folder).join(name)).find(|p| p.is_file()).ok_or_else(|| {
            Failure::new(
                format!("{name} is not there"),
                format!(
                    "no such program in {}; install it, or add its folder to `exec: path:` in launchd.yaml",
                    self.path
                ),
            )
        })
    }
}

fn not_allowed(program: &str) -> Failure {
    Failure::new(
        "the program is not allowed by settings",
        format!(
            "to allow it, add it under `exec: allow:` in launchd.yaml, as `exec: {{ allow: [{}] }}`",
            quoted(program)
        ),
    )
}

fn executable(path: &Path, written: &str) -> Result<(), Failure> {
    let meta = path.metadata().map_err(|e| Failure::new(format!("{written} is not there"), e.to_string()))?;
    if meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
        return Ok(());
    }
    let what =
        if meta.is_file() { "mark it as executable: chmod +x" } else { "it is no file; name the program itself:" };
    Err(Failure::new(format!("{written} cannot be executed"), format!("{what} {written}")))
}

/// A YAML scalar that reads back as the same text.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_is_not_allowed_is_refused_with_what_to_write() {
        let failure = ExecSettings::default().program(&words("./ci/smoke.sh a")).unwrap_err();
        assert_eq!(failure.summary, "the program is not allowed by settings");
        assert!(failure.detail.ends_with("`exec: { allow: [\"./ci/smoke.sh\"] }`"), "{}", failure.detail);
    }

    #[test]
    fn a_program_may_not_leave_the_root_by_dots_or_links() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = outside.path().join("evil");
        std::fs::write(&target, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(&target, root.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("folder")).unwrap();
        let settings = ExecSettings {
            allow: vec!["./*".into(), "./folder/*".into(), "./a/../../*".into()],
            directory: root.path().into(),
            ..ExecSettings::default()
        };
        for program in ["./link", "./folder/evil", "./a/../../evil"] {
            let failure = settings.program(&words(program)).unwrap_err();
            assert!(failure.summary.contains("leaves the configured root"), "{program}: {failure:?}");
        }
        assert!(settings.start_in(Some("folder")).is_err());
        assert!(settings.start_in(Some("/")).is_err());
        assert!(settings.start_in(None).is_ok());
    }
}
