//! The event stream.

use crate::app::EventId;
use crate::http::error::ApiError;
use crate::http::events;
use crate::http::extract::Within;
use crate::http::params::{Asked, Group, Params, Spec, Takes};
use crate::http::state::Api;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

/// Where to resume.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResumeQuery(Option<EventId>);

impl Group for ResumeQuery {
    fn specs() -> Vec<Spec> {
        let about = "Resume behind this event, for clients that cannot set the `Last-Event-ID` header.";
        vec![Spec { name: "last_event_id", about, takes: Takes::Text }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self(params.parsed("last_event_id", |text| text.parse().ok(), "the id of an event, such as 17-4")?))
    }

    fn may_be_blank(_: &str) -> bool {
        true
    }
}

/// What happens, as it happens: server-sent events `job`, `item`, `metrics` and `corpus`.
///
/// `data` is a job, an item, a summary, or `{"revision"}`. The `Last-Event-ID` header resumes without a gap; an id that
/// means nothing is ignored, because a browser would give up on an error.
#[utoipa::path(
    get, path = "/events", tag = "events",
    params(Asked<ResumeQuery>, ("Last-Event-ID" = Option<String>, Header, description = "Resume behind this event.")),
    responses((status = 200, description = "A stream that ends when the server stops.", body = String, content_type = "text/event-stream")),
)]
pub(super) async fn events(
    State(api): State<Api>,
    Within(scope): Within,
    Asked(ResumeQuery(query)): Asked<ResumeQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let header = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|text| text.parse().ok());
    let stream = api.app.events().subscribe(scope, header.or(query)).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would hold events back until its buffer is full.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, events::body(api.frames.clone(), api.app.clone(), stream)).into_response())
}
