//! Rows of the queue: jobs, attempts and the log. What they mean is `queue`'s.

use crate::domain::{JobId, Scope, Uid};
use crate::store::{JobEvent, JobQuery, ReadTx, StoreError, StoredAttempt, StoredJob};

impl ReadTx<'_> {
    /// One job.
    pub fn job(&self, scope: Scope, id: JobId) -> Result<Option<StoredJob>, StoreError> {
        let _ = (scope, id);
        unimplemented!()
    }

    /// One job by its outside identifier.
    pub fn job_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<StoredJob>, StoreError> {
        let _ = (scope, uid);
        unimplemented!()
    }

    /// Jobs, newest first, older than `before` where it is given.
    pub fn list_jobs(
        &self,
        scope: Scope,
        query: &JobQuery,
        before: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<StoredJob>, StoreError> {
        let _ = (scope, query, before, limit);
        unimplemented!()
    }

    /// How many jobs the query has.
    pub fn count_jobs(&self, scope: Scope, query: &JobQuery) -> Result<u64, StoreError> {
        let _ = (scope, query);
        unimplemented!()
    }

    /// Its tries, oldest first.
    pub fn job_attempts(&self, job: JobId) -> Result<Vec<StoredAttempt>, StoreError> {
        let _ = job;
        unimplemented!()
    }

    /// Its log, oldest first.
    pub fn job_events(&self, job: JobId) -> Result<Vec<JobEvent>, StoreError> {
        let _ = job;
        unimplemented!()
    }

    /// The log of all jobs behind `seq`, in order.
    pub fn job_events_after(&self, seq: i64, limit: usize) -> Result<Vec<JobEvent>, StoreError> {
        let _ = (seq, limit);
        unimplemented!()
    }

    /// The last position of the log of all jobs.
    pub fn last_job_event(&self) -> Result<i64, StoreError> {
        self.last_number("job_event")
    }
}
