//! The writer thread: one connection, one transaction at a time, several closures in each.
//!
//! While one commit is under way the next closures wait in the channel; the thread then takes all of them into one
//! transaction, because a commit costs more than most closures. Each has a savepoint of its own.
//!
//! It also keeps the write-ahead log short: past a size, and soon after a deletion (whose old pages would otherwise
//! stay readable in it), it empties the log into the database when nobody waits.

use crate::domain::Clock;
use crate::store::file::OurFile;
use crate::store::tx::{Logged, ReadTx, WriteTx};
use crate::store::{ChangeOp, Commit, StoreError};
use parking_lot::RwLock;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Called after every commit.
pub(super) type Hook = Arc<dyn Fn(&Commit, &ReadTx<'_>) + Send + Sync>;

/// Told how the commit went; answers the caller.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs the caller's closure (or, without a transaction, does not); says why it failed, and how to answer.
pub(super) type Task = Box<dyn FnOnce(Option<&mut WriteTx<'_>>) -> (Option<StoreError>, Answer) + Send>;

/// Closures per transaction.
const GROUP_MAX: usize = 64;
/// A transaction takes no further closure after this long.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// Past this size the log is emptied between commits, even while closures wait.
const LOG_MAX_BYTES: u64 = 128 << 20;
/// Least time between two such emptyings: readers that are always there must not slow every commit.
const EMPTYING_PAUSE: Duration = Duration::from_secs(3);
/// How long an emptying waits for readers before it gives up until later.
const EMPTYING_WAIT: Duration = Duration::from_millis(200);
/// How soon after a deletion, or after an emptying that gave up, it is tried when nobody writes.
const EMPTYING_DELAY: Duration = Duration::from_millis(250);

/// A closure and the way back to its caller, as one task.
pub(super) fn task<T: Send + 'static>(
    f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Task, Receiver<Result<T, StoreError>>) {
    let (sender, receiver): (SyncSender<Result<T, StoreError>>, _) = sync_channel(1);
    let task: Task = Box::new(move |tx| {
        let result = tx.map(|tx| {
            catch_unwind(AssertUnwindSafe(|| f(tx))).unwrap_or_else(|panic| {
                let words = panic.downcast_ref::<&str>().map(ToString::to_string);
                let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
                Err(StoreError::Panicked(words.unwrap_or_else(|| "no message".to_owned())))
            })
        });
        let failure = result.as_ref().and_then(|r| r.as_ref().err().cloned());
        let answer: Answer = Box::new(move |commit| {
            let answer = match result {
                Some(Err(error)) => Err(error),
                Some(Ok(value)) => commit.map(|()| value),
                None => Err(commit.err().unwrap_or(StoreError::Closed)),
            };
            // The caller waits for this; where its thread died, nobody misses the answer.
            let _ = sender.send(answer);
        });
        (failure, answer)
    });
    (task, receiver)
}

/// State of the writer thread.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) file: Arc<OurFile>,
    pub(super) path: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hooks: Arc<RwLock<Vec<Hook>>>,
    pub(super) revision: i64,
    pub(super) job_event: i64,
}

impl Writer {
    /// Works until every sender is gone, then empties the log.
    pub(super) fn run(mut self, tasks: &Receiver<Task>) {
        let mut wants_emptying = false;
        let mut tried = Instant::now();
        loop {
            let first = if wants_emptying {
                match tasks.recv_timeout(EMPTYING_DELAY) {
                    Ok(task) => task,
                    Err(RecvTimeoutError::Timeout) => {
                        wants_emptying = !self.empty_log();
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match tasks.recv() {
                    Ok(task) => task,
                    Err(_) => break,
                }
            };
            wants_emptying |= self.transaction(first, tasks);
            if tried.elapsed() > EMPTYING_PAUSE && log_bytes(&self.path) > LOG_MAX_BYTES {
                tried = Instant::now();
                wants_emptying = !self.empty_log();
            }
        }
        self.empty_log();
    }

    /// One transaction; true when it deleted something.
    fn transaction(&mut self, first: Task, tasks: &Receiver<Task>) -> bool {
        let mut logged = Logged::default();
        let mut answers = Vec::new();
        let outcome = self.run_group(first, tasks, &mut logged, &mut answers).map_err(|e| e.named(&self.path));
        let mut deleted = false;
        if outcome.is_ok() {
            deleted = logged.changes.iter().any(|c| c.op == ChangeOp::Delete);
            self.announce(logged);
        } else if !self.conn.is_autocommit() {
            // Nothing more can be done where this fails too: the next `BEGIN` says so to its callers.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        for answer in answers {
            answer(outcome.clone());
        }
        deleted
    }

    fn run_group(
        &self,
        first: Task,
        tasks: &Receiver<Task>,
        logged: &mut Logged,
        answers: &mut Vec<Answer>,
    ) -> Result<(), StoreError> {
        let begun = self.file.check().and_then(|()| Ok(self.conn.execute_batch("BEGIN IMMEDIATE")?));
        if let Err(error) = begun {
            answers.push(first(None).1);
            return Err(error);
        }
        let started = Instant::now();
        let mut next = Some(first);
        while let Some(task) = next.take() {
            self.run_one(task, logged, answers)?;
            if answers.len() < GROUP_MAX && started.elapsed() < GROUP_TIME {
                next = tasks.try_recv().ok();
            }
        }
        self.conn.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Runs one closure in its savepoint. An error here is the end of the whole transaction.
    fn run_one(&self, task: Task, logged: &mut Logged, answers: &mut Vec<Answer>) -> Result<(), StoreError> {
        let (n_changes, job_event) = (logged.changes.len(), logged.job_event);
        if let Err(error) = self.conn.execute_batch("SAVEPOINT closure") {
            answers.push(task(None).1);
            return Err(error.into());
        }
        let (failure, answer) = task(Some(&mut WriteTx::new(&self.conn, self.clock.as_ref(), logged)));
        answers.push(answer);
        let Some(failure) = failure else {
            self.conn.execute_batch("RELEASE closure")?;
            return Ok(());
        };
        logged.changes.truncate(n_changes);
        logged.job_event = job_event;
        if self.conn.is_autocommit() {
            // A full disk or a failed page ends the whole transaction by itself, and the closures before with it.
            return Err(failure);
        }
        self.conn.execute_batch("ROLLBACK TO closure; RELEASE closure")?;
        Ok(())
    }

    fn announce(&mut self, logged: Logged) {
        if logged.changes.is_empty() && logged.job_event == 0 {
            return;
        }
        self.revision = logged.changes.last().map_or(self.revision, |c| c.seq);
        self.job_event = self.job_event.max(logged.job_event);
        let commit = Commit { revision: self.revision, job_event: self.job_event, changes: logged.changes };
        let hooks = self.hooks.read().clone();
        for hook in hooks {
            if catch_unwind(AssertUnwindSafe(|| hook(&commit, &ReadTx { conn: &self.conn }))).is_err() {
                tracing::error!(revision = commit.revision, "a commit hook panicked");
            }
        }
    }

    /// Moves the log into the database and cuts it to nothing; false where a reader was in the way.
    fn empty_log(&self) -> bool {
        let empty = || -> rusqlite::Result<bool> {
            self.conn.busy_timeout(EMPTYING_WAIT)?;
            let busy: i64 = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            Ok(busy == 0)
        };
        let emptied = empty();
        let restored = self.conn.busy_timeout(Duration::from_secs(5));
        match emptied.and_then(|done| restored.map(|()| done)) {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be emptied");
                false
            }
        }
    }
}

/// Bytes of the write-ahead log of the database at `path`.
pub(super) fn log_bytes(path: &std::path::Path) -> u64 {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(PathBuf::from(wal)).map_or(0, |meta| meta.len())
}
