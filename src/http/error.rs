//! The one shape of an error answer, and the one place where a meaning becomes a status.
//!
//! Every producer (extractors, handlers, guards, fallbacks, time limits, panics) makes an [`ApiError`]; the outermost
//! layer ([`super::observe`]) writes the envelope, because only it knows the request id.

use crate::app::AppError;
use crate::domain::FaultKind;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use utoipa::ToSchema;

/// Codes that this layer makes itself: (code, status, meaning). Codes of deeper layers pass through unchanged.
pub const ERROR_CODES: &[(&str, u16, &str)] = &[
    ("invalid_parameter", 400, "a query parameter has a value that it cannot take"),
    ("unknown_parameter", 400, "a query parameter that this route does not know"),
    ("missing_parameter", 400, "a query parameter that this route needs is not there"),
    ("invalid_json", 400, "the body is not JSON, or not of the documented shape"),
    ("invalid_upload", 400, "the multipart form is not of the documented shape"),
    ("upload_incomplete", 400, "the upload broke off; nothing was kept"),
    ("invalid_header", 400, "a header has a value that it cannot take"),
    ("no_condition", 400, "a deletion by filter without a condition and without `all=true`"),
    ("unauthorized", 401, "the bearer token is missing or wrong"),
    ("forbidden", 403, "the token that was sent may not do this"),
    ("forbidden_host", 403, "the Host header is not a name of this machine"),
    ("cross_site", 403, "a page of another site tried to change something"),
    ("not_found", 404, "no such route, or no such thing"),
    ("already_started", 409, "the previewed file was started already; `import` names what it became"),
    ("unknown_upload", 404, "the previewed file is gone: send it again"),
    ("method_not_allowed", 405, "the route exists, with other methods"),
    ("body_timeout", 408, "the body stopped arriving"),
    ("body_too_large", 413, "the body is larger than the limit"),
    ("too_many_texts", 413, "more texts in one request than are read at once"),
    ("unsupported_media_type", 415, "the body has a content type that this route does not take"),
    ("too_many_attempts", 429, "too many wrong tokens from this address within a minute"),
    ("uri_too_long", 414, "the address of the request is too long"),
    ("headers_too_large", 431, "the headers of the request are too many or too long"),
    ("internal", 500, "our mistake; the log has it under the request id"),
    ("disk", 503, "the upload could not be written to the disk"),
    ("disk_full", 507, "there is no room for the upload"),
    ("shutting_down", 503, "the program is shutting down and has not read the request"),
    ("timeout", 503, "the answer took longer than the time limit"),
];

/// An error on its way to a client.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) details: Vec<(&'static str, Value)>,
    /// One more header where the status asks for it: `Allow`, `WWW-Authenticate`, `Retry-After`.
    pub(crate) header: Option<(&'static str, Cow<'static, str>)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), header: None }
    }

    pub(crate) fn input(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Our mistake: the words stay in the log.
    pub(crate) fn internal(what: &str) -> Self {
        tracing::error!(what, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here; the log has it under this request id",
        )
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// The envelope as it is sent.
    pub(crate) fn envelope(&self, request_id: &str) -> ErrorEnvelope {
        let details = self.details.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        ErrorEnvelope {
            error: ErrorBody {
                code: self.code.to_owned(),
                message: self.message.clone(),
                details,
                request_id: request_id.to_owned(),
            },
        }
    }
}

/// The status of a meaning.
pub(crate) fn status_of(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Input => StatusCode::BAD_REQUEST,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::Conflict | FaultKind::Cancelled => StatusCode::CONFLICT,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::Unauthorized => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Upstream => StatusCode::BAD_GATEWAY,
        FaultKind::Budget => StatusCode::PAYMENT_REQUIRED,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        FaultKind::Damaged | FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        if error.kind == FaultKind::Internal {
            return Self::internal(&format!("{}: {}", error.code, error.message));
        }
        let details = error.details;
        let later = matches!(error.kind, FaultKind::Unavailable | FaultKind::RateLimited);
        let header = later.then_some(("retry-after", Cow::Borrowed("1")));
        Self { status: status_of(error.kind), code: error.code, message: error.message, details, header }
    }
}

impl IntoResponse for ApiError {
    /// Carries itself as an extension; the outermost layer replaces the body by the envelope with the request id.
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.envelope(""))).into_response();
        if let Some((name, value)) = &self.header
            && let Ok(value) = HeaderValue::from_str(value)
        {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Every error answer has this shape.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErrorEnvelope {
    pub(crate) error: ErrorBody,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// A stable word for programs.
    #[schema(examples("invalid_parameter"))]
    pub(crate) code: String,
    /// For a person: names the thing and the fix.
    pub(crate) message: String,
    /// Further facts; the names depend on the code.
    #[schema(value_type = Object)]
    pub(crate) details: Map<String, Value>,
    /// The same as the `X-Request-Id` header; the log has it too.
    pub(crate) request_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_has_a_status() {
        let check = |kind, status: u16| assert_eq!(status_of(kind).as_u16(), status, "{kind:?}");
        check(FaultKind::Input, 400);
        check(FaultKind::NotFound, 404);
        check(FaultKind::Conflict, 409);
        check(FaultKind::TooLarge, 413);
        check(FaultKind::Unauthorized, 401);
        check(FaultKind::Forbidden, 403);
        check(FaultKind::RateLimited, 429);
        check(FaultKind::Upstream, 502);
        check(FaultKind::Budget, 402);
        check(FaultKind::Damaged, 500);
        check(FaultKind::Unavailable, 503);
        check(FaultKind::NoSpace, 507);
        check(FaultKind::Cancelled, 409);
        check(FaultKind::Internal, 500);
    }

    #[test]
    fn internal_words_do_not_leave() {
        let error = ApiError::from(AppError::new(FaultKind::Internal, "sql", "no such table: item"));
        assert_eq!(error.code, "internal");
        assert!(!error.message.contains("item"), "{}", error.message);
    }

    #[test]
    fn details_become_an_object() {
        let error = ApiError::from(AppError::new(FaultKind::Input, "bad", "no").with("parameter", "from"));
        let json = serde_json::to_value(error.envelope("r-1")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"error": {"code": "bad", "message": "no", "details": {"parameter": "from"}, "request_id": "r-1"}})
        );
    }
}
