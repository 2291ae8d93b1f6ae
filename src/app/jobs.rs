//! Jobs as people see them: list, look, cancel, replay, rebuild.

use super::imports::may_write;
use super::{App, AppError, Inner};
use crate::domain::{JobId, JobState, Scope, Uid};
use crate::query::{self, JobView, Page};
use crate::queue::{NewJob, Queue};
use crate::work;

impl App {
    /// Newest first.
    pub async fn list_jobs(
        &self,
        scope: Scope,
        states: Vec<JobState>,
        kinds: Vec<String>,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Page<JobView>, AppError> {
        self.blocking(move |inner| {
            let mut page = query::list_jobs(&inner.read(), scope, states, kinds, limit, cursor.as_deref())?;
            page.rows.iter_mut().for_each(|job| inner.complete_job(job));
            Ok(page)
        })
        .await
    }

    /// One job with attempts and log.
    pub async fn get_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        self.blocking(move |inner| inner.job_view(scope, uid)).await
    }

    /// Cancels: at once when it waits, within a second when it runs. A final job is left as it is.
    pub async fn cancel_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.blocking(move |inner| {
            inner.queue.cancel(scope, uid)?;
            inner.job_view(scope, uid)
        })
        .await
    }

    /// Replays a dead or cancelled job.
    pub async fn retry_job(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.blocking(move |inner| {
            inner.queue.retry(scope, uid)?;
            inner.job_view(scope, uid)
        })
        .await
    }

    /// Enqueues a rebuild of the derived indexes.
    pub async fn reindex(&self, scope: Scope) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.blocking(move |inner| {
            let job = inner.store.write(move |tx| {
                Queue::enqueue(
                    tx,
                    NewJob {
                        unique_key: Some("all".to_owned()),
                        ..NewJob::new(scope, work::REINDEX, "Rebuild the indexes")
                    },
                )
            })?;
            inner.job_view(scope, job.uid)
        })
        .await
    }

    /// One job by row number, for events.
    pub(super) fn job_view_by_id(&self, scope: Scope, id: JobId) -> Result<Option<JobView>, AppError> {
        let mut view = query::job_by_id(&self.inner.read(), scope, id)?;
        if let Some(job) = &mut view {
            self.inner.complete_job(job);
        }
        Ok(view)
    }
}

impl Inner {
    fn job_view(&self, scope: Scope, uid: Uid) -> Result<JobView, AppError> {
        let mut view = query::get_job(&self.read(), scope, uid)?;
        self.complete_job(&mut view);
        Ok(view)
    }

    /// Adds the live progress of a job that runs here; what is stored is up to a heartbeat old.
    pub(super) fn complete_job(&self, job: &mut JobView) {
        if job.state == JobState::Running
            && let Some(progress) = self.queue.progress_of(job.id)
        {
            job.progress = progress;
        }
    }
}
