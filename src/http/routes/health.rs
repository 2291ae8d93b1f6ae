//! Whether the program is well.

use crate::http::extract::{By, Within};
use crate::http::params::Asked;
use crate::http::reply::{Answer, Envelope, NoMetadata, Reply};
use crate::http::state::Api;
use crate::http::wire;
use axum::extract::State;
use axum::http::StatusCode;

/// Database, indexes and their lag, model, queue and disk; `degraded` comes with reasons. And what whoever asks may do.
#[utoipa::path(
    get, path = "/health", tag = "state",
    responses(
        (status = 200, description = "`healthy` or `degraded`.", body = Envelope<wire::Health, NoMetadata>),
        (status = 503, description = "The database does not answer.", body = Envelope<wire::Health, NoMetadata>),
    ),
)]
pub(super) async fn health(State(api): State<Api>, By(caller): By, Asked(()): Asked<()>) -> Answer<wire::Health> {
    let health = api.app.status().health(caller.scope).await;
    let status = if health.database_ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Reply::ok(wire::Health::new(health, caller.rights)).status(status))
}

/// The process answers. Needs no token.
#[utoipa::path(
    get, path = "/health/live", tag = "state",
    responses((status = 200, description = "It does.", body = Envelope<wire::Liveness, NoMetadata>)),
)]
pub(super) async fn live(Asked(()): Asked<()>) -> Answer<wire::Liveness> {
    Ok(Reply::ok(wire::Liveness { status: "alive" }))
}

/// Requests can be served.
#[utoipa::path(
    get, path = "/health/ready", tag = "state",
    responses(
        (status = 200, description = "They can.", body = Envelope<wire::Readiness, NoMetadata>),
        (status = 503, description = "Not now.", body = Envelope<wire::Readiness, NoMetadata>),
    ),
)]
pub(super) async fn ready(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(()): Asked<()>,
) -> Answer<wire::Readiness> {
    let health = api.app.status().health(scope).await;
    let (status, word) =
        if health.database_ok { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    Ok(Reply::ok(wire::Readiness { status: word, reasons: health.reasons }).status(status))
}
