//! How rows of the queue change: enqueued, claimed, kept, ended, stopped, replayed, rescued. For `queue` alone.
//!
//! Every change of a running job names the claim it acts for: whoever holds an older one changes nothing.

use crate::domain::{JobId, JobState, Scope, StepProgress, Timestamp, Uid};
use crate::store::jobs::{COLUMNS, FreeKind, read_job, steps_to_json};
use crate::store::{JobDraft, StoreError, StoredJob, WriteTx};

/// Lines of the log, and tries, kept per job.
const HISTORY_PER_JOB: i64 = 200;

/// How an attempt ends.
#[derive(Clone, Debug)]
pub(crate) struct JobEnd {
    /// The state it leaves the job in.
    pub(crate) state: JobState,
    /// When it may run again, where it may.
    pub(crate) run_at: Option<Timestamp>,
    /// For the attempt: `succeeded`, `failed`, `cancelled`, `released`.
    pub(crate) outcome: &'static str,
    /// For the log.
    pub(crate) event: &'static str,
    /// For the log.
    pub(crate) message: String,
    /// Code and words of the error.
    pub(crate) error: Option<(&'static str, String)>,
    /// False where the attempt is not counted.
    pub(crate) counts: bool,
}

/// Progress and cursor to store, each where given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaseNote<'a> {
    /// The lease holds until then.
    pub(crate) until: Timestamp,
    /// How far the steps are.
    pub(crate) steps: &'a [StepProgress],
    /// Where the body stands.
    pub(crate) cursor: Option<&'a str>,
}

impl WriteTx<'_> {
    /// Enqueues; answers number, identifier and whether the job was there already.
    pub(crate) fn insert_job(&mut self, draft: &JobDraft) -> Result<(JobId, Uid, bool), StoreError> {
        let now = self.now();
        let run_at = draft.run_at.unwrap_or(now);
        if let Some(key) = &draft.unique_key
            && let Some(found) = self.find_unique(draft, key)?
        {
            if !(found.state == JobState::Running && found.cancel_requested) {
                // Whoever asks again wants it no later and no less urgently than before; a back-off stays as it is.
                self.conn
                    .prepare_cached(
                        "UPDATE job SET priority = max(priority, ?2), run_at = min(run_at, ?3),
                           state = iif(?3 <= ?4, 0, state)
                         WHERE id = ?1 AND state IN (0, 1)",
                    )?
                    .execute((found.id.0, draft.priority as u8, run_at.0, now.0))?;
                if found.state == JobState::Scheduled && run_at < found.run_at {
                    // Also wakes whoever waits for the moment that it was to run at.
                    self.log_job(found.id, "hastened", "asked for again, for an earlier moment")?;
                }
                return Ok((found.id, found.uid, true));
            }
            // It is about to end without doing the new work: let go of its key, so that the new job does not wait
            // for one that was cancelled.
            self.conn.prepare_cached("UPDATE job SET unique_key = NULL WHERE id = ?1")?.execute([found.id.0])?;
        }
        let uid = self.new_uid()?;
        let state = if run_at > now { JobState::Scheduled } else { JobState::Queued };
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO job (uid, workspace, kind, state, priority, max_attempts, unique_key, created_at, run_at,
                   title, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .insert((
                uid.as_bytes(),
                draft.workspace.0,
                &draft.kind,
                state as u8,
                draft.priority as u8,
                draft.max_attempts.max(1),
                &draft.unique_key,
                now.0,
                run_at.0,
                &draft.title,
                &draft.payload,
            ))?;
        self.log_job(JobId(id), "enqueued", &draft.title)?;
        Ok((JobId(id), uid, false))
    }

    fn find_unique(&self, draft: &JobDraft, key: &str) -> Result<Option<StoredJob>, StoreError> {
        let mut find = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM job WHERE workspace = ?1 AND kind = ?2 AND unique_key = ?3 AND state <= 3"
        ))?;
        let mut rows = find.query((draft.workspace.0, &draft.kind, key))?;
        rows.next()?.map(read_job).transpose()
    }

    /// Takes the first job that is due and may begin. A queued one is always due: on a clock that was set back since, as after
    /// a power cut, it would wait for nothing.
    pub(crate) fn claim_job(
        &mut self,
        free: &[FreeKind],
        boot: Uid,
        lease_ms: i64,
    ) -> Result<Option<StoredJob>, StoreError> {
        let now = self.now();
        let conn = self.conn;
        let mut waiting = conn.prepare_cached(
            "SELECT id, kind, workspace FROM job WHERE state IN (0, 1, 3) AND (state = 0 OR run_at <= ?1)
              ORDER BY priority DESC, run_at, id",
        )?;
        let mut rows = waiting.query([now.0])?;
        let mut first = None;
        while let Some(row) = rows.next()? {
            let (kind, workspace) = (row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, row.get(2)?);
            if free.iter().any(|free| free.kind == kind && !free.full.contains(&workspace)) {
                first = Some(row.get::<_, i64>(0)?);
                break;
            }
        }
        drop(rows);
        let Some(id) = first else { return Ok(None) };
        let mut claim = conn.prepare_cached(&format!(
            "UPDATE job SET state = 2, attempt = attempt + 1, claim = claim + 1, boot = ?2, lease_until = ?3,
               started_at = ?4, finished_at = NULL
             WHERE id = ?1 RETURNING {COLUMNS}"
        ))?;
        let mut rows = claim.query((id, boot.as_bytes(), now.0 + lease_ms, now.0))?;
        let Some(job) = rows.next()?.map(read_job).transpose()? else { return Ok(None) };
        drop(rows);
        conn.prepare_cached("INSERT INTO job_attempt (job, claim, attempt, started_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute((job.id.0, job.claim, job.attempt, now.0))?;
        self.log_job(job.id, "started", &format!("attempt {} of {}", job.attempt, job.max_attempts))?;
        Ok(Some(job))
    }

    /// Keeps a lease, and stores what the note says. `None` where the claim is lost; else whether to cancel.
    ///
    /// A cursor is a sign of life: rescues are counted from there again.
    pub(crate) fn keep_lease(
        &mut self,
        id: JobId,
        claim: i64,
        note: LeaseNote<'_>,
    ) -> Result<Option<bool>, StoreError> {
        let mut update = self.conn.prepare_cached(
            "UPDATE job SET lease_until = ?3, progress = ?4, cursor = coalesce(?5, cursor),
               rescues = iif(?5 IS NULL, rescues, 0)
             WHERE id = ?1 AND claim = ?2 AND state = 2 RETURNING cancel_requested",
        )?;
        let mut rows = update.query((id.0, claim, note.until.0, steps_to_json(note.steps)?, note.cursor))?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    /// Ends an attempt; false where its claim was lost or it has ended already.
    pub(crate) fn end_job(
        &mut self,
        id: JobId,
        claim: i64,
        end: &JobEnd,
        steps: &[StepProgress],
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let (code, words) = end.error.as_ref().map_or((None, None), |(code, words)| (Some(code), Some(words)));
        let n = self
            .conn
            .prepare_cached(
                "UPDATE job SET state = ?3, run_at = coalesce(?4, run_at), error_code = ?5, error = ?6,
                   finished_at = iif(?3 >= 4, ?7, NULL), attempt = attempt - ?8, progress = ?9, boot = NULL,
                   lease_until = NULL, cancel_requested = 0, rescues = iif(?8, rescues, 0)
                 WHERE id = ?1 AND claim = ?2 AND state = 2",
            )?
            .execute((
                id.0,
                claim,
                end.state as u8,
                end.run_at.map(|t| t.0),
                code,
                words,
                now.0,
                !end.counts,
                steps_to_json(steps)?,
            ))?;
        if n == 0 {
            return Ok(false);
        }
        self.end_attempt(id, claim, end.outcome, words.map(String::as_str))?;
        self.log_job(id, end.event, &end.message)?;
        Ok(true)
    }

    fn end_attempt(&mut self, id: JobId, claim: i64, outcome: &str, error: Option<&str>) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE job_attempt SET ended_at = ?3, outcome = ?4, error = ?5 WHERE job = ?1 AND claim = ?2",
            )?
            .execute((id.0, claim, self.now().0, outcome, error))?;
        self.conn
            .prepare_cached("DELETE FROM job_attempt WHERE job = ?1 AND claim <= ?2")?
            .execute((id.0, claim - HISTORY_PER_JOB))?;
        Ok(())
    }

    /// Cancels a waiting job at once, asks a running one to stop, leaves a final one; the job as it is then.
    pub(crate) fn stop_job(&mut self, scope: Scope, uid: Uid) -> Result<StoredJob, StoreError> {
        Self::must_write(scope)?;
        let mut job = self.job_by_uid(scope, uid)?.ok_or_else(|| missing(uid))?;
        match job.state {
            JobState::Queued | JobState::Scheduled | JobState::Retrying => {
                let now = self.now();
                self.conn
                    .prepare_cached("UPDATE job SET state = 6, finished_at = ?2 WHERE id = ?1")?
                    .execute((job.id.0, now.0))?;
                self.log_job(job.id, "cancelled", "cancelled before it ran")?;
                (job.state, job.finished_at) = (JobState::Cancelled, Some(now));
            }
            JobState::Running => {
                self.conn.prepare_cached("UPDATE job SET cancel_requested = 1 WHERE id = ?1")?.execute([job.id.0])?;
                job.cancel_requested = true;
            }
            JobState::Succeeded | JobState::Dead | JobState::Cancelled => {}
        }
        Ok(job)
    }

    /// Puts a dead or cancelled job back into the queue with all its tries; its cursor stays.
    pub(crate) fn replay_job(&mut self, scope: Scope, uid: Uid) -> Result<(), StoreError> {
        Self::must_write(scope)?;
        let job = self.job_by_uid(scope, uid)?.ok_or_else(|| missing(uid))?;
        if !matches!(job.state, JobState::Dead | JobState::Cancelled) {
            let words = format!("the job is {}: only a dead or cancelled one can be run again", job.state.as_str());
            return Err(StoreError::WrongState(words));
        }
        if let Some(key) = &job.unique_key {
            let draft = JobDraft {
                workspace: job.workspace,
                kind: job.kind.clone(),
                payload: String::new(),
                title: String::new(),
                priority: job.priority,
                unique_key: None,
                max_attempts: 1,
                run_at: None,
            };
            if self.find_unique(&draft, key)?.is_some() {
                return Err(StoreError::WrongState("another job does the same already: wait for that one".to_owned()));
            }
        }
        self.conn
            .prepare_cached(
                "UPDATE job SET state = 0, attempt = 0, rescues = 0, run_at = ?2, finished_at = NULL, error = NULL,
                   error_code = NULL, cancel_requested = 0
                 WHERE id = ?1",
            )?
            .execute((job.id.0, self.now().0))?;
        self.log_job(job.id, "replayed", "put back into the queue by a person")
    }

    /// Puts jobs back that count as running although their process died or their lease ran out (those in `held` are
    /// alive); answers which. A job that was rescued `rescues_max` times without a checkpoint between becomes a dead
    /// letter: it takes the process down with it.
    pub(crate) fn rescue_jobs(
        &mut self,
        boot: Uid,
        held: &[JobId],
        rescues_max: u32,
    ) -> Result<Vec<JobId>, StoreError> {
        let now = self.now();
        let conn = self.conn;
        let mut find = conn.prepare_cached(
            "SELECT id, claim, rescues, cancel_requested FROM job
             WHERE state = 2 AND (boot IS NOT ?1 OR lease_until < ?2) ORDER BY id",
        )?;
        let rows = find.query_map((boot.as_bytes(), now.0), |row| {
            Ok((JobId(row.get(0)?), row.get::<_, i64>(1)?, row.get::<_, u32>(2)?, row.get::<_, bool>(3)?))
        })?;
        let stray = rows.collect::<Result<Vec<_>, _>>()?;
        let mut rescued = Vec::new();
        for (id, claim, rescues, cancel) in stray.into_iter().filter(|stray| !held.contains(&stray.0)) {
            let (state, event, message) = if cancel {
                (JobState::Cancelled, "cancelled", "cancelled; its process had ended")
            } else if rescues + 1 >= rescues_max {
                (JobState::Dead, "dead", "given up: its process ended every time it ran")
            } else {
                (JobState::Queued, "rescued", "its process ended; it goes on from its last checkpoint")
            };
            let error = (state == JobState::Dead).then_some(message);
            conn.prepare_cached(
                "UPDATE job SET state = ?2, rescues = rescues + 1, attempt = max(attempt - 1, 0), boot = NULL,
                   lease_until = NULL, run_at = ?3, finished_at = iif(?2 >= 4, ?3, NULL), cancel_requested = 0,
                   error_code = iif(?4 IS NULL, error_code, 'process_ended'), error = coalesce(?4, error)
                 WHERE id = ?1",
            )?
            .execute((id.0, state as u8, now.0, error))?;
            self.end_attempt(id, claim, "rescued", error)?;
            self.log_job(id, event, message)?;
            rescued.push(id);
        }
        Ok(rescued)
    }

    /// Lets jobs that wait to be tried again be tried at once, and gives them back the try that did not wait its time, so
    /// that none is given up sooner: of this number, or all. Answers how many.
    pub(crate) fn hasten_jobs(&mut self, only: Option<JobId>, why: &str) -> Result<usize, StoreError> {
        let (conn, now) = (self.conn, self.now().0);
        let mut hasten = conn.prepare_cached(
            "UPDATE job SET run_at = ?2, attempt = max(attempt - 1, 0)
             WHERE state = 3 AND run_at > ?2 AND (?1 IS NULL OR id = ?1) RETURNING id",
        )?;
        let rows = hasten.query_map((only.map(|id| id.0), now), |row| row.get(0).map(JobId))?;
        let hastened = rows.collect::<Result<Vec<_>, _>>()?;
        for id in &hastened {
            self.log_job(*id, "hastened", why)?;
        }
        Ok(hastened.len())
    }

    /// Removes final jobs but the newest `kept` of each workspace.
    pub(crate) fn prune_jobs(&mut self, kept: usize) -> Result<usize, StoreError> {
        let n = self
            .conn
            .prepare_cached(
                "DELETE FROM job WHERE id IN (
                   SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY workspace ORDER BY id DESC) AS nth
                                   FROM job WHERE state >= 4) WHERE nth > ?1)",
            )?
            .execute([i64::try_from(kept).unwrap_or(i64::MAX)])?;
        Ok(n)
    }

    fn log_job(&mut self, job: JobId, kind: &str, message: &str) -> Result<(), StoreError> {
        let seq = self
            .conn
            .prepare_cached("INSERT INTO job_event (job, at, kind, message) VALUES (?1, ?2, ?3, ?4)")?
            .insert((job.0, self.now().0, kind, message))?;
        self.conn
            .prepare_cached(
                "DELETE FROM job_event WHERE job = ?1 AND seq <= (
                   SELECT seq FROM job_event WHERE job = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute((job.0, HISTORY_PER_JOB))?;
        self.logged.job_event = seq;
        Ok(())
    }
}

fn missing(uid: Uid) -> StoreError {
    StoreError::NotFound { what: "job", id: uid.to_string() }
}
