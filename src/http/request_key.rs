//! `Idempotency-Key`: a request that is sent again, because nobody knows whether it arrived, takes effect once.

use super::error::ApiError;
use crate::domain::Once;
use crate::text::{content_hash, hex};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

/// Name of the header (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const HEADER: &str = "idempotency-key";
/// Characters at the most.
const LONGEST: usize = 200;

/// The key of a request, where it has one, and what is known of the request before its body.
#[derive(Clone, Debug)]
pub(crate) struct RequestKey {
    key: Option<String>,
    address: String,
}

impl RequestKey {
    /// What the request is known by; `body` tells requests to one address apart.
    pub(crate) fn once(self, body: &[&str]) -> Option<Once> {
        let Self { key, address } = self;
        let parts: Vec<&str> = std::iter::once(address.as_str()).chain(body.iter().copied()).collect();
        key.map(|key| Once { key, asks: hex(&content_hash(&parts)) })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let address = format!("{} {}", parts.method, parts.uri.path_and_query().map_or("", |address| address.as_str()));
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self { key: None, address }) };
        let fits = |key: &&str| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let key = value.to_str().ok().filter(fits).ok_or_else(|| {
            let message =
                format!("an Idempotency-Key has 1 to {LONGEST} visible ASCII characters; a UUID is a good one");
            ApiError::input("invalid_header", message).with("header", "Idempotency-Key")
        })?;
        Ok(Self { key: Some(key.to_owned()), address })
    }
}

impl IntoParams for RequestKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let form = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .pattern(Some("^[!-~]+$"));
        let about =
            "Makes it safe to send the request again; a UUID is a good one. The last 64 of a workspace are known.";
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(RefOr::T(form.build().into())));
        vec![parameter.build()]
    }
}
