//! The event stream: frames, resuming, stopping.

use super::fixture::{REVIEWS, Server, request};
use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;
use soundings::http::{HttpOptions, serve};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

/// One frame: id, name, data.
pub(super) type Frame = (String, String, Value);

/// A client of the stream.
pub(super) struct Listener {
    body: Body,
    rest: String,
}

impl Listener {
    pub(super) async fn open(server: &Server, headers: &[(&str, &str)]) -> Self {
        let response = server.router.clone().oneshot(request("GET", "/api/v1/events", headers, "")).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { body: response.into_body(), rest: String::new() }
    }

    /// The next frame with data; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        loop {
            while let Some((frame, rest)) = self.rest.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| {
                    frame
                        .lines()
                        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                        .unwrap_or_default()
                        .to_owned()
                };
                if !field("data").is_empty() {
                    return Some((field("id"), field("event"), serde_json::from_str(&field("data")).unwrap()));
                }
            }
            let chunk =
                tokio::time::timeout(Duration::from_mins(1), self.body.frame()).await.expect("no event in a minute")?;
            self.rest.push_str(std::str::from_utf8(chunk.unwrap().data_ref().unwrap()).unwrap());
        }
    }

    async fn find(&mut self, wanted: impl Fn(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.next().await.expect("the stream ended");
            if wanted(&frame) {
                return frame;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_told_and_can_be_resumed() {
    let server = Server::start().await;
    let mut live = Listener::open(&server, &[]).await;
    let import = server.import("reviews.csv", REVIEWS).await;
    let job = import["job"]["id"].clone();
    let (_, _, done) =
        live.find(|(_, name, data)| name == "job" && data["id"] == job && data["state"] == "succeeded").await;
    assert_eq!(done["kind"], "import");
    let (id, _, item) = live.find(|(_, name, _)| name == "item").await;
    assert_eq!(item["state"], "done");
    assert!(
        id.split_once('-').is_some_and(|(change, log)| change.parse::<u64>().is_ok() && log.parse::<u64>().is_ok()),
        "{id}"
    );
    // Whoever was away since the beginning hears of the job, the items and the change.
    let mut resumed = Listener::open(&server, &[("last-event-id", "0-0")]).await;
    resumed.find(|(_, name, data)| name == "job" && data["id"] == job).await;
    resumed.find(|(_, name, _)| name == "item").await;
    let (last, _, corpus) = resumed.find(|(_, name, _)| name == "corpus").await;
    assert!(corpus["revision"].is_u64());
    // Whoever heard all of it hears nothing again, and what comes next.
    let mut current = Listener::open(&server, &[("last-event-id", &last)]).await;
    server.import("more.csv", "id,text\n9,Wonderful and quick\n").await;
    let (_, name, data) = current.next().await.unwrap();
    assert!(name != "job" || data["id"] != job, "what was heard is told again: {data}");
    // Figures of the indexes may be told once more under the same position; then comes the new one.
    current.find(|(id, name, _)| name == "corpus" && *id != last).await;
    // An id that means nothing is ignored: a browser would never come back after an error.
    drop(Listener::open(&server, &[("last-event-id", "nonsense")]).await);
    server.app.shutdown().await;
    while live.next().await.is_some() {}
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_open_streams_and_silent_connections() {
    let server = Server::still().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = HttpOptions { local_token: "local".into(), ..HttpOptions::default() };
    let serving = tokio::spawn(serve(server.app.clone(), listener, options));
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        streams.push(stream);
    }
    let silent = tokio::net::TcpStream::connect(address).await.unwrap();
    server.app.shutdown().await;
    // Generous, for a busy machine: what hangs here hangs for ever.
    tokio::time::timeout(Duration::from_secs(20), serving).await.expect("the server does not stop").unwrap().unwrap();
    for mut stream in streams {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "a stream was torn, not ended");
    }
    drop(silent);
    server.close().await;
}
