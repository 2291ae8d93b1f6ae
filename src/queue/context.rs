//! What a job's body sees of the queue.

use crate::domain::{JobId, Scope, Uid};
use crate::queue::JobFailure;
use crate::store::{StoreError, WriteTx};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a kind of job does. It runs on a blocking thread, outside every transaction.
pub trait Body: Send + Sync {
    /// Does the work, in steps that each commit their effects together with [`JobContext::checkpoint`].
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure>;
}

/// The handle of one attempt. Cheap to clone, so that write closures can take it along.
#[derive(Clone)]
pub struct JobContext {
    inner: Arc<()>,
}

impl JobContext {
    /// Row number.
    pub fn id(&self) -> JobId {
        unimplemented!()
    }

    /// Outside identifier.
    pub fn uid(&self) -> Uid {
        unimplemented!()
    }

    /// The workspace that the job belongs to, with full access.
    pub fn scope(&self) -> Scope {
        unimplemented!()
    }

    /// What it was enqueued with.
    pub fn payload(&self) -> &str {
        unimplemented!()
    }

    /// 1 = first.
    pub fn attempt(&self) -> u32 {
        unimplemented!()
    }

    /// The cursor of the last checkpoint, of this attempt or an earlier one.
    pub fn cursor(&self) -> Option<String> {
        unimplemented!()
    }

    /// Raised when the body must end soon, for whatever reason; [`Self::check`] says which.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        unimplemented!()
    }

    /// `Err(Cancelled)` when a person cancelled, `Err(Released)` when the program stops or the lease is gone.
    pub fn check(&self) -> Result<(), JobFailure> {
        unimplemented!()
    }

    /// Says how far a step is. Memory only and cheap; it reaches the database with the next checkpoint or heartbeat.
    pub fn progress(&self, step: &str, done: u64, total: Option<u64>) {
        let _ = (step, done, total);
        unimplemented!()
    }

    /// Stores the cursor in the transaction of the effects; [`StoreError::LeaseLost`] (and so a rollback of the
    /// effects) when another attempt has taken over.
    pub fn checkpoint(&self, tx: &mut WriteTx<'_>, cursor: &str) -> Result<(), StoreError> {
        let _ = (tx, cursor, &self.inner);
        unimplemented!()
    }

    /// Marks the job succeeded in the transaction of its last effects; the body then returns `Ok`.
    pub fn finish(&self, tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
        let _ = tx;
        unimplemented!()
    }

    /// Asks `nothing_left` inside a write transaction and marks the job succeeded in the same one when it says true.
    ///
    /// Work that is enqueued with the job's unique key either committed before (then `nothing_left` sees it) or
    /// comes after (then it makes a new job): no wake-up is lost.
    pub fn finish_if(
        &self,
        nothing_left: impl FnOnce(&mut WriteTx<'_>) -> Result<bool, StoreError> + Send + 'static,
    ) -> Result<bool, StoreError> {
        let _ = nothing_left;
        unimplemented!()
    }
}
