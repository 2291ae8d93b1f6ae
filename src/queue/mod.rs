//! Durable jobs.
//!
//! A job is a row. It is enqueued in the caller's transaction, so it exists exactly when the data it is about exists.
//! It runs *at least* once; a body commits its effects together with its cursor, so effects happen once.
//!
//! **Invariant:** no database transaction is open while a job body runs.
//! **Invariant:** this module never matches on a job's kind; adding a kind does not touch it.

mod context;
mod failure;
mod progress;
mod run;
#[cfg(test)]
mod tests;

pub use context::{Body, JobContext};
pub use failure::JobFailure;

use crate::domain::{Clock, JobId, JobProgress, JobState, Priority, Scope, Timestamp, Uid};
use crate::store::{JobDraft, JobEnd, Store, StoreError, WriteTx, fill_random};
use context::{Attempt, Interruption};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::{Notify, watch};

/// Progress reaches the database this often, checkpoints apart, milliseconds.
const PROGRESS_WRITE_MS: i64 = 1_000;

/// Rescues in a row without a checkpoint between, after which a job is given up: it takes the process down with it.
/// So many, because being killed while it starts is not the job's fault.
const RESCUES_MAX: u32 = 25;

/// Random numbers in `0.0..1.0`, for the jitter of retries.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Bounds of the queue.
#[derive(Clone)]
pub struct QueueOptions {
    /// Jobs that run at the same time, of all kinds.
    pub max_running: usize,
    /// How long a claim holds without a heartbeat, milliseconds.
    pub lease_ms: i64,
    /// Longest wait between two tries, milliseconds.
    pub backoff_cap_ms: i64,
    /// Final jobs kept per workspace.
    pub final_jobs_kept: usize,
    /// Source of jitter; the operating system's where `None`.
    pub jitter: Option<Jitter>,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self { max_running: 4, lease_ms: 30_000, backoff_cap_ms: 15 * 60_000, final_jobs_kept: 2_000, jitter: None }
    }
}

/// A job to enqueue.
#[derive(Clone, PartialEq, Debug)]
pub struct NewJob {
    /// Its workspace.
    pub scope: Scope,
    /// Its kind, one verb.
    pub kind: &'static str,
    /// For its body; JSON by custom.
    pub payload: String,
    /// For a person, a few words.
    pub title: String,
    /// Which goes first.
    pub priority: Priority,
    /// At most one job of this kind and key that is not final.
    pub unique_key: Option<String>,
    /// Tries allowed.
    pub max_attempts: u32,
    /// Not before.
    pub run_at: Option<Timestamp>,
}

impl NewJob {
    /// A job of the usual priority with five tries, to run at once.
    pub fn new(scope: Scope, kind: &'static str, title: impl Into<String>) -> Self {
        Self {
            scope,
            kind,
            payload: String::new(),
            title: title.into(),
            priority: Priority::Normal,
            unique_key: None,
            max_attempts: 5,
            run_at: None,
        }
    }
}

/// A job in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enqueued {
    /// Row number.
    pub id: JobId,
    /// Outside identifier.
    pub uid: Uid,
    /// True where a job with the same unique key was there already.
    pub existing: bool,
}

/// The queue of one process. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    options: QueueOptions,
    jitter: Jitter,
    /// This process: every lease of another one is void.
    boot: Uid,
    kinds: RwLock<BTreeMap<&'static str, Kind>>,
    running: Mutex<HashMap<JobId, Arc<Attempt>>>,
    wake: Arc<Notify>,
    progress_changes: watch::Sender<u64>,
    /// Ends of attempts that could not be written yet (the disk is full, say); written before anything else is claimed.
    unwritten: Mutex<Vec<Ended>>,
    /// Why no job can be looked for: meaning, code and words of the last turn that failed.
    stalled: Mutex<Option<Stalled>>,
    /// The job that waits for room on the disk, and its words, until something could be written.
    no_space: Mutex<Option<(JobId, Stalled)>>,
}

/// Why the queue stands still.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stalled {
    /// Stable word for programs.
    pub code: &'static str,
    /// For a person.
    pub message: String,
}

/// How an attempt ended.
struct Ended {
    attempt: Arc<Attempt>,
    end: JobEnd,
}

/// How many jobs of a kind may run at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtOnce {
    /// Over all workspaces: for what takes the whole machine, or acts on what all of them share.
    InAll(usize),
    /// In each workspace: nobody waits for the backlog of another one. They do not count among `max_running`, or the backlogs
    /// of a few workspaces would keep everything else from running.
    InEach(usize),
}

impl From<usize> for AtOnce {
    fn from(n: usize) -> Self {
        Self::InAll(n)
    }
}

struct Kind {
    at_once: AtOnce,
    body: Arc<dyn Body>,
}

impl Queue {
    /// A queue over `store`; nothing runs until [`Self::run`] or [`Self::step_once`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, options: QueueOptions) -> Self {
        let wake = Arc::new(Notify::new());
        let (to_wake, last_seen) = (Arc::clone(&wake), AtomicI64::new(0));
        store.on_commit(Box::new(move |commit, _| {
            if last_seen.swap(commit.job_event, Ordering::SeqCst) != commit.job_event {
                to_wake.notify_one();
            }
        }));
        let mut random = [0; 10];
        if fill_random(&mut random).is_err() {
            // Only has to differ from earlier processes of this folder; the moment and this do.
            random[..4].copy_from_slice(&std::process::id().to_le_bytes());
        }
        let boot = Uid::new(clock.now().0.max(0).cast_unsigned(), &random);
        let jitter = options.jitter.clone().unwrap_or_else(|| Arc::new(random_fraction));
        let inner = Inner {
            store,
            clock,
            options,
            jitter,
            boot,
            kinds: RwLock::default(),
            running: Mutex::default(),
            wake,
            progress_changes: watch::Sender::new(0),
            unwritten: Mutex::default(),
            stalled: Mutex::default(),
            no_space: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Enqueues in the caller's transaction. With a unique key whose job is not final, that job is answered.
    pub fn enqueue(tx: &mut WriteTx<'_>, new: NewJob) -> Result<Enqueued, StoreError> {
        let NewJob { scope, kind, payload, title, priority, unique_key, max_attempts, run_at } = new;
        if scope.access == crate::domain::Access::Read {
            return Err(StoreError::ReadOnlyScope);
        }
        let (workspace, kind) = (scope.workspace, kind.to_owned());
        let draft = JobDraft { workspace, kind, payload, title, priority, unique_key, max_attempts, run_at };
        let (id, uid, existing) = tx.insert_job(&draft)?;
        Ok(Enqueued { id, uid, existing })
    }

    /// Takes over from earlier processes, before anything asks whether work is under way: their jobs go back into the queue,
    /// and what waited to be tried again is tried at once, since whoever starts the program may just have mended what was
    /// wrong. No try is counted for it.
    pub fn take_over(&self) -> Result<(), StoreError> {
        self.rescue()?;
        self.inner.store.write(|tx| tx.hasten_jobs(None, "the program was started: it is tried at once")).map(drop)
    }

    /// Lets a job that waits to be tried again be tried at once, in the caller's transaction: what made it fail has changed.
    /// Any other is left as it is.
    pub fn hasten(tx: &mut WriteTx<'_>, id: JobId, why: &str) -> Result<(), StoreError> {
        tx.hasten_jobs(Some(id), why).map(drop)
    }

    /// Says what jobs of `kind` do and how many of them may run at the same time. Kinds without a body wait.
    pub fn register(&self, kind: &'static str, at_once: impl Into<AtOnce>, body: Arc<dyn Body>) {
        let mut kinds = self.inner.kinds.write();
        kinds.insert(kind, Kind { at_once: at_once.into(), body });
        drop(kinds);
        self.inner.wake.notify_one();
    }

    /// Cancels: at once when it waits, by its flag when it runs. A final job is left as it is. Answers its state
    /// after that; a running job becomes `Cancelled` when its body has noticed.
    pub fn cancel(&self, scope: Scope, uid: Uid) -> Result<JobState, StoreError> {
        let job = self.inner.store.write(move |tx| tx.stop_job(scope, uid))?;
        self.forget_no_space(job.id);
        if job.cancel_requested
            && let Some(attempt) = self.inner.running.lock().get(&job.id)
        {
            attempt.interrupt(Interruption::Cancelled);
        }
        Ok(job.state)
    }

    /// Replays a dead or cancelled job from its cursor; [`StoreError::WrongState`] for the others.
    pub fn retry(&self, scope: Scope, uid: Uid) -> Result<(), StoreError> {
        self.inner.store.write(move |tx| tx.replay_job(scope, uid))
    }

    /// Live progress of a running job; `None` when it does not run here.
    pub fn progress_of(&self, id: JobId) -> Option<JobProgress> {
        let attempt = self.inner.running.lock().get(&id).map(Arc::clone);
        attempt.map(|attempt| attempt.progress())
    }

    /// Jobs that run here now, in the order of their numbers.
    pub fn running(&self) -> Vec<JobId> {
        let mut ids: Vec<JobId> = self.inner.running.lock().keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Changes whenever the progress of a running job does, for listeners that throttle themselves.
    pub fn progress_changes(&self) -> watch::Receiver<u64> {
        self.inner.progress_changes.subscribe()
    }

    fn attempts(&self) -> Vec<Arc<Attempt>> {
        self.inner.running.lock().values().map(Arc::clone).collect()
    }
}

fn random_fraction() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness there is no jitter, and retries still work.
    let _ = fill_random(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
