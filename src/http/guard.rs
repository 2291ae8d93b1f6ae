//! Who may come in: host names, origins and the token.

use super::attempts::Peer;
use super::error::ApiError;
use super::state::Api;
use crate::domain::Scope;
use axum::extract::{Extension, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Instant;
use subtle::ConstantTimeEq;

/// Refuses what may not come in and attaches the scope to the rest.
pub(crate) async fn guard(Extension(api): Extension<Api>, mut request: Request, next: Next) -> Response {
    if let Err(error) = admit(&api, &request) {
        return error.into_response();
    }
    request.extensions_mut().insert(Scope::DEFAULT);
    next.run(request).await
}

fn admit(api: &Api, request: &Request) -> Result<(), ApiError> {
    let options = &api.options;
    let host = host_of(request);
    if options.token.is_none()
        && let Some(host) = &host
        && !host_is_ours(host, &options.listen_host)
    {
        let message =
            format!("`{host}` is not a name of this machine: open it as 127.0.0.1 or localhost, or set a token");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden_host", message).with("host", host.as_str()));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        && is_cross_site(request.headers(), host.as_deref())
    {
        return Err(cross_site(request.headers(), host.as_deref()));
    }
    match &options.token {
        Some(token) if needs_token(request.uri().path()) => {
            admit_token(api, bearer(request.headers()), token, request.extensions().get::<Peer>().copied())
        }
        _ => Ok(()),
    }
}

/// Looks at the token. Requests of this very process have no peer.
fn admit_token(api: &Api, given: Option<&str>, token: &str, peer: Option<Peer>) -> Result<(), ApiError> {
    // The secret of this process cannot be guessed, so the commands of this machine's user are never shut out.
    if is_token(given, &api.options.local_token) {
        return Ok(());
    }
    let now = Instant::now();
    if given.is_some()
        && let Some(left) = peer.and_then(|peer| api.attempts.refused(peer, now))
    {
        let seconds = left.as_secs() + 1;
        let message =
            format!("too many wrong tokens came from this address: wait {seconds} seconds, and send the right one");
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message)
            .with("retry_after_seconds", seconds)
            .with_header("retry-after", seconds.to_string()));
    }
    if is_token(given, token) {
        return Ok(());
    }
    // Who sends none does not guess: the page asks once before it asks for the token.
    if let (Some(_), Some(peer)) = (given, peer) {
        api.attempts.wrong(peer, now);
    }
    let message = "this needs the server's token: send `Authorization: Bearer TOKEN`";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
        .with_header("www-authenticate", "Bearer realm=\"soundings\""))
}

/// The data and the figures need the token; the page, the documentation and `live` hold nothing of the user's.
fn needs_token(path: &str) -> bool {
    (path.starts_with("/api/v1") && path != "/api/v1/health/live") || path == "/metrics"
}

/// What the bearer header says. No cookie: the page sends the header too, and what a browser does not send by itself cannot
/// be used by another site.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compared as hashes in constant time.
fn is_token(given: Option<&str>, token: &str) -> bool {
    let Some(given) = given else { return false };
    let (given, right) = (Sha256::digest(given.as_bytes()), Sha256::digest(token.as_bytes()));
    !token.is_empty() && bool::from(given.as_slice().ct_eq(right.as_slice()))
}

/// The Host header, or the authority of an absolute request target. Two Host headers make a host that is nobody's.
fn host_of(request: &Request) -> Option<String> {
    let all: Vec<_> =
        request.headers().get_all(header::HOST).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
    if all.is_empty() {
        return request.uri().authority().map(ToString::to_string);
    }
    Some(all.join(", "))
}

/// The name of `name:port` or `[address]:port`, in lower case; empty where it is neither.
fn name_of(host: &str) -> String {
    let (name, rest) = match host.strip_prefix('[') {
        Some(inside) => inside.split_once(']').unwrap_or_default(),
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    let is_port = rest.is_empty() || rest.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if is_port { name.trim_end_matches('.').to_ascii_lowercase() } else { String::new() }
}

/// A page that gets its own name resolved to 127.0.0.1 (DNS rebinding) still sends its own name.
fn host_is_ours(host: &str, listen_host: &str) -> bool {
    let name = name_of(host);
    let loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback
        || name == "localhost"
        || name.ends_with(".localhost")
        || (!name.is_empty() && name == name_of(listen_host))
}

/// True where a browser says that the request comes from another origin.
fn is_cross_site(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = text("origin") else { return false };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    match (authority, host) {
        (Some(authority), Some(host)) => !authority.eq_ignore_ascii_case(host),
        _ => true,
    }
}

/// What was seen, since it is as often a proxy that replaces `Host` as another site, and then somebody has to mend it.
fn cross_site(headers: &HeaderMap, host: Option<&str>) -> ApiError {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or("another site");
    let host = host.unwrap_or("none");
    let message = format!(
        "a page of another site may not change anything here: the browser says that the page is of `{origin}`, and the request \
         came for the host `{host}`. If both are this server, the proxy in front of it replaces the Host header; let it pass on \
         what the browser sent (nginx: `proxy_set_header Host $http_host;`; see docs/proxy.md)"
    );
    ApiError::new(StatusCode::FORBIDDEN, "cross_site", message).with("origin", origin).with("host", host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let check = |host, expected| assert_eq!(host_is_ours(host, "127.0.0.1"), expected, "{host}");
        check("127.0.0.1:8080", true);
        check("127.0.0.1", true);
        check("localhost:1", true);
        check("LOCALHOST.", true);
        check("app.localhost:8080", true);
        check("[::1]:8080", true);
        check("127.8.8.8", true);
        check("evil.example:8080", false);
        check("127.0.0.1.evil.example", false);
        check("localhost.evil.example", false);
        check("192.168.1.4:8080", false);
        check("0.0.0.0:8080", false);
        check("[::ffff:10.0.0.1]", false);
        check("", false);
        check("127.0.0.1:8080, evil.example", false);
        check("localhost, evil.example", false);
        assert!(host_is_ours("box.lan:80", "box.lan"));
    }

    #[test]
    fn origins() {
        let check = |origin: Option<&str>, site: Option<&str>, host, expected| {
            let mut headers = HeaderMap::new();
            origin.map(|o| headers.insert("origin", o.parse().unwrap()));
            site.map(|s| headers.insert("sec-fetch-site", s.parse().unwrap()));
            assert_eq!(is_cross_site(&headers, host), expected, "{origin:?} {site:?} {host:?}");
        };
        check(None, None, Some("127.0.0.1:8080"), false);
        check(Some("http://127.0.0.1:8080"), Some("same-origin"), Some("127.0.0.1:8080"), false);
        check(Some("http://127.0.0.1:9999"), None, Some("127.0.0.1:8080"), true);
        check(Some("https://evil.example"), None, Some("127.0.0.1:8080"), true);
        check(Some("null"), None, Some("127.0.0.1:8080"), true);
        check(None, Some("cross-site"), Some("127.0.0.1:8080"), true);
        check(Some("http://a"), None, None, true);
    }

    #[test]
    fn tokens() {
        let check = |name: &'static str, value: &str, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(is_token(bearer(&headers), "secret"), expected, "{value}");
        };
        check("authorization", "Bearer secret", true);
        check("authorization", "bearer secret", true);
        check("authorization", "Bearer secret2", false);
        check("authorization", "Basic secret", false);
        check("authorization", "Bearer ", false);
        check("x-other", "secret", false);
        assert!(!is_token(Some(""), ""));
    }

    #[test]
    fn open_and_closed_paths() {
        let check = |path, expected| assert_eq!(needs_token(path), expected, "{path}");
        check("/", false);
        check("/api/docs", false);
        check("/api/openapi.json", false);
        check("/api/v1/health/live", false);
        check("/api/v1/health", true);
        check("/api/v1/items", true);
        check("/api/v1", true);
        check("/metrics", true);
    }
}
