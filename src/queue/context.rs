//! What a job's body sees of the queue.

use crate::domain::{Access, JobId, JobProgress, JobState, Scope, Timestamp, Uid};
use crate::queue::progress::Meter;
use crate::queue::{JobFailure, Queue};
use crate::store::{JobEnd, LeaseNote, StoreError, StoredJob, WriteTx};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// What a kind of job does. It runs on a blocking thread, outside every transaction.
pub trait Body: Send + Sync {
    /// Does the work, in steps that each commit their effects together with [`JobContext::checkpoint`].
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure>;
}

/// Why a body is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Interruption {
    None,
    /// The program stops.
    Stopping,
    /// Another attempt holds the job.
    Lost,
    /// A person cancelled it. The strongest: a cancelled job must not come back because the program also stops.
    Cancelled,
}

/// One claim of one job while its body runs.
pub(super) struct Attempt {
    pub(super) queue: Queue,
    pub(super) job: StoredJob,
    pub(super) meter: Mutex<Meter>,
    cursor: Mutex<Option<String>>,
    flag: Arc<AtomicBool>,
    interruption: AtomicU8,
    /// Progress that the database does not have yet.
    unsaved: AtomicBool,
    /// When the row was last written.
    pub(super) saved_at: Mutex<Timestamp>,
}

impl Attempt {
    pub(super) fn new(queue: Queue, job: StoredJob) -> Arc<Self> {
        let now = queue.inner.clock.now();
        Arc::new(Self {
            meter: Mutex::new(Meter::resumed(job.progress.steps.clone())),
            cursor: Mutex::new(job.cursor.clone()),
            flag: Arc::new(AtomicBool::new(false)),
            interruption: AtomicU8::new(Interruption::None as u8),
            unsaved: AtomicBool::new(false),
            saved_at: Mutex::new(now),
            queue,
            job,
        })
    }

    /// Raises the flag; a stronger reason takes the place of a weaker one.
    pub(super) fn interrupt(&self, why: Interruption) {
        self.interruption.fetch_max(why as u8, Ordering::SeqCst);
        self.flag.store(true, Ordering::SeqCst);
    }

    pub(super) fn interruption(&self) -> Interruption {
        let code = self.interruption.load(Ordering::SeqCst);
        let all = [Interruption::None, Interruption::Stopping, Interruption::Lost, Interruption::Cancelled];
        all.into_iter().find(|i| *i as u8 == code).unwrap_or(Interruption::None)
    }

    pub(super) fn progress(&self) -> JobProgress {
        self.meter.lock().progress(self.queue.inner.clock.now())
    }

    /// True where the row should be written: soon after progress, and in time to keep the lease.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let since = now.0 - self.saved_at.lock().0;
        let lease_ms = self.queue.inner.options.lease_ms;
        since >= lease_ms / 3 || (since >= super::PROGRESS_WRITE_MS && self.unsaved.load(Ordering::SeqCst))
    }

    /// Keeps the lease and stores progress; a heartbeat.
    pub(super) fn beat(&self, tx: &mut WriteTx<'_>, cursor: Option<&str>) -> Result<(), StoreError> {
        let now = tx.now();
        self.unsaved.store(false, Ordering::SeqCst);
        let steps = self.meter.lock().steps().to_vec();
        let until = Timestamp(now.0 + self.queue.inner.options.lease_ms);
        let kept = tx.keep_lease(self.job.id, self.job.claim, LeaseNote { until, steps: &steps, cursor })?;
        *self.saved_at.lock() = now;
        match kept {
            None => {
                self.interrupt(Interruption::Lost);
                Err(StoreError::LeaseLost { job: self.job.id.0 })
            }
            Some(cancel) => {
                if cancel {
                    self.interrupt(Interruption::Cancelled);
                }
                Ok(())
            }
        }
    }

    fn succeed(&self, tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
        let steps = self.meter.lock().steps().to_vec();
        if tx.end_job(self.job.id, self.job.claim, &success(), &steps)? {
            Ok(())
        } else {
            Err(StoreError::LeaseLost { job: self.job.id.0 })
        }
    }
}

/// The end of an attempt that did its work.
pub(super) fn success() -> JobEnd {
    JobEnd {
        state: JobState::Succeeded,
        run_at: None,
        outcome: "succeeded",
        event: "succeeded",
        message: "done".to_owned(),
        error: None,
        counts: true,
    }
}

/// The handle of one attempt. Cheap to clone, so that write closures can take it along.
#[derive(Clone)]
pub struct JobContext {
    pub(super) attempt: Arc<Attempt>,
}

impl JobContext {
    /// Row number.
    pub fn id(&self) -> JobId {
        self.attempt.job.id
    }

    /// Outside identifier.
    pub fn uid(&self) -> Uid {
        self.attempt.job.uid
    }

    /// The workspace that the job belongs to, with full access.
    pub fn scope(&self) -> Scope {
        Scope { workspace: self.attempt.job.workspace, access: Access::Write }
    }

    /// What it was enqueued with.
    pub fn payload(&self) -> &str {
        &self.attempt.job.payload
    }

    /// 1 = first.
    pub fn attempt(&self) -> u32 {
        self.attempt.job.attempt
    }

    /// True when a failure of this attempt is the end: no further try follows.
    pub fn is_last_attempt(&self) -> bool {
        self.attempt.job.attempt >= self.attempt.job.max_attempts
    }

    /// The cursor of the last checkpoint, of this attempt or an earlier one.
    pub fn cursor(&self) -> Option<String> {
        self.attempt.cursor.lock().clone()
    }

    /// Raised when the body must end soon, for whatever reason; [`Self::check`] says which.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.attempt.flag)
    }

    /// `Err(Cancelled)` when a person cancelled, `Err(Released)` when the program stops or the lease is gone.
    pub fn check(&self) -> Result<(), JobFailure> {
        match self.attempt.interruption() {
            Interruption::None => Ok(()),
            Interruption::Cancelled => Err(JobFailure::Cancelled),
            Interruption::Stopping | Interruption::Lost => Err(JobFailure::Released),
        }
    }

    /// Says how far a step is. Memory only and cheap; it reaches the database with the next checkpoint or heartbeat.
    pub fn progress(&self, step: &str, done: u64, total: Option<u64>) {
        let inner = &self.attempt.queue.inner;
        self.attempt.meter.lock().report(inner.clock.now(), step, done, total);
        self.attempt.unsaved.store(true, Ordering::SeqCst);
        inner.progress_changes.send_modify(|n| *n += 1);
    }

    /// Stores the cursor in the transaction of the effects; [`StoreError::LeaseLost`] (and so a rollback of the
    /// effects) when another attempt has taken over.
    pub fn checkpoint(&self, tx: &mut WriteTx<'_>, cursor: &str) -> Result<(), StoreError> {
        self.attempt.beat(tx, Some(cursor))?;
        // Whatever was full has room for this again; if not, this transaction fails and says so.
        *self.attempt.queue.inner.no_space.lock() = None;
        // Should this transaction fail, the body fails too, and the next attempt begins with what the row says.
        *self.attempt.cursor.lock() = Some(cursor.to_owned());
        Ok(())
    }

    /// Marks the job succeeded in the transaction of its last effects; the body then returns `Ok`.
    /// [`StoreError::LeaseLost`] when another attempt has taken over.
    pub fn finish(&self, tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
        self.attempt.succeed(tx)
    }

    /// Asks `nothing_left` inside a write transaction and marks the job succeeded in the same one when it says true.
    ///
    /// Work that is enqueued with the job's unique key either committed before (then `nothing_left` sees it) or
    /// comes after (then it makes a new job): no wake-up is lost.
    pub fn finish_if(
        &self,
        nothing_left: impl FnOnce(&mut WriteTx<'_>) -> Result<bool, StoreError> + Send + 'static,
    ) -> Result<bool, StoreError> {
        let attempt = Arc::clone(&self.attempt);
        self.attempt.queue.inner.store.write(move |tx| {
            let finished = nothing_left(tx)?;
            if finished {
                attempt.succeed(tx)?;
            }
            Ok(finished)
        })
    }
}
