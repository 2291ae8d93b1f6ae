//! Token, host names and origins.

use super::fixture::{Server, request};
use soundings::http::HttpOptions;

#[tokio::test(flavor = "multi_thread")]
async fn the_token_guards_the_data() {
    let options = HttpOptions { token: Some("secret".into()), local_token: "local".into(), ..HttpOptions::default() };
    let server = Server::with(false, options).await;
    let check = async |path: &str, headers: &[(&str, &str)], status: u16| {
        let answer = server.send(request("GET", path, headers, "")).await;
        assert_eq!(answer.status, status, "{path} {headers:?}");
        if status == 401 {
            assert_eq!(answer.error_code(), "unauthorized");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    };
    for path in ["/api/v1/items", "/api/v1/health", "/api/v1/events", "/metrics"] {
        check(path, &[], 401).await;
        check(path, &[("authorization", "Bearer wrong")], 401).await;
        check(path, &[("authorization", "Basic secret")], 401).await;
    }
    for path in ["/api/v1/items", "/api/v1/health", "/metrics"] {
        check(path, &[("authorization", "Bearer secret")], 200).await;
        check(path, &[("authorization", "Bearer local")], 200).await;
    }
    for path in ["/", "/api/docs", "/api/openapi.json", "/api/v1/health/live"] {
        check(path, &[], 200).await;
    }
    // With a token the name does not matter: a proxy may use its own.
    check("/api/v1/items", &[("authorization", "Bearer secret"), ("host", "soundings.example")], 200).await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_names_and_other_sites_stay_out() {
    let server = Server::still().await;
    let check = async |method: &str, host: &str, origin: Option<&str>, allowed: bool| {
        let mut headers = vec![("host", host), ("content-type", "application/json")];
        headers.extend(origin.map(|o| ("origin", o)));
        let mut sent = request(method, "/api/v1/collections", &[], "{}");
        sent.headers_mut().clear();
        for (name, value) in headers {
            sent.headers_mut().append(axum::http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        let status = server.send(sent).await.status;
        assert_eq!(status != 403, allowed, "{method} {host} {origin:?} {status}");
    };
    check("GET", "localhost:8080", None, true).await;
    check("GET", "[::1]:8080", None, true).await;
    check("GET", "rebound.example:8080", None, false).await;
    check("GET", "rebound.example", Some("http://rebound.example"), false).await;
    check("POST", "localhost:8080", Some("http://localhost:8080"), true).await;
    check("POST", "localhost:8080", Some("http://localhost:3000"), false).await;
    check("POST", "localhost:8080", Some("null"), false).await;
    check("GET", "localhost:8080", Some("https://evil.example"), true).await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_too_many_is_taken_away_and_leads_to_no_other_server() {
    let server = Server::still().await;
    let check = async |path: &str, expected: Option<&str>| {
        let answer = server.get(path).await;
        let found = (answer.status == 308).then(|| answer.header("location"));
        assert_eq!(found, expected, "{path}");
    };
    check("/explore/", Some("/explore")).await;
    check("/explore/?q=a%2Fb&x=/", Some("/explore?q=a%2Fb&x=/")).await;
    check("/api/docs/", Some("/api/docs")).await;
    check("/api/v1/items/?limit=2", Some("/api/v1/items?limit=2")).await;
    check("/api/v1/items//", Some("/api/v1/items")).await;
    check("/explore", None).await;
    check("/", None).await;
    check("//", None).await;
    check("//evil.example/", None).await;
    check("///evil.example/", None).await;
    check("/a//evil.example/", None).await;
    server.close().await;
}

/// Whoever comes while the program ends is told that nothing was done.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_while_the_program_ends_is_refused_unread() {
    let server = Server::still().await;
    server.app.shutdown().await;
    let upload = request("POST", "/api/v1/imports?filename=a.csv", &[], "text\nFine\n");
    for sent in [request("GET", "/api/v1/items", &[], ""), request("GET", "/api/v1/health/live", &[], ""), upload] {
        let path = sent.uri().path().to_owned();
        let answer = server.send(sent).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (503, "shutting_down"), "{path}");
        assert_eq!(answer.header("connection"), "close", "{path}");
    }
    assert_eq!(server.spooled(), 0);
    server.close().await;
}
