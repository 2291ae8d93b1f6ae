//! Models: list, add, remove, choose, challenge, compare.

use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{JsonBody, PathName, Within};
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, CursorQuery, Group, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, PageMetadata, Reply};
use crate::http::request_key::RequestKey;
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::StatusCode;

/// Every model, oldest first.
#[utoipa::path(
    get, path = "/models", tag = "model",
    responses((status = 200, description = "All of them.", body = Envelope<Vec<wire::Model>, ListMetadata>)),
)]
pub(super) async fn list_models(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<Vec<wire::Model>, ListMetadata> {
    let all = api.app.models().list_models(scope).await?;
    let metadata = ListMetadata { total: all.len() as u64, next_cursor: None };
    Ok(Reply::with(all.into_iter().map(Into::into).collect(), metadata))
}

/// One model with its description.
#[utoipa::path(
    get, path = "/models/{name}", tag = "model", params(("name" = String, Path, description = "Name of the model.")),
    responses((status = 200, description = "The model.", body = Envelope<wire::ModelDetail, NoMetadata>)),
)]
pub(super) async fn get_model(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(()): Asked<()>,
) -> Answer<wire::ModelDetail> {
    Ok(Reply::ok(api.app.models().get_model(scope, name).await?.into()))
}

/// Makes a folder of this machine known as a model. It is loaded to see that it can be read, and stays where it is.
#[utoipa::path(
    post, path = "/models", tag = "model", request_body = wire::NewModel,
    responses(
        (status = 201, description = "The model.", body = Envelope<wire::Model, NoMetadata>),
        (status = 409, description = "The name is taken.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn add_model(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    JsonBody(new): JsonBody<wire::NewModel>,
) -> Answer<wire::Model> {
    let view = api.app.models().add_model(scope, new.try_into()?).await?;
    let path = format!("/api/v1/models/{}", view.name.replace(' ', "%20"));
    Ok(Reply::ok(wire::Model::from(view)).status(StatusCode::CREATED).at(path))
}

/// Says what the labels of a model from a folder mean. Readings made with other labels go; where nothing changes, they stay.
#[utoipa::path(
    put, path = "/models/{name}/labels", tag = "model", request_body = wire::ModelLabels,
    params(("name" = String, Path, description = "Name of the model.")),
    responses(
        (status = 200, description = "The model.", body = Envelope<wire::Model, NoMetadata>),
        (status = 404, description = "There is no such model.", body = ErrorEnvelope),
        (status = 409, description = "Its labels count, or are fixed, or its files have changed.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn relabel_model(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(()): Asked<()>,
    JsonBody(labels): JsonBody<wire::ModelLabels>,
) -> Answer<wire::Model> {
    Ok(Reply::ok(api.app.models().relabel_model(scope, name, labels.try_into()?).await?.into()))
}

/// Takes a model off the list and deletes its readings. Its files stay where they are.
#[utoipa::path(
    delete, path = "/models/{name}", tag = "model", params(("name" = String, Path, description = "Name of the model.")),
    responses(
        (status = 200, description = "It is off the list.", body = Envelope<wire::RemovedModel, NoMetadata>),
        (status = 409, description = "It is bundled, or the default.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn remove_model(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(()): Asked<()>,
) -> Answer<wire::RemovedModel> {
    api.app.models().remove_model(scope, name.clone()).await?;
    Ok(Reply::ok(wire::RemovedModel { name, removed: true }))
}

/// Makes a model the one whose labels count. A job reads what it has not read yet; readings of others stay.
#[utoipa::path(
    put, path = "/models/default", tag = "model", request_body = wire::ModelName,
    responses(
        (status = 200, description = "The model.", body = Envelope<wire::Model, NoMetadata>),
        (status = 404, description = "There is no such model.", body = ErrorEnvelope),
        (status = 409, description = "It cannot read, or is not promoted yet.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn set_default_model(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    JsonBody(wire::ModelName { name }): JsonBody<wire::ModelName>,
) -> Answer<wire::Model> {
    Ok(Reply::ok(api.app.models().set_default_model(scope, name).await?.into()))
}

/// Lets a model read a share of the new items beside the default one. There is one challenger at a time.
#[utoipa::path(
    put, path = "/models/challenger", tag = "model", request_body = wire::NewChallenger,
    responses(
        (status = 200, description = "The model.", body = Envelope<wire::Model, NoMetadata>),
        (status = 404, description = "There is no such model.", body = ErrorEnvelope),
        (status = 409, description = "It cannot read, or is the default itself.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn set_challenger(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    JsonBody(wire::NewChallenger { name, share }): JsonBody<wire::NewChallenger>,
) -> Answer<wire::Model> {
    Ok(Reply::ok(api.app.models().set_challenger(scope, name, share).await?.into()))
}

/// Ends the challenge; what was read stays.
#[utoipa::path(
    delete, path = "/models/challenger", tag = "model",
    responses((status = 200, description = "Nobody challenges.", body = Envelope<wire::NoChallenger, NoMetadata>)),
)]
pub(super) async fn stop_challenger(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<wire::NoChallenger> {
    api.app.models().stop_challenger(scope).await?;
    Ok(Reply::ok(wire::NoChallenger { challenger: None }))
}

/// Lets a model read the items of a filter that it has not read yet.
#[utoipa::path(
    post, path = "/models/{name}/analyze", tag = "model",
    params(("name" = String, Path, description = "Name of the model."), Asked<FilterQuery>, RequestKey),
    responses(
        (status = 202, description = "The job that does it.", body = Envelope<wire::Job, NoMetadata>),
        (status = 409, description = "It cannot read.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn reanalyze(
    State(api): State<Api>,
    Within(scope): Within,
    PathName(name): PathName,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
    key: RequestKey,
) -> Answer<wire::Job> {
    let job = api.app.models().reanalyze(scope, name, filter, key.once(&[])).await?;
    Ok(Reply::ok(wire::Job::from(job)).status(StatusCode::ACCEPTED))
}

/// How two models agree on the items of a filter that both have read, and where they differ most: those items in pages.
#[utoipa::path(
    get, path = "/models/compare", tag = "model", params(Asked<(PairQuery, CursorQuery, FilterQuery)>),
    responses((status = 200, description = "The comparison.", body = Envelope<wire::Comparison, PageMetadata>)),
)]
pub(super) async fn compare_models(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(PairQuery, CursorQuery, FilterQuery)>,
) -> Answer<wire::Comparison, PageMetadata> {
    let Asked((PairQuery { a, b, limit }, CursorQuery(cursor), FilterQuery(filter))) = asked;
    let mut comparison = api.app.models().compare_models(scope, a, b, filter, limit, cursor).await?;
    let next_cursor = comparison.next_cursor.take();
    Ok(Reply::with(comparison.into(), PageMetadata { next_cursor }))
}

/// Two models, and how many of the items that they read differently.
#[derive(Clone, Debug)]
pub(super) struct PairQuery {
    a: String,
    b: String,
    limit: usize,
}

/// Items where the client names no number, and the most it may name.
const DIFFERENCES: (usize, usize) = (20, 200);

impl Group for PairQuery {
    fn specs() -> Vec<Spec> {
        let spec = |name, about, takes| Spec { name, about, takes };
        vec![
            spec("a", "Name of the first model.", Takes::Needed),
            spec("b", "Name of the second model.", Takes::Needed),
            spec("limit", "Items of one page that are read differently.", Takes::Count(DIFFERENCES.0, DIFFERENCES.1)),
        ]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        let name = |of: &'static str| {
            params.text(of)?.ok_or_else(|| {
                let message = format!("`{of}` is missing: name the two models to compare as `a` and `b`");
                ApiError::input("missing_parameter", message).with("parameter", of)
            })
        };
        let limit = params.count("limit", DIFFERENCES.0, DIFFERENCES.1)?;
        Ok(Self { a: name("a")?, b: name("b")?, limit })
    }
}
