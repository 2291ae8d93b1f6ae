//! Server-sent events: the wire form of `app::Event`.
//!
//! A frame's id is where a listener resumes (`Last-Event-ID`). A frame is written once and shared by every stream, so a
//! thousand open pages cost a thousand pointers, not a thousand JSON texts.

use super::state::Api;
use super::wire;
use crate::app::{Event, EventId, EventStream};
use axum::body::{Body, Bytes};
use serde::Serialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_stream::StreamExt;

/// A comment is sent after so long without an event, so that proxies keep the connection and dead ones are noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Frames that are remembered; streams are at most a few frames apart.
const REMEMBERED: usize = 32;

/// Reads `change-log`, as a frame's id says it.
pub(crate) fn parse_id(text: &str) -> Option<EventId> {
    let (change, job_event) = text.trim().split_once('-')?;
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| *n >= 0);
    Some(EventId { change: number(change)?, job_event: number(job_event)? })
}

/// The last frames, as they were written.
#[derive(Default)]
pub(crate) struct Frames(Mutex<VecDeque<(EventId, Event, Bytes)>>);

impl Frames {
    fn frame(&self, api: &Api, id: EventId, event: &Event) -> Bytes {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, bytes)) = all.iter().rev().find(|(i, e, _)| *i == id && is_same(e, event)) {
            return bytes.clone();
        }
        let bytes = write(api, id, event);
        if all.len() >= REMEMBERED {
            all.pop_front();
        }
        // The event stays beside its frame, or its address could be used again by another.
        all.push_back((id, event.clone(), bytes.clone()));
        bytes
    }
}

/// True for the same allocation, not for equal contents.
fn is_same(a: &Event, b: &Event) -> bool {
    match (a, b) {
        (Event::Job(a), Event::Job(b)) => Arc::ptr_eq(a, b),
        (Event::Item(a), Event::Item(b)) => Arc::ptr_eq(a, b),
        (Event::Metrics(a), Event::Metrics(b)) => Arc::ptr_eq(a, b),
        (Event::Corpus { revision: a }, Event::Corpus { revision: b }) => a == b,
        _ => false,
    }
}

fn write(api: &Api, id: EventId, event: &Event) -> Bytes {
    match event {
        Event::Job(view) => frame(id, "job", &wire::Job::from(view.as_ref())),
        Event::Item(view) => frame(id, "item", &wire::Item::from(view.as_ref().clone())),
        Event::Metrics(summary) => {
            let summary = wire::Summary::new(summary.as_ref().clone(), api.app.index_lag(), api.app.model_name());
            frame(id, "metrics", &summary)
        }
        Event::Corpus { revision } => frame(id, "corpus", &wire::Corpus { revision: *revision }),
    }
}

/// One frame; JSON text has no line breaks.
fn frame(id: EventId, name: &str, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    Bytes::from(format!("id: {}-{}\nevent: {name}\ndata: {json}\n\n", id.change, id.job_event))
}

/// What one open stream holds.
struct Listener {
    api: Api,
    events: EventStream,
    stopping: Pin<Box<dyn Future<Output = ()> + Send>>,
    greeted: bool,
}

/// The body of one stream. It ends when the program stops.
pub(crate) fn body(api: Api, events: EventStream) -> Body {
    let app = api.app.clone();
    let listener = Listener { api, events, stopping: Box::pin(async move { app.stopping().await }), greeted: false };
    Body::from_stream(futures_util::stream::unfold(listener, |mut listener| async move {
        let bytes = next_frame(&mut listener).await?;
        Some((Ok::<_, Infallible>(bytes), listener))
    }))
}

async fn next_frame(listener: &mut Listener) -> Option<Bytes> {
    if !listener.greeted {
        listener.greeted = true;
        return Some(Bytes::from_static(b"retry: 2000\n\n"));
    }
    tokio::select! {
        biased;
        () = &mut listener.stopping => None,
        event = listener.events.next() => {
            let (id, event) = event?;
            Some(listener.api.frames.frame(&listener.api, id, &event))
        }
        () = tokio::time::sleep(KEEP_ALIVE) => Some(Bytes::from_static(b": keep-alive\n\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let check = |text, expected: Option<(i64, i64)>| {
            let expected = expected.map(|(change, job_event)| EventId { change, job_event });
            assert_eq!(parse_id(text), expected, "{text}");
        };
        check("0-0", Some((0, 0)));
        check("17-4", Some((17, 4)));
        check(" 17-4 ", Some((17, 4)));
        check("17", None);
        check("-1-4", None);
        check("17-", None);
        check("a-b", None);
    }

    #[test]
    fn frames() {
        let bytes = frame(EventId { change: 17, job_event: 4 }, "corpus", &wire::Corpus { revision: 9 });
        assert_eq!(bytes, "id: 17-4\nevent: corpus\ndata: {\"revision\":9}\n\n");
        let text = frame(EventId::default(), "item", &"two\nlines");
        assert_eq!(text.iter().filter(|b| **b == b'\n').count(), 4);
    }
}
