//! Who may come in: host names, origins, the secret that was shown, and the right that the route asks for.
//!
//! Everything behind believes the [`Caller`] that is made here.

use super::HttpOptions;
use super::attempts::{Attempts, Peer};
use super::error::ApiError;
use crate::domain::{Caller, Principal, Right, Rights, Scope};
use axum::extract::{Extension, MatchedPath, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use subtle::ConstantTimeEq;

/// What each route asks for: path as the router has it → methods and their rights.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(HashMap<String, Vec<(Method, Right)>>);

impl Rules {
    pub(crate) fn insert(&mut self, path: impl Into<String>, method: Method, right: Right) {
        self.0.entry(path.into()).or_default().push((method, right));
    }

    /// What a request asks for. Where no route is, nothing is guarded: 404 is for everybody. A method that the route has not
    /// got is refused behind the least right that the route asks for. `None` where a route is that nobody listed.
    fn right(&self, path: Option<&str>, method: &Method) -> Option<Right> {
        let Some(path) = path else { return Some(Right::Open) };
        let listed = self.0.get(path)?;
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let own = listed.iter().find(|(known, _)| known == method).map(|(_, right)| *right);
        own.or_else(|| listed.iter().map(|(_, right)| *right).min())
    }
}

/// A secret and who shows it.
#[derive(Clone)]
pub struct Key {
    /// What the bearer header says.
    pub secret: String,
    /// Who that is.
    pub caller: Caller,
}

/// Who holds which secret.
pub(crate) struct Callers {
    /// The secret of this process, and the others; as hashes.
    local: Option<[u8; 32]>,
    keys: Vec<([u8; 32], Caller)>,
    home: Scope,
    /// Where no token is set, everybody may do everything: on loopback only.
    is_open: bool,
    listen_host: String,
    trusted_proxies: Vec<IpAddr>,
    attempts: Attempts,
}

impl Callers {
    /// `home`: the workspace of all who are not told apart.
    pub(crate) fn new(options: &HttpOptions, home: Scope) -> Self {
        let HttpOptions { token, read_token, keys, local_token, listen_host, trusted_proxies, .. } = options;
        let hash = |secret: &str| (!secret.is_empty()).then(|| Sha256::digest(secret.as_bytes()).into());
        let said = |secret: &Option<String>, principal, rights| {
            Some((hash(secret.as_deref()?)?, Caller::new(principal, home.workspace, rights)))
        };
        let further = keys.iter().filter_map(|key| Some((hash(&key.secret)?, key.caller)));
        Self {
            local: hash(local_token),
            keys: [said(token, Principal::Token, Rights::ALL), said(read_token, Principal::ReadToken, Rights::LOOK)]
                .into_iter()
                .flatten()
                .chain(further)
                .collect(),
            home,
            is_open: token.is_none(),
            listen_host: listen_host.clone(),
            trusted_proxies: trusted_proxies.clone(),
            attempts: Attempts::default(),
        }
    }

    /// Who shows this secret; every key is compared, in constant time.
    fn known(&self, given: Option<&str>) -> Option<Caller> {
        let given = Sha256::digest(given?.as_bytes());
        let is = |key: &[u8; 32]| bool::from(given.as_slice().ct_eq(key));
        if self.local.as_ref().is_some_and(is) {
            return Some(Caller::new(Principal::Local, self.home.workspace, Rights::ALL));
        }
        self.keys.iter().fold(None, |found, (key, caller)| if is(key) { Some(*caller) } else { found })
    }
}

/// Refuses what may not come in, and says to the rest who is asking.
pub(crate) async fn guard(
    Extension(callers): Extension<Arc<Callers>>,
    Extension(rules): Extension<Arc<Rules>>,
    mut request: Request,
    next: Next,
) -> Response {
    match admit(&callers, &rules, &request) {
        Ok(caller) => {
            tracing::debug!(caller = caller.principal.as_str(), workspace = caller.scope.workspace.0, "admitted");
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

fn admit(callers: &Callers, rules: &Rules, request: &Request) -> Result<Caller, ApiError> {
    let host = host_of(request);
    if callers.is_open
        && let Some(host) = &host
        && !host_is_ours(host, &callers.listen_host)
    {
        let message =
            format!("`{host}` is not a name of this machine: open it as 127.0.0.1 or localhost, or set a token");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden_host", message).with("host", host.as_str()));
    }
    if callers.is_open
        && let Some(name) = mark_of_a_proxy(request.headers())
    {
        let message = "this came through a proxy, and no token is set: whoever reaches the proxy could read and change \
                       everything; start with --token-file (see docs/proxy.md)";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "proxied_without_token", message).with("header", name));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        && is_cross_site(request.headers(), host.as_deref())
    {
        return Err(cross_site(request.headers(), host.as_deref()));
    }
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let right = rules
        .right(path, request.method())
        .ok_or_else(|| ApiError::internal("a route that is not in the list of routes was asked for"))?;
    let given = bearer(request.headers());
    let caller = if right == Right::Open {
        Caller::new(Principal::Anybody, callers.home.workspace, Rights::NONE)
    } else if callers.is_open {
        let anybody = || Caller::new(Principal::Anybody, callers.home.workspace, Rights::ALL);
        callers.known(given).unwrap_or_else(anybody)
    } else {
        let peer = request.extensions().get::<Peer>();
        identify(callers, given, peer.map(|peer| peer.behind(&callers.trusted_proxies, request.headers())))?
    };
    if caller.rights.has(right) {
        return Ok(caller);
    }
    let message = format!("the token that was sent has not got the right to {}: send one that has", right.as_str());
    Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", message).with("right", right.as_str()))
}

/// Looks at the token. Requests of this very process have no peer.
fn identify(callers: &Callers, given: Option<&str>, peer: Option<Peer>) -> Result<Caller, ApiError> {
    let known = callers.known(given);
    // The secret of this process cannot be guessed, so the commands of this machine's user are never shut out.
    if let Some(local) = known.filter(|caller| caller.principal == Principal::Local) {
        return Ok(local);
    }
    let now = Instant::now();
    if given.is_some()
        && let Some(left) = peer.and_then(|peer| callers.attempts.refused(peer, now))
    {
        let seconds = left.as_secs() + 1;
        let message =
            format!("too many wrong tokens came from this address: wait {seconds} seconds, and send the right one");
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message)
            .with("retry_after_seconds", seconds)
            .with_header("retry-after", seconds.to_string()));
    }
    if let Some(caller) = known {
        return Ok(caller);
    }
    // Who sends none does not guess: the page asks once before it asks for the token.
    if let (Some(_), Some(peer)) = (given, peer) {
        callers.attempts.wrong(peer, now);
    }
    let message = "this needs the server's token: send `Authorization: Bearer TOKEN`";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
        .with_header("www-authenticate", "Bearer realm=\"soundings\""))
}

/// What the bearer header says. No cookie: the page sends the header too, and what a browser does not send by itself cannot
/// be used by another site.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
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

/// A header that proxies add and nobody else does.
fn mark_of_a_proxy(headers: &HeaderMap) -> Option<&'static str> {
    ["x-forwarded-for", "x-forwarded-host", "forwarded", "via"].into_iter().find(|name| headers.contains_key(*name))
}

/// True where a browser says that the request comes from another origin.
fn is_cross_site(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = text("origin") else { return false };
    let (Some((scheme, authority)), Some(host)) = (origin.split_once("://"), host) else { return true };
    // A browser leaves the usual port of a scheme out, and a proxy may name it.
    let usual = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let plain = |place: &str| place.strip_suffix(usual).unwrap_or(place).to_ascii_lowercase();
    plain(authority) != plain(host)
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
        check(Some("https://a.example"), None, Some("A.example:443"), false);
        check(Some("http://a.example"), None, Some("a.example:80"), false);
        check(Some("https://a.example"), None, Some("a.example:80"), true);
        check(Some("https://a.example:8443"), None, Some("a.example:8443"), false);
        check(Some("https://a.example"), None, Some("a.example:8443"), true);
    }

    #[test]
    fn secrets() {
        let other = Caller::new(Principal::Token, crate::domain::WorkspaceId(2), Rights::MEMBER);
        let options = HttpOptions {
            token: Some("secret".to_owned()),
            read_token: Some("look".to_owned()),
            keys: vec![Key { secret: "other".to_owned(), caller: other }],
            local_token: "local".to_owned(),
            ..HttpOptions::default()
        };
        let callers = Callers::new(&options, Scope::DEFAULT);
        let check = |name: &'static str, value: &str, expected: Option<(Principal, i64, bool)>| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let known = callers.known(bearer(&headers));
            let known = known.map(|c| (c.principal, c.scope.workspace.0, c.rights.has(Right::Write)));
            assert_eq!(known, expected, "{value}");
        };
        check("authorization", "Bearer secret", Some((Principal::Token, 1, true)));
        check("authorization", "bearer secret", Some((Principal::Token, 1, true)));
        check("authorization", "Bearer look", Some((Principal::ReadToken, 1, false)));
        check("authorization", "Bearer local", Some((Principal::Local, 1, true)));
        check("authorization", "Bearer other", Some((Principal::Token, 2, true)));
        check("authorization", "Bearer secret2", None);
        check("authorization", "Basic secret", None);
        check("authorization", "Bearer ", None);
        check("x-other", "secret", None);
        let empty = HttpOptions { token: Some(String::new()), ..HttpOptions::default() };
        assert!(Callers::new(&empty, Scope::DEFAULT).known(Some("")).is_none());
    }

    #[test]
    fn every_way_in_asks_for_something() {
        let mut rules = Rules::default();
        rules.insert("/items", Method::GET, Right::Read);
        rules.insert("/items", Method::DELETE, Right::Write);
        rules.insert("/", Method::GET, Right::Open);
        let check = |path: Option<&str>, method: Method, expected: Option<Right>| {
            assert_eq!(rules.right(path, &method), expected, "{method} {path:?}");
        };
        check(Some("/items"), Method::GET, Some(Right::Read));
        check(Some("/items"), Method::HEAD, Some(Right::Read));
        check(Some("/items"), Method::DELETE, Some(Right::Write));
        check(Some("/items"), Method::PATCH, Some(Right::Read));
        check(Some("/"), Method::GET, Some(Right::Open));
        check(Some("/forgotten"), Method::GET, None);
        check(None, Method::GET, Some(Right::Open));
    }
}
