//! The document that describes the API, and the page that shows it.

use crate::http::assets;
use crate::http::error::ApiError;
use crate::http::state::Api;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::OnceLock;

/// This document: `OpenAPI` 3.1.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "state",
    responses((status = 200, description = "The document.", body = serde_json::Value)),
)]
pub(super) async fn document() -> Result<Response, ApiError> {
    static DOCUMENT: OnceLock<Option<Bytes>> = OnceLock::new();
    let made = DOCUMENT.get_or_init(|| super::openapi().to_json().ok().map(Bytes::from));
    let json = made.clone().ok_or_else(|| ApiError::internal("the OpenAPI document cannot be written"))?;
    let mut response = json.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// This document as a page; it works offline.
#[utoipa::path(
    get, path = "/api/docs", tag = "state",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
)]
pub(super) async fn page(State(api): State<Api>, headers: HeaderMap) -> Result<Response, ApiError> {
    assets::docs(&api, &headers)
}
