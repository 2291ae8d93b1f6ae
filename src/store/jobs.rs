//! Rows of the queue as everybody may read them. What they mean is `queue`'s; `job_moves` changes them.

use crate::domain::{JobId, JobProgress, JobState, Priority, Scope, StepProgress, Timestamp, Uid, WorkspaceId};
use crate::store::changes::as_limit;
use crate::store::{ReadTx, StoreError};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

/// A job to enqueue, as stored; `queue::NewJob` makes it.
#[derive(Clone, PartialEq, Debug)]
pub struct JobDraft {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its kind.
    pub kind: String,
    /// For its body.
    pub payload: String,
    /// For a person.
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

/// A job as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredJob {
    /// Row number.
    pub id: JobId,
    /// Outside identifier.
    pub uid: Uid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its kind.
    pub kind: String,
    /// For its body.
    pub payload: String,
    /// For a person.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// Which goes first.
    pub priority: Priority,
    /// Tries so far that count.
    pub attempt: u32,
    /// Tries allowed.
    pub max_attempts: u32,
    /// At most one job of this kind and key that is not final.
    pub unique_key: Option<String>,
    /// Where its body stands.
    pub cursor: Option<String>,
    /// Last written progress; the live one is `Queue::progress_of`.
    pub progress: JobProgress,
    /// True when a person asked to stop it.
    pub cancel_requested: bool,
    /// Number of the present or last claim, ever growing: whoever holds another number has lost the lease.
    pub claim: i64,
    /// The last error.
    pub error: Option<String>,
    /// Its code.
    pub error_code: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it may run (again).
    pub run_at: Timestamp,
    /// When the present or last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it reached a final state.
    pub finished_at: Option<Timestamp>,
}

/// One try of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAttempt {
    /// 1 = first; a try that was released or rescued does not count, so the next has the same number.
    pub attempt: u32,
    /// Began.
    pub started_at: Timestamp,
    /// Ended, where it has.
    pub ended_at: Option<Timestamp>,
    /// `succeeded`, `failed`, `cancelled`, `rescued`, `released`.
    pub outcome: Option<String>,
    /// The error.
    pub error: Option<String>,
}

/// One line of the job log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEvent {
    /// Position in the log of all jobs.
    pub seq: i64,
    /// The job.
    pub job: JobId,
    /// When.
    pub at: Timestamp,
    /// `enqueued`, `started`, `retrying`, `succeeded`, `dead`, `cancelled`, `rescued`, `released`, `hastened`, `replayed`.
    pub kind: String,
    /// For a person.
    pub message: String,
}

/// Which jobs to list; empty lists mean any.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobQuery {
    /// States.
    pub states: Vec<JobState>,
    /// Kinds.
    pub kinds: Vec<String>,
}

pub(super) const COLUMNS: &str = "id, uid, workspace, kind, payload, title, state, priority, attempt, max_attempts, \
                                  unique_key, cursor, progress, cancel_requested, claim, error, error_code, \
                                  created_at, run_at, started_at, finished_at";

/// A kind of which another job may begin, and the workspaces in which none may.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FreeKind {
    pub(crate) kind: &'static str,
    pub(crate) full: Vec<i64>,
}

impl ReadTx<'_> {
    /// One job.
    pub fn job(&self, scope: Scope, id: JobId) -> Result<Option<StoredJob>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE id = ?1 AND workspace = ?2"))?;
        let mut rows = statement.query((id.0, scope.workspace.0))?;
        rows.next()?.map(read_job).transpose()
    }

    /// One job by its outside identifier.
    pub fn job_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<StoredJob>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE uid = ?1 AND workspace = ?2"))?;
        let mut rows = statement.query((uid.as_bytes(), scope.workspace.0))?;
        rows.next()?.map(read_job).transpose()
    }

    /// Jobs, newest first, older than `before` where it is given.
    pub fn list_jobs(
        &self,
        scope: Scope,
        query: &JobQuery,
        before: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<StoredJob>, StoreError> {
        let (mut conditions, mut values) = conditions(scope, query);
        conditions.push_str(" AND id < ? ORDER BY id DESC LIMIT ?");
        values.extend([Value::from(before.map_or(i64::MAX, |id| id.0)), Value::from(as_limit(limit))]);
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE {conditions}"))?;
        statement.query_and_then(params_from_iter(values), read_job)?.collect()
    }

    /// How many jobs the query has.
    pub fn count_jobs(&self, scope: Scope, query: &JobQuery) -> Result<u64, StoreError> {
        let (conditions, values) = conditions(scope, query);
        let mut statement = self.conn.prepare_cached(&format!("SELECT count(*) FROM job WHERE {conditions}"))?;
        Ok(statement.query_row(params_from_iter(values), |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Its last tries, oldest first.
    pub fn job_attempts(&self, job: JobId) -> Result<Vec<StoredAttempt>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT attempt, started_at, ended_at, outcome, error FROM job_attempt WHERE job = ?1 ORDER BY claim",
        )?;
        let rows = statement.query_map([job.0], |row| {
            Ok(StoredAttempt {
                attempt: row.get(0)?,
                started_at: Timestamp(row.get(1)?),
                ended_at: row.get::<_, Option<i64>>(2)?.map(Timestamp),
                outcome: row.get(3)?,
                error: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Its log, oldest first.
    pub fn job_events(&self, job: JobId) -> Result<Vec<JobEvent>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT seq, job, at, kind, message FROM job_event WHERE job = ?1 ORDER BY seq")?;
        let rows = statement.query_map([job.0], read_event)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The log of all jobs of the workspace behind `seq`, in order. Old lines of talkative jobs are missing.
    pub fn job_events_after(&self, scope: Scope, seq: i64, limit: usize) -> Result<Vec<JobEvent>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT e.seq, e.job, e.at, e.kind, e.message FROM job_event e JOIN job j ON j.id = e.job
             WHERE e.seq > ?1 AND j.workspace = ?3 ORDER BY e.seq LIMIT ?2",
        )?;
        let rows = statement.query_map((seq, as_limit(limit), scope.workspace.0), read_event)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last position of the log of all jobs.
    pub fn last_job_event(&self) -> Result<i64, StoreError> {
        self.last_number("job_event")
    }

    /// When the first of the waiting jobs that may begin may run; one that is queued may at once, whatever the clock said when
    /// it was put there.
    pub(crate) fn next_due(&self, free: &[FreeKind]) -> Result<Option<Timestamp>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT min(iif(state = 0, 0, run_at)) FROM job WHERE state IN (0, 1, 3) AND kind = ?1
               AND workspace NOT IN (SELECT value FROM json_each(?2))",
        )?;
        let mut first = None;
        for FreeKind { kind, full } in free {
            let due: Option<i64> = statement.query_row((kind, format!("{full:?}")), |row| row.get(0))?;
            first = first.into_iter().chain(due).min();
        }
        Ok(first.map(Timestamp))
    }

    /// True where a job counts as running although no living process holds it.
    pub(crate) fn has_stray_jobs(&self, boot: Uid, now: Timestamp) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM job WHERE state = 2 AND (boot IS NOT ?1 OR lease_until < ?2))",
        )?;
        Ok(statement.query_row((boot.as_bytes(), now.0), |row| row.get(0))?)
    }
}

/// The conditions of a query with `?` for each value.
fn conditions(scope: Scope, query: &JobQuery) -> (String, Vec<Value>) {
    let mut sql = "workspace = ?".to_owned();
    let mut values = vec![Value::from(scope.workspace.0)];
    let mut any_of = |column: &str, wanted: Vec<Value>| {
        if !wanted.is_empty() {
            let places = vec!["?"; wanted.len()].join(", ");
            sql.extend([" AND ", column, " IN (", &places, ")"]);
            values.extend(wanted);
        }
    };
    any_of("state", query.states.iter().map(|state| Value::from(*state as i64)).collect());
    any_of("kind", query.kinds.iter().map(|kind| Value::from(kind.clone())).collect());
    (sql, values)
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<JobEvent> {
    Ok(JobEvent {
        seq: row.get(0)?,
        job: JobId(row.get(1)?),
        at: Timestamp(row.get(2)?),
        kind: row.get(3)?,
        message: row.get(4)?,
    })
}

pub(super) fn read_job(row: &Row<'_>) -> Result<StoredJob, StoreError> {
    let (state, priority): (u8, u8) = (row.get(6)?, row.get(7)?);
    let steps: String = row.get(12)?;
    Ok(StoredJob {
        id: JobId(row.get(0)?),
        uid: Uid::from_bytes(row.get(1)?),
        workspace: WorkspaceId(row.get(2)?),
        kind: row.get(3)?,
        payload: row.get(4)?,
        title: row.get(5)?,
        state: JobState::from_code(state)
            .ok_or_else(|| StoreError::BadValue { what: "job.state", detail: state.to_string() })?,
        priority: match priority {
            0 => Priority::Low,
            1 => Priority::Normal,
            2 => Priority::High,
            _ => return Err(StoreError::BadValue { what: "job.priority", detail: priority.to_string() }),
        },
        attempt: row.get(8)?,
        max_attempts: row.get(9)?,
        unique_key: row.get(10)?,
        cursor: row.get(11)?,
        progress: JobProgress { steps: steps_from_json(&steps)?, eta_ms: None, eta_error_ms: None },
        cancel_requested: row.get(13)?,
        claim: row.get(14)?,
        error: row.get(15)?,
        error_code: row.get(16)?,
        created_at: Timestamp(row.get(17)?),
        run_at: Timestamp(row.get(18)?),
        started_at: row.get::<_, Option<i64>>(19)?.map(Timestamp),
        finished_at: row.get::<_, Option<i64>>(20)?.map(Timestamp),
    })
}

fn bad_steps(error: &serde_json::Error) -> StoreError {
    StoreError::BadValue { what: "job.progress", detail: error.to_string() }
}

/// `[["rows", 120, 4000]]`
pub(super) fn steps_to_json(steps: &[StepProgress]) -> Result<String, StoreError> {
    let rows: Vec<(&str, u64, Option<u64>)> = steps.iter().map(|s| (s.step.as_str(), s.done, s.total)).collect();
    serde_json::to_string(&rows).map_err(|e| bad_steps(&e))
}

fn steps_from_json(json: &str) -> Result<Vec<StepProgress>, StoreError> {
    let rows: Vec<(String, u64, Option<u64>)> = serde_json::from_str(json).map_err(|e| bad_steps(&e))?;
    Ok(rows.into_iter().map(|(step, done, total)| StepProgress { step, done, total }).collect())
}
