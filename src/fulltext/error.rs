//! What can go wrong in the full-text index.

use crate::domain::{Fault, FaultKind};
use std::path::PathBuf;

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

impl FulltextError {
    /// True where trying again helps as little as it did before, and only an index made anew does: not where the disk is
    /// full or refuses us, and not where another process is at work.
    pub fn wants_renewal(&self) -> bool {
        use std::io::ErrorKind::{
            Interrupted, OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match self {
            Self::Syntax { .. } | Self::Locked(_) => false,
            Self::Io { source, .. } => !matches!(
                source.kind(),
                StorageFull | QuotaExceeded | ReadOnlyFilesystem | PermissionDenied | OutOfMemory | Interrupted
            ),
            Self::Engine { .. } => true,
        }
    }
}

impl Fault for FulltextError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Syntax { .. } => FaultKind::Input,
            Self::Locked(_) | Self::Io { .. } => FaultKind::Unavailable,
            Self::Engine { .. } => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "bad_query",
            Self::Locked(_) => "fulltext_locked",
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
