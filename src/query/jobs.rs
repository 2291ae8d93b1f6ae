//! Jobs as shown: the stored row, with the progress of this moment where it runs.

use super::{AttemptView, JobEventView, JobView, Page, QueryError, Read, cursor, page_limit};
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
    let attempts = attempts.into_iter().map(|a| AttemptView {
        attempt: a.attempt,
        started_at: a.started_at,
        ended_at: a.ended_at,
        outcome: a.outcome,
        error: a.error,
    });
    let events = events.into_iter().map(|e| JobEventView { seq: e.seq, at: e.at, kind: e.kind, message: e.message });
    Ok(JobView { attempts: attempts.collect(), events: events.collect(), ..view_job(job, live) })
}

/// A stored job as shown, without its tries and its log.
pub fn view_job(job: StoredJob, live: LiveProgress<'_>) -> JobView {
    let now = (job.state == JobState::Running).then(|| live(job.id)).flatten();
    JobView {
        uid: job.uid,
        kind: job.kind,
        state: job.state,
        priority: job.priority,
        title: job.title,
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        progress: now.unwrap_or(job.progress),
        error: job.error,
        created_at: job.created_at,
        run_at: job.run_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        attempts: Vec::new(),
        events: Vec::new(),
    }
}
