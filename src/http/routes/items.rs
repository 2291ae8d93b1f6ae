//! Items: list, read, delete, and what is near in meaning.

use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::extract::{PathId, Within};
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, CursorQuery, Group, PageQuery, Params, Spec, Takes};
use crate::http::reply::{Answer, Envelope, ListMetadata, NoMetadata, PageMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;

/// The items of a filter, newest first, undated last.
///
/// A row is an excerpt: its words are cut at 600 characters, `shortened` names what is, and `/items/{id}` has all of it. A page
/// ends early where its rows are 2 MB together; `next_cursor` goes on.
#[utoipa::path(
    get, path = "/items", tag = "items", params(Asked<(FilterQuery, PageQuery)>),
    responses((status = 200, description = "One page.", body = Envelope<Vec<wire::Item>, ListMetadata>)),
)]
pub(super) async fn list_items(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(FilterQuery, PageQuery)>,
) -> Answer<Vec<wire::Item>, ListMetadata> {
    let Asked((FilterQuery(filter), page)) = asked;
    let page = api.app.items().list_items(scope, filter, page.limit, page.cursor).await?;
    let metadata = ListMetadata { total: page.total, next_cursor: page.next_cursor };
    Ok(Reply::with(page.rows.into_iter().map(Into::into).collect(), metadata))
}

/// One item with the readings of every model, and with `sentences=true` of each of its sentences.
#[utoipa::path(
    get, path = "/items/{id}", tag = "items",
    params(("id" = String, Path, description = "Id of the item."), Asked<DetailQuery>),
    responses(
        (status = 200, description = "The item.", body = Envelope<wire::ItemDetail, NoMetadata>),
        (status = 409, description = "The default model, which is to read its sentences, cannot at present.", body = ErrorEnvelope),
    ),
)]
pub(super) async fn get_item(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(DetailQuery { sentences }): Asked<DetailQuery>,
) -> Answer<wire::ItemDetail> {
    let view = api.app.items().get_item(scope, uid).await?;
    let sentences = if sentences { Some(api.app.reading().sentences(view.item.text.clone()).await?) } else { None };
    Ok(Reply::ok(wire::ItemDetail::new(view, sentences)))
}

/// What is wanted beside the item.
#[derive(Clone, Copy, Debug)]
pub(super) struct DetailQuery {
    sentences: bool,
}

impl Group for DetailQuery {
    fn specs() -> Vec<Spec> {
        let about = "Read each sentence for itself: the first 512 of the text.";
        vec![Spec { name: "sentences", about, takes: Takes::Flag }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self { sentences: params.flag("sentences")? })
    }
}

/// Deletes one item. It is gone from every list, figure and index when this answers.
#[utoipa::path(
    delete, path = "/items/{id}", tag = "items", params(("id" = String, Path, description = "Id of the item.")),
    responses((status = 200, description = "It is gone.", body = Envelope<wire::Deleted, NoMetadata>)),
)]
pub(super) async fn delete_item(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    Asked(()): Asked<()>,
) -> Answer<wire::Deleted> {
    api.app.items().delete_item(scope, uid).await?;
    Ok(Reply::ok(wire::Deleted { id: uid.to_string(), deleted: true }))
}

/// The nearest items in meaning, nearest first, without itself; excerpts, in pages, as in every list.
#[utoipa::path(
    get, path = "/items/{id}/similar", tag = "items",
    params(("id" = String, Path, description = "Id of the item."), Asked<(SimilarQuery, CursorQuery)>),
    responses((status = 200, description = "The neighbours.", body = Envelope<Vec<wire::SearchHit>, PageMetadata>)),
)]
pub(super) async fn similar_items(
    State(api): State<Api>,
    Within(scope): Within,
    PathId(uid): PathId,
    asked: Asked<(SimilarQuery, CursorQuery)>,
) -> Answer<Vec<wire::SearchHit>, PageMetadata> {
    let Asked((SimilarQuery { limit }, CursorQuery(cursor))) = asked;
    let (hits, next_cursor) = api.app.items().similar_items(scope, uid, limit, cursor).await?;
    Ok(Reply::with(hits.into_iter().map(Into::into).collect(), PageMetadata { next_cursor }))
}

/// How many neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimilarQuery {
    limit: usize,
}

/// Neighbours where the client names no number, and the most it may name.
const NEIGHBOURS: (usize, usize) = (10, 100);

impl Group for SimilarQuery {
    fn specs() -> Vec<Spec> {
        vec![Spec { name: "limit", about: "Neighbours of one page.", takes: Takes::Count(NEIGHBOURS.0, NEIGHBOURS.1) }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self { limit: params.count("limit", NEIGHBOURS.0, NEIGHBOURS.1)? })
    }
}

/// Deletes every item of a filter. A request without any condition is refused unless it says `all=true`.
///
/// `GET /items` with the same filter shows beforehand which and how many (`metadata.total`); the answer repeats the filter as
/// it was understood, and says how many were deleted.
#[utoipa::path(
    post, path = "/items/delete", tag = "items", params(Asked<(FilterQuery, AllQuery)>),
    responses((status = 200, description = "They are gone.", body = Envelope<wire::DeletedCount, NoMetadata>)),
)]
pub(super) async fn delete_items(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(FilterQuery, AllQuery)>,
) -> Answer<wire::DeletedCount> {
    let Asked((filter, AllQuery { all })) = asked;
    if !all && !filter.0.has_condition() {
        let message = "this would delete every item: name a condition, or say all=true";
        return Err(ApiError::input("no_condition", message).with("parameter", "all"));
    }
    let meant = filter.0.conditions().into_iter().collect();
    let deleted = api.app.items().delete_items(scope, filter.0).await?;
    Ok(Reply::ok(wire::DeletedCount { deleted, scope: meant }))
}

/// Consent to delete everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct AllQuery {
    all: bool,
}

impl Group for AllQuery {
    fn specs() -> Vec<Spec> {
        vec![Spec { name: "all", about: "Needed to delete without any condition.", takes: Takes::Flag }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self { all: params.flag("all")? })
    }
}
