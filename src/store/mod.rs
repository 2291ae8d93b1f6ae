//! The one truth: all SQL, all rows, one writer.
//!
//! SQLite in WAL mode. One thread writes: it takes every closure that waits, runs them in one `BEGIN IMMEDIATE`
//! transaction with a savepoint each, commits, calls the commit hooks and only then answers. Readers use a pool of
//! read-only connections and see one snapshot per call; they never write and are never blocked by the writer.
//! Every write that an index or a cached answer depends on appends to the change log in the same transaction.
//!
//! This module must not know jobs' bodies, engines, JSON of the wire, or where the data folder is.
//!
//! **Invariant:** every function that names items for a caller takes a `Scope`; a row of another workspace answers
//! like a row that does not exist.
//! **Invariant:** the number of an item is never used again.

mod analyses;
mod changes;
mod collections;
mod drafts;
mod error;
mod facts;
mod imports;
mod items;
mod jobs;
mod open;
mod row;
mod tx;
mod undo;
mod writer;

pub use error::StoreError;
pub use row::{
    Change, ChangeOp, Commit, Document, ImportProgress, JobDraft, JobEvent, JobQuery, NewAnalysis, NewImport,
    StoredAnalysis, StoredAttempt, StoredImport, StoredJob, Unread,
};
pub use tx::{ReadTx, WriteTx};

use crate::domain::Clock;
use std::path::Path;
use std::sync::Arc;

/// The database of one data folder. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens `dir/soundings.db`, makes it where it is missing, and brings it to the newest version (after a backup).
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let _ = (dir, clock);
        unimplemented!()
    }

    /// Runs `f` on the writer thread inside a transaction and waits until it is committed and the hooks have run.
    ///
    /// Where `f` fails, nothing of it is kept, and other closures of the same transaction are not hurt.
    pub fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _ = (f, &self.inner);
        unimplemented!()
    }

    /// Runs `f` on a pooled read-only connection; everything it reads is of one moment. Keep it short, and do not
    /// call `read` inside it.
    pub fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _ = f;
        unimplemented!()
    }

    /// Calls `hook` on the writer thread after every commit and before the callers are answered. It may `read`, and
    /// must not `write`.
    pub fn on_commit(&self, hook: Box<dyn Fn(&Commit) + Send + Sync>) {
        let _ = hook;
        unimplemented!()
    }

    /// The clock it was opened with.
    pub fn clock(&self) -> Arc<dyn Clock> {
        unimplemented!()
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        unimplemented!()
    }

    /// Bytes of the database and its write-ahead log.
    pub fn size_bytes(&self) -> u64 {
        unimplemented!()
    }

    /// Writes a consistent copy to `path` (which must not exist) and makes it last; runs beside readers and writers.
    pub fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        let _ = path;
        unimplemented!()
    }

    /// SQLite's own check of every page; the findings, empty where all is well. Seconds for gigabytes.
    pub fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        unimplemented!()
    }

    /// Answers the waiting writes, empties the write-ahead log into the database and ends the writer thread.
    /// Later calls answer [`StoreError::Closed`].
    pub fn close(&self) {
        unimplemented!()
    }
}
