//! Ranked search.

use crate::http::extract::Within;
use crate::http::filter::FilterQuery;
use crate::http::params::{Asked, PageQuery};
use crate::http::reply::{Answer, Envelope, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;

/// Items that match `q`, best first, with why they were found, where the words are, and facets of them.
///
/// Found is every item that holds the words, and in the modes `hybrid` and `semantic` every item at least `metadata.cutoff`
/// near in meaning; all pages together, and every figure, list and export of the same filter, have these items. The best
/// 10,000 come in order of rank, the rest newest first.
///
/// A hit is an excerpt around its first match, and `highlights` are those in it; `/items/{id}` has all of the text. A page ends
/// early where its rows are 2 MB together.
///
/// `metadata.path` says which engine ran. Without `q` it is the filter's items in list order.
#[utoipa::path(
    get, path = "/search", tag = "search", params(Asked<(FilterQuery, PageQuery)>),
    responses((status = 200, description = "One page of hits.", body = Envelope<Vec<wire::SearchHit>, wire::SearchMetadata>)),
)]
pub(super) async fn search(
    State(api): State<Api>,
    Within(scope): Within,
    asked: Asked<(FilterQuery, PageQuery)>,
) -> Answer<Vec<wire::SearchHit>, wire::SearchMetadata> {
    let Asked((FilterQuery(filter), page)) = asked;
    let (hits, metadata) = wire::search_page(api.app.items().search(scope, filter, page.limit, page.cursor).await?);
    Ok(Reply::with(hits, metadata))
}
