//! Totals of a selection, and the program's own figures.

use crate::http::error::ApiError;
use crate::http::extract::Within;
use crate::http::filter::FilterQuery;
use crate::http::params::Asked;
use crate::http::reply::{Answer, Envelope, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Totals, and the same for the window of equal length before.
#[utoipa::path(
    get, path = "/metrics/summary", tag = "figures", params(Asked<FilterQuery>),
    responses((status = 200, description = "The totals.", body = Envelope<wire::Summary, NoMetadata>)),
)]
pub(super) async fn summary(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(FilterQuery(filter)): Asked<FilterQuery>,
) -> Answer<wire::Summary> {
    let summary = api.app.figures().summary(scope, filter).await?;
    let revision = api.app.data_revision();
    Ok(Reply::ok(wire::Summary::new(summary, api.app.figures().index_lag(), revision, api.app.reading().model_name())))
}

/// Figures of the program in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "state",
    responses((status = 200, description = "Text format 0.0.4.", body = String, content_type = "text/plain")),
)]
pub(super) async fn prometheus(State(api): State<Api>, Asked(()): Asked<()>) -> Result<Response, ApiError> {
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((headers, api.app.status().prometheus()).into_response())
}
