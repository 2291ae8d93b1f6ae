//! Background work.

use crate::domain::JobState;
use crate::http::error::ApiError;
use crate::http::extract::{PathId, Within};
use crate::http::params::{Asked, Group, PageQuery, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, Reply};
use crate::http::request_key::RequestKey;
use crate::http::state::Api;
use crate::http::wire;
use crate::work;
use axum::extract::State;
use axum::http::StatusCode;

/// Which jobs.
#[derive(Clone, Debug)]
pub(super) struct JobQuery {
    states: Vec<JobState>,
    kinds: Vec<String>,
}

fn states() -> Vec<&'static str> {
    JobState::ALL.iter().map(|s| s.as_str()).collect()
}

fn kinds() -> Vec<&'static str> {
    work::KINDS.iter().map(|kind| kind.name).collect()
}

fn kind(word: &str) -> Option<String> {
    work::KINDS.iter().any(|kind| kind.name == word).then(|| word.to_owned())
}

impl Group for JobQuery {
    fn specs() -> Vec<Spec> {
        vec![
            Spec { name: "state", about: "Repeat it, or separate with commas.", takes: Takes::Words(states) },
            Spec { name: "kind", about: "Repeat it, or separate with commas.", takes: Takes::Words(kinds) },
        ]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            states: params.words("state", JobState::parse, &states())?,
            kinds: params.words("kind", kind, &kinds())?,
        })
    }
}

/// Jobs, newest first.
#[utoipa::path(
    get, path = "/jobs", tag = "jobs", params(Asked<(JobQuery, PageQuery)>),
    responses((status = 200, description = "One page.", body = Envelope<Vec<wire::Job>, ListMetadata>)),
)]
pub(super) async fn list_jobs(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(JobQuery, PageQuery)>,
) -> Answer<Vec<wire::Job>, ListMetadata> {
    let Asked((jobs, page)) = asked;
    let page = api.app.jobs().list_jobs(scope, jobs.states, jobs.kinds, page.limit, page.cursor).await?;
    let metadata = ListMetadata { total: page.total, next_cursor: page.next_cursor };
    Ok(Reply::with(page.rows.into_iter().map(Into::into).collect(), metadata))
}

/// One job with its tries and its log.
#[utoipa::path(
    get, path = "/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "Id of the job.")),
    responses((status = 200, description = "The job.", body = Envelope<wire::JobDetail, NoMetadata>)),
)]
pub(super) async fn get_job(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::JobDetail> {
    Ok(Reply::ok(api.app.jobs().get_job(scope, uid).await?.into()))
}

/// Cancels a job: at once where it waits, within a second where it runs.
#[utoipa::path(
    post, path = "/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path, description = "Id of the job.")),
    responses(
        (status = 200, description = "The job.", body = Envelope<wire::Job, NoMetadata>),
        (status = 409, description = "It is over already.", body = crate::http::error::ErrorEnvelope),
    ),
)]
pub(super) async fn cancel_job(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::Job> {
    Ok(Reply::ok(api.app.jobs().cancel_job(scope, uid).await?.into()))
}

/// Replays a dead or cancelled job.
#[utoipa::path(
    post, path = "/jobs/{id}/retry", tag = "jobs", params(("id" = String, Path, description = "Id of the job.")),
    responses(
        (status = 200, description = "The job.", body = Envelope<wire::Job, NoMetadata>),
        (status = 409, description = "It is neither dead nor cancelled.", body = crate::http::error::ErrorEnvelope),
    ),
)]
pub(super) async fn retry_job(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::Job> {
    Ok(Reply::ok(api.app.jobs().retry_job(scope, uid).await?.into()))
}

/// Rebuilds the full-text and the vector index from the database.
#[utoipa::path(
    post, path = "/reindex", tag = "jobs", params(RequestKey),
    responses((status = 202, description = "The job that does it.", body = Envelope<wire::Job, NoMetadata>)),
)]
pub(super) async fn reindex(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    key: RequestKey,
) -> Answer<wire::Job> {
    let job = api.app.jobs().reindex(scope, key.once(&[])).await?;
    Ok(Reply::ok(wire::Job::from(job)).status(StatusCode::ACCEPTED))
}
