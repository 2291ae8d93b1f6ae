//! Jobs.

use super::words;
use crate::domain::{JobProgress, Priority, StepProgress};
use crate::http::moment;
use crate::query::{AttemptView, JobEventView, JobView};
use serde::Serialize;
use utoipa::ToSchema;

/// Background work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    #[schema(format = "uuid")]
    id: String,
    #[schema(value_type = words::JobKind)]
    kind: String,
    #[schema(value_type = words::JobState)]
    state: &'static str,
    #[schema(value_type = words::JobPriority)]
    priority: &'static str,
    title: String,
    /// Tries so far.
    attempt: u32,
    max_attempts: u32,
    progress: Progress,
    /// The last error.
    error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it may run (again).
    #[schema(format = DateTime)]
    run_at: String,
    #[schema(format = DateTime)]
    started_at: Option<String>,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<&JobView> for Job {
    fn from(view: &JobView) -> Self {
        let JobView {
            uid,
            kind,
            state,
            priority,
            title,
            attempt,
            max_attempts,
            progress,
            error,
            created_at,
            run_at,
            started_at,
            finished_at,
            attempts: _,
            events: _,
        } = view;
        Self {
            id: uid.to_string(),
            kind: kind.clone(),
            state: state.as_str(),
            priority: match priority {
                Priority::Low => "low",
                Priority::Normal => "normal",
                Priority::High => "high",
            },
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
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// In order; the last is the present one.
    steps: Vec<Step>,
    /// Expected milliseconds left.
    eta_ms: Option<u64>,
    /// One standard error of `eta_ms`.
    eta_error_ms: Option<u64>,
}

impl From<&JobProgress> for Progress {
    fn from(progress: &JobProgress) -> Self {
        let JobProgress { steps, eta_ms, eta_error_ms } = progress;
        let step = |step: &StepProgress| Step { step: step.step.clone(), done: step.done, total: step.total };
        Self { steps: steps.iter().map(step).collect(), eta_ms: *eta_ms, eta_error_ms: *eta_error_ms }
    }
}

/// One named step.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Step {
    step: String,
    done: u64,
    /// Null where it is not known.
    total: Option<u64>,
}

/// A job with its tries and its log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JobDetail {
    #[serde(flatten)]
    job: Job,
    attempts: Vec<Attempt>,
    events: Vec<JobEvent>,
}

impl From<JobView> for JobDetail {
    fn from(view: JobView) -> Self {
        let job = Job::from(&view);
        let attempts = view.attempts.into_iter().map(Into::into).collect();
        Self { job, attempts, events: view.events.into_iter().map(Into::into).collect() }
    }
}

/// One try.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Attempt {
    attempt: u32,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// `succeeded`, `failed`, `cancelled`, `rescued` (its process died) or `released` (orderly shutdown).
    outcome: Option<String>,
    error: Option<String>,
}

impl From<AttemptView> for Attempt {
    fn from(view: AttemptView) -> Self {
        let AttemptView { attempt, started_at, ended_at, outcome, error } = view;
        let (started_at, ended_at) = (moment::format(started_at), ended_at.map(moment::format));
        Self { attempt, started_at, ended_at, outcome, error }
    }
}

/// One line of the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct JobEvent {
    /// Position in the log of all jobs.
    seq: i64,
    #[schema(format = DateTime)]
    at: String,
    kind: String,
    message: String,
}

impl From<JobEventView> for JobEvent {
    fn from(view: JobEventView) -> Self {
        let JobEventView { seq, at, kind, message } = view;
        Self { seq, at: moment::format(at), kind, message }
    }
}
