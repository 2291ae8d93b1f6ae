//! Server-sent events: the wire form of `app::Event`.
//!
//! A frame's id is where a listener resumes (`Last-Event-ID`). A frame is written once and shared by every stream, so a
//! thousand open pages cost a thousand pointers, not a thousand JSON texts.

use super::wire;
use crate::app::{App, Event, EventId, EventStream};
use axum::body::{Body, Bytes};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::StreamExt;

/// A comment is sent after so long without an event, so that proxies keep the connection and dead ones are noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Frames that are remembered; streams are at most a few frames apart.
const REMEMBERED: usize = 32;

/// The last frames, as they were written.
#[derive(Default)]
pub(crate) struct Frames(Mutex<VecDeque<(EventId, Event, Bytes)>>);

impl Frames {
    fn frame(&self, app: &App, id: EventId, event: &Event) -> Bytes {
        let mut all = self.0.lock();
        if let Some((_, _, bytes)) = all.iter().rev().find(|(i, e, _)| *i == id && is_same(e, event)) {
            return bytes.clone();
        }
        let bytes = write(app, id, event);
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

fn write(app: &App, id: EventId, event: &Event) -> Bytes {
    match event {
        Event::Job(view) => frame(id, "job", &wire::Job::from(view.as_ref())),
        Event::Item(view) => frame(id, "item", &wire::Item::from(view.as_ref().clone())),
        Event::Metrics(summary) => {
            let summary = wire::Summary::new(
                summary.as_ref().clone(),
                app.figures().index_lag(),
                app.data_revision(),
                app.reading().model_name(),
            );
            frame(id, "metrics", &summary)
        }
        Event::Corpus { revision } => frame(id, "corpus", &wire::Corpus { revision: *revision }),
    }
}

/// One frame; JSON text has no line breaks.
fn frame(id: EventId, name: &str, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    Bytes::from(format!("id: {id}\nevent: {name}\ndata: {json}\n\n"))
}

/// What one open stream holds.
struct Listener {
    frames: Arc<Frames>,
    app: App,
    events: EventStream,
    greeted: bool,
}

/// The body of one stream. It ends with the events, when the program stops.
pub(crate) fn body(frames: Arc<Frames>, app: App, events: EventStream) -> Body {
    let listener = Listener { frames, app, events, greeted: false };
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
        event = listener.events.next() => {
            let (id, event) = event?;
            Some(listener.frames.frame(&listener.app, id, &event))
        }
        () = tokio::time::sleep(KEEP_ALIVE) => Some(Bytes::from_static(b": keep-alive\n\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let bytes = frame(EventId { change: 17, job_event: 4 }, "corpus", &wire::Corpus { revision: 9 });
        assert_eq!(bytes, "id: 17-4\nevent: corpus\ndata: {\"revision\":9}\n\n");
        let text = frame(EventId::default(), "item", &"two\nlines");
        assert_eq!(String::from_utf8_lossy(&text).matches('\n').count(), 4);
    }
}
