//! What the program needs of the disk beside files: room, and folders that hold people's words.

use std::io;
use std::path::Path;

/// Bytes that are free for this user on the disk of `path`; `None` where the file system does not say, as some that lie in
/// memory or on another machine.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Makes a folder, with those that it lies in, for this user only, whatever the umask; one that is there becomes so.
///
/// # Errors
/// Where it cannot be made, or is somebody else's.
pub fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    keep_private(path)
}

/// Removes everything in a folder, and makes it where it is gone, for this user only. The folder itself stays: it may be a
/// disk of its own. The folder that it lies in must be there.
///
/// # Errors
/// Where something cannot be removed, or the folder cannot be made.
pub fn emptied_folder(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.and_then(|()| keep_private(path)),
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let removed = if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    keep_private(path)
}

fn keep_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_is_emptied_and_stays_private() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("a/words");
        assert!(emptied_folder(&folder).is_err(), "nothing that it lies in is made");
        private_folder(&folder).unwrap();
        let inode = std::fs::metadata(&folder).unwrap().ino();
        std::fs::create_dir(folder.join("b")).unwrap();
        std::fs::write(folder.join("b/c"), "x").unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.join("d")).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        emptied_folder(&folder).unwrap();
        let made = std::fs::metadata(&folder).unwrap();
        assert_eq!((made.ino(), made.mode() & 0o777), (inode, 0o700));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        std::fs::remove_dir(&folder).unwrap();
        emptied_folder(&folder).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert!(free_bytes(&folder).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(Path::new("/proc")), None);
    }
}
