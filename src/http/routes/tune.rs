//! Learning from corrections: train, judge, promote, roll back.

use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{PathName, Within};
use crate::http::params::Asked;
use crate::http::reply::{Answer, Envelope, NoMetadata, Reply};
use crate::http::request_key::RequestKey;
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::StatusCode;

/// What there is to learn from, and what was made of it.
#[utoipa::path(
    get, path = "/tune", tag = "model",
    responses((status = 200, description = "Corrections, the newest tuning, and the models.", body = Envelope<wire::Tuning, NoMetadata>)),
)]
pub(super) async fn get_tuning(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<wire::Tuning> {
    let view = api.app.learning().tuning(scope).await?;
    let model = async |name: Option<String>| match name {
        Some(name) => Ok::<_, ApiError>(Some(wire::Model::from(api.app.models().get_model(scope, name).await?.0))),
        None => Ok(None),
    };
    let active = wire::Model::from(api.app.models().get_model(scope, view.active).await?.0);
    Ok(Reply::ok(wire::Tuning {
        corrections: view.corrections,
        usable: view.usable,
        minimum: view.minimum,
        job: view.job.map(Into::into),
        candidate: model(view.candidate).await?,
        active,
        previous: model(view.previous).await?,
    }))
}

/// Trains new heads from the corrections. The result is a candidate: it counts for nothing until it is promoted.
#[utoipa::path(
    post, path = "/tune", tag = "model", params(RequestKey),
    responses(
        (status = 202, description = "The job that does it.", body = Envelope<wire::TuningBegun, NoMetadata>),
        (status = 409, description = "There are too few corrections.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn start_tuning(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    key: RequestKey,
) -> Answer<wire::TuningBegun> {
    let job = api.app.learning().tune(scope, key.once(&[])).await?.into();
    Ok(Reply::ok(wire::TuningBegun { job }).status(StatusCode::ACCEPTED))
}

/// Makes a tuned model count, once it has read everything; that takes seconds, and the answer waits for some.
#[utoipa::path(
    post, path = "/models/{name}/promote", tag = "model",
    params(("name" = String, Path, description = "Name of the model.")),
    responses(
        (status = 200, description = "It counts.", body = Envelope<wire::Model, wire::PromotionMetadata>),
        (status = 202, description = "It is still reading; the job says how far it is.", body = Envelope<wire::Model, wire::PromotionMetadata>),
        (status = 409, description = "It was discarded, was not tuned here, or counts already.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn promote_model(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(()): Asked<()>,
) -> Answer<wire::Model, wire::PromotionMetadata> {
    let view = api.app.learning().promote(scope, &name).await?;
    let status = if view.job.state.is_final() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let (model, _) = api.app.models().get_model(scope, name).await?;
    Ok(Reply::with(model.into(), wire::PromotionMetadata { job: view.into() }).status(status))
}

/// Puts a tuned model aside. The corrections are kept.
#[utoipa::path(
    post, path = "/models/{name}/discard", tag = "model",
    params(("name" = String, Path, description = "Name of the model.")),
    responses(
        (status = 200, description = "It is discarded.", body = Envelope<wire::Model, NoMetadata>),
        (status = 409, description = "It counts now, or was not tuned here.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn discard_model(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(()): Asked<()>,
) -> Answer<wire::Model> {
    api.app.learning().discard(scope, &name).await?;
    Ok(Reply::ok(api.app.models().get_model(scope, name).await?.0.into()))
}

/// Makes the model that counted before count again, with exactly the readings that it has.
#[utoipa::path(
    post, path = "/models/rollback", tag = "model",
    responses(
        (status = 200, description = "The model that counts now.", body = Envelope<wire::Model, NoMetadata>),
        (status = 409, description = "No other model counted before.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn roll_back(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<wire::Model> {
    let name = api.app.learning().rollback(scope).await?;
    Ok(Reply::ok(api.app.models().get_model(scope, name).await?.0.into()))
}
