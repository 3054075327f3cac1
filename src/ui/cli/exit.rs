//! Exit codes, all of them.

use std::process::ExitCode;

/// How a command ended, as scripts see it.
///
/// Every command: 0 done, 1 it ran and something is not as asked, 2 it could not run. `diff` follows kubectl, Argo CD
/// and Flux: 0 no change, 1 changes, 2 error; with `--detailed-exitcode` Terraform: 0 no change, 2 changes, 1 error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done; of `diff`: no change.
    Done,
    /// 1: it ran, and something is not as asked: problems in files, a change that failed, a wait that timed out.
    NotAsAsked,
    /// 2: it could not run: wrong arguments, no store, no settings. Also clap's own.
    CouldNotRun,
    /// `diff`: there are changes. 1, or 2 with `--detailed-exitcode`.
    Changes { detailed: bool },
    /// `diff`: it could not tell. 2, or 1 with `--detailed-exitcode`.
    Unknown { detailed: bool },
    /// 130: ended by Ctrl-C, as shells count it.
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotAsAsked | Self::Changes { detailed: false } | Self::Unknown { detailed: true } => 1,
            Self::CouldNotRun | Self::Changes { detailed: true } | Self::Unknown { detailed: false } => 2,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
