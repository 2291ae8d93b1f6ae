//! What can go wrong in the full-text index.

use crate::disk;
use crate::domain::{Fault, FaultKind};
use std::path::{Path, PathBuf};

/// What can go wrong in the full-text index.
#[derive(Debug, thiserror::Error)]
pub enum FulltextError {
    /// The search text cannot be understood.
    #[error("{message} (at character {})", position + 1)]
    Syntax {
        /// Characters (not bytes) before the place that is wrong.
        position: usize,
        /// What is wrong there and what to write instead.
        message: String,
    },
    /// Another process writes this index.
    #[error("the full-text index in {} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// No space left.
    #[error(
        "the disk that holds the full-text index in {} is full: free some space there, and the index goes on by itself; nothing \
         that was stored is lost",
        .0.display()
    )]
    DiskFull(PathBuf),
    /// The folder cannot be read or written.
    #[error("the full-text index in {} cannot be read or written: {source}", dir.display())]
    Io {
        /// The index folder.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine refused.
    #[error("the full-text index in {} failed: {source}", dir.display())]
    Engine {
        /// The index folder.
        dir: PathBuf,
        /// What the engine said.
        source: tantivy::TantivyError,
    },
}

/// Free bytes below which a failure that does not say why is taken for that of a full disk: a segment needs more.
const TOO_LITTLE: u64 = 256 << 10;

impl FulltextError {
    /// What an error of the system means. A disk with hardly any room is full whatever the error says: a thread of the
    /// engine that could not write ends, and all that is known then is that it has ended.
    pub(super) fn of_system(dir: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded) || is_full(dir) {
            return Self::DiskFull(dir.to_owned());
        }
        Self::Io { dir: dir.to_owned(), source }
    }

    /// What an error of the engine means that names no error of the system.
    pub(super) fn of_engine(dir: &Path, source: tantivy::TantivyError) -> Self {
        // Of what ended one of its threads the engine keeps the words alone.
        let says_full = source.to_string().contains("No space left");
        if says_full || is_full(dir) {
            Self::DiskFull(dir.to_owned())
        } else {
            Self::Engine { dir: dir.to_owned(), source }
        }
    }

    /// True where trying again helps as little as it did before, and only an index made anew does: not where the disk is
    /// full or refuses us, and not where another process is at work.
    pub fn wants_renewal(&self) -> bool {
        use std::io::ErrorKind::{Interrupted, OutOfMemory, PermissionDenied, ReadOnlyFilesystem};
        match self {
            Self::Syntax { .. } | Self::Locked(_) | Self::DiskFull(_) => false,
            Self::Io { source, .. } => {
                !matches!(source.kind(), ReadOnlyFilesystem | PermissionDenied | OutOfMemory | Interrupted)
            }
            Self::Engine { .. } => true,
        }
    }
}

fn is_full(dir: &Path) -> bool {
    disk::free_bytes(dir).is_some_and(|free| free < TOO_LITTLE)
}

impl Fault for FulltextError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Syntax { .. } => FaultKind::Input,
            Self::Locked(_) | Self::Io { .. } => FaultKind::Unavailable,
            Self::DiskFull(_) => FaultKind::NoSpace,
            Self::Engine { .. } => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "bad_query",
            Self::Locked(_) => "fulltext_locked",
            Self::DiskFull(_) => "disk_full",
            Self::Io { .. } => "fulltext_io",
            Self::Engine { .. } => "fulltext_failed",
        }
    }

    fn position(&self) -> Option<usize> {
        match self {
            Self::Syntax { position, .. } => Some(*position),
            _ => None,
        }
    }
}
