//! The page: files that are part of the executable.
//!
//! `/assets/<digest>/…` never changes, because the digest covers every file; the two documents that name the digest
//! (`/` and `/api/docs`) are asked for each time, and answered with 304 while nothing changed.

use super::error::ApiError;
use super::state::Api;
use crate::text::hex;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// Paths of the single-page application, as its own list of pages has them; it reads its state from the URL.
pub(crate) fn pages() -> &'static [String] {
    static PAGES: OnceLock<Vec<String>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let list = Files::get("js/pages/manifest.js");
        let text = list.map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
        paths_in(&text)
    })
}

/// The value of every `path: '…'` that begins with a slash.
fn paths_in(list: &str) -> Vec<String> {
    let values = list.split("path: '").skip(1).filter_map(|rest| rest.split('\'').next());
    values.filter(|path| path.starts_with('/')).map(str::to_owned).collect()
}

/// One hash over names and contents of all files, 16 hex digits.
fn digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort_unstable();
        let mut hash = Sha256::new();
        for name in names {
            hash.update(name.as_bytes());
            if let Some(file) = Files::get(&name) {
                hash.update(file.metadata.sha256_hash());
            }
        }
        hex(&hash.finalize()[..8])
    })
}

/// A page of the application.
pub(crate) async fn page(State(api): State<Api>, headers: HeaderMap) -> Result<Response, ApiError> {
    if !api.options.page {
        return Err(ApiError::not_found("this server runs without the page (--headless); the API is under /api/v1"));
    }
    document(&api, &headers, "index.html")
}

/// What has no route: the page, which says so, where a browser goes there; an error of the API everywhere else.
pub(crate) async fn unknown(
    State(api): State<Api>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(there) = without_trailing_slash(&uri) {
        return Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response());
    }
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of_api = uri.path() == "/api" || uri.path().starts_with("/api/");
    if !api.options.page || method != Method::GET || of_api || !accepts.contains("text/html") {
        return Err(ApiError::not_found("there is no such route; /api/docs lists them all"));
    }
    let mut response = document(&api, &HeaderMap::new(), "index.html")?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

/// Where a path that ends in slashes leads, query included. A path that a browser could take for another server (`//host/`,
/// `/\\host/`) leads nowhere.
fn without_trailing_slash(uri: &Uri) -> Option<HeaderValue> {
    let path = uri.path();
    let there = path.trim_end_matches('/');
    if there.len() == path.len() || !there.starts_with('/') || there.contains("//") || there.contains('\\') {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{there}{query}")).ok()
}

/// The documentation of the API; it works offline.
pub(crate) fn docs(api: &Api, headers: &HeaderMap) -> Result<Response, ApiError> {
    document(api, headers, "docs/index.html")
}

/// An HTML file with the digest filled in.
fn document(api: &Api, headers: &HeaderMap, name: &str) -> Result<Response, ApiError> {
    let file = Files::get(name).ok_or_else(|| ApiError::not_found(format!("this build has no `{name}`")))?;
    let html = String::from_utf8_lossy(&file.data).replace("{{digest}}", digest());
    let tag = api.seal.entity_tag(html.as_bytes());
    Ok(conditional(headers, &tag, "no-cache", "text/html; charset=utf-8", Body::from(html)))
}

/// The icon, at the place where browsers look.
pub(crate) async fn favicon(State(api): State<Api>, headers: HeaderMap) -> Result<Response, ApiError> {
    let file = Files::get("favicon.svg").ok_or_else(|| ApiError::not_found("this build has no icon"))?;
    let tag = api.seal.entity_tag(&file.metadata.sha256_hash());
    Ok(conditional(&headers, &tag, "public, max-age=86400", "image/svg+xml", body_of(file)))
}

/// Any other file.
pub(crate) async fn asset(Path((of, name)): Path<(String, String)>) -> Result<Response, ApiError> {
    let file = (of == digest()).then(|| Files::get(&name)).flatten();
    let file = file.ok_or_else(|| ApiError::not_found("there is no such file in this version; load the page again"))?;
    let headers =
        [(header::CONTENT_TYPE, content_type(&name)), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, body_of(file)).into_response())
}

fn body_of(file: EmbeddedFile) -> Body {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    }
}

fn conditional(headers: &HeaderMap, tag: &str, cache: &'static str, kind: &'static str, body: Body) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// By the name's ending; unknown endings are downloads.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_content_type() {
        for name in Files::iter() {
            let kind = content_type(&name);
            assert!(kind != "application/octet-stream" || name.contains("LICENSE"), "{name}");
        }
    }

    #[test]
    fn the_pages_are_those_of_the_list() {
        assert_eq!(paths_in("{ path: '/', x }, { path: '/a/b', y } `path: '…'`"), ["/", "/a/b"]);
        assert!(pages().len() >= 7 && pages().iter().any(|path| path == "/models/compare"), "{:?}", pages());
    }

    #[test]
    fn the_digest_is_stable() {
        assert_eq!(digest().len(), 16);
        assert_eq!(digest(), digest());
    }

    #[tokio::test]
    async fn files_of_another_version_are_not_found() {
        let check = async |of: &str, name: &str, expected: Result<&str, u16>| {
            let got = asset(Path((of.to_owned(), name.to_owned()))).await;
            let got =
                got.map(|r| r.headers()["cache-control"].to_str().unwrap().to_owned()).map_err(|e| e.status.as_u16());
            assert_eq!(got, expected.map(str::to_owned), "{name}");
        };
        check(digest(), "docs/docs.js", Ok("public, max-age=31536000, immutable")).await;
        check("0123", "docs/docs.js", Err(404)).await;
        check(digest(), "../Cargo.toml", Err(404)).await;
        check(digest(), "nothing.js", Err(404)).await;
    }
}
