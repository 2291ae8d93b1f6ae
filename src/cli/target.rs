//! Where an answer is written that may be a file: whole under its name, or not at all.
//!
//! What is no regular file (a device, a pipe) is written in place, never replaced. A link stays a link, a file keeps its mode
//! and, where this user may give it, its owner.

use super::error::Failure;
use super::terminal::OutputClosed;
use super::terminal::{self, escaped};
use anyhow::Context as _;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Links that are followed before they count as a circle.
const MOST_LINKS: usize = 40;

/// Where the rows go.
pub(super) enum Target<'a> {
    Stdout,
    /// A neighbour of the file, renamed when complete; dropped with everything in it otherwise.
    File {
        spool: Box<tempfile::NamedTempFile>,
        /// Behind all links.
        place: PathBuf,
        /// As it was called.
        path: &'a Path,
    },
    /// A device, a pipe, a socket.
    InPlace {
        file: File,
        path: &'a Path,
    },
}

impl<'a> Target<'a> {
    /// Opened before the first request, so that a wrong path costs nothing.
    pub(super) async fn open(path: Option<&'a Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        let cannot = || format!("cannot write {}", escaped(path));
        if path.is_dir() {
            let message = format!("{} is a folder", escaped(path));
            return Err(Failure::usage(message, "name a file in it, for example -o items.csv").into());
        }
        // Through links, `/dev/stdout` among them, whose own link leads to no path.
        let there = std::fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let place = path.to_owned();
            // A pipe waits for its reader, and that may be for ever.
            let open = move || File::options().write(true).open(place);
            let file = tokio::task::spawn_blocking(open).await?.with_context(cannot)?;
            return Ok(Self::InPlace { file, path });
        }
        let place = behind_links(path).with_context(cannot)?;
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".soundings-export-");
        #[cfg(unix)]
        {
            // Exports are ordinary files: who may read a new one is for the folder and the umask to say.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        // Without the temporary name that the error carries: nobody asked for that file.
        let spool = builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()));
        let spool = spool.with_context(cannot)?;
        if let Some(there) = there {
            keep(&spool, &there).with_context(cannot)?;
        }
        Ok(Self::File { spool: Box::new(spool), place, path })
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Stdout => terminal::out_bytes(piece),
            Self::File { spool, path, .. } => {
                spool.write_all(piece).with_context(|| format!("cannot write {}", escaped(path)))
            }
            Self::InPlace { file, path } => match file.write_all(piece) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
                written => written.with_context(|| format!("cannot write {}", escaped(path))),
            },
        }
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout => terminal::flush(),
            Self::File { spool, place, path } => {
                let cannot = || format!("cannot write {}", escaped(path));
                spool.as_file().sync_all().with_context(cannot)?;
                spool.persist(place).map_err(|error| error.error).with_context(cannot)?;
                Ok(())
            }
            // Written already; a device has nothing to make lasting.
            Self::InPlace { .. } => Ok(()),
        }
    }
}

/// The file that a path leads to, whether or not it is there.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&place) {
            Ok(target) => place = place.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("too many links, one behind the other"))
}

/// Gives the new file the mode of the one that it will replace, and its owner where that is allowed.
#[cfg(unix)]
fn keep(spool: &tempfile::NamedTempFile, there: &Metadata) -> io::Result<()> {
    use rustix::fs::{Gid, Uid, fchown};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    // The owner first: changing it takes some bits of the mode away. Whoever may not give files away keeps this one.
    let _ = fchown(spool.as_file(), Some(Uid::from_raw(there.uid())), Some(Gid::from_raw(there.gid())));
    spool.as_file().set_permissions(std::fs::Permissions::from_mode(there.mode() & 0o7777))
}

#[cfg(not(unix))]
fn keep(_: &tempfile::NamedTempFile, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    async fn export(path: &Path, text: &str) -> anyhow::Result<()> {
        let mut target = Target::open(Some(path)).await?;
        target.write(text.as_bytes())?;
        target.finish()
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[tokio::test]
    async fn a_file_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        for kept in [0o600, 0o640, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            export(&path, "new").await.unwrap();
            assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (kept, "new"));
        }
    }

    #[tokio::test]
    async fn a_link_stays_and_its_file_is_written() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("deep")).unwrap();
        for there in [true, false] {
            let (file, link) = (dir.path().join("deep/a.csv"), dir.path().join(format!("link-{there}")));
            if there {
                fs::write(&file, "old").unwrap();
            } else {
                fs::remove_file(&file).unwrap();
            }
            symlink("deep/a.csv", &link).unwrap();
            export(&link, "new").await.unwrap();
            assert_eq!(fs::read_link(&link).unwrap(), Path::new("deep/a.csv"));
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        }
        symlink("circle", dir.path().join("circle")).unwrap();
        assert!(export(&dir.path().join("circle"), "new").await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_file_is_written_in_place() {
        let dir = tempfile::tempdir().unwrap();
        let null = dir.path().join("null");
        symlink("/dev/null", &null).unwrap();
        export(&null, "gone").await.unwrap();
        assert_eq!(fs::read_link(&null).unwrap(), Path::new("/dev/null"));
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
        };
        export(&pipe, "through").await.unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(!fs::symlink_metadata(&pipe).unwrap().is_file());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside them");
    }
}
