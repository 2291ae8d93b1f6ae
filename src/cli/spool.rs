//! Standard input as a file, for what must look at all of it before reading rows.

use anyhow::Context as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A file that is gone when this is dropped, or when the process ends in any way.
pub(super) struct Spool {
    path: PathBuf,
    n_bytes: u64,
    /// Keeps the contents, which have no name any more.
    _file: File,
    /// The name, where it could not be given up.
    _name: Option<TempPath>,
}

impl Spool {
    /// Copies `reader` to its end, into `folder` or the system's place for temporary files.
    pub(super) fn fill(reader: &mut impl Read, folder: Option<&Path>) -> anyhow::Result<Self> {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let cannot = "cannot make a temporary file";
        let nameless = tempfile::tempfile_in(&folder).context(cannot)?;
        let (mut file, path, name) = if let Some(path) = path_without_name(&nameless) {
            // It never had a name, where the file system can do that: nothing that ends the process leaves it behind.
            (nameless, path, None)
        } else {
            let named = tempfile::Builder::new().prefix(".soundings-input-").tempfile_in(&folder).context(cannot)?;
            let (file, name) = named.into_parts();
            (file, name.to_path_buf(), Some(name))
        };
        let n_bytes = io::copy(reader, &mut file).context("cannot copy the input to a temporary file")?;
        Ok(Self { path, n_bytes, _file: file, _name: name })
    }

    /// Opens as often as needed, each time at the beginning.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How much was copied.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }
}

/// A path that leads to an open file whether or not it has a name: Linux has one for every descriptor.
#[cfg(target_os = "linux")]
fn path_without_name(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    File::open(&path).is_ok().then_some(path)
}

#[cfg(not(target_os = "linux"))]
fn path_without_name(_file: &File) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_can_be_read_again_and_again_and_leave_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::fill(&mut "some text".as_bytes(), Some(dir.path())).unwrap();
        assert_eq!(spool.n_bytes(), 9);
        for _ in 0..2 {
            assert_eq!(std::fs::read_to_string(spool.path()).unwrap(), "some text");
        }
        drop(spool);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
