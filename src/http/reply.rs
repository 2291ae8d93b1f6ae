//! The one shape of a success: `{"data": …, "metadata": {…}}`.

use super::error::ApiError;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What a handler answers with.
pub(crate) type Answer<T, M = NoMetadata> = Result<Reply<T, M>, ApiError>;

/// Nothing to say beside the data: `{}`.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct NoMetadata {}

/// Metadata of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ListMetadata {
    /// Rows of the whole list, not of this page.
    pub(crate) total: u64,
    /// Opaque: pass it as `cursor` for the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// Metadata of a list whose length nobody has counted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PageMetadata {
    /// Opaque: pass it as `cursor` for the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// Every success has this shape.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Envelope<T, M> {
    pub(crate) data: T,
    pub(crate) metadata: M,
}

/// A success with its status.
#[derive(Clone, Debug)]
pub(crate) struct Reply<T, M = NoMetadata> {
    status: StatusCode,
    location: Option<String>,
    body: Envelope<T, M>,
}

impl<T> Reply<T> {
    pub(crate) fn ok(data: T) -> Self {
        Self::with(data, NoMetadata {})
    }
}

impl<T, M> Reply<T, M> {
    pub(crate) fn with(data: T, metadata: M) -> Self {
        Self { status: StatusCode::OK, location: None, body: Envelope { data, metadata } }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Where the new thing is found.
    pub(crate) fn at(mut self, path: String) -> Self {
        self.location = Some(path);
        self
    }
}

impl<T: Serialize, M: Serialize> IntoResponse for Reply<T, M> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(value) = self.location.and_then(|path| HeaderValue::from_str(&path).ok()) {
            response.headers_mut().insert(HeaderName::from_static("location"), value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_always_there() {
        let json = serde_json::to_value(Reply::ok(1).body).unwrap();
        assert_eq!(json, serde_json::json!({"data": 1, "metadata": {}}));
    }
}
