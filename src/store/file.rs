//! Whether the database on the disk is still the one that is open.
//!
//! An open file can be removed, or another one put in its place, and SQLite goes on with the one that nobody can find any
//! more: every write would succeed, and be gone with the process.

use crate::store::StoreError;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Which file it is: device and number where the system has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Identity(u64, u64);

/// The open database and its write-ahead log.
#[derive(Debug)]
pub(super) struct OurFile {
    path: PathBuf,
    log_path: PathBuf,
    database: Option<Identity>,
    /// SQLite makes it with the first write, and keeps it while the database is open.
    log: OnceLock<Identity>,
}

impl OurFile {
    /// Of the database at `path`, which has just been opened.
    pub(super) fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self { path: path.to_owned(), log_path: PathBuf::from(log), database: identity(path), log: OnceLock::new() }
    }

    /// [`StoreError::Gone`] where the database, or its log, is another file by now or none.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let log = identity(&self.log_path);
        let same_log = match (self.log.get(), log) {
            (None, None) => true,
            (None, Some(found)) => *self.log.get_or_init(|| found) == found,
            (Some(known), found) => found == Some(*known),
        };
        if same_log && self.database.is_some() && identity(&self.path) == self.database {
            return Ok(());
        }
        Err(StoreError::Gone { path: self.path.clone() })
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let meta = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some(Identity(meta.dev(), meta.ino()))
    }
    // Elsewhere an open file cannot be removed; that there is one is all that can be asked.
    #[cfg(not(unix))]
    {
        let _ = meta;
        Some(Identity(0, 0))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Fault, Scope};
    use crate::store::fixture::{Folder, draft};

    fn check(lose: impl FnOnce(&Folder)) {
        let folder = Folder::new();
        folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
        folder.store.check_file().unwrap();
        lose(&folder);
        let refused = folder.store.write(|tx| tx.ensure_collection(Scope::DEFAULT, "Other"));
        assert_eq!(refused.map(drop).map_err(|e| e.code()), Err("database_gone"));
        assert_eq!(folder.store.check_file().map_err(|e| e.code()), Err("database_gone"));
        folder.store.close();
    }

    #[test]
    fn nothing_is_written_to_a_database_that_nobody_will_find() {
        check(|folder| std::fs::remove_file(folder.store.path()).unwrap());
        check(|folder| std::fs::remove_dir_all(folder.dir.path()).unwrap());
        check(|folder| {
            let copy = folder.dir.path().join("copy");
            std::fs::copy(folder.store.path(), &copy).unwrap();
            std::fs::rename(copy, folder.store.path()).unwrap();
        });
        check(|folder| {
            let mut log = folder.store.path().as_os_str().to_owned();
            log.push("-wal");
            std::fs::remove_file(log).unwrap();
        });
    }
}
