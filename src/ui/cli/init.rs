//! `launchd init`: a repository of launches to start from.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CommandResult, Exit, Problem, Session, files::shown, whole};

const EXAMPLES: &str = "\
Example:
  launchd init && launchd new atlas-2 --type major_release --target 2027-04-01T09:00

What is there already is left as it is.";

/// Begin: write launchd.yaml, a folder for plans, and a .gitignore line for the state.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// The folder of the repository.
    #[arg(default_value = ".")]
    folder: PathBuf,
}

const SETTINGS: &str = "\
# yaml-language-server: $schema=schemas/settings.schema.json
# Settings of launchd: what may run, with which credentials, and what needs asking. Every field: launchd explain settings.spec
apiVersion: launchd/v1
kind: Settings
spec:
  source: { path: launches }

  # Who has which role. An approval `from: release-managers` is theirs to give.
  # policy:
  #   roles:
  #     release-managers: [ana, ben]
  #   once_needs_approval: true        # nothing public without a standing approval

  # Vendors. A secret is only ever a reference.
  # connectors:
  #   jira:
  #     base_url: https://example.atlassian.net
  #     auth:
  #       scheme: basic
  #       username: { env: JIRA_USER }
  #       password: { env: JIRA_TOKEN }

  # Programs that plans may run. None, unless they are listed here.
  # exec:
  #   allow: [./ci/*]
";

const IGNORED: &str = ".launchd/";

pub fn run(args: &InitArgs, session: &Session<'_>) -> CommandResult {
    let folder = &args.folder;
    let mut told = Vec::new();
    fs::create_dir_all(folder.join("launches")).map_err(|e| cannot("make the folder", &folder.join("launches"), &e))?;
    let settings = folder.join("launchd.yaml");
    told.push(match write_new(&settings, SETTINGS)? {
        true => format!("wrote {}", shown(&settings)),
        false => format!("left {} as it is", shown(&settings)),
    });
    let ignore = folder.join(".gitignore");
    told.push(match ignore_state(&ignore)? {
        true => format!("added {IGNORED} to {}: the state is not for the repository", shown(&ignore)),
        false => format!("left {} as it is", shown(&ignore)),
    });
    let mut text = told.join("\n");
    text.push_str("\n\nNext:\n  launchd new NAME         write a plan\n  launchd validate         check the plans\n");
    text.push_str("  launchd diff             see what would happen\n  launchd rehearse NAME    see the whole launch, on a virtual clock\n");
    session.out.print(&text);
    Ok(Exit::Done)
}

/// Writes a file that is not there. What is there is never touched, whoever is faster.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_new(path: &Path, text: &str) -> Result<bool, Problem> {
    whole::create(path, text.as_bytes()).map_err(|e| cannot("write", path, &e))
}

fn ignore_state(path: &Path) -> Result<bool, Problem> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => return Err(cannot("read", path, &e)),
    };
    let is_there = |l: &str| matches!(l.trim().trim_start_matches('/').trim_end_matches('/'), ".launchd");
    if text.lines().any(is_there) {
        return Ok(false);
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mut file =
        fs::OpenOptions::new().append(true).create(true).open(path).map_err(|e| cannot("write", path, &e))?;
    file.write_all(format!("{gap}{IGNORED}\n").as_bytes()).map(|()| true).map_err(|e| cannot("write", path, &e))
}

pub(super) fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot {what} {}", path.display())).why(error.to_string())
}
