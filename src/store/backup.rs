//! Database files as files: whose they are, for whose eyes, and copying one.

use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// "Sndg": says in the file's header that it is ours.
pub(super) const APPLICATION_ID: i32 = 0x536e_6467;

/// How long a connection waits for another process before it says `locked`.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The same path with `ending` behind its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Copies the database as one consistent moment: beside `to`, made durable, then moved into place.
pub(super) fn backup(path: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |at: &Path, e: io::Error| StoreError::File { path: at.to_owned(), source: Arc::new(e) };
    if to.exists() {
        return Err(failed(to, io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name already")));
    }
    let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let partial = beside(to, ".partial");
    let _ = std::fs::remove_file(&partial);
    create_private(&partial)?;
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    let name = partial.to_string_lossy().into_owned();
    let done = conn.execute("VACUUM INTO ?1", [&name]).map_err(|e| StoreError::from(e).named(&partial));
    if let Err(error) = done {
        let _ = std::fs::remove_file(&partial);
        return Err(error);
    }
    let sync = |at: &Path| std::fs::File::open(at).and_then(|f| f.sync_all()).map_err(|e| failed(at, e));
    sync(&partial)?;
    std::fs::rename(&partial, to).map_err(|e| failed(to, e))?;
    sync(folder)
}

/// Makes the file, readable by its owner alone, where it is missing; SQLite gives its companions the same mode.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|e| match e.kind() {
        io::ErrorKind::StorageFull => StoreError::DiskFull { path: path.to_owned() },
        _ => StoreError::NotWritable { path: path.to_owned(), detail: e.to_string() },
    })
}
