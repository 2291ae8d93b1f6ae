//! Entity tags: unchanged is 304, changed is never stale.

use super::fixture::{REVIEWS, Server, request};
use serde_json::json;
use soundings::domain::{Clock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const READS: &[&str] = &[
    "/api/v1/items",
    "/api/v1/search?q=app",
    "/api/v1/sentiment/distribution",
    "/api/v1/sentiment/aggregate?period=month",
    "/api/v1/emotions/distribution",
    "/api/v1/facets",
    "/api/v1/metrics/summary",
    "/api/v1/collections",
    "/api/v1/imports",
    "/api/v1/jobs",
];

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_304_until_something_changes() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let mut known = Vec::new();
    for path in READS {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.json());
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
        known.push((path, answer.header("etag").to_owned(), answer.body));
    }
    for (path, tag, body) in &known {
        let answer = server.send(request("GET", path, &[("if-none-match", tag)], "")).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{path}");
        assert_eq!(answer.header("etag"), tag, "{path}");
        assert_eq!(server.get(path).await.body, body, "{path}");
        for (method, known) in [("GET", "*"), ("GET", " * "), ("HEAD", tag), ("HEAD", "*")] {
            let answer = server.send(request(method, path, &[("if-none-match", known)], "")).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{method} {path} {known}");
            assert_eq!(answer.header("etag"), tag, "{method} {path}");
        }
        let head = server.send(request("HEAD", path, &[("if-none-match", "\"other\"")], "")).await;
        assert_eq!((head.status.as_u16(), head.header("etag"), head.body.len()), (200, tag.as_str(), 0), "{path}");
    }
    for path in ["/api/v1/items?collection=nowhere", "/api/v1/jobs?limit=0"] {
        let answer = server.send(request("GET", path, &[("if-none-match", "*")], "")).await;
        assert_eq!(answer.status, 400, "there is nothing that could be unchanged: {path}");
    }
    let other = server.get("/api/v1/items?limit=1").await;
    assert_ne!(other.header("etag"), known[0].1, "another page has another tag");
    server.import("more.csv", "id,text\n9,Wonderful and quick\n").await;
    for (path, tag, _) in &known {
        let answer = server.send(request("GET", path, &[("if-none-match", tag)], "")).await;
        assert_eq!(answer.status, 200, "{path} is stale");
    }
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 4);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_kept() {
    let server = Server::still().await;
    for path in ["/api/v1/health", "/api/v1/health/live", "/metrics", "/api/v1/export"] {
        let answer = server.get(path).await;
        assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", ""), "{path}");
    }
    let analyzed = server.post_json("/api/v1/analyze", &json!({"texts": ["I love it"]})).await;
    assert_eq!(analyzed.header("cache-control"), "no-store");
    // A rename moves no item, and yet every list that shows names.
    let made = server.post_json("/api/v1/collections", &json!({"name": "Acme"})).await;
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["data"]["id"].as_str().unwrap().to_owned();
    let before = server.get("/api/v1/collections").await;
    let path = format!("/api/v1/collections/{id}");
    let renamed =
        server.send(request("PATCH", &path, &[("content-type", "application/json")], r#"{"name":"Acme 2"}"#)).await;
    assert_eq!(renamed.status, 200, "{}", renamed.json());
    let after =
        server.send(request("GET", "/api/v1/collections", &[("if-none-match", before.header("etag"))], "")).await;
    assert_eq!(after.json()["data"][0]["name"], "Acme 2");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_but_events_are_not() {
    let server = Server::still().await;
    let gzip = [("accept-encoding", "gzip")];
    let document = server.send(request("GET", "/api/openapi.json", &gzip, "")).await;
    assert_eq!(document.header("content-encoding"), "gzip");
    assert_eq!(&document.body[..2], [0x1f, 0x8b]);
    let error = server.send(request("GET", "/nothing", &gzip, "")).await;
    assert_eq!(error.header("content-type"), "application/json");
    let sent = request("GET", "/api/v1/events", &gzip, "");
    let events = tower::ServiceExt::oneshot(server.router.clone(), sent).await.unwrap();
    assert_eq!(events.headers().get("content-encoding"), None);
    drop(events);
    server.close().await;
}

/// A clock that is moved by hand.
struct ByHand(AtomicI64);

impl Clock for ByHand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_the_day_is_new_on_the_next_one() {
    const NOON: i64 = 1_780_142_400_000; // 2026-05-30T12:00:00Z
    const HOUR: i64 = 3_600_000;
    let clock = Arc::new(ByHand(AtomicI64::new(NOON)));
    let server = Server::by(Arc::clone(&clock) as Arc<dyn Clock>).await;
    // The day after tomorrow is no present date, until tomorrow comes.
    let file = "id,date,text\n1,2026-05-29,Fine\n2,2026-05-30,Fine too\n3,2026-06-01,And this is good\n";
    server.import("days.csv", file).await;
    let paths = ["/api/v1/metrics/summary", "/api/v1/sentiment/aggregate?period=day"];
    let after = async || {
        let (summary, days) = (server.get(paths[0]).await, server.get(paths[1]).await);
        let after =
            [&summary.json()["data"]["stretch"]["after"], &days.json()["metadata"]["after"]].map(|n| n.as_u64());
        (after, [summary, days].map(|answer| answer.header("etag").to_owned()))
    };
    let (outside, tags) = after().await;
    assert_eq!(outside, [Some(1), Some(1)]);
    clock.0.fetch_add(11 * HOUR, Ordering::SeqCst);
    assert_eq!(after().await, (outside, tags.clone()), "all day long the same");
    clock.0.fetch_add(HOUR, Ordering::SeqCst);
    let (outside, next) = after().await;
    assert_eq!(outside, [Some(0), Some(0)], "the next day has come");
    assert!(tags.iter().zip(&next).all(|(before, now)| before != now));
    server.close().await;
}
