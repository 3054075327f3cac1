//! What SQLite says, in words that tell a person what to do.

use std::{path::Path, sync::Arc};

use rusqlite::ErrorCode;

use crate::edges::store::StoreError;

/// Makes store errors that name the file.
#[derive(Clone)]
pub struct Errors {
    path: Arc<Path>,
}

impl Errors {
    pub fn new(path: &Path) -> Self {
        Self { path: path.into() }
    }

    pub fn map(&self, e: &rusqlite::Error) -> StoreError {
        let path = self.path.display();
        let Some(code) = e.sqlite_error_code() else {
            return self.unreadable(e);
        };
        match code {
            ErrorCode::DiskFull => StoreError::Full(format!("{path}: {e}; free some space and try again")),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
                StoreError::ReadOnly(format!("{path}: {e}; make the file and its folder writable for this user"))
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => self.corrupt(&e.to_string()),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                StoreError::Other(format!("{path}: another process is writing and does not finish; try again"))
            }
            ErrorCode::CannotOpen => {
                StoreError::Other(format!("{path}: {e}; check that the folder exists and that this user may use it"))
            }
            ErrorCode::SystemIoFailure => {
                StoreError::Other(format!("{path}: {e}; check the disk and the system's log"))
            }
            _ => StoreError::Other(format!("{path}: {e}")),
        }
    }

    pub fn corrupt(&self, what: &str) -> StoreError {
        StoreError::Corrupt(format!(
            "{}: {what}; restore it from a backup, or run `launchd doctor` to see what can be saved",
            self.path.display()
        ))
    }

    /// A file system error on the way to the file.
    pub fn io(&self, doing: &str, e: &std::io::Error) -> StoreError {
        let text = format!("failed to {doing} {}: {e}", self.path.display());
        match e.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(
                format!("{text}; make the folder writable for this user, or choose another --store"),
            ),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StoreError::Full(format!("{text}; free some space and try again"))
            }
            _ => StoreError::Other(format!("{text}; choose another --store or mend the path")),
        }
    }

    /// Something stored does not have the shape that launchd writes.
    fn unreadable(&self, e: &rusqlite::Error) -> StoreError {
        use rusqlite::Error as E;
        match e {
            E::FromSqlConversionFailure(..) | E::InvalidColumnType(..) | E::IntegralValueOutOfRange(..) => {
                self.corrupt(&e.to_string())
            }
            _ => StoreError::Other(format!("{}: {e}", self.path.display())),
        }
    }
}
