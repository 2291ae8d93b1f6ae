//! Collections.

use crate::http::error::ErrorEnvelope;
use crate::http::extract::{JsonBody, PathId, Within};
use crate::http::params::Asked;
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::BTreeMap;

/// All collections, by name.
#[utoipa::path(
    get, path = "/collections", tag = "collections",
    responses((status = 200, description = "All of them.", body = Envelope<Vec<wire::Collection>, ListMetadata>)),
)]
pub(super) async fn list_collections(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<Vec<wire::Collection>, ListMetadata> {
    let all = api.app.collections().list_collections(scope).await?;
    let metadata = ListMetadata { total: all.len() as u64, next_cursor: None };
    Ok(Reply::with(all.into_iter().map(Into::into).collect(), metadata))
}

/// Makes a collection.
#[utoipa::path(
    post, path = "/collections", tag = "collections", request_body = wire::CollectionName,
    responses(
        (status = 201, description = "The collection.", body = Envelope<wire::Collection, NoMetadata>),
        (status = 409, description = "The name is taken.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn create_collection(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
    JsonBody(wire::CollectionName { name }): JsonBody<wire::CollectionName>,
) -> Answer<wire::Collection> {
    let made = wire::Collection::from(api.app.collections().create_collection(scope, name).await?);
    let path = format!("/api/v1/collections/{}", made.id);
    Ok(Reply::ok(made).status(StatusCode::CREATED).at(path))
}

/// Renames a collection.
#[utoipa::path(
    patch, path = "/collections/{id}", tag = "collections", request_body = wire::CollectionName,
    params(("id" = String, Path, description = "Id of the collection.")),
    responses(
        (status = 200, description = "The collection.", body = Envelope<wire::Collection, NoMetadata>),
        (status = 409, description = "The name is taken.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn rename_collection(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
    JsonBody(wire::CollectionName { name }): JsonBody<wire::CollectionName>,
) -> Answer<wire::Collection> {
    Ok(Reply::ok(api.app.collections().rename_collection(scope, uid, name).await?.into()))
}

/// Deletes a collection with its items, and says how many these were.
#[utoipa::path(
    delete, path = "/collections/{id}", tag = "collections",
    params(("id" = String, Path, description = "Id of the collection.")),
    responses((status = 200, description = "It is gone.", body = Envelope<wire::DeletedCollection, NoMetadata>)),
)]
pub(super) async fn delete_collection(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::DeletedCollection> {
    let (name, deleted) = api.app.collections().delete_collection(scope, uid).await?;
    let meant = BTreeMap::from([("collection", vec![name])]);
    Ok(Reply::ok(wire::DeletedCollection { id: uid.to_string(), deleted, scope: meant }))
}
