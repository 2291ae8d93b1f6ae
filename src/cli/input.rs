//! What is to be imported: a file, or a stream that has to become one first.

use super::error::{Exit, Failure};
use super::spool::Spool;
use super::terminal::{bytes, escaped};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// The name that the import is remembered by.
pub(super) fn file_name(path: &Path, from_stdin: bool) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.filter(|_| !from_stdin).unwrap_or_else(|| "stdin".to_owned())
}

/// Where the bytes come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Input {
    /// A file that can be read as often as needed.
    File,
    /// A pipe, a socket or a terminal with a name: it can be read once, from the first byte to the last.
    Stream,
    /// Standard input.
    Stdin,
}

impl Input {
    /// True where it has to be copied before its rows can be read.
    pub(super) fn is_stream(self) -> bool {
        self != Self::File
    }
}

/// What the file system can say before anything is opened. A pipe is not opened here: that would wait for its writer, and
/// closing it again would end what it writes.
pub(super) fn check_file(path: &Path, max_bytes: u64) -> anyhow::Result<Input> {
    let meta = std::fs::metadata(path).with_context(|| format!("cannot read {}", escaped(path)))?;
    if meta.is_dir() {
        let message = format!("{} is a folder", escaped(path));
        return Err(Failure::usage(message, "name one file; several files are several imports").into());
    }
    if !meta.is_file() {
        return Ok(Input::Stream);
    }
    std::fs::File::open(path).with_context(|| format!("cannot read {}", escaped(path)))?;
    if meta.len() > max_bytes {
        let message = format!("{} has {}, the limit is {}", escaped(path), bytes(meta.len()), bytes(max_bytes));
        return Err(Failure::new(Exit::Usage, "too_large", message)
            .fix("raise max_upload_bytes in soundings.toml, or split the file")
            .into());
    }
    Ok(Input::File)
}

/// A stream as a file: an import needs to look at all of it before reading rows.
pub(super) async fn spool(path: &Path, input: Input, folder: Option<PathBuf>) -> anyhow::Result<Spool> {
    if input == Input::Stdin {
        return spool_stdin(folder).await;
    }
    let path = path.to_owned();
    let copy = move || {
        let mut file = std::fs::File::open(&path).with_context(|| format!("cannot read {}", escaped(&path)))?;
        Spool::fill(&mut file, folder.as_deref())
    };
    tokio::task::spawn_blocking(copy).await?
}

/// Standard input as a file.
pub(super) async fn spool_stdin(folder: Option<PathBuf>) -> anyhow::Result<Spool> {
    tokio::task::spawn_blocking(move || Spool::fill(&mut std::io::stdin().lock(), folder.as_deref())).await?
}
