//! `Idempotency-Key`: a request that is sent again, because nobody knows whether it arrived, takes effect once.

use super::error::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Name of the header (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const HEADER: &str = "idempotency-key";
/// Characters at the most.
const LONGEST: usize = 200;

/// The key of a request, where it has one.
#[derive(Clone, Debug)]
pub(crate) struct RequestKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let fits = |key: &&str| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let key = value.to_str().ok().filter(fits).ok_or_else(|| {
            let message =
                format!("an Idempotency-Key has 1 to {LONGEST} visible ASCII characters; a UUID is a good one");
            ApiError::input("invalid_header", message).with("header", "Idempotency-Key")
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}
