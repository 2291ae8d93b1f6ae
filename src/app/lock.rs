//! One owner per data folder: an operating-system lock on `soundings.lock`, given back by the kernel when its process
//! ends in any way.

use super::AppError;
use crate::domain::FaultKind;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Held as long as this process owns the folder.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder where it is missing and takes the lock.
    ///
    /// Errors: `data_dir_unusable` where it cannot be made or written; `folder_in_use` where another process owns it.
    pub(super) fn take(dir: &Path) -> Result<Self, AppError> {
        let unusable = |e: std::io::Error| {
            AppError::new(
                FaultKind::Unavailable,
                "data_dir_unusable",
                format!(
                    "the data folder {} cannot be used: {e}; give another one with --data-dir or mend its permissions",
                    dir.display()
                ),
            )
        };
        std::fs::create_dir_all(dir).map_err(unusable)?;
        let path = dir.join("soundings.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::new(
                FaultKind::Unavailable,
                "folder_in_use",
                format!(
                    "another process is using the data folder {}; stop it, or give another folder with --data-dir",
                    dir.display()
                ),
            )),
            Err(TryLockError::Error(e)) => Err(unusable(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path()).unwrap();
        assert_eq!(FolderLock::take(dir.path()).unwrap_err().code, "folder_in_use");
        drop(first);
        FolderLock::take(dir.path()).unwrap();
    }
}
