//! Jobs.

use super::words;
use crate::domain::{JobProgress, JobState, StepProgress};
use crate::http::moment;
use crate::query::JobView;
use crate::store::{self, StoredAttempt, StoredJob};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Background work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Job {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    #[schema(value_type = words::JobKind)]
    pub(crate) kind: String,
    #[schema(value_type = words::JobState)]
    pub(crate) state: String,
    #[schema(value_type = words::JobPriority)]
    pub(crate) priority: String,
    pub(crate) title: String,
    /// Tries so far.
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) progress: Progress,
    /// The last error.
    pub(crate) error: Option<String>,
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// When it may run (again).
    #[schema(format = DateTime)]
    pub(crate) run_at: String,
    #[schema(format = DateTime)]
    pub(crate) started_at: Option<String>,
    #[schema(format = DateTime)]
    pub(crate) finished_at: Option<String>,
}

impl Job {
    /// Nothing but a person moves it on.
    pub(crate) fn is_final(&self) -> bool {
        JobState::parse(&self.state).is_some_and(JobState::is_final)
    }
}

impl From<&JobView> for Job {
    fn from(view: &JobView) -> Self {
        let StoredJob {
            id: _,
            uid,
            workspace: _,
            kind,
            payload: _,
            title,
            state,
            priority,
            attempt,
            max_attempts,
            unique_key: _,
            cursor: _,
            progress,
            cancel_requested: _,
            claim: _,
            error,
            error_code: _,
            created_at,
            run_at,
            started_at,
            finished_at,
        } = &view.job;
        Self {
            id: uid.to_string(),
            kind: kind.clone(),
            state: state.as_str().to_owned(),
            priority: priority.as_str().to_owned(),
            title: title.clone(),
            attempt: *attempt,
            max_attempts: *max_attempts,
            progress: progress.into(),
            error: error.clone(),
            created_at: moment::format(*created_at),
            run_at: moment::format(*run_at),
            started_at: started_at.map(moment::format),
            finished_at: finished_at.map(moment::format),
        }
    }
}

impl From<JobView> for Job {
    fn from(view: JobView) -> Self {
        Self::from(&view)
    }
}

/// How far a job has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Progress {
    /// In order; the last is the present one.
    pub(crate) steps: Vec<Step>,
    /// Expected milliseconds left.
    pub(crate) eta_ms: Option<u64>,
    /// One standard error of `eta_ms`.
    pub(crate) eta_error_ms: Option<u64>,
}

impl From<&JobProgress> for Progress {
    fn from(progress: &JobProgress) -> Self {
        let JobProgress { steps, eta_ms, eta_error_ms } = progress;
        let step = |step: &StepProgress| Step { step: step.step.clone(), done: step.done, total: step.total };
        Self { steps: steps.iter().map(step).collect(), eta_ms: *eta_ms, eta_error_ms: *eta_error_ms }
    }
}

/// One named step.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Step {
    pub(crate) step: String,
    pub(crate) done: u64,
    /// Null where it is not known.
    pub(crate) total: Option<u64>,
}

/// A job with its tries and its log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobDetail {
    #[serde(flatten)]
    pub(crate) job: Job,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) events: Vec<JobEvent>,
}

impl From<JobView> for JobDetail {
    fn from(view: JobView) -> Self {
        let job = Job::from(&view);
        let attempts = view.attempts.into_iter().map(Into::into).collect();
        Self { job, attempts, events: view.events.into_iter().map(Into::into).collect() }
    }
}

/// One try.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Attempt {
    pub(crate) attempt: u32,
    #[schema(format = DateTime)]
    pub(crate) started_at: String,
    #[schema(format = DateTime)]
    pub(crate) ended_at: Option<String>,
    /// `succeeded`, `failed`, `cancelled`, `rescued` (its process died) or `released` (orderly shutdown).
    pub(crate) outcome: Option<String>,
    pub(crate) error: Option<String>,
}

impl From<StoredAttempt> for Attempt {
    fn from(stored: StoredAttempt) -> Self {
        let StoredAttempt { attempt, started_at, ended_at, outcome, error } = stored;
        let (started_at, ended_at) = (moment::format(started_at), ended_at.map(moment::format));
        Self { attempt, started_at, ended_at, outcome, error }
    }
}

/// One line of the log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobEvent {
    /// Position in the log of all jobs.
    pub(crate) seq: i64,
    #[schema(format = DateTime)]
    pub(crate) at: String,
    pub(crate) kind: String,
    pub(crate) message: String,
}

impl From<store::JobEvent> for JobEvent {
    fn from(stored: store::JobEvent) -> Self {
        let store::JobEvent { seq, job: _, at, kind, message } = stored;
        Self { seq, at: moment::format(at), kind, message }
    }
}
