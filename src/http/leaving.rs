//! What comes in while the program ends is refused before anything reads it.
//!
//! Whoever is refused here knows that nothing was done, and asks the next owner of the folder. `stopping` and `closing` do not say
//! that: they may end a request in the middle of its work.

use super::error::ApiError;
use super::state::Api;
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The code of the refusal.
pub(crate) const CODE: &str = "shutting_down";

/// Refuses a request where the program has begun to end.
pub(crate) async fn refuse(Extension(api): Extension<Api>, request: Request, next: Next) -> Response {
    if !api.app.is_stopping() {
        return next.run(request).await;
    }
    let message = "the program is shutting down and has not read this request; send it again when it is back";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, CODE, message).with_header("connection", "close").into_response()
}
