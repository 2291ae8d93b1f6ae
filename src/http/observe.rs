//! The outermost look at every answer: request id, log line, figures, security headers and the error envelope.

use super::error::ApiError;
use super::state::Api;
use axum::Json;
use axum::extract::{Extension, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Instant;
use tracing::Instrument;

/// Headers that every answer carries. Scripts, styles, fonts and fetches come from here and nowhere else.
const SECURITY: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Wraps one request.
pub(crate) async fn observe(Extension(api): Extension<Api>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = api.seal.fresh_id().to_string();
    let method = request.method().clone();
    // The template, never the raw path: a figure per item id would grow without bound.
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    let span = tracing::debug_span!("request", %id, %method, path = request.uri().path());
    let mut response = in_envelope(next.run(request).instrument(span.clone()).await, &id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let (status, took) = (response.status(), started.elapsed());
    let labels = [("method", counted(&method).to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("soundings_http_requests_total", &labels).increment(1);
    metrics::histogram!("soundings_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    span.in_scope(|| tracing::debug!(status = status.as_u16(), ms = took.as_secs_f64() * 1e3, "answered"));
    response
}

/// A method as the figures name it. Anybody may make up methods: each would be a figure of its own, for ever.
fn counted(method: &Method) -> &str {
    const STANDARD: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ];
    if STANDARD.contains(method) { method.as_str() } else { "other" }
}

/// Writes the request id into the error; errors that some library made get the envelope too.
fn in_envelope(mut response: Response, id: &str) -> Response {
    let status = response.status();
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if status.is_client_error() || status.is_server_error() => {
            // An envelope already, or the page that says so; whatever else refuses a request does it in plain text.
            let whole = |kind: &HeaderValue| kind == "application/json" || kind == "text/html; charset=utf-8";
            if response.headers().get(header::CONTENT_TYPE).is_some_and(whole) {
                return response;
            }
            plain(status)
        }
        None => return response,
    };
    let mut whole = (status, Json(error.envelope(id))).into_response();
    for name in [header::ALLOW, header::WWW_AUTHENTICATE, header::RETRY_AFTER, header::CONNECTION] {
        if let Some(value) = response.headers_mut().remove(&name) {
            whole.headers_mut().insert(name, value);
        }
    }
    whole
}

/// An error of which only the status is known.
fn plain(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found("there is nothing here"),
        StatusCode::METHOD_NOT_ALLOWED => method_not_allowed(),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(status, "body_too_large", "the body is larger than the limit"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ApiError::new(status, "unsupported_media_type", "the content type is not taken here")
        }
        status if status.is_client_error() => ApiError::new(status, "bad_request", "the request cannot be read"),
        status => ApiError { status, ..ApiError::internal("an answer without an error") },
    }
}

/// The route exists, with other methods.
pub(crate) fn method_not_allowed() -> ApiError {
    let message = "this route does not take that method; the Allow header lists those it takes";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}

/// What a panic becomes.
#[allow(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    ApiError::internal(words.unwrap_or("a panic without words")).into_response()
}

/// Ends an answer that takes too long. The work behind it is left to finish; only the waiting ends.
pub(crate) async fn limit_time(Extension(api): Extension<Api>, request: Request, next: Next) -> Response {
    let limit = api.options.request_timeout;
    if let Ok(response) = tokio::time::timeout(limit, next.run(request)).await {
        return response;
    }
    let message = format!("this took longer than {} seconds; try again, or ask for less", limit.as_secs());
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message).with_header("retry-after", "1").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn every_error_gets_the_envelope() {
        async fn check(response: Response, status: u16, code: &str) {
            let response = in_envelope(response, "r-1");
            assert_eq!(response.status().as_u16(), status);
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(json["error"]["code"], code);
            assert_eq!(json["error"]["request_id"], "r-1");
            assert!(json["error"]["details"].is_object());
        }
        check(ApiError::not_found("x").into_response(), 404, "not_found").await;
        check(StatusCode::METHOD_NOT_ALLOWED.into_response(), 405, "method_not_allowed").await;
        check((StatusCode::PAYLOAD_TOO_LARGE, "length limit exceeded").into_response(), 413, "body_too_large").await;
        check((StatusCode::BAD_REQUEST, "Invalid URL").into_response(), 400, "bad_request").await;
        check(StatusCode::BAD_GATEWAY.into_response(), 502, "internal").await;
        check(panicked(Box::new("boom")), 500, "internal").await;
    }

    #[test]
    fn methods_that_somebody_made_up_are_counted_as_one() {
        assert_eq!(counted(&Method::DELETE), "DELETE");
        assert_eq!(counted(&Method::from_bytes(b"WHATEVER1").unwrap()), "other");
    }

    #[test]
    fn success_is_left_alone() {
        let response = in_envelope((StatusCode::OK, "fine").into_response(), "r-1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    }
}
