//! Jobs as people see them: list, look, cancel, replay, rebuild.

use super::imports::may_write;
use super::{App, AppError, Inner};
use crate::domain::{FaultKind, JobId, JobState, Once, Scope, Uid};
use crate::query::{self, JobView, Page};
use crate::store::WriteTx;
use crate::work;

/// Jobs as people see them.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    app: &'a App,
}

impl App {
    /// Jobs as people see them.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs { app: self }
    }
}

impl Jobs<'_> {
    /// Newest first.
    pub async fn list_jobs(
        &self,
        scope: Scope,
        states: Vec<JobState>,
        kinds: Vec<String>,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Page<JobView>, AppError> {
        self.app
            .blocking(move |inner| {
                let live = |id| inner.queue.progress_of(id);
                Ok(query::list_jobs(&inner.read(), scope, &live, &states, &kinds, limit, cursor.as_deref())?)
            })
            .await
    }

    /// One job with attempts and log.
    pub async fn get_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        self.app.blocking(move |inner| inner.job_view(scope, uid)).await
    }

    /// Cancels: at once when it waits, within a second when it runs. A final job is left as it is.
    pub async fn cancel_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                inner.queue.cancel(scope, uid)?;
                inner.job_view(scope, uid)
            })
            .await
    }

    /// Replays a dead or cancelled job; an import that was taken back is refused, its rows must not come back.
    pub async fn retry_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let refusal = inner.store.read(|tx| match tx.job_by_uid(scope, uid)? {
                    Some(job) => work::taken_back(tx, scope, &job),
                    None => Ok(None),
                })?;
                if let Some(message) = refusal {
                    return Err(AppError::new(FaultKind::Conflict, "wrong_state", message));
                }
                inner.queue.retry(scope, uid)?;
                inner.job_view(scope, uid)
            })
            .await
    }

    /// Enqueues a rebuild of the derived indexes; of a request that was sent before, answers the job that it became.
    pub async fn reindex(&self, scope: Scope, once: Option<Once>) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let enqueue = move |tx: &mut WriteTx<'_>| Ok(work::enqueue_reindex(tx, scope)?.uid);
                let (job, _) = inner.store.write(move |tx| tx.once(scope, once.as_ref(), enqueue))?;
                inner.job_view(scope, job)
            })
            .await
    }
}

impl App {
    /// One job by row number, for events.
    pub(super) fn job_view_by_id(&self, scope: Scope, id: JobId) -> Result<Option<JobView>, AppError> {
        let job = self.inner.store.read(|tx| tx.job(scope, id))?;
        Ok(job.map(|job| query::view_job(job, &|id| self.inner.queue.progress_of(id))))
    }
}

impl Inner {
    pub(super) fn job_view(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        Ok(query::get_job(&self.read(), scope, &|id| self.queue.progress_of(id), uid)?)
    }
}
