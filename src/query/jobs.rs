//! Jobs as shown: the stored row, with the progress of this moment where it runs.

use super::{JobView, Page, QueryError, Read, cursor, page_limit};
use crate::domain::{JobId, JobProgress, JobState, Scope, Uid};
use crate::store::{JobQuery, StoredJob};

/// Asks for the progress of a job that runs now; `Queue::progress_of` is one.
pub type LiveProgress<'a> = &'a dyn Fn(JobId) -> Option<JobProgress>;

/// Newest first. Empty lists mean any state and any kind.
pub fn list_jobs(
    read: &Read<'_>,
    scope: Scope,
    live: LiveProgress<'_>,
    states: &[JobState],
    kinds: &[String],
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<JobView>, QueryError> {
    let before = cursor.map(cursor::parse_before).transpose()?.map(JobId);
    let limit = page_limit(limit);
    let query = JobQuery { states: states.to_vec(), kinds: kinds.to_vec() };
    let (mut jobs, total) =
        read.store.read(|tx| Ok((tx.list_jobs(scope, &query, before, limit + 1)?, tx.count_jobs(scope, &query)?)))?;
    let more = jobs.len() > limit;
    jobs.truncate(limit);
    let next_cursor = jobs.last().filter(|_| more).map(|job| cursor::before(job.id.0));
    Ok(Page { rows: jobs.into_iter().map(|job| view_job(job, live)).collect(), total, next_cursor })
}

/// One job with its tries and its log.
pub fn get_job(read: &Read<'_>, scope: Scope, live: LiveProgress<'_>, uid: Uid) -> Result<JobView, QueryError> {
    let found = read.store.read(|tx| {
        let Some(job) = tx.job_by_uid(scope, uid)? else { return Ok(None) };
        let (attempts, events) = (tx.job_attempts(job.id)?, tx.job_events(job.id)?);
        Ok(Some((job, attempts, events)))
    })?;
    let Some((job, attempts, events)) = found else {
        return Err(QueryError::NotFound { what: "job", id: uid.to_string() });
    };
    Ok(JobView { attempts, events, ..view_job(job, live) })
}

/// A stored job as shown, without its tries and its log.
pub fn view_job(mut job: StoredJob, live: LiveProgress<'_>) -> JobView {
    if job.state == JobState::Running
        && let Some(now) = live(job.id)
    {
        job.progress = now;
    }
    JobView { job, attempts: Vec::new(), events: Vec::new() }
}
