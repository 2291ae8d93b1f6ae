//! What can go wrong in the store, by meaning.

use crate::domain::{Fault, FaultKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the store could not do it.
///
/// Cloneable, because one failed commit is the answer to every closure that was grouped into it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// No such row in this workspace; a row of another workspace answers the same.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// The kind of thing: "import", "job", "collection".
        what: &'static str,
        /// As it was asked for.
        id: String,
    },
    /// The name is taken.
    #[error("there is already a {what} named `{name}`: choose another name")]
    NameTaken {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The name is empty or too long.
    #[error("`{name}` cannot be a name of a {what}: use 1 to 200 characters, none of them a control character")]
    BadName {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// It contradicts the present state.
    #[error("{0}")]
    WrongState(String),
    /// The key of a request came with another request before.
    #[error(
        "the Idempotency-Key `{key}` was sent with another request before: send that one as it was, or this one with a key of \
         its own"
    )]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The scope may only read.
    #[error("this access may only read: use one that may write")]
    ReadOnlyScope,
    /// Another owner took the job over; nothing that the present transaction did is kept.
    #[error("the lease of job {job} is gone: another attempt has taken it over")]
    LeaseLost {
        /// Row number of the job.
        job: i64,
    },
    /// The file is not a database, or its pages contradict each other.
    #[error(
        "the database {} is damaged ({detail}): {}",
        path.display(),
        match backups(path) {
            Some(folder) => format!("run `soundings doctor`, or put back a backup from {}", folder.display()),
            None => "move the file away and import again, or let `sqlite3 soundings.db .recover` save what can still be read"
                .to_owned(),
        }
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// A database of another program.
    #[error("{} belongs to another program (application id {found:#010x}): choose another data folder", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// Its `application_id`.
        found: i32,
    },
    /// A database that a newer program has migrated.
    #[error(
        "the database {} has version {found}, this program knows versions up to {known}: use a newer soundings{}",
        path.display(),
        match backups(path) {
            Some(folder) => format!(", or put back a backup of version {known} or older from {}", folder.display()),
            None => String::new(),
        }
    )]
    Future {
        /// The database file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The schema could not be brought to the newest version; the file is as it was.
    #[error(
        "the database {} could not be brought from version {from} to version {to} ({detail}); it is as it was: go on with \
         the soundings that you had, and report this",
        path.display()
    )]
    Migration {
        /// The database file.
        path: PathBuf,
        /// Its version.
        from: usize,
        /// The version that it was to have.
        to: usize,
        /// What SQLite said, or which references would have been broken.
        detail: String,
    },
    /// The file was removed or replaced while it was open: what is written now would be lost.
    #[error(
        "the database {} was removed or replaced while the program ran, so nothing more is written to it: end the program, \
         put the file back, or a copy of it, and start again",
        path.display()
    )]
    Gone {
        /// The database file.
        path: PathBuf,
    },
    /// No space left.
    #[error("the disk that holds {} is full: free some space and try again; nothing that was stored is lost", path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// The folder or the file cannot be written.
    #[error("{} cannot be written ({detail}): check its owner and permissions, or choose another data folder", path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// Another process holds the database for longer than we wait.
    #[error("the database {} is locked by another program: close that program and try again", path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The store is closed.
    #[error("the store is closing: try again when the program has started anew")]
    Closed,
    /// `write` was called by a commit hook or inside another `write`: it would wait for itself.
    #[error("a write was started from inside a write")]
    NestedWrite,
    /// A closure panicked; its savepoint was rolled back.
    #[error("a write panicked: {0}")]
    Panicked(String),
    /// A stored value is not what this program wrote.
    #[error("{what} holds a value that cannot be read: {detail}")]
    BadValue {
        /// Table and column.
        what: &'static str,
        /// The value or the reason.
        detail: String,
    },
    /// No random bytes from the operating system.
    #[error("the operating system gives no random bytes: {0}")]
    NoRandom(String),
    /// Reading or writing a file beside the database failed.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Arc<std::io::Error>,
    },
    /// SQLite refused; a mistake of ours unless the machine is at fault.
    #[error("the database refused: {0}")]
    Sqlite(#[source] Arc<rusqlite::Error>),
}

/// The folder of backups beside a database, where there is one with something in it.
///
/// Backups are only made before a migration: most folders have none, and whoever reads an error must not look for it.
fn backups(database: &Path) -> Option<PathBuf> {
    let folder = database.parent()?.join("backups");
    std::fs::read_dir(&folder).ok()?.flatten().next().is_some().then_some(folder)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl StoreError {
    /// Gives the meanings of SQLite's result codes their own variants; `path` is the database.
    pub(super) fn named(self, path: &std::path::Path) -> Self {
        use rusqlite::ErrorCode;
        let Self::Sqlite(error) = &self else { return self };
        let rusqlite::Error::SqliteFailure(failure, message) = error.as_ref() else { return self };
        let detail = || message.clone().unwrap_or_else(|| failure.to_string());
        let path = path.to_owned();
        match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { path, detail: detail() },
            ErrorCode::DiskFull => Self::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::NotWritable { path, detail: detail() }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { path },
            _ => self,
        }
    }
}

impl Fault for StoreError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound { .. } => FaultKind::NotFound,
            Self::NameTaken { .. } | Self::KeyReused { .. } | Self::WrongState(_) | Self::LeaseLost { .. } => {
                FaultKind::Conflict
            }
            Self::BadName { .. } => FaultKind::Input,
            Self::ReadOnlyScope => FaultKind::Forbidden,
            Self::Damaged { .. } | Self::BadValue { .. } | Self::Foreign { .. } | Self::Future { .. } => {
                FaultKind::Damaged
            }
            Self::DiskFull { .. } => FaultKind::NoSpace,
            Self::Gone { .. } | Self::NotWritable { .. } | Self::Locked { .. } | Self::Closed | Self::File { .. } => {
                FaultKind::Unavailable
            }
            Self::NestedWrite | Self::Panicked(_) | Self::NoRandom(_) | Self::Migration { .. } | Self::Sqlite(_) => {
                FaultKind::Internal
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NameTaken { .. } => "name_taken",
            Self::BadName { .. } => "bad_name",
            Self::WrongState(_) => "wrong_state",
            Self::KeyReused { .. } => "key_reused",
            Self::ReadOnlyScope => "read_only",
            Self::LeaseLost { .. } => "lease_lost",
            Self::Damaged { .. } => "database_damaged",
            Self::Foreign { .. } => "database_foreign",
            Self::Future { .. } => "database_newer",
            Self::Migration { .. } => "migration_failed",
            Self::Gone { .. } => "database_gone",
            Self::DiskFull { .. } => "disk_full",
            Self::NotWritable { .. } => "not_writable",
            Self::Locked { .. } => "database_locked",
            Self::Closed => "closing",
            Self::BadValue { .. } => "database_bad_value",
            Self::File { .. } => "file_error",
            Self::NestedWrite | Self::Panicked(_) | Self::NoRandom(_) | Self::Sqlite(_) => "internal",
        }
    }
}
