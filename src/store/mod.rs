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
mod backup;
mod changes;
mod collections;
mod corrections;
mod drafts;
#[cfg(test)]
mod equal_tests;
mod error;
mod facts;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod fold;
mod identity;
mod import_options;
mod imports;
mod items;
mod job_moves;
mod jobs;
mod languages;
mod migrate;
#[cfg(test)]
mod migrate_tests;
#[cfg(test)]
mod model_tests;
mod models;
mod open;
mod requests;
mod row_notes;
mod tags;
#[cfg(test)]
mod tests;
mod tx;
mod undo;
#[cfg(test)]
mod update_tests;
mod workspaces;
mod writer;

pub use analyses::{Encoded, EncodedItem, NewAnalysis, NewReading, PairOfScores, StoredAnalysis, Unread};
pub use changes::{Change, ChangeOp, Commit};
pub use collections::LONGEST_NAME;
pub use corrections::StoredCorrection;
pub use error::StoreError;
pub use imports::{ImportNote, ImportProgress, NewImport, StoredImport};
pub use items::Document;
pub use jobs::{JobDraft, JobEvent, JobQuery, StoredAttempt, StoredJob};
pub use languages::{Languages, Shares};
pub use models::{ModelOrigin, NewModel, StoredModel};
pub use tx::{ReadTx, WriteTx};
pub use undo::ImportEffects;

use crate::domain::Clock;
use parking_lot::{Condvar, Mutex, RwLock};
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{JoinHandle, ThreadId};

pub(crate) use job_moves::{JobEnd, LeaseNote};
pub(crate) use jobs::FreeKind;
pub(crate) use open::fill_random;

/// The file's name inside the data folder.
const FILE_NAME: &str = "soundings.db";

/// Readers at the same time; more wait. SQLite reads are short, and each connection has a page cache of its own.
pub(crate) const READERS_MAX: usize = 8;

/// What is called after every commit, with what it was and with eyes on the database as it then is.
pub type CommitHook = Box<dyn Fn(&Commit, &ReadTx<'_>) + Send + Sync>;

/// The database of one data folder. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// Which file was opened there.
    file: Arc<file::OurFile>,
    clock: Arc<dyn Clock>,
    tasks: Mutex<Option<Sender<writer::Task>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    thread_id: ThreadId,
    hooks: Arc<RwLock<Vec<writer::Hook>>>,
    readers: Mutex<Readers>,
    reader_back: Condvar,
    /// Commits until one fails; none does at 0 and below.
    #[cfg(test)]
    commits_to_failure: Arc<std::sync::atomic::AtomicI64>,
}

/// The read-only connections.
struct Readers {
    idle: Vec<Connection>,
    n_open: usize,
    closed: bool,
}

/// A borrowed connection; it goes back when dropped, also by a panic.
struct Borrowed<'a> {
    conn: Option<Connection>,
    inner: &'a Inner,
}

impl Store {
    /// Where the database of a data folder is, or would be.
    pub fn file_in(dir: &Path) -> PathBuf {
        dir.join(FILE_NAME)
    }

    /// Opens `dir/soundings.db`, makes it where it is missing, and brings it to the newest version (after a backup).
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let path = Self::file_in(dir);
        let conn = open::open_writer(&path, clock.as_ref())?;
        #[cfg(test)]
        let (conn, commits_to_failure) = fixture::failing_commits(conn);
        let hooks = Arc::new(RwLock::new(Vec::new()));
        let reads = ReadTx { conn: &conn };
        let revision = reads.revision().map_err(|e| e.named(&path))?;
        let job_event = reads.last_job_event().map_err(|e| e.named(&path))?;
        let file = Arc::new(file::OurFile::of(&path));
        let writer = writer::Writer {
            conn,
            file: Arc::clone(&file),
            path: path.clone(),
            clock: Arc::clone(&clock),
            hooks: Arc::clone(&hooks),
            revision,
            job_event,
        };
        let (tasks, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(&waiting))
            .map_err(|e| StoreError::File { path: path.clone(), source: Arc::new(e) })?;
        let inner = Inner {
            path,
            file,
            clock,
            tasks: Mutex::new(Some(tasks)),
            thread_id: thread.thread().id(),
            thread: Mutex::new(Some(thread)),
            hooks,
            readers: Mutex::new(Readers { idle: Vec::new(), n_open: 0, closed: false }),
            reader_back: Condvar::new(),
            #[cfg(test)]
            commits_to_failure,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `f` on the writer thread inside a transaction and waits until it is committed and the hooks have run.
    ///
    /// Where `f` fails, nothing of it is kept, and other closures of the same transaction are not hurt.
    pub fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if std::thread::current().id() == self.inner.thread_id {
            return Err(StoreError::NestedWrite);
        }
        let (task, answer) = writer::task(f);
        let sent = self.inner.tasks.lock().as_ref().is_some_and(|tasks| tasks.send(task).is_ok());
        if !sent {
            return Err(StoreError::Closed);
        }
        answer.recv().unwrap_or(Err(StoreError::Closed)).map_err(|e| e.named(&self.inner.path))
    }

    /// Runs `f` on a pooled read-only connection; everything it reads is of one moment. Keep it short, and do not
    /// call `read` inside it.
    pub fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut borrowed = self.inner.borrow_reader().map_err(|e| e.named(&self.inner.path))?;
        let Some(conn) = borrowed.conn.as_mut() else { return Err(StoreError::Closed) };
        let run = || {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
            let result = f(&ReadTx { conn: &tx })?;
            tx.finish()?;
            Ok(result)
        };
        run().map_err(|e: StoreError| e.named(&self.inner.path))
    }

    /// Calls `hook` on the writer thread after every commit and before the callers are answered, with what was committed.
    /// It reads through the writer's connection: one of the readers' might be long in coming. It must not `write`.
    pub fn on_commit(&self, hook: CommitHook) {
        self.inner.hooks.write().push(Arc::from(hook));
    }

    /// The clock it was opened with.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// [`StoreError::Gone`] where the database on the disk is no longer the one that is open.
    pub fn check_file(&self) -> Result<(), StoreError> {
        self.inner.file.check()
    }

    /// Bytes of the database and its write-ahead log.
    pub fn size_bytes(&self) -> u64 {
        std::fs::metadata(&self.inner.path).map_or(0, |meta| meta.len()) + writer::log_bytes(&self.inner.path)
    }

    /// Writes a consistent copy to `path` (which must not exist) and makes it last; runs beside readers and writers.
    pub fn backup_to(&self, path: &Path) -> Result<(), StoreError> {
        backup::backup(&self.inner.path, path).map_err(|e| e.named(&self.inner.path))
    }

    /// SQLite's own check of every page; the findings, empty where all is well. Seconds for gigabytes.
    pub fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        open::quick_check(&self.inner.path).map_err(|e| e.named(&self.inner.path))
    }

    /// Answers the waiting writes, empties the write-ahead log into the database and ends the writer thread.
    /// Later calls answer [`StoreError::Closed`].
    pub fn close(&self) {
        self.inner.close();
    }
}

#[cfg(test)]
impl Store {
    /// Lets the nth commit from now fail.
    pub(crate) fn fail_commit(&self, nth: i64) {
        self.inner.commits_to_failure.store(nth, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Inner {
    fn borrow_reader(&self) -> Result<Borrowed<'_>, StoreError> {
        let mut readers = self.readers.lock();
        loop {
            if readers.closed {
                return Err(StoreError::Closed);
            }
            if let Some(conn) = readers.idle.pop() {
                return Ok(Borrowed { conn: Some(conn), inner: self });
            }
            if readers.n_open < READERS_MAX {
                readers.n_open += 1;
                drop(readers);
                // Counted from here on: dropping `borrowed` without a connection takes it off again.
                let mut borrowed = Borrowed { conn: None, inner: self };
                borrowed.conn = Some(open::open_reader(&self.path)?);
                // Another file under that name would be read as if it were ours.
                self.file.check()?;
                return Ok(borrowed);
            }
            self.reader_back.wait(&mut readers);
        }
    }

    fn close(&self) {
        {
            let mut readers = self.readers.lock();
            readers.closed = true;
            readers.n_open -= readers.idle.len();
            readers.idle.clear();
        }
        self.reader_back.notify_all();
        drop(self.tasks.lock().take());
        // A hook may hold the last clone of the store; the thread cannot wait for itself.
        if std::thread::current().id() != self.thread_id
            && let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
        self.hooks.write().clear();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut readers = self.inner.readers.lock();
        match self.conn.take() {
            // A transaction that a panic left open must not be anybody's view of the data.
            Some(conn) if conn.is_autocommit() && !readers.closed => readers.idle.push(conn),
            _ => readers.n_open -= 1,
        }
        drop(readers);
        self.inner.reader_back.notify_one();
    }
}
