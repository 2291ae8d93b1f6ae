//! Durable jobs.
//!
//! A job is a row. It is enqueued in the caller's transaction, so it exists exactly when the data it is about exists.
//! It runs *at least* once; a body commits its effects together with its cursor, so effects happen once.
//!
//! **Invariant:** no database transaction is open while a job body runs.
//! **Invariant:** this module never matches on a job's kind; adding a kind does not touch it.

mod context;
mod failure;

pub use context::{Body, JobContext};
pub use failure::JobFailure;

use crate::domain::{Clock, JobId, JobProgress, JobState, Priority, Scope, Timestamp, Uid};
use crate::store::{Store, StoreError, WriteTx};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

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
    /// Lines of the log kept per job.
    pub events_per_job: usize,
    /// Final jobs kept per workspace.
    pub final_jobs_kept: usize,
    /// Source of jitter; the operating system's where `None`.
    pub jitter: Option<Jitter>,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            max_running: 4,
            lease_ms: 30_000,
            backoff_cap_ms: 15 * 60_000,
            events_per_job: 200,
            final_jobs_kept: 2_000,
            jitter: None,
        }
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
    inner: Arc<()>,
}

impl Queue {
    /// A queue over `store`; nothing runs until [`Self::run`] or [`Self::step_once`].
    pub fn new(store: Store, clock: Arc<dyn Clock>, options: QueueOptions) -> Self {
        let _ = (store, clock, options);
        unimplemented!()
    }

    /// Enqueues in the caller's transaction. With a unique key whose job is not final, that job is answered.
    pub fn enqueue(tx: &mut WriteTx<'_>, new: NewJob) -> Result<Enqueued, StoreError> {
        let _ = (tx, new);
        unimplemented!()
    }

    /// Says what jobs of `kind` do and how many of them may run at the same time. Kinds without a body wait.
    pub fn register(&self, kind: &'static str, concurrency: usize, body: Arc<dyn Body>) {
        let _ = (kind, concurrency, body, &self.inner);
        unimplemented!()
    }

    /// Runs jobs until `stop`; then raises the flags of all bodies and waits for them to end.
    pub async fn run(&self, stop: CancellationToken) {
        let _ = stop;
        unimplemented!()
    }

    /// Claims one job that is due and runs it on this thread; `None` where none is due. For tests.
    pub fn step_once(&self) -> Result<Option<(JobId, JobState)>, StoreError> {
        unimplemented!()
    }

    /// Cancels: at once when it waits, by its flag when it runs. A final job is left as it is.
    pub fn cancel(&self, scope: Scope, uid: Uid) -> Result<JobState, StoreError> {
        let _ = (scope, uid);
        unimplemented!()
    }

    /// Replays a dead or cancelled job from its cursor; [`StoreError::WrongState`] for the others.
    pub fn retry(&self, scope: Scope, uid: Uid) -> Result<(), StoreError> {
        let _ = (scope, uid);
        unimplemented!()
    }

    /// Live progress of a running job; `None` when it does not run here.
    pub fn progress_of(&self, id: JobId) -> Option<JobProgress> {
        let _ = id;
        unimplemented!()
    }

    /// Jobs that run here now.
    pub fn running(&self) -> Vec<JobId> {
        unimplemented!()
    }

    /// Changes whenever the progress of a running job does, for listeners that throttle themselves.
    pub fn progress_changes(&self) -> tokio::sync::watch::Receiver<u64> {
        unimplemented!()
    }
}
