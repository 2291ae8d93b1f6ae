//! What only a socket shows: requests that hyper cannot read, and who is at the other end.

use super::fixture::Server;
use soundings::http::{HttpOptions, serve};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

/// Sends bytes from a local address and reads to the end: status, head and body.
async fn send(to: SocketAddr, from: &str, bytes: &[u8]) -> (u16, String, serde_json::Value) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    // A server that has read enough may close before all of it is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    assert!(read.is_ok(), "{text}");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_default();
    (status, head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

async fn listen(token: Option<&str>) -> (Server, SocketAddr) {
    let options = HttpOptions { token: token.map(Into::into), local_token: "local".into(), ..HttpOptions::default() };
    let server = Server::with(false, options.clone()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(server.app.clone(), listener, options));
    (server, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_answered_in_the_envelope() {
    let (server, address) = listen(None).await;
    let check = async |bytes: &str, status: u16, code: &str| {
        let (got, head, body) = send(address, "127.0.0.1", bytes.as_bytes()).await;
        assert_eq!((got, body["error"]["code"].as_str()), (status, Some(code)), "{bytes:.60}: {head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        let id = body["error"]["request_id"].as_str().unwrap();
        assert!(!id.is_empty() && head.contains(&format!("x-request-id: {id}")), "{head}");
    };
    check("nonsense\r\n\r\n", 400, "bad_request").await;
    check("GET / HTTP/9.9\r\n\r\n", 400, "bad_request").await;
    check("GET /api/v1/items HTTP/1.1\r\nhost: localhost\r\nbad header\r\n\r\n", 400, "bad_request").await;
    check("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n", 400, "bad_request").await;
    check(&format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "a".repeat(65_600)), 414, "uri_too_long").await;
    let many = (0..150).map(|n| format!("x-{n}: 1\r\n")).collect::<Vec<_>>().concat();
    check(&format!("GET / HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"), 431, "headers_too_large").await;
    // Behind a good request on the same connection.
    let two = "GET /api/v1/health/live HTTP/1.1\r\nhost: localhost\r\n\r\nnonsense\r\n\r\n";
    let (first, ..) = send(address, "127.0.0.1", two.as_bytes()).await;
    assert_eq!(first, 200);
    server.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_shut_out_their_own_address_only() {
    let (server, address) = listen(Some("secret")).await;
    let ask = async |from: &str, token: Option<&str>| {
        let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!("GET /api/v1/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{token}\r\n");
        send(address, from, request.as_bytes()).await
    };
    for n in 0..20 {
        assert_eq!(ask("127.0.0.2", Some(&format!("guess-{n}"))).await.0, 401);
        assert_eq!(ask("127.0.0.4", None).await.0, 401, "who sends none does not guess");
    }
    for token in ["guess-20", "secret"] {
        let (status, head, body) = ask("127.0.0.2", Some(token)).await;
        assert_eq!((status, body["error"]["code"].as_str()), (429, Some("too_many_attempts")));
        let wait = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
        assert!((1..=60).contains(&wait.parse::<u32>().unwrap()), "{head}");
    }
    assert_eq!(ask("127.0.0.2", Some("local")).await.0, 200, "the commands of this machine are never shut out");
    assert_eq!(ask("127.0.0.3", Some("secret")).await.0, 200);
    assert_eq!(ask("127.0.0.4", Some("secret")).await.0, 200);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_body_that_stands_still_is_given_up_on_every_route() {
    let (server, address) = listen(None).await;
    let routes = [
        "POST /api/v1/models",
        "POST /api/v1/imports",
        "POST /api/v1/imports/preview",
        "PUT /api/v1/models/default",
        "PUT /api/v1/models/challenger",
        "PUT /api/v1/models/x/labels",
        "POST /api/v1/analyze",
    ];
    let all = routes.map(|route| {
        tokio::spawn(async move {
            let head = "host: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
            send(address, "127.0.0.1", format!("{route} HTTP/1.1\r\n{head}").as_bytes()).await
        })
    });
    for (route, sent) in routes.iter().zip(all) {
        let (status, head, body) = sent.await.unwrap();
        assert_eq!((status, body["error"]["code"].as_str()), (408, Some("body_timeout")), "{route}: {head}");
    }
    server.close().await;
}
