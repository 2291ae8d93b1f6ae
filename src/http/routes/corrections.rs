//! Corrections: a person says what an item means.

use crate::domain::Uid;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{JsonBody, PathId, Within};
use crate::http::params::{Asked, Group, PageQuery, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;

/// Says what an item means. It counts in every list and figure when this answers; what is left out stays as it is.
#[utoipa::path(
    put, path = "/items/{id}/correction", tag = "items", request_body = wire::CorrectionBody,
    params(("id" = String, Path, description = "Id of the item.")),
    responses(
        (status = 200, description = "The item.", body = Envelope<wire::ItemDetail, NoMetadata>),
        (status = 409, description = "Its text has changed since `version`.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn correct_item(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
    JsonBody(body): JsonBody<wire::CorrectionBody>,
) -> Answer<wire::ItemDetail> {
    let version = body.version;
    let (said, author) = body.read().map_err(|(field, value, allowed)| {
        let message = format!("`{value}` cannot be the {field} of an item: choose {allowed}");
        ApiError::input("invalid_json", message).with("field", field).with("value", value).with("allowed", allowed)
    })?;
    let view = api.app.corrections().correct_item(scope, uid, version, said, author).await?;
    Ok(Reply::ok(wire::ItemDetail::new(view, None)))
}

/// Takes the correction of an item back. The one before it counts again, or else the model.
#[utoipa::path(
    delete, path = "/items/{id}/correction", tag = "items",
    params(("id" = String, Path, description = "Id of the item."), Asked<UndoQuery>),
    responses(
        (status = 200, description = "The item.", body = Envelope<wire::ItemDetail, NoMetadata>),
        (status = 409, description = "No correction counts, or another one than was named.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn undo_correction(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(UndoQuery { correction }): Asked<UndoQuery>,
) -> Answer<wire::ItemDetail> {
    Ok(Reply::ok(wire::ItemDetail::new(api.app.corrections().undo_correction(scope, uid, correction).await?, None)))
}

/// Which correction is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct UndoQuery {
    correction: Option<Uid>,
}

impl Group for UndoQuery {
    fn specs() -> Vec<Spec> {
        let about = "Id of the correction that is meant: where another one counts by now, nothing is taken back.";
        vec![Spec { name: "correction", about, takes: Takes::Uid }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self { correction: params.uid("correction")? })
    }
}

/// Every correction, newest first, those that were taken back included.
#[utoipa::path(
    get, path = "/corrections", tag = "items", params(Asked<PageQuery>),
    responses((status = 200, description = "One page.", body = Envelope<Vec<wire::Correction>, ListMetadata>)),
)]
pub(super) async fn list_corrections(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(page): Asked<PageQuery>,
) -> Answer<Vec<wire::Correction>, ListMetadata> {
    let page = api.app.corrections().list_corrections(scope, page.limit, page.cursor).await?;
    let metadata = ListMetadata { total: page.total, next_cursor: page.next_cursor };
    Ok(Reply::with(page.rows.into_iter().map(Into::into).collect(), metadata))
}
