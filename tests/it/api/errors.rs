//! One error shape at every producer.

use super::fixture::{Server, request};
use axum::body::Body;
use axum::http::Request;
use soundings::http::{ERROR_CODES, HttpOptions};

const ID: &str = "018f0000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn every_producer_has_the_envelope() {
    let server = Server::with(
        false,
        HttpOptions { local_token: "local".into(), max_upload_bytes: 1_000, ..HttpOptions::default() },
    )
    .await;
    let check = async |request: Request<Body>, status: u16, code: &str| {
        let name = format!("{} {}", request.method(), request.uri());
        let answer = server.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (status, code), "{name} {}", answer.json());
        assert_eq!(answer.header("content-type"), "application/json", "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        assert!(answer.header("content-security-policy").contains("default-src 'self'"), "{name}");
        if let Some((_, listed, _)) = ERROR_CODES.iter().find(|(listed, _, _)| *listed == code) {
            assert_eq!(*listed, status, "{code} is documented with another status");
        }
    };
    let get = |path: &str| request("GET", path, &[], "");
    let json = |method, path: &str, body: &str| request(method, path, &[("content-type", "application/json")], body);

    check(get("/nothing"), 404, "not_found").await;
    check(get("/api/v1/items/not-a-uuid"), 404, "not_found").await;
    check(get(&format!("/api/v1/items/{ID}")), 404, "not_found").await;
    check(get(&format!("/api/v1/items/{ID}/similar")), 404, "not_found").await;
    check(get(&format!("/api/v1/jobs/{ID}")), 404, "not_found").await;
    check(get(&format!("/api/v1/imports/{ID}")), 404, "not_found").await;
    check(get(&format!("/api/v1/imports/{ID}/rejected.csv")), 404, "not_found").await;
    check(request("DELETE", &format!("/api/v1/items/{ID}"), &[], ""), 404, "not_found").await;
    check(request("DELETE", &format!("/api/v1/imports/{ID}"), &[], ""), 404, "not_found").await;
    check(request("DELETE", &format!("/api/v1/collections/{ID}"), &[], ""), 404, "not_found").await;
    check(request("POST", &format!("/api/v1/jobs/{ID}/cancel"), &[], ""), 404, "not_found").await;
    check(request("PUT", "/api/v1/items", &[], ""), 405, "method_not_allowed").await;
    check(get("/api/v1/items?sentiment=good"), 400, "invalid_parameter").await;
    check(get("/api/v1/items?limit=0"), 400, "invalid_parameter").await;
    check(get("/api/v1/items?sentimant=negative"), 400, "unknown_parameter").await;
    check(get(&format!("/api/v1/items/{ID}?x=1")), 400, "unknown_parameter").await;
    check(get("/api/v1/sentiment/aggregate?period=decade"), 400, "invalid_parameter").await;
    check(get("/api/v1/export?format=xlsx"), 400, "invalid_parameter").await;
    check(get("/api/v1/events?last_event_id=x"), 400, "invalid_parameter").await;
    check(request("POST", "/api/v1/items/delete", &[], ""), 400, "no_condition").await;
    check(json("POST", "/api/v1/analyze", "{"), 400, "invalid_json").await;
    check(json("POST", "/api/v1/analyze", r#"{"text":"a"}"#), 400, "invalid_json").await;
    check(
        json("POST", "/api/v1/analyze", &format!("{{\"texts\":[\"{}\"]}}", "a".repeat(2_100_000))),
        413,
        "body_too_large",
    )
    .await;
    check(request("POST", "/api/v1/analyze", &[], r#"{"texts":[]}"#), 415, "unsupported_media_type").await;
    check(request("POST", "/api/v1/imports", &[], "a,b"), 400, "missing_parameter").await;
    check(request("POST", "/api/v1/imports", &[("content-type", "text/csv")], "a,b"), 415, "unsupported_media_type")
        .await;
    check(request("POST", "/api/v1/imports?filename=a.csv", &[], &"a".repeat(1_001)), 413, "body_too_large").await;
    check(request("POST", "/api/v1/imports?filename=a.csv&kind=tweet", &[], "a"), 400, "invalid_parameter").await;
    check(request("POST", "/api/v1/imports?filename=a.csv&map=body=a", &[], "a"), 400, "invalid_parameter").await;
    check(json("POST", "/api/v1/imports", &format!("{{\"upload\":\"{ID}\"}}")), 404, "unknown_upload").await;
    check(json("POST", "/api/v1/imports", "{}"), 400, "invalid_json").await;
    check(request("GET", "/api/v1/items", &[("host", "evil.example")], ""), 403, "forbidden_host").await;
    check(request("POST", "/api/v1/reindex", &[("origin", "https://evil.example")], ""), 403, "cross_site").await;
    let many = serde_json::json!({ "texts": vec!["fine"; 257] }).to_string();
    check(json("POST", "/api/v1/analyze", &many), 413, "too_many_texts").await;
    check(json("POST", "/api/v1/embed", &many), 413, "too_many_texts").await;
    let unclosed = server.get("/api/v1/search?mode=text&syntax=strict&q=fine+%22unclosed").await;
    assert_eq!(
        (unclosed.error_code().as_str(), &unclosed.json()["error"]["details"]["position"]),
        ("bad_query", &5.into())
    );
    assert_eq!(server.spooled(), 0, "a refused upload is left behind");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headless_has_no_page_but_an_api() {
    let options = HttpOptions { local_token: "local".into(), page: false, ..HttpOptions::default() };
    let server = Server::with(false, options).await;
    let page = server.get("/").await;
    assert_eq!((page.status.as_u16(), page.error_code().as_str()), (404, "not_found"));
    assert!(page.json()["error"]["message"].as_str().unwrap().contains("headless"));
    assert_eq!(server.get("/api/v1/items").await.status, 200);
    assert_eq!(server.get("/api/docs").await.status, 200);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_lost_gets_the_page() {
    let server = Server::start().await;
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let lost = server.send(request("GET", "/nowhere", &browser, "")).await;
    assert_eq!((lost.status.as_u16(), lost.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(lost.body.windows(9).any(|part| part == b"<!doctype" || part == b"<!DOCTYPE"));
    for (method, path, headers) in
        [("GET", "/nowhere", &[][..]), ("POST", "/nowhere", &browser), ("GET", "/api/v1/nowhere", &browser)]
    {
        let answer = server.send(request(method, path, headers, "")).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (404, "not_found"), "{method} {path}");
    }
    server.close().await;
}
