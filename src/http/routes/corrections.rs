//! Corrections: a person says what an item means.

use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{Caller, JsonBody, PathId};
use crate::http::params::{Asked, PageQuery};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;

/// Says what an item means. It counts in every list and figure when this answers; what is left out stays as it is.
#[utoipa::path(
    put, path = "/items/{id}/correction", tag = "items", request_body = wire::CorrectionBody,
    params(("id" = String, Path, description = "Id of the item.")),
    responses((status = 200, description = "The item.", body = Envelope<wire::ItemDetail, NoMetadata>)),
)]
pub(super) async fn correct_item(
    State(api): State<Api>,
    Caller(scope): Caller,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
    JsonBody(body): JsonBody<wire::CorrectionBody>,
) -> Answer<wire::ItemDetail> {
    let (said, author) = body.read().map_err(|(field, value, allowed)| {
        let message = format!("`{value}` cannot be the {field} of an item: choose {allowed}");
        ApiError::input("invalid_json", message).with("field", field).with("value", value).with("allowed", allowed)
    })?;
    let view = api.app.correct_item(scope, uid, said, author).await?;
    Ok(Reply::ok(wire::ItemDetail::new(view, None)))
}

/// Takes the correction of an item back. The one before it counts again, or else the model.
#[utoipa::path(
    delete, path = "/items/{id}/correction", tag = "items",
    params(("id" = String, Path, description = "Id of the item.")),
    responses(
        (status = 200, description = "The item.", body = Envelope<wire::ItemDetail, NoMetadata>),
        (status = 409, description = "It has no correction that counts.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn undo_correction(
    State(api): State<Api>,
    Caller(scope): Caller,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::ItemDetail> {
    Ok(Reply::ok(wire::ItemDetail::new(api.app.undo_correction(scope, uid).await?, None)))
}

/// Every correction, newest first, those that were taken back included.
#[utoipa::path(
    get, path = "/corrections", tag = "items", params(Asked<PageQuery>),
    responses((status = 200, description = "One page.", body = Envelope<Vec<wire::Correction>, ListMetadata>)),
)]
pub(super) async fn list_corrections(
    State(api): State<Api>,
    Caller(scope): Caller,
    Asked(page): Asked<PageQuery>,
) -> Answer<Vec<wire::Correction>, ListMetadata> {
    let page = api.app.list_corrections(scope, page.limit, page.cursor).await?;
    let metadata = ListMetadata { total: page.total, next_cursor: page.next_cursor };
    Ok(Reply::with(page.rows.into_iter().map(Into::into).collect(), metadata))
}
